//! Depth and curvature of the perturbed loss on quadratic wells: SAM thesis, Theorem 3.2.1.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, spaced},
};
use crate::{
    figure::{Guide, Kind, Panel, colors, run_color},
    recipe::Findings,
    toy::{ToyError, perturbed::quadratic_peak, surfaces::Quadratic, theory::sharper},
};

/// Wells of one spectrum, at several radii.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharper {
    pub dim: usize,
    /// λ_max, and λ_max/λ_min.
    pub largest: f64,
    pub condition: f64,
    /// The reach of the well along the steepest direction.
    pub r: f64,
    pub rhos: Vec<f64>,
}

/// What the theorem is held against, at one ρ.
struct Measured {
    rho: f64,
    depth_lost: f64,
    curvature: f64,
}

impl Sharper {
    fn well(&self) -> Result<Quadratic, ToyError> {
        Quadratic::new(self.dim, self.largest, self.condition)
    }

    fn exact_loss(&self, rho: f64) -> f64 {
        0.5 * self.largest * rho * rho
    }

    fn bound(&self, rho: f64) -> f64 {
        (1.0 + rho / (self.r - rho)) * self.largest
    }

    fn measured(&self, well: &Quadratic, rho: f64) -> Result<Measured, ToyError> {
        let card = sharper::card(well.eigenvalues(), self.r, rho)?;
        let [depth, curvature, ..] = &card.checks[..] else {
            let reason = "it has no depth and curvature".to_string();
            return Err(ToyError::Assumption { theorem: card.theorem.name, reason });
        };
        Ok(Measured { rho, depth_lost: depth.measured, curvature: curvature.measured })
    }

    fn panels(&self, found: &[Measured], task: &Task<'_>) -> Vec<Panel> {
        let color = run_color(task.place);
        let end = found.iter().map(|m| m.rho).fold(0.0, f64::max);
        let smooth = |of: &dyn Fn(f64) -> f64| spaced([0.0, end], 100).map(|rho| [rho, of(rho)]).collect::<Vec<_>>();
        let depth = vec![
            series("λ_max ρ²/2", colors::GD, Kind::Line, smooth(&|rho| self.exact_loss(rho))),
            series(task.name, color, Kind::Points, found.iter().map(|m| [m.rho, m.depth_lost])),
        ];
        let curvature = vec![
            series("bound (1 + ρ/(r − ρ)) λ_max", colors::GD, Kind::Dashed, smooth(&|rho| self.bound(rho))),
            series(task.name, color, Kind::Points, found.iter().map(|m| [m.rho, m.curvature])),
        ];
        let lost = "Depth lost, ΔL minus that of the perturbed loss (points of all dimensions coincide)";
        let mut panels = vec![
            panel(lost, "ρ", "depth", depth),
            panel("Least secant curvature of the perturbed loss", "ρ", "curvature", curvature),
        ];
        panels.iter_mut().for_each(|p| p.x_range = Some((0.0, 1.03 * end)));
        // Along v₁ wells of all dimensions are the same.
        if let (0, Some(middle)) = (task.place, found.get(found.len() / 2)) {
            panels.insert(0, self.profile(middle.rho));
        }
        panels
    }

    /// L and L̃ along the steepest direction.
    fn profile(&self, rho: f64) -> Panel {
        let perturbed = |x: f64| quadratic_peak(&[self.largest], &[x], rho).value;
        let all = vec![
            series("L", colors::SGD, Kind::Line, {
                spaced([-self.r, self.r], 200).map(|x| [x, 0.5 * self.largest * x * x])
            }),
            series(format!("perturbed, ρ = {rho}"), colors::SAM, Kind::Line, {
                spaced([rho - self.r, self.r - rho], 200).map(|x| [x, perturbed(x)])
            }),
        ];
        let rim = Guide { value: 0.5 * self.largest * self.r * self.r, label: "rim".into() };
        let title = "L and the perturbed loss along the steepest direction, up to their rims";
        Panel { guides: vec![rim], ..panel(title, "w along v_1", "loss", all) }
    }
}

impl Toy for Sharper {
    fn measures(&self) -> Vec<&'static str> {
        vec!["worst-depth-error", "least-curvature-ratio"]
    }

    fn check(&self) -> Result<(), ToyError> {
        let well = self.well()?;
        if self.rhos.is_empty() {
            return Err(ToyError::Count { name: "radii ρ", value: 0, remedy: "1 or more" });
        }
        self.rhos.iter().try_for_each(|rho| sharper::card(&well.eigenvalues()[..1], self.r, *rho).map(drop))
    }

    fn describe(&self) -> String {
        format!("quadratic well, λ from {} to {}, r = {}", self.largest / self.condition, self.largest, self.r)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let well = self.well()?;
        let mut found = Vec::new();
        for (k, &rho) in self.rhos.iter().enumerate() {
            watch.at(k as f64 / self.rhos.len() as f64)?;
            found.push(self.measured(&well, rho)?);
        }
        let (mut error, mut ratio) = (0.0f64, f64::INFINITY);
        for m in &found {
            let (e, r) = ((m.depth_lost - self.exact_loss(m.rho)).abs(), m.curvature / self.bound(m.rho));
            error = if e > error || e.is_nan() { e } else { error };
            ratio = if r < ratio || r.is_nan() { r } else { ratio };
        }
        let numbers = vec![("worst-depth-error", Some(error)), ("least-curvature-ratio", Some(ratio))];
        Ok(Findings { bounds: vec![], numbers, panels: self.panels(&found, task) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };

    #[test]
    fn the_secant_at_the_rim_decides() {
        for dim in [1, 7] {
            let text = format!("experiment='sharper'\ndim={dim}\nlargest=3.0\ncondition=20.0\nr=1.0\nrhos=[0.2, 0.5]");
            let found = made(&text, 0);
            // λ (1 + 2ρ/(r − ρ)) over λ (1 + ρ/(r − ρ)) is (r + ρ)/r, least at the smaller ρ.
            assert!((number(&found, "least-curvature-ratio") - 1.2).abs() < 1e-9, "{found:?}");
            assert!(number(&found, "worst-depth-error") < 1e-12);
        }
    }

    #[test]
    fn a_ball_larger_than_the_well_is_refused() {
        for text in ["dim=2\nr=1.0\nrhos=[1.0]", "dim=0\nr=1.0\nrhos=[0.5]", "dim=2\nr=1.0\nrhos=[]"] {
            let text = format!("experiment='sharper'\nlargest=3.0\ncondition=20.0\n{text}");
            assert!(toml::from_str::<Experiment>(&text).unwrap().check().is_err(), "{text}");
        }
    }
}
