//! Words in a corner of a plot, where there is no room for a title above it.

use egui::{Align2, FontId, Rect, Ui, pos2, vec2};

use crate::app::theme;

/// In the upper left corner: what is seen, and beside it what cannot be.
pub fn corner(ui: &Ui, rect: Rect, words: &str, note: Option<&str>) {
    let drawn = title(ui, rect, words, true);
    if let Some(note) = note {
        let (at, font) = (drawn.right_top() + vec2(10.0, 0.0), FontId::proportional(11.0));
        ui.painter().text(at, Align2::LEFT_TOP, note, font, theme::error(ui));
    }
}

/// In the upper right corner.
pub fn right_corner(ui: &Ui, rect: Rect, words: &str) {
    title(ui, rect, words, false);
}

/// Draws markup; gives back where.
fn title(ui: &Ui, rect: Rect, words: &str, is_left: bool) -> Rect {
    let painter = ui.painter();
    let ink = ui.visuals().strong_text_color();
    let galley = painter.layout_job(theme::markup_job(words, FontId::proportional(11.0), ink));
    let x = if is_left { rect.left() + 6.0 } else { rect.right() - galley.rect.width() - 6.0 };
    let at = pos2(x, rect.top() + 4.0);
    let drawn = galley.rect.translate(at.to_vec2());
    // A curve may run through the corner.
    painter.rect_filled(drawn.expand(3.0), 3.0, ui.visuals().extreme_bg_color.gamma_multiply(0.85));
    painter.galley(at, galley, ink);
    drawn
}
