//! Recipes in the window: one at a time, on a thread of its own, with its progress; what they made is kept for another day.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    time::Instant,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use egui::{ColorImage, TextureHandle, TextureOptions};

use super::{
    kept_figure::{self, KeptFigure},
    notice::Notice,
    plain::plain,
    thumbnails,
};
use crate::{
    objective::Interrupt,
    recipe::{self, Happening, Report},
};

/// What the thread of a recipe says.
enum News {
    Begins { number: usize, of: usize, name: String, seed: u64 },
    Moves { share: f64 },
    Done(Result<Box<New>, String>),
}

/// A recipe that has just been made.
struct New {
    report: Report,
    kept: KeptFigure,
    /// Why it will be forgotten, in words.
    not_kept: Option<String>,
    pictures: [Option<ColorImage>; 2],
}

/// What the thread that reads the folder says.
enum Found {
    Figure(String, KeptFigure),
    Card { id: String, is_dark: bool, image: ColorImage },
    Whole { id: String, is_dark: bool, image: ColorImage },
}

/// A recipe that was made, today or another day.
#[derive(Default)]
pub struct Made {
    pub kept: Option<KeptFigure>,
    /// Its runs, when it was made in this window.
    pub report: Option<Report>,
    cards: [Option<TextureHandle>; 2],
    pictures: [Option<TextureHandle>; 2],
    /// Whether the whole picture was asked for.
    asked: [bool; 2],
}

impl Made {
    /// The small picture; that of the other theme rather than none.
    pub fn card(&self, is_dark: bool) -> Option<&TextureHandle> {
        self.cards[usize::from(is_dark)].as_ref().or(self.cards[usize::from(!is_dark)].as_ref())
    }

    pub fn picture(&self, is_dark: bool) -> Option<&TextureHandle> {
        self.pictures[usize::from(is_dark)].as_ref()
    }
}

/// A recipe being made.
pub struct Job {
    pub id: String,
    pub what: String,
    /// 0..1.
    pub share: f64,
    begun: Instant,
    stop: Interrupt,
    news: Receiver<News>,
}

impl Job {
    /// Seconds to go, once there is something to judge by.
    pub fn eta(&self) -> Option<f64> {
        let spent = self.begun.elapsed().as_secs_f64();
        (self.share > 0.01).then(|| spent * (1.0 - self.share) / self.share)
    }
}

/// The gallery's state.
pub struct Recipes {
    pub job: Option<Job>,
    made: BTreeMap<String, Made>,
    /// Those that wait, and of how many.
    queue: VecDeque<String>,
    queued: usize,
    /// The figure that is seen whole.
    pub open: Option<String>,
    folder: PathBuf,
    found: Receiver<Found>,
    sender: Sender<Found>,
    has_looked: bool,
}

impl Recipes {
    /// With what is kept in `folder`, which is read when it is first looked at.
    pub fn of(folder: PathBuf) -> Recipes {
        let (sender, found) = bounded(64);
        Recipes {
            job: None,
            made: BTreeMap::new(),
            queue: VecDeque::new(),
            queued: 0,
            open: None,
            folder,
            found,
            sender,
            has_looked: false,
        }
    }

    pub fn made(&self, id: &str) -> Option<&Made> {
        self.made.get(id)
    }

    /// Recipes of the row that is being made that are done, and all of them; `None` when there is no row.
    pub fn row(&self) -> Option<(usize, usize)> {
        let going = usize::from(self.job.is_some());
        (self.queued > 1).then(|| (self.queued - self.queue.len() - going, self.queued))
    }

    /// Reads what is kept, once.
    pub fn look(&mut self, ctx: &egui::Context) {
        if std::mem::replace(&mut self.has_looked, true) {
            return;
        }
        let (folder, sender, ctx) = (self.folder.clone(), self.sender.clone(), ctx.clone());
        let work = move || {
            for recipe in recipe::builtin().into_iter().flatten() {
                let id = &recipe.id;
                if let Some(kept) = kept_figure::read(&folder, id) {
                    sender.send(Found::Figure(id.clone(), kept)).ok();
                    for is_dark in [false, true] {
                        if let Some(whole) = kept_figure::picture(&folder, id, is_dark) {
                            let image = kept_figure::small(&whole);
                            sender.send(Found::Card { id: id.clone(), is_dark, image }).ok();
                        }
                    }
                } else if let Some(pages) = thumbnails::of(id) {
                    for (image, is_dark) in pages.into_iter().zip([false, true]) {
                        sender.send(Found::Card { id: id.clone(), is_dark, image }).ok();
                    }
                }
                ctx.request_repaint();
            }
        };
        // Without a thread the cards have no pictures.
        std::thread::Builder::new().name("gallery".into()).spawn(work).ok();
    }

    /// Reads the whole picture of a figure, once.
    pub fn look_whole(&mut self, id: &str, is_dark: bool, ctx: &egui::Context) {
        let Some(made) = self.made.get_mut(id) else { return };
        if made.picture(is_dark).is_some() || std::mem::replace(&mut made.asked[usize::from(is_dark)], true) {
            return;
        }
        let (folder, sender, ctx, id) = (self.folder.clone(), self.sender.clone(), ctx.clone(), id.to_string());
        let work = move || {
            if let Some(image) = kept_figure::picture(&folder, &id, is_dark) {
                sender.send(Found::Whole { id, is_dark, image }).ok();
                ctx.request_repaint();
            }
        };
        std::thread::Builder::new().name("gallery".into()).spawn(work).ok();
    }

    /// Makes several, one after the other.
    pub fn start_row(&mut self, ids: Vec<String>, ctx: &egui::Context) {
        self.stop();
        self.queued = ids.len();
        self.queue = ids.into();
        self.next(ctx);
    }

    /// Begins a recipe; what is still going is stopped.
    pub fn start(&mut self, id: &str, ctx: &egui::Context) {
        self.start_row(vec![id.into()], ctx);
    }

    fn next(&mut self, ctx: &egui::Context) {
        match self.queue.pop_front() {
            Some(id) => self.begin(&id, ctx),
            None => self.queued = 0,
        }
    }

    fn begin(&mut self, id: &str, ctx: &egui::Context) {
        let stop = Interrupt::default();
        let (sender, news) = bounded(64);
        let (name, flag, ctx, folder) = (id.to_string(), stop.clone(), ctx.clone(), self.folder.clone());
        let work = move || {
            let mut told = Instant::now();
            let result = recipe::find(&name).map_err(plain).and_then(|recipe| {
                let report = recipe::reproduce(recipe, None, &flag, &mut |happening| match happening {
                    Happening::Begins { number, of, name, seed } => {
                        sender.send(News::Begins { number, of, name: name.into(), seed }).ok();
                    }
                    Happening::Moves { share } if told.elapsed().as_millis() > 50 => {
                        told = Instant::now();
                        sender.try_send(News::Moves { share }).ok();
                        ctx.request_repaint();
                    }
                    Happening::Moves { .. } | Happening::Ended { .. } => {}
                })
                .map_err(plain)?;
                let kept = KeptFigure::of(recipe, &report);
                // Drawn here: it takes too long for a frame.
                let not_kept = kept.keep(&folder, recipe, &report).err();
                let pictures = [false, true].map(|is_dark| kept_figure::drawn(recipe, &report, is_dark));
                Ok(Box::new(New { report, kept, not_kept, pictures }))
            });
            sender.send(News::Done(result)).ok();
            ctx.request_repaint();
        };
        // Without a thread the channel is closed at once, which `take_in` reports.
        std::thread::Builder::new().name("recipe".into()).spawn(work).ok();
        let what = "loading the data".into();
        self.job = Some(Job { id: id.into(), what, share: 0.0, begun: Instant::now(), stop, news });
    }

    /// Ends the recipe in progress, and those that wait.
    pub fn stop(&mut self) {
        (self.queue, self.queued) = (VecDeque::new(), 0);
        if let Some(job) = self.job.take() {
            job.stop.raise();
        }
    }

    /// Takes in what the threads have said; returns what the user should read.
    pub fn take_in(&mut self, ctx: &egui::Context) -> Option<Notice> {
        while let Ok(found) = self.found.try_recv() {
            self.take_found(found, ctx);
        }
        loop {
            let job = self.job.as_mut()?;
            match job.news.try_recv() {
                Ok(News::Begins { number, of, name, seed }) => {
                    job.what = format!("run {number} of {of}: {name}, seed {seed}");
                }
                Ok(News::Moves { share }) => job.share = share,
                Ok(News::Done(result)) => {
                    let id = job.id.clone();
                    self.job = None;
                    let notice = match result {
                        Ok(new) => self.take_new(&id, *new, ctx),
                        Err(why) => Some(Notice::error(format!("{id}: {why}"))),
                    };
                    self.next(ctx);
                    if notice.is_some() {
                        return notice;
                    }
                }
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    let id = job.id.clone();
                    self.job = None;
                    self.next(ctx);
                    return Some(Notice::error(format!("{id}: the recipe met an internal error and was dropped")));
                }
            }
        }
    }

    fn take_found(&mut self, found: Found, ctx: &egui::Context) {
        let texture = |id: &str, image| ctx.load_texture(id, image, TextureOptions::LINEAR);
        match found {
            // What was made meanwhile is newer.
            Found::Figure(id, kept) => drop(self.made.entry(id).or_default().kept.get_or_insert(kept)),
            Found::Card { id, is_dark, image } => {
                let handle = texture(&id, image);
                self.made.entry(id).or_default().cards[usize::from(is_dark)].get_or_insert(handle);
            }
            Found::Whole { id, is_dark, image } => {
                let handle = texture(&id, image);
                self.made.entry(id).or_default().pictures[usize::from(is_dark)].get_or_insert(handle);
            }
        }
    }

    fn take_new(&mut self, id: &str, new: New, ctx: &egui::Context) -> Option<Notice> {
        let texture = |image: &ColorImage| ctx.load_texture(id, image.clone(), TextureOptions::LINEAR);
        let cards = new.pictures.each_ref().map(|p| p.as_ref().map(|image| texture(&kept_figure::small(image))));
        let pictures = new.pictures.each_ref().map(|p| p.as_ref().map(texture));
        let (kept, report) = (Some(new.kept), Some(new.report));
        self.made.insert(id.into(), Made { kept, report, cards, pictures, asked: [true; 2] });
        new.not_kept.map(|why| Notice::warning(format!("{id}: its verdicts are not kept for another day: {why}")))
    }
}

impl Drop for Recipes {
    fn drop(&mut self) {
        self.stop();
    }
}
