//! What an optimizer is made of.

use super::{
    ascent::Ascent,
    blocks::Blocks,
    constant::Constant,
    descent,
    langevin::Langevin,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// A kind of optimizer: its words, its constants, what it remembers, where it takes its gradient, and its step.
///
/// What it does not say is that of SGD.
pub trait Rule: Sync {
    /// Its name in titles and legends.
    fn title(&self) -> &'static str;

    /// What it does, in a line.
    fn about(&self) -> &'static str;

    /// Its constants, in the order of files and forms. Rules may share some. Those that ascend have those of their base
    /// besides.
    fn constants(&self) -> &'static [&'static Constant] {
        descent::CONSTANTS
    }

    /// What it remembers from step to step under these constants.
    fn state(&self, spec: &OptimizerSpec) -> &'static [Kept] {
        descent::state(spec)
    }

    /// Whether some of its steps take the gradient at a perturbed point.
    fn ascends(&self) -> bool {
        false
    }

    /// The ascent of iteration `t` of `total`; `None` when the step takes the gradient at θ_t itself.
    fn ascent(&self, _spec: &OptimizerSpec, _t: u64, _total: u64) -> Option<Ascent> {
        None
    }

    /// Whether every step takes the gradient over all training examples, whatever the batch of the run is.
    fn takes_all(&self) -> bool {
        false
    }

    /// The noise that whoever knows the network adds to the gradient; `None` when the step adds none of its own.
    fn noise(&self, _spec: &OptimizerSpec) -> Option<Langevin> {
        None
    }

    /// Gradients beyond one per step, where a formula says it: 0 of SGD, 1 of SAM.
    fn extra_cost(&self) -> Option<f64> {
        Some(0.0)
    }

    /// The learning rate that is usual with it, where that is another one than SGD's.
    fn usual_rate(&self) -> Option<f64> {
        None
    }

    /// Its own colour (red, green, blue) where rules stand side by side; `None` for that of its relatives: GD, SGD or SAM.
    fn shade(&self) -> Option<[u8; 3]> {
        None
    }

    /// θ_{t+1} from θ_t, the descent gradient (both of length D), the tensors that θ consists of, and the learning rate η.
    /// Of rules that ascend, the step is that of their base.
    fn step(
        &self,
        spec: &OptimizerSpec,
        state: &mut Vectors,
        _blocks: &Blocks,
        theta: &[f32],
        gradient: &[f32],
        learning_rate: f64,
    ) -> Vec<f32> {
        descent::step(spec, state, theta, gradient, learning_rate)
    }
}
