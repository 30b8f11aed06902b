//! The step that a rule has unless it says otherwise: descent with momentum, Nesterov's look ahead and weight decay; and its constants.
//!
//! Arithmetic is PyTorch's `torch.optim.SGD` in f32: g ← g + λθ; v ← μv + g (v = g at first); Nesterov g ← g + μv, else
//! g ← v; θ ← θ − ηg. In a step of SAM, g is the gradient at θ_t + ε̂, and λθ is still taken at θ_t.

use super::{
    constant::{At, Constant, Field, Offered, Rail, Range, Seat},
    error::OptimizerError,
    kind::OptimizerKind,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// The name of momentum's v.
pub const VELOCITY: &str = "velocity";

/// μ of v ← μv + g.
pub const MOMENTUM: Constant = Constant {
    key: "momentum",
    flag: "momentum",
    name: "momentum",
    value_name: "MU",
    help: "Momentum μ, 0 to 1",
    help_default: Some("0"),
    rows: Some("Momentum μ of all rows, 0 to 1; the velocity is 0 at the start"),
    symbol: "μ",
    at: At::Number(|s| &mut s.momentum),
    range: Range::BelowOne,
    example: "0.9",
    seat: Seat::Ahead,
    offered: Offered::Fork,
    field: Field { label: "Momentum μ", short: "μ", help: "v ← μv + g", speed: 0.01, most: 0.999 },
    rail: Some(Rail { from: 0.0, to: 0.99, least: None }),
    ..Constant::PLAIN
};

/// Nesterov's momentum, with any rule that has momentum.
pub const NESTEROV: Constant = Constant {
    key: "nesterov",
    flag: "nesterov",
    name: "look ahead",
    help: "Nesterov's momentum, with any optimizer",
    rows: Some("Nesterov's momentum, in all rows"),
    symbol: "(Nesterov)",
    counts: |s| s.momentum != 0.0 && s.kind != OptimizerKind::Nesterov,
    at: At::Flag(|s| &mut s.nesterov),
    range: Range::Told(|s| {
        if s.uses_nesterov() && s.momentum == 0.0 { Err(OptimizerError::NesterovWithoutMomentum) } else { Ok(()) }
    }),
    seat: Seat::Ahead,
    field: Field { label: "Nesterov", short: "Nesterov", help: "Momentum that looks ahead", speed: 0.0, most: 0.0 },
    ..Constant::PLAIN
};

/// λ of g ← g + λθ.
pub const WEIGHT_DECAY: Constant = Constant {
    key: "weight_decay",
    flag: "weight-decay",
    name: "weight decay",
    value_name: "LAMBDA",
    help: "Weight decay λ",
    help_default: Some("0"),
    rows: Some("Weight decay λ of all rows"),
    symbol: "λ",
    at: At::Number(|s| &mut s.weight_decay),
    range: Range::NotNegative,
    example: "5e-4",
    seat: Seat::Behind,
    field: Field {
        label: "Weight decay λ",
        short: "λ",
        help: "Added to the gradient as λθ",
        speed: 0.0001,
        most: 10.0,
    },
    ..Constant::PLAIN
};

/// The share of the gradient variance that is added as noise.
pub const NOISE: Constant = Constant {
    key: "noise",
    flag: "noise",
    name: "noise factor",
    value_name: "FACTOR",
    help: "Isotropic Gaussian noise on the gradient: its variance as a share of the largest gradient variance at θ₀",
    help_default: Some("0"),
    symbol: "+ noise",
    at: At::Number(|s| &mut s.noise),
    range: Range::NotNegative,
    example: "0.1",
    seat: Seat::Behind,
    // Its scale is measured at the start.
    live: false,
    field: Field {
        label: "Isotropic noise",
        short: "noise",
        help: "Variance as a share of the largest gradient variance at θ₀ (Walk §4: 0.05, 0.1)",
        speed: 0.01,
        most: 10.0,
    },
    ..Constant::PLAIN
};

/// The constants of the step.
pub const CONSTANTS: &[&Constant] = &[&MOMENTUM, &NESTEROV, &WEIGHT_DECAY, &NOISE];

/// The velocity, when there is momentum.
pub fn state(spec: &OptimizerSpec) -> &'static [Kept] {
    if spec.momentum == 0.0 { &[] } else { &[Kept::Vector(VELOCITY)] }
}

/// Makes the step.
pub fn step(
    spec: &OptimizerSpec,
    state: &mut Vectors,
    theta: &[f32],
    gradient: &[f32],
    learning_rate: f64,
) -> Vec<f32> {
    let (eta, mu, decay) = (learning_rate as f32, spec.momentum as f32, spec.weight_decay as f32);
    let decayed = |i: usize| if decay == 0.0 { gradient[i] } else { gradient[i] + decay * theta[i] };
    if mu == 0.0 {
        return (0..theta.len()).map(|i| theta[i] - eta * decayed(i)).collect();
    }
    let nesterov = spec.uses_nesterov();
    let velocity = match state.take(VELOCITY) {
        Some(mut v) => {
            for (i, v) in v.iter_mut().enumerate() {
                *v = mu * *v + decayed(i);
            }
            v
        }
        None => (0..theta.len()).map(decayed).collect(),
    };
    let next = (0..theta.len())
        .map(|i| theta[i] - eta * if nesterov { decayed(i) + mu * velocity[i] } else { velocity[i] })
        .collect();
    state.put(VELOCITY, velocity);
    next
}
