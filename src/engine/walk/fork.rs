//! Forks of recorded runs: see [`Replay`].

use super::{
    beginning::Beginning,
    error::WalkError,
    found::Found,
    known::Known,
    machine::Walk,
    replay::{Drift, Replay},
};
use crate::{
    engine::Record,
    net::State,
    objective::Interrupt,
    run::{ForkError, RunSpec, is_planned, paths},
    runfile::{Reader, RunFileError},
};

impl Walk {
    /// Opens the parent of a fork, at the last state that its file keeps before the fork.
    pub(super) fn forked(child: RunSpec, interrupt: Interrupt) -> Result<Walk, WalkError> {
        let Some(fork) = child.fork.clone() else { return Walk::assemble(child, interrupt, |_| Ok(())) };
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
        paths::check(&path, paths::of_run(&spec))?;
        let was = [recorded.parameters, recorded.buffers, recorded.train_count];
        let misfit = |is| ForkError::Misfit { path: path.clone(), was, is };
        let mut walk = Walk::assemble(spec, interrupt, |is| if is == was { Ok(()) } else { Err(misfit(is).into()) })?;
        let now = walk.manifest.clone();
        // A fork's end and epochs are not those that its spec would have from θ_0 on.
        (walk.manifest.steps, walk.manifest.steps_per_epoch) = (recorded.steps, recorded.steps_per_epoch);
        (walk.manifest.command, walk.manifest.started) = (recorded.command.clone(), recorded.started);
        let kept = reader.states()?.into_iter().rev().find(|t| *t <= fork.step);
        if kept.is_none() && recorded.spec.fork.is_some() {
            let cause = "it is a fork and does not keep where it began".into();
            return Err(RunFileError::Damaged { path, cause }.into());
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
        // Iterations without end would be made again if it were enough to name a late one.
        let every = recorded.spec.probes.step_every.max(1);
        let (from, to) = (walk.t, fork.step);
        let (due, there) = (to.div_ceil(every) - from.div_ceil(every), reader.count_steps(from..to)?);
        if due != there {
            let cause = format!("it has records of {there} of the {due} iterations between {from} and {to}");
            return Err(RunFileError::Damaged { path, cause }.into());
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
    pub(super) fn follow(
        &mut self,
        replay: Replay,
        records: &mut Vec<Record>,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<(), WalkError> {
        self.approach(&replay, progress)?;
        let notes = self.manifest.notes.clone();
        records.extend(self.turn_into(replay.child)?);
        self.manifest.notes = notes;
        Ok(())
    }

    /// Goes to the beginning of the fork, where the walk stands as its parent stood: about to make the iteration there.
    pub(super) fn approach(
        &mut self,
        replay: &Replay,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<(), WalkError> {
        let mut dropped = Vec::new();
        if !replay.stands {
            self.known.epoch = replay.epoch_at(0);
            self.begin(&mut dropped, progress)?;
        }
        let mut drift = Drift::default();
        while self.t < replay.fork.step {
            let t = self.t;
            progress("making the parent's iterations again", t - replay.from, replay.fork.step - replay.from);
            self.repeat_changes(replay)?;
            self.known = Known { slice: replay.reader.slices(t..t + 1)?.pop(), epoch: replay.epoch_at(t + 1) };
            dropped.clear();
            let found = self.step(&mut dropped);
            self.known = Known::default();
            let again = dropped.iter().find_map(|r| if let Record::Step(s) = r { Some(*s) } else { None });
            if let (Some(again), Some(recorded)) = (again, replay.reader.steps(t..t + 1)?.pop()) {
                drift.see(&again, &recorded);
            }
            if let (Found::Diverged { .. }, true) = (found?, self.t == t) {
                let cause = "a number there is not finite";
                let path = replay.reader.path().to_path_buf();
                return Err(ForkError::Lost { path, t, step: replay.fork.step, cause }.into());
            }
        }
        self.repeat_changes(replay)?;
        self.manifest.notes.extend(drift.words());
        Ok(())
    }

    /// What was changed by hand at the iteration where the walk is; what was planned it does by itself.
    fn repeat_changes(&mut self, replay: &Replay) -> Result<(), WalkError> {
        let t = self.t;
        for record in replay.changes.iter().filter(|c| c.t == t) {
            if !is_planned(&self.spec, self.manifest.steps, record) {
                self.repeat(&record.change)?;
            }
        }
        Ok(())
    }
}
