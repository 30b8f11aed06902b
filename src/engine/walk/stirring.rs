//! The noise of a Langevin dynamics along a walk: measured when it is due, and drawn from until it is due again.
//!
//! It is due at iterations that the period divides, and wherever none is known: at the start, after a switch, and after one
//! of its constants was changed. So θ_t, what is known and t decide what is drawn from at iteration t, and a walk that is
//! taken up from a run file or made again measures the same where it measures at all.

use std::{ops::ControlFlow, sync::Arc};

use super::error::WalkError;
use crate::{
    curvature::{DiffusionSearch, Place, room_for},
    net::State,
    objective::Objective,
    optim::{Diffusion, Langevin},
    probe::{NoiseSize, NormMode},
};

/// What is known of the noise.
#[derive(Default)]
pub(super) struct Stirring {
    /// As it was last measured.
    known: Option<Arc<Diffusion>>,
    /// For an iteration that is not made yet: the measurement outlives an interrupt of the step, which is tried again.
    coming: Option<Coming>,
}

struct Coming {
    t: u64,
    search: DiffusionSearch,
    found: Option<Arc<Diffusion>>,
}

/// Where it is measured.
pub(super) struct Ground<'a> {
    pub objective: &'a Objective,
    pub here: &'a State,
    pub mode: NormMode,
    /// m.
    pub batch: u64,
    pub seed: u64,
}

/// What an iteration draws from.
#[derive(Clone)]
pub(super) struct Stirred {
    pub diffusion: Arc<Diffusion>,
    /// Gradients and products that it took to measure it now.
    pub evaluations: u64,
}

impl Stirred {
    /// How large the noise is.
    pub fn size(&self) -> NoiseSize {
        NoiseSize { power: self.diffusion.power(), of_sgd: self.diffusion.of_sgd() }
    }
}

impl Stirring {
    /// Goes on with what was known.
    pub fn going_on(known: Option<Diffusion>) -> Stirring {
        Stirring { known: known.map(Arc::new), coming: None }
    }

    /// What is known, as far as iterations that were made go.
    pub fn known(&self) -> Option<&Diffusion> {
        self.known.as_deref()
    }

    /// Forgets all of it: it is to be measured anew.
    pub fn forget(&mut self) {
        *self = Stirring::default();
    }

    /// What iteration `t` draws from.
    ///
    /// # Errors
    /// When interrupted, when the device fails, and when there is no room; asked again, it goes on with the measurement.
    pub fn at(&mut self, t: u64, wanted: &Langevin, ground: &Ground<'_>) -> Result<Stirred, WalkError> {
        if let Some(known) = self.known.as_ref().filter(|_| !wanted.is_due(t)) {
            return Ok(Stirred { diffusion: known.clone(), evaluations: 0 });
        }
        let mut coming = match self.coming.take().filter(|coming| coming.t == t) {
            Some(coming) => coming,
            None => {
                room_for(wanted, ground.here.theta.len())?;
                let search = DiffusionSearch::new(*wanted, ground.batch, self.known(), ground.seed);
                Coming { t, search, found: None }
            }
        };
        let measured = coming.measure(ground);
        self.coming = Some(coming);
        measured
    }

    /// The iteration that drew from it was made.
    pub fn made(&mut self, stirred: Option<Stirred>) {
        self.coming = None;
        self.known = stirred.map(|stirred| stirred.diffusion);
    }
}

impl Coming {
    fn measure(&mut self, ground: &Ground<'_>) -> Result<Stirred, WalkError> {
        let diffusion = match &self.found {
            Some(found) => found.clone(),
            None => {
                let place = Place::new(ground.objective, ground.here, ground.mode)?;
                loop {
                    if let ControlFlow::Break(found) = self.search.advance(&place)? {
                        break Arc::new(found);
                    }
                }
            }
        };
        self.found = Some(diffusion.clone());
        Ok(Stirred { diffusion, evaluations: self.search.evaluations() })
    }
}
