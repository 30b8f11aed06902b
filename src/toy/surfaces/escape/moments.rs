//! The two bowls in the turned frame and the moments of points that are all in one of them.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::toy::matrix::Sym2;

/// A quadratic ½ (curvature₁ p² + curvature₂ (q − centre)²) in the turned frame.
#[derive(Clone, Copy)]
pub(super) struct Bowl {
    pub(super) curvature: [f64; 2],
    pub(super) centre: f64,
}

/// The bowl around (1, 1).
pub(super) const SHARP: Bowl = Bowl { curvature: [20.0, 200.0], centre: SQRT_2 };
/// The bowl around (−1, −1).
pub(super) const FLAT: Bowl = Bowl { curvature: [2.0, 2.0], centre: -SQRT_2 };

/// Σ1, Σξ, Σζ, Σξ², Σξζ, Σζ² over some of the points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) n: f64,
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) aa: f64,
    pub(super) ab: f64,
    pub(super) bb: f64,
}

impl Moments {
    pub(super) fn add(&mut self, a: f64, b: f64) {
        self.n += 1.0;
        self.a += a;
        self.b += b;
        self.aa += a * a;
        self.ab += a * b;
        self.bb += b * b;
    }

    pub(super) fn mean(self) -> [f64; 2] {
        [self.a / self.n, self.b / self.n]
    }

    pub(super) fn minus(self, o: Moments) -> Moments {
        Moments {
            n: self.n - o.n,
            a: self.a - o.a,
            b: self.b - o.b,
            aa: self.aa - o.aa,
            ab: self.ab - o.ab,
            bb: self.bb - o.bb,
        }
    }

    /// Σ (p − ξ)², Σ (p − ξ)(r − ζ), Σ (r − ζ)² with r measured from the bowl's centre.
    pub(super) fn squares(self, p: f64, r: f64) -> Sym2 {
        Sym2 {
            xx: self.n * p * p - 2.0 * p * self.a + self.aa,
            xy: self.n * p * r - p * self.b - r * self.a + self.ab,
            yy: self.n * r * r - 2.0 * r * self.b + self.bb,
        }
    }

    /// Sums of the gradients of these points in `bowl` and of their outer products, turned.
    pub(super) fn gradients(self, p: f64, q: f64, bowl: Bowl) -> ([f64; 2], Sym2) {
        let (r, [k, l]) = (q - bowl.centre, bowl.curvature);
        let s = self.squares(p, r);
        let outer = Sym2 { xx: k * k * s.xx, xy: k * l * s.xy, yy: l * l * s.yy };
        ([k * (self.n * p - self.a), l * (self.n * r - self.b)], outer)
    }

    /// Sum of the losses of these points in `bowl`.
    pub(super) fn losses(self, p: f64, q: f64, bowl: Bowl) -> f64 {
        let s = self.squares(p, q - bowl.centre);
        0.5 * (bowl.curvature[0] * s.xx + bowl.curvature[1] * s.yy)
    }
}

/// (w₁, w₂) to (p, q).
pub(super) fn turn(w: [f64; 2]) -> [f64; 2] {
    [(w[0] - w[1]) * FRAC_1_SQRT_2, (w[0] + w[1]) * FRAC_1_SQRT_2]
}

pub(super) fn turn_back(v: [f64; 2]) -> [f64; 2] {
    [(v[1] + v[0]) * FRAC_1_SQRT_2, (v[1] - v[0]) * FRAC_1_SQRT_2]
}

pub(super) fn turn_back_matrix(m: Sym2) -> Sym2 {
    let half = 0.5 * (m.xx + m.yy);
    Sym2 { xx: half + m.xy, xy: 0.5 * (m.yy - m.xx), yy: half - m.xy }
}

/// ½ curvature · (p − ξ, q − ζ − centre)² of one point.
pub(super) fn loss_of(bowl: Bowl, p: f64, q: f64, xi: f64, zeta: f64) -> f64 {
    let (u, v) = (p - xi, q - zeta - bowl.centre);
    0.5 * (bowl.curvature[0] * u * u + bowl.curvature[1] * v * v)
}
