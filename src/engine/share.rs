//! What share of a run's time goes into derivatives for probes, and how much more rarely they have to be measured to keep to a budget.

use crate::probe::DerivativeGroup;

/// The share of the time that probes may take which are switched on while a run goes on, when nothing is said.
pub const PROBE_BUDGET: f64 = 0.2;

/// Measurements before a share is believed.
const ENOUGH: u32 = 3;

/// Times of iterations that took derivatives, and of those that did not.
#[derive(Clone, Debug, Default)]
pub(super) struct Share {
    with: Spent,
    without: Spent,
    /// Those that a hand has switched on: only their intervals may be changed.
    bound: Vec<DerivativeGroup>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    count: u32,
    seconds: f64,
}

impl Spent {
    fn mean(self) -> f64 {
        self.seconds / f64::from(self.count)
    }
}

impl Share {
    /// Notes an iteration.
    pub fn note(&mut self, took_derivatives: bool, seconds: f64) {
        let spent = if took_derivatives { &mut self.with } else { &mut self.without };
        (spent.count, spent.seconds) = (spent.count.saturating_add(1), spent.seconds + seconds);
    }

    /// Notes that a hand has switched a group on, or off.
    pub fn bind(&mut self, group: DerivativeGroup, is_on: bool) {
        self.bound.retain(|bound| *bound != group);
        self.bound.extend(is_on.then_some(group));
        self.begin_anew();
    }

    /// The groups whose intervals may be changed.
    pub fn bound(&self) -> &[DerivativeGroup] {
        &self.bound
    }

    /// Forgets what was noted, when something else is measured from now on.
    pub fn begin_anew(&mut self) {
        (self.with, self.without) = (Spent::default(), Spent::default());
    }

    /// The share of the time that derivatives took; `None` before a few were measured, and without an iteration to hold them against.
    pub fn of_derivatives(&self) -> Option<f64> {
        if self.with.count < ENOUGH || self.without.count == 0 {
            return None;
        }
        let extra = (self.with.mean() - self.without.mean()).max(0.0) * f64::from(self.with.count);
        Some(extra / (self.with.seconds + self.without.seconds).max(f64::MIN_POSITIVE))
    }

    /// How many times as long the interval has to be to take no more than `budget` of the time; `None` when it need not be longer. Where
    /// every iteration takes derivatives, twice: then it is seen what one costs without.
    pub fn stretch(&self, budget: f64) -> Option<u64> {
        if self.bound.is_empty() || self.with.count < ENOUGH {
            return None;
        }
        let Some(share) = self.of_derivatives() else { return Some(2) };
        // e/(e + n p) is the share of an extra time e among n iterations of p: k n of them make it the budget.
        let times = share * (1.0 - budget) / ((1.0 - share).max(1e-6) * budget);
        (share > budget && times > 1.0).then(|| (times.ceil() as u64).clamp(2, 1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_over_the_budget_is_stretched_to_it() {
        for (interval, extra) in [(2_u64, 1.1), (10, 21.0), (10, 2.0), (50, 510.0)] {
            let mut share = Share::default();
            share.bind(DerivativeGroup::Curvature, true);
            assert_eq!((share.of_derivatives(), share.stretch(0.2)), (None, None));
            for t in 0..interval * 6 {
                let due = t % interval == 0;
                share.note(due, if due { 1.0 + extra } else { 1.0 });
            }
            let expected = extra / (extra + interval as f64);
            assert!((share.of_derivatives().unwrap() - expected).abs() < 1e-12);
            match share.stretch(0.2) {
                None => assert!(expected <= 0.2),
                Some(times) => {
                    let of = |times: u64| extra / (extra + (interval * times) as f64);
                    assert!(of(times) <= 0.2 + 1e-9 && (times == 2 || of(times - 1) > 0.2), "{expected}: {times}");
                }
            }
        }
    }

    #[test]
    fn what_nobody_has_switched_on_is_left_alone_and_what_is_always_measured_is_halved() {
        let mut share = Share::default();
        (0..9).for_each(|_| share.note(true, 1.0));
        assert_eq!((share.of_derivatives(), share.stretch(0.2)), (None, None));
        share.bind(DerivativeGroup::Noise, true);
        assert_eq!(share.stretch(0.2), None, "what was before does not count");
        (0..9).for_each(|_| share.note(true, 1.0));
        assert_eq!((share.stretch(0.2), share.bound()), (Some(2), [DerivativeGroup::Noise].as_slice()));
        share.bind(DerivativeGroup::Noise, false);
        (0..9).for_each(|_| share.note(true, 1.0));
        assert_eq!(share.stretch(0.2), None);
    }
}
