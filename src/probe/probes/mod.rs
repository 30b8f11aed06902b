//! Every probe of a step. A new one is a file here and a line in [`PROBES`].

mod cosine;
mod critical_sharpness;
mod distance;
mod gradient;
mod noise_norm;
mod norm;
mod sgd_noise_norm;
mod slope;
mod step_norm;

use super::step::Probe;

/// The probes in the order in which they are offered. A new one goes to the end: [`ProbeId`](super::ProbeId) knows the
/// first nine by their places.
pub const PROBES: &[&dyn Probe] = &[
    &cosine::Cosine,
    &distance::Distance,
    &norm::Norm,
    &gradient::GradientNorm,
    &step_norm::StepNorm,
    &slope::Slope,
    &critical_sharpness::CriticalSharpness,
    &noise_norm::NoiseNorm,
    &sgd_noise_norm::SgdNoiseNorm,
];
