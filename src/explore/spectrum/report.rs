//! What was found about spectra, checkpoint by checkpoint.

use crate::{
    curvature::{Eigenvalue, LayerCurvature, Measured, Operator},
    explore::Station,
    spectral::Density,
};

/// The spectrum at a checkpoint, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumPoint {
    pub station: Station,
    /// η of the run that the checkpoint is of, at this checkpoint; `None` where there is none.
    pub rate: Option<f64>,
    /// The largest in descending order, then the smallest, the smallest last; empty before they are searched for. See
    /// [`SpectrumSeries::is_converged`].
    pub eigenvalues: Vec<Eigenvalue>,
    /// Whether the search for them is over.
    pub is_searched: bool,
    /// Whether it found all within the limit of products.
    pub is_found: bool,
    pub trace: Option<Measured>,
    pub density: Option<Density>,
    /// In the order of the network; empty where they are not asked for.
    pub layers: Vec<LayerCurvature>,
    /// Whether everything is measured.
    pub is_done: bool,
}

impl SpectrumPoint {
    /// Of which nothing is known yet.
    pub fn new(station: Station) -> SpectrumPoint {
        SpectrumPoint {
            station,
            rate: None,
            eigenvalues: Vec::new(),
            is_searched: false,
            is_found: false,
            trace: None,
            density: None,
            layers: Vec::new(),
            is_done: false,
        }
    }

    /// λ₁, the largest eigenvalue, as far as it is known.
    pub fn largest(&self) -> Option<Eigenvalue> {
        self.eigenvalues.first().copied().filter(|e| e.rank == 1)
    }
}

/// Spectra of one matrix at one or several checkpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumSeries {
    pub operator: Operator,
    /// m, the examples of a batch; only Σ depends on it.
    pub batch: u64,
    /// D.
    pub parameters: u64,
    /// An eigenvalue is found when its residual is at most so large a share of the largest |eigenvalue|.
    pub tolerance: f64,
    /// In order; all of them from the beginning.
    pub points: Vec<SpectrumPoint>,
}

impl SpectrumSeries {
    /// Takes in what a step of a job found.
    pub fn apply(&mut self, found: SpectrumFound) {
        let Some(point) = self.points.get_mut(found.point) else { return };
        match found.value {
            SpectrumValue::Begun(layers) => point.layers = layers,
            SpectrumValue::Eigenvalues { values, is_found } => {
                point.eigenvalues = values;
                point.is_searched = found.is_final;
                point.is_found = found.is_final && is_found;
            }
            SpectrumValue::Trace(trace) => point.trace = Some(trace),
            SpectrumValue::Density(density) => point.density = Some(density),
            SpectrumValue::Layer { number, layer } => {
                if let Some(known) = point.layers.get_mut(number) {
                    *known = layer;
                }
            }
        }
        point.is_done = found.is_last;
    }

    /// Whether an eigenvalue of a point has a residual as small as was asked for. Those that the search has believed in have.
    pub fn is_converged(&self, point: &SpectrumPoint, eigenvalue: &Eigenvalue) -> bool {
        let size = point.eigenvalues.iter().map(|e| e.value.abs()).fold(0.0, f64::max);
        point.is_found || eigenvalue.residual <= self.tolerance * size
    }
}

/// What a step of a [`SpectrumJob`](crate::explore::SpectrumJob) found.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumFound {
    /// At which of the checkpoints.
    pub point: usize,
    /// It replaces what was known of it.
    pub value: SpectrumValue,
    /// Whether it will not change any more.
    pub is_final: bool,
    /// Whether everything about the checkpoint is measured now.
    pub is_last: bool,
}

/// What can be found.
#[derive(Clone, Debug, PartialEq)]
pub enum SpectrumValue {
    /// The checkpoint is read. Its layers by name, where they are asked for; nothing is known of them yet.
    Begun(Vec<LayerCurvature>),
    /// All that are wanted, or as many as there are guesses of.
    Eigenvalues {
        values: Vec<Eigenvalue>,
        /// Whether all have small residuals.
        is_found: bool,
    },
    Trace(Measured),
    Density(Density),
    Layer {
        number: usize,
        layer: LayerCurvature,
    },
}
