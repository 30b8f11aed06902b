//! The gallery: a card for every figure that can be reproduced, with its picture and how its claims fared.

use egui::{RichText, ScrollArea, Ui, vec2};

use super::gallery_figure;
use crate::{
    app::{
        action::{Action, Actions},
        card_words,
        panel::{Panel, Window},
        panel_id::PanelId,
        plain::plain,
        recipes::Recipes,
        theme,
        workspace::Workspace,
    },
    figure::colors,
    recipe::{self, Recipe},
};

/// See the module.
pub struct GalleryPanel;

/// A card, and the picture on it.
const CARD: egui::Vec2 = vec2(268.0, 232.0);
const PICTURE: egui::Vec2 = vec2(252.0, 150.0);
/// Minutes that a recipe takes at most to count as quick.
const QUICK: f64 = 0.15;

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

/// Which cards are shown; for as long as the window is open.
#[derive(Clone, Debug, Default, PartialEq)]
struct Filter {
    paper: Option<String>,
    fate: Fate,
}

/// How the claims of a figure fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fate {
    #[default]
    Any,
    Passed,
    Failed,
    NotMade,
}

impl Fate {
    const ALL: [(Fate, &str); 4] = [
        (Fate::Any, "any verdict"),
        (Fate::Passed, "all pass"),
        (Fate::Failed, "some fail"),
        (Fate::NotMade, "not made"),
    ];

    fn is(self, score: Option<(usize, usize)>) -> bool {
        match (self, score) {
            (Fate::Any, _) | (Fate::NotMade, None) => true,
            (Fate::Passed, Some((held, of))) => held == of,
            (Fate::Failed, Some((held, of))) => held < of,
            (Fate::Passed | Fate::Failed, None) | (Fate::NotMade, Some(_)) => false,
        }
    }
}

fn score(recipes: &Recipes, id: &str) -> Option<(usize, usize)> {
    Some(recipes.made(id)?.kept.as_ref()?.score())
}

fn ui(ui: &mut Ui, recipes: &mut Recipes, actions: &mut Actions) {
    let all = match recipe::builtin() {
        Ok(all) => all,
        Err(e) => return drop(ui.colored_label(theme::error(ui), plain(e))),
    };
    recipes.look(ui.ctx());
    if let Some(open) = recipes.open.clone().and_then(|id| all.iter().find(|recipe| recipe.id == id)) {
        recipes.look_whole(&open.id, ui.visuals().dark_mode, ui.ctx());
        return gallery_figure::ui(ui, open, recipes, actions);
    }
    let kept = egui::Id::unique("gallery filter");
    let mut filter: Filter = ui.data(|d| d.get_temp(kept)).unwrap_or_default();
    header(ui, all, recipes, &mut filter, actions);
    ui.data_mut(|d| d.insert_temp(kept, filter.clone()));
    ui.separator();
    let shown: Vec<&Recipe> = all
        .iter()
        .filter(|r| {
            filter.paper.as_ref().is_none_or(|paper| *paper == r.paper) && filter.fate.is(score(recipes, &r.id))
        })
        .collect();
    if shown.is_empty() {
        return theme::teach(ui, "No figure is like that.");
    }
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, 10.0);
            shown.into_iter().for_each(|recipe| card(ui, recipe, recipes, actions));
        });
    });
}

fn header(ui: &mut Ui, all: &[Recipe], recipes: &Recipes, filter: &mut Filter, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let papers: std::collections::BTreeSet<&str> = all.iter().map(|r| r.paper.as_str()).collect();
        let shown = filter.paper.clone().unwrap_or_else(|| "all papers".into());
        let combo = egui::ComboBox::from_id_salt("paper").width(190.0).truncate().selected_text(shown);
        let combo = combo.show_ui(ui, |ui| {
            ui.selectable_value(&mut filter.paper, None, "all papers");
            for paper in papers {
                ui.selectable_value(&mut filter.paper, Some(paper.into()), paper);
            }
        });
        combo.response.accessible_name("Paper");
        let word = Fate::ALL.iter().find(|(fate, _)| *fate == filter.fate).map_or("", |(_, word)| word);
        let combo = egui::ComboBox::from_id_salt("fate").width(100.0).selected_text(word).show_ui(ui, |ui| {
            for (fate, word) in Fate::ALL {
                ui.selectable_value(&mut filter.fate, fate, word);
            }
        });
        combo.response.accessible_name("Verdict");
        ui.separator();
        let quick: Vec<String> = all.iter().filter(|r| r.minutes <= QUICK).map(|r| r.id.clone()).collect();
        match recipes.row() {
            Some((done, of)) => {
                let share = recipes.job.as_ref().map_or(0.0, |job| job.share);
                let bar = egui::ProgressBar::new(((done as f64 + share) / of as f64) as f32).desired_width(220.0);
                ui.add(bar.text(RichText::new(format!("{done} of {of} figures made")).small()));
                if ui.button("Stop all").on_hover_text("Those that are made stay").clicked() {
                    actions.ask(Action::StopRecipe);
                }
            }
            None => {
                let words = format!("Run all {} quick ones", quick.len());
                let button = ui.add_enabled(recipes.job.is_none(), egui::Button::new(words));
                if button.on_hover_text("Each takes some seconds on two CPU cores").clicked() {
                    actions.ask(Action::Recipes(quick));
                }
            }
        }
    });
}

/// A picture and two lines of text; the rest is behind it.
fn card(ui: &mut Ui, recipe: &Recipe, recipes: &Recipes, actions: &mut Actions) {
    let (rect, card) = ui.allocate_exact_size(CARD, egui::Sense::click());
    let source = format!("{}, {}", recipe.paper, recipe.figure);
    card.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Figure {}", recipe.id)));
    card_words::describe(&card, format!("{}. {source}", recipe.title));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let stroke = ui.style().interact(&card).bg_stroke;
    ui.painter().rect(rect, 6.0, ui.visuals().faint_bg_color, stroke, egui::StrokeKind::Inside);
    let place = egui::Rect::from_min_size(rect.min + vec2(8.0, 8.0), PICTURE);
    let made = recipes.made(&recipe.id);
    match made.and_then(|made| made.card(ui.visuals().dark_mode)) {
        Some(texture) => {
            let image = egui::Image::new(texture).maintain_aspect_ratio(true).fit_to_exact_size(PICTURE);
            let size = image.calc_size(PICTURE, Some(texture.size_vec2()));
            image.paint_at(ui, egui::Rect::from_center_size(place.center(), size));
        }
        None => {
            let words = "not made yet";
            let (font, ink) = (egui::FontId::proportional(12.0), ui.visuals().weak_text_color());
            ui.painter().text(place.center(), egui::Align2::CENTER_CENTER, words, font, ink);
        }
    }
    let mut room = egui::Rect::from_min_max(egui::pos2(place.left(), place.bottom() + 6.0), rect.max - vec2(8.0, 6.0));
    for line in [RichText::new(&recipe.title).strong(), RichText::new(source).small().weak()] {
        room.min.y = card_words::draw(ui, room, egui::Align2::LEFT_TOP, line).bottom() + 2.0;
    }
    // What changes and what can be done is no part of the card's name.
    let mut inner =
        ui.new_child(egui::UiBuilder::new().max_rect(room).layout(egui::Layout::top_down(egui::Align::Min)));
    inner.horizontal(|ui| {
        match (recipes.job.as_ref().filter(|job| job.id == recipe.id), made.and_then(|made| made.kept.as_ref())) {
            (Some(job), _) => {
                let bar = egui::ProgressBar::new(job.share as f32).desired_width(ui.available_width());
                let left = job.eta().map_or(String::new(), |s| format!("{} to go", theme::duration(s)));
                ui.add(bar.text(RichText::new(left).small()));
                return;
            }
            (None, Some(kept)) => {
                let (held, of) = kept.score();
                let color = if held == of { colors::AVERAGED } else { colors::SAM };
                let badge = format!("{held} of {of} claims");
                ui.add(
                    egui::Label::new(RichText::new(badge).small().strong().color(theme::color(color)))
                        .selectable(false),
                );
                let when = RichText::new(format!("· {}", theme::ago(kept.when()))).small().weak();
                ui.add(egui::Label::new(when).selectable(false));
            }
            (None, None) => {
                let words = format!("{} claims · {}", recipe.claims.len(), gallery_figure::minutes(recipe.minutes));
                ui.add(egui::Label::new(RichText::new(words).small().weak()).selectable(false));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let run = ui.add_enabled(recipes.job.is_none(), egui::Button::new("Run").small());
            run.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Run {}", recipe.id)));
            let hint = format!("About {} on two CPU cores", gallery_figure::minutes(recipe.minutes));
            if run.on_hover_text(hint).clicked() {
                actions.ask(Action::Recipe(recipe.id.clone()));
            }
        });
    });
    if card.on_hover_text(format!("{}\n{}", recipe.title, recipe.shows)).clicked() {
        actions.ask(Action::OpenFigure(Some(recipe.id.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_found_by_its_word_and_by_any() {
        for score in [None, Some((2, 2)), Some((1, 2))] {
            let found: Vec<Fate> = Fate::ALL.into_iter().map(|(fate, _)| fate).filter(|f| f.is(score)).collect();
            assert!(found.len() == 2 && found[0] == Fate::Any, "{score:?}: {found:?}");
        }
    }
}
