//! What a job has done, does and still has to do.

use std::{collections::VecDeque, sync::Arc};

use super::{
    probe::{Probe, Ray},
    report::ValleyReport,
    request::ValleyRequest,
    sharp::Climb,
    specs::{Detector, SamGapSpec, ShiftSpec},
};
use crate::{
    explore::Setting,
    net::State,
    valley::{ExpectedSharpness, SharpnessSpec},
};

/// Points measured between two looks at what else there is to do.
pub(super) const STRIDE: usize = 6;

/// A direction before its turn; a random one is drawn only then.
#[derive(Clone)]
pub(super) enum Waiting {
    File(Arc<Ray>),
    Random(u32),
}

/// One job after the other, in this order.
pub(super) enum Task {
    Base,
    Sharpness {
        index: usize,
        spec: SharpnessSpec,
    },
    Gap {
        index: usize,
        spec: SamGapSpec,
    },
    Shift {
        shift: usize,
        ray: Arc<Ray>,
    },
    /// Along the first direction.
    Noise(Waiting),
    Direction {
        direction: usize,
        waiting: Waiting,
    },
    /// The middles of the slices that pictures show.
    Fill,
}

/// What is being done.
pub(super) enum Doing {
    Sharpness {
        index: usize,
        measured: ExpectedSharpness,
    },
    Gap {
        index: usize,
        climb: Climb,
    },
    Shift {
        shift: usize,
        ray: Arc<Ray>,
        train: Vec<f64>,
        test: Vec<f64>,
    },
    Direction(Box<Probe>),
    /// Numbers of directions whose slices are being filled.
    Fill(Vec<usize>),
}

/// A valley in the making.
pub struct ValleyJob {
    pub setting: Setting,
    pub(super) request: ValleyRequest,
    pub(super) detector: Detector,
    pub(super) comparison: Option<ShiftSpec>,
    pub(super) centre: State,
    pub(super) report: ValleyReport,
    /// Directions from files, and eigenvectors.
    pub(super) rays: Vec<Arc<Ray>>,
    pub(super) waiting: VecDeque<Task>,
    pub(super) doing: Option<Doing>,
    pub(super) noise: f64,
    /// Losses measured, and those that the finished directions took.
    pub(super) done: u64,
    pub(super) direction_points: [u64; 2],
    /// Of the direction that is being judged.
    pub(super) begun_at: u64,
}
