//! What is set in the laboratory, and the way back from a change.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::toy::{
    ToyError,
    dynamics::{DynamicsKind, DynamicsSpec},
    ensemble::{EnsembleSpec, SuccessRule},
    surface::Surface,
    surfaces::SurfaceSpec,
};

/// The most runs of each rule in an ensemble.
pub const MOST_RUNS: u64 = 100_000;
/// Changes that can be taken back.
const REMEMBERED: usize = 200;

/// A landscape, the rules that walk on it, and everything they are made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    pub surface: SurfaceSpec,
    /// Where every walk starts; the surface's own start if `None`.
    pub start: Option<Vec<f64>>,
    pub kinds: Vec<DynamicsKind>,
    /// The constants of all rules; its own kind means nothing.
    pub constants: DynamicsSpec,
    pub seed: u64,
    /// Of every ensemble: runs of each rule, and their steps.
    pub runs: u64,
    pub steps: u32,
    pub rule: SuccessRule,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup::of(SurfaceSpec::Escape2d { points: 100 })
    }
}

impl Setup {
    /// A surface with rules and constants that show what is to be seen on it.
    pub fn of(surface: SurfaceSpec) -> Setup {
        use DynamicsKind::{Const, Gd, Momentum, Nesterov, Sam, Sgd, Swa};
        let constants = DynamicsSpec::default();
        let with = |lr, rho, noise| DynamicsSpec { lr, rho, noise, ..constants };
        let (kinds, constants, steps): (&[DynamicsKind], _, _) = match surface.name() {
            "escape2d" => (&DynamicsKind::ESCAPE, constants, 500),
            "quadratic" => (&[Gd, Sgd, Sam, Const], with(0.05, 0.2, 0.005), 400),
            "sextic" => (&[Gd, Sam, Const], with(0.02, 0.12, 0.002), 400),
            "linex" => (&[Gd, Sam, Const], with(0.5, 1.0, 0.02), 200),
            "valley" => (&[Gd, Sgd, Swa, Sam], with(0.05, 0.2, 0.005), 400),
            "bias2d" => (&[Gd, Sgd, Swa, Sam], with(0.05, 0.3, 0.005), 400),
            "clipped" => (&[Gd, Sam, Const], with(0.02, 0.1, 0.001), 300),
            "logistic" => (&[Gd, Sgd, Swa, Sam], with(0.5, 0.3, 0.01), 400),
            "rosenbrock" => (&[Gd, Momentum, Nesterov, Sam], with(0.0005, 0.05, 0.0005), 2000),
            "himmelblau" => (&[Gd, Momentum, Sam, Const], with(0.005, 0.3, 0.05), 200),
            _ => (&[Gd, Momentum, Sam, Const], with(0.02, 0.1, 0.005), 300),
        };
        let (kinds, rule) = (kinds.to_vec(), SuccessRule::default());
        // Inside of the region that a run leaves when it escapes.
        let start = if let SurfaceSpec::Quadratic { dim, .. } = &surface { Some(vec![0.6; *dim]) } else { None };
        Setup { surface, start, kinds, constants, seed: 0, runs: 100, steps, rule }
    }

    /// The rules with their constants, in the order in which they are offered.
    pub fn dynamics(&self) -> Vec<DynamicsSpec> {
        let chosen = DynamicsKind::ALL.iter().filter(|kind| self.kinds.contains(kind));
        chosen.map(|kind| DynamicsSpec { kind: *kind, ..self.constants }).collect()
    }

    /// The surface that the walk is on: that of an ensemble's first run.
    ///
    /// # Errors
    /// A constant out of its range.
    pub fn build(&self) -> Result<Arc<dyn Surface>, ToyError> {
        self.surface.build(self.seed, 0)
    }

    /// The same as an ensemble.
    pub fn ensemble(&self) -> EnsembleSpec {
        EnsembleSpec {
            surface: self.surface.clone(),
            dynamics: self.dynamics(),
            runs: self.runs,
            steps: self.steps,
            seed: self.seed,
            start: self.start.clone(),
            region: None,
        }
    }

    /// Takes a rule in, or out.
    pub fn toggle(&mut self, kind: DynamicsKind) {
        match self.kinds.iter().position(|k| *k == kind) {
            Some(at) => drop(self.kinds.remove(at)),
            None => self.kinds.push(kind),
        }
    }

    /// What can be written as JSON, which has no infinity: p = ∞ comes back as the usual 2.
    pub fn storable(&self) -> Setup {
        let mut setup = self.clone();
        if !setup.constants.norm.is_finite() {
            setup.constants.norm = DynamicsSpec::default().norm;
        }
        setup
    }
}

/// Whether a surface gives a rule what it draws from.
pub fn suits(kind: DynamicsKind, surface: &dyn Surface) -> bool {
    !matches!(DynamicsSpec::of(kind).check(surface), Err(ToyError::NeedsSamples { .. }))
}

/// The changes so far, to take them back.
#[derive(Debug, Default)]
pub struct Changes {
    /// As it was when the hand last let go.
    settled: Option<Setup>,
    past: Vec<Setup>,
}

impl Changes {
    /// Notes what is set; while the hand is on something, all that it does is one change.
    pub fn note(&mut self, now: &Setup, is_busy: bool) {
        match &self.settled {
            Some(settled) if settled == now || is_busy => return,
            Some(settled) => self.past.push(settled.clone()),
            None => {}
        }
        self.settled = Some(now.clone());
        if self.past.len() > REMEMBERED {
            self.past.remove(0);
        }
    }

    /// Takes the last change back.
    pub fn undo(&mut self, now: &mut Setup) {
        self.note(now, false);
        if let Some(before) = self.past.pop() {
            now.clone_from(&before);
            self.settled = Some(before);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.past.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_surface_has_a_setup_that_walks() {
        for name in SurfaceSpec::NAMES {
            let setup = Setup::of(SurfaceSpec::named(name).unwrap());
            let surface = setup.build().unwrap();
            assert!(!setup.kinds.is_empty(), "{name}");
            for spec in setup.dynamics() {
                spec.check(&*surface).unwrap();
            }
            let text = serde_json::to_string(&setup).unwrap();
            assert_eq!(serde_json::from_str::<Setup>(&text).unwrap(), setup, "{name}");
        }
        let mut odd = Setup::default();
        odd.constants.norm = f64::INFINITY;
        let text = serde_json::to_string(&odd.storable()).unwrap();
        assert_eq!(serde_json::from_str::<Setup>(&text).unwrap(), Setup::default());
    }

    #[test]
    fn rules_stay_in_their_order_whatever_the_order_of_the_clicks() {
        let mut setup = Setup { kinds: vec![], ..Setup::default() };
        for kind in [DynamicsKind::Eigvec, DynamicsKind::Gd, DynamicsKind::Sgd, DynamicsKind::Gd] {
            setup.toggle(kind);
        }
        let kinds: Vec<DynamicsKind> = setup.dynamics().iter().map(|d| d.kind).collect();
        assert_eq!(kinds, [DynamicsKind::Sgd, DynamicsKind::Eigvec]);
    }

    #[test]
    fn a_drag_is_one_change_and_is_taken_back_whole() {
        let (mut setup, mut changes) = (Setup::default(), Changes::default());
        changes.note(&setup, false);
        for (lr, is_busy) in [(0.01, true), (0.02, true), (0.03, true), (0.03, false)] {
            setup.constants.lr = lr;
            changes.note(&setup, is_busy);
        }
        setup.seed = 7;
        changes.note(&setup, false);
        assert_eq!(changes.past.len(), 2);
        changes.undo(&mut setup);
        assert_eq!((setup.seed, setup.constants.lr), (0, 0.03));
        changes.undo(&mut setup);
        assert_eq!(setup, Setup::default());
        changes.undo(&mut setup);
        assert!(changes.is_empty() && setup == Setup::default());
    }
}
