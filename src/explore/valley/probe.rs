//! One direction on its way to a verdict: which points come next, and when the coarse ones are not enough.

use std::sync::Arc;

use super::{Detector, Origin, Unit};
use crate::{
    net::State,
    valley::{AsymmetryError, Criteria, Reason, Slice, Verdict, judge},
};

/// How a place ℓ of a direction is made of states.
#[derive(Clone, Debug)]
pub(super) struct Ray {
    /// The other solution, or the direction itself.
    pub end: State,
    is_direction: bool,
    /// ‖u‖ as the files or the draw have it.
    norm: f64,
    /// Lengths of the direction in ℓ = 1.
    scale: f64,
}

impl Ray {
    /// A direction of length `norm`, ℓ counted in `unit`.
    pub fn new(end: State, is_direction: bool, norm: f64, unit: Unit) -> Ray {
        let scale = match unit {
            Unit::Direction => 1.0,
            Unit::Distance => 1.0 / norm,
        };
        Ray { end, is_direction, norm, scale }
    }

    /// The weights of w and [`Ray::end`] at ℓ.
    pub fn weights(&self, place: f64) -> Vec<f64> {
        let t = self.scale * place;
        vec![if self.is_direction { 1.0 } else { 1.0 - t }, t]
    }

    /// The distance in parameter space of ℓ = 1.
    pub fn length(&self) -> f64 {
        self.scale * self.norm
    }
}

/// A direction being judged.
#[derive(Debug)]
pub(super) struct Probe {
    /// Number of the direction.
    pub direction: usize,
    pub ray: Arc<Ray>,
    detector: Detector,
    criteria: Criteria,
    origin: f64,
    /// Places to look for the lowest one at, and what was seen.
    scan: Vec<f64>,
    seen: Vec<(f64, f64)>,
    slice: Slice,
}

impl Probe {
    /// A direction of which nothing is measured yet.
    pub fn new(direction: usize, ray: Arc<Ray>, detector: Detector, noise: f64) -> Probe {
        let scan = match detector.origin {
            Origin::Checkpoint => Vec::new(),
            Origin::Lowest => scan(&detector),
        };
        let criteria = Criteria { tolerance: detector.tolerance, noise };
        let slice = Slice::new(detector.slice, None).with_noise(noise);
        Probe { direction, ray, detector, criteria, origin: 0.0, scan, seen: Vec::new(), slice }
    }

    /// Whether the lowest point is still looked for.
    pub fn is_scanning(&self) -> bool {
        !self.scan.is_empty()
    }

    /// The places to measure now, from the checkpoint.
    pub fn next(&self, count: usize) -> Vec<f64> {
        let asked = if self.is_scanning() { &self.scan } else { self.slice.next() };
        asked.iter().take(count).copied().collect()
    }

    /// ℓ from the checkpoint of a place from [`Probe::next`].
    pub fn place_from_checkpoint(&self, place: f64) -> f64 {
        if self.is_scanning() { place } else { self.origin + place }
    }

    /// Points that are known to be needed.
    pub fn open(&self) -> usize {
        let coarse = if self.is_scanning() { 2 * self.detector.slice.points() } else { 0 };
        self.scan.len() + coarse + self.slice.next().len()
    }

    /// Takes what was looked at; the origin once it is known.
    pub fn scanned(&mut self, found: &[(f64, f64)]) -> Option<f64> {
        self.scan.retain(|place| found.iter().all(|f| f.0 != *place));
        self.seen.extend(found);
        if self.is_scanning() {
            return None;
        }
        self.origin = lowest(&self.seen);
        Some(self.origin)
    }

    /// Takes losses of the slice.
    pub fn record(&mut self, points: &[(f64, f64)]) {
        for (place, loss) in points {
            self.slice.record(*place, *loss);
        }
    }

    /// The verdict once the points suffice for one; before that, asks for more points where it has to.
    pub fn verdict(&mut self) -> Result<Option<Verdict>, AsymmetryError> {
        if self.is_scanning() || !self.slice.is_done() {
            return Ok(None);
        }
        let verdict = judge(self.slice.points(), self.slice.spec(), &self.criteria)?;
        if let Some(refine) = self.detector.refine
            && is_open(&verdict)
        {
            self.slice.refine(refine);
        }
        Ok(self.slice.is_done().then_some(verdict))
    }
}

/// Whether more points could change a verdict: not where the loss surely falls or is not finite, nor where one side is
/// clearly not steeper than the other.
fn is_open(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Asymmetric(_) => true,
        Verdict::NotAsymmetric { reason } => match reason {
            Reason::NotFinite { .. } | Reason::Falls { .. } => false,
            // More points at a finer step cannot make the noise smaller than the slope.
            Reason::TooFlat { slope, error, .. } => slope + error > 0.0,
            Reason::Balanced { c, error } => c + 2.0 * error >= 1.0,
        },
    }
}

/// Places for the lowest point: r either side with the step of the slice or less.
fn scan(detector: &Detector) -> Vec<f64> {
    let (r, count) = (detector.slice.r(), detector.slice.points() as i32 - 1);
    (-count..=count).map(|k| r * f64::from(k) / f64::from(count)).collect()
}

/// Where a sampled curve is lowest: the foot of the parabola through the lowest point and its neighbours. The lowest point
/// itself at an end, or where that parabola has none between them; 0 when nothing is finite.
fn lowest(seen: &[(f64, f64)]) -> f64 {
    let mut points = seen.to_vec();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let finite = points.iter().enumerate().filter(|(_, p)| p.1.is_finite());
    let Some((i, found)) = finite.min_by(|a, b| a.1.1.total_cmp(&b.1.1)) else { return 0.0 };
    let (Some(left), Some(right)) = (i.checked_sub(1).map(|k| points[k]), points.get(i + 1)) else { return found.0 };
    let (a, b) = (found.0 - left.0, right.0 - found.0);
    let (down, up) = ((found.1 - left.1) / a, (right.1 - found.1) / b);
    // Slope 0 of the parabola; its slopes in the middles of both intervals are `down` and `up`.
    let foot = found.0 - a / 2.0 - down * (a + b) / 2.0 / (up - down);
    if foot > left.0 && foot < right.0 { foot } else { found.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::valley::NOISE;

    fn probe(detector: Detector, loss: impl Fn(f64) -> f64) -> (Verdict, Probe) {
        let ray = Ray::new(State::default(), true, 2.0, Unit::Direction);
        let mut probe = Probe::new(0, Arc::new(ray), detector, NOISE);
        loop {
            if let Some(verdict) = probe.verdict().unwrap() {
                return (verdict, probe);
            }
            let at = |p: &Probe| -> Vec<(f64, f64)> {
                p.next(6).into_iter().map(|l| (l, loss(p.place_from_checkpoint(l)))).collect()
            };
            if probe.is_scanning() {
                probe.scanned(&at(&probe));
            } else {
                let found = at(&probe);
                probe.record(&found);
            }
        }
    }

    fn detector(slice: &str, origin: Origin) -> Detector {
        Detector { slice: slice.parse().unwrap(), origin, ..Detector::default() }
    }

    #[test]
    fn refinement_is_spent_where_it_can_change_the_verdict() {
        let coarse = 19;
        // A parabola is far from asymmetric, a slope falls, a hole has no number: nothing more is measured.
        for loss in [|l: f64| 1.0 + l * l, |l: f64| 1.0 + l, |l: f64| if l > 0.3 { f64::NAN } else { l * l }] {
            let (verdict, probe) = probe(detector("0.1:0.5:9", Origin::Checkpoint), loss);
            assert!(matches!(verdict, Verdict::NotAsymmetric { .. }));
            assert_eq!(probe.slice.points().len(), coarse);
        }
        let kink = |l: f64| {
            1.0 + if l < 0.0 {
                -3.0 * l
            } else if l < 0.33 {
                l
            } else {
                0.33 + 1.5 * (l - 0.33)
            }
        };
        let (verdict, probe) = probe(detector("0.1:0.5:9", Origin::Checkpoint), kink);
        let Verdict::Asymmetric(a) = verdict else { panic!("{verdict:?}") };
        assert!((a.c - 2.0).abs() < 0.02 && (a.p - 1.5).abs() < 0.02, "{a:?}");
        assert!(probe.slice.points().len() > coarse);
    }

    #[test]
    fn the_lowest_point_is_taken_for_w_when_asked() {
        // LINEX around 0.23: from 0 it falls, from its own bottom it has the closed form.
        let loss = |l: f64| (-3.0 * (l - 0.23)).exp() + 3.0 * (l - 0.23);
        let (verdict, _) = probe(detector("0.2:0.3:17", Origin::Checkpoint), loss);
        assert!(matches!(verdict, Verdict::NotAsymmetric { reason: Reason::Falls { .. } }), "{verdict:?}");
        let (verdict, probe) = probe(detector("0.2:0.3:17", Origin::Lowest), loss);
        assert!((probe.origin - 0.23).abs() < 1e-3, "{}", probe.origin);
        let Verdict::Asymmetric(a) = verdict else { panic!("{verdict:?}") };
        let expected = (f64::exp(0.6) - 1.0) / (1.0 - f64::exp(-0.9));
        assert!((a.c / expected - 1.0).abs() < 0.02 && a.flat == crate::survey::Side::Right, "{a:?} {expected}");
    }

    #[test]
    fn the_foot_of_a_parabola_is_exact_and_ends_are_ends() {
        let parabola = |l: f64| (l - 0.137).powi(2);
        let seen = |f: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
            [0.5, -0.2, 0.1, -1.0, 1.0].iter().map(|l| (*l, f(*l))).collect()
        };
        assert!((lowest(&seen(&parabola)) - 0.137).abs() < 1e-12);
        assert_eq!(lowest(&seen(&|l| l)), -1.0);
        assert_eq!(lowest(&seen(&|_| f64::NAN)), 0.0);
        assert_eq!(lowest(&seen(&|l| if l == 0.1 { 0.0 } else { f64::INFINITY })), 0.1);
    }

    #[test]
    fn a_ray_ends_at_the_other_solution_to_the_bit() {
        let mut ray = Ray::new(State::default(), false, 4.0, Unit::Distance);
        assert_eq!((ray.weights(4.0), ray.weights(0.0), ray.length()), (vec![0.0, 1.0], vec![1.0, 0.0], 1.0));
        ray.is_direction = true;
        assert_eq!(ray.weights(-2.0), [1.0, -0.5]);
    }
}
