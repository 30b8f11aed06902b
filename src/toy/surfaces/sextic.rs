//! The symmetric example of the SAM thesis, Fig. 3.1: L(w) = w² (w − 1)² (w − 2)², three wells.

use crate::toy::surface::{About, Minimum, Surface};

/// Three minima of value 0 at 0, 1 and 2, two barriers of height 4/27 at 1 ± 1/√3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sextic;

/// The root f of L = f², with f′ and f″.
fn root(w: f64) -> [f64; 3] {
    [w * (w - 1.0) * (w - 2.0), (3.0 * w - 6.0) * w + 2.0, 6.0 * w - 6.0]
}

impl Surface for Sextic {
    fn dim(&self) -> usize {
        1
    }

    fn value(&self, w: &[f64]) -> f64 {
        root(w[0])[0].powi(2)
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        let [f, d, _] = root(w[0]);
        out[0] = 2.0 * f * d;
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        let [f, d, e] = root(w[0]);
        out[0] = 2.0 * (d * d + f * e);
    }

    fn about(&self) -> About {
        About {
            name: "sextic",
            title: "Three symmetric wells",
            formula: "w² (w − 1)² (w − 2)²".into(),
            description: "the perturbed loss makes each well shallower and narrower, and the middle one goes first",
            source: "SAM thesis, Fig. 3.1 (a, b)",
            parameters: vec![],
            window: vec![[-0.6, 2.6]],
            start: vec![0.45],
            minima: [("left", 0.0), ("middle", 1.0), ("right", 2.0)]
                .map(|(name, w)| Minimum { name, at: vec![w], value: 0.0 })
                .to_vec(),
        }
    }

    fn peaks(&self, low: f64, high: f64) -> Vec<f64> {
        let reach = 1.0 / 3f64.sqrt();
        [1.0 - reach, 1.0 + reach].into_iter().filter(|w| (low..high).contains(w) && *w > low).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surface::slope;

    #[test]
    fn wells_and_barriers_are_where_they_are_said_to_be() {
        for w in [0.0, 1.0, 2.0] {
            assert_eq!((Sextic.value(&[w]), slope(&Sextic, w)), (0.0, 0.0));
        }
        let peaks = Sextic.peaks(0.0, 2.0);
        assert_eq!(peaks.len(), 2);
        for w in peaks {
            assert!((Sextic.value(&[w]) - 4.0 / 27.0).abs() < 1e-15 && slope(&Sextic, w).abs() < 1e-14);
        }
        assert_eq!(Sextic.peaks(0.5, 1.5).len(), 0);
        assert_eq!(Sextic.value(&[3.0]), 36.0);
    }
}
