//! A recipe that was made, held against the numbers that its paper prints.

use super::{Recipe, Report, claim::Measured, paper::Compared};

/// The paper's numbers with this run's beside them, in the order of the recipe.
pub fn compared(recipe: &Recipe, report: &Report) -> Vec<Compared> {
    let runs = measured(report);
    recipe.paper_numbers.iter().map(|number| number.compared(&runs)).collect()
}

/// The runs of a report, to be measured.
pub(super) fn measured(report: &Report) -> Vec<Measured<'_>> {
    report.runs.iter().map(|r| Measured { name: &r.name, seed: r.seed, product: &r.product }).collect()
}
