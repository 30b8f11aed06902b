//! What a form says of a data set that is not on this machine: how to get it, or where it is.

use std::path::PathBuf;

use egui::{RichText, Ui};

use crate::{
    app::{
        action::{Action, Actions},
        downloads::{Downloads, Missing},
        form_of::FormOf,
        theme,
    },
    memory::Size,
};

/// Two cells of a grid; nothing for a set that is here.
pub fn ui(ui: &mut Ui, set: &str, folder: &str, form: FormOf, downloads: &mut Downloads, actions: &mut Actions) {
    let place = place(folder);
    let Some(missing) = downloads.missing(set, place.as_deref()) else { return };
    ui.label("");
    ui.vertical(|ui| said(ui, missing, (set, place), form, downloads, actions));
    ui.end_row();
}

/// The same outside of a grid, under what could not be done without the set.
pub fn under(ui: &mut Ui, set: &str, folder: &str, form: FormOf, downloads: &mut Downloads, actions: &mut Actions) {
    let place = place(folder);
    if let Some(missing) = downloads.missing(set, place.as_deref()) {
        said(ui, missing, (set, place), form, downloads, actions);
    }
}

/// The folder that a form names, if it does.
fn place(folder: &str) -> Option<PathBuf> {
    Some(folder.trim()).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// What is known of a set, and what can be done about it.
fn said(
    ui: &mut Ui,
    missing: Missing,
    (set, place): (&str, Option<PathBuf>),
    form: FormOf,
    downloads: &mut Downloads,
    actions: &mut Actions,
) {
    let offer = |ui: &mut Ui, words: &str, downloads: &mut Downloads, actions: &mut Actions| {
        ui.horizontal_wrapped(|ui| {
            let button = ui.add_enabled(!downloads.is_busy(), egui::Button::new(words).small());
            let help =
                "Downloads the official files, checks their sums, and goes on where an earlier download broke off";
            if button.on_hover_text(help).on_disabled_hover_text("Another set is being downloaded").clicked() {
                downloads.start(set, place.clone(), ui.ctx());
            }
            let choose = ui.small_button("Choose folder…");
            if choose.on_hover_text("A folder that has the files, also as torchvision keeps them").clicked() {
                actions.ask(Action::ChooseDataFolder(form));
            }
        });
    };
    match missing {
        Missing::Offered(bytes) => {
            ui.label(RichText::new(format!("{set} is not on this machine.")).small());
            offer(ui, &format!("Download {}", Size(bytes)), downloads, actions);
        }
        Missing::Failed(why) => {
            ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap());
            offer(ui, "Try again", downloads, actions);
        }
        Missing::Coming(progress) => {
            let left = progress.left.map_or(String::new(), |left| format!(", {} to go", theme::duration(left)));
            let words = format!("{} of {}{left}", Size(progress.done), Size(progress.total));
            let share = progress.done as f32 / progress.total.max(1) as f32;
            let width = ui.available_width().min(220.0);
            ui.add(egui::ProgressBar::new(share).desired_width(width).text(RichText::new(words).small()));
            if ui.small_button("Cancel download").on_hover_text("What has come stays for the next time").clicked() {
                downloads.cancel();
            }
        }
    }
}
