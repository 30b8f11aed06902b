//! The moments of Adam (Kingma & Ba 2015) and their constants, for the rules that step by them.
//!
//! Arithmetic is PyTorch's: m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) the
//! direction is m̂/(√v̂ + ε). m and v are kept in f32, and everything between them is f64 (our choice). A constant that is
//! changed on the way counts as if it had been so from the first step on, as in PyTorch.

use super::{
    constant::{At, Constant, Field, Range},
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// β₁ of m.
pub const BETA1: Constant = Constant {
    key: "beta1",
    flag: "beta1",
    name: "decay β₁",
    value_name: "BETA",
    help: "β₁ of Adam's mean of gradients, 0 to 1 [default: 0.9]",
    rows: Some("β₁ of Adam's mean of gradients, 0 to 1 [default: 0.9]"),
    symbol: "β₁",
    at: At::More { place: 0, default: 0.9 },
    range: Range::BelowOne,
    example: "0.9",
    field: Field {
        label: "Adam's β₁", short: "β₁", help: "m ← β₁m + (1 − β₁)g", speed: 0.01, most: 0.99999
    },
    ..Constant::PLAIN
};

/// β₂ of v.
pub const BETA2: Constant = Constant {
    key: "beta2",
    flag: "beta2",
    name: "decay β₂",
    value_name: "BETA",
    help: "β₂ of Adam's mean of squared gradients, 0 to 1 [default: 0.999]",
    rows: Some("β₂ of Adam's mean of squared gradients, 0 to 1 [default: 0.999]"),
    symbol: "β₂",
    at: At::More { place: 1, default: 0.999 },
    range: Range::BelowOne,
    example: "0.999",
    field: Field {
        label: "Adam's β₂", short: "β₂", help: "v ← β₂v + (1 − β₂)g²", speed: 0.001, most: 0.999_999
    },
    ..Constant::PLAIN
};

/// ε beside a root of squared gradients; RMSProp has it, too.
pub const EPS: Constant = Constant {
    key: "eps",
    flag: "eps",
    name: "ε of the denominator",
    value_name: "EPS",
    help: "ε beside the root of Adam's and RMSProp's mean of squared gradients [default: 1e-8]",
    rows: Some("ε beside the root of Adam's and RMSProp's mean of squared gradients [default: 1e-8]"),
    symbol: "ε",
    at: At::More { place: 2, default: 1e-8 },
    range: Range::NotNegative,
    example: "1e-8",
    field: Field {
        label: "Denominator's ε",
        short: "ε",
        help: "The step is divided by √v + ε: no coordinate moves much further for a tiny gradient",
        speed: 1e-6,
        most: 1.0,
    },
    ..Constant::PLAIN
};

/// λ of a decay that moves θ and is not seen by the moments (Loshchilov & Hutter 2019).
pub const DECOUPLED_DECAY: Constant = Constant {
    key: "decoupled_decay",
    flag: "decoupled-decay",
    name: "decoupled weight decay",
    value_name: "LAMBDA",
    help: "Weight decay λ of adamw and muon, beside the gradient: θ ← (1 − ηλ)θ [default: 0.01]",
    rows: Some("Weight decay λ of adamw and muon, beside the gradient [default: 0.01]"),
    symbol: "λ",
    at: At::More { place: 3, default: 0.01 },
    range: Range::NotNegative,
    example: "0.01",
    field: Field {
        label: "Decoupled decay λ",
        short: "decoupled λ",
        help: "θ ← (1 − ηλ)θ, not seen by the moments",
        speed: 0.001,
        most: 10.0,
    },
    ..Constant::PLAIN
};

/// What Adam remembers: m, v, and how many steps they are made of (exact up to 2²⁴; β₂ᵗ is 0 long before).
pub const NAMES: [&str; 3] = ["first_moment", "second_moment", "moment_steps"];
/// The same as what a rule says of its state.
pub const KEPT: &[Kept] = &[Kept::Vector(NAMES[0]), Kept::Vector(NAMES[1]), Kept::Number(NAMES[2])];

/// The name of RMSProp's mean of squared gradients.
pub const SQUARES: &str = "square_average";

/// Moments in the middle of a step.
pub struct Moments {
    pub first: Vec<f32>,
    second: Vec<f32>,
    steps: f32,
    beta: [f64; 2],
    /// 1 − βᵗ of this step.
    share: [f64; 2],
    eps: f64,
}

impl Moments {
    /// Takes the moments of θ of that length out under these names, or begins them with 0, and counts a step.
    pub fn take(spec: &OptimizerSpec, state: &mut Vectors, names: [&str; 3], length: usize) -> Moments {
        let [first, second, steps] = names;
        let steps = state.take(steps).and_then(|n| n.first().copied()).unwrap_or(0.0) + 1.0;
        let beta = [BETA1.number(spec), BETA2.number(spec)];
        Moments {
            first: state.take_or_zero(first, length),
            second: state.take_or_zero(second, length),
            steps,
            beta,
            share: beta.map(|beta| 1.0 - beta.powf(f64::from(steps))),
            eps: EPS.number(spec),
        }
    }

    /// Moves the moments of coordinate i by its gradient, and gives m̂/(√v̂ + ε).
    pub fn direction(&mut self, i: usize, gradient: f64) -> f64 {
        let [beta1, beta2] = self.beta;
        let first = beta1 * f64::from(self.first[i]) + (1.0 - beta1) * gradient;
        let second = beta2 * f64::from(self.second[i]) + (1.0 - beta2) * gradient * gradient;
        (self.first[i], self.second[i]) = (first as f32, second as f32);
        (first / self.share[0]) / ((second / self.share[1]).sqrt() + self.eps)
    }

    /// Keeps them under these names.
    pub fn put(self, state: &mut Vectors, names: [&str; 3]) {
        let [first, second, steps] = names;
        state.put(first, self.first);
        state.put(second, self.second);
        state.put(steps, vec![self.steps]);
    }
}

/// How λ acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decay {
    /// Added to the gradient as λθ: `weight_decay`.
    Coupled,
    /// θ ← (1 − ηλ)θ beside the step: `decoupled_decay`.
    Decoupled,
}

/// Makes the step of Adam, or with a decoupled decay that of AdamW.
pub fn step(
    spec: &OptimizerSpec,
    state: &mut Vectors,
    theta: &[f32],
    gradient: &[f32],
    learning_rate: f64,
    decay: Decay,
) -> Vec<f32> {
    let (added, kept) = match decay {
        Decay::Coupled => (spec.weight_decay, 1.0),
        Decay::Decoupled => (0.0, 1.0 - learning_rate * DECOUPLED_DECAY.number(spec)),
    };
    let mut moments = Moments::take(spec, state, NAMES, theta.len());
    let mut moved = |(i, (theta, gradient)): (usize, (&f32, &f32))| {
        let (theta, gradient) = (f64::from(*theta), f64::from(*gradient));
        // 0 · θ is no number where θ is none; the gradient alone says what it is.
        let gradient = if added == 0.0 { gradient } else { gradient + added * theta };
        (kept * theta - learning_rate * moments.direction(i, gradient)) as f32
    };
    let next = theta.iter().zip(gradient).enumerate().map(&mut moved).collect();
    moments.put(state, NAMES);
    next
}
