//! The start page: where one was, recent runs, something to try, and figures that are made in seconds.

use std::path::PathBuf;

use egui::{RichText, Ui, vec2};

use super::{
    action::{Action, Actions},
    background::Job,
    card_words, elide, opened,
    run_card::RunCard,
    theme,
    ui_command::UiCommand,
    workspace::Workspace,
};
use crate::{figure::colors, recipe};

/// What the page knows.
#[derive(Debug, Default)]
pub struct StartPage {
    /// `None` until they are read.
    pub cards: Option<Vec<RunCard>>,
    /// Whether they have been asked for since the page was last left.
    pub is_asked: bool,
}

/// What else the page is made of.
pub struct Around<'a> {
    /// Runs and files that were in the window last time.
    pub last_time: usize,
    pub recent: &'a [PathBuf],
    /// How far the samples are.
    pub samples: Option<f64>,
}

const CARD: egui::Vec2 = vec2(248.0, 96.0);
/// Minutes that a recipe may take to be offered here.
const QUICK: f64 = 0.15;

/// Draws the page.
pub fn ui(ui: &mut Ui, page: &StartPage, around: &Around<'_>, actions: &mut Actions) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::symmetric(28, 18)).show(ui, |ui| {
            ui.heading("Valleyscope");
            ui.label(RichText::new("Watch an optimizer walk a neural network's loss landscape.").weak());
            ui.add_space(12.0);
            begin(ui, around, actions);
            ui.add_space(16.0);
            ui.label(RichText::new("Recent runs").strong());
            ui.add_space(4.0);
            match &page.cards {
                None => drop(ui.label(RichText::new("Looking…").weak())),
                Some(cards) if cards.is_empty() => {
                    let words = "Every run that you start is kept in a file of its own and appears here.";
                    ui.label(RichText::new(words).weak());
                }
                Some(cards) => {
                    ui.horizontal_wrapped(|ui| {
                        ui.spacing_mut().item_spacing = vec2(10.0, 10.0);
                        cards.iter().for_each(|card| run_card(ui, card, actions));
                    });
                }
            }
            recent(ui, around.recent, actions);
            ui.add_space(16.0);
            ui.label(RichText::new("Figures of papers, made in seconds").strong());
            ui.add_space(4.0);
            ui.horizontal_wrapped(|ui| {
                for recipe in recipe::builtin().into_iter().flatten().filter(|recipe| recipe.minutes <= QUICK) {
                    let button = ui.button(&recipe.id).on_hover_text(format!("{}\n{}", recipe.title, recipe.paper));
                    if button.clicked() {
                        actions.ask(Action::Recipe(recipe.id.clone()));
                        actions.ask(Action::Do(UiCommand::Go(Workspace::Gallery)));
                    }
                }
            });
        });
    });
}

/// The large buttons.
fn begin(ui: &mut Ui, around: &Around<'_>, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        let large = |ui: &mut Ui, words: &str, help: &str, enabled: bool| {
            let button = egui::Button::new(RichText::new(words).strong()).min_size(vec2(150.0, 34.0));
            ui.add_enabled(enabled, button).on_hover_text(help).clicked()
        };
        if around.last_time > 0 {
            let files = if around.last_time == 1 { "file" } else { "files" };
            let words = format!("Continue where I was ({} {files})", around.last_time);
            if large(ui, &words, "Open again what was in the window last time", true) {
                actions.ask(Action::Continue);
            }
        }
        if large(ui, "Set up a run", "Data, network, optimizer, learning rate", true) {
            actions.ask(Action::Do(UiCommand::Go(Workspace::Walk)));
        }
        if large(ui, "Open files…", "Run files and checkpoints", true) {
            actions.ask(Action::OpenDialog);
        }
        let words = "SGD on handwritten digits, measured at every step; it is not kept unless you say so";
        if large(ui, "Watch the demonstration", words, true) {
            actions.ask(Action::Do(UiCommand::Demonstration));
        }
        let (words, help) = match around.samples {
            Some(share) => (format!("Training two samples: {:.0} %", 100.0 * share), "On the built-in digits"),
            None => {
                ("Try two samples".into(), "An SGD and a SAM minimum of the built-in digits: line, plane and surface")
            }
        };
        if large(ui, &words, help, around.samples.is_none()) {
            actions.ask(Action::Samples);
        }
        if large(ui, "Toy laboratory", "Exact landscapes of one and two dimensions", true) {
            actions.ask(Action::Do(UiCommand::Go(Workspace::Laboratory)));
        }
    });
}

fn run_card(ui: &mut Ui, card: &RunCard, actions: &mut Actions) {
    let (rect, button) = ui.allocate_exact_size(CARD, egui::Sense::click());
    let loss = card.loss.map_or(String::new(), |loss| format!("L {}", theme::value(loss)));
    let error = card.error.map_or(String::new(), |(of, share)| format!(" · {of} error {}", theme::percent(share)));
    let (numbers, state) = (format!("{loss}{error}"), format!("{} · {}", card.state, theme::ago(card.modified)));
    let lines = [card.label.as_str(), numbers.as_str(), state.as_str()].into_iter().filter(|line| !line.is_empty());
    let name = format!("Open run {}", lines.collect::<Vec<_>>().join(", "));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    let visuals = ui.style().interact(&button);
    ui.painter().rect(rect, 6.0, ui.visuals().faint_bg_color, visuals.bg_stroke, egui::StrokeKind::Inside);
    let inside = rect.shrink2(vec2(10.0, 8.0));
    let mut room = inside;
    let label = elide::fitting(ui, &card.label, &egui::TextStyle::Small, inside.width());
    let label = RichText::new(label).small().strong();
    for line in [label, RichText::new(numbers).small(), RichText::new(state).small().weak()] {
        room.min.y = card_words::draw(ui, room, egui::Align2::LEFT_TOP, line).bottom() + 2.0;
    }
    spark(ui, egui::Rect::from_min_max(egui::pos2(inside.left(), inside.bottom() - 26.0), inside.max), &card.spark);
    let hover = format!("{}\n{}", card.label, card.path.display());
    if button.on_hover_text(hover).clicked() {
        actions.ask(Action::Open(vec![Job::new(card.path.clone())]));
    }
}

/// Losses as a line without axes; what is not finite is a gap.
fn spark(ui: &Ui, rect: egui::Rect, losses: &[f64]) {
    let finite = || losses.iter().copied().filter(|loss| loss.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let color = theme::ink(ui, colors::run_color(0));
    let place = |i: usize, loss: f64| {
        let across = i as f32 / (losses.len() - 1).max(1) as f32;
        let up = if high > low { ((loss - low) / (high - low)) as f32 } else { 0.5 };
        egui::pos2(rect.left() + across * rect.width(), rect.bottom() - up * rect.height())
    };
    for (i, pair) in losses.windows(2).enumerate().filter(|(_, pair)| pair.iter().all(|loss| loss.is_finite())) {
        ui.painter().line_segment([place(i, pair[0]), place(i + 1, pair[1])], egui::Stroke::new(1.5, color));
    }
}

fn recent(ui: &mut Ui, paths: &[PathBuf], actions: &mut Actions) {
    if paths.is_empty() {
        return;
    }
    ui.add_space(16.0);
    ui.label(RichText::new("Opened lately").strong());
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        for path in paths {
            if ui.button(opened::short(path)).on_hover_text(path.display().to_string()).clicked() {
                actions.ask(Action::Open(vec![Job::new(path.clone())]));
            }
        }
    });
}
