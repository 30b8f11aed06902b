//! Recipes in the window: one at a time, on a thread of its own, with its progress and its verdicts.

use std::{collections::BTreeMap, time::Instant};

use crossbeam_channel::{Receiver, bounded};

use egui::{ColorImage, TextureHandle, TextureOptions};

use super::store::Notice;
use crate::{
    figure::{Theme, to_pixels},
    objective::Interrupt,
    recipe::{self, Happening, Recipe, Report},
};

/// What the thread says.
enum News {
    Begins { number: usize, of: usize, name: String, seed: u64 },
    Moves { share: f64 },
    Done(Result<Box<Made>, String>),
}

/// A recipe that was made, and its picture on a light and on a dark page; `None` where it could not be drawn.
pub struct Made {
    pub report: Report,
    pictures: [Option<TextureHandle>; 2],
}

impl Made {
    /// Draws the picture of the first seed. Called on the recipe's own thread: it takes too long for a frame.
    fn of(recipe: &Recipe, report: Report, ctx: &egui::Context) -> Made {
        let draw = |theme| {
            let seed = recipe.seeds.first()?;
            let pixels = to_pixels(&recipe::figure(recipe, &report, *seed, theme), 1.0).ok()?;
            let image = ColorImage::from_rgba_unmultiplied(pixels.size.map(|n| n as usize), &pixels.rgba);
            Some(ctx.load_texture(&recipe.id, image, TextureOptions::LINEAR))
        };
        let pictures = [draw(Theme::Light), draw(Theme::Dark)];
        Made { report, pictures }
    }

    pub fn picture(&self, dark: bool) -> Option<&TextureHandle> {
        self.pictures[usize::from(dark)].as_ref()
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
#[derive(Default)]
pub struct Recipes {
    pub job: Option<Job>,
    pub made: BTreeMap<String, Made>,
}

impl Recipes {
    /// Begins a recipe; one that is still going is stopped.
    pub fn start(&mut self, id: &str, ctx: &egui::Context) {
        self.stop();
        let stop = Interrupt::default();
        let (sender, news) = bounded(64);
        let (name, flag, ctx) = (id.to_string(), stop.clone(), ctx.clone());
        let work = move || {
            let mut told = Instant::now();
            let result = recipe::find(&name).map_err(|e| e.to_string()).and_then(|recipe| {
                recipe::reproduce(recipe, None, &flag, &mut |happening| match happening {
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
                .map(|report| Box::new(Made::of(recipe, report, &ctx)))
                .map_err(|e| e.to_string())
            });
            sender.send(News::Done(result)).ok();
            ctx.request_repaint();
        };
        // Without a thread the channel is closed at once, which `take_in` reports.
        std::thread::Builder::new().name("recipe".into()).spawn(work).ok();
        let what = "loading the data".into();
        self.job = Some(Job { id: id.into(), what, share: 0.0, begun: Instant::now(), stop, news });
    }

    /// Ends the recipe in progress.
    pub fn stop(&mut self) {
        if let Some(job) = self.job.take() {
            job.stop.raise();
        }
    }

    /// Takes in what the thread has said; returns what the user should read.
    pub fn take_in(&mut self) -> Option<Notice> {
        use crossbeam_channel::TryRecvError;
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
                    match result {
                        Ok(made) => drop(self.made.insert(id, *made)),
                        Err(why) => return Some(Notice::error(format!("{id}: {why}"))),
                    }
                }
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    let id = job.id.clone();
                    self.job = None;
                    return Some(Notice::error(format!("{id}: the recipe met an internal error and was dropped")));
                }
            }
        }
    }
}

impl Drop for Recipes {
    fn drop(&mut self) {
        self.stop();
    }
}
