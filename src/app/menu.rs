//! The menu, the bar of workspaces, and the notices above the panels.

use egui::RichText;

use super::{
    action::{Action, Actions},
    application::App,
    background::Job,
    icon::{self, Icon},
    opened,
    panels::PANELS,
    theme,
    ui_command::UiCommand,
    workspace::Workspace,
};

/// Sizes of the text that the menu offers, in percent.
const TEXT_SIZES: [u8; 4] = [100, 110, 125, 150];

impl App {
    /// Where one is, and how to get elsewhere.
    pub(super) fn bar(&mut self, ui: &mut egui::Ui, actions: &mut Actions) {
        let seen = self.layouts.seen();
        let mut place = |ui: &mut egui::Ui, is_on: bool, title: &str, about: &str, command: UiCommand| {
            let button = egui::Button::selectable(is_on, RichText::new(title).strong()).min_size(egui::vec2(0.0, 26.0));
            let button = ui.add(button);
            button
                .widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, is_on, format!("Workspace {title}")));
            if button.on_hover_text(format!("{}. {about}", command.keys(ui.ctx()))).clicked() {
                actions.ask(Action::Do(command));
            }
        };
        place(ui, seen.is_none(), "Start", "Recent runs, samples, and where you were", UiCommand::StartPage);
        for workspace in Workspace::ALL {
            place(ui, seen == Some(workspace), workspace.title(), workspace.about(), UiCommand::Go(workspace));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = ui.button("?").on_hover_text("Keyboard shortcuts");
            help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Shortcuts"));
            if help.clicked() {
                actions.ask(Action::Do(UiCommand::Shortcuts));
            }
            let words = format!("Search…   {}", UiCommand::Palette.keys(ui.ctx()));
            if ui.button(words).on_hover_text("Every action, panel, recipe, recent file and run by name").clicked() {
                actions.ask(Action::Do(UiCommand::Palette));
            }
        });
    }

    pub(super) fn menu(&mut self, ui: &mut egui::Ui, actions: &mut Actions) {
        let menu = icon::button(ui, Icon::Menu, "Menu", true, 26.0);
        egui::Popup::menu(&menu).show(|ui| {
            item(ui, "Open…", UiCommand::Open, actions);
            item(ui, "Open folder…", UiCommand::OpenFolder, actions);
            self.recent(ui, actions);
            item(ui, "Watch the demonstration", UiCommand::Demonstration, actions);
            ui.separator();
            item(ui, "Undo a setting", UiCommand::Undo, actions);
            item(ui, "Redo a setting", UiCommand::Redo, actions);
            ui.separator();
            item(ui, "Command palette", UiCommand::Palette, actions);
            item(ui, "Keyboard shortcuts", UiCommand::Shortcuts, actions);
            item(ui, "Show the coach marks again", UiCommand::CoachMarks, actions);
            ui.menu_button("Panels", |ui| {
                for panel in PANELS {
                    if ui.button(panel.title()).clicked() {
                        actions.ask(Action::ShowPanel(panel.id()));
                    }
                }
            });
            if ui.button("Reset layout").on_hover_text("Of this workspace").clicked() {
                actions.ask(Action::Do(UiCommand::ResetLayout));
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
            ui.horizontal(|ui| {
                ui.label("Text size");
                for percent in TEXT_SIZES {
                    let is_on = (ui.ctx().zoom_factor() * 100.0).round() as u8 == percent;
                    if ui.selectable_label(is_on, format!("{percent} %")).clicked() {
                        actions.ask(Action::Do(UiCommand::TextSize(percent)));
                    }
                }
            });
            ui.separator();
            item(ui, "Quit", UiCommand::Quit, actions);
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

/// A line of the menu, with its keys.
fn item(ui: &mut egui::Ui, words: &str, command: UiCommand, actions: &mut Actions) {
    let button = egui::Button::new(words).shortcut_text(command.keys(ui.ctx()));
    if ui.add(button).clicked() {
        actions.ask(Action::Do(command));
    }
}
