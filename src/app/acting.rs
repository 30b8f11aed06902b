//! What every action does.

use super::{
    action::Action,
    application::App,
    background::Job,
    export::Export,
    form::Form,
    notice::{Attempt, Notice},
    panel_id::PanelId,
};
use crate::{engine::RunId, recipe::Product};

impl App {
    pub(super) fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Start(spec) => {
                self.start(*spec);
                self.layouts.show(&PanelId::WALK);
            }
            Action::Sweep(sweep) => {
                self.table.group_sweep(&sweep.swept);
                self.queue.begin(*sweep);
                self.view.reset();
                self.layouts.show(&PanelId::TABLE);
            }
            Action::StopSweep => self.queue.stop(),
            Action::GoOnSweep => self.queue.go_on(),
            Action::Engine(command) => self.engine.send(command),
            Action::Fork { run, optimizers, lr } => self.fork(run, &optimizers, lr),
            Action::ForkRecorded { run, at, optimizers, lr, both } => {
                self.fork_recorded(run, at, optimizers, lr, both);
            }
            Action::LookInto { run, at } => self.look_into(ctx, run, at),
            Action::StopLooking => self.desk.autopsy.stop(),
            Action::OpenDialog => self.background.choose_files(ctx),
            Action::ChooseDataFolder(form) => self.background.choose_data_folder(form, ctx),
            Action::ChooseOwnImages(form) => self.background.choose_own_images(form, ctx),
            Action::OpenFolderDialog => self.background.choose_folder(ctx),
            Action::Open(jobs) => self.open_anew(jobs, ctx),
            Action::Close(id) => self.store.close(id),
            Action::Reopen => {
                if let Some(path) = self.store.pop_closed() {
                    self.open(vec![Job::new(path)], ctx);
                }
            }
            Action::Export(offer) => self.export = Some(Export::new(*offer)),
            Action::EditSpec(spec) => {
                self.form = Form::from(*spec);
                self.layouts.show(&PanelId::SETUP);
            }
            Action::Copy(text) => ctx.copy_text(text),
            Action::ShowPanel(panel) => self.layouts.show(&panel),
            Action::Do(command) => self.command(ctx, command),
            Action::ShowRun(id) => {
                self.store.set_active(id);
                self.layouts.show(&PanelId::WALK);
            }
            Action::CancelDownload => self.desk.downloads.cancel(),
            Action::Continue => {
                let session = std::mem::take(&mut self.last_time);
                self.store.remember_colors(session.colors());
                let jobs = session.jobs();
                self.layouts.go(self.layouts.current());
                self.open_anew(jobs, ctx);
            }
            Action::Samples => self.desk.samples.start(self.samples_folder(), ctx),
            Action::StopSamples => self.desk.samples.stop(),
            Action::Keep(id) => {
                if let Some(file) = self.store.run(id).and_then(|run| run.file.clone())
                    && let Err(e) = self.unkept.keep(&file)
                {
                    self.note(Some(Notice::error(format!("{} cannot be kept: {e}", file.display()))));
                }
            }
            Action::Measure(measure, panel) => {
                match self.desk.measure(measure, &self.store, &self.engine.snapshots(), ctx) {
                    Ok(()) => {
                        self.forget(Attempt::Measure);
                        self.layouts.show(&panel);
                    }
                    Err(why) => self.note(Some(Notice::error(why).of(Attempt::Measure))),
                }
            }
            Action::MeasureAgain(id, mode) => {
                let ctx = ctx.clone();
                if let Err(why) = self.desk.surveys.again(id, mode, move || ctx.request_repaint()) {
                    self.note(Some(Notice::error(why)));
                }
            }
            Action::StopSurvey(id) => self.desk.surveys.stop(id),
            Action::RemoveSurvey(id) => self.desk.surveys.remove(id),
            Action::Restore(restore) => restore(&mut self.desk.surveys),
            Action::CloseCheckpoint(path) => self.desk.library.close(&path),
            Action::ReopenCheckpoint => {
                if let Some(path) = self.desk.library.pop_closed() {
                    self.open(vec![Job::new(path)], ctx);
                }
            }
            Action::ForgetRecent => self.desk.recent.clear(),
            Action::Recipe(id) => self.recipes.start(&id, ctx),
            Action::StopRecipe => self.recipes.stop(),
            Action::Recipes(ids) => self.recipes.start_row(ids, ctx),
            Action::OpenFigure(id) => {
                self.recipes.open = id;
                self.layouts.show(&PanelId::GALLERY);
            }
            Action::ShowRunsOf(id) => self.show_runs_of(&id),
        }
    }

    /// Makes a step of a run again, and shows it in the Slice panel.
    fn look_into(&mut self, ctx: &egui::Context, run: RunId, at: u64) {
        let Some(run) = self.store.run(run) else { return };
        let (ctx, settings) = (ctx.clone(), self.desk.surveys.settings());
        let started = self.desk.autopsy.start(run, at, &settings, move || ctx.request_repaint());
        if let Err(why) = started {
            return self.note(Some(Notice::error(why)));
        }
        let id = run.id;
        self.store.set_active(id);
        self.reading.pins.pin(at);
        self.layouts.show(&PanelId::SLICE);
    }

    /// Takes the walks that a recipe has made into the window.
    fn show_runs_of(&mut self, id: &str) {
        let report = self.recipes.made(id).and_then(|made| made.report.as_ref());
        for run in report.iter().flat_map(|report| &report.runs) {
            if let Product::Walk(history) = &run.product {
                self.store.insert_unfiled(format!("{id}: {}, seed {}", run.name, run.seed), (**history).clone());
            }
        }
        self.view.show_all(self.store.x_range());
        self.layouts.show(&PanelId::WALK);
    }
}
