//! Figures as CSV, in long form: one row per drawn point.

use std::fmt::Write;

use super::Figure;

/// `panel,series,x,y`, one row per point that the figure draws, in full precision.
pub fn to_csv(figure: &Figure) -> String {
    let mut out = String::from("panel,series,x,y\n");
    for panel in &figure.panels {
        for series in &panel.series {
            let (panel, name) = (field(&panel.title), field(&series.name));
            for [x, y] in series.curve.points() {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{panel},{name},{x},{y}");
            }
        }
    }
    out
}

/// Quotes a field when it needs it (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}
