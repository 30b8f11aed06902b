//! Lines, planes, escapes, valleys, spectra and gradient noise measured on a network: from checkpoints, data and a question to numbers.
//!
//! [`LineJob`], [`PlaneJob`], [`EscapeJob`], [`ValleyJob`], [`SpectrumJob`] and [`NoiseJob`] are state machines: each call of
//! `advance` measures a little and hands it out. They know no thread and no clock; whoever runs them decides when to go on and when to stop.

mod autopsy;
mod context;
mod eigen;
mod eigen_spec;
mod error;
mod escape;
mod fit;
mod identity;
mod job;
mod limits;
mod line;
mod noise;
mod options;
mod plane;
mod progress;
mod rate;
mod request;
mod request_error;
#[cfg(test)]
mod request_tests;
mod series;
mod settings;
mod source;
mod spectrum;
mod subject;
mod sum;
mod valley;

pub use autopsy::{AutopsyFound, AutopsyReport, LayerPart, StepMade, WORST};
pub(crate) use autopsy::{Bends, layers, worst};
pub use context::Context;
pub use eigen::Eigenvector;
pub use eigen_spec::EigenSpec;
pub use error::ExploreError;
pub use escape::{Ended, EscapeHead, EscapeJob, EscapeRequest, KeptRun, SharedConstants};
pub use fit::{Fit, Range, Share};
pub use job::Job;
pub use limits::Limits;
pub use line::{Curve, CurveHead, LineFound, LineHead, LineJob, LineOf, LineRequest};
pub use noise::{NoiseFound, NoiseHead, NoiseJob, NoisePoint, NoiseRequest, NoiseSeries};
pub use options::Options;
pub use plane::{Layout, Place, PlaneFound, PlaneHead, PlaneJob, PlaneOf, PlaneRequest, Window};
pub use progress::Progress;
pub use request::{AUTO, Request, Scaling, Subject};
pub use request_error::{
    EigenRequestError, EscapeRequestError, LineRequestError, NoiseRequestError, PlaneRequestError,
    SpectrumRequestError, ValleySpecError,
};
pub use series::Station;
pub use settings::Settings;
pub use spectrum::{
    SpectrumFound, SpectrumHead, SpectrumJob, SpectrumPoint, SpectrumRequest, SpectrumSeries, SpectrumValue,
};
pub use subject::{About, Setting, fit};
pub use valley::{
    Detector, DirectionReport, GapReport, NoiseSpec, Origin, SamGapSpec, SharpnessReport, ShiftRange, ShiftReport,
    ShiftSpec, Source, Unit, ValleyFound, ValleyHead, ValleyJob, ValleyReport, ValleyRequest,
};
