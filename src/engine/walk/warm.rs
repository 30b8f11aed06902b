//! Where the next search for an eigenvalue begins: at the eigenvector that was found the last time.

use crate::{
    optim::Vectors,
    probe::{ProbeId, ProbeSet},
};

/// The last eigenvectors, in f32 as checkpoints keep them: a walk that is taken up from its file begins its searches with the same numbers
/// as the one that goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Warm {
    vectors: Vectors,
}

/// The probes that have one.
const WITH_VECTORS: [ProbeId; 2] = [ProbeId::LAMBDA_MAX, ProbeId::PRECONDITIONED_LAMBDA_MAX];

/// The name of a probe's eigenvector among what an optimizer remembers; no rule has one like it.
fn name(id: ProbeId) -> String {
    format!("probe:{}", id.probe().name())
}

impl Warm {
    /// Takes them out of what a checkpoint keeps.
    pub fn take(kept: &mut Vectors) -> Warm {
        let found = WITH_VECTORS.into_iter().filter_map(|id| Some((name(id), kept.take(&name(id))?)));
        Warm { vectors: found.collect() }
    }

    /// Puts them among what a checkpoint keeps.
    pub fn keep(&self, kept: &mut Vectors) {
        for (name, vector) in &self.vectors {
            kept.put(name.clone(), vector.clone());
        }
    }

    /// The eigenvector that a probe found the last time, of length D.
    pub fn get(&self, id: ProbeId) -> Option<&[f32]> {
        self.vectors.get(&name(id))
    }

    /// Remembers an eigenvector. One that is not finite is forgotten: nothing can begin with it.
    pub fn put(&mut self, id: ProbeId, vector: &[f64]) {
        let narrow: Vec<f32> = vector.iter().map(|x| *x as f32).collect();
        match !narrow.is_empty() && narrow.iter().all(|x| x.is_finite()) {
            true => self.vectors.put(name(id), narrow),
            false => drop(self.vectors.take(&name(id))),
        }
    }

    /// Forgets those of probes that are not measured.
    pub fn retain(&mut self, probes: ProbeSet) {
        // The residual is that of the same eigenvector.
        let is_used =
            |id: ProbeId| probes.has(id) || (id == ProbeId::LAMBDA_MAX && probes.has(ProbeId::LAMBDA_MAX_RESIDUAL));
        for id in WITH_VECTORS.into_iter().filter(|id| !is_used(*id)) {
            drop(self.vectors.take(&name(id)));
        }
    }
}
