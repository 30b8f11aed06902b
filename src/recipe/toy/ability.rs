//! What an experiment of a recipe must be able to do.

use crate::{
    recipe::{
        findings::Findings,
        task::{Task, Unfinished, Watch},
    },
    toy::ToyError,
};

/// What every experiment can do.
pub(super) trait Toy {
    /// The names of its numbers, in order.
    fn measures(&self) -> Vec<&'static str>;

    /// Refuses constants that it cannot be made with.
    fn check(&self) -> Result<(), ToyError>;

    /// What it is, in a few words.
    fn describe(&self) -> String;

    /// Makes it. The numbers are those of [`Toy::measures`].
    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished>;
}
