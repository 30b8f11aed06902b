//! Words above a plot, or in a corner of one where there is no room for that.

use egui::{Align2, FontId, Painter, Rect, Ui, pos2, vec2};

use crate::app::theme;

/// Height of a row above a plot.
pub const ABOVE: f32 = 18.0;

/// A row above a plot: what is seen, and beside it what cannot be.
pub fn above(ui: &mut Ui, words: &str, note: Option<&str>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ABOVE), egui::Sense::hover());
    let painter = ui.painter().with_clip_rect(rect);
    let ink = ui.visuals().strong_text_color();
    let galley = painter.layout_job(theme::markup_job(words, FontId::proportional(11.0), ink));
    let at = pos2(rect.left() + 6.0, rect.center().y - 0.5 * galley.rect.height());
    let right = at.x + galley.rect.width() + 10.0;
    painter.galley(at, galley, ink);
    if let Some(note) = note {
        let font = FontId::proportional(11.0);
        painter.text(pos2(right, rect.center().y), Align2::LEFT_CENTER, note, font, theme::error(ui));
    }
}

/// How much of the plot's colour stands between words in a plot and the curves under them.
const BEHIND: f32 = 0.8;

/// What lies behind words in a plot, so that they are read where curves are dense.
pub fn behind(ui: &Ui, painter: &Painter, words: Rect) {
    painter.rect_filled(words.expand2(vec2(3.0, 0.0)), 2.0, ui.visuals().extreme_bg_color.gamma_multiply(BEHIND));
}

/// In the upper right corner.
pub fn right_corner(ui: &Ui, rect: Rect, words: &str) {
    let painter = ui.painter();
    let ink = ui.visuals().strong_text_color();
    let galley = painter.layout_job(theme::markup_job(words, FontId::proportional(11.0), ink));
    let at = pos2(rect.right() - galley.rect.width() - 6.0, rect.top() + 4.0);
    let drawn = galley.rect.translate(at.to_vec2());
    // A curve may run through the corner.
    painter.rect_filled(drawn.expand(3.0), 3.0, ui.visuals().extreme_bg_color.gamma_multiply(0.85));
    painter.galley(at, galley, ink);
}
