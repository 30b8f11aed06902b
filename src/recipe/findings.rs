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

    /// The panels of all of them in order; those of one title become one.
    pub fn together<'a>(all: impl IntoIterator<Item = &'a Findings>) -> Vec<Panel> {
        let mut panels: Vec<Panel> = Vec::new();
        for panel in all.into_iter().flat_map(|findings| &findings.panels) {
            match panels.iter_mut().find(|p| p.title == panel.title) {
                Some(same) => join(same, panel),
                None => panels.push(panel.clone()),
            }
        }
        panels
    }
}

/// Adds what `panel` has and `onto` has not.
fn join(onto: &mut Panel, panel: &Panel) {
    fn add<T: Clone + PartialEq>(onto: &mut Vec<T>, more: &[T]) {
        for one in more {
            if !onto.contains(one) {
                onto.push(one.clone());
            }
        }
    }
    add(&mut onto.series, &panel.series);
    add(&mut onto.tags, &panel.tags);
    add(&mut onto.x_names, &panel.x_names);
    add(&mut onto.key, &panel.key);
    add(&mut onto.guides, &panel.guides);
    add(&mut onto.markers, &panel.markers);
    onto.x_range = match (onto.x_range, panel.x_range) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    };
    onto.table = onto.table.take().or_else(|| panel.table.clone());
    onto.heat = onto.heat.take().or_else(|| panel.heat.clone());
}
