//! Two minima to try everything on, without a download: the built-in digits, learned by SGD and by SAM from one start. They are
//! trained on the spot, in seconds, on a thread of their own.

use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::{
    engine::{Incomplete, RecordTo, complete},
    objective::Interrupt,
    optim::{OptimizerKind, OptimizerSpec},
    probe::ProbeSpec,
    run::{Length, RunSpec},
    runfile::{EXTENSION, Reader},
};

/// Passes over the digits: enough for SGD to have no error left on them.
const EPOCHS: u64 = 100;
/// Radius of the SAM minimum.
const RHO: f64 = 0.1;

/// What is being made.
#[derive(Debug)]
struct Job {
    stop: Interrupt,
    news: Receiver<News>,
    share: f64,
}

#[derive(Debug)]
enum News {
    Moves(f64),
    Done(Result<[PathBuf; 2], String>),
}

/// See the module.
#[derive(Debug, Default)]
pub struct Samples {
    job: Option<Job>,
}

/// The two runs: their names and what makes them.
fn specs() -> [(&'static str, RunSpec); 2] {
    let base = RunSpec {
        lr: 0.5,
        length: Length::Epochs(EPOCHS),
        // Only their ends are wanted.
        probes: ProbeSpec { slice_every: 1_000_000, ..ProbeSpec::default() },
        ..RunSpec::default()
    };
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, rho: RHO, ..base.optimizer };
    [("sample-sgd", base.clone()), ("sample-sam", RunSpec { optimizer: sam, ..base })]
}

impl Samples {
    /// How far they are, 0..1, while they are being made.
    pub fn share(&self) -> Option<f64> {
        self.job.as_ref().map(|job| job.share)
    }

    /// Begins to make them in `folder`, or takes those that are there.
    pub fn start(&mut self, folder: PathBuf, ctx: &egui::Context) {
        if self.job.is_some() {
            return;
        }
        let (sender, news) = bounded(64);
        let (stop, ctx) = (Interrupt::default(), ctx.clone());
        let flag = stop.clone();
        let work = move || {
            let mut moves = |share| {
                if sender.try_send(News::Moves(share)).is_ok() {
                    ctx.request_repaint();
                }
            };
            let made = make(&folder, &flag, &mut moves);
            sender.send(News::Done(made)).ok();
            ctx.request_repaint();
        };
        // Without a thread the channel is closed at once, which `take_in` reports.
        std::thread::Builder::new().name("samples".into()).spawn(work).ok();
        self.job = Some(Job { stop, news, share: 0.0 });
    }

    pub fn stop(&mut self) {
        if let Some(job) = self.job.take() {
            job.stop.raise();
        }
    }

    /// Both, when they have just been made: as checkpoints. Or why there are none, in words.
    pub fn take_in(&mut self) -> Option<Result<[PathBuf; 2], String>> {
        loop {
            let job = self.job.as_mut()?;
            match job.news.try_recv() {
                Ok(News::Moves(share)) => job.share = share,
                Ok(News::Done(made)) => {
                    self.job = None;
                    return Some(made);
                }
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    self.job = None;
                    return Some(Err("the samples met an internal error".into()));
                }
            }
        }
    }
}

impl Drop for Samples {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes what is not there yet. Returns the last checkpoint of each.
fn make(folder: &Path, stop: &Interrupt, moves: &mut dyn FnMut(f64)) -> Result<[PathBuf; 2], String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let [sgd, sam] = specs();
    let mut half = 0.0;
    let mut one = |(name, spec): (&str, RunSpec)| {
        let path = folder.join(format!("{name}.{EXTENSION}"));
        let found = match last(&path, &spec) {
            Some(there) => Ok(there),
            None => {
                let to = RecordTo::File { path: path.clone(), overwrite: true };
                let made = complete(spec.clone(), stop, &to, &mut |share| moves(half + 0.5 * share));
                made.map_err(|e| match e {
                    Incomplete::Walk(e) => e.to_string(),
                    Incomplete::File(why) => why,
                })?;
                last(&path, &spec).ok_or_else(|| format!("{} was not written", path.display()))
            }
        };
        half = 0.5;
        found
    };
    Ok([one(sgd)?, one(sam)?])
}

/// The last checkpoint of a run that is whole and was made by just this.
fn last(path: &Path, spec: &RunSpec) -> Option<PathBuf> {
    let reader = Reader::open(path).ok()?;
    let is_it = reader.manifest().spec == *spec && reader.summary().ok()?.is_some();
    let t = is_it.then(|| reader.checkpoints().ok()?.last().copied()).flatten()?;
    Some(format!("{}@{t}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;

    #[test]
    fn both_are_minima_and_are_made_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let stop = Interrupt::default();
        let made = make(folder.path(), &stop, &mut |_| {}).unwrap();
        for name in ["sample-sgd", "sample-sam"] {
            let history = History::read(&folder.path().join(format!("{name}.valley"))).unwrap();
            let end = history.epochs().last().unwrap();
            assert!(end.train_error == 0.0 && end.train_loss < 0.01 && end.test_error < 0.15, "{name}: {end:?}");
        }
        let mut moved = false;
        assert_eq!(make(folder.path(), &stop, &mut |_| moved = true).unwrap(), made);
        assert!(!moved, "what is there is taken");
        // A file of other settings is made anew, and never mistaken.
        let [_, (_, sam)] = specs();
        assert!(last(&folder.path().join("sample-sgd.valley"), &sam).is_none());
    }
}
