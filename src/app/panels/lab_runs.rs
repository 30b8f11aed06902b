//! Many runs: how often they succeed, when they arrive, where they end.

use std::sync::Arc;

use egui::{Color32, ComboBox, DragValue, FontId, Pos2, Rect, RichText, Shape, Stroke, Ui, Vec2, pos2, vec2};

use super::{
    lab_frame::{self, Frame, Spec},
    lab_map, lab_rates,
};
use crate::{
    app::{
        action::Actions,
        chart::{self, Interaction},
        content::Content,
        icon::{self, Icon},
        lab::{
            Lab,
            closed::Law,
            run_plots,
            runs::{self, Found},
            session::Session,
            setup::MOST_RUNS,
            summary::Summary,
        },
        offer::Offer,
        theme,
    },
    figure::{Panel, colors::dynamics_color},
    toy::{
        ensemble::{Region, SuccessRule},
        surfaces::SurfaceSpec,
    },
};

/// Width of the column beside the picture, and of a panel too narrow for it there.
const SIDE: f32 = 286.0;
const NARROW: f32 = 620.0;
/// Up to so many ends are dots.
const DOTS: usize = 3000;

/// Draws the page.
pub fn ui(ui: &mut Ui, lab: &mut Lab, actions: &mut Actions) {
    let spec = lab.setup.ensemble();
    lab.runs.take_in();
    if lab.session().is_ok() && !spec.dynamics.is_empty() {
        lab.runs.follow(&spec, ui.ctx());
    }
    controls(ui, lab, actions);
    if let Some(why) = lab.runs.refusal(&spec) {
        ui.add(egui::Label::new(RichText::new(why).color(theme::error(ui))).wrap());
    }
    let Some(found) = lab.runs.found().filter(|f| f.spec.surface.name() == spec.surface.name()).cloned() else {
        return empty(ui, lab);
    };
    let room = ui.available_size();
    if room.x < NARROW {
        egui::ScrollArea::vertical().id_salt("lab runs").auto_shrink([false, false]).show(ui, |ui| {
            lab_rates::ui(ui, lab, &found);
            picture(ui, lab, &found, vec2(ui.available_width(), 300.0));
            plots(ui, &found, lab.setup.rule, 110.0, actions);
        });
        return;
    }
    ui.horizontal_top(|ui| {
        let width = room.x - SIDE - 8.0;
        ui.allocate_ui(vec2(width, room.y), |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                picture(ui, lab, &found, vec2(width, room.y));
            });
        });
        ui.vertical(|ui| {
            ui.set_width(SIDE);
            egui::ScrollArea::vertical().id_salt("lab runs side").auto_shrink([false, false]).show(ui, |ui| {
                lab_rates::ui(ui, lab, &found);
                plots(ui, &found, lab.setup.rule, 118.0, actions);
            });
        });
    });
}

fn controls(ui: &mut Ui, lab: &mut Lab, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let name = ui.label("runs").on_hover_text("Of every rule. Up to 100 they follow the sliders by themselves");
        let drag = DragValue::new(&mut lab.setup.runs).range(1..=MOST_RUNS).speed(5.0);
        ui.add(drag).labelled_by(name.id);
        ui.label(RichText::new("or").weak());
        for preset in [100, 2000, 10_000, 100_000] {
            if ui.small_button(theme::grouped(preset)).on_hover_text("So many runs of every rule").clicked() {
                lab.setup.runs = preset;
            }
        }
        let name = ui.label("steps");
        ui.add(DragValue::new(&mut lab.setup.steps).range(1..=100_000).speed(2.0)).labelled_by(name.id);
        let help = "final: the last iterate is in the region; ever: any one was; majority: more than half were";
        let name = ui.label("success").on_hover_text(help);
        let combo = ComboBox::from_id_salt("success rule").width(78.0).selected_text(lab.setup.rule.to_string());
        let shown = combo.show_ui(ui, |ui| {
            for rule in SuccessRule::ALL {
                ui.selectable_value(&mut lab.setup.rule, *rule, rule.to_string());
            }
        });
        shown.response.labelled_by(name.id).on_hover_text(help);
        help_button(ui, lab);
    });
    let spec = lab.setup.ensemble();
    ui.horizontal(|ui| {
        if let Some(status) = lab.runs.status() {
            if ui.button("Stop the runs").on_hover_text("What is done stays").clicked() {
                lab.runs.stop();
            }
            let eta = status.eta.map_or(String::new(), |s| format!(", {} to go", theme::duration(s)));
            let words = format!("{} of {}{eta}", theme::grouped(status.done), theme::grouped(status.total));
            let bar = egui::ProgressBar::new(status.done as f32 / status.total.max(1) as f32).desired_width(220.0);
            ui.add(bar.text(RichText::new(words).small()));
            ui.ctx().request_repaint_after_secs(0.2);
            return;
        }
        let found = lab.runs.found().cloned();
        let is_shown = found.as_ref().is_some_and(|f| f.spec == spec && f.is_whole);
        if !runs::is_small(&spec) && !is_shown {
            let can = !spec.dynamics.is_empty() && lab.session().is_ok();
            let button = egui::Button::new(RichText::new("Run the ensemble").strong());
            if ui.add_enabled(can, button).on_hover_text("In the background; it can be stopped").clicked() {
                lab.runs.start(spec.clone(), ui.ctx());
            }
        }
        if let Some(found) = found {
            let words = format!("{} runs of each in {}", theme::grouped(found.done), took(found.seconds));
            ui.label(RichText::new(words).small().weak());
            if found.spec != spec {
                let words = RichText::new("of other settings").small().color(ui.visuals().warn_fg_color);
                ui.label(words).on_hover_text("What is shown was run with settings that have changed since");
            }
            if ui
                .small_button("Export the ensemble…")
                .on_hover_text("All plots and numbers: PNG, SVG, PDF or CSV")
                .clicked()
            {
                let title = lab.session().map_or("An ensemble", |s| s.about().title);
                let figure = run_plots::figure(&found, lab.setup.rule, title, theme::page(ui));
                actions.offer(Offer::new(Content::Figure(figure), &format!("ensemble {title}")));
            }
        }
    });
}

fn took(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", 1000.0 * seconds) } else { format!("{seconds:.1} s") }
}

fn help_button(ui: &mut Ui, lab: &Lab) {
    theme::help_button(ui, "the ensemble", |ui| {
        for (word, meaning) in [
            (
                "success",
                "A run succeeds when its last iterate (final: the rule of the noise paper's released code), any iterate (ever) or more than half of them (majority) are in the region. Whiskers are Wilson's 95 % intervals.",
            ),
            (
                "seeded",
                "Run k of a rule is the same whatever the number of runs and threads; run 0 is the walk of the first page.",
            ),
            (
                "closed forms",
                "On a quadratic well: dashed is the exact law of the discrete walk, dotted the noise paper's Eq. (13), dashed ellipses are twice the stationary spread. In one dimension and from the minimum: the mean exit time that the exponent of Theorem 2.2.5 belongs to (SAM thesis).",
            ),
        ] {
            theme::define(ui, word, meaning);
        }
        if let Ok(session) = lab.session() {
            theme::define(ui, "the region here", &region_words(&Region::usual(&**session.surface())));
        }
    });
}

fn region_words(region: &Region) -> String {
    let place = |w: &[f64]| w.iter().map(|x| theme::value(*x)).collect::<Vec<_>>().join(", ");
    match region {
        Region::Below { bound } => format!("all coordinates below {}", theme::value(*bound)),
        Region::Near { centre, radius } => format!("within {} of ({})", theme::value(*radius), place(centre)),
        Region::Far { centre, radius } => format!("farther than {} from ({})", theme::value(*radius), place(centre)),
        Region::Above { loss } => format!("L at least {}", theme::value(*loss)),
    }
}

fn empty(ui: &mut Ui, lab: &Lab) {
    if lab.setup.kinds.is_empty() {
        return theme::teach(ui, "Choose one rule or more at the left: many runs of each are made and compared.");
    }
    theme::teach(
        ui,
        "Here many runs of every rule are compared: how often they reach the region, when, and where they end. Up to a few hundred \
         they follow the sliders by themselves; larger ensembles are run in the background.",
    );
}

fn plots(ui: &mut Ui, found: &Found, rule: SuccessRule, height: f32, actions: &mut Actions) {
    let page = theme::page(ui);
    let mut one = |ui: &mut Ui, panel: Panel, name: &str, help: &str| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(theme::markup_job(&panel.title, FontId::proportional(11.5), ui.visuals().strong_text_color()));
            theme::help_button(ui, name, |ui| theme::define(ui, name, help));
            let export = icon::button(ui, Icon::Save, &format!("Export {name}"), true, 15.0);
            if export.on_hover_text("Save this plot: PNG, SVG, PDF or CSV").clicked() {
                let figure = run_plots::figure(found, rule, name, page);
                let panels = vec![panel.clone()];
                let figure = crate::figure::Figure { panels, height: 440, title: name.into(), ..figure };
                actions.offer(Offer::new(Content::Figure(figure), &format!("ensemble {}", name.to_lowercase())));
            }
        });
        let size = vec2(ui.available_width(), height);
        chart::show(ui, name, &panel, size, &Interaction::default()).named(&format!("{name} of the ensemble"));
    };
    let help = "In percent of all runs, when the region was reached for the first time. From the minimum of a one-dimensional well the closed form is dashed: exponential with the mean exit time of the discrete walk (SAM thesis, Theorem 2.2.5 and section 2.2).";
    one(ui, run_plots::passages(found), "First passage", help);
    if let Some(panel) = run_plots::losses(found) {
        let help = "The mean of L(w_t) over the first 400 runs with its 95 % interval. Dashed: the exact law of the discrete walk. Dotted: the Ornstein-Uhlenbeck process, noise paper Eq. (13), ¼ Tr((I − e^(−2Hηt)) Σ/η), with what is left of the start.";
        one(ui, panel, "Mean loss", help);
    }
    let help = "Tr(HΣ) at every iterate before a step, the mean over all runs: the escape indicator of the noise paper, section 3.";
    one(ui, run_plots::trace(found), "Mean escape indicator", help);
}

/// Where runs end: over the map, or over the line.
fn picture(ui: &mut Ui, lab: &mut Lab, found: &Arc<Found>, size: Vec2) {
    if lab.session().is_ok_and(Session::is_line) {
        return line(ui, lab, found, size);
    }
    let Some(bounds) = lab.bounds() else { return };
    let size = vec2(size.x, (size.y - 20.0).max(120.0));
    lab.update_map(ui.ctx(), bounds, size);
    lab.density.update(ui.ctx(), found, lab.runs.version(), lab.only);
    let only = lab.only;
    let shown: Vec<&Summary> = found.summaries.iter().filter(|s| only.is_none_or(|k| s.kind() == k)).collect();
    let is_dotted = shown.iter().map(|s| s.runs as usize).sum::<usize>() <= DOTS;
    let Ok(session) = lab.session() else { return };
    let labels = session.cut().labels();
    let spec = Spec { name: "Where the runs end", labels, size, bounds, ground: lab.map.ground() };
    let mut view = lab.view;
    let frame = lab_frame::show(ui, spec, &mut view, Vec::new());
    let painter = ui.painter().with_clip_rect(frame.rect());
    if let Some(density) = lab.density.texture().filter(|_| !is_dotted) {
        // Densities are seen better on a darker ground.
        painter.rect_filled(frame.rect(), 0.0, theme::shade(150));
        let [x, y] = found.window;
        let place = Rect::from_two_pos(frame.at([x[0], y[0]]), frame.at([x[1], y[1]]));
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(density.id(), place, whole, Color32::WHITE);
    }
    lab_map::region(&painter, &frame, session);
    lab_map::stars(&painter, &frame, session, None);
    for s in &shown {
        let color = theme::ink(ui, dynamics_color(s.kind()));
        if is_dotted {
            for end in s.ends.iter().filter(|p| p.iter().all(|x| x.is_finite())) {
                painter.circle(frame.at(*end), 2.6, color, Stroke::new(0.8, theme::glow(200)));
            }
        }
        spread(&painter, &frame, found, s, color);
    }
    lab.view = view;
    let beyond: u64 = shown.iter().map(|s| s.beyond).sum();
    let what = if is_dotted { "dots are last positions" } else { "colours are densities of last positions" };
    let words = match beyond {
        0 => format!("{what}; the dashed line is the edge of the region"),
        n => format!("{what}; {} runs end outside of the landscape's own window", theme::grouped(n)),
    };
    ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate());
    lab_frame::place(lab, &frame, bounds);
}

/// Twice the stationary spread, where it is known.
fn spread(painter: &egui::Painter, frame: &Frame, found: &Found, s: &Summary, color: Color32) {
    let SurfaceSpec::Quadratic { dim, .. } = found.spec.surface else { return };
    let Some(law) = Law::of(&found.spec.surface, &s.spec, &found.start) else { return };
    let radii = [law.spread()[0], law.spread()[dim - 1]].map(|v| 2.0 * v.sqrt());
    if !(radii.iter().all(|r| r.is_finite()) && radii[0] > 0.0) {
        return;
    }
    let around = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / 90.0).sin_cos();
        frame.at([radii[0] * cos, radii[1] * sin])
    };
    let points: Vec<Pos2> = (0..=90).map(around).collect();
    painter.extend(Shape::dashed_line(&points, Stroke::new(3.0, theme::glow(170)), 6.0, 4.0));
    painter.extend(Shape::dashed_line(&points, Stroke::new(1.7, color), 6.0, 4.0));
}

fn line(ui: &mut Ui, lab: &mut Lab, found: &Found, size: Vec2) {
    let (Some(mut ends), Some(mut curve)) = (run_plots::ends(found), super::lab_picture::line_panel(lab)) else {
        return;
    };
    if let Some(only) = lab.only {
        ends.series.retain(|s| s.name.starts_with(&only.to_string()));
    }
    curve.x_range = ends.x_range;
    curve.series.retain(|s| s.kind != crate::figure::Kind::Points);
    let height = (size.y - 70.0) / 2.0;
    ui.label(RichText::new("Where the runs end").small().strong());
    let size = vec2(size.x, height);
    chart::show(ui, "ends", &ends, size, &Interaction::default()).named("Where the runs end");
    ui.label(RichText::new("The landscape").small().strong());
    chart::show(ui, "landscape below", &curve, size, &Interaction::default()).named("The landscape");
}
