//! Recipes: a figure of a paper as a small TOML file, the runs that make it and the claims that it must show.
//!
//! A claim is a number with a threshold from the paper; the verdict is whatever the runs give.

mod claim;
mod format;
mod measure;
mod run;

pub use claim::{Claim, Part, Verdict};
pub use format::{Picture, Planned, Recipe, RecipeError, builtin, find};
pub use measure::{Measure, Window};
pub use run::{Happening, Outcome, Report, ReproduceError, figure, reproduce};
