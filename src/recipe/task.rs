//! What experiments and studies are told, whom they tell, and why they may have no findings.

use crate::{explore::ExploreError, figure::GridError, objective::Interrupt, toy::ToyError};

/// What a run that yields findings is told beside its constants.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The name of the run, for legends.
    pub name: &'a str,
    /// Its place among the runs of the recipe, from 0: a colour, and a place along an axis of runs.
    pub place: usize,
    pub seed: u64,
}

/// Who is told how far a run is, and who may stop it.
pub struct Watch<'a> {
    stop: &'a Interrupt,
    moves: &'a mut dyn FnMut(f64),
}

impl<'a> Watch<'a> {
    /// `moves` gets the share of the run that is made, 0..1.
    pub fn new(stop: &'a Interrupt, moves: &'a mut dyn FnMut(f64)) -> Watch<'a> {
        Watch { stop, moves }
    }

    /// Says how far it is; to be called many times a second.
    pub(super) fn at(&mut self, share: f64) -> Result<(), Unfinished> {
        (self.moves)(share);
        if self.is_stopped() { Err(Unfinished::Stopped) } else { Ok(()) }
    }

    /// What stops it, for work and threads that look by themselves.
    pub(super) fn stop(&self) -> Interrupt {
        self.stop.clone()
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_raised()
    }
}

/// Why a run has no findings.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    #[error("stopped")]
    Stopped,
    #[error(transparent)]
    Toy(#[from] ToyError),
    #[error(transparent)]
    Picture(#[from] GridError),
    #[error(transparent)]
    Explore(ExploreError),
    #[error("there is no walk called {0} before it")]
    NoWalk(String),
}

impl From<ExploreError> for Unfinished {
    fn from(e: ExploreError) -> Unfinished {
        if e.is_interrupt() { Unfinished::Stopped } else { Unfinished::Explore(e) }
    }
}
