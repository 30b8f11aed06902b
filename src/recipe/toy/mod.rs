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

use super::{
    item::Findings,
    task::{Task, Unfinished, Watch},
};
use crate::toy::ToyError;

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

#[cfg(test)]
mod tests;
