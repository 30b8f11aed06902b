//! One step of a run, looked into: which examples made it, what each layer has to do with it. Plain data, and the measurements that
//! need no run. The engine makes the step again.

mod measure;
mod report;

pub(crate) use measure::{Bends, layers, worst};
pub use report::{AutopsyFound, AutopsyReport, LayerPart, StepMade, WORST};
