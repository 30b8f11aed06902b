//! Piecewise asymmetric valleys: (r, p, c, ζ) of Definition 2.3.1 (SAM thesis; Definition 1 of Asymmetric Valleys).
//!
//! The slope is p on (ζ, r) and −cp on (−∞, −ζ), which is where the definition's strict bounds become equalities, so
//! that the theorems' bounds are tight. Within ζ the slope goes linearly to 0. Beyond r the flat side ends: a wall of
//! slope cp, so that a bias that leaves the valley is punished.

use crate::toy::{
    error::{ToyError, not_negative, positive, require},
    surface::{About, Minimum, Surface},
};

/// A one-dimensional valley with its minimum 0 at 0 and its flat side towards positive w.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valley {
    p: f64,
    c: f64,
    r: f64,
    zeta: f64,
}

impl Valley {
    /// # Errors
    ///
    /// [`ToyError::Parameter`] unless p > 0, c ≥ 1 and r > ζ ≥ 0.
    pub fn new(p: f64, c: f64, r: f64, zeta: f64) -> Result<Valley, ToyError> {
        positive("slope p of the flat side", p, "a positive, finite number, such as 0.5")?;
        require(c >= 1.0 && c.is_finite(), "ratio c", c, "a finite number, at least 1, such as 4")?;
        not_negative("ζ of the valley", zeta, "0 or a positive number below r")?;
        require(r > zeta && r.is_finite(), "reach r", r, "a finite number above ζ, such as 2")?;
        Ok(Valley { p, c, r, zeta })
    }

    /// Slope of the flat side.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Slope of the sharp side over that of the flat side.
    pub fn c(&self) -> f64 {
        self.c
    }

    /// Where the flat side ends.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Half-width of the rounded bottom.
    pub fn zeta(&self) -> f64 {
        self.zeta
    }

    /// Height at a distance from the minimum on a side of slope `slope`.
    fn height(&self, distance: f64, slope: f64) -> f64 {
        if distance <= self.zeta {
            0.5 * slope * distance * (distance / self.zeta)
        } else {
            slope * (distance - 0.5 * self.zeta)
        }
    }
}

impl Surface for Valley {
    fn dim(&self) -> usize {
        1
    }

    fn value(&self, w: &[f64]) -> f64 {
        let (x, steep) = (w[0], self.c * self.p);
        if x == 0.0 {
            0.0
        } else if x < 0.0 {
            self.height(-x, steep)
        } else if x <= self.r {
            self.height(x, self.p)
        } else {
            self.height(self.r, self.p) + steep * (x - self.r)
        }
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        let (x, steep) = (w[0], self.c * self.p);
        out[0] = if x.is_nan() {
            x
        } else if x <= -self.zeta && x < 0.0 {
            -steep
        } else if x < 0.0 {
            steep * x / self.zeta
        } else if x < self.zeta {
            self.p * x / self.zeta
        } else if x < self.r {
            self.p
        } else {
            steep
        };
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        let x = w[0];
        out[0] = if x.is_nan() {
            x
        } else if x.abs() >= self.zeta {
            0.0
        } else if x < 0.0 {
            self.c * self.p / self.zeta
        } else {
            self.p / self.zeta
        };
    }

    fn about(&self) -> About {
        About {
            name: "valley",
            title: "Asymmetric valley",
            formula: "slope p on the right, −cp on the left, rounded within ζ, a wall at r".into(),
            description: "the flat side is where averaging and SAM end, and where a shifted loss is lower",
            source: "SAM thesis, Definition 2.3.1 and Fig. 2.1; Asymmetric Valleys, Definition 1",
            parameters: vec![("p", self.p), ("c", self.c), ("r", self.r), ("ζ", self.zeta)],
            window: vec![[-0.6 * self.r, 1.2 * self.r]],
            start: vec![-0.3 * self.r],
            minima: vec![Minimum { name: "minimum", at: vec![0.0], value: 0.0 }],
        }
    }

    fn peaks(&self, _low: f64, _high: f64) -> Vec<f64> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surface::slope;

    #[test]
    fn slopes_are_the_definitions_limits_and_the_value_is_their_integral() {
        for zeta in [0.0, 0.125] {
            let valley = Valley::new(0.5, 4.0, 2.0, zeta).unwrap();
            assert_eq!([slope(&valley, -0.5), slope(&valley, 0.5), slope(&valley, 2.5)], [-2.0, 0.5, 2.0]);
            // The midpoint rule is exact where the slope is linear between the grid's points.
            let h = 1.0 / 1024.0;
            for end in [-1.5, 1.875, 2.75] {
                let steps = (f64::abs(end) / h) as i32;
                let sum: f64 = (0..steps).map(|k| slope(&valley, (f64::from(k) + 0.5) * h * f64::signum(end))).sum();
                let integral = sum * h * f64::signum(end);
                assert!((valley.value(&[end]) - integral).abs() < 1e-12, "{zeta} {end}");
            }
        }
    }

    #[test]
    fn without_zeta_the_kink_is_at_the_minimum() {
        let valley = Valley::new(1.0, 3.0, 5.0, 0.0).unwrap();
        assert_eq!((slope(&valley, 0.0), slope(&valley, -1e-300), valley.value(&[0.0])), (1.0, -3.0, 0.0));
        assert!(slope(&valley, f64::NAN).is_nan());
        for (p, c, r, zeta) in [(0.0, 2.0, 1.0, 0.0), (1.0, 0.5, 1.0, 0.0), (1.0, 2.0, 0.1, 0.1), (1.0, 2.0, 1.0, -0.1)]
        {
            assert!(Valley::new(p, c, r, zeta).is_err());
        }
    }
}
