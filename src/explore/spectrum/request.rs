//! What is asked about spectra.

use std::{path::PathBuf, sync::LazyLock};

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use crate::{
    curvature::{Operator, SpectrumSpec},
    explore::{ExploreError, Options, Request, SpectrumRequestError, Subject, request_error::MOST_EIGENVALUES},
    spectral::{DensitySpec, TraceSpec},
};

/// Eigenvalues, trace and density of a matrix of a network at checkpoints.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpectrumRequest {
    /// Checkpoints: safetensors, PyTorch, burnpack or RUN@STEP; of a folder or a run file all checkpoints, one after the other.
    #[arg(value_hint = ValueHint::AnyPath, required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub subject: Subject,
    /// Matrix: hessian (of the training loss), gauss-newton, or sigma (the covariance of the gradient over a batch).
    #[arg(long, value_name = "MATRIX", default_value_t = Operator::default(), help_heading = "Spectrum")]
    pub operator: Operator,
    /// Images in a batch of sigma [default: as in the run that the checkpoint is of, else 1].
    #[arg(long, value_name = "M", help_heading = "Spectrum")]
    pub batch: Option<u64>,
    /// Find the K largest eigenvalues.
    #[arg(long, value_name = "K", default_value_t = SpectrumRequest::TOP, help_heading = "Spectrum")]
    pub top: usize,
    /// Find the K smallest eigenvalues.
    #[arg(long, value_name = "K", default_value_t = SpectrumRequest::SMALLEST, help_heading = "Spectrum")]
    pub smallest: usize,
    /// Estimate how all eigenvalues are distributed.
    #[arg(long, help_heading = "Spectrum")]
    pub density: bool,
    /// Estimate the trace.
    #[arg(long, help_heading = "Spectrum")]
    pub trace: bool,
    /// Find the largest eigenvalue of each layer's own block; its trace, too, with --trace.
    #[arg(long, help_heading = "Spectrum")]
    pub layers: bool,
    /// An eigenvalue is found when its residual is at most this share of the largest one.
    #[arg(long, value_name = "SHARE", default_value_t = SpectrumRequest::TOLERANCE, help_heading = "Spectrum")]
    pub tolerance: f64,
    /// End a search for eigenvalues after N products, found or not [default: 400, and 40 more for each eigenvalue].
    #[arg(long, value_name = "N", help_heading = "Spectrum")]
    pub products: Option<usize>,
}

impl Default for SpectrumRequest {
    fn default() -> Self {
        SpectrumRequest {
            files: Vec::new(),
            subject: Subject::default(),
            operator: Operator::default(),
            batch: None,
            top: Self::TOP,
            smallest: Self::SMALLEST,
            density: false,
            trace: false,
            layers: false,
            tolerance: Self::TOLERANCE,
            products: None,
        }
    }
}

impl SpectrumRequest {
    /// Largest eigenvalues when nothing is said.
    pub const TOP: usize = 10;
    /// Smallest eigenvalues when nothing is said.
    pub const SMALLEST: usize = 1;
    /// Tolerance when nothing is said.
    pub const TOLERANCE: f64 = 1e-4;
    /// Products of a search when nothing is said (our choice): several times what networks of the usual kinds take.
    const PRODUCTS: [usize; 2] = [400, 40];

    /// How it is measured in `dimension` dimensions, with batches of `batch` examples.
    pub fn spec(&self, batch: u64, dimension: usize) -> SpectrumSpec {
        let seed = self.subject.seed;
        // Of few dimensions, no eigenvalue is wanted twice.
        let top = self.top.min(dimension);
        let smallest = self.smallest.min(dimension - top);
        let [first, more] = Self::PRODUCTS;
        SpectrumSpec {
            operator: self.operator,
            batch,
            top,
            smallest,
            density: self.density.then(|| DensitySpec { seed, ..DensitySpec::default() }),
            trace: self.trace.then(|| TraceSpec { share: 0.03, most_products: 200, seed, ..TraceSpec::default() }),
            layers: self.layers,
            tolerance: self.tolerance,
            most_products: self.products.unwrap_or(first + more * (top + smallest)),
            seed,
        }
    }
}

impl Request for SpectrumRequest {
    const COMMAND: &'static str = "curvature";

    const RANGES: &'static [(&'static str, f64, f64)] = &[
        ("batch", 1.0, 1e9),
        ("top", 0.0, MOST_EIGENVALUES as f64),
        ("smallest", 0.0, MOST_EIGENVALUES as f64),
        ("tolerance", 1e-7, 0.5),
        ("products", 1.0, 1e6),
    ];

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }

    fn check(&self) -> Result<(), ExploreError> {
        let refused = |e: SpectrumRequestError| Err(e.into());
        if self.files.is_empty() {
            return refused(SpectrumRequestError::NoFiles);
        }
        if self.top.saturating_add(self.smallest) == 0 && !(self.density || self.trace || self.layers) {
            return refused(SpectrumRequestError::Nothing);
        }
        if let Some(count) = [self.top, self.smallest].into_iter().find(|count| *count > MOST_EIGENVALUES) {
            return refused(SpectrumRequestError::TooMany(count));
        }
        match self.batch {
            Some(0) => return refused(SpectrumRequestError::EmptyBatch),
            Some(_) if self.operator != Operator::Sigma => return refused(SpectrumRequestError::BatchOfNothing),
            _ => {}
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return refused(SpectrumRequestError::Tolerance(self.tolerance));
        }
        if self.products == Some(0) {
            return refused(SpectrumRequestError::NoProducts);
        }
        Ok(())
    }

    fn options() -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::of::<SpectrumRequest>);
        &OPTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::request_tests::{assert_default, assert_repeated, parsed};

    #[test]
    fn the_command_line_gives_what_is_asked_and_is_repeated() {
        assert_default(&["a.pt"], SpectrumRequest { files: vec!["a.pt".into()], ..SpectrumRequest::default() });
        for words in [
            "a.pt b.pt folder run.valley@30 --top 3 --smallest 0 --trace --density --layers",
            "a.pt --operator sigma --batch 32 --tolerance 0.01 --products 90 --seed 4",
            "a.pt --operator gauss-newton --bn running --data mnist --train-count 100 --device cpu --loss mse",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_repeated::<SpectrumRequest>(&words);
        }
        let line = assert_repeated::<SpectrumRequest>(&["a.pt", "--trace", "--top", "400"]);
        assert_eq!(line, "valleyscope curvature a.pt --top 400 --trace");
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        for (words, part) in [
            ("a --top 0 --smallest 0", "nothing to find"),
            ("a --top 100000", "100000 eigenvalues are more"),
            ("a --operator sigma --batch 0", "batch of 0"),
            ("a --batch 8", "--operator sigma"),
            ("a --tolerance 0", "tolerance is 0"),
            ("a --tolerance NaN", "tolerance is NaN"),
            ("a --tolerance 1", "tolerance is 1"),
            ("a --products 0", "0 products"),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            let error = parsed::<SpectrumRequest>(&words).check().unwrap_err().to_string();
            assert!(error.contains(part), "{words:?}: {error}");
        }
        assert!(SpectrumRequest::default().check().unwrap_err().to_string().contains("no checkpoint"));
        for words in ["a --top 0", "a --top 0 --smallest 0 --trace", "a --top 0 --smallest 0 --layers"] {
            let words: Vec<&str> = words.split(' ').collect();
            assert!(parsed::<SpectrumRequest>(&words).check().is_ok(), "{words:?}");
        }
    }

    #[test]
    fn in_few_dimensions_no_eigenvalue_is_wanted_twice() {
        let request = SpectrumRequest { top: 8, smallest: 8, ..SpectrumRequest::default() };
        let wanted = |dimension| {
            let spec = request.spec(1, dimension);
            (spec.top, spec.smallest)
        };
        assert_eq!([wanted(5), wanted(10), wanted(16), wanted(99)], [(5, 0), (8, 2), (8, 8), (8, 8)]);
        assert_eq!(request.spec(1, 99).most_products, 400 + 16 * 40);
        assert_eq!(SpectrumRequest { products: Some(7), ..request }.spec(1, 99).most_products, 7);
    }
}
