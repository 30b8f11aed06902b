//! Work that would make the window wait: reading files, writing pictures, the system's dialogs. Each job has a thread
//! and answers over one channel.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    content::{Content, Dress, Taken},
    dialog, fits,
    form_of::FormOf,
    library::Role,
    opened::{self, Item, Movement},
    plain::plain,
    run_card::{self, RunCard},
    store::Newest,
    wanted::Wanted,
};
use crate::{
    engine::RunId,
    explore::{Settings, Subject},
    figure::Pixels,
    history::{Parts, Tail},
};

/// Something to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub path: PathBuf,
    /// The role that a checkpoint gets.
    pub role: Option<Role>,
    /// Of a run: its checkpoints instead of its records.
    pub as_trail: bool,
}

impl Job {
    pub fn new(path: PathBuf) -> Job {
        Job { path, role: None, as_trail: false }
    }
}

/// What a job answers.
pub enum News {
    /// A file or a folder was read.
    Opened(PathBuf, Result<Item, String>),
    /// All that were opened together were read.
    Together(Vec<PathBuf>),
    /// Two checkpoints were compared.
    Compared(Movement),
    /// A checkpoint was looked at, on these data.
    Fitted(PathBuf, Box<Subject>, fits::Found),
    /// What a run's file has beyond the window's records.
    Tail(RunId, Result<Tail, String>),
    /// Files or a folder were chosen in a dialog.
    Chosen(Vec<PathBuf>),
    /// The folder of a form's data files was chosen.
    DataFolder(FormOf, PathBuf),
    /// A person's own images were chosen for a form.
    OwnImages(FormOf, PathBuf),
    /// The system has no dialog to ask for it.
    NoDialog(Wanted),
    /// The newest runs, for the start page.
    Cards(Vec<RunCard>),
    /// A place to save was chosen.
    SaveAs(PathBuf),
    /// What an export would look like, dressed like this.
    Previewed(Arc<Content>, Dress, Result<Pixels, String>),
    /// Something was put together for the clipboard.
    Copied(Result<Taken, String>),
    /// A figure was saved, or not; in words.
    Saved(Result<String, String>),
}

/// Parts of a run that are read ahead of the window.
const AHEAD: usize = 4;

/// A run that is behind is read again after this long.
const READ_AGAIN: Duration = Duration::from_millis(500);

/// No person answers a dialog as soon as that.
const HUMAN: Duration = Duration::from_millis(400);

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

    /// Reads files and folders, one after the other.
    pub fn open(&self, jobs: Vec<Job>, ctx: &egui::Context) {
        let (sender, waker) = (self.sender.clone(), ctx.clone());
        self.run("reader", ctx, move || {
            let paths: Vec<PathBuf> = jobs.iter().map(|job| job.path.clone()).collect();
            for Job { path, as_trail, .. } in jobs {
                let item = if as_trail { opened::read_trail(&path) } else { opened::read(&path) };
                sender.send(News::Opened(path, item)).ok();
                waker.request_repaint();
            }
            Some(News::Together(paths))
        });
    }

    /// Reads on in a run; the parts come one by one. Whoever drops the receiver ends the reading.
    pub fn read_on(parts: Parts, ctx: &egui::Context) -> Receiver<Result<Tail, String>> {
        let (sender, receiver) = bounded(AHEAD);
        let (out, waker) = (sender.clone(), ctx.clone());
        let work = move || {
            for part in parts {
                if out.send(part.map_err(plain)).is_err() {
                    return;
                }
                waker.request_repaint();
            }
            // The window sees the end when nobody is left who could send more.
            drop(out);
            waker.request_repaint();
        };
        if let Err(e) = std::thread::Builder::new().name("reader".into()).spawn(work) {
            sender.send(Err(format!("the run cannot be read on: {e}"))).ok();
        }
        receiver
    }

    /// Looks for the newest runs in a folder and among some files.
    pub fn read_cards(&self, folder: PathBuf, paths: Vec<PathBuf>, ctx: &egui::Context) {
        self.run("reader", ctx, move || Some(News::Cards(run_card::newest(&folder, &paths))));
    }

    /// Compares two checkpoints.
    pub fn compare(&self, a: PathBuf, b: PathBuf, ctx: &egui::Context) {
        self.run("reader", ctx, move || Some(News::Compared(opened::movement(a, b))));
    }

    /// Looks how often a checkpoint is right.
    pub fn fit(&self, path: PathBuf, subject: Subject, settings: Settings, ctx: &egui::Context) {
        self.run("look", ctx, move || {
            let found = fits::look(&path, &subject, settings);
            Some(News::Fitted(path, Box::new(subject), found))
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
            Some(News::Tail(id, Tail::read(&file, known.step, known.slice).map_err(plain)))
        });
    }

    /// Asks for files to open.
    pub fn choose_files(&self, ctx: &egui::Context) {
        self.ask_or_type(ctx, Wanted::File, || {
            Some(dialog::open_files()).filter(|files| !files.is_empty()).map(News::Chosen)
        });
    }

    /// Asks for a folder of checkpoints.
    pub fn choose_folder(&self, ctx: &egui::Context) {
        self.ask_or_type(ctx, Wanted::Folder, || dialog::open_folder().map(|folder| News::Chosen(vec![folder])));
    }

    /// Asks for the folder that data files are in.
    pub fn choose_data_folder(&self, form: FormOf, ctx: &egui::Context) {
        self.ask_or_type(ctx, Wanted::Data(form), move || {
            dialog::data_folder().map(|folder| News::DataFolder(form, folder))
        });
    }

    /// Asks for a folder of a person's own images.
    pub fn choose_own_images(&self, form: FormOf, ctx: &egui::Context) {
        self.ask_or_type(ctx, Wanted::Own(form), move || {
            dialog::data_folder().map(|folder| News::OwnImages(form, folder))
        });
    }

    /// Asks where to save.
    pub fn choose_place(&self, suggestion: PathBuf, extension: &'static str, ctx: &egui::Context) {
        self.ask(ctx, move || dialog::save(&suggestion, extension).map(News::SaveAs));
    }

    /// Asks with a dialog, or says that there is none. The library tells neither that nor a dialog that was cancelled apart; but nobody
    /// cancels as fast as a dialog fails that is not there.
    fn ask_or_type(&self, ctx: &egui::Context, wanted: Wanted, dialog: impl FnOnce() -> Option<News> + Send + 'static) {
        self.ask(ctx, move || {
            let begun = Instant::now();
            dialog().or_else(|| (begun.elapsed() < HUMAN).then_some(News::NoDialog(wanted)))
        });
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
