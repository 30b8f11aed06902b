//! A surface in the plane with two asymmetric directions, as in Fig. 3.2 of the SAM thesis.
//!
//! The thesis draws such a surface without giving its formula. Ours is L(w) = f₁(w₁) + f₂(w₂), where each f has slopes
//! strictly inside Definition 2.3.1 with ζ = 0: from p/2 up to p on (0, r), from −cp to −2cp on (0, −r).

use serde::{Deserialize, Serialize};

use crate::toy::{
    error::{ToyError, positive, require},
    surface::{About, Corner, Minimum, Surface, highest},
};

/// One direction: f(x) = p (x/2 + x²/4r) for x ≥ 0, cp (|x| + x²/2r) for x < 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Upper bound of the slope on the flat side.
    pub p: f64,
    /// The sharp side's slope is beyond −cp.
    pub c: f64,
    /// How far the two bounds hold.
    pub r: f64,
}

impl Side {
    fn value(&self, x: f64) -> f64 {
        if x < 0.0 { self.c * self.p * (0.5 * x * x / self.r - x) } else { self.p * (0.5 * x + 0.25 * x * x / self.r) }
    }

    fn slope(&self, x: f64) -> f64 {
        if x < 0.0 { self.c * self.p * (x / self.r - 1.0) } else { 0.5 * self.p * (1.0 + x / self.r) }
    }

    fn curvature(&self, x: f64) -> f64 {
        if x < 0.0 { self.c * self.p / self.r } else { 0.5 * self.p / self.r }
    }
}

/// The sum of two such functions, minimum 0 at the origin, flat towards positive coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoSided {
    sides: [Side; 2],
}

impl TwoSided {
    /// # Errors
    ///
    /// [`ToyError::Parameter`] unless p > 0, c ≥ 1 and r > 0 in both directions.
    pub fn new(sides: [Side; 2]) -> Result<TwoSided, ToyError> {
        for side in sides {
            positive("slope p of the flat side", side.p, "a positive, finite number, such as 0.5")?;
            require(side.c >= 1.0 && side.c.is_finite(), "ratio c", side.c, "a finite number, at least 1, such as 4")?;
            positive("reach r", side.r, "a positive, finite number, such as 3")?;
        }
        Ok(TwoSided { sides })
    }

    /// The two directions, along w₁ and w₂.
    pub fn sides(&self) -> [Side; 2] {
        self.sides
    }
}

impl Surface for TwoSided {
    fn dim(&self) -> usize {
        2
    }

    fn value(&self, w: &[f64]) -> f64 {
        self.sides[0].value(w[0]) + self.sides[1].value(w[1])
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&[self.sides[0].slope(w[0]), self.sides[1].slope(w[1])]);
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&[self.sides[0].curvature(w[0]), 0.0, 0.0, self.sides[1].curvature(w[1])]);
    }

    fn about(&self) -> About {
        let [a, b] = self.sides;
        About {
            name: "bias2d",
            title: "Two asymmetric directions",
            formula: "f₁(w₁) + f₂(w₂), f = p (x/2 + x²/4r) for x ≥ 0, cp (|x| + x²/2r) for x < 0".into(),
            description: "SAM's minimum is shifted to the flat side of both directions, along the diagonal",
            source: "SAM thesis, Theorem 3.3.2 and Fig. 3.2 (the thesis gives no formula; this one is ours)",
            parameters: vec![("p₁", a.p), ("c₁", a.c), ("r₁", a.r), ("p₂", b.p), ("c₂", b.c), ("r₂", b.r)],
            window: vec![[-1.0, 2.0], [-1.0, 2.0]],
            start: vec![-0.8, 1.6],
            minima: vec![Minimum { name: "w*", at: vec![0.0, 0.0], value: 0.0 }],
        }
    }

    /// Convex: the slopes only grow.
    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        Some(highest(triangle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_satisfy_the_definition() {
        let side = Side { p: 0.5, c: 4.0, r: 3.0 };
        for k in 1..300 {
            let l = f64::from(k) * 0.01;
            assert!(side.slope(l) > 0.0 && side.slope(l) < side.p);
            assert!(side.slope(-l) < -side.c * side.p);
        }
        assert!(TwoSided::new([side, Side { c: 0.9, ..side }]).is_err());
    }
}
