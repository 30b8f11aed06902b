//! How often the checkpoints in the window are right on the data of the form, looked up in the background: the one sign of
//! images that are prepared otherwise than the network wants them.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    library::{Entry, Library},
    plain::plain,
    subject::SubjectForm,
};
use crate::explore::{self, Context, Fit, Settings, Subject};

/// A form that was changed so long ago is one that nobody is writing in.
const STILL: Duration = Duration::from_millis(500);

/// What a look at a checkpoint gave: nothing where the network does not fit the data, or what was wrong in words.
pub type Found = Result<Option<Fit>, String>;

/// See the module.
#[derive(Default)]
pub struct Fits {
    /// What was looked at, and on what.
    known: HashMap<PathBuf, (Subject, Found)>,
    looking: Option<PathBuf>,
    /// Downloads that had ended when it was looked last.
    downloads: usize,
    /// The form as it was seen last, and since when.
    seen: Option<(SubjectForm, Instant)>,
}

impl Fits {
    /// What is known of a checkpoint on the data of the form.
    pub fn of(&self, path: &Path, form: &SubjectForm) -> Option<&Found> {
        let (subject, found) = self.known.get(path)?;
        (form.finished().ok()? == *subject).then_some(found)
    }

    /// Whether a checkpoint is being looked at.
    pub fn is_looking(&self, path: &Path) -> bool {
        self.looking.as_deref() == Some(path)
    }

    /// Takes in what was found.
    pub fn take(&mut self, path: PathBuf, subject: Subject, found: Found) {
        self.looking = None;
        self.known.insert(path, (subject, found));
    }

    /// The next checkpoint of which nothing is known, to be looked at now; one at a time.
    pub fn wanted(
        &mut self,
        library: &Library,
        form: &SubjectForm,
        downloads: usize,
        ctx: &egui::Context,
    ) -> Option<(PathBuf, Subject)> {
        if self.downloads != downloads {
            self.downloads = downloads;
            self.known.retain(|_, (_, found)| found.is_ok());
        }
        if self.looking.is_some() {
            return None;
        }
        let is_new = self.seen.as_ref().is_none_or(|(seen, _)| seen != form);
        if is_new {
            // The first form is there before anybody writes in it.
            let still = if self.seen.is_none() { Instant::now().checked_sub(STILL) } else { None };
            self.seen = Some((form.clone(), still.unwrap_or_else(Instant::now)));
        }
        let subject = form.finished().ok()?;
        // Whether its network takes these images is found there, too: that takes too long for a frame.
        let wanted = library.entries().iter().find_map(|entry| match entry {
            Entry::Point(point) if point.network.is_ok() => {
                let is_known = self.known.get(&point.path).is_some_and(|(known, _)| *known == subject);
                (!is_known).then(|| point.path.clone())
            }
            _ => None,
        });
        let path = wanted?;
        let still = self.seen.as_ref().map_or(STILL, |(_, since)| since.elapsed());
        if still < STILL {
            ctx.request_repaint_after(STILL.saturating_sub(still));
            return None;
        }
        self.looking = Some(path.clone());
        Some((path, subject))
    }
}

/// Looks at a checkpoint, on data that are in memory where a measurement has read them; for another thread.
pub fn look(path: &Path, subject: &Subject, settings: Settings) -> Found {
    explore::fit(subject, path, Context { settings, ..Context::default() }).map_err(plain)
}
