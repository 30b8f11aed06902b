//! What the pointer tells in the plots of lines: the numbers of every curve at the nearest point that was measured.

use egui::{Grid, RichText, Stroke, Ui, vec2};

use crate::{
    app::{chart::Shown, desk::Desk, kinds::line::Lines, pointer_table::chip, readout::short, theme},
    figure::Color,
    survey::{BandPoint, LinePoint},
};

/// More curves have no room.
const ROWS: usize = 16;

/// What a row is about.
enum Found<'a> {
    /// A curve at its nearest point, and why that is not finite, where there is a reason.
    Point(&'a LinePoint, Option<&'static str>),
    /// The training loss and the training error of several directions.
    Band(&'a BandPoint, Option<&'a BandPoint>),
}

struct Row<'a> {
    name: String,
    color: Color,
    found: Found<'a>,
}

/// Dots on the curves, and a table at the pointer.
pub fn at(ui: &Ui, is_loss: bool, desk: &Desk, shown: Shown) {
    let Some(alpha) = shown.pointer else { return };
    let rows = rows(desk, alpha);
    let painter = ui.painter().with_clip_rect(shown.rect());
    for row in &rows {
        for [x, y] in dots(row, is_loss) {
            if let Some(at) = shown.at([x, y]) {
                let rim = Stroke::new(1.0, ui.visuals().extreme_bg_color);
                painter.circle(at, 3.5, theme::ink(ui, row.color), rim);
            }
        }
    }
    shown.response.on_hover_ui_at_pointer(|ui| table(ui, &rows, alpha));
}

/// Every curve that is drawn, at the point nearest to α.
fn rows(desk: &Desk, alpha: f64) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (entry, found) in desk.surveys.of::<Lines>().shown() {
        if let Some([loss, error]) = found.band() {
            if let Some(near) = nearest(&loss.points, alpha, |b| b.alpha) {
                let found = Found::Band(near, nearest(&error.points, alpha, |b| b.alpha));
                rows.push(Row { name: entry.name(), color: entry.color, found });
            }
            continue;
        }
        for curve in &found.curves {
            let Some(near) = nearest(&curve.points, alpha, |p| p.alpha) else { continue };
            let is_lost = !near.measured.train.loss.is_finite();
            let why = found.about.limits.why(near.alpha, 0.0).filter(|_| is_lost);
            let name = if found.curves.len() == 1 { entry.name() } else { curve.name.clone() };
            rows.push(Row { name, color: curve.color, found: Found::Point(near, why) });
        }
    }
    rows
}

/// Where the curves of a row are at its point.
fn dots(row: &Row<'_>, is_loss: bool) -> Vec<[f64; 2]> {
    match &row.found {
        Found::Point(near, _) => {
            let sets = [Some(near.measured.train), near.measured.test].into_iter().flatten();
            sets.map(|set| [near.alpha, if is_loss { set.loss } else { PERCENT * set.error }]).collect()
        }
        Found::Band(loss, error) => {
            let spread = if is_loss { loss.spread } else { error.and_then(|e| e.spread) };
            spread.map(|s| [loss.alpha, if is_loss { s.mean } else { PERCENT * s.mean }]).into_iter().collect()
        }
    }
}

/// The unit of errors in the plot.
const PERCENT: f64 = 100.0;

fn table(ui: &mut Ui, rows: &[Row<'_>], alpha: f64) {
    ui.label(RichText::new(format!("α = {alpha:.4}").replace('-', "−")).strong());
    let numbers = |ui: &mut Ui, words: &[String]| {
        for words in words {
            ui.label(RichText::new(words).monospace().small());
        }
        ui.end_row();
    };
    Grid::new("line at the pointer").num_columns(7).min_col_width(8.0).spacing(vec2(10.0, 2.0)).show(ui, |ui| {
        ui.label("");
        for head in ["line", "measured at α", "L", "error", "test L", "test error"] {
            ui.label(RichText::new(head).small().weak());
        }
        ui.end_row();
        for row in rows.iter().take(ROWS) {
            chip(ui, row.color);
            ui.label(RichText::new(&row.name).small());
            match &row.found {
                Found::Point(near, _) => {
                    let (train, test) = (near.measured.train, near.measured.test);
                    numbers(
                        ui,
                        &[
                            at_alpha(near.alpha),
                            short(train.loss),
                            theme::percent(train.error),
                            test.map_or("–".into(), |t| short(t.loss)),
                            test.map_or("–".into(), |t| theme::percent(t.error)),
                        ],
                    );
                }
                Found::Band(loss, error) => {
                    let from_to = |point: &BandPoint, of: fn(f64) -> String| {
                        point
                            .spread
                            .map_or("–".into(), |s| format!("{} to {}, mean {}", of(s.min), of(s.max), of(s.mean)))
                    };
                    let error = error.map_or("–".into(), |point| from_to(point, theme::percent));
                    numbers(ui, &[at_alpha(loss.alpha), from_to(loss, short), error, "–".into(), "–".into()]);
                }
            }
        }
    });
    if rows.len() > ROWS {
        ui.label(RichText::new(format!("… and {} more", rows.len() - ROWS)).small().weak());
    }
    for row in rows.iter().take(ROWS) {
        if let Found::Point(_, Some(why)) = &row.found {
            let words = format!("{}: {why}; batch and recalibrated statistics have no such limit", row.name);
            ui.add(egui::Label::new(RichText::new(words).small()).wrap());
        }
    }
}

fn at_alpha(alpha: f64) -> String {
    format!("{alpha:.4}").replace('-', "−")
}

fn nearest<T>(points: &[T], alpha: f64, of: impl Fn(&T) -> f64) -> Option<&T> {
    points.iter().min_by(|a, b| (of(a) - alpha).abs().total_cmp(&(of(b) - alpha).abs()))
}
