//! A line in the window: between files, or between runs that go on.

use super::live::{LiveFound, LiveJob, LiveRequest};
use crate::explore::{Context, ExploreError, Job, LineFound, LineHead, LineJob, LineRequest, Progress, Subject};

/// What is asked about a line.
#[derive(Clone, Debug, PartialEq)]
pub enum LineQuestion {
    Files(LineRequest),
    /// A line between runs, of which one at least was going on: again and again, while its ends move.
    Live(LiveRequest),
}

impl LineQuestion {
    /// On what, and how, the loss is measured.
    pub fn subject(&self) -> &Subject {
        match self {
            LineQuestion::Files(request) => &request.subject,
            LineQuestion::Live(request) => &request.subject,
        }
    }

    /// The same, to be changed.
    pub fn subject_mut(&mut self) -> &mut Subject {
        match self {
            LineQuestion::Files(request) => &mut request.subject,
            LineQuestion::Live(request) => &mut request.subject,
        }
    }
}

/// What was found on a line.
#[derive(Clone, Debug, PartialEq)]
pub enum LineAnswer {
    Files(LineFound),
    /// A whole line, in the place of the one before.
    Live(Box<LiveFound>),
}

/// A line in the making.
pub enum AnyLineJob {
    Files(LineJob),
    Live(LiveJob),
}

impl Job for AnyLineJob {
    type Request = LineQuestion;
    type Head = LineHead;
    type Found = LineAnswer;

    const COUNTS: &'static str = LineJob::COUNTS;

    fn open(
        question: &LineQuestion,
        context: impl Into<Context>,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<AnyLineJob, ExploreError> {
        Ok(match question {
            LineQuestion::Files(request) => AnyLineJob::Files(LineJob::open(request, context, preparing)?),
            LineQuestion::Live(request) => AnyLineJob::Live(LiveJob::open(request, context, preparing)?),
        })
    }

    fn head(&self) -> LineHead {
        match self {
            AnyLineJob::Files(job) => job.head(),
            AnyLineJob::Live(job) => job.head(),
        }
    }

    fn advance(&mut self) -> Result<Option<LineAnswer>, ExploreError> {
        Ok(match self {
            AnyLineJob::Files(job) => job.advance()?.map(LineAnswer::Files),
            AnyLineJob::Live(job) => job.advance()?.map(LineAnswer::Live),
        })
    }

    fn progress(&self) -> Progress {
        match self {
            AnyLineJob::Files(job) => job.progress(),
            AnyLineJob::Live(job) => job.progress(),
        }
    }
}
