//! What is asked of an escape table: plain data, the same from the command line, from the window and from recipes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::row::KeptRun;
use crate::{
    explore::{EscapeRequestError, Subject},
    optim::OptimizerSpec,
    valley::{EscapeSpec, Job, Method},
};

/// An escape table. The defaults that are not said to be our own are those of the SAM thesis, §5.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EscapeRequest {
    /// Data, network, and the batch-norm statistics with which the accuracy is measured; training steps use their batch's.
    pub subject: Subject,
    /// The minimum: any format, a run file or `RUN@STEP`.
    pub checkpoint: PathBuf,
    /// The rows of the table, see [`Method::grid`].
    pub methods: Vec<Method>,
    /// The constants that all rows share; kind and ρ are theirs. Without momentum (our choice).
    pub optimizer: OptimizerSpec,
    /// η, without a schedule.
    pub rate: f64,
    /// Images per step; `None` is 256, or all when there are fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u64>,
    /// Runs of every row.
    pub seeds: usize,
    /// The first seed; the others follow.
    pub seed: u64,
    /// Steps after which a run is stopped (our choice).
    pub limit: u64,
    /// A run has left when its training accuracy is below this share.
    pub threshold: f64,
    /// Steps between two looks at the accuracy, the exit times' grain. 1 as in the thesis, whose means go down to 1.00.
    pub check: u64,
    /// Look at all images always, also where fewer tell with certainty (all but 10⁻¹²) that the accuracy has not fallen.
    pub full_checks: bool,
    /// Keep the runs in this file, and go on with those that it has.
    pub record: Option<PathBuf>,
}

impl Default for EscapeRequest {
    fn default() -> Self {
        EscapeRequest {
            subject: Subject::default(),
            checkpoint: PathBuf::new(),
            methods: vec![Method::SGD],
            optimizer: OptimizerSpec::default(),
            rate: 0.03,
            batch: None,
            seeds: 20,
            seed: 0,
            limit: 1000,
            threshold: 0.9,
            check: 1,
            full_checks: false,
            record: None,
        }
    }
}

impl EscapeRequest {
    /// Images per step when nothing is said: the thesis's.
    const BATCH: u64 = 256;

    /// Images per step, of so many.
    ///
    /// # Errors
    /// When more are wanted than there are.
    pub fn batch_of(&self, count: usize) -> Result<u64, EscapeRequestError> {
        match self.batch {
            Some(batch) if batch > count as u64 => Err(EscapeRequestError::Batch { batch, count }),
            Some(batch) => Ok(batch),
            None => Ok((count as u64).min(Self::BATCH)),
        }
    }

    /// Refuses what can be refused before any file is read.
    ///
    /// # Errors
    /// See [`EscapeRequestError`].
    pub fn check(&self) -> Result<(), EscapeRequestError> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return Err(EscapeRequestError::Threshold(self.threshold));
        }
        if self.check == 0 {
            return Err(EscapeRequestError::Check);
        }
        if self.batch == Some(0) {
            return Err(EscapeRequestError::EmptyBatch);
        }
        if self.optimizer.noise != 0.0 {
            return Err(EscapeRequestError::Noise(self.optimizer.noise));
        }
        if self.seed.checked_add(self.seeds as u64).is_none() {
            return Err(EscapeRequestError::Seeds { seeds: self.seeds, seed: self.seed });
        }
        for method in &self.methods {
            OptimizerSpec { kind: method.kind, rho: method.rho, ..self.optimizer }.check()?;
        }
        Ok(())
    }

    /// The empty table.
    pub fn table(&self) -> EscapeSpec {
        EscapeSpec { methods: self.methods.clone(), seeds: self.seeds, limit: self.limit, rate: self.rate }
    }

    /// The seed of a run's batches; the same in every row.
    pub fn seed_of(&self, job: Job) -> u64 {
        self.seed + job.seed as u64
    }

    /// Where a run that was kept belongs in this table; `None` when it is not asked for.
    pub(super) fn job_of(&self, kept: &KeptRun) -> Option<Job> {
        let method = self.methods.iter().position(|m| *m == kept.method)?;
        let seed = usize::try_from(kept.seed.checked_sub(self.seed)?).ok()?;
        (seed < self.seeds).then_some(Job { method, seed })
    }

    /// One line about how runs are made, of batches of so many, and when they have left.
    pub(super) fn words(&self, batch: u64) -> String {
        let every = if self.check == 1 { "every step".into() } else { format!("every {} steps", self.check) };
        let shared = OptimizerSpec { rho: 0.0, ..self.optimizer };
        let suffix = shared.suffix();
        let suffix = if suffix.is_empty() { " without momentum".into() } else { suffix };
        let shard = self.optimizer.sam_shard.map_or(String::new(), |m| format!(", m = {m}"));
        format!(
            "η {} constant,{suffix}, batch {}{shard}, until the accuracy is below {} % (looked at {every}), {} steps at most",
            self.rate,
            batch,
            (1e6 * self.threshold).round() / 1e4,
            self.limit
        )
    }
}
