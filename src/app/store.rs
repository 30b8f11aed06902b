//! All runs in the window: applies the engine's events, reads run files, fills what was missed.

mod run;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use crossbeam_channel::{Receiver, TryRecvError};

pub use run::{Phase, Run};

use self::run::{as_filed, changed};
use super::{
    given_names::GivenNames,
    notice::{Attempt, Notice},
    plain::plain,
    run_colors, run_names,
    sweeps::Sweeps,
};
use crate::{
    engine::{Event, Pause, Record, RunId, RunState},
    figure::colors,
    history::{History, Tail},
    run::{Outcome, RunSpec},
};

/// The newest records of a run that are in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    pub step: Option<u64>,
    pub slice: Option<u64>,
}

/// A run that was given a name, and what it was called before.
#[derive(Debug)]
struct Renamed {
    id: RunId,
    file: Option<PathBuf>,
    before: Option<String>,
}

/// All runs, oldest first.
#[derive(Debug, Default)]
pub struct Store {
    runs: Vec<Run>,
    next_id: RunId,
    /// Files of runs that were taken out, newest last.
    closed: Vec<PathBuf>,
    names: GivenNames,
    sweeps: Sweeps,
    /// Names that were given, newest last.
    renamed: Vec<Renamed>,
    /// The colours that the runs of files had when they were here.
    colors: BTreeMap<PathBuf, colors::Color>,
    /// The run that the read-out and the timeline are about.
    active: Option<RunId>,
}

impl Store {
    /// Without runs, but with the names that files were given, and with what is known of sweeps.
    pub fn remembering(names: GivenNames, sweeps: Sweeps) -> Store {
        Store { names, sweeps, ..Store::default() }
    }

    /// All runs.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.iter().find(|r| r.id == id)
    }

    pub fn run_mut(&mut self, id: RunId) -> Option<&mut Run> {
        self.runs.iter_mut().find(|r| r.id == id)
    }

    /// Runs with records whose curves are shown.
    pub fn shown(&self) -> impl Iterator<Item = (&Run, &History)> {
        self.runs.iter().filter(|r| r.visible).filter_map(|r| r.history.as_ref().map(|h| (r, h)))
    }

    /// The same as figures want them: each with its name and its colour. One alone has its whole name.
    pub fn drawn(&self) -> Vec<(&History, &str, colors::Color)> {
        let is_alone = self.shown().count() == 1;
        let named = self
            .shown()
            .map(|(run, history)| (history, if is_alone { run.name() } else { run.short.as_str() }, run.color));
        named.collect()
    }

    /// Gives all runs the short names that tell them apart; wherever runs come or go, or are called otherwise.
    fn name_runs(&mut self) {
        let whole: Vec<&str> = self.runs.iter().map(|run| run.label.as_str()).collect();
        let short = run_names::short(&whole);
        self.runs.iter_mut().zip(short).for_each(|(run, short)| run.short = run.given.clone().unwrap_or(short));
    }

    /// The run that the read-out is about.
    pub fn active(&self) -> Option<&Run> {
        self.active.and_then(|id| self.run(id)).or(self.runs.last())
    }

    pub fn set_active(&mut self, id: RunId) {
        self.active = Some(id);
    }

    /// The run that the engine works on; of several, the one that the read-out is about, else the one that began last.
    pub fn live(&self) -> Option<&Run> {
        let active = self.active().filter(|r| r.is_live());
        active.or_else(|| self.runs.iter().rev().find(|r| r.is_live()))
    }

    /// All runs that the engine works on.
    pub fn all_live(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|r| r.is_live())
    }

    /// All runs with their depth in the tree of forks: a fork comes after the run that it left, if that is here.
    pub fn tree(&self) -> Vec<(RunId, usize)> {
        let parent = |run: &Run| {
            let left = &run.history.as_ref()?.manifest().spec.fork.as_ref()?.run;
            self.runs.iter().find(|r| r.id != run.id && r.identity.as_ref() == Some(left)).map(|r| r.id)
        };
        let parents: Vec<(RunId, Option<RunId>)> = self.runs.iter().map(|r| (r.id, parent(r))).collect();
        let mut tree = Vec::new();
        let mut open: Vec<(RunId, usize)> =
            parents.iter().rev().filter(|(_, p)| p.is_none()).map(|(id, _)| (*id, 0)).collect();
        while let Some((id, depth)) = open.pop() {
            tree.push((id, depth));
            open.extend(parents.iter().rev().filter(|(_, p)| *p == Some(id)).map(|(child, _)| (*child, depth + 1)));
        }
        tree
    }

    /// From the first to the last iteration of all shown runs.
    pub fn x_range(&self) -> Option<(f64, f64)> {
        self.shown().filter_map(|(run, _)| run.covers()).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// From the first to the last iteration of the shown runs that go on, else of the one that the read-out is about: a run
    /// that ends does not give way to a longer one. Else of all.
    pub fn newest_range(&self) -> Option<(f64, f64)> {
        let live = self.shown().filter(|(r, _)| r.is_live()).filter_map(|(_, h)| h.x_range());
        let active = || self.active().filter(|run| run.visible).and_then(Run::covers);
        live.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).or_else(active).or_else(|| self.x_range())
    }

    fn add(&mut self, spec: &RunSpec, phase: Phase) -> &mut Run {
        self.next_id += 1;
        let id = self.next_id;
        let label = spec.label();
        // The colour of its optimizer if no run has it, else one that no run has; taking one out repaints none.
        let used: Vec<colors::Color> = self.runs.iter().map(|run| run.own_color).collect();
        let color = run_colors::free(colors::optimizer_color(spec.optimizer.kind), &used);
        self.active = Some(id);
        let (file, history, identity) = (None, None, None);
        self.runs.push(Run {
            id,
            short: label.clone(),
            label,
            given: None,
            color,
            own_color: color,
            visible: true,
            phase,
            file,
            history,
            parts: None,
            behind: false,
            identity,
            sweep: None,
        });
        self.name_runs();
        let last = self.runs.len() - 1;
        &mut self.runs[last]
    }

    /// Makes room for a run that the engine is asked to begin.
    pub fn begin(&mut self, spec: &RunSpec) -> RunId {
        self.add(spec, Phase::Preparing { what: "starting", done: 0, total: 0 }).id
    }

    /// Brings the run of a file to the fore, and its curves into view, if it is here.
    pub fn find(&mut self, path: &Path) -> bool {
        let Some(run) = self.runs.iter_mut().find(|r| r.file.as_deref() == Some(path)) else { return false };
        run.visible = true;
        self.active = Some(run.id);
        true
    }

    /// Adds a run that was read from its file.
    pub fn insert(&mut self, path: &Path, history: History) {
        let identity = history.manifest().identity();
        let sweep = self.sweeps.of(&identity);
        let run = self.add(&history.manifest().spec.clone(), as_filed(&history));
        run.file = Some(path.to_path_buf());
        run.identity = Some(identity);
        run.sweep = sweep;
        run.history = Some(history);
        let id = run.id;
        self.recall_color(id, path);
        self.recall_name(id);
    }

    /// Adds a run of whose file the beginning was read; the other parts come one by one.
    pub fn insert_beginning(
        &mut self,
        path: &Path,
        history: History,
        total: u64,
        parts: Receiver<Result<Tail, String>>,
    ) {
        self.insert(path, history);
        if let Some(run) = self.runs.last_mut() {
            (run.phase, run.parts) = (Phase::Reading { total }, Some(parts));
        }
    }

    /// Takes in what was read of runs that are being read, until a time. Returns what the user should read.
    pub fn read_on(&mut self, until: Instant) -> Vec<Notice> {
        let mut notices = Vec::new();
        for run in &mut self.runs {
            while let Some(parts) = &run.parts {
                if Instant::now() >= until {
                    return notices;
                }
                match (parts.try_recv(), &mut run.history) {
                    (Ok(Ok(tail)), Some(history)) => history.append(tail),
                    (Ok(Ok(_)), None) => {}
                    // What there is stays in view.
                    (Ok(Err(why)), _) => {
                        run.phase = Phase::Failed(why.clone());
                        run.parts = None;
                        notices.push(Notice::error(why));
                    }
                    (Err(TryRecvError::Empty), _) => break,
                    (Err(TryRecvError::Disconnected), history) => {
                        run.phase = history.as_ref().map_or(Phase::Unfinished, as_filed);
                        run.parts = None;
                    }
                }
            }
        }
        notices
    }

    /// Whether parts of runs wait to be taken in.
    pub fn has_parts(&self) -> bool {
        self.runs.iter().filter_map(|run| run.parts.as_ref()).any(|parts| !parts.is_empty())
    }

    /// Says which colours the runs of files had, for when they are opened.
    pub fn remember_colors(&mut self, colors: impl IntoIterator<Item = (PathBuf, colors::Color)>) {
        self.colors.extend(colors);
    }

    /// Gives a run the colour that it had, unless another one has it.
    fn recall_color(&mut self, id: RunId, file: &Path) {
        let Some(color) = self.colors.get(file).copied() else { return };
        let is_free = self.runs.iter().all(|run| run.id == id || run.own_color != color);
        if let Some(run) = self.run_mut(id).filter(|_| is_free) {
            (run.color, run.own_color) = (color, color);
        }
    }

    /// Gives a run the name that its file was given before.
    fn recall_name(&mut self, id: RunId) {
        let Some(file) = self.run(id).and_then(|run| run.file.clone()) else { return };
        let Some(name) = self.names.of(&file).map(str::to_owned) else { return };
        if let Some(run) = self.run_mut(id) {
            run.given = Some(name);
        }
        self.name_runs();
    }

    /// Calls a run otherwise, here and whenever its file is opened; the file itself stays as it is. An empty name, and
    /// its own, take the given one away.
    pub fn rename(&mut self, id: RunId, name: &str) {
        let Some(run) = self.run(id) else { return };
        let name = Some(name.trim()).filter(|name| !name.is_empty() && *name != run.label).map(str::to_owned);
        if name == run.given {
            return;
        }
        let renamed = Renamed { id, file: run.file.clone(), before: run.given.clone() };
        self.renamed.push(renamed);
        self.give(id, name);
    }

    fn give(&mut self, id: RunId, name: Option<String>) {
        let Some(run) = self.run_mut(id) else { return };
        run.given.clone_from(&name);
        if let Some(file) = run.file.clone() {
            self.names.give(&file, name);
        }
        self.name_runs();
    }

    /// Takes the last name back that was given.
    pub fn undo_rename(&mut self) {
        let Some(Renamed { id, file, before }) = self.renamed.pop() else { return };
        // A run that was taken out and brought back is another one of the same file.
        let again = self.runs.iter().find(|run| run.id == id || file.is_some() && run.file == file).map(|run| run.id);
        match (again, file) {
            (Some(id), _) => self.give(id, before),
            (None, Some(file)) => self.names.give(&file, before),
            (None, None) => {}
        }
    }

    pub fn can_undo_rename(&self) -> bool {
        !self.renamed.is_empty()
    }

    /// Says of a run that has just been started that it is one of a sweep; it is remembered once the run has an identity.
    pub fn put_in_sweep(&mut self, id: RunId, sweep: u32) {
        if let Some(run) = self.run_mut(id) {
            run.sweep = Some(sweep);
        }
    }

    /// The runs of sweeps, those of other days among them.
    pub fn sweeps(&self) -> &Sweeps {
        &self.sweeps
    }

    /// The names that files were given.
    pub fn given_names(&self) -> &GivenNames {
        &self.names
    }

    /// Draws these runs in these colours, and all others in their own.
    pub fn paint(&mut self, colors: &BTreeMap<RunId, colors::Color>) {
        self.runs.iter_mut().for_each(|run| run.color = colors.get(&run.id).copied().unwrap_or(run.own_color));
    }

    /// Adds a run that is in no file.
    pub fn insert_unfiled(&mut self, label: String, history: History) {
        let run = self.add(&history.manifest().spec.clone(), as_filed(&history));
        run.label = label;
        run.identity = Some(history.manifest().identity());
        run.history = Some(history);
        self.name_runs();
    }

    /// Runs with missing records: their files, and the newest step and slice that are here.
    pub fn behind(&self) -> Vec<(RunId, PathBuf, Newest)> {
        let entry = |r: &Run| {
            let history = r.history.as_ref()?;
            let newest = Newest { step: history.last_step_t(), slice: history.last_slice_t() };
            Some((r.id, r.file.clone()?, newest))
        };
        self.runs.iter().filter(|r| r.behind).filter_map(entry).collect()
    }

    /// Adds what was read from the file of a run that is behind.
    pub fn catch_up(&mut self, id: RunId, tail: Tail) {
        let Some(run) = self.run_mut(id) else { return };
        if let Some(history) = &mut run.history {
            history.append(tail);
        }
        // The file of a run that has ended has everything; a live one is level when its next records follow on.
        run.behind &= run.is_live();
    }

    /// Takes a run out of the window.
    pub fn close(&mut self, id: RunId) {
        if let Some(index) = self.runs.iter().position(|r| r.id == id) {
            let run = self.runs.remove(index);
            self.colors.extend(run.file.clone().map(|file| (file, run.own_color)));
            self.closed.extend(run.file);
            self.name_runs();
        }
    }

    /// Takes out the runs that have ended before they began: there is nothing of them to see.
    pub fn forget_unbegun(&mut self) {
        let before = self.runs.len();
        self.runs.retain(|run| run.history.is_some() || run.is_live());
        if self.runs.len() < before {
            self.name_runs();
        }
    }

    /// The file of the run that was taken out last.
    pub fn pop_closed(&mut self) -> Option<PathBuf> {
        self.closed.pop()
    }

    pub fn can_reopen(&self) -> bool {
        !self.closed.is_empty()
    }

    /// Applies what the engine says; returns what the user should read.
    pub fn apply(&mut self, event: Event) -> Option<Notice> {
        match event {
            Event::Preparing { id, what, done, total } => {
                self.run_mut(id)?.phase = Phase::Preparing { what, done, total };
            }
            Event::Started { id, manifest, file } => {
                let run = self.run_mut(id)?;
                if manifest.spec.fork.is_some() {
                    run.label = manifest.spec.label();
                }
                run.identity = Some(manifest.identity());
                run.history = Some(History::new((*manifest).clone()));
                run.file = file;
                let sweep = run.sweep;
                // It may have been named before it had a file.
                let (given, file) = (run.given.clone(), run.file.clone());
                let notes = manifest.notes.join(" ");
                let notice = (!notes.is_empty()).then(|| Notice::warning(format!("{}: {notes}", run.label)));
                if let (Some(name), Some(file)) = (given, file) {
                    self.names.give(&file, Some(name));
                }
                if let Some(sweep) = sweep {
                    self.sweeps.put(sweep, manifest.identity());
                }
                self.name_runs();
                return notice;
            }
            Event::Records { id, records } => {
                let run = self.run_mut(id)?;
                let history = run.history.as_mut()?;
                if run.behind {
                    // Newer records on top of a gap would close it for ever: leave them to the file, too.
                    let newest = history.last_step_t().max(history.last_slice_t()).unwrap_or(0);
                    let probes = history.manifest().spec.probes;
                    let next = newest + probes.step_every.min(probes.slice_every);
                    if records.first().is_some_and(|r| r.t() > next) {
                        return None;
                    }
                    run.behind = false;
                }
                records.iter().for_each(|record| record.add_to(history));
                let mut is_renamed = false;
                for record in &records {
                    // A fork's own rate or batch stands in its name already.
                    if let Record::Change(change) = record
                        && history.manifest().spec.fork.as_ref().is_none_or(|fork| fork.step != change.t)
                    {
                        run.label = changed(&run.label, &change.change);
                        is_renamed = true;
                    }
                }
                if is_renamed {
                    self.name_runs();
                }
            }
            Event::Missed { id, .. } => {
                let run = self.run_mut(id)?;
                run.behind = run.file.is_some();
                if !run.behind {
                    let words =
                        "the window could not keep up, and the run has no file to read the missing records from";
                    return Some(Notice::warning(format!("{}: {words}", run.label)));
                }
            }
            Event::State { id, state } => {
                let run = self.run_mut(id)?;
                run.phase = match state {
                    RunState::Running => Phase::Running,
                    RunState::Paused(pause) => Phase::Paused(pause),
                };
                return match &run.phase {
                    Phase::Paused(Pause::Diverged { t }) => Some(Notice::warning(format!(
                        "{}: the loss or the gradient is not a finite number at iteration {t}. The run is held and \
                         everything up to here is kept. Lower the learning rate and start again, or stop.",
                        run.label
                    ))),
                    Phase::Paused(Pause::Disk(cause)) => Some(Notice::error(format!(
                        "{}: the run file cannot be written: {cause}. The run is held and nothing is lost; make room, \
                         then press play.",
                        run.label
                    ))),
                    _ => None,
                };
            }
            Event::Finished { id, summary } => {
                let run = self.run_mut(id)?;
                run.phase = Phase::Ended(summary.outcome.clone());
                if let Some(history) = &mut run.history {
                    history.finish(*summary);
                }
            }
            Event::Cancelled { id } => self.run_mut(id)?.phase = Phase::Ended(Outcome::Stopped),
            Event::Failed { id, message } => {
                let run = self.run_mut(id)?;
                run.phase = Phase::Failed(plain(&message));
                let of = if run.history.is_none() { Attempt::Start } else { Attempt::None };
                return Some(Notice::error(message).of(of));
            }
            Event::Warning { id, message } => {
                let label = self.run(id).map_or("", |r| r.label.as_str());
                return Some(Notice::warning(format!("{label}: {message}")));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic;

    fn open(store: &mut Store, file: &str) -> RunId {
        store.insert(Path::new(file), History::new(synthetic::manifest(10)));
        store.runs().last().unwrap().id
    }

    #[test]
    fn a_name_stays_with_its_file_and_is_taken_back() {
        let mut store = Store::default();
        let id = open(&mut store, "/runs/a.valley");
        let own = store.run(id).unwrap().label.clone();
        store.rename(id, " the good one ");
        assert_eq!((store.run(id).unwrap().name(), store.drawn()[0].1), ("the good one", "the good one"));
        assert_eq!(store.run(id).unwrap().short, "the good one");
        store.close(id);
        let id = open(&mut store, "/runs/a.valley");
        assert_eq!(store.run(id).unwrap().name(), "the good one", "its file is known by it");
        store.rename(id, &own);
        assert_eq!(store.run(id).unwrap().given, None, "its own name is no given one");
        store.undo_rename();
        assert_eq!(store.run(id).unwrap().name(), "the good one");
        store.undo_rename();
        assert!(store.run(id).unwrap().name() == own && !store.can_undo_rename());
        assert_eq!(store.given_names().of(Path::new("/runs/a.valley")), None);
    }

    #[test]
    fn a_run_that_is_here_is_shown_when_its_file_is_opened_again() {
        let mut store = Store::default();
        let a = open(&mut store, "/a.valley");
        open(&mut store, "/b.valley");
        store.run_mut(a).unwrap().visible = false;
        assert!(store.find(Path::new("/a.valley")) && !store.find(Path::new("/c.valley")));
        assert_eq!(store.active().map(|run| (run.id, run.visible)), Some((a, true)));
    }

    #[test]
    fn a_run_that_never_began_leaves_nothing_but_what_is_said_of_it() {
        let mut store = Store::default();
        let spec = synthetic::manifest(10).spec;
        let (failed, cancelled, live) = (store.begin(&spec), store.begin(&spec), store.begin(&spec));
        let notice = store.apply(Event::Failed { id: failed, message: "there are no images".into() }).unwrap();
        assert_eq!((notice.text.as_str(), notice.of), ("there are no images", Attempt::Start));
        store.apply(Event::Cancelled { id: cancelled });
        store.forget_unbegun();
        assert_eq!(store.runs().iter().map(|run| run.id).collect::<Vec<_>>(), [live]);
        assert!(!store.can_reopen());
        // One that has begun stays, whatever becomes of it.
        let manifest = std::sync::Arc::new(synthetic::manifest(10));
        store.apply(Event::Started { id: live, manifest, file: None });
        let notice = store.apply(Event::Failed { id: live, message: "the disk is gone".into() }).unwrap();
        store.forget_unbegun();
        assert_eq!((notice.of, store.runs().len()), (Attempt::None, 1));
    }

    #[test]
    fn the_view_stays_at_a_run_that_has_ended() {
        let mut store = Store::default();
        for (file, steps) in [("/long.valley", 90), ("/short.valley", 30)] {
            store.insert(Path::new(file), synthetic::bounce(steps, 1));
        }
        let short = store.runs()[1].id;
        let end = |store: &Store| store.newest_range().map(|(_, end)| end);
        store.run_mut(short).unwrap().phase = Phase::Running;
        assert_eq!(end(&store), Some(30.0));
        store.run_mut(short).unwrap().phase = Phase::Ended(Outcome::Finished);
        assert_eq!(end(&store), Some(30.0), "the longer one is not followed");
        store.run_mut(short).unwrap().visible = false;
        assert_eq!(end(&store), Some(90.0));
    }

    #[test]
    fn a_run_that_is_being_read_grows_until_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        let made = synthetic::bounce(5000, 1);
        let mut writer = crate::runfile::Writer::create(&path, made.manifest(), false).unwrap();
        made.steps().iter().for_each(|r| writer.step(r).unwrap());
        writer.commit().unwrap();
        drop(writer);
        let mut parts = crate::history::Parts::open(&path).unwrap();
        let mut history = parts.begin();
        history.append(parts.next().unwrap().unwrap());
        let (sender, receiver) = crossbeam_channel::bounded(8);
        let mut store = Store::default();
        store.insert_beginning(&path, history, parts.total().unwrap(), receiver);
        let soon = || Instant::now() + std::time::Duration::from_secs(60);
        assert_eq!(store.runs()[0].reading(), Some((2047, 4999)));
        assert_eq!(store.x_range(), Some((0.0, 4999.0)), "room for what comes");
        assert!(store.read_on(soon()).is_empty() && !store.has_parts());
        sender.send(Ok(parts.next().unwrap().unwrap())).unwrap();
        assert!(store.has_parts() && store.read_on(Instant::now()).is_empty(), "there is no time");
        assert_eq!(store.runs()[0].reading(), Some((2047, 4999)));
        store.read_on(soon());
        assert_eq!(store.runs()[0].reading(), Some((4095, 4999)));
        parts.for_each(|part| sender.send(Ok(part.unwrap())).unwrap());
        drop(sender);
        store.read_on(soon());
        let run = &store.runs()[0];
        assert_eq!((run.reading(), &run.phase), (None, &Phase::Unfinished));
        assert_eq!(run.history.as_ref().unwrap().steps(), made.steps());
    }

    #[test]
    fn a_file_that_is_damaged_further_on_keeps_what_was_read() {
        let (sender, receiver) = crossbeam_channel::bounded(8);
        let mut store = Store::default();
        store.insert_beginning(Path::new("/a.valley"), synthetic::bounce(30, 1), 90, receiver);
        sender.send(Err("it is cut".into())).unwrap();
        drop(sender);
        let notices = store.read_on(Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!(notices, [Notice::error("it is cut".into())]);
        let run = &store.runs()[0];
        assert_eq!((&run.phase, run.reached()), (&Phase::Failed("it is cut".into()), Some(30)));
    }

    #[test]
    fn a_run_of_a_sweep_is_one_in_another_window() {
        let mut store = Store::default();
        let manifest = synthetic::manifest(10);
        let id = store.begin(&manifest.spec);
        store.put_in_sweep(id, 3);
        assert_eq!(store.sweeps().newest(), 0, "it has not begun");
        store.apply(Event::Started { id, manifest: std::sync::Arc::new(manifest), file: Some("/a.valley".into()) });
        assert_eq!(store.sweeps().newest(), 3);
        let mut other = Store::remembering(GivenNames::default(), store.sweeps().clone());
        // Wherever its file is now.
        let id = open(&mut other, "/moved/a.valley");
        assert_eq!(other.run(id).unwrap().sweep, Some(3));
    }

    #[test]
    fn a_run_that_comes_back_has_the_colour_that_it_had() {
        let mut store = Store::default();
        let (a, b) = (open(&mut store, "/a.valley"), open(&mut store, "/b.valley"));
        let colors = [a, b].map(|id| store.run(id).unwrap().own_color);
        store.close(a);
        let a = open(&mut store, "/a.valley");
        assert_eq!(store.run(a).unwrap().own_color, colors[0]);
        let mut other = Store::default();
        other.remember_colors([("/b.valley".into(), colors[1])]);
        let [b, a] = ["/b.valley", "/a.valley"].map(|file| open(&mut other, file));
        assert_eq!([a, b].map(|id| other.run(id).unwrap().own_color), colors);
        other.remember_colors([("/c.valley".into(), colors[1])]);
        let c = open(&mut other, "/c.valley");
        assert_ne!(other.run(c).unwrap().own_color, colors[1], "another one has it");
    }

    #[test]
    fn paint_covers_the_own_colour_and_comes_off() {
        let mut store = Store::default();
        let (a, b) = (open(&mut store, "/a.valley"), open(&mut store, "/b.valley"));
        let own = store.runs().iter().map(|run| run.color).collect::<Vec<_>>();
        store.paint(&BTreeMap::from([(b, own[0])]));
        assert_eq!((store.run(a).unwrap().color, store.run(b).unwrap().color), (own[0], own[0]));
        let c = open(&mut store, "/c.valley");
        assert!(!own.contains(&store.run(c).unwrap().own_color), "colours under paint are taken, too");
        store.paint(&BTreeMap::new());
        assert_eq!(store.run(b).unwrap().color, own[1]);
    }
}
