//! Every probe of a step. A new one is a file here and a line in [`PROBES`]; those that ask for derivatives are a table in one file.

mod cosine;
mod critical_sharpness;
mod derivatives;
mod distance;
mod gradient;
mod langevin_noise_norm;
mod norm;
mod sgd_noise_norm;
mod slope;
mod step_norm;

use super::step::Probe;

/// The probes in the order in which they are offered. A new one goes to the end: [`ProbeId`](super::ProbeId) knows the
/// first 21 by their places.
pub const PROBES: &[&dyn Probe] = &[
    &cosine::Cosine,
    &distance::Distance,
    &norm::Norm,
    &gradient::GradientNorm,
    &step_norm::StepNorm,
    &slope::Slope,
    &critical_sharpness::CriticalSharpness,
    &langevin_noise_norm::LangevinNoiseNorm,
    &sgd_noise_norm::SgdNoiseNorm,
    &derivatives::LAMBDA_MAX,
    &derivatives::LAMBDA_MAX_RESIDUAL,
    &derivatives::PRECONDITIONED_LAMBDA_MAX,
    &derivatives::TRACE,
    &derivatives::BATCH_SHARPNESS,
    &derivatives::TRACE_SIGMA,
    &derivatives::TRACE_H_SIGMA,
    &derivatives::TRACE_H_SIGMA_BAR,
    &derivatives::NOISE_RATIO,
    &derivatives::ALIGNMENT,
    &derivatives::NOISE_NORM,
    &derivatives::MEAN_GRADIENT_NORM,
];
