//! What was found about gradient noise, checkpoint by checkpoint.

use crate::{curvature::NoiseReport, explore::Station};

/// The noise at a checkpoint, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisePoint {
    pub station: Station,
    /// What is not measured yet is NaN in it; `None` before anything is.
    pub report: Option<NoiseReport>,
    /// Whether everything is measured.
    pub is_done: bool,
}

/// Gradient noise at one or several checkpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSeries {
    /// m, the examples of a batch.
    pub batch: u64,
    /// k, the leading eigenvectors of H and Σ that are compared.
    pub leading: usize,
    /// D.
    pub parameters: u64,
    /// In order; all of them from the beginning.
    pub points: Vec<NoisePoint>,
}

impl NoiseSeries {
    /// Takes in what a step of a job found.
    pub fn apply(&mut self, found: NoiseFound) {
        match found {
            NoiseFound::Begun { .. } | NoiseFound::Step { .. } => {}
            NoiseFound::Report { point, report, is_last } => {
                if let Some(known) = self.points.get_mut(point) {
                    known.report = Some(*report);
                    known.is_done = is_last;
                }
            }
        }
    }
}

/// What a step of a [`NoiseJob`](crate::explore::NoiseJob) found.
#[derive(Clone, Debug, PartialEq)]
pub enum NoiseFound {
    /// The checkpoint is read.
    Begun { point: usize },
    /// Nothing that can be told yet.
    Step { point: usize },
    /// More is known than before, or everything.
    Report { point: usize, report: Box<NoiseReport>, is_last: bool },
}
