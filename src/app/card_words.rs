//! Words on a button that are no widgets of their own: the button's name and description say them, and a screen reader would
//! come upon a label of the same words once more.

use egui::{Align2, Rect, Response, RichText, TextStyle, TextWrapMode, Ui, WidgetText};

/// Draws a line of words in `room`, cut off where it ends. Returns where they are.
pub fn draw(ui: &Ui, room: Rect, align: Align2, words: impl Into<RichText>) -> Rect {
    let words = WidgetText::from(words.into());
    let galley = words.into_galley(ui, Some(TextWrapMode::Truncate), room.width().max(0.0), TextStyle::Body);
    let rect = align.align_size_within_rect(galley.size(), room);
    ui.painter().galley(rect.min, galley, ui.visuals().text_color());
    rect
}

/// Says more of a button than its name does.
pub fn describe(button: &Response, words: impl Into<String>) {
    let words: String = words.into();
    button.ctx.accesskit_node_builder(button.id, |node| node.set_description(words));
}
