//! What a study of a recipe must be able to do.

use super::ends::{End, Ends};
use crate::recipe::{
    findings::Findings,
    task::{Task, Unfinished, Watch},
};

/// What every study can do.
pub(super) trait Studied {
    /// The names of its numbers, in order.
    fn measures(&self) -> Vec<&'static str>;

    /// Where it is made.
    fn ends(&self) -> Vec<&End>;

    /// Refuses constants that it cannot be made with.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// What it is, in a few words.
    fn describe(&self) -> String;

    /// Makes it. The numbers are those of [`Studied::measures`].
    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished>;
}
