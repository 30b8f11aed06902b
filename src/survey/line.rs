//! A line as it is measured: which α comes next, and what was found.

use serde::{Deserialize, Serialize};

use super::{
    line_spec::{LineSpec, Refine, Widen},
    measured::Measured,
};

/// One measured point of a line; as JSON `alpha` and the numbers of [`Measured`] side by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinePoint {
    pub alpha: f64,
    #[serde(flatten)]
    pub measured: Measured,
}

/// What is being asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// The grid, or points beyond it.
    Widen,
    /// Middles of intervals.
    Refine,
    Done,
}

/// A line while it is measured. It asks for points in rounds: first the grid, then widening, then refinement. What is
/// asked depends on the numbers of whole rounds, never on the order in which points are recorded.
#[derive(Clone, Debug)]
pub struct Line {
    spec: LineSpec,
    /// Rising in α.
    points: Vec<LinePoint>,
    /// Asked for and not yet recorded, rising in α.
    asked: Vec<f64>,
    stage: Stage,
    /// Steps made beyond the left and the right end of the grid.
    steps: [i32; 2],
    /// Points added by refinement.
    added: usize,
}

impl Line {
    /// A line of which nothing is measured yet.
    pub fn new(spec: LineSpec) -> Line {
        let mut asked = spec.alphas.values();
        if spec.widen.is_some() {
            asked.extend([0.0, 1.0]);
        }
        asked.sort_by(f64::total_cmp);
        // The grid may hold −0.0 as its first place.
        asked.dedup_by(|a, b| a == b);
        Line { spec, points: Vec::new(), asked, stage: Stage::Widen, steps: [0, 0], added: 0 }
    }

    /// What the line was asked to be.
    pub fn spec(&self) -> &LineSpec {
        &self.spec
    }

    /// The α to measure now, rising; empty when the line is done.
    pub fn next(&self) -> Vec<f64> {
        self.asked.clone()
    }

    /// Whether everything was measured.
    pub fn is_done(&self) -> bool {
        self.asked.is_empty()
    }

    /// Everything recorded so far, rising in α.
    pub fn points(&self) -> &[LinePoint] {
        &self.points
    }

    /// Takes the measurement of an α from [`Line::next`]; false, and nothing is kept, when it was not asked for.
    pub fn record(&mut self, alpha: f64, measured: Measured) -> bool {
        let Some(place) = self.asked.iter().position(|a| *a == alpha) else { return false };
        self.asked.remove(place);
        let place = self.points.partition_point(|p| p.alpha < alpha);
        self.points.insert(place, LinePoint { alpha, measured });
        while self.asked.is_empty() && self.stage != Stage::Done {
            match self.stage {
                Stage::Widen => self.widen(),
                Stage::Refine => self.refine(),
                Stage::Done => {}
            }
            if self.asked.is_empty() {
                self.stage = if self.stage == Stage::Widen { Stage::Refine } else { Stage::Done };
            }
        }
        true
    }

    fn loss(&self, alpha: f64) -> Option<f64> {
        self.points.iter().find(|p| p.alpha == alpha).map(|p| p.measured.train.loss)
    }

    /// Asks for the next point beyond each end that has not risen enough.
    fn widen(&mut self) {
        let Some(widen) = self.spec.widen else { return };
        let ends = [self.loss(0.0), self.loss(1.0)].map(|l| l.filter(|l| l.is_finite()));
        let ([Some(a), Some(b)], [Some(first), Some(last)]) = (ends, [self.points.first(), self.points.last()]) else {
            return;
        };
        let higher = a.max(b);
        let still_low = |p: &LinePoint| {
            let loss = p.measured.train.loss;
            // From 0, any loss above it is a rise.
            loss.is_finite() && !(loss > higher && loss >= widen.ratio() * higher)
        };
        let (left, right) = (self.spec.alphas.start().min(0.0), self.spec.alphas.end().max(1.0));
        let sides = [(first, left, -1.0), (last, right, 1.0)].map(|(p, origin, sign)| (still_low(p), origin, sign));
        for ((low, origin, sign), steps) in sides.into_iter().zip(&mut self.steps) {
            // h (2^j − 1), exact in the power: nothing adds up.
            let alpha = origin + sign * self.spec.alphas.step() * (2f64.powi(*steps + 1) - 1.0);
            if low && (-Widen::REACH..=1.0 + Widen::REACH).contains(&alpha) {
                *steps += 1;
                self.asked.push(alpha);
            }
        }
    }

    /// Asks for the middles of the intervals that bend most.
    fn refine(&mut self) {
        let Some(refine) = self.spec.refine else { return };
        let curve: Vec<(f64, f64)> = self.points.iter().map(|p| (p.alpha, p.measured.train.loss)).collect();
        let room = refine.points() - self.added;
        self.asked = middles(&curve, &refine, room);
        self.added += self.asked.len();
    }
}

/// How far every point (α, L) lies from the chord of its neighbours; 0 at the ends, where nothing bends, and where one
/// of the three is not finite.
fn bends(curve: &[(f64, f64)]) -> Vec<f64> {
    let mut bends = vec![0.0; curve.len()];
    for (bend, three) in bends.iter_mut().skip(1).zip(curve.windows(3)) {
        let [(a, l), (b, m), (c, r)] = [three[0], three[1], three[2]];
        let chord = (l * (c - b) + r * (b - a)) / (c - a);
        let distance = (m - chord).abs();
        if distance.is_finite() {
            *bend = distance;
        }
    }
    bends
}

/// At most `room` middles of intervals of a curve, rising; the intervals with the largest bends, the first of equals.
fn middles(curve: &[(f64, f64)], refine: &Refine, room: usize) -> Vec<f64> {
    let finite = || curve.iter().map(|p| p.1).filter(|l| l.is_finite());
    let range = finite().fold(f64::NEG_INFINITY, f64::max) - finite().fold(f64::INFINITY, f64::min);
    let bends = bends(curve);
    let mut found: Vec<(f64, f64)> = (1..curve.len())
        .filter_map(|i| {
            let [(a, l), (b, r)] = [curve[i - 1], curve[i]];
            let bend = bends[i - 1].max(bends[i]);
            let middle = a + (b - a) / 2.0;
            let worth = bend > refine.tolerance() * range && l.is_finite() && r.is_finite();
            (worth && a < middle && middle < b).then_some((bend, middle))
        })
        .collect();
    found.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.total_cmp(&y.1)));
    let mut middles: Vec<f64> = found.into_iter().take(room).map(|(_, middle)| middle).collect();
    middles.sort_by(f64::total_cmp);
    middles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Evaluation;

    pub fn measured(loss: f64) -> Measured {
        Measured { train: Evaluation { loss, error: 0.0 }, test: None }
    }

    fn spec(alphas: &str, widen: Option<f64>, refine: Option<&str>) -> LineSpec {
        LineSpec {
            alphas: alphas.parse().unwrap(),
            widen: widen.map(|r| Widen::new(r).unwrap()),
            refine: refine.map(|t| t.parse().unwrap()),
        }
    }

    /// Measures a whole line; in every round from the right when `backwards`.
    fn run(spec: LineSpec, backwards: bool, loss: impl Fn(f64) -> f64) -> Line {
        let mut line = Line::new(spec);
        while !line.is_done() {
            let mut round = line.next();
            if backwards {
                round.reverse();
            }
            for alpha in round {
                assert!(line.record(alpha, measured(loss(alpha))));
                assert!(!line.record(alpha, measured(-1.0)), "asked for once");
            }
        }
        line
    }

    fn alphas(line: &Line) -> Vec<f64> {
        line.points().iter().map(|p| p.alpha).collect()
    }

    #[test]
    fn a_plain_line_is_its_grid() {
        let line = run(spec("-0.5:1.5:21", None, None), true, |a| a * a);
        assert_eq!(alphas(&line), spec("-0.5:1.5:21", None, None).alphas.values());
        assert!(line.points().iter().all(|p| p.measured.train.loss == p.alpha * p.alpha));
        assert!(!Line::new(*line.spec()).record(0.05, measured(0.0)), "not a place of the grid");
    }

    #[test]
    fn widening_ends_where_the_loss_has_risen() {
        // L = 1 + (α − 1/2)²: the ends have 1.25; twice that is reached at |α − 1/2| = √1.5 = 1.2247.
        let loss = |a: f64| 1.0 + (a - 0.5) * (a - 0.5);
        let line = run(spec("0:1:5", Some(2.0), None), false, loss);
        // h = 1/4: −1/4, −3/4 (2.5625 ≥ 2.5) on the left, mirrored on the right.
        assert_eq!(alphas(&line), [-0.75, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.75]);
        // Only one side is low: the other is not widened. The ends are measured though the grid leaves them out.
        let line = run(spec("0.25:0.75:3", Some(2.0), None), true, |a| (3.0 * a).exp());
        let found = alphas(&line);
        assert_eq!(found.last(), Some(&1.25), "e^3.75 is twice e^3: one step of 1/4 beyond 1");
        assert_eq!(found[0], -7.75, "the left side never rises: it ends before α = −10");
        assert!(found.contains(&0.0) && found.contains(&1.0));
        // At once when the grid has risen enough.
        assert_eq!(run(spec("-2:3:6", Some(2.0), None), false, loss).points().len(), 6);
    }

    #[test]
    fn widening_stops_at_what_is_not_finite() {
        let cliff = |a: f64| {
            if a < -0.3 {
                f64::NAN
            } else if a > 1.2 {
                f64::INFINITY
            } else {
                1.0
            }
        };
        let line = run(spec("0:1:5", Some(3.0), None), false, cliff);
        assert_eq!(alphas(&line), [-0.75, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
        assert!(line.points()[0].measured.train.loss.is_nan(), "shown, not dropped");
        let broken = run(spec("0:1:3", Some(3.0), None), false, |a| if a == 1.0 { f64::NAN } else { 1.0 });
        assert_eq!(broken.points().len(), 3, "an end that is not finite gives nothing to compare with");
        let zero = run(spec("0:1:2", Some(2.0), None), false, |a| if a > 3.5 { 1.0 } else { 0.0 });
        assert_eq!(alphas(&zero).last(), Some(&4.0), "2 × 0 is not a rise");
    }

    #[test]
    fn bends_are_half_of_the_second_difference() {
        // f = 3 α²: |f_i − chord| = 3 h² everywhere on an even grid, and 3 h k between unequal steps h and k.
        let curve: Vec<(f64, f64)> = (0..9).map(|k| f64::from(k) / 8.0).map(|a| (a, 3.0 * a * a)).collect();
        let found = bends(&curve);
        assert!(found[1..8].iter().all(|b| (b - 3.0 / 64.0).abs() < 1e-15) && found[0] == 0.0 && found[8] == 0.0);
        let uneven = [(0.0, 0.0), (0.5, 0.75), (2.0, 12.0)];
        assert!((bends(&uneven)[1] - 3.0 * 0.5 * 1.5).abs() < 1e-15);
        assert_eq!(bends(&[(0.0, 0.0), (1.0, f64::NAN), (2.0, 0.0), (3.0, 5.0), (4.0, f64::INFINITY)]), [0.0; 5]);
    }

    #[test]
    fn refinement_goes_where_the_curve_bends() {
        // A kink at 0.3 between straight lines: only its neighbourhood is halved, again and again.
        let kink = |a: f64| if a < 0.3 { 1.0 } else { 1.0 + 10.0 * (a - 0.3) };
        let line = run(spec("0:1:11", None, Some("0.001:100")), false, kink);
        let added: Vec<f64> = alphas(&line).into_iter().filter(|a| !line.spec().alphas.values().contains(a)).collect();
        assert!(!added.is_empty() && added.len() < 30, "{added:?}");
        assert!(added.iter().all(|a| (a - 0.3).abs() < 0.11), "{added:?}");
        // The curve is now resolved: no bend above a thousandth of the range 7.
        let curve: Vec<_> = line.points().iter().map(|p| (p.alpha, p.measured.train.loss)).collect();
        assert!(bends(&curve).iter().all(|b| *b <= 0.007), "{:?}", bends(&curve));
        // A straight line has nothing to refine.
        assert_eq!(run(spec("0:1:11", None, Some("0.001:100")), false, |a| 2.0 - a).points().len(), 11);
        assert_eq!(run(spec("0:1:11", None, Some("0.001:100")), false, |_| 2.0).points().len(), 11);
    }

    #[test]
    fn refinement_keeps_its_budget_and_takes_the_largest_bends_first() {
        let bump = |a: f64| (-200.0 * (a - 0.52) * (a - 0.52)).exp();
        for budget in [0, 1, 5, 17] {
            let line = run(spec("0:1:11", None, Some(&format!("0.0001:{budget}"))), false, bump);
            assert_eq!(line.points().len(), 11 + budget);
        }
        let one = run(spec("0:1:11", None, Some("0.0001:1")), false, bump);
        let added = alphas(&one).into_iter().find(|a| !one.spec().alphas.values().contains(a)).unwrap();
        assert!((added - 0.45).abs() < 1e-12, "the largest bend is at 0.5: its first interval, {added}");
    }

    #[test]
    fn the_order_of_recording_changes_nothing() {
        let loss = |a: f64| if a > 2.9 { f64::NAN } else { 1.0 + (5.0 * a).sin().abs() + a * a };
        let spec = spec("-0.5:1.5:9", Some(4.0), Some("0.01:25"));
        let (forwards, backwards) = (run(spec, false, loss), run(spec, true, loss));
        assert_eq!(format!("{:?}", forwards.points()), format!("{:?}", backwards.points()));
        assert!(forwards.points().len() > 9 + 10);
        assert!(forwards.points().is_sorted_by(|p, q| p.alpha < q.alpha));
    }
}
