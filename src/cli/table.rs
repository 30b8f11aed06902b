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

/// Items of a sequence without end in a memory with one: the first, the last, and those between at even distances.
#[derive(Debug)]
pub struct Thin<T> {
    kept: Vec<T>,
    /// Every so many are kept.
    stride: u64,
    count: u64,
    /// The last one, when it is not kept.
    last: Option<T>,
}

impl<T> Default for Thin<T> {
    fn default() -> Self {
        Thin { kept: Vec::new(), stride: 1, count: 0, last: None }
    }
}

impl<T: Copy> Thin<T> {
    /// Kept at most.
    const MOST: usize = 1000;

    pub fn push(&mut self, item: T) {
        self.last = Some(item);
        if self.count.is_multiple_of(self.stride) {
            if self.kept.len() == Self::MOST {
                let mut place = 0;
                self.kept.retain(|_| (place % 2 == 0, place += 1).0);
                self.stride *= 2;
            }
            if self.count.is_multiple_of(self.stride) {
                self.kept.push(item);
                self.last = None;
            }
        }
        self.count += 1;
    }

    /// All that is kept, in order.
    pub fn all(&self) -> Vec<T> {
        self.kept.iter().copied().chain(self.last).collect()
    }
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

    #[test]
    fn a_sequence_without_end_takes_a_memory_with_one() {
        let mut thin = Thin::default();
        for i in 0..100_000u32 {
            thin.push(i);
            let all = thin.all();
            assert!(all.len() <= Thin::<u32>::MOST + 1);
            assert!(all[0] == 0 && all.last() == Some(&i));
            if i > 2000 && i % 977 == 0 {
                let step = all[1] - all[0];
                assert!(all[..all.len() - 1].windows(2).all(|w| w[1] - w[0] == step), "even");
                assert!(all.len() >= Thin::<u32>::MOST / 2);
            }
            if (i as usize) < Thin::<u32>::MOST {
                assert_eq!(all.len(), i as usize + 1, "nothing is left out before it has to be");
            }
        }
    }
}
