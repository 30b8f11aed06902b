//! One of the two plots of a line: loss or error over α, for all lines that are shown.

use egui::{
    FontId, Id, Ui, pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use crate::{
    app::{
        chart::{self, Hand, Hover, Interaction, Shown},
        desk::Desk,
        kinds::line::Lines,
        label_rows::{Label, rooms},
        marks, theme,
    },
    figure::{self, Marker, Panel, line_panels},
    present::{LineGroup, line_picture},
};

/// Room for the numbers at the left, the same for both plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 60.0;
/// Lines of more points than this do not show them.
const DOTS: usize = 60;
/// Rows for the names of ends, and the height of each.
const ROWS: usize = 4;
const ROW: f32 = 14.0;
/// The share of the plot that a name takes at most.
const WIDEST: f32 = 0.45;
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

/// What stands at the ends, beside their lines: in rows from the bottom up, so that none covers another.
fn names(ui: &Ui, ends: &[Marker], shown: &Shown) {
    let (rect, weak) = (shown.rect(), ui.visuals().weak_text_color());
    let painter = ui.painter().with_clip_rect(rect);
    let written = |end: &Marker| {
        let mut job = LayoutJob::simple_singleline(end.label.clone(), FontId::proportional(11.0), weak);
        job.wrap = TextWrapping::truncate_at_width(rect.width() * WIDEST);
        (shown.across(end.x), painter.layout_job(job))
    };
    let written: Vec<_> = ends.iter().filter(|m| !m.label.is_empty()).map(written).collect();
    let labels: Vec<Label> = written.iter().map(|(at, galley)| Label { at: *at, width: galley.size().x }).collect();
    for ((_, galley), room) in written.into_iter().zip(rooms(&labels, (rect.left(), rect.right()), ROWS)) {
        let Some(room) = room else { continue };
        let at = pos2(room.left, rect.bottom() - 3.0 - galley.size().y - ROW * room.row as f32);
        chart::behind(ui, &painter, egui::Rect::from_min_size(at, galley.size()));
        painter.galley(at, galley, weak);
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
