//! A line, a plane, an escape table or a valley being measured on a thread of its own, beside a run that may be going on.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};

use super::live::{self, LiveFound, LiveRequest};
use crate::{
    explore::{
        About, Ended, EscapeJob, EscapeRequest, ExploreError, Layout, LineFound, LineJob, LineRequest, PlaneFound,
        PlaneJob, PlaneRequest, Progress, ValleyFound, ValleyJob, ValleyReport, ValleyRequest,
    },
    objective::Interrupt,
    survey::{LineSummary, PlanePoint},
    valley::Escape,
};

/// What is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    Line(LineRequest),
    /// Again and again, while its ends move.
    Live(LiveRequest),
    Plane(PlaneRequest),
    Escape(EscapeRequest),
    Valley(ValleyRequest),
}

/// An escape table, before it is filled.
#[derive(Clone, Debug, PartialEq)]
pub struct EscapeHead {
    pub title: String,
    /// How it is measured, in lines.
    pub caption: String,
    /// What was done to the file on the way in.
    pub notes: Vec<String>,
    /// With the runs that the record had already.
    pub table: Escape,
    pub resumed: usize,
}

/// One of the curves of a line, before it is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveHead {
    pub name: String,
    /// What stands at α = 0 and α = 1.
    pub ends: [Option<String>; 2],
    pub distance: f64,
}

/// What the thread tells, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Files are being read, or a path's principal components found: the share that is done.
    Preparing(f64),
    LineBegun {
        about: Box<About>,
        curves: Vec<CurveHead>,
    },
    PlaneBegun {
        about: Box<About>,
        layout: Box<Layout>,
        /// Points that the file had already.
        resumed: Vec<PlanePoint>,
    },
    EscapeBegun(Box<EscapeHead>),
    ValleyBegun {
        about: Box<About>,
        /// What will be told of, with nothing measured yet.
        report: Box<ValleyReport>,
    },
    Line(LineFound),
    /// A whole line, in the place of the one before.
    Live(Box<LiveFound>),
    Plane(PlaneFound),
    /// Runs that ended.
    Escape(Vec<Ended>),
    Valley(ValleyFound),
    /// After the last point of a curve.
    Summary {
        curve: usize,
        summary: Box<LineSummary>,
    },
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

/// A survey in progress. Dropping it ends the work.
pub struct Explorer {
    answers: Receiver<Answer>,
    interrupt: Interrupt,
}

impl Drop for Explorer {
    fn drop(&mut self) {
        self.interrupt.raise();
    }
}

impl Explorer {
    /// Starts measuring; `wake` is called after every answer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(question: Question, wake: impl Fn() + Send + 'static) -> io::Result<Explorer> {
        let (sender, answers) = bounded(1024);
        let interrupt = Interrupt::default();
        let raised = interrupt.clone();
        thread::Builder::new().name("explorer".into()).spawn(move || {
            let told = |answer| {
                let heard = sender.send(answer).is_ok();
                wake();
                heard
            };
            let begun = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| measure(&question, &raised, begun, &told)));
            let last = match outcome {
                Ok(Ok(())) => Answer::Done { seconds: begun.elapsed().as_secs_f64() },
                Ok(Err(e)) if e.is_interrupt() => Answer::Stopped,
                Ok(Err(e)) => Answer::Failed(e.to_string()),
                Err(panic) => Answer::Failed(format!("an internal error: {}", super::panic_text(&*panic))),
            };
            told(last);
        })?;
        Ok(Explorer { answers, interrupt })
    }

    /// What was told since the last look.
    pub fn answers(&self) -> &Receiver<Answer> {
        &self.answers
    }

    /// Ends the work; the last answer is then [`Answer::Stopped`].
    pub fn stop(&self) {
        self.interrupt.raise();
    }
}

fn measure(
    question: &Question,
    interrupt: &Interrupt,
    begun: Instant,
    told: &dyn Fn(Answer) -> bool,
) -> Result<(), ExploreError> {
    match question {
        Question::Line(request) => {
            let mut job = LineJob::open(request, interrupt.clone())?;
            let curves = job.curves.iter().map(|c| CurveHead {
                name: c.name.clone(),
                ends: c.ends.clone(),
                distance: c.distance,
            });
            let curves: Vec<CurveHead> = curves.collect();
            let count = curves.len();
            told(Answer::LineBegun { about: Box::new(job.setting.about.clone()), curves });
            let mut clock = Clock::new(begun, 0);
            while let Some(found) = job.advance()? {
                told(Answer::Line(found));
                told(clock.progress(job.progress()));
            }
            for curve in 0..count {
                told(Answer::Summary { curve, summary: Box::new(job.summary(curve)) });
            }
        }
        Question::Live(request) => live::measure(request, interrupt, &|found| match found {
            live::Told::Begun { about, name } => {
                let ends = request.ends.clone().map(|end| Some(end.name));
                told(Answer::LineBegun { about, curves: vec![CurveHead { name, ends, distance: 0.0 }] })
            }
            live::Told::Found(found) => told(Answer::Live(found)),
        })?,
        Question::Plane(request) => {
            let mut job = PlaneJob::open(request, interrupt.clone(), &mut |share| {
                told(Answer::Preparing(share));
            })?;
            told(Answer::PlaneBegun {
                about: Box::new(job.setting.about.clone()),
                layout: Box::new(job.layout.clone()),
                resumed: job.resumed.clone(),
            });
            let mut clock = Clock::new(Instant::now(), job.progress().done);
            while let Some(found) = job.advance()? {
                told(Answer::Plane(found));
                told(clock.progress(job.progress()));
            }
        }
        Question::Escape(request) => {
            let mut job = EscapeJob::open(request, interrupt.clone())?;
            told(Answer::EscapeBegun(Box::new(EscapeHead {
                title: job.title(),
                caption: job.caption(),
                notes: job.about().notes.clone(),
                table: job.table().clone(),
                resumed: job.resumed().len(),
            })));
            let begun = Instant::now();
            while let Some(ended) = job.advance()? {
                if !ended.is_empty() {
                    told(Answer::Escape(ended));
                }
                let (done, left) = job.work();
                let remaining = (done > 0.0).then(|| begun.elapsed().mul_f64(left / done));
                told(Answer::Progress { progress: job.progress(), remaining });
            }
        }
        Question::Valley(request) => {
            let mut job = ValleyJob::open(request, interrupt.clone())?;
            let (about, report) = (Box::new(job.setting.about.clone()), Box::new(job.report().clone()));
            told(Answer::ValleyBegun { about, report });
            let mut clock = Clock::new(begun, 0);
            while let Some(found) = job.advance()? {
                told(Answer::Valley(found));
                told(clock.progress(job.progress()));
            }
        }
    }
    Ok(())
}

/// Tells how long the rest will take from how long the first part took.
struct Clock {
    begun: Instant,
    /// Points that cost nothing, because they were there already.
    given: u64,
}

impl Clock {
    fn new(begun: Instant, given: u64) -> Clock {
        Clock { begun, given }
    }

    fn progress(&mut self, progress: Progress) -> Answer {
        let made = progress.done.saturating_sub(self.given);
        let left = progress.total.saturating_sub(progress.done);
        let remaining = (made > 0).then(|| self.begun.elapsed().mul_f64(left as f64 / made as f64));
        Answer::Progress { progress, remaining }
    }
}
