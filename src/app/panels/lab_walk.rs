//! One walk: the transport, the picture of the landscape, and what happened over time.

use eframe::egui_wgpu::RenderState;
use egui::{ComboBox, RichText, Ui, vec2};

use super::{lab_line, lab_map, lab_solid};
use crate::{
    app::{
        action::Actions,
        chart::{self, Interaction},
        content::Content,
        icon::{self, Icon},
        lab::{
            Lab,
            clock::SPEEDS,
            plots::{self, Quantity},
        },
        offer::Offer,
        plain::plain,
        theme,
    },
    figure::{self, colors::dynamics_color},
};

/// Width of the plots beside the picture, and of a panel too narrow for them there.
const PLOTS: f32 = 238.0;
const NARROW: f32 = 600.0;
/// Height of a line of the numbers under the plots.
const ROW: f32 = 19.0;

/// Draws the page.
pub fn ui(ui: &mut Ui, lab: &mut Lab, gpu: Option<&RenderState>, actions: &mut Actions) {
    transport(ui, lab);
    looks(ui, lab, actions);
    if let Err(why) = lab.session() {
        return theme::teach(ui, &format!("There is nothing to walk on: {}.", plain(why)));
    }
    let room = ui.available_size();
    if room.x < NARROW {
        let area = egui::ScrollArea::vertical().id_salt("lab walk").auto_shrink([false, false]);
        area.show(ui, |ui| {
            picture(ui, lab, gpu, vec2(ui.available_width(), (room.y - 56.0).max(230.0)), actions);
            over_time(ui, lab, 92.0, actions);
        });
        return;
    }
    ui.horizontal_top(|ui| {
        let width = room.x - PLOTS - 8.0;
        ui.allocate_ui(vec2(width, room.y), |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                picture(ui, lab, gpu, vec2(width, room.y), actions);
            });
        });
        ui.vertical(|ui| {
            ui.set_width(PLOTS);
            let rows = lab.session().map_or(0, |s| s.trails().len() + 1) as f32;
            let height = ((room.y - ROW * rows - 8.0) / 3.0 - 32.0).clamp(60.0, 210.0);
            over_time(ui, lab, height, actions);
        });
    });
}

fn picture(ui: &mut Ui, lab: &mut Lab, gpu: Option<&RenderState>, size: egui::Vec2, actions: &mut Actions) {
    let is_line = lab.session().is_ok_and(|s| s.is_line());
    if is_line {
        lab_line::ui(ui, lab, size);
    } else if lab.look.solid {
        ui.allocate_ui(size, |ui| lab_solid::ui(ui, lab, gpu, actions));
    } else {
        lab_map::ui(ui, lab, size);
    }
}

fn transport(ui: &mut Ui, lab: &mut Lab) {
    let t = lab.session().map_or(0, |s| s.t());
    let can = lab.session().is_ok_and(|s| !s.trails().is_empty());
    ui.horizontal(|ui| {
        let button = |ui: &mut Ui, icon, name, help: &str, enabled| {
            icon::button(ui, icon, name, enabled, 22.0).on_hover_text(help).clicked()
        };
        if button(ui, Icon::Rewind, "Back to the start", "Home", can && t > 0) {
            lab.rewind();
        }
        if button(ui, Icon::Back, "One step back", "←. Shift+← ten. It returns exactly", can && t > 0) {
            lab.back(1);
        }
        if lab.clock.is_running {
            if button(ui, Icon::Pause, "Hold the walk", "Space", can) {
                lab.toggle_running();
            }
        } else if button(ui, Icon::Play, "Run the walk", "Space", can) {
            lab.toggle_running();
        }
        if button(ui, Icon::Step, "One step", "→. Shift+→ ten", can) {
            lab.step(1);
        }
        let name = ui.label("Speed").on_hover_text("Steps a second");
        let words = |k: usize| format!("{} steps/s", SPEEDS[k]);
        let combo = ComboBox::from_id_salt("walk speed").width(86.0).selected_text(words(lab.clock.speed));
        let shown = combo.show_ui(ui, |ui| {
            for k in 0..SPEEDS.len() {
                ui.selectable_value(&mut lab.clock.speed, k, words(k));
            }
        });
        shown.response.labelled_by(name.id);
        ui.label(RichText::new(format!("t = {}", theme::grouped(t))).monospace());
        if !can {
            ui.label(RichText::new("choose a rule at the left").color(ui.visuals().warn_fg_color));
        }
    });
}

/// What is drawn over the landscape.
fn looks(ui: &mut Ui, lab: &mut Lab, actions: &mut Actions) {
    let is_line = lab.session().is_ok_and(|s| s.is_line());
    let mut log = lab.scale() == crate::figure::Scale::Log10;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if !is_line {
            let solid = ui.toggle_value(&mut lab.look.solid, "3-D");
            solid.on_hover_text("The landscape as a surface to turn in the hand, with the walk on it");
        }
        if !is_line && !lab.look.solid {
            if ui.toggle_value(&mut log, "Log").on_hover_text("Colours by the logarithm of the loss").changed() {
                lab.look.log = Some(log);
            }
            ui.toggle_value(&mut lab.look.contours, "Contours").on_hover_text("14 lines of equal loss");
        }
        let is_flat = is_line || !lab.look.solid;
        if is_flat {
            ui.toggle_value(&mut lab.look.gradient, "Gradient").on_hover_text("Arrows along −∇L");
        }
        if is_flat && !is_line {
            ui.toggle_value(&mut lab.look.noise, "Noise").on_hover_text("The ellipse of the next step's noise");
            ui.toggle_value(&mut lab.look.hessian, "Hessian").on_hover_text("The axes of the curvature");
        }
        if is_flat {
            let help = "The largest L in the ρ-ball, its minimum, and where a theorem puts it";
            ui.toggle_value(&mut lab.look.perturbed, "Perturbed loss").on_hover_text(help);
        }
        let kinds: Vec<_> =
            lab.session().map(|s| s.trails().iter().map(|t| t.spec().kind).collect()).unwrap_or_default();
        if kinds.len() > 1 && is_flat && !is_line {
            let combo = ComboBox::from_id_salt("followed").width(78.0).selected_text(lab.focus.to_string());
            let shown = combo.show_ui(ui, |ui| {
                for kind in kinds {
                    ui.selectable_value(&mut lab.focus, kind, kind.to_string());
                }
            });
            let help = "The rule whose gradient, noise and curvature are drawn";
            shown.response.accessible_name("Followed rule").on_hover_text(help);
        }
        if lab.view.is_held() && ui.small_button("See all").on_hover_text("Or double-click the picture").clicked() {
            lab.view.reset();
        }
        let export = icon::button(ui, Icon::Save, "Export the picture", true, 17.0);
        if export.on_hover_text("Save the picture: PNG, SVG, PDF or CSV").clicked()
            && let Some(figure) = super::lab_picture::figure(lab, theme::page(ui))
        {
            let name = format!("landscape {}", figure.title);
            actions.offer(Offer::new(Content::Figure(figure), &name));
        }
    });
}

fn over_time(ui: &mut Ui, lab: &mut Lab, height: f32, actions: &mut Actions) {
    let mut log = lab.look.log_loss;
    {
        let Ok(session) = lab.session() else { return };
        for quantity in Quantity::ALL {
            let width = ui.available_width();
            let panel = plots::panel(session, quantity, log, Some(width.max(40.0) as usize));
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.label(theme::markup_job(
                    quantity.title(),
                    egui::FontId::proportional(11.5),
                    ui.visuals().strong_text_color(),
                ));
                theme::help_button(ui, quantity.name(), |ui| theme::define(ui, quantity.name(), quantity.definition()));
                let export = icon::button(ui, Icon::Save, &format!("Export {}", quantity.name()), true, 15.0);
                if export.on_hover_text("Save this plot: PNG, SVG, PDF or CSV").clicked() {
                    let about = session.about();
                    let title = format!("{}: {}", about.title, quantity.name());
                    let figure = plots::page(
                        title,
                        about.source.into(),
                        vec![plots::panel(session, quantity, log, None)],
                        theme::page(ui),
                    );
                    let name = format!("{} {}", quantity.name().to_lowercase(), about.title);
                    actions.offer(Offer::new(Content::Figure(figure), &name));
                }
                if quantity == Quantity::Loss {
                    let can = plots::has_logarithm(session);
                    let toggle = egui::Button::selectable(log && can, RichText::new("log").small());
                    let toggle = ui.add_enabled(can, toggle).on_hover_text("Logarithmic axis");
                    if toggle.on_disabled_hover_text("Not every loss is above 0").clicked() {
                        log = !log;
                    }
                }
                let lost = session.trails().iter().filter(|_| quantity == Quantity::Loss);
                let lost = lost.filter_map(|t| Some(format!("{} diverged at {}", t.spec().kind, t.diverged()?)));
                let said: Vec<String> = lost.chain(figure::note(&panel, figure::ranges(&panel).0)).collect();
                if !said.is_empty() {
                    ui.add(egui::Label::new(RichText::new(said.join(", ")).small().color(theme::error(ui))).truncate());
                }
            });
            let size = vec2(ui.available_width(), height);
            let shown = chart::show(ui, quantity.name(), &panel, size, &Interaction::default());
            shown.named(&format!("{} over iterations", quantity.name()));
        }
    }
    lab.look.log_loss = log;
    now(ui, lab);
}

/// The last numbers of every rule.
fn now(ui: &mut Ui, lab: &Lab) {
    let Ok(session) = lab.session() else { return };
    let heads: &[&str] =
        if session.is_line() { &["rule", "L(w)", "w"] } else { &["rule", "L(w)", "w, first", "w, last"] };
    egui::Grid::new("walk now").num_columns(heads.len()).spacing([8.0, 1.0]).min_row_height(ROW - 1.0).show(ui, |ui| {
        for head in heads {
            ui.label(RichText::new(*head).small().weak());
        }
        ui.end_row();
        for trail in session.trails() {
            let (kind, p) = (trail.spec().kind, trail.now());
            ui.label(RichText::new(kind.to_string()).small().color(theme::ink(ui, dynamics_color(kind))));
            let number = |x: f64| RichText::new(short(x)).small().monospace();
            ui.label(number(p.loss)).on_hover_text("L(w_t)");
            ui.label(number(p.at[0])).on_hover_text("w_t, first coordinate");
            if !session.is_line() {
                ui.label(number(p.at[1])).on_hover_text("w_t, last coordinate");
            }
            ui.end_row();
        }
    });
}

/// Four digits: there is room for no more beside the plots.
fn short(x: f64) -> String {
    let text = if x.is_finite() && (x == 0.0 || (1e-3..1e4).contains(&x.abs())) {
        format!("{x:.4}")
    } else {
        format!("{x:.1e}")
    };
    text.replace('-', "−")
}
