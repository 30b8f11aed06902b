//! What stands above the table: search, columns, groups, what can be taken back, and the sweep.

use egui::{Popup, PopupCloseBehavior, Response, RichText, ScrollArea, TextEdit, Ui};

use crate::app::{
    action::{Action, Actions},
    queue::Queue,
    store::Store,
    table::{Arranged, Column, Look, Setting},
};

/// Draws the line of switches.
pub fn ui(ui: &mut Ui, store: &mut Store, look: &mut Look, arranged: &Arranged, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let name = ui.label("Search runs");
        let field = TextEdit::singleline(&mut look.query).hint_text("sam 0.1").desired_width(140.0);
        let field = ui.add(field).labelled_by(name.id);
        field.on_hover_text("All of these words must occur in the name or in the settings of a run");
        columns(ui, look, &arranged.differing);
        groups(ui, look, &arranged.differing);
        ui.checkbox(&mut look.only_differing, "only what differs")
            .on_hover_text("Hide the columns of settings in which all runs agree");
        ui.checkbox(&mut look.color_by_group, "colour by group")
            .on_hover_text("All runs of a group in one colour, in all plots; off, every run has its own again");
        let back = ui.add_enabled(store.can_reopen(), egui::Button::new("Bring back"));
        if back.on_hover_text("Open again the run that was taken out last").clicked() {
            actions.ask(Action::Reopen);
        }
        let undo = ui.add_enabled(store.can_undo_rename(), egui::Button::new("Undo rename"));
        if undo.on_hover_text("Take back the last name that was given").clicked() {
            store.undo_rename();
        }
    });
}

/// Where the sweep is, and what can be done about it.
pub fn sweep(ui: &mut Ui, queue: &Queue, actions: &mut Actions) {
    let Some(words) = queue.words() else { return };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(words).strong());
        if queue.is_held() && ui.button("Go on with the sweep").on_hover_text("Start the next run").clicked() {
            actions.ask(Action::GoOnSweep);
        }
        let stop = ui.button("Stop sweep").on_hover_text("Forget the runs that wait; the present one goes on");
        if stop.clicked() {
            actions.ask(Action::StopSweep);
        }
    });
}

/// Switches columns on and off.
fn columns(ui: &mut Ui, look: &mut Look, differing: &[Setting]) {
    let button = ui.button("Columns").on_hover_text("Which columns there are");
    menu(&button, |ui| {
        for column in Column::all().filter(|column| *column != Column::Name) {
            let differs = matches!(column, Column::Setting(setting) if differing.contains(&setting));
            let mut on = look.is_chosen(column, differs);
            let title = column.title();
            let switch = ui.checkbox(&mut on, title).accessible_name(format!("Column {title}"));
            if switch.changed() {
                look.choose(column, on);
            }
        }
    });
}

/// Chooses what the runs of a group have in common.
fn groups(ui: &mut Ui, look: &mut Look, differing: &[Setting]) {
    let names: Vec<&str> = look.group_by.iter().map(|setting| setting.name()).collect();
    let words: String = if names.is_empty() { "Group by".into() } else { format!("Group by: {}", names.join(", ")) };
    let button = ui.button(words).accessible_name("Group by");
    let button =
        button.on_hover_text("Runs with the same values of these settings stand together, with mean and deviation");
    menu(&button, |ui| {
        let no_groups = egui::Button::new("No groups");
        if ui.add_enabled(!look.group_by.is_empty(), no_groups).clicked() {
            look.group_by.clear();
        }
        // Those in which runs differ come first: the others make one group of all.
        let agreed = Setting::all().filter(|setting| !differing.contains(setting));
        for setting in differing.iter().copied().chain(agreed) {
            let mut on = look.group_by.contains(&setting);
            let words = RichText::new(setting.title());
            let words = if differing.contains(&setting) { words } else { words.weak() };
            let switch = ui.checkbox(&mut on, words).accessible_name(format!("Group by {}", setting.title()));
            if switch.changed() {
                look.toggle_group(setting);
            }
        }
    });
}

/// A list under a button that stays open while it is used.
fn menu(button: &Response, content: impl FnOnce(&mut Ui)) {
    Popup::menu(button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ScrollArea::vertical().max_height(420.0).show(ui, content);
    });
}
