//! The frame that all panels of measurements share: a row to ask and to follow, the form, what failed, a choice among
//! what was measured, a picture with a column beside it, and words where there is nothing yet.

use egui::{ComboBox, RichText, Ui};

use super::{beside::Beside, missing, progress};
use crate::{
    app::{
        action::{Action, Actions},
        form_of::FormOf,
        panel::{Panel, Window},
        panel_id::PanelId,
        phase::Phase,
        shelf::{Kind, Request, Shelf},
        theme,
        workspace::Workspace,
    },
    figure::text,
};

/// How a plot is moved.
pub const POINTER: &str = "Drag to pan, scroll to zoom, right-drag a box, double-click to see all.";

/// What a panel of measurements says and draws inside the frame.
pub trait Measures: Sync {
    type Kind: Kind;

    const ID: PanelId;
    const TITLE: &'static str;
    /// Room for the column beside the picture; `None` when there is none.
    const BESIDE: Option<Beside> = None;
    /// Whether one measurement is chosen to be shown, in a row of its own.
    const CHOOSES: bool = true;
    /// What an empty panel will show.
    const TEACHES: &'static str;
    /// Words and their definitions, with sources, for the "?".
    const HELP: &'static [(&'static str, &'static str)];

    /// What the button says, and what is said of it.
    fn button(&self, window: &Window<'_>) -> (&'static str, &'static str);

    /// Whether the form can be asked. Looked at in every frame: questions read no files.
    fn ready(&self, window: &Window<'_>) -> Result<(), String> {
        Self::Kind::questions(&shelf::<Self>(window).form, &window.asking()).map(drop)
    }

    /// On what it would be measured, in a few words.
    fn subject(&self, window: &Window<'_>) -> String {
        format!("on {}", window.desk.subject.words())
    }

    /// At the right of the first row, from the right to the left: what is done with what was found.
    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>);

    /// The form.
    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>);

    /// Whether there is something to draw.
    fn has_picture(&self, window: &Window<'_>) -> bool {
        shelf::<Self>(window).found().is_some()
    }

    /// Beside the choice of what is shown: how it is drawn.
    fn looks(&self, _ui: &mut Ui, _window: &mut Window<'_>) {}

    /// What was found, so high.
    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, height: f32);

    /// The numbers beside it.
    fn side(&self, _ui: &mut Ui, _window: &mut Window<'_>) {}

    /// In an empty panel, instead of [`Measures::TEACHES`].
    fn teaches(&self, _window: &Window<'_>) -> &'static str {
        Self::TEACHES
    }

    /// Under the definitions of the "?": how what is shown was measured.
    fn provenance(&self, window: &Window<'_>) -> Vec<String>;
}

fn shelf<'a, M: Measures + ?Sized>(window: &'a Window<'_>) -> &'a Shelf<M::Kind> {
    window.desk.surveys.of::<M::Kind>()
}

impl<M: Measures> Panel for M {
    fn id(&self) -> PanelId {
        M::ID
    }

    fn title(&self) -> &'static str {
        M::TITLE
    }

    fn workspace(&self) -> Workspace {
        Workspace::Checkpoints
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        draw(self, ui, window);
    }
}

fn draw<M: Measures>(panel: &M, ui: &mut Ui, window: &mut Window<'_>) {
    header(panel, ui, window);
    panel.controls(ui, window);
    // The newest has its bar in the header.
    let newest = shelf::<M>(window).measuring().map(|e| e.id);
    let Window { desk, actions, .. } = &mut *window;
    for entry in desk.surveys.of::<M::Kind>().entries.iter().filter(|e| Some(e.id) != newest) {
        progress::ui::<M::Kind>(ui, entry.id, &entry.phase, actions);
    }
    // It may have failed for want of its data, whose form stands in another panel.
    if desk.surveys.of::<M::Kind>().entries.iter().any(|e| matches!(e.phase, Phase::Failed(_))) {
        let (form, downloads) = (&desk.subject, &mut desk.downloads);
        missing::under(ui, &form.data.name, &form.data_dir, FormOf::Subject, downloads, actions);
    }
    if !panel.has_picture(window) {
        return empty(panel, ui, window);
    }
    ui.separator();
    if M::CHOOSES {
        chooser(panel, ui, window);
    }
    match M::BESIDE {
        Some(beside) => beside.ui(
            ui,
            window,
            |ui, window, height| panel.picture(ui, window, height),
            |ui, window| Measures::side(panel, ui, window),
        ),
        None => {
            let height = ui.available_height();
            panel.picture(ui, window, height);
        }
    }
}

fn header<M: Measures>(panel: &M, ui: &mut Ui, window: &mut Window<'_>) {
    ui.horizontal(|ui| {
        let ready = panel.ready(window);
        let (words, help) = panel.button(window);
        let button = ui.add_enabled(ready.is_ok(), egui::Button::new(RichText::new(words).strong()));
        let button = match &ready {
            Ok(()) => button.on_hover_text(help),
            Err(why) => button.on_disabled_hover_text(why),
        };
        if button.clicked() {
            window.actions.measure::<M::Kind>(M::ID);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            panel.tools(ui, window);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                match window.desk.surveys.of::<M::Kind>().measuring() {
                    Some(entry) => progress::ui::<M::Kind>(ui, entry.id, &entry.phase, &mut *window.actions),
                    None => subject(panel, ui, window, ready),
                }
            });
        });
    });
}

/// On what it is measured, or why it cannot be.
fn subject<M: Measures>(panel: &M, ui: &mut Ui, window: &mut Window<'_>, ready: Result<(), String>) {
    if let Err(why) = ready {
        ui.add(egui::Label::new(RichText::new(why).small().color(ui.visuals().warn_fg_color)).truncate());
        return;
    }
    let words = RichText::new(panel.subject(window)).small().weak();
    let link = ui.add(egui::Label::new(words).truncate().sense(egui::Sense::click()));
    if link.on_hover_text("Click: change data, network or batch norm").clicked() {
        window.actions.ask(Action::ShowPanel(PanelId::CHECKPOINTS));
    }
}

/// The button that opens the "?" card.
pub fn help<M: Measures>(panel: &M, ui: &mut Ui, window: &Window<'_>) {
    theme::help_button(ui, M::TITLE, |ui| {
        for (word, meaning) in M::HELP {
            theme::define(ui, word, meaning);
        }
        let provenance = panel.provenance(window);
        if !provenance.is_empty() {
            ui.separator();
        }
        for words in provenance {
            ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
        }
    });
}

/// A button that copies the command line of what was measured, where there is one.
pub fn command<K: Kind>(ui: &mut Ui, request: &Request<K>, actions: &mut Actions) {
    let Some(line) = K::command(request) else { return };
    let copy = ui.small_button("Command");
    let copy = copy.on_hover_ui(|ui| {
        ui.label(format!("Copy the command line that measures the same:\n{}", line()));
    });
    if copy.clicked() {
        actions.ask(Action::Copy(line()));
    }
}

/// Which measurement is shown, to be changed, taken out or brought back.
fn chooser<M: Measures>(panel: &M, ui: &mut Ui, window: &mut Window<'_>) {
    let shelf = shelf::<M>(window);
    let Some(shown) = shelf.chosen() else { return };
    let (id, name, word, request) = (shown.id, shown.name(), M::Kind::WORD, shown.request.clone());
    let all: Vec<_> = shelf.entries.iter().map(|e| (e.id, e.name())).collect();
    let has_removed = shelf.has_removed();
    let mut chosen = id;
    ui.horizontal_wrapped(|ui| {
        let combo = ComboBox::from_id_salt(("shown", word)).width(280.0).selected_text(name.clone()).truncate();
        let combo = combo.show_ui(ui, |ui| {
            for (id, name) in &all {
                ui.selectable_value(&mut chosen, *id, name);
            }
        });
        combo.response.on_hover_text(name).accessible_name(format!("{} shown", text::capital(word)));
        let remove = ui.small_button("×").on_hover_text(format!("Take this {word} out of the window"));
        remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Remove {word}")));
        if remove.clicked() {
            window.actions.ask(Action::RemoveSurvey(id));
        }
        command::<M::Kind>(ui, &request, window.actions);
        if has_removed && ui.small_button("Bring back").on_hover_text("What was taken out last").clicked() {
            window.actions.restore::<M::Kind>();
        }
        panel.looks(ui, window);
    });
    if chosen != id {
        window.desk.surveys.of_mut::<M::Kind>().choose(chosen);
    }
}

fn empty<M: Measures>(panel: &M, ui: &mut Ui, window: &mut Window<'_>) {
    if shelf::<M>(window).measuring().is_some() {
        return theme::teach(ui, "Files and data are being read; the first numbers are on their way…");
    }
    theme::teach(ui, panel.teaches(window));
    let word = M::Kind::WORD;
    ui.vertical_centered(|ui| {
        if shelf::<M>(window).has_removed() && ui.button(format!("Bring back the {word}")).clicked() {
            window.actions.restore::<M::Kind>();
        }
    });
}
