//! The two-basin surface of the noise paper, appendix D.1.
//!
//! ℓ(w; x) = min{10 a² + 100 b², ‖w − x + (1,1)‖²} with s = w − (1,1) − x, a = (s₁ − s₂)/√2, b = (s₁ + s₂)/√2, and L the
//! mean over N points x: the smaller of the two is taken per point, before averaging.
//!
//! All arithmetic is in the turned frame p = (w₁ − w₂)/√2, q = (w₁ + w₂)/√2, where both bowls are diagonal. A point
//! (ξ, ζ) is in the sharp bowl where 9 (p − ξ)² + 99 (q − ζ − m)² < 800/99, m = 101√2/99: w − x lies in an ellipse. Value,
//! gradient, Hessian and Σ follow from count, first and second moments of the points in the sharp bowl. Where the
//! ellipse holds all points or none, which their bounding box decides, no pass over the points is needed.

mod moments;

use std::f64::consts::SQRT_2;

use rand::Rng as _;
use rand_distr::StandardNormal;

use moments::{Bowl, FLAT, Moments, SHARP, loss_of, turn, turn_back, turn_back_matrix};

use crate::{
    random,
    toy::{
        error::ToyError,
        matrix::Sym2,
        surface::{About, Corner, Covariance, Minimum, Samples, Surface, bounding_box, highest},
    },
};

/// Points that one turn of the inner loop takes; arrays are padded to a multiple of it with points outside any ellipse.
const LANES: usize = 4;
/// Centre of the ellipse on the q axis.
const CENTRE: f64 = 101.0 * SQRT_2 / 99.0;
/// Right-hand side of the ellipse.
const LEVEL: f64 = 800.0 / 99.0;

/// The surface over one draw of points.
#[derive(Clone, Debug)]
pub struct Escape {
    count: usize,
    /// The points in the turned frame, padded.
    xi: Vec<f64>,
    zeta: Vec<f64>,
    all: Moments,
    /// Bounding box of the points in the turned frame.
    low: [f64; 2],
    high: [f64; 2],
    /// Covariance of the points in the turned frame.
    spread: Sym2,
}

/// Everything the dynamics need at one w, in the coordinates of w.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Local {
    /// Share of the points in the sharp bowl.
    pub sharp: f64,
    /// ∇L.
    pub gradient: [f64; 2],
    /// ∇²L: the sharp bowl's Hessian (eigenvalues 200 and 20) times the share, plus 2I times the rest.
    pub hessian: Sym2,
    /// Σ from centred per-point gradients; zero where it was not asked for.
    pub covariance: Sym2,
}

impl Escape {
    /// The surface of run `run`: x = 0.01 (√10 z₁ e₁ + z₂ e₂), e₁ = (1,−1)/√2, e₂ = (1,1)/√2, z standard normal, from a
    /// stream of its own, so that all dynamics of a run see the same points.
    ///
    /// # Errors
    ///
    /// [`ToyError::Count`] unless there are 1 to 1,000,000 points.
    pub fn draw(count: usize, seed: u64, run: u64) -> Result<Escape, ToyError> {
        if !(1..=1_000_000).contains(&count) {
            let remedy = "1 to 1000000; the paper has 100";
            return Err(ToyError::Count { name: "points", value: count as u64, remedy });
        }
        let mut rng = random::stream(seed, &format!("toy escape2d points {run}"));
        let mut normal = || -> f64 { rng.sample(StandardNormal) };
        let wide = 0.01 * 10f64.sqrt();
        Ok(Escape::turned(&(0..count).map(|_| [wide * normal(), 0.01 * normal()]).collect::<Vec<_>>()))
    }

    /// The surface over given points in the coordinates of w, one at least.
    pub fn over(points: &[[f64; 2]]) -> Escape {
        Escape::turned(&points.iter().map(|x| turn(*x)).collect::<Vec<_>>())
    }

    fn turned(points: &[[f64; 2]]) -> Escape {
        let padded = points.len().next_multiple_of(LANES);
        let (mut xi, mut zeta) = (vec![f64::INFINITY; padded], vec![f64::INFINITY; padded]);
        let mut all = Moments::default();
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for (i, &[a, b]) in points.iter().enumerate() {
            (xi[i], zeta[i]) = (a, b);
            (low, high) = ([low[0].min(a), low[1].min(b)], [high[0].max(a), high[1].max(b)]);
            all.add(a, b);
        }
        let [a, b] = all.mean();
        let n = all.n;
        let spread = Sym2 { xx: all.aa / n - a * a, xy: all.ab / n - a * b, yy: all.bb / n - b * b };
        Escape { count: points.len(), xi, zeta, all, low, high, spread }
    }

    /// The mean of the points, in the coordinates of w: how far the minima are moved from (1, 1) and (−1, −1).
    pub fn mean(&self) -> [f64; 2] {
        turn_back(self.all.mean())
    }

    /// Gradient and Hessian at w, and Σ if `with_covariance`.
    pub fn local(&self, w: [f64; 2], with_covariance: bool) -> Local {
        let [p, q] = turn(w);
        let (sharp, gradient, covariance) = match self.only_bowl(p, q) {
            Some(bowl) => self.one_bowl(p, q, bowl),
            None if with_covariance => self.both_bowls::<true>(p, q),
            None => self.both_bowls::<false>(p, q),
        };
        let curvature = [0, 1].map(|d| sharp * SHARP.curvature[d] + (1.0 - sharp) * FLAT.curvature[d]);
        Local {
            sharp,
            gradient: turn_back(gradient),
            hessian: turn_back_matrix(Sym2 { xx: curvature[0], xy: 0.0, yy: curvature[1] }),
            covariance: if with_covariance { turn_back_matrix(covariance) } else { Sym2::default() },
        }
    }

    /// The bowl that holds all points, `None` where the ellipse's edge may pass between them.
    fn only_bowl(&self, p: f64, q: f64) -> Option<Bowl> {
        // w − x ranges over this box: the left side of the inequality is largest at the farthest corner from the
        // ellipse's centre and smallest at the nearest point.
        let (p0, p1) = (p - self.high[0], p - self.low[0]);
        let (q0, q1) = (q - CENTRE - self.high[1], q - CENTRE - self.low[1]);
        let far = |a: f64, b: f64| (a * a).max(b * b);
        if 9.0 * far(p0, p1) + 99.0 * far(q0, q1) < LEVEL - 1e-9 {
            Some(SHARP)
        } else if 9.0 * nearest_square([p0, p1]) + 99.0 * nearest_square([q0, q1]) > LEVEL + 1e-9 {
            Some(FLAT)
        } else {
            None
        }
    }

    /// Sharp share, gradient and Σ (turned) where all points are in one bowl: an exact quadratic.
    fn one_bowl(&self, p: f64, q: f64, bowl: Bowl) -> (f64, [f64; 2], Sym2) {
        let ([k, l], [a, b], s) = (bowl.curvature, self.all.mean(), self.spread);
        let gradient = [k * (p - a), l * (q - bowl.centre - b)];
        let covariance = Sym2 { xx: k * k * s.xx, xy: k * l * s.xy, yy: l * l * s.yy };
        (if bowl.centre > 0.0 { 1.0 } else { 0.0 }, gradient, covariance)
    }

    fn both_bowls<const SECOND: bool>(&self, p: f64, q: f64) -> (f64, [f64; 2], Sym2) {
        let sharp = self.in_sharp::<SECOND>(p, q);
        let (g, s) = sharp.gradients(p, q, SHARP);
        let (h, t) = self.all.minus(sharp).gradients(p, q, FLAT);
        let n = self.all.n;
        let [a, b] = [(g[0] + h[0]) / n, (g[1] + h[1]) / n];
        let covariance = Sym2 {
            xx: ((s.xx + t.xx) / n - a * a).max(0.0),
            xy: (s.xy + t.xy) / n - a * b,
            yy: ((s.yy + t.yy) / n - b * b).max(0.0),
        };
        (sharp.n / n, [a, b], covariance)
    }

    /// Moments of the points in the sharp bowl; without `SECOND` the second moments stay zero.
    fn in_sharp<const SECOND: bool>(&self, p: f64, q: f64) -> Moments {
        let q = q - CENTRE;
        let mut sums = [[0.0f64; LANES]; 6];
        for (xi, zeta) in self.xi.as_chunks::<LANES>().0.iter().zip(self.zeta.as_chunks::<LANES>().0) {
            for k in 0..LANES {
                let (u, v) = (p - xi[k], q - zeta[k]);
                let inside = 9.0 * u * u + 99.0 * v * v < LEVEL;
                let (a, b) = (if inside { xi[k] } else { 0.0 }, if inside { zeta[k] } else { 0.0 });
                sums[0][k] += if inside { 1.0 } else { 0.0 };
                sums[1][k] += a;
                sums[2][k] += b;
                if SECOND {
                    sums[3][k] += a * a;
                    sums[4][k] += a * b;
                    sums[5][k] += b * b;
                }
            }
        }
        let [n, a, b, aa, ab, bb] = sums.map(|lane| lane.iter().sum());
        Moments { n, a, b, aa, ab, bb }
    }
}

impl Surface for Escape {
    fn dim(&self) -> usize {
        2
    }

    fn value(&self, w: &[f64]) -> f64 {
        let [p, q] = turn([w[0], w[1]]);
        let sum = match self.only_bowl(p, q) {
            Some(bowl) => self.all.losses(p, q, bowl),
            None => {
                let sharp = self.in_sharp::<true>(p, q);
                sharp.losses(p, q, SHARP) + self.all.minus(sharp).losses(p, q, FLAT)
            }
        };
        sum / self.all.n
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.local([w[0], w[1]], false).gradient);
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.local([w[0], w[1]], false).hessian.full());
    }

    fn samples(&self) -> Option<&dyn Samples> {
        Some(self)
    }

    fn about(&self) -> About {
        let [a, b] = self.mean();
        About {
            name: "escape2d",
            title: "Two basins",
            formula: "mean over x of min{10 a² + 100 b², |w − x + (1, 1)|²}, a = (s₁ − s₂)/√2, b = (s₁ + s₂)/√2, s = w − (1, 1) − x"
                .into(),
            description: "a sharp basin at (1, 1) and a flat one at (−1, −1): which noise gets out of the sharp one?",
            source: "noise paper, appendix D.1, Fig. 2 and 9",
            parameters: vec![("N", self.count as f64)],
            window: vec![[-2.0, 2.0], [-2.0, 2.0]],
            start: vec![1.0, 1.0],
            // Exact as long as all points are in the bowl there, which holds for any draw of this size.
            minima: vec![
                Minimum::of(self, "sharp", vec![1.0 + a, 1.0 + b]),
                Minimum::of(self, "flat", vec![a - 1.0, b - 1.0]),
            ],
        }
    }

    /// Where the triangle is in one bowl for all points, L is convex. Else per point: those that have it in one bowl sum to
    /// a convex function, and what remains does not exceed the smaller of the two bowls' highest corners.
    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        let v = triangle.map(|c| turn(c.at));
        let [p, q] = bounding_box(&v);
        let sharp = |p: f64, q: f64| 9.0 * p * p + 99.0 * q * q < LEVEL;
        let flat = |p: [f64; 2], q: [f64; 2]| 9.0 * nearest_square(p) + 99.0 * nearest_square(q) > LEVEL;
        let widened = |[low, high]: [f64; 2], d: usize| [low - self.high[d], high - self.low[d]];
        let moved = |[low, high]: [f64; 2], by: f64| [low - by, high - by];
        let all_sharp = v.iter().all(|&[p, q]| self.only_bowl(p, q).is_some_and(|bowl| bowl.centre > 0.0));
        if all_sharp || flat(widened(p, 0), moved(widened(q, 1), CENTRE)) {
            return Some(highest(triangle));
        }
        let (mut convex, mut rest) = ([0.0; 3], 0.0);
        for (&xi, &zeta) in self.xi.iter().zip(&self.zeta).take(self.count) {
            let high = v.map(|[p, q]| loss_of(SHARP, p, q, xi, zeta));
            let low = v.map(|[p, q]| loss_of(FLAT, p, q, xi, zeta));
            if v.iter().all(|&[p, q]| sharp(p - xi, q - zeta - CENTRE)) {
                convex = [0, 1, 2].map(|k| convex[k] + high[k]);
            } else if flat(moved(p, xi), moved(q, zeta + CENTRE)) {
                convex = [0, 1, 2].map(|k| convex[k] + low[k]);
            } else {
                let top = |x: [f64; 3]| x[0].max(x[1]).max(x[2]);
                rest += top(high).min(top(low));
            }
        }
        Some((convex[0].max(convex[1]).max(convex[2]) + rest) / self.all.n)
    }
}

/// The least x² over an interval.
fn nearest_square([low, high]: [f64; 2]) -> f64 {
    low.max(-high).max(0.0).powi(2)
}

impl Samples for Escape {
    fn count(&self) -> usize {
        self.count
    }

    fn value_of(&self, i: usize, w: &[f64]) -> f64 {
        let [p, q] = turn([w[0], w[1]]);
        let (xi, zeta) = (self.xi[i], self.zeta[i]);
        loss_of(SHARP, p, q, xi, zeta).min(loss_of(FLAT, p, q, xi, zeta))
    }

    fn gradient_of(&self, i: usize, w: &[f64], out: &mut [f64]) {
        let [p, q] = turn([w[0], w[1]]);
        let (u, v) = (p - self.xi[i], q - self.zeta[i]);
        let inside = 9.0 * u * u + 99.0 * (v - CENTRE) * (v - CENTRE) < LEVEL;
        let bowl = if inside { SHARP } else { FLAT };
        out.copy_from_slice(&turn_back([bowl.curvature[0] * u, bowl.curvature[1] * (v - bowl.centre)]));
    }

    fn covariance(&self, w: &[f64], which: Covariance, out: &mut [f64]) {
        match which {
            Covariance::Centred => out.copy_from_slice(&self.local([w[0], w[1]], true).covariance.full()),
            Covariance::RunningSum => self.running_sum(w, out),
        }
    }
}

impl Escape {
    /// The covariance of the running sums of the per-point gradients, in the order of the points.
    fn running_sum(&self, w: &[f64], out: &mut [f64]) {
        let (mut sum, mut one) = ([0.0; 2], [0.0; 2]);
        let mut all = Moments::default();
        for i in 0..self.count {
            self.gradient_of(i, w, &mut one);
            sum = [sum[0] + one[0], sum[1] + one[1]];
            all.add(sum[0], sum[1]);
        }
        let [a, b] = all.mean();
        let s = Sym2 { xx: all.aa / all.n - a * a, xy: all.ab / all.n - a * b, yy: all.bb / all.n - b * b };
        out.copy_from_slice(&s.full());
    }
}

#[cfg(test)]
mod tests;
