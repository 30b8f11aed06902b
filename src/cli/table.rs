//! Plain tables for the terminal: right-aligned columns with a rule under the head.

use std::io::{self, Write};

/// Letters of a cell at most: names come from files.
const WIDEST: usize = 120;

/// What stands in a file, without letters that a terminal would obey.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A cell for the terminal, not longer than a line.
fn plain(cell: &str) -> String {
    let mut plain = shown(&cell.chars().take(WIDEST).collect::<String>());
    if cell.chars().nth(WIDEST).is_some() {
        plain.push('…');
    }
    plain
}

/// Prints `rows` under `head`.
pub fn print(out: &mut impl Write, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_is_no_order_to_the_terminal_and_no_line_without_end() {
        let mut out = Vec::new();
        let long = "x".repeat(70_000);
        print(&mut out, &["name", "n"], [vec!["a\u{1b}[2Jb\n".into(), "1".into()], vec![long, "2".into()]].into_iter())
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("a\u{fffd}[2Jb\u{fffd}  1") && !text.contains('\u{1b}'), "{text}");
        assert!(text.contains("xxx…  2") && text.lines().all(|line| line.chars().count() < 140));
    }
}
