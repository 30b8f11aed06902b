//! Recipes: a figure of a paper as a small TOML file, the runs that make it and the claims that it must show.
//! A run is a walk of an optimizer, an experiment of the toy laboratory, or a study of where walks ended.
//!
//! A claim is a number with a threshold from the paper; the verdict is whatever the runs give.

mod check;
mod claim;
mod compared;
mod curves;
mod findings;
mod format;
mod item;
mod measure;
mod number;
mod paper;
mod picture;
mod planned;
mod plot;
mod probed;
mod run;
mod scale;
mod statistics;
pub mod study;
mod table;
mod task;
pub mod toy;

pub use claim::Verdict;
pub use compared::compared;
pub use curves::CurvePlot;
pub use findings::Findings;
pub use format::{Picture, Recipe, RecipeError, builtin, find, source};
pub use item::Product;
pub use measure::{Measure, Window};
pub use paper::{Compared, PaperNumber};
pub use picture::figure;
pub use run::{Happening, Outcome, Report, ReproduceError, reproduce};
pub use scale::Scale;
pub use task::{Task, Unfinished, Watch};
