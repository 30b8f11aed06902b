//! RMSProp (Tieleman & Hinton 2012), as `torch.optim.RMSprop`: g ← g + λθ; s ← αs + (1 − α)g²; u = g/(√s + ε); with
//! momentum b ← μb + u and θ ← θ − ηb, else θ ← θ − ηu.

use crate::optim::{
    blocks::Blocks,
    constant::{At, Constant, Field, Range},
    descent::{MOMENTUM, NOISE, WEIGHT_DECAY},
    moments::{EPS, SQUARES},
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// α of the mean of squared gradients.
pub const ALPHA: Constant = Constant {
    key: "alpha",
    flag: "alpha",
    name: "decay α",
    value_name: "ALPHA",
    help: "α of RMSProp's mean of squared gradients, 0 to 1 [default: 0.99]",
    rows: Some("α of RMSProp's mean of squared gradients, 0 to 1 [default: 0.99]"),
    symbol: "α",
    at: At::More { place: 4, default: 0.99 },
    range: Range::BelowOne,
    example: "0.99",
    field: Field { label: "RMSProp's α", short: "α", help: "s ← αs + (1 − α)g²", speed: 0.01, most: 0.99999 },
    ..Constant::PLAIN
};

/// The name of b. It is of other units than the velocity of SGD, which a switch must not go on with.
const BUFFER: &str = "rms_buffer";

/// RMSProp.
pub struct RmsProp;

impl Rule for RmsProp {
    fn title(&self) -> &'static str {
        "RMSProp"
    }

    fn about(&self) -> &'static str {
        "Each parameter's step by the size of its own gradients"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        &[&MOMENTUM, &WEIGHT_DECAY, &NOISE, &ALPHA, &EPS]
    }

    fn state(&self, spec: &OptimizerSpec) -> &'static [Kept] {
        const KEPT: &[Kept] = &[Kept::Vector(SQUARES), Kept::Vector(BUFFER)];
        if spec.momentum == 0.0 { &KEPT[..1] } else { KEPT }
    }

    fn usual_rate(&self) -> Option<f64> {
        Some(1e-3)
    }

    fn shade(&self) -> Option<[u8; 3]> {
        Some([0x11, 0x77, 0x33])
    }

    fn step(
        &self,
        spec: &OptimizerSpec,
        state: &mut Vectors,
        _blocks: &Blocks,
        theta: &[f32],
        gradient: &[f32],
        learning_rate: f64,
    ) -> Vec<f32> {
        let (alpha, eps) = (ALPHA.number(spec), EPS.number(spec));
        let (mu, decay) = (spec.momentum, spec.weight_decay);
        let mut squares = state.take_or_zero(SQUARES, theta.len());
        let mut buffer = if mu == 0.0 { Vec::new() } else { state.take_or_zero(BUFFER, theta.len()) };
        let mut next = Vec::with_capacity(theta.len());
        for (i, x) in theta.iter().map(|x| f64::from(*x)).enumerate() {
            let g = f64::from(gradient[i]);
            let g = if decay == 0.0 { g } else { g + decay * x };
            let square = alpha * f64::from(squares[i]) + (1.0 - alpha) * g * g;
            squares[i] = square as f32;
            let mut u = g / (square.sqrt() + eps);
            if let Some(b) = buffer.get_mut(i) {
                u += mu * f64::from(*b);
                *b = u as f32;
            }
            next.push((x - learning_rate * u) as f32);
        }
        state.put(SQUARES, squares);
        if mu != 0.0 {
            state.put(BUFFER, buffer);
        }
        next
    }
}
