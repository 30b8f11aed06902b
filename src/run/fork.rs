//! Runs that go on from the middle of another one.

use std::path::{Path, PathBuf};

use super::{BatchSize, Fork, ForkError, Length, Manifest, RunSpec};
use crate::{
    optim::OptimizerSpec,
    probe::{Change, ChangeRecord},
};

impl Fork {
    /// A fork of the run of `manifest`, which made `changes`, at iteration `step`.
    pub fn of(manifest: &Manifest, changes: &[ChangeRecord], step: u64, file: Option<&Path>) -> Fork {
        let base = standing_spec(manifest, changes, step);
        Fork { run: manifest.identity(), file: file.map(PathBuf::from), step, base: Box::new(base) }
    }

    /// The spec of a fork that goes on as its parent would have.
    pub fn unchanged(self) -> RunSpec {
        let base = (*self.base).clone();
        RunSpec { fork: Some(self), ..base }
    }

    /// The spec of a fork that goes on under another optimizer; a switch that the parent has planned is not its own.
    pub fn under(self, optimizer: OptimizerSpec) -> RunSpec {
        let same = optimizer.kind == self.base.optimizer.kind;
        let spec = self.unchanged();
        let switch = if same { spec.switch.clone() } else { Default::default() };
        RunSpec { optimizer, switch, ..spec }
    }

    /// This fork, the one that its parent is, and so on up to a run that began at θ_0.
    pub fn ancestors(&self) -> impl Iterator<Item = &Fork> {
        std::iter::successors(Some(self), |fork| fork.base.fork.as_ref())
    }

    /// Refuses what a fork takes over from its parent and `spec` has otherwise.
    pub(super) fn check(&self, spec: &RunSpec) -> Result<(), ForkError> {
        let base = &*self.base;
        // Where the files of the data lie does not matter.
        let data = |spec: &RunSpec| crate::data::DataSpec { dir: None, ..spec.data.clone() };
        let fixed = [
            ("the data", data(base) == data(spec)),
            ("the network", base.net == spec.net),
            ("the loss", base.loss == spec.loss),
            ("the starting point", base.init == spec.init),
            ("the initialisation", base.weights == spec.weights),
            ("the scale of the initialisation", base.init_scale == spec.init_scale),
            ("the seed", base.seed == spec.seed),
            ("the order of the data", base.order == spec.order),
            ("the noise", base.optimizer.noise == spec.optimizer.noise),
        ];
        match fixed.into_iter().find(|(_, same)| !same) {
            Some((what, _)) => Err(ForkError::Fixed(what)),
            None => Ok(()),
        }
    }
}

/// Whether a change was made by the plan of its run, and will be made again by it.
pub fn is_planned(spec: &RunSpec, total: u64, record: &ChangeRecord) -> bool {
    let Change::Optimizer { from, to } = &record.change else { return false };
    let due = |s: &&crate::optim::Switch| s.at.step(total) == record.t;
    spec.switch.switches().iter().find(due).is_some_and(|s| *to == OptimizerSpec { kind: s.to, ..*from })
}

/// The spec of a run as it stands when it comes to iteration `step`: what was changed by hand until then, there included,
/// what was switched before, and the switches that are still to come.
fn standing_spec(manifest: &Manifest, changes: &[ChangeRecord], step: u64) -> RunSpec {
    let (spec, total) = (&manifest.spec, manifest.steps);
    let mut now = spec.clone();
    let past = |c: &&ChangeRecord| c.t < step || (c.t == step && !is_planned(spec, total, c));
    for record in changes.iter().filter(past) {
        match &record.change {
            Change::LearningRate { to, .. } => now.lr = *to,
            Change::Batch { to, .. } => now.batch = BatchSize::Of(*to),
            Change::Optimizer { from, to } => {
                // To and from gradient descent, batches are those of the spec again.
                if from.kind.takes_all() != to.kind.takes_all() {
                    now.batch = spec.batch;
                }
                now.optimizer = *to;
            }
        }
    }
    if now.batch != spec.batch {
        // An epoch has another number of iterations now; the run's end and its schedule do not move.
        now.length = Length::Steps(total);
    }
    now.switch = spec.switch.rest(now.optimizer.kind, step, total);
    now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::OptimizerKind::{Nesterov, Sam};

    fn manifest(spec: RunSpec, steps: u64) -> Manifest {
        Manifest {
            version: "0".into(),
            command: spec.command_line(),
            device: "CPU".into(),
            network: "784 → 10".into(),
            input: [1, 28, 28],
            parameters: 7850,
            buffers: 0,
            train_count: 5000,
            test_count: 1000,
            classes: 10,
            steps_per_epoch: 50,
            steps,
            data_files: vec![],
            data_notes: vec![],
            notes: vec![],
            started: 0,
            spec,
        }
    }

    fn at(t: u64, change: Change) -> ChangeRecord {
        ChangeRecord { t, change }
    }

    #[test]
    fn a_fork_takes_over_what_the_run_had_come_to() {
        let sgd = OptimizerSpec::default();
        let sam = OptimizerSpec { kind: Sam, ..sgd };
        let nesterov = OptimizerSpec { kind: Nesterov, momentum: 0.9, ..sgd };
        let spec = RunSpec {
            switch: "sgd:sam@50,sam:psam@150".parse().unwrap(),
            length: Length::Steps(200),
            ..RunSpec::default()
        };
        let m = manifest(spec, 200);
        let changes = [
            at(10, Change::LearningRate { from: 0.1, to: 0.3 }),
            at(20, Change::Batch { from: 100, to: 50 }),
            at(50, Change::Optimizer { from: sgd, to: sam }),
            at(60, Change::Optimizer { from: sam, to: nesterov }),
        ];
        let base = |step| *Fork::of(&m, &changes, step, None).base;
        assert_eq!((base(9).lr, base(10).lr), (0.1, 0.3), "a change by hand counts from its own iteration on");
        assert_eq!(base(20).batch, BatchSize::Of(50));
        assert_eq!((base(50).optimizer, base(50).switch.to_string().as_str()), (sgd, "sgd:sam@50,sam:psam@150"));
        assert_eq!((base(51).optimizer, base(51).switch.to_string().as_str()), (sam, "sam:psam@150"));
        assert_eq!((base(60).optimizer, base(60).switch.to_string().as_str()), (nesterov, "nesterov:psam@150"));
        let child = Fork::of(&m, &changes, 60, None).unchanged();
        assert_eq!((child.check(), child.optimizer), (Ok(()), nesterov));
        let half = Fork::of(&m, &changes, 60, None).under(nesterov).at_rate(Some(0.15));
        assert_eq!((half.check(), half.lr, half.clone().at_rate(None).lr), (Ok(()), 0.15, 0.15));
        let line = half.command_line();
        assert!(line.contains("--lr 0.15") && !line.contains("--optimizer"), "{line}");
        assert!(Fork::of(&m, &changes, 60, None).under(sam).switch.is_empty());
        assert!(!Fork::of(&m, &changes, 60, None).under(OptimizerSpec { momentum: 0.5, ..nesterov }).switch.is_empty());
    }

    #[test]
    fn what_the_state_depends_on_stays_and_ancestors_are_known() {
        let m = manifest(RunSpec::default(), 200);
        let child = Fork::of(&m, &[], 30, Some(Path::new("/a/b.valley"))).unchanged();
        for (what, spec) in [
            ("the seed", RunSpec { seed: 1, ..child.clone() }),
            ("the network", RunSpec { net: "lenet".into(), ..child.clone() }),
            ("the initialisation", RunSpec { weights: crate::run::Weights::He, ..child.clone() }),
            ("the scale of the initialisation", RunSpec { init_scale: 2.0, ..child.clone() }),
            ("the noise", RunSpec { optimizer: OptimizerSpec { noise: 0.1, ..child.optimizer }, ..child.clone() }),
        ] {
            assert!(spec.check().unwrap_err().to_string().starts_with(what), "{what}");
        }
        let moved = RunSpec { data: crate::data::DataSpec { dir: Some("/x".into()), ..child.data.clone() }, ..child };
        assert_eq!(moved.check(), Ok(()));
        let of_child = manifest(moved, 200);
        let grandchild = Fork::of(&of_child, &[], 90, None);
        assert_eq!(grandchild.ancestors().map(|f| f.step).collect::<Vec<_>>(), [90, 30]);
        assert_eq!(grandchild.run, of_child.identity());
        assert_ne!(of_child.identity(), m.identity());
    }
}
