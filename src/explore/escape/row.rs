//! The runs of an escape table as rows of a record: an `.escape` file.
//!
//! A run is kept under its optimizer, its ρ and its seed, so that a table may grow by further seeds and further ρ later.

use rusqlite::{Statement, params};

use crate::{
    optim::OptimizerKind,
    record::{Kind, META, Row},
    valley::{Exit, Method, Run},
};

/// A run with its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeptRun {
    pub method: Method,
    /// Of the order of its batches.
    pub seed: u64,
    pub run: Run,
}

impl Row for KeptRun {
    type Ground = ();
    /// Optimizer, ρ, and the bits of the seed: every seed has a place, and SQLite's integers are signed.
    type Key = (String, f64, i64);

    /// The description is JSON: `{"meta":{…}}`. `exited` and `finite` are 0 or 1.
    const KIND: Kind = Kind {
        // "VEsc"
        application_id: 0x5645_7363,
        format: 1,
        tables: &[
            META,
            (
                "runs",
                "CREATE TABLE runs (optimizer TEXT NOT NULL, rho REAL NOT NULL, seed INTEGER NOT NULL, \
                 steps INTEGER NOT NULL, exited INTEGER NOT NULL, gradients INTEGER NOT NULL, finite INTEGER NOT NULL, \
                 PRIMARY KEY (optimizer, rho, seed)) STRICT, WITHOUT ROWID",
            ),
        ],
        insert: "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        select: "SELECT optimizer, rho, seed, steps, exited, gradients, finite FROM runs ORDER BY optimizer, rho, seed",
        ground: None,
        whole: "table",
        rows: "runs",
        foreign: "no escape table",
        remedy: "choose another name",
    };

    fn key(&self) -> (String, f64, i64) {
        (self.method.kind.to_string(), self.method.rho, self.seed.cast_signed())
    }

    fn insert(&self, statement: &mut Statement<'_>) -> rusqlite::Result<usize> {
        let (optimizer, rho, seed) = self.key();
        let (steps, exited) = match self.run.exit {
            Exit::Exited(steps) => (steps, true),
            Exit::Censored(steps) => (steps, false),
        };
        statement.execute(params![
            optimizer,
            rho,
            seed,
            steps.cast_signed(),
            exited,
            self.run.gradients.cast_signed(),
            self.run.finite,
        ])
    }

    fn read(row: &rusqlite::Row<'_>, (): &()) -> rusqlite::Result<Result<KeptRun, String>> {
        let (optimizer, rho, seed): (String, f64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Ok(kind) = optimizer.parse::<OptimizerKind>() else {
            return Ok(Err(format!("it has a run of \"{optimizer}\", which is no optimizer")));
        };
        let (method, seed) = (Method { kind, rho }, seed.cast_unsigned());
        let count = |column| row.get::<_, i64>(column).map(|n| u64::try_from(n).ok());
        let flag = |column| {
            row.get::<_, i64>(column).map(|n| match n {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            })
        };
        let (Some(steps), Some(exited), Some(gradients), Some(finite)) = (count(3)?, flag(4)?, count(5)?, flag(6)?)
        else {
            return Ok(Err(format!("its run of {} with seed {seed} has impossible numbers", method.title())));
        };
        let exit = if exited { Exit::Exited(steps) } else { Exit::Censored(steps) };
        Ok(Ok(KeptRun { method, seed, run: Run { exit, gradients, finite } }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::trial::{self, Trial};

    fn kept(kind: OptimizerKind, rho: f64, seed: u64, exit: Exit) -> KeptRun {
        KeptRun {
            method: Method { kind, rho },
            seed,
            run: Run { exit, gradients: seed.wrapping_add(7) >> 1, finite: seed != 1 },
        }
    }

    impl Trial for KeptRun {
        fn ground() {}

        fn few() -> Vec<KeptRun> {
            use OptimizerKind::{Sam, Sgd};
            vec![
                kept(Sam, 0.1 + 0.2, 1, Exit::Exited(1)),
                kept(Sam, 0.05, 0, Exit::Exited(12)),
                kept(Sgd, 0.0, 5, Exit::Exited(2999)),
                kept(Sgd, 0.0, 0, Exit::Censored(3000)),
                kept(Sgd, 0.0, u64::MAX, Exit::Exited(i64::MAX.cast_unsigned())),
            ]
        }

        fn many() -> Vec<KeptRun> {
            let run = |n: u64| {
                let (kind, rho) =
                    if n.is_multiple_of(2) { (OptimizerKind::Sgd, 0.0) } else { (OptimizerKind::Sam, 0.05) };
                kept(kind, rho, n / 2, Exit::Exited(n + 1))
            };
            (0..10_000).map(run).collect()
        }
    }

    #[test]
    fn every_bit_comes_back() {
        trial::exact::<KeptRun>();
    }

    #[test]
    fn runs_come_back_and_more_can_follow() {
        trial::resumed::<KeptRun>();
    }

    #[test]
    fn another_table_is_refused_by_name() {
        trial::refused_by_name::<KeptRun>();
    }

    #[test]
    fn foreign_files_are_refused_and_left_alone() {
        trial::foreign::<KeptRun>();
    }

    #[test]
    fn there_is_one_writer_and_any_reader() {
        trial::one_writer::<KeptRun>();
    }

    #[test]
    fn a_run_is_written_once() {
        trial::written_once::<KeptRun>();
    }

    #[test]
    fn a_full_disk_is_named_and_keeps_what_was_recorded() {
        trial::full_disk::<KeptRun>();
    }

    #[test]
    fn recording_costs_little() {
        trial::cheap::<KeptRun>();
    }

    #[test]
    fn what_was_changed_by_hand_is_damage() {
        trial::changed_by_hand::<KeptRun>(&[
            ("INSERT INTO runs VALUES ('sgdd', 0.0, 1, 1, 1, 1, 1)", "no optimizer"),
            ("DELETE FROM runs; INSERT INTO runs VALUES ('sgd', 0.0, 1, 1, 2, 1, 1)", "impossible"),
            ("UPDATE runs SET steps = -1 WHERE seed = 5", "impossible"),
        ]);
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        trial::cut_anywhere::<KeptRun>();
    }

    #[test]
    fn scribbled_files_never_panic() {
        trial::scribbled::<KeptRun>();
    }

    /// Not a test of its own: the process that the next test kills.
    #[test]
    fn child_that_measures_until_it_is_killed() {
        trial::child::<KeptRun>();
    }

    #[test]
    fn a_killed_table_goes_on_and_ends_as_if_nothing_had_happened() {
        trial::killed::<KeptRun>(module_path!());
    }
}
