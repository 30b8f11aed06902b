//! The slices of a valley: one large, the most asymmetric ones small beside each other.

use egui::{
    FontId, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, Ui, pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use crate::{
    app::{
        chart::{self, Hand, Hover, Interaction},
        kinds::valley::{Large, ValleyEntry, ValleyShown},
        shelf::SurveyId,
        theme,
    },
    explore::{DirectionReport, ShiftReport},
    figure::{
        self, Kind, Marker, Panel, Series,
        colors::{FLOOR, run_color},
        text::literal,
        valley_shift, valley_slices,
    },
    history::Curve,
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
    let (id, zeta) = (entry.id, entry.request.zeta);
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
        Some(shift) => shift_plot(ui, shift, &found.report.directions[number].name, number, room),
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

/// Plots can be moved by hand, and their numbers stand above them.
fn show(ui: &mut Ui, id: (&str, usize, u64), panel: &Panel, height: f32, words: &str) -> chart::Shown {
    let how = Interaction {
        hand: Hand::Free { group: None },
        hover: Hover::At(None),
        y_width: 60.0,
        apart: [80.0, 36.0],
        dots: if id.0 == "slice" { usize::MAX } else { 0 },
        ..Interaction::default()
    };
    let note = figure::note(panel, figure::ranges(panel).0);
    chart::above(ui, words, note.as_deref());
    let size = vec2(ui.available_width(), height - chart::ABOVE - ui.spacing().item_spacing.y);
    chart::show(ui, &format!("{} {} {}", id.0, id.1, id.2), panel, size, &how)
}

/// One slice, with ±ζ and the lines that the judgement goes by.
fn slice_plot(ui: &mut Ui, found: &ValleyShown, (id, zeta): (SurveyId, f64), number: usize, height: f32) {
    let d = &found.report.directions[number];
    let mut panel = valley_slices(&found.report, &[number]);
    panel.markers = [-zeta, zeta].map(|x| Marker { x, label: String::new() }).into();
    let lines = d.asymmetry().map(|a| bounds(a, d, zeta)).into_iter().flatten();
    panel.series.extend(lines.map(|line| Series {
        name: "bound".into(),
        in_legend: false,
        color: FLOOR,
        kind: Kind::Dashed,
        curve: Curve::through(line),
    }));
    let shown = show(ui, ("slice", number, id), &panel, height, &literal(&words(d)));
    shown.named(&format!("Slice along {}", d.name));
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

fn shift_plot(ui: &mut Ui, shift: &ShiftReport, name: &str, number: usize, height: f32) {
    let panel = valley_shift(shift, name, run_color(0));
    let words = match &shift.outcome {
        Some(Ok(s)) => format!(
            "training solid, test dotted, shifted by δ = {} dashed: ξ = {}, without a shift {}",
            theme::value(s.delta),
            theme::value(s.gap),
            theme::value(s.unshifted_gap)
        ),
        _ => "training solid, test dotted".into(),
    };
    show(ui, ("shift", number, 0), &panel, height, &words).named("Test against training loss");
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
        for line in Curve::through(d.points.iter().map(|p| [p.0, p.1])).lines {
            painter.line(line.into_iter().map(place).collect(), Stroke::new(1.4, theme::color(run_color(0))));
        }
    }
    let title = match d.asymmetry() {
        Some(a) => format!("c {:.2}  {}", a.c, d.name),
        None => d.name.clone(),
    };
    let mut title = LayoutJob::simple_singleline(title, FontId::proportional(10.5), visuals.text_color());
    title.wrap = TextWrapping::truncate_at_width(rect.width() - 10.0);
    let title = painter.layout_job(title);
    painter.galley(rect.left_top() + vec2(5.0, 3.0), title, visuals.text_color());
    painter.rect_stroke(rect, 3.0, Stroke::new(if is_shown { 1.6 } else { 0.8 }, rim), StrokeKind::Inside);
    response.clicked()
}
