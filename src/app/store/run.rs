//! One run as the window knows it.

use std::path::PathBuf;

use crossbeam_channel::Receiver;

use crate::{
    engine::{Pause, RunId},
    figure::colors,
    history::{History, Tail},
    probe::Change,
    run::Outcome,
};

/// What a run is doing, as the window knows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Work before the first iteration.
    Preparing {
        what: &'static str,
        done: u64,
        total: u64,
    },
    Running,
    Paused(Pause),
    Ended(Outcome),
    /// Its file is being read; so many iterations were made.
    Reading {
        total: u64,
    },
    /// Read from a file whose writer left no summary: still going elsewhere, or killed.
    Unfinished,
    Failed(String),
}

/// One run.
#[derive(Debug)]
pub struct Run {
    pub id: RunId,
    pub label: String,
    /// What the user calls it, if anything.
    pub given: Option<String>,
    pub color: colors::Color,
    /// The colour that it was given when it came; it may be drawn in that of a group.
    pub own_color: colors::Color,
    pub visible: bool,
    /// What it is called beside the other runs that are shown.
    pub short: String,
    pub phase: Phase,
    pub file: Option<PathBuf>,
    /// `None` until the run has begun.
    pub history: Option<History>,
    /// The parts of its file that are still to come.
    pub(super) parts: Option<Receiver<Result<Tail, String>>>,
    /// The window could not keep up: records are missing until they are read from the file.
    pub behind: bool,
    /// What forks of it call it.
    pub identity: Option<String>,
    /// The sweep that it was started in.
    pub sweep: Option<u32>,
}

impl Run {
    /// The name that the user gave it, else what it is.
    pub fn name(&self) -> &str {
        self.given.as_deref().unwrap_or(&self.label)
    }

    /// Iterations that it has made, as far as the window knows; `None` before it has begun.
    pub fn reached(&self) -> Option<u64> {
        let history = self.history.as_ref()?;
        let from = history.manifest().spec.fork.as_ref().map_or(0, |fork| fork.step);
        let made = [history.last_slice_t().map(|t| t + 1), history.last_step_t(), history.summary().map(|s| s.steps)];
        Some(made.into_iter().flatten().fold(from, u64::max))
    }

    /// How far its file has been read, and how many iterations there are, while it is being read.
    pub fn reading(&self) -> Option<(u64, u64)> {
        match self.phase {
            Phase::Reading { total } => Some((self.reached().unwrap_or(0).min(total), total)),
            _ => None,
        }
    }

    /// The iterations that its records cover, or will when all of them are read.
    pub(super) fn covers(&self) -> Option<(f64, f64)> {
        let (from, to) = self.history.as_ref()?.x_range()?;
        Some((from, self.reading().map_or(to, |(_, total)| to.max(total as f64))))
    }

    /// Whether they are the same run, or forks with a common ancestor.
    pub fn is_related(&self, other: &Run) -> bool {
        let root = |run: &Run| -> Option<String> {
            let spec = &run.history.as_ref()?.manifest().spec;
            let first = spec.fork.as_ref().and_then(|fork| fork.ancestors().last());
            first.map(|fork| fork.run.clone()).or_else(|| run.identity.clone())
        };
        self.id == other.id || root(self).is_some_and(|mine| root(other) == Some(mine))
    }

    /// Whether the engine still has it.
    pub fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Preparing { .. } | Phase::Running | Phase::Paused(_))
    }
}

/// What a run is doing as far as its file says.
pub(super) fn as_filed(history: &History) -> Phase {
    history.summary().map_or(Phase::Unfinished, |s| Phase::Ended(s.outcome.clone()))
}

/// A run's name after something was changed by hand: `η 0.5` becomes `η 0.5→0.3`.
pub(super) fn changed(label: &str, change: &Change) -> String {
    let part = |of: &str| -> Option<String> {
        let kept = |of: &str| of.split('→').next().unwrap_or(of).to_owned();
        match change {
            Change::LearningRate { to, .. } => of.starts_with("η ").then(|| format!("{}→{to}", kept(of))),
            Change::Batch { to, .. } => {
                (of.starts_with("batch ") || of == "full batch").then(|| format!("{}→{to}", kept(of)))
            }
            Change::Optimizer { .. } | Change::Derivatives { .. } => None,
        }
    };
    label.split(" · ").map(|of| part(of).unwrap_or_else(|| of.into())).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_was_changed_by_hand() {
        let rate = Change::LearningRate { from: 0.5, to: 0.25 };
        let once = changed("mnist · SGD · η 0.5 · batch 100", &rate);
        assert_eq!(once, "mnist · SGD · η 0.5→0.25 · batch 100");
        let twice = changed(&once, &Change::LearningRate { from: 0.25, to: 0.125 });
        assert_eq!(twice, "mnist · SGD · η 0.5→0.125 · batch 100", "from what it began with");
        let batch = Change::Batch { from: 100, to: 20 };
        assert_eq!(changed("SGD · full batch", &batch), "SGD · full batch→20");
        assert_eq!(changed("SGD · batch 100", &batch), "SGD · batch 100→20");
    }
}
