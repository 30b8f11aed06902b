//! Where the columns of the table stand.

use egui::{
    Align, Layout, Rect, RichText, Role, Sense, Stroke, TextStyle, TextWrapMode, Ui, UiBuilder, WidgetInfo, WidgetText,
    pos2, text_selection::LabelSelectionState, vec2,
};

use super::table_cells;
use crate::app::table::{Arranged, Column};

/// Height of a line.
pub const LINE: f32 = 22.0;
/// Free room at both sides of a cell.
const PADDING: f32 = 4.0;
/// Width of a letter, about.
const LETTER: f32 = 6.6;
/// Widths of cells: the name's, and the least and the greatest of others.
const NAME: f32 = 260.0;
const NARROWEST: f32 = 44.0;
const WIDEST: f32 = 220.0;
/// A head has room for the arrow of the order.
const ARROW: usize = 2;

/// The columns with their widths.
pub struct Columns {
    of: Vec<(Column, f32)>,
}

impl Columns {
    /// Wide enough for what stands in them, within limits.
    pub fn of(arranged: &Arranged) -> Columns {
        let letters = arranged.letters.get_or_init(|| arranged.columns.iter().map(|c| letters(arranged, *c)).collect());
        let width = |(column, letters): (&Column, &usize)| match column {
            Column::Name => (*column, NAME),
            _ => (*column, (*letters as f32 * LETTER + 2.0 * PADDING).clamp(NARROWEST, WIDEST)),
        };
        Columns { of: arranged.columns.iter().zip(letters).map(width).collect() }
    }

    /// Width of a line.
    pub fn width(&self) -> f32 {
        self.of.iter().map(|(_, width)| width).sum()
    }

    /// The cells of a line at this place.
    pub fn cells(&self, line: Rect) -> impl Iterator<Item = (Column, Rect)> + '_ {
        let mut left = line.left();
        self.of.iter().map(move |(column, width)| {
            let cell = Rect::from_min_size(pos2(left, line.top()), vec2(*width, line.height()));
            left += width;
            (*column, cell)
        })
    }
}

/// Letters of the longest cell of a column, or of its head.
fn letters(arranged: &Arranged, column: Column) -> usize {
    let of_rows = arranged.rows.iter().map(|row| table_cells::of_run(row, column));
    let of_groups = arranged.groups.iter().map(|group| table_cells::of_group(group, arranged, column));
    let longest = of_rows.chain(of_groups).map(|words| words.chars().count()).max().unwrap_or(0);
    longest.max(column.name().chars().count() + ARROW)
}

/// Draws what is in a cell; numbers stand at its right edge.
pub fn cell<R>(ui: &mut Ui, place: Rect, column: Column, content: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = match column {
        Column::Number(_) => Layout::right_to_left(Align::Center),
        Column::Name | Column::Setting(_) => Layout::left_to_right(Align::Center),
    };
    let inside = UiBuilder::new().max_rect(place.shrink2(vec2(PADDING, 0.0))).layout(layout);
    let mut child = ui.new_child(inside);
    child.shrink_clip_rect(place);
    content(&mut child)
}

/// Writes words into a cell, as a label does, but without an area of its own: a table has hundreds of cells in view. `k` tells the cells
/// of a line apart.
pub fn words(ui: &Ui, place: Rect, column: Column, k: usize, words: RichText) {
    let inside = place.shrink2(vec2(PADDING, 0.0));
    let wrap = Some(TextWrapMode::Truncate);
    let galley = WidgetText::from(words).into_galley(ui, wrap, inside.width(), TextStyle::Body);
    let size = galley.size();
    let left = match column {
        Column::Number(_) => inside.right() - size.x,
        Column::Name | Column::Setting(_) => inside.left(),
    };
    let rect = Rect::from_min_size(pos2(left, inside.center().y - 0.5 * size.y), size);
    // They can be marked and copied; the keyboard passes over them.
    let sense = Sense::click_and_drag() - Sense::FOCUSABLE;
    let response = ui.interact(rect, ui.scope_id().with(("cell", k)), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), galley.text()));
    let response = match galley.elided {
        true => response.on_hover_text(galley.text().to_owned()),
        false => response,
    };
    LabelSelectionState::label_text_selection(ui, &response, rect.min, galley, ui.visuals().text_color(), Stroke::NONE);
}
