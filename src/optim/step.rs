//! An optimizer at work: its constants, what it remembers, and its step from θ_t to θ_{t+1}.

use super::{ascent::Ascent, blocks::Blocks, spec::OptimizerSpec, vectors::Vectors};

/// An optimizer with its state.
#[derive(Clone, Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    state: Vectors,
}

impl Optimizer {
    /// A fresh optimizer: it remembers nothing yet.
    pub fn new(spec: OptimizerSpec) -> Optimizer {
        Optimizer { spec, state: Vectors::default() }
    }

    /// An optimizer in the middle of its work. Its vectors have the lengths that [`OptimizerSpec::length_of`] says.
    pub fn going_on(spec: OptimizerSpec, state: Vectors) -> Optimizer {
        Optimizer { spec, state }
    }

    /// What it remembers of the steps before.
    pub fn state(&self) -> &Vectors {
        &self.state
    }

    /// The constants of the coming step.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// The diagonal of the P that divided the step just made, coordinate by coordinate, length D: see [`Rule::preconditioner`]. `None` of an
    /// optimizer without one, of one that ascends on another, and before the first step.
    ///
    /// [`Rule::preconditioner`]: super::Rule::preconditioner
    pub fn preconditioner(&self) -> Option<Vec<f64>> {
        self.spec.kind.rule().preconditioner(&self.spec, &self.state)
    }

    /// Makes the coming steps with other constants. What the steps to come remember, too, goes on: the velocity, unless
    /// there is no momentum any more, and Adam's moments in AdamW. The rest is forgotten: a switch to Adam from SGD begins
    /// with moments of 0.
    pub fn switch(&mut self, to: OptimizerSpec) {
        self.spec = to;
        self.state.retain(to.state());
    }

    /// Where iteration `t` of `total` takes its descent gradient; `None` at θ_t itself.
    ///
    /// With an ascent, a step is: the gradient at θ_t, [`Ascent::perturbed`], the gradient there, [`Optimizer::step`].
    pub fn ascent(&self, t: u64, total: u64) -> Option<Ascent> {
        self.spec.ascent(t, total)
    }

    /// θ_{t+1} from θ_t, the descent gradient (both of length D) and the learning rate η; `blocks` says which tensors θ
    /// consists of.
    pub fn step(&mut self, blocks: &Blocks, theta: &[f32], gradient: &[f32], learning_rate: f64) -> Vec<f32> {
        let spec = self.spec.descending();
        spec.kind.rule().step(&spec, &mut self.state, blocks, theta, gradient, learning_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::OptimizerKind;

    /// On L = ½ h θ² the heavy ball follows θ_{t+1} = θ_t − η v_{t+1}, v_{t+1} = μ v_t + hθ_t.
    #[test]
    fn momentum_on_a_quadratic_follows_its_recurrence() {
        let spec = OptimizerSpec { momentum: 0.5, ..OptimizerSpec::default() };
        let mut opt = Optimizer::new(spec);
        let (mut theta, mut x, mut v) = (vec![1.0f32], 1.0f64, 0.0f64);
        for _ in 0..20 {
            theta = opt.step(&Blocks::default(), &theta, &[2.0 * theta[0]], 0.25);
            v = 0.5 * v + 2.0 * x;
            x -= 0.25 * v;
            assert!((f64::from(theta[0]) - x).abs() < 1e-6);
        }
    }

    #[test]
    fn nesterov_looks_ahead_and_decay_pulls_to_zero() {
        let spec =
            OptimizerSpec { kind: OptimizerKind::Nesterov, momentum: 0.5, weight_decay: 0.5, ..Default::default() };
        let mut opt = Optimizer::new(spec);
        // g = 1 + 0.5·2 = 2; v = 2; step = 2 + 0.5·2 = 3; θ = 2 − 0.25·3.
        assert_eq!(opt.step(&Blocks::default(), &[2.0], &[1.0], 0.25), [1.25]);
        // g = 1 + 0.5·1.25 = 1.625; v = 1 + 1.625 = 2.625; step = 1.625 + 1.3125 = 2.9375.
        assert_eq!(opt.step(&Blocks::default(), &[1.25], &[1.0], 0.25), [1.25 - 0.25 * 2.9375]);
    }

    #[test]
    fn without_momentum_it_is_plain_descent() {
        let mut opt = Optimizer::new(OptimizerSpec::default());
        assert_eq!(opt.step(&Blocks::default(), &[1.0, 2.0], &[4.0, -8.0], 0.125), [0.5, 3.0]);
    }

    /// On L = ½ h θ² SAM's gradient is h(θ + ρ sign θ), so with decay and momentum the recurrence is known.
    #[test]
    fn sam_on_a_quadratic_follows_its_recurrence() {
        let spec = OptimizerSpec {
            kind: OptimizerKind::Sam,
            momentum: 0.5,
            weight_decay: 0.125,
            rho: 0.25,
            ..OptimizerSpec::default()
        };
        let mut opt = Optimizer::new(spec);
        let (mut theta, mut x, mut v) = (vec![1.0f32], 1.0f64, 0.0f64);
        for t in 0..20 {
            let at = opt.ascent(t, 20).unwrap().perturbed(&theta, &[2.0 * theta[0]]);
            theta = opt.step(&Blocks::default(), &theta, &[2.0 * at[0]], 0.125);
            v = 0.5 * v + 2.0 * (x + 0.25 * x.signum()) + 0.125 * x;
            x -= 0.125 * v;
            assert!((f64::from(theta[0]) - x).abs() < 1e-6, "step {t}: {} instead of {x}", theta[0]);
        }
    }

    /// A first step without a past is η P⁻¹ m with m = (1 − β₁) g of Adam, and m = g of RMSProp.
    #[test]
    fn a_step_is_divided_by_its_preconditioner() {
        for (kind, share) in [(OptimizerKind::Adam, 0.1), (OptimizerKind::AdamW, 0.1), (OptimizerKind::RmsProp, 1.0)] {
            let mut optimizer = Optimizer::new(OptimizerSpec { kind, ..OptimizerSpec::default() });
            assert_eq!(optimizer.preconditioner(), None, "{kind}: no step was made");
            let gradient = [0.5f32, -2.0, 1e-3];
            let next = optimizer.step(&Blocks::default(), &[0.0; 3], &gradient, 0.125);
            let divisor = optimizer.preconditioner().unwrap();
            for ((x, g), p) in next.iter().zip(gradient).zip(&divisor) {
                let expected = -0.125 * share * f64::from(g) / p;
                assert!((f64::from(*x) - expected).abs() < 1e-5 * expected.abs(), "{kind}: {x}, not {expected}");
            }
        }
        let mut sgd = Optimizer::new(OptimizerSpec { momentum: 0.9, ..OptimizerSpec::default() });
        sgd.step(&Blocks::default(), &[1.0], &[1.0], 0.1);
        assert_eq!(sgd.preconditioner(), None);
    }

    #[test]
    fn the_velocity_goes_on_over_a_switch() {
        let sgd = OptimizerSpec { momentum: 0.5, ..OptimizerSpec::default() };
        let mut opt = Optimizer::new(sgd);
        opt.step(&Blocks::default(), &[0.0], &[4.0], 1.0);
        opt.switch(OptimizerSpec { kind: OptimizerKind::Sam, ..sgd });
        // v = 0.5·4 + 1.
        assert_eq!(opt.step(&Blocks::default(), &[0.0], &[1.0], 1.0), [-3.0]);
        opt.switch(OptimizerSpec { momentum: 0.0, ..sgd });
        opt.switch(sgd);
        assert_eq!(opt.step(&Blocks::default(), &[0.0], &[1.0], 1.0), [-1.0], "without momentum it is forgotten");
    }
}
