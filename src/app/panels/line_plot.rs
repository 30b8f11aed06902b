//! One of the two plots of a line: loss or error over α, for all lines that are shown.

use egui::{Align2, FontId, Id, Ui, pos2, vec2};

use crate::{
    app::{
        chart::{self, Hand, Hover, Interaction, Shown},
        desk::Desk,
        kinds::line::Lines,
        marks, theme,
    },
    figure::{self, Marker, Panel, line_panels},
    present::{LineGroup, line_picture},
};

/// Room for the numbers at the left, the same for both plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 60.0;
/// Lines of more points than this do not show them.
const DOTS: usize = 60;
/// As many arrows from minimum to minimum have room.
const SHIFTS: usize = 8;

/// What a plot draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Loss,
    Error,
}

impl Quantity {
    pub fn title(self) -> &'static str {
        match self {
            Quantity::Loss => "Loss",
            Quantity::Error => "Error",
        }
    }
}

/// Height and place of a plot.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub height: f32,
    /// The lower plot carries the x-axis for both.
    pub is_last: bool,
    /// How far to the right the pointer is on the screen, when it is over either plot.
    pub pointer: Option<f32>,
}

/// Loss and error on all lines that are shown, over the same α.
pub fn panels(ui: &Ui, desk: &Desk) -> [Panel; 2] {
    let groups: Vec<LineGroup<'_>> =
        desk.surveys.of::<Lines>().shown().map(|(_, l)| LineGroup { curves: &l.curves, band: l.band() }).collect();
    let mut panels = line_panels(&line_picture(&groups, desk.line_look.log, theme::page(ui)));
    let [loss, error] = &panels;
    let shared = figure::shared_x([loss, error]);
    panels.iter_mut().for_each(|panel| panel.x_range = shared);
    panels
}

/// Draws a plot.
pub fn show(ui: &mut Ui, quantity: Quantity, mut panel: Panel, desk: &Desk, place: Place) -> Shown {
    let title = format!("{}, {}", panel.title, panel.y_label);
    panel.y_label.clear();
    // Names of ends stand beside their lines at the bottom.
    let ends: Vec<Marker> = panel.markers.clone();
    panel.markers.iter_mut().for_each(|m| m.label.clear());
    let how = Interaction {
        hand: Hand::Free { group: Some(Id::unique("line axis")) },
        hover: Hover::At(place.pointer),
        x_numbers: place.is_last,
        y_width: Y_AXIS_WIDTH,
        apart: [80.0, 36.0],
        dots: DOTS,
        ..Interaction::default()
    };
    let note = figure::note(&panel, figure::ranges(&panel).0);
    chart::above(ui, &title, note.as_deref());
    let size = vec2(ui.available_width(), place.height - chart::ABOVE - ui.spacing().item_spacing.y);
    let shown = chart::show(ui, quantity.title(), &panel, size, &how);
    names(ui, &ends, &shown);
    if quantity == Quantity::Loss {
        shifts(ui, desk, &shown);
    }
    shown.named(&format!("{} along the line", quantity.title()));
    shown
}

/// What stands at the ends, beside their lines.
fn names(ui: &Ui, ends: &[Marker], shown: &Shown) {
    let (rect, weak) = (shown.rect(), ui.visuals().weak_text_color());
    let painter = ui.painter().with_clip_rect(rect);
    for end in ends.iter().filter(|m| !m.label.is_empty()) {
        let font = FontId::proportional(11.0);
        let line = shown.across(end.x);
        let width = painter.layout_no_wrap(end.label.clone(), font.clone(), weak).rect.width();
        let is_tight = line + width > rect.right();
        let (anchor, shift) = if is_tight { (Align2::RIGHT_BOTTOM, -4.0) } else { (Align2::LEFT_BOTTOM, 4.0) };
        painter.text(pos2(line + shift, rect.bottom() - 3.0), anchor, &end.label, font, weak);
    }
}

/// From the minimum of the training loss to that of the test loss, of every line.
fn shifts(ui: &Ui, desk: &Desk, shown: &Shown) {
    let rect = shown.rect();
    let painter = ui.painter().with_clip_rect(rect);
    let lines = desk.surveys.of::<Lines>().shown().filter(|(_, l)| l.band().is_none());
    let curves = lines.flat_map(|(e, l)| l.curves.iter().map(|c| (e.color, c)));
    let found = curves.filter_map(|(color, c)| Some((theme::color(color), c.summary.shift?)));
    for (row, (color, shift)) in found.take(SHIFTS).enumerate() {
        let at = [shift.train, shift.test].map(|alpha| shown.across(alpha));
        marks::shift(&painter, rect, row, at, color, ui.visuals().panel_fill);
    }
}
