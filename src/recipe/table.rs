//! Tables of a recipe's picture: a measure in rows and columns, as the paper prints it.

use serde::Deserialize;

use super::{claim::Measured, measure::Window, number::Asked, planned::Planned};
use crate::figure::{Panel, Table, TableRow, text::literal};

/// A table of one measure. `{row}` and `{column}` in `run` and `over` stand for the names of row and column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableSpec {
    title: String,
    measure: String,
    /// A measure that is the spread; see [`Asked::std`].
    #[serde(default)]
    std: Option<String>,
    /// The run of a cell.
    run: String,
    #[serde(default)]
    over: Option<String>,
    rows: Vec<String>,
    columns: Vec<String>,
    #[serde(default)]
    percent: bool,
}

impl TableSpec {
    /// Whether every cell has a run with such a number.
    pub fn check(&self, planned: &[Planned]) -> Result<(), String> {
        let fail = |cause: String| format!("table \"{}\": {cause}", self.title);
        if self.rows.is_empty() || self.columns.is_empty() {
            return Err(fail("it has no rows or no columns".into()));
        }
        for row in &self.rows {
            for column in &self.columns {
                let over = self.over(row, column).map_err(fail)?;
                self.asked(&self.run(row, column), over).check(planned).map_err(fail)?;
            }
        }
        Ok(())
    }

    /// The table with its cells measured.
    pub fn panel(&self, runs: &[Measured<'_>]) -> Panel {
        let cell = |row: &str, column: &str| match self.over(row, column) {
            Ok(over) => self.asked(&self.run(row, column), over).of(runs).text(),
            // It was refused when the recipe was read.
            Err(_) => String::new(),
        };
        let rows = self.rows.iter().map(|row| TableRow {
            name: row.clone(),
            cells: self.columns.iter().map(|column| cell(row, column)).collect(),
        });
        let table = Table { head: String::new(), columns: self.columns.clone(), rows: rows.collect() };
        Panel { title: literal(&self.title), table: Some(table), ..Panel::default() }
    }

    fn asked<'a>(&'a self, run: &'a str, over: Option<Window>) -> Asked<'a> {
        Asked { run, measure: &self.measure, std: self.std.as_deref(), over, percent: self.percent }
    }

    fn run(&self, row: &str, column: &str) -> String {
        filled(&self.run, row, column)
    }

    fn over(&self, row: &str, column: &str) -> Result<Option<Window>, String> {
        self.over.as_ref().map(|over| filled(over, row, column).parse()).transpose()
    }
}

fn filled(text: &str, row: &str, column: &str) -> String {
    text.replace("{row}", row).replace("{column}", column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::number::tests::found;

    #[test]
    fn cells_are_mean_and_deviation_of_their_runs() {
        let text = "title='t'\nmeasure='m'\nrun='{column}: {row}'\nrows=['SGD', 'SAM']\ncolumns=['net', 'other']";
        let spec: TableSpec = toml::from_str(text).unwrap();
        let measured = [
            ("net: SGD", [2.0, 4.0, 9.0]),
            ("net: SAM", [1.0, 1.0, 1.0]),
            ("other: SGD", [5.0, 6.0, 7.0]),
            ("other: SAM", [0.5, 0.25, 0.75]),
        ];
        let products: Vec<_> =
            measured.iter().flat_map(|(name, values)| values.map(|x| (*name, found(x, 0.0)))).collect();
        let runs: Vec<Measured<'_>> = products
            .iter()
            .enumerate()
            .map(|(i, (name, product))| Measured { name, seed: (i % 3) as u64, product })
            .collect();
        let table = spec.panel(&runs).table.unwrap();
        let cells: Vec<_> = table.cells().collect();
        assert_eq!(cells.len(), 4);
        for (row, column, cell) in cells {
            let (_, [a, b, c]) = measured.iter().find(|(name, _)| *name == format!("{column}: {row}")).unwrap();
            // Sums of squares instead of differences.
            let mean = (a + b + c) / 3.0;
            let deviation = ((a * a + b * b + c * c - 3.0 * mean * mean).max(0.0) / 2.0).sqrt();
            let [m, s] = [mean, deviation];
            let (shown_mean, shown_deviation) = cell.split_once(" ± ").unwrap();
            assert!((shown_mean.parse::<f64>().unwrap() - m).abs() < 5.1e-4, "{cell}, not {m}");
            assert!((shown_deviation.parse::<f64>().unwrap() - s).abs() < 5.1e-4, "{cell}, not {s}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let text = "title='t'\nmeasure='m'\nrun='{row}'\nrows=['a']\ncolumns=['epoch x']\nover='{column}'";
        let spec: TableSpec = toml::from_str(text).unwrap();
        assert!(spec.check(&[]).unwrap_err().contains("epoch x"));
        let spec: TableSpec = toml::from_str(&text.replace("epoch x", "epoch 2")).unwrap();
        assert!(spec.check(&[]).unwrap_err().contains("no run is called a"));
    }
}
