//! Recipes in the window: one at a time, on a thread of its own, with its progress and its verdicts.

use std::{collections::BTreeMap, time::Instant};

use crossbeam_channel::{Receiver, bounded};

use super::store::Notice;
use crate::{
    objective::Interrupt,
    recipe::{self, Happening, Report},
};

/// What the thread says.
enum News {
    Begins { number: usize, of: usize, name: String, seed: u64 },
    Moves { share: f64 },
    Done(Result<Box<Report>, String>),
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
    pub reports: BTreeMap<String, Report>,
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
                .map_err(|e| e.to_string())
            });
            sender.send(News::Done(result.map(Box::new))).ok();
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
                    job.what = format!("run {number} of {of}: {name}, seed {seed}")
                }
                Ok(News::Moves { share }) => job.share = share,
                Ok(News::Done(result)) => {
                    let id = job.id.clone();
                    self.job = None;
                    match result {
                        Ok(report) => drop(self.reports.insert(id, *report)),
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
