//! One run of a recipe, as its file unfolds into them.

use super::{item::Item, study::End};

/// A run that a recipe asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub name: String,
    pub seed: u64,
    pub item: Item,
    /// Where a walk starts, when that is not its own initialisation.
    pub from: Option<End>,
}

impl Planned {
    /// The ends of walks that it needs.
    pub fn ends(&self) -> Vec<&End> {
        match &self.item {
            Item::Study(study) => study.ends(),
            Item::Walk(_) | Item::Toy(_) => self.from.iter().collect(),
        }
    }
}
