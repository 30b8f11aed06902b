//! Noise aligned with an ill-conditioned Hessian against noise without a direction: noise paper, Proposition 1.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, spaced},
};
use crate::{
    figure::{Kind, Panel, colors},
    recipe::Findings,
    toy::{
        ToyError,
        theory::{
            Card,
            anisotropy::{self, Anisotropy as Measured},
        },
    },
};

/// H with k eigenvalues 1 and the others below D^(−d), and Σ of trace 1 of which a share is shaped like H; all diagonal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anisotropy {
    /// D.
    pub dim: usize,
    /// k.
    pub large: usize,
    /// d.
    pub exponent: f64,
    /// The share of Σ that is shaped like H; the rest is isotropic.
    pub aligned: f64,
}

/// Dimensions, at the most.
const MOST: usize = 100;
/// Shares that the curve goes through.
const SHARES: usize = 40;

impl Anisotropy {
    /// H and Σ, row-major.
    fn matrices(&self, aligned: f64) -> [Vec<f64>; 2] {
        let (n, k) = (self.dim, self.large.min(self.dim));
        let small = (n as f64).powf(-self.exponent);
        let value = |i: usize| if i < k { 1.0 } else { small * (0.95 - 0.5 * (i - k) as f64 / n as f64) };
        let trace: f64 = (0..n).map(value).sum();
        let (mut h, mut sigma) = (vec![0.0; n * n], vec![0.0; n * n]);
        for i in 0..n {
            h[i * n + i] = value(i);
            sigma[i * n + i] = aligned * value(i) / trace + (1.0 - aligned) / n as f64;
        }
        [h, sigma]
    }

    /// The proposition, held against this example.
    ///
    /// # Errors
    /// Dimensions beyond 100, a share that is none, and what the proposition refuses.
    pub fn card(&self) -> Result<Card, ToyError> {
        self.check()?;
        let [h, sigma] = self.matrices(self.aligned);
        anisotropy::card(&h, &sigma, self.dim, self.exponent)
    }

    fn measure(&self, aligned: f64) -> Result<Measured, ToyError> {
        let [h, sigma] = self.matrices(aligned);
        anisotropy::measure(&h, &sigma, self.dim, self.exponent)
    }

    /// The explicit bound of the proof, a D / (k + (D − k) D^{−d})².
    fn bound(&self, m: &Measured) -> f64 {
        let (n, k) = (self.dim as f64, m.k as f64);
        m.alignment * n / (k + (n - k) * n.powf(-self.exponent)).powi(2)
    }

    fn panels(&self, here: &Measured) -> Result<Vec<Panel>, ToyError> {
        let (mut ratios, mut bounds) = (Vec::new(), Vec::new());
        for share in spaced([0.0, 1.0], SHARES) {
            let m = self.measure(share)?;
            ratios.push([share, m.ratio()]);
            bounds.push([share, self.bound(&m)]);
        }
        let all = vec![
            series("measured", colors::SGD, Kind::Line, ratios),
            series("bound of the proof", colors::GD, Kind::Dashed, bounds),
            series("isotropic", colors::GD, Kind::Dotted, [[0.0, 1.0], [1.0, 1.0]]),
            series("here", colors::SAM, Kind::Star, [[self.aligned, here.ratio()]]),
        ];
        let ratio =
            panel("Tr(HΣ) over that of isotropic noise", "share of the noise that is shaped like H", "times", all);
        let [h, sigma] = self.matrices(self.aligned);
        let spectrum = |matrix: &[f64]| -> Vec<[f64; 2]> {
            (0..self.dim).map(|i| [(i + 1) as f64, matrix[i * self.dim + i]]).collect()
        };
        let all = vec![
            series("of H", colors::GD, Kind::Points, spectrum(&h)),
            series("of Σ along it", colors::SGD, Kind::Dots, spectrum(&sigma)),
        ];
        let spectra = panel("The spectra", "direction, in the order of H's eigenvalues", "eigenvalue", all);
        Ok(vec![Panel { from_zero: true, ..ratio }, Panel { log_y: true, ..spectra }])
    }
}

impl Toy for Anisotropy {
    fn measures(&self) -> Vec<&'static str> {
        vec!["ratio", "bound", "alignment"]
    }

    fn check(&self) -> Result<(), ToyError> {
        if !(1..=MOST).contains(&self.dim) {
            return Err(ToyError::Count { name: "dimensions", value: self.dim as u64, remedy: "1 to 100" });
        }
        if !(0.0..=1.0).contains(&self.aligned) {
            let remedy = "a share from 0 to 1";
            return Err(ToyError::Parameter { name: "aligned", value: self.aligned, remedy });
        }
        self.measure(self.aligned).map(drop)
    }

    fn describe(&self) -> String {
        format!("{} dimensions, {} large, {} of the noise shaped like H", self.dim, self.large, self.aligned)
    }

    fn find(&self, _task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        watch.at(0.0)?;
        let here = self.measure(self.aligned)?;
        let numbers = vec![
            ("ratio", Some(here.ratio())),
            ("bound", Some(self.bound(&here))),
            ("alignment", Some(here.alignment)),
        ];
        Ok(Findings { bounds: vec![], numbers, panels: self.panels(&here)? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };

    #[test]
    fn the_ratio_is_that_of_the_traces_by_hand() {
        // H = diag(1, s), s = 0.95/2; all of Σ is shaped like H: Tr(HΣ) = (1 + s²)/(1 + s), isotropic (1 + s)/2.
        let found = made("experiment='anisotropy'\ndim=2\nlarge=1\nexponent=1.0\naligned=1.0", 0);
        let s: f64 = 0.475;
        let exact = 2.0 * (1.0 + s * s) / (1.0 + s).powi(2);
        assert!((number(&found, "ratio") - exact).abs() < 1e-12 && (number(&found, "alignment") - 1.0).abs() < 1e-12);
        assert!(number(&found, "bound") <= exact);
        let isotropic = made("experiment='anisotropy'\ndim=5\nlarge=2\nexponent=1.0\naligned=0.0", 0);
        assert!((number(&isotropic, "ratio") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_share_and_no_dimension_is_refused() {
        for text in ["dim=0\naligned=0.5", "dim=1000\naligned=0.5", "dim=4\naligned=1.5", "dim=4\naligned=nan"] {
            let text = format!("experiment='anisotropy'\nlarge=1\nexponent=1.0\n{text}");
            assert!(toml::from_str::<Experiment>(&text).unwrap().check().is_err(), "{text}");
        }
    }
}
