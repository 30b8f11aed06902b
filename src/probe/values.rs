//! Probes by their places in the list, sets of them, and what they measured at a step.

use std::fmt;

use super::{
    probes::PROBES,
    step::{Line, Probe, StepView},
};

/// A probe, by its place in [`PROBES`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProbeId(u8);

impl ProbeId {
    pub const COSINE: ProbeId = ProbeId(0);
    pub const DISTANCE: ProbeId = ProbeId(1);
    pub const NORM: ProbeId = ProbeId(2);
    pub const GRADIENT: ProbeId = ProbeId(3);
    pub const STEP_NORM: ProbeId = ProbeId(4);
    pub const SLOPE: ProbeId = ProbeId(5);
    pub const CRITICAL_SHARPNESS: ProbeId = ProbeId(6);
    pub const NOISE_NORM: ProbeId = ProbeId(7);
    pub const SGD_NOISE_NORM: ProbeId = ProbeId(8);

    /// Those that there were before there was a list. Every manifest names them, and run files up to format 3 have a column
    /// for each, in this order.
    pub const FIRST: [ProbeId; 4] = [ProbeId::GRADIENT, ProbeId::COSINE, ProbeId::DISTANCE, ProbeId::NORM];

    /// Every probe, in the order in which they are offered.
    pub fn all() -> impl Iterator<Item = ProbeId> {
        (0..PROBES.len() as u8).map(ProbeId)
    }

    /// Every probe, in the order of their keys in JSON and their columns in CSV.
    pub fn columns() -> impl Iterator<Item = ProbeId> {
        ProbeId::FIRST.into_iter().chain(ProbeId::all().skip(ProbeId::FIRST.len()))
    }

    /// The probe of this name, if there is one.
    pub fn named(name: &str) -> Option<ProbeId> {
        ProbeId::all().find(|id| id.probe().name() == name)
    }

    /// Its place in [`PROBES`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// What it is.
    pub fn probe(self) -> &'static dyn Probe {
        PROBES[self.index()]
    }
}

impl fmt::Debug for ProbeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.probe().name())
    }
}

/// A set of probes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ProbeSet(u64);

const _: () = assert!(PROBES.len() <= 64, "a set has a bit for each probe");

impl ProbeSet {
    pub const NONE: ProbeSet = ProbeSet(0);
    pub const ALL: ProbeSet = ProbeSet(u64::MAX >> (64 - PROBES.len()));

    /// Whether the set has it.
    pub fn has(self, id: ProbeId) -> bool {
        (self.0 >> id.index()) & 1 == 1
    }

    /// Puts it in, or takes it out.
    pub fn set(&mut self, id: ProbeId, on: bool) {
        let bit = 1_u64 << id.index();
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }

    /// Those that a run measures when nobody says what.
    pub fn usual() -> ProbeSet {
        let mut set = ProbeSet::NONE;
        for id in ProbeId::all() {
            set.set(id, id.probe().is_usual());
        }
        set
    }

    /// Those of the set, in the order of [`PROBES`].
    pub fn ids(self) -> impl Iterator<Item = ProbeId> {
        ProbeId::all().filter(move |id| self.has(*id))
    }

    /// Whether one of them needs g_{t−1}.
    pub fn needs_previous_gradient(self) -> bool {
        self.ids().any(|id| id.probe().needs_previous_gradient())
    }

    /// Whether one of them asks for losses on the line of the step.
    pub fn needs_line(self) -> bool {
        self.ids().any(|id| id.probe().line().is_some())
    }

    /// What those of the set measure that ask for losses on the line of the step.
    pub fn measure_on(self, step: &StepView<'_>, line: &mut dyn Line) -> ProbeValues {
        let mut values = ProbeValues::NONE;
        for id in self.ids() {
            if let Some(probe) = id.probe().line() {
                values.set(id, probe.measure(step, line));
            }
        }
        values
    }

    /// What the probes of the set measure at a step, as far as the step alone tells.
    pub fn measure(self, step: &StepView<'_>) -> ProbeValues {
        let mut values = ProbeValues::NONE;
        for id in self.ids() {
            values.set(id, id.probe().measure(step));
        }
        values
    }
}

impl fmt::Debug for ProbeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}

/// What probes measured at a step. What was not measured is nothing, which is not the same as `NaN`.
#[derive(Clone, Copy, PartialEq)]
pub struct ProbeValues {
    measured: ProbeSet,
    /// 0 where nothing was measured, so that equal records are equal.
    values: [f64; PROBES.len()],
}

impl ProbeValues {
    /// Nothing measured.
    pub const NONE: ProbeValues = ProbeValues { measured: ProbeSet::NONE, values: [0.0; PROBES.len()] };

    /// What a probe measured; `None` when it did not.
    pub fn get(&self, id: ProbeId) -> Option<f64> {
        self.measured.has(id).then(|| self.values[id.index()])
    }

    /// Notes what a probe measured.
    pub fn set(&mut self, id: ProbeId, value: Option<f64>) {
        self.measured.set(id, value.is_some());
        self.values[id.index()] = value.unwrap_or(0.0);
    }

    /// The same, with what a probe measured.
    pub fn with(mut self, id: ProbeId, value: Option<f64>) -> ProbeValues {
        self.set(id, value);
        self
    }

    /// Everything that was measured, in the order of [`PROBES`].
    pub fn measured(&self) -> impl Iterator<Item = (ProbeId, f64)> + '_ {
        self.measured.ids().map(move |id| (id, self.values[id.index()]))
    }

    /// The same, and everything that the other one has.
    pub fn and(mut self, other: &ProbeValues) -> ProbeValues {
        for (id, value) in other.measured() {
            self.set(id, Some(value));
        }
        self
    }

    /// Only what the other one has, too.
    pub fn shared(&self, other: &ProbeValues) -> ProbeValues {
        let mut values = *self;
        for id in ProbeId::all().filter(|id| !other.measured.has(*id)) {
            values.set(id, None);
        }
        values
    }
}

impl fmt::Debug for ProbeValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.measured()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_probe_is_named_once_and_defined() {
        fn distinct(of: fn(&dyn Probe) -> &'static str) {
            let all: BTreeSet<_> = PROBES.iter().map(|p| of(*p)).collect();
            assert_eq!(all.len(), PROBES.len(), "{all:?}");
        }
        distinct(|p| p.name());
        distinct(|p| p.key());
        distinct(|p| p.title());
        for id in ProbeId::all() {
            let p = id.probe();
            assert_eq!(ProbeId::named(p.name()), Some(id));
            assert!(p.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{} is a word of --probes", p.name());
            assert!(!["all", "none", "slice", "epoch"].contains(&p.name()), "{} means something else", p.name());
            let record = ["event", "t", "loss", "batch_loss", "learning_rate", "batch"];
            assert!(!record.contains(&p.key()), "{} is another number of a step", p.key());
            assert!(!p.label().is_empty() && !p.about().ends_with('.') && p.definition().ends_with('.'));
        }
        assert_eq!(ProbeId::named("slize"), None);
    }

    #[test]
    fn those_with_a_constant_are_in_their_places() {
        let names = ProbeId::FIRST.map(|id| id.probe().key());
        assert_eq!(names, ["grad_norm", "cosine", "distance", "norm"], "as they have always been written");
        let first = [ProbeId::COSINE, ProbeId::DISTANCE, ProbeId::NORM, ProbeId::GRADIENT];
        assert!(ProbeId::all().take(4).eq(first), "new probes go to the end of the list");
        let later = [ProbeId::STEP_NORM, ProbeId::SLOPE, ProbeId::CRITICAL_SHARPNESS].map(|id| id.probe().name());
        assert_eq!(later, ["step-norm", "slope", "critical-sharpness"]);
        let noise = [ProbeId::NOISE_NORM, ProbeId::SGD_NOISE_NORM].map(|id| id.probe().name());
        assert_eq!(noise, ["noise-norm", "sgd-noise-norm"]);
        assert_eq!(ProbeId::columns().count(), PROBES.len());
    }

    #[test]
    fn not_measured_is_not_the_same_as_not_a_number() {
        let nothing = ProbeValues::NONE;
        let nan = nothing.with(ProbeId::NORM, Some(f64::NAN));
        assert_eq!(nothing.get(ProbeId::NORM), None);
        assert!(nan.get(ProbeId::NORM).unwrap().is_nan());
        assert_eq!(nan.with(ProbeId::NORM, None), nothing);
        let both = nothing.with(ProbeId::COSINE, Some(-1.0)).with(ProbeId::GRADIENT, Some(2.0));
        assert_eq!(format!("{both:?}"), "{cosine: -1.0, gradient: 2.0}");
        assert_eq!(both.shared(&nan), nothing);
        assert_eq!(both.shared(&both.with(ProbeId::COSINE, None)).measured().count(), 1);
    }

    #[test]
    fn a_set_measures_what_it_has() {
        let step = StepView {
            t: 1,
            theta: &[3.0, 4.0],
            theta_0: &[3.0, 0.0],
            next: None,
            gradient: &[0.0, -2.0],
            gradient_norm: 2.0,
            previous_gradient: Some(&[0.0, 1.0]),
            batch_loss: 0.5,
            learning_rate: 0.1,
            batch: 10,
            noise: None,
        };
        let all = ProbeSet::ALL.measure(&step);
        let found = [ProbeId::COSINE, ProbeId::DISTANCE, ProbeId::NORM, ProbeId::GRADIENT].map(|id| all.get(id));
        assert_eq!(found, [Some(-1.0), Some(4.0), Some(5.0), Some(2.0)]);
        let first = ProbeSet::ALL.measure(&StepView { previous_gradient: None, ..step });
        assert_eq!((first.get(ProbeId::COSINE), first.get(ProbeId::NORM)), (None, Some(5.0)));
        let mut few = ProbeSet::NONE;
        few.set(ProbeId::DISTANCE, true);
        assert!(ProbeSet::ALL.needs_previous_gradient() && !few.needs_previous_gradient());
        assert_eq!(few.measure(&step), ProbeValues::NONE.with(ProbeId::DISTANCE, Some(4.0)));
        few.set(ProbeId::DISTANCE, false);
        assert_eq!(few, ProbeSet::NONE);
    }

    #[test]
    fn what_asks_for_losses_is_measured_on_the_line_and_only_when_asked_for() {
        struct Fall(usize);
        impl Line for Fall {
            fn loss(&mut self, a: f64) -> Option<f64> {
                self.0 += 1;
                Some(a * (a - 1.0))
            }
        }
        let mut all = ProbeSet::usual();
        assert!(!all.needs_line() && !all.has(ProbeId::CRITICAL_SHARPNESS) && all.has(ProbeId::SLOPE));
        let step = crate::probe::synthetic::step(&[1.0], Some(&[0.5]), &[1.0], 0.5);
        let mut line = Fall(0);
        assert_eq!(all.measure_on(&step, &mut line), ProbeValues::NONE);
        assert_eq!(line.0, 0);
        all.set(ProbeId::CRITICAL_SHARPNESS, true);
        assert!(all.needs_line() && all == ProbeSet::ALL);
        let values = all.measure_on(&step, &mut line);
        assert_eq!(values.measured().count(), 1, "the others need no line");
        assert!(line.0 > 0 && values.get(ProbeId::CRITICAL_SHARPNESS).is_some_and(|c| (c / 4.0 - 1.0).abs() < 0.01));
        let both = all.measure(&step).and(&values);
        assert_eq!(both.get(ProbeId::CRITICAL_SHARPNESS), values.get(ProbeId::CRITICAL_SHARPNESS));
        assert_eq!(both.get(ProbeId::STEP_NORM), Some(0.5));
    }
}
