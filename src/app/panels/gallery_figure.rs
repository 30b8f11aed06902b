//! A figure of the gallery, whole: its picture, its claims, its numbers beside the paper's, and its runs.

use egui::{Grid, RichText, ScrollArea, Ui};

use crate::{
    app::{
        action::{Action, Actions},
        content::Content,
        kept_figure::{KeptFigure, KeptVerdict},
        offer::Offer,
        recipes::Recipes,
        theme,
    },
    figure::{Theme, colors},
    recipe::{self, Product, Recipe, Scale},
};

/// "9 min".
pub fn minutes(m: f64) -> String {
    if m < 1.0 { format!("{:.0} s", (m * 60.0).max(1.0)) } else { format!("{m:.0} min") }
}

/// Draws it, with a way back.
pub fn ui(ui: &mut Ui, recipe: &Recipe, recipes: &Recipes, actions: &mut Actions) {
    let job = recipes.job.as_ref().filter(|j| j.id == recipe.id);
    ui.horizontal(|ui| {
        if ui.button("← All figures").clicked() {
            actions.ask(Action::OpenFigure(None));
        }
        buttons(ui, recipe, recipes, actions);
    });
    if let Some(job) = job {
        let eta = job.eta().map_or(String::new(), |s| format!(", {} to go", theme::duration(s)));
        ui.add(egui::ProgressBar::new(job.share as f32).text(format!("{}{eta}", job.what)));
    }
    ui.separator();
    ScrollArea::vertical().id_salt(&recipe.id).auto_shrink([false, false]).show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(&recipe.title).heading()).wrap());
        let source = format!("{}, {} · {}", recipe.paper, recipe.figure, minutes(recipe.minutes));
        ui.label(RichText::new(source).weak());
        ui.add(egui::Label::new(&recipe.shows).wrap());
        ui.add_space(8.0);
        let made = recipes.made(&recipe.id);
        if let Some(picture) = made.and_then(|made| made.picture(ui.visuals().dark_mode)) {
            let image = egui::Image::new(picture).alt_text(format!("Picture of {}", recipe.id));
            // As large as it was drawn, or as wide as there is room.
            ui.add(image.max_width(ui.available_width().min(picture.size_vec2().x)));
            ui.add_space(8.0);
        }
        match made.and_then(|made| made.kept.as_ref()) {
            Some(kept) => results(ui, kept),
            None => {
                ui.label(RichText::new("Claims, to be checked when it is made").strong());
                for claim in &recipe.claims {
                    ui.add(egui::Label::new(format!("•  {}", claim.text)).wrap());
                }
            }
        }
        if !recipe.note.is_empty() {
            ui.add_space(8.0);
            ui.add(egui::Label::new(RichText::new(&recipe.note).weak()).wrap());
        }
        for (scale, words, hint) in [
            (Scale::Paper, "With the paper's networks", "For a terminal: it takes up to 40 minutes on two cores"),
            (Scale::Full, "At the paper's own scale", "For a terminal: it takes a GPU and days"),
        ] {
            if recipe.at(scale).is_none() {
                continue;
            }
            ui.horizontal(|ui| {
                let command = format!("valleyscope reproduce {} --scale {scale}", recipe.id);
                if ui.small_button("Copy").on_hover_text(hint).clicked() {
                    actions.ask(Action::Copy(command.clone()));
                }
                let words = format!("{words}: {command}");
                ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate());
            });
        }
    });
}

fn buttons(ui: &mut Ui, recipe: &Recipe, recipes: &Recipes, actions: &mut Actions) {
    if recipes.job.as_ref().is_some_and(|job| job.id == recipe.id) {
        if ui.button("Stop").clicked() {
            actions.ask(Action::StopRecipe);
        }
    } else {
        let button = ui.add_enabled(recipes.job.is_none(), egui::Button::new(format!("Run {}", recipe.id)));
        if button.on_hover_text(format!("About {} on two CPU cores", minutes(recipe.minutes))).clicked() {
            actions.ask(Action::Recipe(recipe.id.clone()));
        }
    }
    let report = recipes.made(&recipe.id).and_then(|made| made.report.as_ref());
    let again = "Run it first: only its picture and its numbers are kept for another day";
    let picture = ui.add_enabled(report.is_some(), egui::Button::new("Picture…"));
    let picture = picture.on_hover_text("Save the figure: PNG, SVG, PDF or CSV").on_disabled_hover_text(again);
    if let (true, Some(report)) = (picture.clicked(), report) {
        let theme = if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light };
        let figure = recipe::figure(recipe, report, recipe.seeds.first().copied().unwrap_or_default(), theme);
        actions.offer(Offer::recipe(Content::Figure(figure), &recipe.id));
    }
    let has_walks = report.is_some_and(|r| r.runs.iter().any(|run| matches!(run.product, Product::Walk(_))));
    let runs = ui.add_enabled(has_walks, egui::Button::new("Open its runs"));
    let runs = runs.on_hover_text("All its walks in the Walk workspace, to be compared there");
    let why = if report.is_some() { "It has no walks: its runs are experiments or studies" } else { again };
    if runs.on_disabled_hover_text(why).clicked() {
        actions.ask(Action::ShowRunsOf(recipe.id.clone()));
    }
}

fn results(ui: &mut Ui, kept: &KeptFigure) {
    let (held, of) = kept.score();
    ui.label(RichText::new(format!("Claims: {held} of {of} hold")).strong());
    for verdict in &kept.verdicts {
        one(ui, verdict);
    }
    if !kept.numbers.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new("The paper's numbers, at its own scale, and this run's").strong());
        Grid::new("paper's numbers").num_columns(4).spacing([18.0, 3.0]).striped(true).show(ui, |ui| {
            for head in ["", "paper", "this run", "source"] {
                ui.label(RichText::new(head).small().strong());
            }
            ui.end_row();
            for number in &kept.numbers {
                ui.label(RichText::new(&number.label).small());
                ui.label(RichText::new(&number.theirs).small().monospace());
                ui.label(RichText::new(&number.ours).small().monospace());
                ui.label(RichText::new(&number.source).small().weak());
                ui.end_row();
            }
        });
    }
    ui.add_space(6.0);
    let words = format!(
        "{} runs in {}, {}, with version {}",
        kept.runs,
        theme::duration(kept.seconds),
        theme::ago(kept.when()),
        kept.version
    );
    ui.label(RichText::new(words).small().weak());
}

fn one(ui: &mut Ui, verdict: &KeptVerdict) {
    let (word, color) = if verdict.passed { ("PASS", colors::AVERAGED) } else { ("FAIL", colors::SAM) };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(word).strong().color(theme::color(color)));
        ui.label(&verdict.text);
    });
    ui.indent(&verdict.text, |ui| {
        for part in &verdict.parts {
            let mark = if part.holds { "" } else { "  (does not hold)" };
            let text = format!("{}: {}{mark}", part.label, part.number);
            ui.label(RichText::new(text).small().monospace());
        }
        ui.label(RichText::new(format!("threshold {}", verdict.threshold)).small().weak());
    });
}
