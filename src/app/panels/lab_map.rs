//! A landscape in the plane: colours, level lines, the paths of the rules, and what one of them sees where it stands.

use egui::{Align2, Color32, FontId, Painter, Pos2, RichText, Shape, Stroke, Ui, Vec2, vec2};

use super::lab_frame::{self, Frame, Spec};
use crate::{
    app::{
        lab::{Lab, local::Local, perturbed::OnPlane, session::Session, view::Bounds},
        marks::{self, Mark},
        theme,
    },
    figure::{Kind, Scale, Series, colors},
    history::Curve,
    toy::{
        ensemble::Region,
        matrix::{eigen, norm},
        surface::{gradient, hessian},
    },
};

/// Width of the colour bar with its numbers.
const BAR: f32 = 66.0;
/// Points of a path that are drawn.
const DRAWN: usize = 3000;
/// An ellipse smaller than this is drawn larger, by a round factor.
const LEAST: f32 = 9.0;
const ARROW: f32 = 52.0;

/// Draws the picture in the room given.
pub fn ui(ui: &mut Ui, lab: &mut Lab, size: Vec2) {
    let Some(bounds) = lab.bounds() else { return };
    let inside = vec2((size.x - BAR).max(120.0), (size.y - 22.0).max(120.0));
    lab.update_map(ui.ctx(), bounds, inside);
    let perturbed = if lab.look.perturbed { lab.on_plane(ui.ctx(), bounds).map(|(p, _)| p.clone()) } else { None };
    let mut frame = None;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.allocate_ui(inside, |ui| frame = landscape(ui, lab, bounds, inside, perturbed.as_ref()));
        let (rect, response) = ui.allocate_exact_size(vec2(BAR - 6.0, inside.y - 52.0), egui::Sense::hover());
        if let Some(ground) = lab.map.ground() {
            let words = if lab.scale() == Scale::Log10 { "L(w), logarithmic" } else { "L(w)" };
            ground.bar(ui, rect.with_min_y(rect.top() + 10.0), words);
        }
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Colour scale"));
    });
    let Some(frame) = frame else { return };
    readout(ui, lab, frame.hover, perturbed.as_ref());
    lab_frame::place(lab, &frame, bounds);
}

fn landscape(ui: &mut Ui, lab: &mut Lab, bounds: Bounds, size: Vec2, perturbed: Option<&OnPlane>) -> Option<Frame> {
    let labels = lab.session().ok()?.cut().labels();
    let mut view = lab.view;
    let mut series: Vec<Series> = perturbed.map(level_lines).into_iter().collect();
    series.extend(lab.session().ok()?.trails().iter().map(|trail| {
        let kind = trail.spec().kind;
        let curve = Curve::through(path(trail.points().iter().map(|p| p.at)));
        Series { name: kind.to_string(), in_legend: true, color: colors::dynamics_color(kind), kind: Kind::Line, curve }
    }));
    let spec = Spec { name: "Map of the landscape", labels, size, bounds, ground: lab.map.ground() };
    let frame = lab_frame::show(ui, spec, &mut view, series);
    lab.view = view;
    let session = lab.session().ok()?;
    let painter = ui.painter().with_clip_rect(frame.rect());
    region(&painter, &frame, session);
    stars(&painter, &frame, session, perturbed);
    if let Some(trail) = session.trails().iter().find(|t| t.spec().kind == lab.focus).or(session.trails().first()) {
        surroundings(&painter, &frame, lab, &Local::of(trail, session.cut()));
    }
    for trail in session.trails() {
        let color = theme::ink(ui, colors::dynamics_color(trail.spec().kind));
        let at = frame.at(trail.now().at);
        if !trail.now().is_finite() {
            continue;
        }
        if let Some(ascent) = trail.walker().ascent_point().filter(|_| lab.look.gradient) {
            // Of swa and its like the ball is elsewhere than the iterate.
            let from = frame.at(session.cut().place(trail.walker().position()));
            let to = frame.at(session.cut().place(&ascent));
            painter.line_segment([from, to], Stroke::new(3.4, theme::glow(150)));
            painter.line_segment([from, to], Stroke::new(1.6, color));
            painter.circle(to, 3.5, Color32::WHITE, Stroke::new(1.8, color));
        }
        painter.circle(at, 5.0, color, Stroke::new(1.5, Color32::WHITE));
    }
    Some(frame)
}

/// Level lines of the perturbed loss.
fn level_lines(found: &OnPlane) -> Series {
    let lines = found.contours.iter().flat_map(|contour| contour.lines.iter().cloned()).collect();
    Series {
        name: "perturbed loss".into(),
        in_legend: true,
        color: colors::SAM,
        kind: Kind::Dashed,
        curve: Curve { lines, non_finite: 0 },
    }
}

/// The finite part of a path, with so many points as are worth drawing; its last one is always there.
fn path(points: impl ExactSizeIterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let last = points.len().saturating_sub(1);
    let step = points.len().div_ceil(DRAWN).max(1);
    let finite = points.enumerate().take_while(|(_, p)| p.iter().all(|x| x.is_finite()));
    finite.filter(|(k, _)| k % step == 0 || *k == last).map(|(_, p)| p).collect()
}

/// Where a run counts as arrived.
pub fn region(painter: &Painter, frame: &Frame, session: &Session) {
    let stroke = Stroke::new(1.2, theme::glow(210));
    let dashes = |points: &[Pos2]| painter.extend(Shape::dashed_line(points, stroke, 5.0, 4.0));
    match Region::usual(&**session.surface()) {
        Region::Below { bound } => {
            let [corner, low] = [frame.at([bound, bound]), frame.rect().left_bottom()];
            dashes(&[Pos2::new(low.x, corner.y), corner, Pos2::new(corner.x, low.y)]);
        }
        Region::Near { centre, radius } | Region::Far { centre, radius } => {
            let [x, y] = session.cut().place(&centre);
            let around = |k: usize| {
                let (sin, cos) = (std::f64::consts::TAU * k as f64 / 72.0).sin_cos();
                frame.at([x + radius * cos, y + radius * sin])
            };
            dashes(&(0..=72).map(around).collect::<Vec<_>>());
        }
        Region::Above { .. } => {}
    }
}

/// Known minima, the start, and the minimum of the perturbed loss.
pub fn stars(painter: &Painter, frame: &Frame, session: &Session, perturbed: Option<&OnPlane>) {
    let (fill, rim) = (Color32::WHITE, theme::shade(210));
    let start = frame.at(session.cut().place(session.start()));
    let minima = session.about().minima.iter().map(|m| (frame.at(session.cut().place(&m.at)), m.name));
    let minima: Vec<(Pos2, &str)> = minima.collect();
    for (at, _) in &minima {
        marks::mark(painter, *at, Mark::Star, fill, rim);
    }
    let seen: Vec<(Pos2, &str)> = minima.into_iter().filter(|(at, _)| frame.rect().contains(*at)).collect();
    marks::names(painter, frame.rect(), &seen, &[start], fill, rim);
    marks::mark(painter, start, Mark::Hollow, fill, rim);
    let Some(found) = perturbed else { return };
    let orange = theme::color(colors::SAM);
    if let Some((near, bottom)) = &found.minimum {
        if let Some([x, y]) = found.interval {
            let corners = [near[0] + x[0], near[1] + y[0], near[0] + x[1], near[1] + y[1]];
            let rect = egui::Rect::from_two_pos(frame.at([corners[0], corners[1]]), frame.at([corners[2], corners[3]]));
            painter.rect(rect, 0.0, orange.gamma_multiply(0.18), Stroke::new(1.2, orange), egui::StrokeKind::Inside);
        }
        marks::mark(painter, frame.at(session.cut().place(&bottom.at)), Mark::Star, orange, Color32::WHITE);
    }
}

/// Gradient, noise, curvature and ascent of one rule.
fn surroundings(painter: &Painter, frame: &Frame, lab: &Lab, local: &Local) {
    let here = frame.at(local.at);
    if !local.at.iter().all(|x| x.is_finite()) {
        return;
    }
    let line = |from: Pos2, to: Pos2, halo: Color32, color: Color32| {
        painter.line_segment([from, to], Stroke::new(4.2, halo));
        painter.line_segment([from, to], Stroke::new(2.0, color));
    };
    let (dark, light) = (theme::shade(150), theme::glow(190));
    // Directions as they are on the screen, whatever the scale of the axes.
    let toward = |v: [f64; 2]| {
        let size = v[0].hypot(v[1]);
        let span = frame.transform.bounds().width().min(frame.transform.bounds().height());
        let step = if size > 0.0 { 0.05 * span / size } else { 0.0 };
        (frame.at([local.at[0] + step * v[0], local.at[1] + step * v[1]]) - here).normalized()
    };
    if lab.look.hessian {
        let [a, b] = local.curvature.values;
        let largest = a.abs().max(b.abs());
        for (value, vector) in local.curvature.values.iter().zip(local.curvature.vectors) {
            let flat = (largest.max(f64::MIN_POSITIVE) / value.abs().max(1e-3 * largest)).sqrt().min(5.0) as f32;
            let arm = toward(vector) * 11.0 * flat;
            let ends = [here - arm, here + arm];
            if *value >= 0.0 {
                line(ends[0], ends[1], dark, Color32::WHITE);
            } else {
                let stroke = Stroke::new(2.0, Color32::WHITE);
                painter.extend(Shape::dashed_line(&ends, stroke, 4.0, 3.0));
            }
        }
    }
    if let Some(noise) = local.noise.filter(|_| lab.look.noise) {
        ellipse(painter, frame, local.at, noise);
    }
    if lab.look.gradient && local.slope > 0.0 && local.slope.is_finite() {
        let share = (local.slope / (local.slope + 1.0)) as f32;
        let way = -toward(local.gradient) * (12.0 + (ARROW - 12.0) * share);
        if way.length() > 1.0 {
            let tip = here + way;
            line(here, tip, light, Color32::BLACK);
            for turn in [2.6f32, -2.6] {
                let barb = egui::emath::Rot2::from_angle(turn) * way.normalized() * 8.0;
                line(tip, tip + barb, light, Color32::BLACK);
            }
        }
    }
}

/// Two standard deviations of the next step's noise.
fn ellipse(painter: &Painter, frame: &Frame, centre: [f64; 2], noise: crate::app::lab::local::Axes) {
    let unit = frame.transform.dpos_dvalue();
    let radii = noise.values.map(|v| 2.0 * v.max(0.0).sqrt());
    let size = radii[0] * unit[0].abs().max(unit[1].abs());
    if !(size > 0.0 && size.is_finite()) {
        return;
    }
    let larger = magnification(f64::from(LEAST) / size);
    let around = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / 64.0).sin_cos();
        let [u, v] = noise.vectors;
        let (a, b) = (larger * radii[0] * cos, larger * radii[1] * sin);
        frame.at([centre[0] + a * u[0] + b * v[0], centre[1] + a * u[1] + b * v[1]])
    };
    let points: Vec<Pos2> = (0..64).map(around).collect();
    painter.add(Shape::closed_line(points.clone(), Stroke::new(3.4, theme::shade(120))));
    painter.add(Shape::closed_line(points.clone(), Stroke::new(1.7, theme::color(colors::BARRIER))));
    if larger > 1.0 {
        let top = points.iter().fold(points[0], |a, b| if b.y < a.y { *b } else { a });
        let words = format!("noise × {larger}");
        painter.text(top - vec2(0.0, 2.0), Align2::CENTER_BOTTOM, words, FontId::proportional(11.0), Color32::WHITE);
    }
}

/// The least of 1, 2, 5, 10, … that is not below `least`.
fn magnification(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1.0).log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|k| k * power).find(|k| *k >= least).unwrap_or(10.0 * power)
}

/// The numbers under the pointer, or those of the perturbed loss.
fn readout(ui: &mut Ui, lab: &Lab, hover: Option<[f64; 2]>, perturbed: Option<&OnPlane>) {
    let Ok(session) = lab.session() else { return };
    let words = match (hover, perturbed) {
        (Some(at), _) => {
            let (surface, w) = (session.surface(), session.cut().lift(at));
            let (g, h) = (gradient(&**surface, &w), hessian(&**surface, &w));
            let e = eigen(&h, w.len());
            format!(
                "w {}, {}  L {}  ‖∇L‖ {}  λ {} to {}",
                theme::value(at[0]),
                theme::value(at[1]),
                theme::value(surface.value(&w)),
                theme::value(norm(&g)),
                theme::value(e.values[w.len() - 1]),
                theme::value(e.values[0])
            )
        }
        (None, Some(OnPlane { minimum: Some((near, bottom)), seconds, .. })) => {
            // Rounded first: a minimum that stays does not move by −0.
            let shift = |(a, b): (&f64, &f64)| format!("{:.4}", (1e4 * (b - a)).round() / 1e4 + 0.0).replace('-', "−");
            let shift: Vec<String> = near.iter().zip(&bottom.at).map(shift).collect();
            let took = format!("{:.0}", 1000.0 * seconds);
            format!("perturbed loss: minimum {} moved by {} ({took} ms)", theme::value(bottom.value), shift.join(", "))
        }
        _ => session
            .cut()
            .remark()
            .unwrap_or_else(|| "click places the start; point at the map to read its numbers".into()),
    };
    ui.horizontal(|ui| {
        if lab.at_work().is_some_and(|s| s > 0.1) {
            ui.add(egui::Spinner::new().size(12.0)).on_hover_text("The perturbed loss is being computed");
        }
        ui.add(egui::Label::new(RichText::new(words).monospace().small()).truncate());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_round_and_never_shrink() {
        let found = [0.01, 1.0, 1.5, 2.0, 3.0, 7.0, 10.0, 11.0, 480.0].map(magnification);
        assert_eq!(found, [1.0, 1.0, 2.0, 2.0, 5.0, 10.0, 10.0, 20.0, 500.0]);
    }

    #[test]
    fn a_path_ends_where_it_is_not_finite_and_keeps_its_last_point() {
        let points: Vec<[f64; 2]> = (0..10_000).map(|k| [f64::from(k), 0.0]).collect();
        let drawn = path(points.iter().copied());
        assert!(drawn.len() <= DRAWN + 1 && drawn.last() == points.last());
        let mut lost = points;
        lost[40] = [f64::NAN, 0.0];
        assert!(path(lost.into_iter()).iter().all(|p| p[0] < 40.0));
    }
}
