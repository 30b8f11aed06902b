//! Work that would make the window wait: reading run files, writing pictures, the system's dialogs. Each job has a thread
//! and answers over one channel.

use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{dialog, store::Newest};
use crate::{
    engine::RunId,
    history::{History, Tail},
};

/// What a job answers.
pub enum News {
    /// A run file was read.
    Opened(PathBuf, Result<Box<History>, String>),
    /// What a run's file has beyond the window's records.
    Tail(RunId, Result<Tail, String>),
    /// Run files were chosen in a dialog.
    Chosen(Vec<PathBuf>),
    /// A place to save was chosen.
    SaveAs(PathBuf),
    /// A figure was saved, or not; in words.
    Saved(Result<String, String>),
}

/// A run that is behind is read again after this long.
const READ_AGAIN: Duration = Duration::from_millis(500);

/// The jobs in progress.
pub struct Background {
    sender: Sender<News>,
    news: Receiver<News>,
    /// When a tail was asked for last; `None` while it is being read.
    tails: HashMap<RunId, Option<Instant>>,
}

impl Default for Background {
    fn default() -> Self {
        let (sender, news) = bounded(64);
        Background { sender, news, tails: HashMap::new() }
    }
}

impl Background {
    /// The next answer.
    pub fn next(&mut self) -> Option<News> {
        let news = self.news.try_recv().ok()?;
        if let News::Tail(id, _) = &news {
            self.tails.insert(*id, Some(Instant::now()));
        }
        Some(news)
    }

    /// Runs `work` on a thread named `name` and wakes the window with its answer, if there is one.
    pub fn run(&self, name: &str, ctx: &egui::Context, work: impl FnOnce() -> Option<News> + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let job = move || {
            if let Some(news) = work() {
                sender.send(news).ok();
                ctx.request_repaint();
            }
        };
        // A system that gives no thread gives no answer either; the window stays as it is.
        std::thread::Builder::new().name(name.into()).spawn(job).ok();
    }

    /// Reads a run file.
    pub fn open(&self, path: PathBuf, ctx: &egui::Context) {
        self.run("reader", ctx, move || {
            let history = History::read(&path).map(Box::new).map_err(|e| e.to_string());
            Some(News::Opened(path, history))
        });
    }

    /// Reads what a run's file has beyond `known`, unless that has just been done.
    pub fn read_tail(&mut self, id: RunId, file: PathBuf, known: Newest, ctx: &egui::Context) {
        match self.tails.get(&id) {
            Some(None) => return,
            Some(Some(asked)) if asked.elapsed() < READ_AGAIN => return ctx.request_repaint_after(READ_AGAIN),
            _ => {}
        }
        self.tails.insert(id, None);
        self.run("reader", ctx, move || {
            Some(News::Tail(id, Tail::read(&file, known.step, known.slice).map_err(|e| e.to_string())))
        });
    }

    /// Asks for run files to open.
    pub fn choose_runs(&self, ctx: &egui::Context) {
        self.ask(ctx, || Some(News::Chosen(dialog::open_runs())));
    }

    /// Asks where to save.
    pub fn choose_place(&self, suggestion: PathBuf, extension: &'static str, ctx: &egui::Context) {
        self.ask(ctx, move || dialog::save(&suggestion, extension).map(News::SaveAs));
    }

    /// Dialogs belong on the main thread on macOS; elsewhere the window goes on meanwhile.
    fn ask(&self, ctx: &egui::Context, dialog: impl FnOnce() -> Option<News> + Send + 'static) {
        if cfg!(target_os = "macos") {
            if let Some(news) = dialog() {
                self.sender.try_send(news).ok();
            }
        } else {
            self.run("dialog", ctx, dialog);
        }
    }
}
