//! A table of numbers at the pointer, a row for every run. Its numbers are others in every frame.

use egui::{
    Color32, FontFamily, FontId, Grid, Label, RichText, TextStyle, Ui, text::LayoutJob, text::TextFormat, vec2,
};

use super::theme;
use crate::figure::Color;

/// Of more rows a column is one text of many lines: a text for every cell would take most of a frame.
const FEW: usize = 6;
/// Side of a chip.
const CHIP: f32 = 10.0;
/// Room between columns, and height of a line.
const APART: f32 = 10.0;
const LINE: f32 = 15.0;

/// What is told of a run.
pub struct Row {
    pub color: Color,
    pub name: String,
    pub numbers: Vec<String>,
}

/// A small square of a colour.
pub fn chip(ui: &mut Ui, color: Color) {
    let (rect, _) = ui.allocate_exact_size(vec2(CHIP, CHIP), egui::Sense::hover());
    ui.painter().rect_filled(rect, 2.0, theme::ink(ui, color));
}

/// Draws the table; `heads` are that of the names and those of the numbers.
pub fn ui(ui: &mut Ui, heads: &[&str], rows: &[Row]) {
    if rows.len() > FEW { lines(ui, heads, rows) } else { cells(ui, heads, rows) }
}

/// A label for every cell.
fn cells(ui: &mut Ui, heads: &[&str], rows: &[Row]) {
    let columns = 1 + heads.len();
    let grid = Grid::new("at the pointer").num_columns(columns).min_col_width(8.0).spacing(vec2(APART, 2.0));
    grid.show(ui, |ui| {
        ui.label("");
        for head in heads {
            ui.label(RichText::new(*head).small().weak());
        }
        ui.end_row();
        for row in rows {
            chip(ui, row.color);
            ui.label(RichText::new(&row.name).small());
            for words in &row.numbers {
                ui.label(RichText::new(words).monospace().small());
            }
            ui.end_row();
        }
    });
}

/// A label for every column.
fn lines(ui: &mut Ui, heads: &[&str], rows: &[Row]) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = APART;
        let (chips, _) = ui.allocate_exact_size(vec2(CHIP, LINE * (1 + rows.len()) as f32), egui::Sense::hover());
        for (k, row) in rows.iter().enumerate() {
            let middle = chips.center_top() + vec2(0.0, LINE * (k as f32 + 1.5));
            let place = egui::Rect::from_center_size(middle, vec2(CHIP, CHIP));
            ui.painter().rect_filled(place, 2.0, theme::ink(ui, row.color));
        }
        for (k, head) in heads.iter().enumerate() {
            let job = column(ui, head, k, rows);
            ui.add(Label::new(job).extend());
        }
    });
}

/// The column `k` as a text: 0 are the names.
fn column(ui: &Ui, head: &str, k: usize, rows: &[Row]) -> LayoutJob {
    let size = TextStyle::Small.resolve(ui.style()).size;
    let format = |family: FontFamily, color: Color32| TextFormat {
        font_id: FontId::new(size, family),
        color,
        line_height: Some(LINE),
        ..TextFormat::default()
    };
    let (words, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let of = |row: &Row| match k.checked_sub(1) {
        None => row.name.clone(),
        Some(k) => row.numbers.get(k).cloned().unwrap_or_default(),
    };
    let family = if k == 0 { FontFamily::Proportional } else { FontFamily::Monospace };
    let mut job = LayoutJob::default();
    job.append(head, 0.0, format(FontFamily::Proportional, weak));
    let lines: String = rows.iter().map(|row| format!("\n{}", of(row))).collect();
    job.append(&lines, 0.0, format(family, words));
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<Row> {
        let color = Color { r: 1, g: 2, b: 3 };
        let row = |k: usize| Row { color, name: format!("run {k}"), numbers: vec![format!("{k}.5"), "–".into()] };
        (0..count).map(row).collect()
    }

    #[test]
    fn a_column_has_a_line_for_its_head_and_one_for_every_row() {
        egui::__run_test_ui(|ui| {
            let rows = rows(FEW + 1);
            for (k, words) in [(0, "run 0"), (1, "0.5"), (2, "–"), (3, "")] {
                let text = column(ui, "head", k, &rows).text;
                let lines: Vec<&str> = text.split('\n').collect();
                assert_eq!((lines.len(), lines[0], lines[1]), (FEW + 2, "head", words));
            }
        });
    }
}
