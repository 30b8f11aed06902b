//! The curvature of a network's training loss and the noise of its gradients, measured: spectra, traces, what the two have to do with each
//! other, curvature along gradients, and how much of it an optimizer's steps bear.
//!
//! A network is known by products alone ([`NetworkCurvature`], [`NoiseCovariance`], …); the mathematics of large matrices is
//! [`spectral`](crate::spectral)'s. Whatever takes long is a measurement that is asked for one block of products at a time.

mod diffusion;
mod held;
mod limits;
mod measured;
mod noise;
mod operators;
mod place;
mod sharpness;
mod spectrum;

#[cfg(test)]
mod tests;

pub use diffusion::{DiffusionSearch, room_for};
pub use limits::{limit, preconditioned};
pub use measured::Measured;
pub use noise::{NoiseMeasure, NoiseReport, NoiseSpec};
pub use operators::{NetworkCurvature, NetworkOperator, NoiseCovariance, NoiseCurvature, NoiseGram, Operator};
pub use place::Place;
pub use sharpness::{BatchSharpness, directional_sharpness};
pub use spectrum::{Eigenvalue, LayerCurvature, SpectrumMeasure, SpectrumPart, SpectrumReport, SpectrumSpec, layers};
