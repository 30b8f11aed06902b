//! Studies: what is measured where a recipe's walks ended, as named numbers and a picture.
//!
//! | file | study | measures |
//! | --- | --- | --- |
//! | `escape` | `escape` | how many steps an optimizer takes to leave |
//! | `line` | `line` | the straight line between two solutions |
//! | `noise` | `noise` | gradient noise against curvature |
//! | `sharpness` | `sharpness` | the expected sharpness |
//! | `spectrum` | `spectrum` | the largest eigenvalues of the Hessian |
//! | `valley` | `valley` | asymmetric directions at a solution |
//!
//! A study names walks of the same recipe and is made on those of its own seed, from their run files: what it reads is what
//! a person would open.

mod ability;
mod drive;
mod ends;
mod escape;
mod line;
mod noise;
mod settings;
mod sharpness;
mod spectrum;
mod valley;

use serde::Deserialize;

use ability::Studied;
pub use ends::End;
pub(super) use ends::Ends;

use super::{
    findings::Findings,
    task::{Task, Unfinished, Watch},
};

/// A study with its constants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "study", rename_all = "kebab-case")]
pub enum Study {
    Escape(escape::Escape),
    Line(line::Line),
    Noise(noise::Noise),
    Sharpness(sharpness::Sharpness),
    Spectrum(spectrum::Spectrum),
    Valley(valley::Valley),
}

impl Study {
    fn study(&self) -> &dyn Studied {
        match self {
            Study::Escape(study) => study,
            Study::Line(study) => study,
            Study::Noise(study) => study,
            Study::Sharpness(study) => study,
            Study::Spectrum(study) => study,
            Study::Valley(study) => study,
        }
    }

    /// The names of its numbers.
    pub fn measures(&self) -> Vec<&'static str> {
        self.study().measures()
    }

    /// The walks it is made on.
    pub fn ends(&self) -> Vec<&End> {
        self.study().ends()
    }

    /// # Errors
    /// Constants that it cannot be made with.
    pub fn check(&self) -> Result<(), String> {
        self.study().check()
    }

    /// What it is, in a few words.
    pub fn describe(&self) -> String {
        self.study().describe()
    }

    /// Makes it on the run files of the walks before it.
    pub(super) fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        self.study().find(task, ends, watch)
    }
}

#[cfg(test)]
mod tests;
