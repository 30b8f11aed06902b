//! What a rule that divides by the size of gradients expects of them.

use super::{
    moments::{BETA2, NAMES, SQUARES},
    step::Optimizer,
};

impl Optimizer {
    /// The mean of squared gradients that the next step divides by, coordinate by coordinate, before that step's gradient comes to it:
    /// v̂ = v/(1 − β₂ᵗ) of Adam after t steps, s of RMSProp; length D. `None` for rules without one, and before the first step.
    pub fn expected_squares(&self) -> Option<Vec<f64>> {
        let state = self.state();
        let wide = |values: &[f32], scale: f64| -> Vec<f64> { values.iter().map(|x| f64::from(*x) / scale).collect() };
        if let Some(squares) = state.get(SQUARES) {
            return Some(wide(squares, 1.0));
        }
        let steps = f64::from(*state.get(NAMES[2])?.first()?);
        let scale = 1.0 - BETA2.number(&self.spec().descending()).powf(steps);
        (scale > 0.0).then(|| state.get(NAMES[1]).map(|second| wide(second, scale)))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Blocks, OptimizerKind, OptimizerSpec};

    /// A constant gradient is expected to be what it is, from the first step on.
    #[test]
    fn of_a_constant_gradient_the_square_is_expected() {
        let gradient = [0.5f32, -2.0];
        for (kind, exact) in [
            (OptimizerKind::Adam, Some(true)),
            (OptimizerKind::AdamW, Some(true)),
            (OptimizerKind::RmsProp, Some(false)),
            (OptimizerKind::Sgd, None),
        ] {
            let mut optimizer = Optimizer::new(OptimizerSpec { kind, ..OptimizerSpec::default() });
            assert_eq!(optimizer.expected_squares(), None, "{kind} knows nothing yet");
            let mut theta = vec![1.0f32, 1.0];
            for _ in 0..3 {
                theta = optimizer.step(&Blocks::default(), &theta, &gradient, 1e-3);
            }
            let Some(is_exact) = exact else {
                assert_eq!(optimizer.expected_squares(), None);
                continue;
            };
            // RMSProp begins at 0 and does not correct for it.
            let share = if is_exact { 1.0 } else { 1.0 - 0.99f64.powi(3) };
            for (found, g) in optimizer.expected_squares().unwrap().into_iter().zip(gradient) {
                let want = share * f64::from(g) * f64::from(g);
                assert!((found / want - 1.0).abs() < 1e-5, "{kind}: {found}, not {want}");
            }
        }
    }
}
