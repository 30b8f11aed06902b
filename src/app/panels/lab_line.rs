//! A landscape along a line: the curve with the rules as balls on it, and the perturbed loss over it.

use egui::{Align2, Color32, FontId, Painter, RichText, Stroke, Ui, Vec2, pos2, vec2};

use super::lab_frame::{self, Frame, Spec};
use crate::{
    app::{
        lab::{
            Lab,
            local::Local,
            perturbed::{OnLine, Well},
        },
        marks::{self, Mark},
        theme,
    },
    figure::{Kind, Series, colors},
    history::Curve,
    toy::{
        perturbed::LineWell,
        surface::{gradient, hessian},
    },
};

/// Iterates whose dots fade behind a ball.
const TAIL: usize = 40;

/// Draws the picture in the room given.
pub fn ui(ui: &mut Ui, lab: &mut Lab, size: Vec2) {
    let Some(bounds) = lab.bounds() else { return };
    let profile = lab.profile(bounds[0]).to_vec();
    let perturbed = if lab.look.perturbed { lab.on_line(bounds[0]).cloned() } else { None };
    let lines = perturbed.as_ref().map_or(0, |p| p.wells.len());
    let size = vec2(size.x, (size.y - 22.0 - 17.0 * lines as f32).max(140.0));
    let labels = ["w".to_owned(), "L(w)".to_owned()];
    let spec = Spec { name: "Curve of the landscape", labels, size, bounds, ground: None };
    let (mut view, ink, orange) = (lab.view, ui.visuals().text_color(), theme::ink(ui, colors::SAM));
    let one = |name: &str, color, kind, points: &[[f64; 2]]| {
        let curve = Curve::through(points.iter().copied());
        Series { name: name.into(), in_legend: true, color, kind, curve }
    };
    let mut series = vec![one("L", theme::page(ui).page().ink, Kind::Line, &profile)];
    series.extend(perturbed.iter().map(|found| one("perturbed loss", colors::SAM, Kind::Dashed, &found.curve)));
    let frame = lab_frame::show(ui, spec, &mut view, series);
    lab.view = view;
    let painter = ui.painter().with_clip_rect(frame.rect());
    if let Some(found) = &perturbed {
        for well in &found.wells {
            wells(&painter, &frame, well, ink, orange);
        }
    }
    let rim = ui.visuals().extreme_bg_color;
    balls(ui, &painter, &frame, lab, rim);
    readout(ui, lab, frame.hover, perturbed.as_ref());
    lab_frame::place(lab, &frame, bounds);
}

/// Minima, depths, and the interval of a theorem.
fn wells(painter: &Painter, frame: &Frame, well: &Well, ink: Color32, orange: Color32) {
    let rect = frame.rect();
    if let Some([low, high]) = well.interval {
        let (a, b) = (frame.at([low, 0.0]).x, frame.at([high, 0.0]).x);
        let band = egui::Rect::from_min_max(pos2(a, rect.top()), pos2(b, rect.bottom()));
        painter.rect_filled(band, 0.0, orange.gamma_multiply(0.13));
        for x in [a, b] {
            painter.vline(x, rect.y_range(), Stroke::new(1.0, orange.gamma_multiply(0.7)));
        }
        let words = "Theorem 3.3.2: here";
        painter.text(pos2(b + 4.0, rect.top() + 4.0), Align2::LEFT_TOP, words, FontId::proportional(11.0), orange);
    }
    let depth = |side: &LineWell, x: f64, color: Color32| {
        let (foot, top) = (frame.at([x, side.floor]), frame.at([x, side.rim]));
        painter.line_segment([foot, top], Stroke::new(1.2, color));
        let edges = side.edges.map(|e| frame.at([e, side.rim]));
        painter.extend(egui::Shape::dashed_line(&edges, Stroke::new(1.0, color), 3.0, 3.0));
    };
    if let Some((own, left)) = &well.sides {
        depth(own, well.at, ink.gamma_multiply(0.7));
        if let Some(left) = left {
            depth(left, left.at, orange);
        }
    }
    marks::mark(painter, frame.at([well.at, well.floor]), Mark::Star, ink, theme::grey(128));
    marks::mark(painter, frame.at([well.bottom.at[0], well.bottom.value]), Mark::Star, orange, Color32::WHITE);
}

fn balls(ui: &Ui, painter: &Painter, frame: &Frame, lab: &Lab, rim: Color32) {
    let Ok(session) = lab.session() else { return };
    let start = session.start()[0];
    let at = frame.at([start, session.surface().value(session.start())]);
    marks::mark(painter, at, Mark::Hollow, ui.visuals().strong_text_color(), rim);
    for trail in session.trails() {
        let color = theme::ink(ui, colors::dynamics_color(trail.spec().kind));
        let points = trail.points();
        let tail = &points[points.len().saturating_sub(TAIL)..];
        for (k, p) in tail.iter().enumerate().filter(|(_, p)| p.is_finite()) {
            let share = (k + 1) as f32 / tail.len() as f32;
            painter.circle_filled(frame.at([p.at[0], p.loss]), 2.4, color.gamma_multiply(0.15 + 0.6 * share));
        }
        let now = trail.now();
        if !now.is_finite() {
            continue;
        }
        let ball = frame.at([now.at[0], now.loss]);
        let local = Local::of(trail, session.cut());
        if lab.look.gradient && local.slope > 0.0 {
            // Along the curve's own tangent, downhill.
            let step = 1e-3 * frame.transform.bounds().width();
            let foot = [local.at[0], session.surface().value(&[local.at[0]])];
            let ahead = [foot[0] - step * local.gradient[0].signum(), foot[1] - step * local.slope];
            let way = (frame.at(ahead) - frame.at(foot)).normalized();
            let from = frame.at(foot);
            let tip = from + way * 26.0;
            painter.line_segment([from, tip], Stroke::new(1.8, color));
            for turn in [2.6f32, -2.6] {
                let barb = egui::emath::Rot2::from_angle(turn) * way * 6.0;
                painter.line_segment([tip, tip + barb], Stroke::new(1.8, color));
            }
        }
        if let Some([w, _]) = local.ascent {
            let to = frame.at([w, session.surface().value(&[w])]);
            painter.line_segment([ball, to], Stroke::new(1.2, color));
            painter.circle(to, 3.0, rim, Stroke::new(1.5, color));
        }
        painter.circle(ball, 6.0, color, Stroke::new(1.5, rim));
    }
}

fn readout(ui: &mut Ui, lab: &Lab, hover: Option<[f64; 2]>, perturbed: Option<&OnLine>) {
    let Ok(session) = lab.session() else { return };
    let small = |words: String| egui::Label::new(RichText::new(words).monospace().small()).truncate();
    let took = perturbed.map_or(String::new(), |p| format!("; perturbed loss in {:.0} µs", 1e6 * p.seconds));
    let words = match hover {
        Some([x, _]) => {
            let surface = session.surface();
            let (g, h) = (gradient(&**surface, &[x])[0], hessian(&**surface, &[x])[0]);
            let [x, value, g, h] = [x, surface.value(&[x]), g, h].map(theme::value);
            format!("w {x}  L {value}  L′ {g}  L″ {h}")
        }
        None => format!("click places the start; point at the curve to read it{took}"),
    };
    ui.add(small(words));
    for well in perturbed.iter().flat_map(|p| &p.wells) {
        ui.add(small(sentence(well))).on_hover_text(
            "Of L and of the perturbed loss: the minimum, the depth up to the lower rim, and how sharply it bends: the secant curvature 2 (L(w* + d) − L(w*))/d² over half of the well's width d; where there is no well, L″ and the secant over ρ",
        );
    }
}

/// One well before and after.
fn sentence(well: &Well) -> String {
    let moved = format!("minimum {} → {}", theme::value(well.at), theme::value(well.bottom.at[0]));
    let depth = match &well.sides {
        Some((own, Some(left))) => {
            format!("  depth {} → {}", theme::value(own.depth()), theme::value(left.depth()))
        }
        Some((own, None)) => format!("  depth {} → no well left", theme::value(own.depth())),
        None => String::new(),
    };
    let bend = format!("  bend {} → {}", theme::value(well.curvature), theme::value(well.secant));
    let verdict = match well.interval {
        Some([low, high]) => {
            let x = well.bottom.at[0];
            let slack = 1e-9 * (high - low);
            if x >= low - slack && x <= high + slack {
                "  (where the theorem says)"
            } else {
                "  (outside of the theorem's interval)"
            }
        }
        None => "",
    };
    format!("{moved}{depth}{bend}{verdict}")
}
