//! Figures as CSV, in long form: one row per drawn point.

use std::fmt::Write;

use super::{Figure, Grid, Panel, Table};
use crate::runfile::Cell;

/// A figure that is a heat map and nothing else: `a,b,value`, one row per position, empty where nothing was measured. Every
/// other: `panel,series,x,y`, one row per point that it draws over its panels. All in full precision. A cell of a table is a
/// row, too, with the names of its row and its column in the place of series and x, and its text in that of y.
pub fn to_csv(figure: &Figure) -> String {
    if let [Panel { heat: Some(heat), .. }] = &figure.panels[..] {
        return grid(&heat.grid);
    }
    let mut out = String::from("panel,series,x,y\n");
    for panel in &figure.panels {
        for (row, column, cell) in panel.table.iter().flat_map(Table::cells) {
            let _ = writeln!(out, "{},{},{},{}", field(&panel.title), field(row), field(column), field(cell));
        }
        for series in &panel.series {
            let (panel, name) = (field(&panel.title), field(&series.name));
            for [x, y] in series.curve.points() {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{panel},{name},{},{}", Cell(Some(x)), Cell(Some(y)));
            }
        }
    }
    out
}

fn grid(grid: &Grid) -> String {
    let mut out = String::from("a,b,value\n");
    for (row, b) in grid.values().chunks_exact(grid.a().len()).zip(grid.b()) {
        for (value, a) in row.iter().zip(grid.a()) {
            let _ = writeln!(out, "{},{},{}", Cell(Some(*a)), Cell(Some(*b)), Cell(*value));
        }
    }
    out
}

/// Quotes a field when it needs it (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}
