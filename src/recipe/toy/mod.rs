//! Experiments of the toy laboratory as items of recipes: what is exact or simulated in [`crate::toy`], as named numbers
//! and a picture.
//!
//! | file | experiment | shows |
//! | --- | --- | --- |
//! | `escape` | `escape` | how often a dynamics leaves the sharp minimum (noise paper, Fig. 2) |
//! | `ou` | `ou` | the Ornstein-Uhlenbeck process against its closed form (noise paper, Eq. 13) |
//! | `perturbed` | `perturbed` | L and L̃ on a line (SAM thesis, Fig. 3.1) |
//! | `sharper` | `sharper` | depth and curvature of L̃ on quadratic wells (SAM thesis, Theorem 3.2.1) |
//! | `bias` | `bias2d` | where the minimum of L̃ goes in the plane (SAM thesis, Fig. 3.2) |
//! | `exit` | `exit` | mean exit times of SGD and SAM from a well (SAM thesis, Theorem 2.2.5) |
//! | `cases` | `cases` | three solutions under a shifted loss (Asymmetric Valleys, cases I to III) |
//! | `shift` | `shift` | the gain of the flat side on random valleys (Asymmetric Valleys, Theorem 1) |
//! | `averaging` | `averaging` | where SGD's average ends (Asymmetric Valleys, Theorem 2) |
//! | `logistic` | `logistic` | asymmetric directions of a two-parameter regression (Asymmetric Valleys) |
//! | `rates` | `rates` | signs and factors of gradient descent's steps (Walk, Fig. 28) |
//! | `anisotropy` | `anisotropy` | Tr(HΣ) against that of isotropic noise (noise paper, Proposition 1) |
//! | `draw` | | series and panels for all of them |
//!
//! An experiment is one of a closed set; its constants are checked when the recipe is read, and so are the names of the
//! numbers it will have.

mod ability;
mod anisotropy;
mod averaging;
mod bias;
mod cases;
mod draw;
mod escape;
mod exit;
mod logistic;
mod ou;
mod perturbed;
mod rates;
mod sharper;
mod shift;

pub use anisotropy::Anisotropy;
pub use averaging::Averaging;
pub use bias::Bias;
pub use cases::Cases;
pub use exit::{Against, Exit};
pub use ou::Ou;
pub use perturbed::PerturbedLoss;
pub use rates::Rates;
pub use sharper::Sharper;
pub use shift::Shift;

use serde::Deserialize;

use ability::Toy;

use super::{
    findings::Findings,
    task::{Task, Unfinished, Watch},
};
use crate::toy::ToyError;

/// An experiment with its constants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "experiment", rename_all = "kebab-case")]
pub enum Experiment {
    Escape(escape::Escape),
    Ou(Ou),
    Perturbed(PerturbedLoss),
    Sharper(Sharper),
    Bias2d(Bias),
    Exit(Exit),
    Cases(Cases),
    Shift(Shift),
    Averaging(Averaging),
    Logistic(logistic::LogisticDirections),
    Rates(Rates),
    Anisotropy(Anisotropy),
}

impl Experiment {
    fn toy(&self) -> &dyn Toy {
        match self {
            Experiment::Escape(toy) => toy,
            Experiment::Ou(toy) => toy,
            Experiment::Perturbed(toy) => toy,
            Experiment::Sharper(toy) => toy,
            Experiment::Bias2d(toy) => toy,
            Experiment::Exit(toy) => toy,
            Experiment::Cases(toy) => toy,
            Experiment::Shift(toy) => toy,
            Experiment::Averaging(toy) => toy,
            Experiment::Logistic(toy) => toy,
            Experiment::Rates(toy) => toy,
            Experiment::Anisotropy(toy) => toy,
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
