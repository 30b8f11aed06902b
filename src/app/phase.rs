//! How far a measurement is.

use std::time::Duration;

use crate::explore::Progress;

/// How far a measurement is, or how it ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    Measuring(Measuring),
    Done {
        seconds: f64,
    },
    Stopped,
    /// Why, in words.
    Failed(String),
}

/// What is known of a measurement that is going on.
#[derive(Clone, Debug, PartialEq)]
pub struct Measuring {
    pub what: &'static str,
    /// Instead of that, of what is measured again and again.
    pub words: Option<String>,
    /// 0..1; `None` while nothing is known.
    pub share: Option<f64>,
    pub progress: Option<Progress>,
    pub remaining: Option<Duration>,
}

impl Default for Measuring {
    fn default() -> Self {
        Measuring { what: "reading", words: None, share: None, progress: None, remaining: None }
    }
}

impl Phase {
    /// What is known while it goes on.
    pub fn measuring(&self) -> Option<&Measuring> {
        if let Phase::Measuring(m) = self { Some(m) } else { None }
    }

    /// Whether it ended without anything to show.
    pub fn has_failed(&self) -> bool {
        matches!(self, Phase::Failed(_))
    }
}

impl Measuring {
    /// Files are being read: the share that is done.
    pub fn prepare(&mut self, share: f64) {
        (self.what, self.share) = ("preparing", Some(share));
    }

    /// Takes in how far it is; a total of 0 says that nobody can tell.
    pub fn advance(&mut self, progress: Progress, remaining: Option<Duration>) {
        self.what = "measuring";
        if progress.total == 0 {
            self.share = Some(1.0);
            return;
        }
        self.share = Some(progress.done as f64 / progress.total as f64);
        (self.progress, self.remaining) = (Some(progress), remaining);
    }
}
