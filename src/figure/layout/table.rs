//! Where the texts and rules of a table stand.

use super::sizes::LEGEND;
use crate::figure::{Table, text};

/// Distance of lines in a cell.
const LINE: f64 = 15.0;
/// What a row has beyond its lines.
const ROW_ROOM: f64 = 6.0;
/// Between columns.
const GAP: f64 = 22.0;
/// A column is not made narrower than this.
const NARROWEST: f64 = 48.0;
/// Below the last rule.
const FOOT: f64 = 14.0;

/// A line of text in a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub x: f64,
    /// Baseline.
    pub y: f64,
    pub text: String,
    /// Names stand at the left of their column, cells at its right.
    pub at_right: bool,
    /// Names of columns and rows.
    pub is_name: bool,
}

/// A table with everything decided but the drawing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlacedTable {
    pub words: Vec<Word>,
    /// Heights of the horizontal rules.
    pub rules: Vec<f64>,
    pub width: f64,
    pub height: f64,
}

/// Puts a table down with its left upper corner at a place, no wider than `room`; cells that are wider than their share of
/// it are broken into lines.
pub(super) fn placed(table: &Table, x: f64, y: f64, room: f64) -> PlacedTable {
    let widths = widths(table, room);
    let mut words = Vec::new();
    let mut rules = vec![y];
    let mut top = y;
    let head: Vec<&str> = [table.head.as_str()].into_iter().chain(table.columns.iter().map(String::as_str)).collect();
    top += row(&head, &widths, [x, top], true, &mut words);
    rules.push(top);
    for one in &table.rows {
        let texts: Vec<&str> = [one.name.as_str()].into_iter().chain(one.cells.iter().map(String::as_str)).collect();
        top += row(&texts, &widths, [x, top], false, &mut words);
    }
    rules.push(top);
    let width = widths.iter().sum::<f64>() + GAP * widths.len().saturating_sub(1) as f64;
    PlacedTable { words, rules, width, height: top - y + FOOT }
}

/// Writes a row and returns its height. The first text is a name; the others are names in a head and cells elsewhere.
fn row(texts: &[&str], widths: &[f64], [x, y]: [f64; 2], is_head: bool, words: &mut Vec<Word>) -> f64 {
    let (mut left, mut most) = (x, 1_usize);
    for (k, (text, width)) in texts.iter().zip(widths).enumerate() {
        let lines = text::wrapped(text, LEGEND, *width);
        most = most.max(lines.len());
        for (i, line) in lines.into_iter().enumerate() {
            words.push(Word {
                x: if k == 0 { left } else { left + width },
                y: y + ROW_ROOM / 2.0 + LEGEND + LINE * i as f64,
                text: line,
                at_right: k > 0,
                is_name: is_head || k == 0,
            });
        }
        left += width + GAP;
    }
    most as f64 * LINE + ROW_ROOM
}

/// How wide the columns are, that of the names first: as wide as their texts, the widest ones narrower where there is no room.
fn widths(table: &Table, room: f64) -> Vec<f64> {
    // A little more than measured, for other typefaces.
    let wide = |text: &str| text::width(text, LEGEND) * 1.06 + 1.0;
    let names = table.rows.iter().map(|row| wide(&row.name)).fold(wide(&table.head), f64::max);
    let of_column = |k: usize| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(k));
        cells.map(|cell| wide(cell)).fold(wide(&table.columns[k]), f64::max)
    };
    let natural: Vec<f64> = [names].into_iter().chain((0..table.columns.len()).map(of_column)).collect();
    let gaps = GAP * table.columns.len() as f64;
    let most = most_of_each(&natural, room - gaps).max(NARROWEST);
    natural.into_iter().map(|w| w.min(most)).collect()
}

/// The width that none of some columns may exceed, so that they fit together: narrow ones keep theirs.
fn most_of_each(natural: &[f64], room: f64) -> f64 {
    let mut sorted = natural.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut left = room;
    for (i, width) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - i) as f64;
        if *width > share {
            return share;
        }
        left -= width;
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::TableRow;

    fn table(cell: &str) -> Table {
        let row = |name: &str| TableRow { name: name.into(), cells: vec![cell.into(), "2".into()] };
        Table {
            head: "method".into(),
            columns: vec!["LeNet".into(), "ResNet-8".into()],
            rows: vec![row("SGD"), row("SAM")],
        }
    }

    #[test]
    fn cells_of_a_column_end_at_one_place_and_rows_do_not_touch() {
        let placed = placed(&table("12.3 ± 0.4"), 10.0, 100.0, 800.0);
        let ends: Vec<f64> = placed.words.iter().filter(|w| w.text.starts_with("12.3")).map(|w| w.x).collect();
        assert_eq!(ends.len(), 2);
        assert_eq!(ends[0], ends[1]);
        let lenet = placed.words.iter().find(|w| w.text == "LeNet").unwrap();
        assert!(lenet.x == ends[0] && lenet.is_name && lenet.at_right);
        assert_eq!(placed.rules.len(), 3);
        assert!(placed.rules.is_sorted() && placed.height > placed.rules[2] - placed.rules[0]);
        let rows: Vec<f64> = placed.words.iter().filter(|w| w.x == 10.0).map(|w| w.y).collect();
        assert!(rows.windows(2).all(|pair| pair[1] - pair[0] >= LINE), "{rows:?}");
    }

    #[test]
    fn what_is_too_wide_is_broken_into_lines() {
        let long = "a cell of several words that is much wider than the table may be";
        let (narrow, wide) = (placed(&table(long), 0.0, 0.0, 260.0), placed(&table(long), 0.0, 0.0, 2000.0));
        assert!(narrow.width <= 262.0 && narrow.height > wide.height, "{} {}", narrow.width, narrow.height);
        assert!(narrow.words.len() > wide.words.len());
    }
}
