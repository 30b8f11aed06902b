//! What is asked of an escape table.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use clap::{ArgAction, Args, ValueHint};
use serde::{Deserialize, Serialize};

use super::{constants::SharedConstants, row::KeptRun};
use crate::{
    explore::{EscapeRequestError, ExploreError, Options, Request, Subject},
    optim::{Constant, OptimizerKind, OptimizerSpec, constant, users},
    valley::{Escape, EscapeSpec, Job, Method},
};

/// An escape table. The defaults that are not said to be our own are those of the SAM thesis, §5.2; recipes say `rate`,
/// `runs` and `limit`.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EscapeRequest {
    /// Checkpoint of a minimum: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    pub checkpoint: PathBuf,
    // Its batch-norm statistics are those with which the accuracy is measured; training steps use their batch's. Its seed
    // is that of the first run's batches, too; the others follow.
    #[command(flatten)]
    pub subject: Subject,
    // Its help names the optimizers that there are.
    #[arg(
        long = "optimizer",
        help = kinds_help(),
        value_name = "A,B",
        value_delimiter = ',',
        default_value = "sam",
        help_heading = "Optimizer"
    )]
    pub kinds: Vec<OptimizerKind>,
    /// Radii ρ of sam, asam and psam; each is a row of the table [default: 0.05,0.2,0.7].
    #[arg(long, value_name = "R,S", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Optimizer")]
    pub rho: Option<Vec<f64>>,
    /// Leave out SGD, which the others are compared with.
    #[arg(long = "no-baseline", action = ArgAction::SetFalse, help_heading = "Optimizer")]
    pub baseline: bool,
    /// Constant learning rate η of all rows.
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = EscapeRequest::RATE,
        allow_negative_numbers = true,
        help_heading = "Optimizer"
    )]
    #[serde(alias = "rate")]
    pub lr: f64,
    /// Images per step [default: 256, or all when there are fewer].
    #[arg(long, value_name = "N", help_heading = "Optimizer")]
    pub batch: Option<u64>,
    #[command(flatten)]
    pub constants: SharedConstants,

    /// Runs of every row; their batches come in the orders of as many seeds from the first on (--seed), the same in every row.
    #[arg(long, value_name = "N", default_value_t = EscapeRequest::SEEDS, help_heading = "Escape")]
    #[serde(alias = "runs")]
    pub seeds: usize,
    // Our choice.
    /// Steps after which a run is stopped, and counted as one that stayed.
    #[arg(long, value_name = "LIMIT", default_value_t = EscapeRequest::STEPS, help_heading = "Escape")]
    #[serde(alias = "limit")]
    pub steps: u64,
    /// A run has left when its training accuracy is below this share.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = EscapeRequest::THRESHOLD,
        allow_negative_numbers = true,
        help_heading = "Escape"
    )]
    pub threshold: f64,
    // The exit times' grain: 1 as in the thesis, whose means go down to 1.00.
    /// Look at the accuracy every N steps.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Escape")]
    pub check: u64,
    /// Look at all training images always, also where a random part of them tells, with a chance of error below 10⁻¹², that
    /// the accuracy has not fallen.
    #[arg(long, help_heading = "Escape")]
    pub full_checks: bool,
    /// Keep every run in FILE, and go on with those it has: a table that was stopped is resumed exactly, and may grow by
    /// further seeds and radii.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub record: Option<PathBuf>,
}

impl Default for EscapeRequest {
    fn default() -> Self {
        EscapeRequest {
            checkpoint: PathBuf::new(),
            subject: Subject::default(),
            kinds: vec![OptimizerKind::Sam],
            rho: None,
            baseline: true,
            lr: Self::RATE,
            batch: None,
            constants: SharedConstants::default(),
            seeds: Self::SEEDS,
            steps: Self::STEPS,
            threshold: Self::THRESHOLD,
            check: 1,
            full_checks: false,
            record: None,
        }
    }
}

fn kinds_help() -> String {
    let names: Vec<String> = EscapeRequest::offered().iter().map(ToString::to_string).collect();
    format!("Optimizers that run from it: {}; several with commas", names.join(", "))
}

impl EscapeRequest {
    /// Optimizers whose runs differ from seed to seed, those that look at their surroundings first.
    pub fn offered() -> Vec<OptimizerKind> {
        let mut kinds: Vec<OptimizerKind> =
            OptimizerKind::ALL.iter().copied().filter(|kind| !kind.takes_all()).collect();
        kinds.sort_by_key(|kind| !kind.is_sharpness_aware());
        kinds
    }

    /// ρ when nothing is said: the thesis's smallest, its typical and its largest.
    pub const RHOS: [f64; 3] = [0.05, 0.2, 0.7];
    /// Images per step when nothing is said: the thesis's.
    const BATCH: u64 = 256;
    const RATE: f64 = 0.03;
    const SEEDS: usize = 20;
    const STEPS: u64 = 1000;
    const THRESHOLD: f64 = 0.9;

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

    /// The rows of the table, see [`Method::grid`].
    pub fn methods(&self) -> Vec<Method> {
        Method::grid(&self.kinds, self.rho.as_deref().unwrap_or(&Self::RHOS), self.baseline)
    }

    /// The empty table.
    pub fn table(&self) -> EscapeSpec {
        EscapeSpec { methods: self.methods(), seeds: self.seeds, limit: self.steps, rate: self.lr }
    }

    /// The seed of a run's batches; the same in every row.
    pub fn seed_of(&self, job: Job) -> u64 {
        self.subject.seed + job.seed as u64
    }

    /// An option that would do nothing is a mistake.
    fn refuse_useless(&self) -> Result<(), EscapeRequestError> {
        let takes_rho = self.kinds.iter().any(|kind| kind.is_sharpness_aware());
        let rho = constant("rho").filter(|_| self.rho.is_some() && !takes_rho);
        let Some(stray) = rho.or_else(|| self.constants.stray(&self.kinds)) else { return Ok(()) };
        Err(EscapeRequestError::Useless { option: stray.flag, needs: users(stray) })
    }

    fn check_numbers(&self) -> Result<(), EscapeRequestError> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return Err(EscapeRequestError::Threshold(self.threshold));
        }
        if self.check == 0 {
            return Err(EscapeRequestError::Check);
        }
        if self.batch == Some(0) {
            return Err(EscapeRequestError::EmptyBatch);
        }
        let (seeds, seed) = (self.seeds, self.subject.seed);
        if seed.checked_add((seeds as u64).saturating_sub(1)).is_none() {
            return Err(EscapeRequestError::Seeds { seeds, seed });
        }
        for method in self.methods() {
            OptimizerSpec { kind: method.kind, rho: method.rho, ..self.constants.spec() }.check()?;
        }
        Ok(())
    }

    /// Where a run that was kept belongs in this table; `None` when it is not asked for.
    pub(super) fn job_of(&self, kept: &KeptRun) -> Option<Job> {
        let method = self.methods().iter().position(|m| *m == kept.method)?;
        let seed = usize::try_from(kept.seed.checked_sub(self.subject.seed)?).ok()?;
        (seed < self.seeds).then_some(Job { method, seed })
    }

    /// One line about how runs are made, of batches of so many, and when they have left.
    pub(super) fn words(&self, batch: u64) -> String {
        let every = if self.check == 1 { "every step".into() } else { format!("every {} steps", self.check) };
        let shared = OptimizerSpec { rho: 0.0, ..self.constants.spec() };
        let suffix = shared.suffix();
        let suffix = if suffix.is_empty() { " without momentum".into() } else { suffix };
        let of = |kind: &OptimizerKind| OptimizerSpec { kind: *kind, ..shared };
        let has = |constant: &Constant| constant.is_own() && self.kinds.iter().any(|kind| of(kind).uses(constant));
        let own = SharedConstants::all().map(|(constant, _)| constant).filter(|constant| has(constant));
        let own: String = own.map(|constant| constant.words(&shared)).collect();
        let own = if own.is_empty() { own } else { format!(",{own}") };
        format!(
            "η {} constant,{suffix}, batch {}{own}, until the accuracy is below {} % (looked at {every}), {} steps at most",
            self.lr,
            batch,
            (1e6 * self.threshold).round() / 1e4,
            self.steps
        )
    }
}

impl Request for EscapeRequest {
    const COMMAND: &'static str = "escape";

    const RANGES: &'static [(&'static str, f64, f64)] = &[
        ("lr", 1e-6, 100.0),
        ("batch", 1.0, 1e6),
        ("seeds", 1.0, 1e4),
        ("steps", 1.0, 1e7),
        ("threshold", 0.001, 1.0),
        ("check", 1.0, 1e4),
    ];

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }

    fn record(&self) -> Option<&Path> {
        self.record.as_deref()
    }

    fn check(&self) -> Result<(), ExploreError> {
        self.refuse_useless()?;
        self.check_numbers()?;
        Escape::new(self.table())?;
        Ok(())
    }

    fn options() -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::of::<EscapeRequest>);
        &OPTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::request_tests::{assert_default, assert_repeated, parsed};

    #[test]
    fn the_command_line_gives_what_is_asked_and_is_repeated() {
        assert_default(&["a.pt"], EscapeRequest { checkpoint: "a.pt".into(), ..EscapeRequest::default() });
        for words in [
            "a.pt --optimizer sam,psam --rho 0.1,0.2,0.35 --no-baseline --lr 1e-3 --batch 32 --psam-until 75 --psam-period 3",
            "a.pt --optimizer nesterov --momentum 0.9 --nesterov --weight-decay 5e-4 --seeds 3 --steps 77 --seed 8",
            "a.pt --sam-norm inf --sam-shard 16 --threshold 0.85 --check 5 --full-checks --record t.escape",
            "a.pt --sam-norm 1.5 --optimizer psam --psam-until 50% --bn running",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_repeated::<EscapeRequest>(&words);
        }
        let line = assert_repeated::<EscapeRequest>(&["a.pt", "--rho", "0.5,1", "--lr", "1", "--no-baseline"]);
        assert_eq!(line, "valleyscope escape a.pt --rho 0.5,1 --no-baseline --lr 1");
    }

    #[test]
    fn words_say_the_constants_that_a_row_has() {
        let words = |words: &str| parsed::<EscapeRequest>(&words.split(' ').collect::<Vec<_>>()).words(32);
        assert!(words("a").contains(", batch 32, until"));
        assert!(words("a --sam-shard 16 --sam-norm inf").contains(", batch 32, p ∞ m 16, until"));
        assert!(words("a --optimizer psam --psam-period 3").contains(", batch 32, E 75% n 3, until"));
        assert!(words("a --optimizer sgd --momentum 0.5").contains(", μ 0.5, batch 32, until"));
    }

    #[test]
    fn the_largest_seed_is_one() {
        parsed::<EscapeRequest>(&["a", "--seeds", "1", "--seed", "18446744073709551615"]).check().unwrap();
    }

    #[test]
    fn rows_and_refusals_are_those_of_the_command_line() {
        let request = parsed::<EscapeRequest>(&["a.pt"]);
        let titles: Vec<String> = request.methods().iter().map(Method::title).collect();
        assert_eq!(titles, ["SGD", "SAM ρ 0.05", "SAM ρ 0.2", "SAM ρ 0.7"]);
        for (words, part) in [
            ("a --optimizer sgd --rho 0.1", "rho means nothing to this table (--rho); add sam"),
            ("a --optimizer sgd --sam-shard 3", "sam-shard means nothing"),
            ("a --psam-until 5", "psam-until means nothing to this table (--psam-until); add psam (--optimizer psam)"),
            ("a --threshold 0", "threshold is 0"),
            ("a --rho 0.1,0.1", "there twice"),
            ("a --momentum 1", "momentum is 1"),
            ("a --seeds 2 --seed 18446744073709551615", "beyond the largest one"),
            ("a --seeds 0 --seed 18446744073709551615", "0 seeds"),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            let error = parsed::<EscapeRequest>(&words).check().unwrap_err().to_string();
            assert!(error.contains(part), "{words:?}: {error}");
        }
    }
}
