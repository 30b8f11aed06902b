//! How often what asks for derivatives is measured.

use super::{probes::PROBES, step::DerivativeGroup, values::ProbeId};

/// An interval for every probe; those that ask for no derivatives have none, and keep 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervals([u64; PROBES.len()]);

impl Default for Intervals {
    /// The usual ones.
    fn default() -> Self {
        let mut intervals = Intervals([0; PROBES.len()]);
        ProbeId::all().for_each(|id| intervals.reset(id));
        intervals
    }
}

impl Intervals {
    /// Iterations from one measurement to the next, at least 1.
    pub fn get(&self, id: ProbeId) -> u64 {
        self.0[id.index()].max(1)
    }

    /// Measures it every so many iterations.
    pub fn put(&mut self, id: ProbeId, every: u64) {
        self.0[id.index()] = every.max(1);
    }

    /// Back to the usual.
    pub fn reset(&mut self, id: ProbeId) {
        self.0[id.index()] = id.group().map_or(0, DerivativeGroup::usual_interval);
    }
}
