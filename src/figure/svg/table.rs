//! Tables: texts between rules.

use super::pen::Svg;
use crate::figure::layout::{LEGEND, PlacedTable};

impl Svg {
    /// A table with its left edge at `x`.
    pub(super) fn table(&mut self, table: &PlacedTable, x: f64) {
        let colors = self.colors;
        let last = table.rules.len().saturating_sub(1);
        for (i, y) in table.rules.iter().enumerate() {
            let width = if i == 0 || i == last { 1.2 } else { 0.8 };
            self.rule([x, *y, x + table.width, *y], colors.frame, width, "");
        }
        for word in &table.words {
            let (color, anchor) =
                (if word.is_name { colors.muted } else { colors.ink }, if word.at_right { "end" } else { "start" });
            self.plain(&word.text, word.x, word.y, LEGEND, color, anchor);
        }
    }
}
