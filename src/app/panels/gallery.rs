//! The gallery: every figure that can be reproduced, a button to do it, and the verdicts.

use egui::{RichText, Ui};

use crate::{
    app::{
        action::{Action, Actions},
        content::Content,
        offer::Offer,
        panel::{Panel, Window},
        panel_id::PanelId,
        recipes::{Made, Recipes},
        theme,
        workspace::Workspace,
    },
    figure::{Theme, colors},
    recipe::{self, Recipe, Verdict},
};

/// See the module.
pub struct GalleryPanel;

impl Panel for GalleryPanel {
    fn id(&self) -> PanelId {
        PanelId::GALLERY
    }

    fn title(&self) -> &'static str {
        "Gallery"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Gallery
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window.recipes, window.actions);
    }
}

/// Draws the panel.
fn ui(ui: &mut Ui, recipes: &Recipes, actions: &mut Actions) {
    let all = match recipe::builtin() {
        Ok(all) => all,
        Err(e) => return drop(ui.colored_label(theme::error(ui), e.to_string())),
    };
    ui.add(egui::Label::new(
        RichText::new("Figures of papers, made again: each recipe makes its runs and checks what the paper claims. A claim that fails says FAIL.").weak(),
    ).wrap());
    ui.separator();
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for recipe in all {
            card(ui, recipe, recipes, actions);
            ui.add_space(6.0);
        }
    });
}

fn card(ui: &mut Ui, recipe: &Recipe, recipes: &Recipes, actions: &mut Actions) {
    let job = recipes.job.as_ref().filter(|j| j.id == recipe.id);
    egui::Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.add(egui::Label::new(RichText::new(&recipe.title).strong()).wrap());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                if job.is_some() {
                    if ui.button("Stop").clicked() {
                        actions.ask(Action::StopRecipe);
                    }
                } else {
                    let label = format!("Run {}", recipe.id);
                    let hint = format!("About {} on two CPU cores", minutes(recipe.minutes));
                    let button = ui.add_enabled(recipes.job.is_none(), egui::Button::new(label));
                    if button.on_hover_text(hint).clicked() {
                        actions.ask(Action::Recipe(recipe.id.clone()));
                    }
                }
            });
        });
        let source = format!("{}, {} · {}", recipe.paper, recipe.figure, minutes(recipe.minutes));
        ui.label(RichText::new(source).small().weak());
        ui.add(egui::Label::new(&recipe.shows).wrap());
        if let Some(job) = job {
            let eta = job.eta().map_or(String::new(), |s| format!(", {} to go", theme::duration(s)));
            ui.add(egui::ProgressBar::new(job.share as f32).text(format!("{}{eta}", job.what)));
        }
        match recipes.made.get(&recipe.id) {
            Some(made) => verdicts(ui, recipe, made, actions),
            None => {
                for claim in &recipe.claims {
                    ui.add(egui::Label::new(RichText::new(format!("•  {}", claim.text)).small()).wrap());
                }
            }
        }
        if recipe.full.is_some() {
            ui.horizontal(|ui| {
                let command = format!("valleyscope reproduce {} --full", recipe.id);
                if ui.small_button("Copy").on_hover_text("For a terminal: it takes a GPU and days").clicked() {
                    actions.ask(Action::Copy(command.clone()));
                }
                let words = format!("At the paper's own scale: {command}");
                ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate());
            });
        }
        if !recipe.note.is_empty() {
            ui.add(egui::Label::new(RichText::new(&recipe.note).small().weak()).wrap());
        }
    });
}

fn minutes(m: f64) -> String {
    if m < 1.0 { format!("{:.0} s", m * 60.0) } else { format!("{m:.0} min") }
}

fn verdicts(ui: &mut Ui, recipe: &Recipe, made: &Made, actions: &mut Actions) {
    let report = &made.report;
    for verdict in &report.verdicts {
        one(ui, verdict);
    }
    let dark = ui.visuals().dark_mode;
    if let Some(picture) = made.picture(dark) {
        let image = egui::Image::new(picture).alt_text(format!("Picture of {}", recipe.id));
        // As large as it was drawn, or as wide as there is room.
        ui.add(image.max_width(ui.available_width().min(picture.size_vec2().x)));
    }
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(format!("{} runs in {}", report.runs.len(), theme::duration(report.seconds))).small().weak(),
        );
        if ui.small_button("Picture…").on_hover_text("Save the figure: PNG, SVG, PDF or CSV").clicked() {
            let figure_theme = if dark { Theme::Dark } else { Theme::Light };
            let figure = recipe::figure(recipe, report, recipe.seeds[0], figure_theme);
            actions.offer(Offer::recipe(Content::Figure(figure), &recipe.id));
        }
    });
}

fn one(ui: &mut Ui, verdict: &Verdict) {
    let (word, color) = if verdict.passed() { ("PASS", colors::AVERAGED) } else { ("FAIL", colors::SAM) };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(word).strong().color(theme::color(color)));
        ui.label(&verdict.text);
    });
    ui.indent(&verdict.text, |ui| {
        for part in &verdict.parts {
            let mark = if part.holds { "" } else { "  (does not hold)" };
            let text = format!("{}: {}{mark}", part.label, part.number());
            ui.label(RichText::new(text).small().monospace());
        }
        ui.label(RichText::new(format!("threshold {}", verdict.threshold)).small().weak());
    });
}
