//! The non-convex example of the noise paper, appendix B: one training point, two weights, a clipped output.

use crate::toy::{
    error::{ToyError, require},
    surface::{About, Corner, Minimum, Surface, bounding_box, highest},
};

/// L(w₁, w₂) = (φ(relu(w₁) − relu(w₂)) − 1)² with φ(f) = min{max{f, δ}, 1 − δ}: Eq. (84) and (85).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    delta: f64,
}

impl Clipped {
    /// # Errors
    ///
    /// [`ToyError::Parameter`] unless 0 < δ < ½; the paper has 0.1.
    pub fn new(delta: f64) -> Result<Clipped, ToyError> {
        require(delta > 0.0 && delta < 0.5, "δ of the clip", delta, "a number above 0 and below 0.5, such as 0.1")?;
        Ok(Clipped { delta })
    }

    /// relu(w₁) − relu(w₂).
    fn output(w: &[f64]) -> f64 {
        w[0].max(0.0) - w[1].max(0.0)
    }

    /// L of an output, decreasing. A NaN stays one.
    fn loss(&self, f: f64) -> f64 {
        if f.is_nan() { f } else { (f.clamp(self.delta, 1.0 - self.delta) - 1.0).powi(2) }
    }

    /// ∂f/∂w where the clip lets the gradient through, else zero.
    fn open(&self, w: &[f64]) -> [f64; 2] {
        let f = Clipped::output(w);
        // One-sided derivatives towards larger coordinates.
        let (along_1, along_2) = (f >= self.delta && f < 1.0 - self.delta, f > self.delta && f <= 1.0 - self.delta);
        [if along_1 && w[0] >= 0.0 { 1.0 } else { 0.0 }, if along_2 && w[1] >= 0.0 { -1.0 } else { 0.0 }]
    }
}

impl Surface for Clipped {
    fn dim(&self) -> usize {
        2
    }

    fn value(&self, w: &[f64]) -> f64 {
        // f64::max drops a NaN, which must stay visible.
        if w[0].is_nan() || w[1].is_nan() { f64::NAN } else { self.loss(Clipped::output(w)) }
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        let slope = 2.0 * (Clipped::output(w) - 1.0);
        out.copy_from_slice(&self.open(w).map(|d| if d == 0.0 { 0.0 } else { slope * d }));
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        let [a, b] = self.open(w);
        out.copy_from_slice(&[2.0 * a * a, 2.0 * a * b, 2.0 * a * b, 2.0 * b * b]);
    }

    fn about(&self) -> About {
        About {
            name: "clipped",
            title: "Two weights, not convex",
            formula: "(φ(relu(w₁) − relu(w₂)) − 1)², φ(f) = min{max{f, δ}, 1 − δ}".into(),
            description: "a network of Proposition 2 whose loss is not convex and has many minima",
            source: "noise paper, appendix B, Eq. (84) to (87)",
            parameters: vec![("δ", self.delta)],
            window: vec![[-0.5, 1.5], [-0.5, 1.5]],
            start: vec![0.4, 0.1],
            // All of w₁ − relu(w₂) ≥ 1 − δ is as low; this is the paper's point.
            minima: vec![Minimum::of(self, "(1, 0)", vec![1.0, 0.0])],
        }
    }

    /// L falls with the output, and within a quadrant the output is linear, so that a corner is highest. Across an axis
    /// the corner of the triangle's box with the least output bounds it.
    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        let [x, y] = bounding_box(&triangle.map(|c| c.at));
        let one_sided = |[low, high]: [f64; 2]| low >= 0.0 || high <= 0.0;
        if one_sided(x) && one_sided(y) {
            return Some(highest(triangle));
        }
        Some(self.loss(Clipped::output(&[x[0], y[1]])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_values_and_its_proof_of_non_convexity() {
        let l = Clipped::new(0.1).unwrap();
        let [a, b, c] = [l.value(&[1.0, 0.0]), l.value(&[0.0, 1.0]), l.value(&[0.5, 0.5])];
        assert!((a - 0.01).abs() < 1e-15 && (b - 0.81).abs() < 1e-15 && (c - 0.81).abs() < 1e-15);
        assert!(0.5 * a + 0.5 * b < c);
        assert!(l.value(&[f64::NAN, 0.0]).is_nan());
        assert!(Clipped::new(0.5).is_err());
    }

    #[test]
    fn the_clip_stops_the_gradient() {
        let l = Clipped::new(0.1).unwrap();
        let mut g = [0.0; 2];
        l.gradient(&[0.75, 0.25], &mut g);
        assert_eq!(g, [-1.0, 1.0]);
        l.gradient(&[2.0, 0.5], &mut g);
        assert_eq!(g, [0.0, 0.0]);
        l.gradient(&[0.75, -0.5], &mut g);
        assert_eq!(g, [-0.5, 0.0]);
    }
}
