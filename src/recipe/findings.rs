//! What an experiment or a study found.

use crate::figure::Panel;

/// Numbers by name, and panels that show them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// `None`: this example has no such number (the minimum of a loss that has none).
    pub numbers: Vec<(&'static str, Option<f64>)>,
    /// The names of those that are lower bounds only, because runs were stopped.
    pub bounds: Vec<&'static str>,
    /// Panels of one title from several items become one in the recipe's picture.
    pub panels: Vec<Panel>,
}

impl Findings {
    /// The number of this name; the outer `None` is a name that is not here.
    pub fn number(&self, name: &str) -> Option<Option<f64>> {
        self.numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }
}
