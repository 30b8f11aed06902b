//! What comes back from elsewhere: files that were opened, answers of dialogs, the two samples.

use std::path::PathBuf;

use super::{
    action::Action,
    application::App,
    background::{Background, Job, News},
    form_of::FormOf,
    kinds::{
        line::Lines,
        plane::{PlaneKind, Planes},
    },
    library::Role,
    measure::measure,
    notice::{Attempt, Notice},
    opened::{Beginning, Item, Rest},
    panel_id::PanelId,
    path_prompt::PathPrompt,
    store::Run,
};
use crate::places;

impl App {
    pub(super) fn open(&mut self, mut jobs: Vec<Job>, ctx: &egui::Context) {
        for job in &mut jobs {
            job.path = std::path::absolute(&job.path).unwrap_or(job.path.clone());
        }
        let asked = jobs.len();
        jobs.retain(|job| job.as_trail || !self.store.find(&job.path));
        if jobs.len() < asked {
            // It is here: whoever asks for it wants to see it.
            if !self.store.active().is_some_and(Run::is_live) {
                self.view.show_all(self.store.x_range());
            }
            self.layouts.show(&PanelId::WALK);
        }
        if jobs.iter().any(|job| self.desk.library.has(&job.path)) {
            self.layouts.show(&PanelId::CHECKPOINTS);
        }
        if !jobs.is_empty() {
            self.desk.open(jobs, &self.background, ctx);
        }
    }

    /// Opens what the user asks for now; what was said of earlier files is old.
    pub(super) fn open_anew(&mut self, jobs: Vec<Job>, ctx: &egui::Context) {
        self.forget(Attempt::Open);
        self.open(jobs, ctx);
    }

    pub(super) fn take_in(&mut self, news: News, ctx: &egui::Context) {
        if let News::Opened(path, _) = &news {
            self.desk.library.arrived(path);
        }
        match news {
            News::Opened(path, Ok(item)) => {
                if !self.unkept.has(&path) && !path.starts_with(self.samples_folder()) {
                    self.desk.recent.add(&path);
                }
                match item {
                    Item::Run(run) => {
                        let Beginning { history, rest } = *run;
                        match rest {
                            None => self.store.insert(&path, history),
                            Some(Rest { parts, total }) => {
                                let parts = Background::read_on(parts, ctx);
                                self.store.insert_beginning(&path, history, total, parts);
                            }
                        }
                        self.view.show_all(self.store.x_range());
                        self.layouts.show(&PanelId::WALK);
                    }
                    item => {
                        if matches!(&item, Item::Trail(trail) if trail.has_plane()) {
                            self.layouts.show(&PanelId::PLANE);
                        }
                        let end = self.desk.insert(item);
                        self.open(end.into_iter().collect(), ctx);
                        self.layouts.show(&PanelId::CHECKPOINTS);
                    }
                }
            }
            News::Opened(_, Err(why)) => self.note(Some(Notice::error(why).of(Attempt::Open))),
            News::Together(paths) => {
                if self.desk.opened(paths) {
                    if std::mem::take(&mut self.awaits_plane) {
                        self.desk.surveys.of_mut::<Planes>().form.kind = PlaneKind::Around;
                        self.act(ctx, Action::Measure(measure::<Planes>, PanelId::PLANE));
                    }
                    self.act(ctx, Action::Measure(measure::<Lines>, PanelId::LINE));
                }
            }
            News::Compared(movement) => self.desk.library.set_movement(movement),
            News::Fitted(path, subject, found) => self.desk.fits.take(path, *subject, found),
            News::Tail(id, Ok(tail)) => self.store.catch_up(id, tail),
            News::Tail(_, Err(why)) => self.note(Some(Notice::error(why))),
            News::Chosen(paths) => self.open_anew(paths.into_iter().map(Job::new).collect(), ctx),
            News::DataFolder(FormOf::Run, folder) => self.form.data_dir = folder.display().to_string(),
            News::DataFolder(FormOf::Subject, folder) => self.desk.subject.data_dir = folder.display().to_string(),
            News::OwnImages(FormOf::Run, path) => self.form.spec.data.name = path.display().to_string(),
            News::OwnImages(FormOf::Subject, path) => self.desk.subject.data.name = path.display().to_string(),
            News::NoDialog(wanted) => self.prompt = Some(PathPrompt::new(wanted)),
            News::Cards(cards) => self.start_page.cards = Some(cards),
            News::SaveAs(path) => self.export.iter_mut().for_each(|e| e.set_path(&path)),
            News::Previewed(of, dress, pixels) => {
                self.export.iter_mut().for_each(|e| e.previewed(&of, dress, &pixels, ctx));
            }
            News::Copied(taken) => self.export.iter_mut().for_each(|e| e.copied(&taken, ctx)),
            News::Saved(outcome) => self.export.iter_mut().for_each(|e| e.saved(outcome.clone())),
        }
    }

    /// Opens the samples that have just been made, and measures the plane around the first beside their line.
    pub(super) fn take_samples(&mut self, ctx: &egui::Context) {
        match self.desk.samples.take_in() {
            Some(Ok([a, b])) => {
                let jobs = [(a, Role::A), (b, Role::B)];
                self.awaits_plane = true;
                self.open(jobs.map(|(path, role)| Job { role: Some(role), ..Job::new(path) }).into(), ctx);
            }
            Some(Err(why)) => self.note(Some(Notice::error(why))),
            None => {}
        }
    }

    /// Where the two samples are kept.
    pub(super) fn samples_folder(&self) -> PathBuf {
        self.options.runs_folder.clone().map_or_else(places::samples_folder, |folder| folder.join("samples"))
    }

    /// Shows something to read, once.
    pub(super) fn note(&mut self, notice: Option<Notice>) {
        self.notices.extend(notice.filter(|n| !self.notices.contains(n)));
    }

    /// Takes back what was said of an attempt.
    pub(super) fn forget(&mut self, of: Attempt) {
        self.notices.retain(|notice| notice.of != of);
    }
}
