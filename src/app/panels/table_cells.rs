//! What stands in the cells of the table.

use crate::app::{
    readout,
    table::{Arranged, Column, Group, Row},
};

/// What was not measured, or means nothing to a run.
const NOTHING: &str = "–";

/// What a run has in a column.
pub fn of_run(row: &Row, column: Column) -> String {
    match column {
        Column::Name => row.name.clone(),
        Column::Number(number) => row.number(number).map_or(NOTHING.into(), number_in_words),
        Column::Setting(setting) => match row.said(setting).text.as_str() {
            "" => NOTHING.into(),
            // One line, however long a description is.
            text => text.lines().collect::<Vec<_>>().join(" "),
        },
    }
}

/// What the runs of a group have in a column together: mean and deviation, or what all of them say.
pub fn of_group(group: &Group, arranged: &Arranged, column: Column) -> String {
    match column {
        Column::Name => group.name.clone(),
        Column::Number(number) => match (group.mean(number), group.std(number)) {
            (None, _) => NOTHING.into(),
            (Some(mean), None) => number_in_words(mean),
            (Some(mean), Some(std)) => format!("{} ± {}", readout::short(mean), readout::short(std)),
        },
        Column::Setting(_) => {
            let mut said = group.rows.iter().map(|place| of_run(&arranged.rows[*place], column));
            let first = said.next().unwrap_or_default();
            if said.all(|other| other == first) { first } else { String::new() }
        }
    }
}

/// Whole numbers in full, others with four digits.
fn number_in_words(x: f64) -> String {
    let is_whole = x.fract() == 0.0 && (1.0..1e9).contains(&x.abs());
    if is_whole { format!("{x}").replace('-', "−") } else { readout::short(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_counts_are_whole() {
        let words = [0.123_456, 200_000.0, f64::NAN, 0.0, -3.0, 1e12].map(number_in_words);
        assert_eq!(words, ["0.1235", "200000", "NaN", "0", "−3", "1.00e12"]);
    }
}
