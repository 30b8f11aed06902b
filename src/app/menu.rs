//! The menu, the keys, and the notices above the panels.

use egui::{Key, KeyboardShortcut, Modifiers, RichText};

use super::{
    action::{Action, Actions},
    application::App,
    background::Job,
    icon::{self, Icon},
    opened,
    panels::PANELS,
    theme,
};
use crate::run::RunSpec;

impl App {
    pub(super) fn shortcuts(&mut self, ctx: &egui::Context, keys: bool, actions: &mut Actions) {
        if ctx.input_mut(|i| i.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::O))) {
            actions.ask(Action::OpenDialog);
        }
        for (panel, key) in PANELS.iter().filter_map(|p| Some((p.id(), p.key()?))) {
            if ctx.input_mut(|i| i.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, key))) {
                actions.ask(Action::ShowPanel(panel));
            }
        }
        if ctx.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::Enter))
            && let Ok(spec) = self.form.finished()
        {
            actions.ask(Action::Start(Box::new(spec)));
        }
        if keys {
            let key = |k| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, k));
            if key(Key::F) {
                self.view.reset();
            }
            if key(Key::A) {
                self.view.show_all(self.store.x_range());
            }
            if key(Key::L) {
                self.view.log_y ^= true;
            }
            let middle = (self.view.range.0 + self.view.range.1) / 2.0;
            let width = self.view.range.1 - self.view.range.0;
            if key(Key::Plus) || key(Key::Equals) {
                self.view.zoom(1.5, middle);
            }
            if key(Key::Minus) {
                self.view.zoom(1.0 / 1.5, middle);
            }
            if key(Key::Comma) {
                self.view.centre_on(middle - width / 4.0);
            }
            if key(Key::Period) {
                self.view.centre_on(middle + width / 4.0);
            }
        }
    }

    pub(super) fn menu(&mut self, ui: &mut egui::Ui, actions: &mut Actions) {
        let menu = icon::button(ui, Icon::Menu, "Menu", true, 26.0);
        egui::Popup::menu(&menu).show(|ui| {
            if ui.button("Open…   Ctrl+O").on_hover_text("Run files and checkpoints").clicked() {
                actions.ask(Action::OpenDialog);
            }
            if ui.button("Open folder…").on_hover_text("A folder of checkpoints, as a path").clicked() {
                actions.ask(Action::OpenFolderDialog);
            }
            self.recent(ui, actions);
            if ui.button("Watch the demonstration").clicked() {
                actions.ask(Action::Start(Box::new(RunSpec::demonstration())));
            }
            ui.separator();
            for panel in PANELS {
                let key = panel.key().map_or(String::new(), |key| format!("   Ctrl+{}", key.name()));
                if ui.button(format!("{}{key}", panel.title())).clicked() {
                    actions.ask(Action::ShowPanel(panel.id()));
                }
            }
            if ui.button("Default layout").clicked() {
                actions.ask(Action::ResetLayout);
            }
            ui.separator();
            let mut theme = ui.ctx().options(|o| o.theme_preference);
            for (preference, name) in [
                (egui::ThemePreference::System, "Theme of the system"),
                (egui::ThemePreference::Light, "Light theme"),
                (egui::ThemePreference::Dark, "Dark theme"),
            ] {
                ui.radio_value(&mut theme, preference, name);
            }
            ui.ctx().set_theme(theme);
        });
    }

    pub(super) fn notices(&mut self, ui: &mut egui::Ui) {
        let mut dismissed = None;
        for (i, notice) in self.notices.iter().enumerate().rev().take(3) {
            ui.horizontal(|ui| {
                let color = if notice.is_error { theme::error(ui) } else { ui.visuals().warn_fg_color };
                if ui.small_button("Dismiss").clicked() {
                    dismissed = Some(i);
                }
                ui.add(egui::Label::new(RichText::new(&notice.text).color(color)).wrap());
            });
        }
        if let Some(i) = dismissed {
            self.notices.remove(i);
        }
    }

    /// Files opened lately.
    fn recent(&self, ui: &mut egui::Ui, actions: &mut Actions) {
        let paths = self.desk.recent.paths();
        ui.add_enabled_ui(!paths.is_empty(), |ui| {
            ui.menu_button("Open recent", |ui| {
                for path in paths {
                    let item = ui.button(opened::short(path)).on_hover_text(path.display().to_string());
                    if item.clicked() {
                        actions.ask(Action::Open(vec![Job::new(path.clone())]));
                    }
                }
                ui.separator();
                if ui.button("Forget these").clicked() {
                    actions.ask(Action::ForgetRecent);
                }
            });
        });
    }
}
