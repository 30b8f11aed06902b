//! Plain tables for the terminal: right-aligned columns with a rule under the head.

use std::io::{self, Write};

/// Prints `rows` under `head`.
pub fn print(out: &mut impl Write, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.collect();
    let width = |j: usize| {
        rows.iter()
            .filter_map(|r| r.get(j))
            .map(|c| c.chars().count())
            .chain([head[j].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line =
        |cells: &[String]| cells.iter().zip(&widths).map(|(c, &w)| format!("{c:>w$}")).collect::<Vec<_>>().join("  ");
    let head: Vec<String> = head.iter().map(|h| h.to_string()).collect();
    writeln!(out, "  {}", line(&head).trim_end())?;
    writeln!(out, "  {}", "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)))?;
    for row in &rows {
        writeln!(out, "  {}", line(row).trim_end())?;
    }
    Ok(())
}

/// At most `limit` items, evenly spread, the first and the last always among them.
pub fn thinned<T>(items: &[T], limit: usize) -> Vec<&T> {
    if items.len() <= limit {
        return items.iter().collect();
    }
    (0..limit).map(|i| &items[i * (items.len() - 1) / (limit - 1)]).collect()
}
