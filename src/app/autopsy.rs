//! The step of a run that is looked into: made again on a thread of its own, from the run's file.

use crossbeam_channel::TryRecvError;

use super::{
    phase::{Measuring, Phase},
    plain::plain,
    store::Run,
};
use crate::{
    engine::{Answer, AutopsyHead, AutopsyJob, AutopsyRequest, Explorer, RunId},
    explore::{AutopsyReport, Settings},
};

/// A step, and what is known of it.
pub struct Looked {
    pub run: RunId,
    pub step: u64,
    pub phase: Phase,
    /// `None` until the step is made again.
    pub head: Option<AutopsyHead>,
    pub report: AutopsyReport,
    /// While it goes on.
    explorer: Option<Explorer<AutopsyJob>>,
}

/// See the module.
#[derive(Default)]
pub struct Autopsy {
    looked: Option<Looked>,
}

impl Autopsy {
    /// Looks into a step of a run, in the place of the one before. `wake` is called whenever something is found.
    ///
    /// # Errors
    /// A run without a file, and when the system gives no thread, in words.
    pub fn start(
        &mut self,
        run: &Run,
        step: u64,
        settings: &Settings,
        wake: impl Fn() + Send + 'static,
    ) -> Result<(), String> {
        let file = run.file.clone().ok_or("This run has no file from which a step could be made again.")?;
        let request = AutopsyRequest { file, step, data_dir: None, device: None };
        let explorer = Explorer::start(request, settings, wake)
            .map_err(|e| format!("nothing can be measured: the system gives no thread ({e}); close other programs"))?;
        self.looked = Some(Looked {
            run: run.id,
            step,
            phase: Phase::Measuring(Measuring::default()),
            head: None,
            report: AutopsyReport::default(),
            explorer: Some(explorer),
        });
        Ok(())
    }

    /// What is known of this step of a run, if it is the one that is looked into.
    pub fn of(&self, run: RunId, step: u64) -> Option<&Looked> {
        self.looked.as_ref().filter(|looked| (looked.run, looked.step) == (run, step))
    }

    /// Ends what goes on; what was found stays.
    pub fn stop(&self) {
        if let Some(explorer) = self.looked.as_ref().and_then(|looked| looked.explorer.as_ref()) {
            explorer.stop();
        }
    }

    /// Takes in what was found. A step has few parts, so that all of them are taken at once.
    pub fn take_in(&mut self) {
        let Some(looked) = &mut self.looked else { return };
        while let Some(explorer) = &looked.explorer {
            match explorer.answers().try_recv() {
                Ok(answer) => looked.apply(answer),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    looked.end(Phase::Failed("the measurement met an internal error".into()));
                }
            }
        }
    }
}

impl Looked {
    fn apply(&mut self, answer: Answer<AutopsyJob>) {
        match (answer, &mut self.phase) {
            (Answer::Preparing(share), Phase::Measuring(m)) => m.prepare(share),
            (Answer::Progress { progress, remaining }, Phase::Measuring(m)) => m.advance(progress, remaining),
            (Answer::Begun(head), _) => self.head = Some(*head),
            (Answer::Found(news), _) => self.report.apply(news),
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
