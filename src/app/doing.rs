//! What every named command does, what the palette offers, and the list of shortcuts.

use egui::{Grid, RichText};

use super::{
    action::{Action, Actions},
    application::App,
    background::Job,
    coach, opened,
    palette::{Answer, Entry, Palette},
    panel_id::PanelId,
    panels::PANELS,
    store::Phase,
    transport::LEAP,
    ui_command::{COMMANDS, ELSEWHERE, UiCommand},
};
use crate::{engine::Command, recipe};

/// Jumps of each run that the palette offers.
const JUMPS: usize = 20;

impl App {
    pub(super) fn command(&mut self, ctx: &egui::Context, command: UiCommand) {
        let middle = (self.view.range.0 + self.view.range.1) / 2.0;
        let width = self.view.range.1 - self.view.range.0;
        match command {
            UiCommand::Palette => self.palette = Some(Palette::of(self.entries(ctx))),
            UiCommand::Shortcuts => self.shows_shortcuts = true,
            UiCommand::StartPage => self.layouts.go_to_start(),
            UiCommand::Go(workspace) => self.layouts.go(workspace),
            UiCommand::Open => self.act(ctx, Action::OpenDialog),
            UiCommand::OpenFolder => self.act(ctx, Action::OpenFolderDialog),
            UiCommand::Reopen => self.act(ctx, Action::Reopen),
            UiCommand::ReopenCheckpoint => self.act(ctx, Action::ReopenCheckpoint),
            UiCommand::Demonstration => {
                self.demonstrate();
                self.layouts.show(&PanelId::WALK);
            }
            UiCommand::StartRun => {
                if let Ok(spec) = self.form.finished() {
                    self.act(ctx, Action::Start(Box::new(spec)));
                }
            }
            UiCommand::PlayPause => self.play_or_pause(),
            UiCommand::Step => self.step(1),
            UiCommand::Leap => self.step(LEAP),
            UiCommand::PinBefore => self.reading.pins.step(false),
            UiCommand::PinAfter => self.reading.pins.step(true),
            UiCommand::Stop => {
                if self.store.live().is_some() {
                    self.engine.send(Command::Stop);
                }
            }
            UiCommand::Follow => self.view.reset(),
            UiCommand::ShowAll => self.view.show_all(self.store.x_range()),
            UiCommand::LogLosses => self.view.log_y ^= true,
            UiCommand::ZoomIn => self.view.zoom(1.5, middle),
            UiCommand::ZoomOut => self.view.zoom(1.0 / 1.5, middle),
            UiCommand::Earlier => self.view.centre_on(middle - width / 4.0),
            UiCommand::Later => self.view.centre_on(middle + width / 4.0),
            UiCommand::Undo => {
                self.undo.undo(&mut self.form, &mut self.desk);
            }
            UiCommand::Redo => {
                self.undo.redo(&mut self.form, &mut self.desk);
            }
            UiCommand::CoachMarks => coach::show_again(ctx),
            UiCommand::ResetLayout => self.layouts.reset(self.layouts.current()),
            UiCommand::Theme(theme) => ctx.set_theme(theme),
            UiCommand::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            UiCommand::TextSize(percent) => ctx.set_zoom_factor(f32::from(percent) / 100.0),
        }
    }

    fn play_or_pause(&self) {
        if self.store.all_live().any(|r| r.phase == Phase::Running) {
            self.engine.send(Command::Pause);
        } else if self.store.all_live().any(|r| matches!(r.phase, Phase::Paused(_))) {
            self.engine.send(Command::Resume);
        }
    }

    fn step(&self, steps: u64) {
        if self.store.all_live().any(|r| !matches!(r.phase, Phase::Preparing { .. })) {
            self.engine.send(Command::Step(steps));
        }
    }

    /// Everything that the palette offers.
    fn entries(&self, ctx: &egui::Context) -> Vec<Entry> {
        let entry = |name: String, about: &str, keys: String, action| Entry { name, about: about.into(), keys, action };
        let commands = COMMANDS
            .iter()
            .filter(|row| row.command != UiCommand::Palette)
            .map(|row| entry(row.name.into(), row.about, row.command.keys(ctx), Action::Do(row.command)));
        let panels = PANELS.iter().map(|panel| {
            let about = format!("panel of {}", panel.workspace().title());
            entry(format!("Show {}", panel.title()), &about, String::new(), Action::ShowPanel(panel.id()))
        });
        let runs = self
            .store
            .runs()
            .iter()
            .map(|run| entry(format!("Run {}", run.short), &run.label, String::new(), Action::ShowRun(run.id)));
        let recent = self.desk.recent.paths().iter().map(|path| {
            let open = Action::Open(vec![Job::new(path.clone())]);
            entry(format!("Open {}", opened::short(path)), &path.display().to_string(), String::new(), open)
        });
        let recipes = recipe::builtin().into_iter().flatten().map(|recipe| {
            entry(format!("Reproduce {}", recipe.id), &recipe.title, String::new(), Action::Recipe(recipe.id.clone()))
        });
        let jumps = self.store.shown().filter(|(run, _)| run.file.is_some()).flat_map(|(run, history)| {
            // The newest of them: a wild run has hundreds.
            history.spikes().iter().rev().take(JUMPS).map(move |t| {
                let name = format!("Look into the jump at {t}");
                entry(name, &format!("of {}", run.short), String::new(), Action::LookInto { run: run.id, at: *t })
            })
        });
        commands.chain(panels).chain(runs).chain(jumps).chain(recent).chain(recipes).collect()
    }

    /// Draws the palette or the list of shortcuts, when one is open.
    pub(super) fn ask_palette(&mut self, ctx: &egui::Context, actions: &mut Actions) {
        if let Some(mut palette) = self.palette.take() {
            match palette.ui(ctx) {
                Answer::Open => self.palette = Some(palette),
                Answer::Closed => {}
                Answer::Chosen(action) => actions.ask(*action),
            }
        }
        if self.shows_shortcuts {
            self.shows_shortcuts = !shortcuts(ctx);
        }
    }
}

/// Draws the list of all keys. Returns whether it was closed.
fn shortcuts(ctx: &egui::Context) -> bool {
    let modal = egui::Modal::new(egui::Id::unique("shortcuts")).show(ctx, |ui| {
        ui.heading("Keyboard shortcuts");
        ui.add_space(4.0);
        let height = ctx.content_rect().height() - 160.0;
        egui::ScrollArea::vertical().max_height(height).auto_shrink([true, true]).show(ui, |ui| {
            Grid::new("shortcuts").num_columns(3).spacing([16.0, 4.0]).show(ui, |ui| {
                for row in COMMANDS.iter().filter(|row| !row.keys.is_empty()) {
                    ui.label(RichText::new(row.command.keys(ctx)).monospace());
                    ui.label(row.name);
                    ui.label(RichText::new(row.about).small().weak());
                    ui.end_row();
                }
                for (place, keys) in ELSEWHERE {
                    for (key, meaning) in *keys {
                        ui.label(RichText::new(*key).monospace());
                        ui.label(*meaning);
                        ui.label(RichText::new(*place).small().weak());
                        ui.end_row();
                    }
                }
            });
        });
        ui.add_space(6.0);
        ui.button("Close").clicked()
    });
    modal.inner || modal.should_close()
}
