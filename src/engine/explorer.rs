//! A measurement on a thread of its own, beside a run that may be going on.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};

use crate::{
    explore::{Context, ExploreError, Job, Progress, Settings},
    objective::Interrupt,
};

/// Answers that wait to be looked at; a thread that is further ahead waits.
const WAITING: usize = 1024;

/// What the thread tells, in order.
pub enum Answer<J: Job> {
    /// Files are being read, or a path's principal components found: the share that is done.
    Preparing(f64),
    /// Once, before anything is found.
    Begun(Box<J::Head>),
    Found(J::Found),
    Progress {
        progress: Progress,
        /// Time that the rest will take, once that can be told.
        remaining: Option<Duration>,
    },
    Done {
        seconds: f64,
    },
    Stopped,
    Failed(String),
}

/// A measurement in progress. Dropping it ends the work.
pub struct Explorer<J: Job> {
    answers: Receiver<Answer<J>>,
    interrupt: Interrupt,
}

impl<J: Job> Drop for Explorer<J> {
    fn drop(&mut self) {
        self.interrupt.raise();
    }
}

impl<J: Job> Explorer<J> {
    /// Starts measuring on what is in memory already, where it can; `wake` is called after every answer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        request: J::Request,
        settings: &Settings,
        wake: impl Fn() + Send + 'static,
    ) -> io::Result<Explorer<J>> {
        let (sender, answers) = bounded(WAITING);
        let interrupt = Interrupt::default();
        let context = Context { interrupt: interrupt.clone(), settings: settings.clone() };
        thread::Builder::new().name("explorer".into()).spawn(move || {
            // A front that is gone has dropped its explorer, which raises the interrupt.
            let tell = |answer| {
                sender.send(answer).ok();
                wake();
            };
            let begun = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| measure::<J>(&request, context, &tell)));
            tell(match outcome {
                Ok(Ok(())) => Answer::Done { seconds: begun.elapsed().as_secs_f64() },
                Ok(Err(e)) if e.is_interrupt() => Answer::Stopped,
                Ok(Err(e)) => Answer::Failed(e.to_string()),
                Err(panic) => Answer::Failed(format!("an internal error: {}", crate::panic_text::panic_text(&*panic))),
            });
        })?;
        Ok(Explorer { answers, interrupt })
    }

    /// What was told since the last look.
    pub fn answers(&self) -> &Receiver<Answer<J>> {
        &self.answers
    }

    /// Ends the work; the last answer is then [`Answer::Stopped`].
    pub fn stop(&self) {
        self.interrupt.raise();
    }
}

fn measure<J: Job>(request: &J::Request, context: Context, tell: &dyn Fn(Answer<J>)) -> Result<(), ExploreError> {
    let mut job = J::open(request, context, &mut |share| tell(Answer::Preparing(share)))?;
    tell(Answer::Begun(Box::new(job.head())));
    // What reading took says nothing about how long the rest will take.
    let begun = Instant::now();
    while let Some(found) = job.advance()? {
        tell(Answer::Found(found));
        let (done, left) = job.work();
        let remaining = (done > 0.0).then(|| begun.elapsed().mul_f64(left / done));
        tell(Answer::Progress { progress: job.progress(), remaining });
    }
    Ok(())
}
