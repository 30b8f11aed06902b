//! Proposition 1 of the noise paper: noise aligned with an ill-conditioned Hessian against noise without a direction.

use super::{
    answer::{Answer, NEUTRAL, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Kind, Panel, colors},
    toy::{
        ToyError,
        theory::anisotropy::{card, measure},
    },
};

/// A spectrum with k large eigenvalues, and how much of the noise follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    dim: u64,
    large: u64,
    exponent: f64,
    aligned: f64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { dim: 40, large: 2, exponent: 1.0, aligned: 0.8 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real(
                "aligned share",
                "Of Σ that is shaped like H; the rest is isotropic",
                &mut self.aligned,
                0.0..=1.0,
            ),
            Knob::whole("dimensions D", "Of the well", &mut self.dim, 2..=100),
            Knob::whole("k", "Eigenvalues that are large", &mut self.large, 1..=20),
            Knob::real("exponent d", "The others are below λ₁ D^(−d); above ½", &mut self.exponent, 0.51..=2.0),
        ]
    }

    /// H and Σ, diagonal.
    fn matrices(&self, aligned: f64) -> (Vec<f64>, Vec<f64>, usize) {
        let (n, k) = (self.dim as usize, (self.large.min(self.dim)) as usize);
        let small = (n as f64).powf(-self.exponent);
        let value = |i: usize| if i < k { 1.0 } else { small * (0.95 - 0.5 * (i - k) as f64 / n as f64) };
        let trace: f64 = (0..n).map(value).sum();
        let (mut h, mut sigma) = (vec![0.0; n * n], vec![0.0; n * n]);
        for i in 0..n {
            h[i * n + i] = value(i);
            sigma[i * n + i] = aligned * value(i) / trace + (1.0 - aligned) / n as f64;
        }
        (h, sigma, n)
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let (h, sigma, n) = self.matrices(self.aligned);
        let card = card(&h, &sigma, n, self.exponent)?;
        let here = measure(&h, &sigma, n, self.exponent)?;
        let (mut ratios, mut bounds) = (Vec::new(), Vec::new());
        for share in places(0.0, 1.0, 40) {
            let (h, sigma, n) = self.matrices(share);
            let m = measure(&h, &sigma, n, self.exponent)?;
            let (n, k) = (n as f64, m.k as f64);
            ratios.push([share, m.ratio()]);
            bounds.push([share, m.alignment * n / (k + (n - k) * n.powf(-self.exponent)).powi(2)]);
        }
        let panel = Panel {
            title: "Tr(HΣ) over that of isotropic noise".into(),
            x_label: "share of the noise that is shaped like H".into(),
            y_label: "times".into(),
            from_zero: true,
            series: vec![
                drawn("measured", colors::SGD, Kind::Line, ratios),
                drawn("bound of the proof", NEUTRAL, Kind::Dashed, bounds),
                drawn("isotropic", NEUTRAL, Kind::Dotted, [[0.0, 1.0], [1.0, 1.0]]),
                drawn("here", colors::SAM, Kind::Star, [[self.aligned, here.ratio()]]),
            ],
            ..Panel::default()
        };
        let spectrum = |matrix: &[f64]| (0..n).map(|i| [(i + 1) as f64, matrix[i * n + i]]).collect::<Vec<_>>();
        let spectra = Panel {
            title: "The spectra".into(),
            x_label: "direction, in the order of H's eigenvalues".into(),
            y_label: "eigenvalue".into(),
            log_y: true,
            series: vec![
                drawn("of H", NEUTRAL, Kind::Points, spectrum(&h)),
                drawn("of Σ along it", colors::SGD, Kind::Dots, spectrum(&sigma)),
            ],
            ..Panel::default()
        };
        let remark =
            format!("Here â = {:.3}: u₁·Σu₁ TrH / (λ₁ TrΣ), the projection coefficient of Fig. 5.", here.alignment);
        Ok(Answer { card, panels: vec![panel, spectra], remark })
    }
}
