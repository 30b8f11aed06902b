//! Experiments of the toy laboratory as items of recipes: what is exact or simulated in [`crate::toy`], as named numbers
//! and a picture.
//!
//! | file | experiment | shows |
//! | --- | --- | --- |
//! | `escape` | `escape` | how often a dynamics leaves the sharp minimum (noise paper, Fig. 2) |
//! | `ou` | `ou` | the Ornstein-Uhlenbeck process against its closed form (noise paper, Eq. 13) |
//!
//! An experiment is one of a closed set; its constants are checked when the recipe is read, and so are the names of the
//! numbers it will have.

mod escape;
mod ou;

use serde::Deserialize;

use super::item::Findings;
use crate::{figure::GridError, objective::Interrupt, toy::ToyError};

/// An experiment with its constants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "experiment", rename_all = "kebab-case")]
pub enum Experiment {
    Escape(escape::Escape),
    Ou(ou::Ou),
}

/// What every experiment can do.
trait Toy {
    /// The names of its numbers, in order.
    fn measures(&self) -> Vec<&'static str>;

    /// Refuses constants that it cannot be made with.
    fn check(&self) -> Result<(), ToyError>;

    /// What it is, in a few words.
    fn describe(&self) -> String;

    /// Makes it. The numbers are those of [`Toy::measures`].
    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished>;
}

impl Experiment {
    fn toy(&self) -> &dyn Toy {
        match self {
            Experiment::Escape(toy) => toy,
            Experiment::Ou(toy) => toy,
        }
    }

    /// The names of its numbers.
    pub fn measures(&self) -> Vec<&'static str> {
        self.toy().measures()
    }

    /// # Errors
    /// Constants that it cannot be made with.
    pub fn check(&self) -> Result<(), ToyError> {
        self.toy().check()
    }

    /// What it is, in a few words.
    pub fn describe(&self) -> String {
        self.toy().describe()
    }

    /// Makes it on all threads of the current pool; its numbers do not depend on how many there are.
    ///
    /// # Errors
    /// [`Unfinished::Stopped`] soon after the interrupt was raised, and what the laboratory refuses.
    pub fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        self.toy().find(task, watch)
    }
}

/// What an experiment is told beside its constants.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The name of the run, for legends.
    pub name: &'a str,
    /// Its place among the runs of the recipe, from 0: a colour, and a place along an axis of runs.
    pub place: usize,
    pub seed: u64,
}

/// Who is told how far an experiment is, and who may stop it.
pub struct Watch<'a> {
    stop: &'a Interrupt,
    moves: &'a mut dyn FnMut(f64),
}

impl<'a> Watch<'a> {
    /// `moves` gets the share of the experiment that is made, 0..1.
    pub fn new(stop: &'a Interrupt, moves: &'a mut dyn FnMut(f64)) -> Watch<'a> {
        Watch { stop, moves }
    }

    /// Says how far it is; to be called many times a second.
    fn at(&mut self, share: f64) -> Result<(), Unfinished> {
        (self.moves)(share);
        if self.stop.is_raised() { Err(Unfinished::Stopped) } else { Ok(()) }
    }
}

/// Why an experiment has no findings.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    #[error("stopped")]
    Stopped,
    #[error(transparent)]
    Toy(#[from] ToyError),
    #[error(transparent)]
    Picture(#[from] GridError),
}

#[cfg(test)]
mod tests;
