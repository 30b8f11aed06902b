//! What is asked about gradient noise.

use std::{path::PathBuf, sync::LazyLock};

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use crate::{
    curvature::NoiseSpec,
    explore::{ExploreError, NoiseRequestError, Options, Request, Subject, request_error::MOST_EIGENVALUES},
    spectral::TraceSpec,
};

/// The noise of mini-batch gradients against the curvature of the loss, at checkpoints.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoiseRequest {
    /// Checkpoints: safetensors, PyTorch, burnpack or RUN@STEP; of a folder or a run file all checkpoints, one after the other.
    #[arg(value_hint = ValueHint::AnyPath, required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub subject: Subject,
    /// Images in a batch [default: as in the run that the checkpoint is of, else 1].
    #[arg(long, value_name = "M", help_heading = "Noise")]
    pub batch: Option<u64>,
    /// Compare the K leading eigenvectors of curvature and noise.
    #[arg(long, value_name = "K", default_value_t = NoiseSpec::default().leading, help_heading = "Noise")]
    pub leading: usize,
    /// An eigenvector is found when its residual is at most this share of the largest eigenvalue.
    #[arg(long, value_name = "SHARE", default_value_t = NoiseSpec::default().tolerance, help_heading = "Noise")]
    pub tolerance: f64,
    /// Products for each trace at most; as many as there are parameters make Tr H exact, as many as training images Tr(HΣ).
    #[arg(long, value_name = "N", default_value_t = NoiseSpec::default().trace.most_products, help_heading = "Noise")]
    pub products: usize,
}

impl Default for NoiseRequest {
    fn default() -> Self {
        let plain = NoiseSpec::default();
        NoiseRequest {
            files: Vec::new(),
            subject: Subject::default(),
            batch: None,
            leading: plain.leading,
            tolerance: plain.tolerance,
            products: plain.trace.most_products,
        }
    }
}

impl NoiseRequest {
    /// How it is measured in `dimension` dimensions, with batches of `batch` examples.
    pub fn spec(&self, batch: u64, dimension: usize) -> NoiseSpec {
        let seed = self.subject.seed;
        let plain = NoiseSpec::default();
        NoiseSpec {
            batch,
            leading: self.leading.min(dimension),
            tolerance: self.tolerance,
            most_products: plain.most_products.max(40 * self.leading),
            trace: TraceSpec { most_products: self.products, seed, ..plain.trace },
            seed,
        }
    }
}

impl Request for NoiseRequest {
    const COMMAND: &'static str = "noise";

    const RANGES: &'static [(&'static str, f64, f64)] = &[
        ("batch", 1.0, 1e9),
        ("leading", 1.0, MOST_EIGENVALUES as f64),
        ("tolerance", 1e-7, 0.5),
        ("products", 2.0, 1e6),
    ];

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }

    fn check(&self) -> Result<(), ExploreError> {
        let refused = |e: NoiseRequestError| Err(e.into());
        if self.files.is_empty() {
            return refused(NoiseRequestError::NoFiles);
        }
        if self.batch == Some(0) {
            return refused(NoiseRequestError::EmptyBatch);
        }
        if !(1..=MOST_EIGENVALUES).contains(&self.leading) {
            return refused(NoiseRequestError::Leading(self.leading));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return refused(NoiseRequestError::Tolerance(self.tolerance));
        }
        if self.products < 2 {
            return refused(NoiseRequestError::Products(self.products));
        }
        Ok(())
    }

    fn options() -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::of::<NoiseRequest>);
        &OPTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::request_tests::{assert_default, assert_repeated, parsed};

    #[test]
    fn the_command_line_gives_what_is_asked_and_is_repeated() {
        assert_default(&["a.pt"], NoiseRequest { files: vec!["a.pt".into()], ..NoiseRequest::default() });
        for words in [
            "a.pt b.pt run.valley@30 --batch 64 --leading 2 --tolerance 0.01 --products 1000 --seed 3",
            "folder --data mnist --train-count 100 --bn batch --bn-batch 50 --device cpu",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_repeated::<NoiseRequest>(&words);
        }
        let line = assert_repeated::<NoiseRequest>(&["run.valley", "--batch", "1"]);
        assert_eq!(line, "valleyscope noise run.valley --batch 1");
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        for (words, part) in [
            ("a --batch 0", "batch of 0"),
            ("a --leading 0", "0 leading eigenvectors"),
            ("a --tolerance 0", "tolerance is 0"),
            ("a --tolerance NaN", "tolerance is NaN"),
            ("a --products 1", "1 products"),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            let error = parsed::<NoiseRequest>(&words).check().unwrap_err().to_string();
            assert!(error.contains(part), "{words:?}: {error}");
        }
        assert!(NoiseRequest::default().check().unwrap_err().to_string().contains("no checkpoint"));
    }
}
