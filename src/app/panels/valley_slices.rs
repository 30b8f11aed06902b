//! The slices of a valley: one large, the most asymmetric ones small beside each other.

use egui::{Align2, Color32, FontId, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use egui_plot::{Line, LineStyle, Plot, Points, VLine};

use crate::{
    app::{
        kinds::valley::{Large, ValleyEntry, ValleyShown},
        shelf::SurveyId,
        theme,
    },
    explore::{DirectionReport, ShiftReport},
    figure::colors::{FLOOR, run_color},
    survey::Side,
    valley::Asymmetry,
};

/// Least width and height of a small picture.
const SMALL: egui::Vec2 = vec2(132.0, 86.0);
/// The share of the panel that the large plot takes.
const LARGE: f32 = 0.56;

/// Draws them in the height given.
pub fn ui(ui: &mut Ui, entry: &mut ValleyEntry, height: f32) {
    let is_going = entry.phase.measuring().is_some();
    let (id, zeta) = (entry.id, entry.request.detector.slice.zeta());
    let Some(found) = &mut entry.found else { return };
    let pictures = found.pictures();
    let Some((number, _)) = found.shown() else {
        let words =
            if is_going { "The first slice comes after the sharpness…" } else { "No direction was asked for." };
        return theme::teach(ui, words);
    };
    let has_shift = found.shift(number).is_some();
    ui.horizontal(|ui| {
        let name = &found.report.directions[number].name;
        ui.label(RichText::new(name).strong());
        if has_shift {
            ui.selectable_value(&mut found.large, Large::Slice, "Slice").on_hover_text("The slice that is judged");
            let help = "Test against training loss, and the test loss shifted by δ";
            ui.selectable_value(&mut found.large, Large::Shift, "Shift").on_hover_text(help);
        }
    });
    let room = (height * LARGE - 26.0).max(140.0);
    match found.shift(number).filter(|_| found.large == Large::Shift) {
        Some(shift) => shift_plot(ui, shift, number, room),
        None => slice_plot(ui, found, (id, zeta), number, room),
    }
    let below = (height * (1.0 - LARGE) - 12.0).max(SMALL.y + 8.0);
    let area = egui::ScrollArea::vertical().id_salt("small slices").max_height(below).auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            let columns = ((ui.available_width() + 6.0) / (SMALL.x + 6.0)).floor().max(1.0);
            let width = (ui.available_width() + 6.0) / columns - 6.5;
            for i in pictures {
                if small(ui, &found.report.directions[i], width, i == number) {
                    found.chosen = Some(i);
                }
            }
        });
    });
}

/// Points of a slice that have a place on a plot, and how many have none.
fn placed(points: &[(f64, f64)]) -> (Vec<Vec<[f64; 2]>>, usize) {
    let parts = points.chunk_by(|a, b| a.1.is_finite() == b.1.is_finite());
    let (shown, odd): (Vec<_>, Vec<_>) = parts.partition(|part| part[0].1.is_finite());
    let lines = shown.iter().map(|part| part.iter().map(|p| [p.0, p.1]).collect()).collect();
    (lines, odd.iter().map(|part| part.len()).sum())
}

fn plot<'a>(id: (&'static str, usize, u64), height: f32, ui: &Ui) -> Plot<'a> {
    Plot::new(id)
        .height(height)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .y_axis_min_width(60.0)
        .y_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .x_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .grid_color(ui.visuals().weak_text_color().gamma_multiply(0.45))
        .x_grid_spacer(|input| theme::round_marks(&input, false, 80.0))
        .y_grid_spacer(|input| theme::round_marks(&input, false, 36.0))
        .grid_spacing(theme::GRID)
        .set_margin_fraction(vec2(0.02, 0.08))
        .x_axis_label("ℓ")
}

fn slice_plot(ui: &mut Ui, found: &ValleyShown, (id, zeta): (SurveyId, f64), number: usize, height: f32) {
    let d = &found.report.directions[number];
    let (weak, color) = (ui.visuals().weak_text_color(), theme::color(run_color(0)));
    let (lines, odd) = placed(&d.points);
    let shown = plot(("slice", number, id), height, ui).show(ui, |p| {
        for at in [-zeta, zeta] {
            p.vline(VLine::new("", at).color(weak).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        for [from, to] in d.asymmetry().map(|a| bounds(a, d, zeta)).into_iter().flatten() {
            let line = Line::new("", vec![from, to]).stroke(Stroke::new(1.5, theme::color(FLOOR)));
            p.line(line.style(LineStyle::dashed_loose()).allow_hover(false));
        }
        for line in lines {
            p.points(Points::new("", line.clone()).color(color).radius(2.0).allow_hover(false));
            p.line(Line::new("", line).stroke(Stroke::new(1.7, color)).allow_hover(false));
        }
    });
    let rect = shown.response.rect;
    corner(ui, rect, &words(d), odd);
    shown
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("Slice along {}", d.name)));
}

/// From ±ζ to ±r: the line with slope p that the flat side stays under, the one with slope c p that the steep side stays
/// above.
fn bounds(a: &Asymmetry, d: &DirectionReport, zeta: f64) -> Vec<[[f64; 2]; 2]> {
    let sign = if a.flat == Side::Right { 1.0 } else { -1.0 };
    let line = |sign: f64, slope: f64| {
        let at = |place: f64| d.points.iter().min_by(|p, q| (p.0 - place).abs().total_cmp(&(q.0 - place).abs()));
        let (from, r) = (at(sign * zeta)?, d.points.last()?.0);
        Some([[from.0, from.1], [sign * r, from.1 + slope * (r - from.0.abs())]])
    };
    [line(sign, a.p), line(-sign, a.steep)].into_iter().flatten().collect()
}

/// What is known of a direction, in a few words.
fn words(d: &DirectionReport) -> String {
    match (&d.verdict, d.asymmetry()) {
        (_, Some(a)) => {
            format!(
                "c {:.3} ± {:.3}, flat on the {}",
                a.c,
                a.error,
                if a.flat == Side::Left { "left" } else { "right" }
            )
        }
        (Some(_), None) => "not asymmetric".into(),
        (None, _) => "being measured".into(),
    }
}

/// Words in the upper left corner of a plot.
fn corner(ui: &Ui, rect: Rect, words: &str, odd: usize) {
    let painter = ui.painter();
    let font = FontId::proportional(11.0);
    let galley = painter.layout_no_wrap(words.into(), font.clone(), ui.visuals().strong_text_color());
    let at = rect.left_top() + vec2(6.0, 4.0);
    let drawn = galley.rect.translate(at.to_vec2());
    // A curve may run through the corner.
    painter.rect_filled(drawn.expand(3.0), 3.0, ui.visuals().extreme_bg_color.gamma_multiply(0.85));
    painter.galley(at, galley, Color32::PLACEHOLDER);
    if odd > 0 {
        let at = drawn.right_top() + vec2(10.0, 0.0);
        painter.text(at, Align2::LEFT_TOP, format!("{odd} points are not finite"), font, theme::error(ui));
    }
}

fn shift_plot(ui: &mut Ui, shift: &ShiftReport, number: usize, height: f32) {
    let color = theme::color(run_color(0));
    let reach = shift.train.last().map_or(0.0, |p| p.0);
    let mut odd = 0;
    let shown = plot(("shift", number, 0), height, ui).show(ui, |p| {
        let mut draw = |points: &[(f64, f64)], style: LineStyle, color: Color32| {
            let (lines, not_finite) = placed(points);
            odd += not_finite;
            for line in lines {
                p.line(Line::new("", line).stroke(Stroke::new(1.7, color)).style(style).allow_hover(false));
            }
        };
        draw(&shift.train, LineStyle::Solid, color);
        let near: Vec<(f64, f64)> = shift.test.iter().copied().filter(|p| p.0.abs() <= reach).collect();
        draw(&near, LineStyle::dotted_dense(), color);
        if let Some(Ok(found)) = &shift.outcome {
            let over: Vec<(f64, f64)> = found.laid_over(&shift.test).into_iter().map(|[l, loss]| (l, loss)).collect();
            draw(&over, LineStyle::dashed_loose(), theme::color(run_color(1)));
        }
    });
    let words = match &shift.outcome {
        Some(Ok(s)) => format!(
            "training solid, test dotted, shifted by δ = {} dashed: ξ = {}, without a shift {}",
            theme::value(s.delta),
            theme::value(s.gap),
            theme::value(s.unshifted_gap)
        ),
        _ => "training solid, test dotted".into(),
    };
    corner(ui, shown.response.rect, &words, odd);
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Test against training loss"));
}

/// A small picture; true when it was clicked.
fn small(ui: &mut Ui, d: &DirectionReport, width: f32, is_shown: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(width, SMALL.y), Sense::click());
    let response = response.on_hover_text(format!("{}: {}\nClick: larger", d.name, words(d)));
    let name = format!("Enlarge {}", d.name);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, is_shown, name.clone()));
    let visuals = ui.visuals();
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 3.0, visuals.extreme_bg_color);
    let rim = if is_shown { visuals.selection.stroke.color } else { visuals.widgets.noninteractive.bg_stroke.color };
    let inside = Rect::from_min_max(rect.min + vec2(4.0, 17.0), rect.max - vec2(4.0, 4.0));
    if let Some(a) = d.asymmetry() {
        let half = if a.flat == Side::Left {
            inside.with_min_x(inside.center().x)
        } else {
            inside.with_max_x(inside.center().x)
        };
        painter.rect_filled(half, 0.0, theme::color(FLOOR).gamma_multiply(0.22));
    }
    let finite: Vec<(f64, f64)> = d.points.iter().copied().filter(|p| p.1.is_finite()).collect();
    let range = |f: fn(&(f64, f64)) -> f64| {
        finite.iter().map(f).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)))
    };
    let ((left, right), (low, high)) = (range(|p| p.0), range(|p| p.1));
    if right > left {
        let place = |[x, y]: [f64; 2]| -> Pos2 {
            let across = ((x - left) / (right - left)) as f32;
            let up = if high > low { ((y - low) / (high - low)) as f32 } else { 0.5 };
            pos2(inside.left() + across * inside.width(), inside.bottom() - up * inside.height())
        };
        for line in placed(&d.points).0 {
            painter.line(line.into_iter().map(place).collect(), Stroke::new(1.4, theme::color(run_color(0))));
        }
    }
    let title = match d.asymmetry() {
        Some(a) => format!("c {:.2}  {}", a.c, d.name),
        None => d.name.clone(),
    };
    let at = rect.left_top() + vec2(5.0, 3.0);
    painter.text(at, Align2::LEFT_TOP, title, FontId::proportional(10.5), visuals.text_color());
    painter.rect_stroke(rect, 3.0, Stroke::new(if is_shown { 1.6 } else { 0.8 }, rim), StrokeKind::Inside);
    response.clicked()
}
