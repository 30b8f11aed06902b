//! From a recorded run to any of its iterations: its walk is taken up at the last state that the file keeps before, and
//! makes the iterations in between again. What was measured there is read from the file; only gradients are computed.

use super::{Beginning, Found, Known, Walk, WalkError};
use crate::{
    engine::Record,
    net::State,
    objective::Interrupt,
    probe::{ChangeRecord, EpochRecord, StepRecord},
    run::{Fork, ForkError, Manifest, RunSpec, is_planned},
    runfile::{Reader, RunFileError},
};

/// The way from a kept state of the parent to the beginning of a fork.
pub(super) struct Replay {
    reader: Reader,
    changes: Vec<ChangeRecord>,
    epochs: Vec<EpochRecord>,
    child: RunSpec,
    fork: Fork,
    /// The walk stands where it stood at the iteration it is at; otherwise it has to begin at θ_0.
    stands: bool,
    /// Where the way begins.
    from: u64,
}

/// How far what was computed again is from what was recorded.
#[derive(Default)]
struct Drift {
    /// The first iteration of which a number is not the recorded one to the bit.
    first: Option<u64>,
    /// Largest difference of a batch loss, relative to it.
    largest: f64,
}

impl Replay {
    /// Opens the parent of a fork, at the last state that its file keeps before the fork.
    pub fn open(child: RunSpec, interrupt: Interrupt) -> Result<Walk, WalkError> {
        let Some(fork) = child.fork.clone() else { return Walk::assemble(child, interrupt) };
        let path = fork.file.clone().ok_or(ForkError::NotRecorded)?;
        let reader = Reader::open(&path)?;
        let recorded = reader.manifest().clone();
        if recorded.identity() != fork.run {
            return Err(ForkError::OtherRun { path }.into());
        }
        let reached = reader.reached()?;
        if fork.step > reached {
            return Err(ForkError::NotReached { step: fork.step, reached }.into());
        }
        // The parent's own settings, on this machine's files and processor.
        let mut spec = recorded.spec.clone();
        spec.data.dir.clone_from(&child.data.dir);
        spec.device = child.device;
        // θ_0 is in the file, whatever has become of the checkpoint that it was read from.
        let init = spec.init.take().filter(|_| !reader.checkpoints().is_ok_and(|kept| kept.contains(&0)));
        spec.init.clone_from(&init);
        let mut walk = Walk::assemble(spec, interrupt)?;
        let now = walk.manifest.clone();
        // A fork's end and epochs are not those that its spec would have from θ_0 on.
        (walk.manifest.steps, walk.manifest.steps_per_epoch) = (recorded.steps, recorded.steps_per_epoch);
        (walk.manifest.command, walk.manifest.started) = (recorded.command.clone(), recorded.started);
        let kept = reader.states()?.into_iter().rev().find(|t| *t <= fork.step);
        if kept.is_none() && recorded.spec.fork.is_some() {
            let cause = "it is a fork and does not keep where it began".into();
            return Err(RunFileError::Damaged { path, cause }.into());
        }
        let size = |m: &Manifest| [m.parameters, m.buffers, m.train_count];
        if size(&now) != size(&recorded) {
            return Err(ForkError::Misfit { path, was: size(&recorded), is: size(&now) }.into());
        }
        walk.spec.init.clone_from(&recorded.spec.init);
        if init.is_none() && recorded.spec.fork.is_none() {
            let mut theta = reader.checkpoint(0)?;
            let buffers = theta.split_off(walk.here.theta.len());
            walk.theta_0.clone_from(&theta);
            walk.here = State { theta, buffers };
        }
        if let Some(t) = kept {
            walk.stand(reader.state(t)?)?;
            if let Some(theta) = reader.origin()? {
                walk.theta_0 = theta;
            }
        }
        let mut notes = recorded.notes.clone();
        if now.data_files != recorded.data_files {
            notes.push(
                "The files of the data are not those that the parent of this fork was trained on: it goes on from the same \
                 parameters, but not as its parent would have."
                    .to_string(),
            );
        }
        if now.device != recorded.device {
            notes.push(format!(
                "The parent of this fork was computed on {}, the fork on {}: they agree only up to rounding.",
                recorded.device, now.device
            ));
        } else if !walk.objective.is_exact() {
            notes.push(
                "Sums on a GPU are not added in a fixed order: the fork begins in its parent's state only up to rounding."
                    .into(),
            );
        }
        walk.manifest.notes = notes;
        let (changes, epochs) = (reader.changes()?, reader.epochs()?);
        let from = walk.t;
        let replay = Replay { reader, changes, epochs, child, fork, stands: kept.is_some(), from };
        walk.beginning = Beginning::Replay(Box::new(replay));
        Ok(walk)
    }

    /// Goes to the beginning of the fork, and turns the walk into it.
    pub fn run(
        self,
        walk: &mut Walk,
        records: &mut Vec<Record>,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<(), WalkError> {
        let mut dropped = Vec::new();
        if !self.stands {
            walk.known.epoch = self.epoch_at(0);
            walk.begin(&mut dropped, progress)?;
        }
        let mut drift = Drift::default();
        while walk.t < self.fork.step {
            let t = walk.t;
            progress("making the parent's iterations again", t - self.from, self.fork.step - self.from);
            self.change(walk)?;
            walk.known = Known { slice: self.reader.slices(t..t + 1)?.pop(), epoch: self.epoch_at(t + 1) };
            dropped.clear();
            let found = walk.step(&mut dropped);
            walk.known = Known::default();
            let again = dropped.iter().find_map(|r| if let Record::Step(s) = r { Some(*s) } else { None });
            if let (Some(again), Some(recorded)) = (again, self.reader.steps(t..t + 1)?.pop()) {
                drift.see(&again, &recorded);
            }
            if let (Found::Diverged { .. }, true) = (found?, walk.t == t) {
                let cause = "a number there is not finite";
                let path = self.reader.path().to_path_buf();
                return Err(ForkError::Lost { path, t, step: self.fork.step, cause }.into());
            }
        }
        self.change(walk)?;
        walk.manifest.notes.extend(drift.words());
        let notes = walk.manifest.notes.clone();
        records.extend(walk.turn_into(self.child)?);
        walk.manifest.notes = notes;
        Ok(())
    }

    /// The epoch record of iteration `t`, if there is one.
    fn epoch_at(&self, t: u64) -> Option<EpochRecord> {
        self.epochs.iter().find(|e| e.t == t).copied()
    }

    /// What was changed by hand at the iteration where the walk is; what was planned it does by itself.
    fn change(&self, walk: &mut Walk) -> Result<(), WalkError> {
        let t = walk.t;
        for record in self.changes.iter().filter(|c| c.t == t) {
            if !is_planned(&walk.spec, walk.manifest.steps, record) {
                walk.repeat(&record.change)?;
            }
        }
        Ok(())
    }
}

impl Drift {
    fn see(&mut self, again: &StepRecord, recorded: &StepRecord) {
        // A file from before there was a probe has none of its numbers.
        let again = &StepRecord { values: again.values.shared(&recorded.values), ..*again };
        // The debug form of a float is the shortest text that reads back to the same bits; NaN equals NaN.
        if format!("{again:?}") != format!("{recorded:?}") {
            self.first.get_or_insert(again.t);
            let apart =
                (again.batch_loss - recorded.batch_loss).abs() / recorded.batch_loss.abs().max(f64::MIN_POSITIVE);
            self.largest = self.largest.max(apart);
        }
    }

    fn words(&self) -> Option<String> {
        let t = self.first?;
        Some(format!(
            "The iterations that lead to this fork were made again, and from iteration {t} on they are not the recorded ones \
             to the bit (batch losses differ by up to {:.1e} of themselves): another processor, another version, or other \
             data.",
            self.largest
        ))
    }
}
