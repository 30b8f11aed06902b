//! A slice as it is measured: which ℓ comes next, and what was found.

use super::{
    slice_spec::SliceSpec,
    slopes::{Slope, slopes},
};
use crate::survey::Refine;

/// The share of a loss that rounding may change: losses come from f32 outputs, whose last place is 1.2e−7.
pub const NOISE: f64 = 1.2e-7;

/// A slice L(w + ℓu) while it is measured: first the places of [`SliceSpec`], then, with [`Refine`], the middles of the
/// intervals where the *slope* bends.
///
/// The bend at a point is how far its slope lies from the chord of its neighbours' slopes, as a share of the mean |slope|
/// of the three. In every round each interval between ζ and r with a bend above the tolerance at one of its ends gets its
/// middle measured, the largest bends first, until the points are spent. An interval is left alone when an end is not
/// finite, when it is a 256th of a step, or when the noise over its half would exceed the tolerance. What is asked depends
/// on the numbers of whole rounds, never on the order in which points are recorded.
///
/// What [`judge`](super::judge) finds is about as exact as the tolerance; `0.005:64` is usual.
#[derive(Clone, Debug)]
pub struct Slice {
    spec: SliceSpec,
    refine: Option<Refine>,
    /// The share of a loss that rounding may change.
    noise: f64,
    /// Rising in ℓ.
    points: Vec<(f64, f64)>,
    /// Asked for and not yet recorded, rising.
    asked: Vec<f64>,
    /// Points added by refinement.
    added: usize,
}

impl Slice {
    /// A slice of which nothing is measured yet.
    pub fn new(spec: SliceSpec, refine: Option<Refine>) -> Slice {
        Slice { spec, refine, noise: NOISE, points: Vec::new(), asked: spec.values(), added: 0 }
    }

    /// The same slice of losses that are known to the share `noise`, instead of [`NOISE`].
    pub fn with_noise(mut self, noise: f64) -> Slice {
        self.noise = noise;
        self
    }

    /// Begins to refine a slice that is done and was not refined; nothing for any other.
    pub fn refine(&mut self, refine: Refine) {
        if self.is_done() && self.refine.is_none() {
            self.refine = Some(refine);
            self.ask(&refine);
        }
    }

    fn ask(&mut self, refine: &Refine) {
        self.asked = self.middles(refine);
        self.added += self.asked.len();
    }

    /// What the slice was asked to be.
    pub fn spec(&self) -> &SliceSpec {
        &self.spec
    }

    /// The ℓ to measure now, rising; empty when the slice is done.
    pub fn next(&self) -> &[f64] {
        &self.asked
    }

    /// Whether everything was measured.
    pub fn is_done(&self) -> bool {
        self.asked.is_empty()
    }

    /// Everything recorded so far as (ℓ, L(w + ℓu)), rising in ℓ.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// Takes the loss at an ℓ from [`Slice::next`]; false, and nothing is kept, when it was not asked for.
    pub fn record(&mut self, place: f64, loss: f64) -> bool {
        let Some(found) = self.asked.iter().position(|a| *a == place) else { return false };
        self.asked.remove(found);
        let found = self.points.partition_point(|p| p.0 < place);
        self.points.insert(found, (place, loss));
        if let (true, Some(refine)) = (self.asked.is_empty(), self.refine) {
            self.ask(&refine);
        }
        true
    }

    fn middles(&self, refine: &Refine) -> Vec<f64> {
        let mut found = Vec::new();
        for sign in [-1.0, 1.0] {
            let side = outward(&self.points, &self.spec, sign);
            let narrowest = self.spec.step() / 256.0;
            let bends = bends(&slopes(&side, self.noise));
            for (ends, bend) in side.windows(2).zip(bends.windows(2)) {
                let [(a, l), (b, m)] = [ends[0], ends[1]];
                let (bend, scale) = if bend[0].0 > bend[1].0 { bend[0] } else { bend[1] };
                let noise = 4.0 * self.noise * l.abs().max(m.abs()) / (b - a);
                let worth = bend > refine.tolerance() && noise <= refine.tolerance() * scale && b - a > 1.5 * narrowest;
                if worth && l.is_finite() && m.is_finite() {
                    found.push((bend, sign * (a + (b - a) / 2.0)));
                }
            }
        }
        found.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.total_cmp(&y.1)));
        let mut middles: Vec<f64> =
            found.into_iter().take(refine.points() - self.added).map(|(_, middle)| middle).collect();
        middles.sort_by(f64::total_cmp);
        middles
    }
}

/// The points of one side (`sign` −1 or 1) from ζ to r as (|ℓ|, L), rising in |ℓ|.
pub(super) fn outward(points: &[(f64, f64)], spec: &SliceSpec, sign: f64) -> Vec<(f64, f64)> {
    let inside = |l: f64| spec.zeta() <= l && l <= spec.r();
    let mut side: Vec<_> = points.iter().map(|p| (sign * p.0, p.1)).filter(|p| inside(p.0)).collect();
    side.sort_by(|p, q| p.0.total_cmp(&q.0));
    side
}

/// Per point the bend of the slope as a share of the slopes around, and their mean; no bend at the ends and where a slope
/// is not finite.
fn bends(slopes: &[Slope]) -> Vec<(f64, f64)> {
    let mut bends = vec![(0.0, 0.0); slopes.len()];
    for (bend, three) in bends.iter_mut().skip(1).zip(slopes.windows(3)) {
        let [a, b, c] = [three[0], three[1], three[2]];
        let chord = (a.slope * (c.place - b.place) + c.slope * (b.place - a.place)) / (c.place - a.place);
        let scale = (a.slope.abs() + b.slope.abs() + c.slope.abs()) / 3.0;
        let share = (b.slope - chord).abs() / scale;
        if share.is_finite() {
            *bend = (share, scale);
        }
    }
    bends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(spec: &str, refine: Option<&str>, backwards: bool, loss: impl Fn(f64) -> f64) -> Slice {
        let mut slice = Slice::new(spec.parse().unwrap(), refine.map(|r| r.parse().unwrap()));
        while !slice.is_done() {
            let mut round = slice.next().to_vec();
            if backwards {
                round.reverse();
            }
            for place in round {
                assert!(slice.record(place, loss(place)));
                assert!(!slice.record(place, -1.0), "asked for once");
            }
        }
        slice
    }

    #[test]
    fn refinement_goes_where_the_slope_bends_and_keeps_its_budget() {
        // Slope 1 up to 0.43, then 3: refined there, on the right alone.
        let kink = |l: f64| if l < 0.43 { l.abs() } else { 0.43 + 3.0 * (l - 0.43) };
        let slice = run("0.1:0.9:9", Some("0.05:30"), false, kink);
        let grid = slice.spec().values();
        let added: Vec<f64> = slice.points().iter().map(|p| p.0).filter(|l| !grid.contains(l)).collect();
        assert!(added.len() > 6 && added.len() <= 30, "{added:?}");
        assert!(added.iter().all(|l| (l - 0.43).abs() < 0.25), "{added:?}");
        assert!(added.iter().any(|l| (l - 0.43).abs() < 0.002), "{added:?}");
        assert_eq!(run("0.1:0.9:9", Some("0.05:3"), false, kink).points().len(), 19 + 3);
        // Unlimited, the halving ends at a 256th of a step of 0.1.
        let all = run("0.1:0.9:9", Some("0.05:5000"), false, kink);
        let narrowest = all.points().windows(2).map(|w| w[1].0 - w[0].0).fold(1.0, f64::min);
        assert!((narrowest / (0.1 / 256.0) - 1.0).abs() < 1e-6, "{narrowest}");
        // The slope of a parabola is straight.
        assert_eq!(run("0.1:0.9:9", Some("0.01:30"), false, |l| l * l).points().len(), 19);
        assert_eq!(run("0.1:0.9:9", None, false, kink).points().len(), 19);
        // Refined afterwards, it is the same.
        let mut later = run("0.1:0.9:9", None, false, kink);
        later.refine("0.05:30".parse().unwrap());
        while let Some(place) = later.next().first().copied() {
            later.record(place, kink(place));
        }
        assert_eq!(later.points(), slice.points());
        // On a level of 1e5 the noise of a small step hides the kink: nothing is worth a step.
        assert_eq!(run("0.1:0.9:9", Some("0.05:30"), false, |l| 1e5 + kink(l)).points().len(), 19);
    }

    #[test]
    fn what_is_not_finite_is_kept_and_the_order_changes_nothing() {
        let loss = |l: f64| if l > 0.8 { f64::NAN } else { (3.0 * l).exp() - 3.0 * l + (9.0 * l).sin().abs() };
        let (a, b) = (run("0:1:9", Some("0.01:25"), false, loss), run("0:1:9", Some("0.01:25"), true, loss));
        assert_eq!(format!("{:?}", a.points()), format!("{:?}", b.points()));
        assert!(a.points().is_sorted_by(|p, q| p.0 < q.0) && a.points().len() == 17 + 25);
        assert_eq!(a.points().iter().filter(|p| p.1.is_nan()).count(), 2, "0.875 and 1, and no middle beside them");
    }
}
