//! Measurements of one kind in the window: those that are going on, those that are done, and those that were taken out.

use std::{any::Any, time::Instant};

use crossbeam_channel::TryRecvError;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    library::Library,
    phase::{Measuring, Phase},
    plain::plain,
    store::Store,
    subject::SubjectForm,
};
use crate::{
    engine::{Answer, Explorer, Snapshots},
    explore::{About, Job, Settings, Subject},
    figure::{Color, colors::run_color},
    probe::NormMode,
};

/// Tells measurements apart, of all kinds together.
pub type SurveyId = u64;

/// What is asked of a kind of measurement.
pub type Request<K> = <<K as Kind>::Job as Job>::Request;

/// What may decide a question, beside its form.
pub struct Asking<'a> {
    pub library: &'a Library,
    pub subject: &'a SubjectForm,
    pub store: &'a Store,
    pub snapshots: &'a Snapshots,
}

/// A kind of measurement, as the window holds it.
pub trait Kind: Sized + 'static {
    type Job: Job<Request: PartialEq>;
    /// What the window knows of a measurement once its files are read.
    type Found;
    /// A question being set; remembered between two starts of the window.
    type Form: Clone + Default + Serialize + DeserializeOwned;

    /// Under what its form is remembered; stays as it is for ever.
    const KEY: &'static str;
    /// What one is called: "plane".
    const WORD: &'static str;

    /// What the form asks: one question, or several at once.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    fn questions(form: &Self::Form, asking: &Asking<'_>) -> Result<Vec<Request<Self>>, String>;

    /// The files are read.
    fn begun(request: &Request<Self>, head: <Self::Job as Job>::Head, color: Color) -> Self::Found;

    /// Takes in what was measured.
    ///
    /// # Errors
    /// What does not fit, in words; the measurement ends then.
    fn take(found: &mut Self::Found, news: <Self::Job as Job>::Found) -> Result<(), String>;

    /// Sums up anew, after everything that had come was taken in.
    fn settle(_found: &mut Self::Found) {}

    /// How far it is, in words, of what is measured again and again.
    fn under_way(_found: &Self::Found) -> Option<String> {
        None
    }

    /// What the numbers are measured on.
    fn about(found: &Self::Found) -> &About;

    /// What an entry is called.
    fn name(entry: &Entry<Self>) -> String;

    /// On what, and how, the loss is measured.
    fn subject(request: &Request<Self>) -> &Subject;

    /// The same, to be changed.
    fn subject_mut(request: &mut Request<Self>) -> &mut Subject;

    /// What makes the command line that asks the same, when it is wanted; `None` where no command can.
    fn command(request: &Request<Self>) -> Option<Box<dyn Fn() -> String + '_>>;

    /// The same question with other batch-norm statistics.
    fn with_mode(request: &Request<Self>, mode: NormMode) -> Request<Self> {
        let mut other = request.clone();
        Self::subject_mut(&mut other).norm_mode = mode;
        other
    }
}

/// One question, and its answer.
pub struct Entry<K: Kind> {
    pub id: SurveyId,
    pub request: Request<K>,
    /// No two that are in the window have the same, as far as there are colours.
    pub color: Color,
    pub visible: bool,
    pub phase: Phase,
    /// `None` until the files are read.
    pub found: Option<K::Found>,
    /// Grows with every change of what was found.
    pub version: u64,
    /// While it goes on.
    explorer: Option<Explorer<K::Job>>,
}

impl<K: Kind> Entry<K> {
    pub fn name(&self) -> String {
        K::name(self)
    }

    /// The batch-norm statistics that were asked for.
    pub fn mode(&self) -> NormMode {
        K::subject(&self.request).norm_mode
    }

    /// Whether it asks the same as `other`, with the statistics of `mode`.
    pub fn is_twin(&self, other: &Entry<K>, mode: NormMode) -> bool {
        // Both with it, because the other one has no record.
        self.mode() == mode && K::with_mode(&self.request, mode) == K::with_mode(&other.request, mode)
    }

    fn take_in(&mut self, until: Instant) {
        let before = self.version;
        while Instant::now() < until
            && let Some(explorer) = &self.explorer
        {
            match explorer.answers().try_recv() {
                Ok(answer) => self.apply(answer),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.end(Phase::Failed("the measurement met an internal error".into()));
                }
            }
        }
        if let Some(found) = self.found.as_mut().filter(|_| self.version != before) {
            K::settle(found);
        }
    }

    fn apply(&mut self, answer: Answer<K::Job>) {
        match (answer, &mut self.phase) {
            (Answer::Preparing(share), Phase::Measuring(m)) => m.prepare(share),
            (Answer::Progress { progress, remaining }, Phase::Measuring(m)) => m.advance(progress, remaining),
            (Answer::Begun(head), _) => {
                self.found = Some(K::begun(&self.request, *head, self.color));
                self.version += 1;
            }
            (Answer::Found(news), phase) => {
                let Some(found) = &mut self.found else { return };
                self.version += 1;
                let taken = K::take(found, news);
                if let Phase::Measuring(m) = phase {
                    m.words = K::under_way(found);
                }
                if let Err(why) = taken {
                    self.end(Phase::Failed(plain(why)));
                }
            }
            (Answer::Done { seconds }, _) => self.end(Phase::Done { seconds }),
            (Answer::Stopped, _) => self.end(Phase::Stopped),
            (Answer::Failed(why), _) => self.end(Phase::Failed(plain(why))),
            (Answer::Preparing(_) | Answer::Progress { .. }, _) => {}
        }
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.explorer = None;
    }
}

/// All measurements of one kind, oldest first, and the form that asks for more.
pub struct Shelf<K: Kind> {
    pub form: K::Form,
    pub entries: Vec<Entry<K>>,
    chosen: Option<SurveyId>,
    removed: Vec<Entry<K>>,
}

impl<K: Kind> Default for Shelf<K> {
    fn default() -> Self {
        Shelf { form: K::Form::default(), entries: Vec::new(), chosen: None, removed: Vec::new() }
    }
}

impl<K: Kind> Shelf<K> {
    /// Starts measuring. `wake` is called whenever something is found.
    ///
    /// # Errors
    /// When the system gives no thread, in words.
    pub fn ask(
        &mut self,
        id: SurveyId,
        request: Request<K>,
        settings: &Settings,
        wake: impl Fn() + Send + 'static,
    ) -> Result<(), String> {
        let explorer = Explorer::start(request.clone(), settings, wake)
            .map_err(|e| format!("nothing can be measured: the system gives no thread ({e}); close other programs"))?;
        // What has failed makes room for the new one; what it had found until then can be brought back.
        let (failed, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.entries).into_iter().partition(|e| e.phase.has_failed());
        self.entries = others;
        self.removed.extend(failed.into_iter().filter(|e| e.found.is_some()));
        let taken = |c: &Color| self.entries.iter().any(|e| e.color == *c);
        let color = (0..6).map(run_color).find(|c| !taken(c)).unwrap_or_else(|| run_color(self.entries.len()));
        self.chosen = Some(id);
        self.entries.push(Entry {
            id,
            request,
            color,
            visible: true,
            phase: Phase::Measuring(Measuring::default()),
            found: None,
            version: 0,
            explorer: Some(explorer),
        });
        Ok(())
    }

    /// The entry that is shown or read out: the chosen one, or the newest.
    pub fn chosen(&self) -> Option<&Entry<K>> {
        self.entries.iter().find(|e| Some(e.id) == self.chosen).or(self.entries.last())
    }

    /// The same, to be changed.
    pub fn chosen_mut(&mut self) -> Option<&mut Entry<K>> {
        let id = self.chosen()?.id;
        self.entries.iter_mut().find(|e| e.id == id)
    }

    /// The entry that is shown, and what is known of it.
    pub fn found(&self) -> Option<(&Entry<K>, &K::Found)> {
        let entry = self.chosen()?;
        Some((entry, entry.found.as_ref()?))
    }

    pub fn choose(&mut self, id: SurveyId) {
        self.chosen = Some(id);
    }

    /// The newest that is going on.
    pub fn measuring(&self) -> Option<&Entry<K>> {
        self.entries.iter().rev().find(|e| e.phase.measuring().is_some())
    }

    /// Whether something can be brought back.
    pub fn has_removed(&self) -> bool {
        !self.removed.is_empty()
    }

    /// Brings back what was taken out last.
    pub fn restore(&mut self) {
        if let Some(entry) = self.removed.pop() {
            self.chosen = Some(entry.id);
            self.entries.push(entry);
        }
    }
}

/// A measurement that is going on.
pub struct Going {
    pub id: SurveyId,
    pub name: String,
    /// 0..1, when it is known.
    pub share: Option<f64>,
    /// Seconds to go, when there is something to judge by.
    pub left: Option<f64>,
}

/// What the window does with measurements of whatever kind.
pub trait AnyShelf {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;

    /// See [`Kind::KEY`].
    fn key(&self) -> &'static str;

    /// Takes in what was found, until `until`.
    fn take_in(&mut self, until: Instant);

    /// Whether answers are waiting that the last look had no time for.
    fn is_behind(&self) -> bool;

    /// Ends a measurement that is on this shelf; what was found stays.
    fn stop(&self, id: SurveyId);

    /// Takes a measurement out of the window.
    fn remove(&mut self, id: SurveyId);

    /// Measures what `id` asked again, as `new` and with other batch-norm statistics; `None` when it is on another shelf.
    fn again(
        &mut self,
        id: SurveyId,
        new: SurveyId,
        mode: NormMode,
        settings: &Settings,
        wake: Box<dyn Fn() + Send>,
    ) -> Option<Result<(), String>>;

    /// Those that are going on.
    fn going_on(&self) -> Vec<Going>;

    /// The newest measurement whose files were read, and the device that it is made on.
    fn device(&self) -> Option<(SurveyId, &str)>;

    /// The form as JSON.
    fn form(&self) -> serde_json::Result<serde_json::Value>;

    /// Takes a form that was remembered; one that is not understood any more is left out.
    fn set_form(&mut self, form: serde_json::Value);
}

impl<K: Kind> AnyShelf for Shelf<K> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn key(&self) -> &'static str {
        K::KEY
    }

    fn take_in(&mut self, until: Instant) {
        self.entries.iter_mut().for_each(|entry| entry.take_in(until));
    }

    fn is_behind(&self) -> bool {
        self.entries.iter().filter_map(|e| e.explorer.as_ref()).any(|explorer| !explorer.answers().is_empty())
    }

    fn stop(&self, id: SurveyId) {
        let entry = self.entries.iter().find(|e| e.id == id);
        if let Some(explorer) = entry.and_then(|e| e.explorer.as_ref()) {
            explorer.stop();
        }
    }

    fn remove(&mut self, id: SurveyId) {
        self.stop(id);
        if let Some(index) = self.entries.iter().position(|e| e.id == id) {
            self.removed.push(self.entries.remove(index));
        }
    }

    fn again(
        &mut self,
        id: SurveyId,
        new: SurveyId,
        mode: NormMode,
        settings: &Settings,
        wake: Box<dyn Fn() + Send>,
    ) -> Option<Result<(), String>> {
        let entry = self.entries.iter().find(|e| e.id == id)?;
        let request = K::with_mode(&entry.request, mode);
        Some(self.ask(new, request, settings, wake))
    }

    fn going_on(&self) -> Vec<Going> {
        let going = |entry: &Entry<K>| {
            let m = entry.phase.measuring()?;
            let left = m.remaining.map(|left| left.as_secs_f64());
            let name = entry.name();
            // Before its files are read it has no other name than its kind's.
            let name = if name.starts_with(K::WORD) { name } else { format!("{} {name}", K::WORD) };
            Some(Going { id: entry.id, name, share: m.share, left })
        };
        self.entries.iter().filter_map(going).collect()
    }

    fn device(&self) -> Option<(SurveyId, &str)> {
        let made = self.entries.iter().filter_map(|e| Some((e.id, K::about(e.found.as_ref()?).device.as_str())));
        made.max_by_key(|(id, _)| *id)
    }

    fn form(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(&self.form)
    }

    fn set_form(&mut self, form: serde_json::Value) {
        if let Ok(form) = serde_json::from_value(form) {
            self.form = form;
        }
    }
}
