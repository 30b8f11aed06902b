//! Two landscapes that every optimizer is shown on: Rosenbrock's banana and Himmelblau's four minima.

use crate::toy::surface::{About, Corner, Minimum, Surface, bounding_box, highest_if_curved, polish};

/// (1 − w₁)² + 100 (w₂ − w₁²)².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rosenbrock;

impl Surface for Rosenbrock {
    fn dim(&self) -> usize {
        2
    }

    fn value(&self, w: &[f64]) -> f64 {
        (1.0 - w[0]).powi(2) + 100.0 * (w[1] - w[0] * w[0]).powi(2)
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        let off = w[1] - w[0] * w[0];
        out.copy_from_slice(&[-2.0 * (1.0 - w[0]) - 400.0 * w[0] * off, 200.0 * off]);
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        let (x, y) = (w[0], w[1]);
        out.copy_from_slice(&[2.0 - 400.0 * y + 1200.0 * x * x, -400.0 * x, -400.0 * x, 200.0]);
    }

    fn about(&self) -> About {
        About {
            name: "rosenbrock",
            title: "Rosenbrock's valley",
            formula: "(1 − w₁)² + 100 (w₂ − w₁²)²".into(),
            description: "a curved valley with a flat floor: easy to enter, slow to follow",
            source: "H. H. Rosenbrock, The Computer Journal 3 (1960) 175",
            parameters: vec![],
            window: vec![[-2.0, 2.0], [-1.0, 3.0]],
            start: vec![-1.2, 1.0],
            minima: vec![Minimum { name: "minimum", at: vec![1.0, 1.0], value: 0.0 }],
        }
    }

    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        let [x, y] = bounding_box(&triangle.map(|c| c.at));
        let off = 400.0 * x[0].abs().max(x[1].abs());
        let curvature = (2.0 - 400.0 * y[1] + 1200.0 * least_square(x)).min(200.0) - off;
        Some(highest_if_curved(triangle, -curvature))
    }
}

/// (w₁² + w₂ − 11)² + (w₁ + w₂² − 7)².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Himmelblau;

impl Surface for Himmelblau {
    fn dim(&self) -> usize {
        2
    }

    fn value(&self, w: &[f64]) -> f64 {
        (w[0] * w[0] + w[1] - 11.0).powi(2) + (w[0] + w[1] * w[1] - 7.0).powi(2)
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        let (u, v) = (w[0] * w[0] + w[1] - 11.0, w[0] + w[1] * w[1] - 7.0);
        out.copy_from_slice(&[4.0 * w[0] * u + 2.0 * v, 2.0 * u + 4.0 * w[1] * v]);
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        let (x, y) = (w[0], w[1]);
        let cross = 4.0 * (x + y);
        out.copy_from_slice(&[12.0 * x * x + 4.0 * y - 42.0, cross, cross, 12.0 * y * y + 4.0 * x - 26.0]);
    }

    fn about(&self) -> About {
        let near = [
            ("(3, 2)", [3.0, 2.0]),
            ("upper left", [-2.8, 3.1]),
            ("lower left", [-3.8, -3.3]),
            ("lower right", [3.6, -1.8]),
        ];
        About {
            name: "himmelblau",
            title: "Himmelblau's four minima",
            formula: "(w₁² + w₂ − 11)² + (w₁ + w₂² − 7)²".into(),
            description: "four equal minima: small differences of start and step decide between them",
            source: "D. M. Himmelblau, Applied Nonlinear Programming (1972)",
            parameters: vec![],
            window: vec![[-5.0, 5.0], [-5.0, 5.0]],
            start: vec![-0.5, -1.0],
            minima: near.map(|(name, at)| Minimum::of(self, name, polish(self, at).to_vec())).to_vec(),
        }
    }

    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        let [x, y] = bounding_box(&triangle.map(|c| c.at));
        let cross = 4.0 * (x[0] + y[0]).abs().max((x[1] + y[1]).abs());
        let (a, b) = (12.0 * least_square(x) + 4.0 * y[0] - 42.0, 12.0 * least_square(y) + 4.0 * x[0] - 26.0);
        Some(highest_if_curved(triangle, cross - a.min(b)))
    }
}

/// The least x² over an interval.
fn least_square([low, high]: [f64; 2]) -> f64 {
    low.max(-high).max(0.0).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surface::gradient;

    #[test]
    fn minima_are_stationary_and_zero() {
        for surface in [&Rosenbrock as &dyn Surface, &Himmelblau] {
            for minimum in surface.about().minima {
                assert!(minimum.value < 1e-25, "{minimum:?}");
                assert!(gradient(surface, &minimum.at).iter().all(|g| g.abs() < 1e-11));
            }
        }
        assert_eq!(Himmelblau.about().minima.len(), 4);
        // Published to six digits.
        let upper = &Himmelblau.about().minima[1].at;
        assert!((upper[0] + 2.805118).abs() < 1e-6 && (upper[1] - 3.131312).abs() < 1e-6, "{upper:?}");
    }
}
