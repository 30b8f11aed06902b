//! Getting data sets that are not on this machine: one download at a time, on a thread of its own, which can be ended and goes on
//! where it stopped.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::plain::plain;
use crate::data::{self, FetchProgress};

/// Whether files are there is looked up so often.
const LOOK: Duration = Duration::from_secs(1);

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
    /// Seconds to go, when something has come in.
    pub left: Option<f64>,
}

/// What is known of a data set that is not here.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// It can be downloaded: so many bytes.
    Offered(u64),
    Coming(Progress),
    /// The last try ended, in words.
    Failed(String),
}

struct Shared {
    cancel: AtomicBool,
    files: Mutex<BTreeMap<&'static str, FetchProgress>>,
    ended: Mutex<Option<Result<(), String>>>,
}

struct Active {
    set: String,
    begun: Instant,
    /// Bytes that were there when it began.
    at_first: Option<u64>,
    shared: Arc<Shared>,
}

/// See the module.
#[derive(Default)]
pub struct Downloads {
    active: Option<Active>,
    /// How the last one ended.
    failed: Option<(String, String)>,
    /// Whether sets were there, in a folder, when it was looked up.
    seen: HashMap<(String, Option<PathBuf>), (bool, Instant)>,
    /// How many have ended.
    ended: usize,
    /// An address that is asked before the known ones.
    mirror: Option<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Downloads {
    /// Downloads that ask this address first.
    pub fn from_mirror(mirror: Option<String>) -> Downloads {
        Downloads { mirror, ..Downloads::default() }
    }

    /// What is to be said of a data set, if its files are not in `folder`.
    pub fn missing(&mut self, set: &str, folder: Option<&Path>) -> Option<Missing> {
        let size = data::download_size(set)?;
        self.take_in();
        if let Some(active) = self.active.as_mut().filter(|active| active.set == set) {
            return Some(Missing::Coming(active.progress(size)));
        }
        let key = (set.to_string(), folder.map(Path::to_path_buf));
        let known = self.seen.get(&key).filter(|(_, looked)| looked.elapsed() < LOOK).map(|(is_there, _)| *is_there);
        let is_there = known.unwrap_or_else(|| {
            let is_there = data::is_present(set, folder);
            self.seen.insert(key, (is_there, Instant::now()));
            is_there
        });
        if is_there {
            return None;
        }
        match &self.failed {
            Some((failed, why)) if failed == set => Some(Missing::Failed(why.clone())),
            _ => Some(Missing::Offered(size)),
        }
    }

    /// How many have ended: after another one, what failed for want of data may be tried again.
    pub fn ended(&self) -> usize {
        self.ended
    }

    /// Whether another one is under way.
    pub fn is_busy(&self) -> bool {
        self.active.is_some()
    }

    /// The set that is being downloaded, and how far it is.
    pub fn going_on(&mut self) -> Option<(String, Option<Progress>)> {
        self.take_in();
        let active = self.active.as_mut()?;
        let progress = data::download_size(&active.set).map(|size| active.progress(size));
        Some((active.set.clone(), progress))
    }

    /// Begins to download a set into `folder`, unless another one is under way.
    pub fn start(&mut self, set: &str, folder: Option<PathBuf>, ctx: &egui::Context) {
        if self.active.is_some() {
            return;
        }
        let shared =
            Arc::new(Shared { cancel: AtomicBool::new(false), files: Mutex::default(), ended: Mutex::default() });
        let (set, there, ctx, mirror) = (set.to_string(), Arc::clone(&shared), ctx.clone(), self.mirror.clone());
        self.failed = None;
        self.active = Some(Active { set: set.clone(), begun: Instant::now(), at_first: None, shared });
        let told = Arc::clone(&there);
        let work = move || {
            let mut shown = Instant::now();
            let mut progress = |p: FetchProgress| {
                lock(&there.files).insert(p.file, p);
                if shown.elapsed() > Duration::from_millis(100) {
                    shown = Instant::now();
                    ctx.request_repaint();
                }
            };
            let done = data::fetch(&set, folder.as_deref(), mirror.as_deref(), &mut progress, &there.cancel);
            *lock(&there.ended) = Some(done.map(drop).map_err(plain));
            ctx.request_repaint();
        };
        if std::thread::Builder::new().name("download".into()).spawn(work).is_err() {
            *lock(&told.ended) = Some(Err("the system gives no thread; close other programs".into()));
        }
    }

    /// Ends the download; what has come stays for the next time.
    pub fn cancel(&self) {
        if let Some(active) = &self.active {
            active.shared.cancel.store(true, Ordering::Relaxed);
        }
    }

    fn take_in(&mut self) {
        let Some(ended) = self.active.as_ref().and_then(|active| lock(&active.shared.ended).take()) else { return };
        let Some(active) = self.active.take() else { return };
        self.seen.clear();
        self.ended += 1;
        let is_cancelled = active.shared.cancel.load(Ordering::Relaxed);
        if let (Err(why), false) = (ended, is_cancelled) {
            self.failed = Some((active.set, why));
        }
    }
}

impl Active {
    fn progress(&mut self, size: u64) -> Progress {
        let files = lock(&self.shared.files);
        let done = files.values().map(|p| p.done_bytes).sum::<u64>();
        let total = files.values().map(|p| p.total_bytes).sum::<u64>().max(size);
        if !files.is_empty() && self.at_first.is_none() {
            self.at_first = Some(done);
        }
        let came = done.saturating_sub(self.at_first.unwrap_or(done)) as f64;
        let rate = came / self.begun.elapsed().as_secs_f64().max(0.1);
        let left = (rate > 0.0).then(|| total.saturating_sub(done) as f64 / rate);
        Progress { done, total, left }
    }
}
