//! L and the perturbed loss L̃ on a line: SAM thesis, Fig. 3.1 and 7.1.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{paler, panel, series, silent, spaced},
};
use crate::{
    figure::{Kind, Panel, colors},
    recipe::Findings,
    toy::{
        ToyError,
        perturbed::{Perturbed, line_well},
        surface::Surface,
        surfaces::{Linex, SurfaceSpec},
    },
};

/// A surface of one dimension and the radii that L̃ is taken at.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerturbedLoss {
    pub surface: SurfaceSpec,
    /// Ascending.
    pub rhos: Vec<f64>,
    /// The height of the wells' rim where no barrier bounds them.
    #[serde(default)]
    pub rim: Option<f64>,
}

/// Places at which L̃ is compared with L, and drawn.
const PLACES: usize = 800;

impl PerturbedLoss {
    /// +1 or −1 where the surface has one flat side and says which.
    fn flat_side(&self) -> Option<f64> {
        match self.surface {
            SurfaceSpec::Linex { alpha } => Some(-alpha.signum()),
            SurfaceSpec::Valley { .. } => Some(1.0),
            _ => None,
        }
    }

    /// The largest change of depth and of width of a well from one radius to the next, over all wells that are left.
    fn well_changes(&self, surface: &dyn Surface) -> Result<[f64; 2], ToyError> {
        let mut most = [f64::NEG_INFINITY; 2];
        for minimum in surface.about().minima {
            let mut before = None;
            for &rho in &self.rhos {
                let (well, perturbed) = line_well(surface, minimum.at[0], rho, self.rim)?;
                let [depth, width] = before.unwrap_or([well.depth(), well.width()]);
                let Some(left) = perturbed else { break };
                let now = [left.depth(), left.width()];
                for (most, change) in most.iter_mut().zip([now[0] - depth, now[1] - width]) {
                    *most = if change > *most || change.is_nan() { change } else { *most };
                }
                before = Some(now);
            }
        }
        Ok(most)
    }

    /// Where the first minimum goes, as shares of each ρ, towards the flat side; and the largest error of the closed form
    /// where there is one.
    fn shifts(&self, surface: &dyn Surface, flat: f64) -> Result<(Vec<f64>, f64), ToyError> {
        let Some(first) = surface.about().minima.into_iter().next() else { return Ok((vec![], f64::NAN)) };
        let (mut shares, mut error) = (Vec::new(), 0.0f64);
        for &rho in &self.rhos {
            let shift = Perturbed::new(surface, rho)?.minimum(&first.at).at[0] - first.at[0];
            shares.push(flat * shift / rho);
            if let SurfaceSpec::Linex { alpha } = self.surface {
                error = error.max((shift - Linex::new(alpha)?.perturbed_minimum(rho)).abs());
            }
        }
        Ok((shares, error))
    }

    fn panel(&self, surface: &dyn Surface, curves: &[Vec<f64>], xs: &[f64]) -> Result<Panel, ToyError> {
        let about = surface.about();
        let points = |ys: &[f64]| -> Vec<[f64; 2]> { xs.iter().zip(ys).map(|(x, y)| [*x, *y]).collect() };
        let plain: Vec<f64> = xs.iter().map(|x| surface.value(&[*x])).collect();
        let mut all = vec![series("L", colors::SGD, Kind::Line, points(&plain))];
        let last = self.rhos.len() - 1;
        for (k, (rho, curve)) in self.rhos.iter().zip(curves).enumerate() {
            let color = paler(colors::SAM, last - k);
            all.push(series(format!("perturbed, ρ = {rho}"), color, Kind::Line, points(curve)));
            for minimum in &about.minima {
                let bottom = Perturbed::new(surface, *rho)?.minimum(&minimum.at);
                all.push(silent("its minimum", color, Kind::Star, [[bottom.at[0], bottom.value]]));
            }
        }
        for minimum in &about.minima {
            all.push(silent("minimum of L", colors::SGD, Kind::Star, [[minimum.at[0], minimum.value]]));
        }
        // Far out L is many times higher than the wells that this is about.
        let rims = about.minima.iter().map(|m| line_well(surface, m.at[0], 0.0, self.rim).map(|(well, _)| well.rim));
        let top = 2.5 * rims.collect::<Result<Vec<f64>, _>>()?.into_iter().fold(0.0, f64::max);
        let y_range = Some((-0.05 * top, top));
        Ok(Panel { y_range, weight: 1.3, ..panel(about.title, "w", "loss", all) })
    }
}

impl Toy for PerturbedLoss {
    fn measures(&self) -> Vec<&'static str> {
        let mut names = vec!["least-excess", "most-depth-change", "most-width-change"];
        if self.flat_side().is_some() {
            names.extend(["least-shift-share", "most-shift-share"]);
        }
        if matches!(self.surface, SurfaceSpec::Linex { .. }) {
            names.push("closed-form-error");
        }
        names
    }

    fn check(&self) -> Result<(), ToyError> {
        let surface = self.surface.build(0, 0)?;
        if self.rhos.is_empty() {
            return Err(ToyError::Count { name: "radii ρ", value: 0, remedy: "1 or more" });
        }
        let mut before = 0.0;
        for &rho in &self.rhos {
            Perturbed::new(&*surface, rho)?.curve(&[])?;
            if rho <= before {
                return Err(ToyError::Parameter { name: "ρ", value: rho, remedy: "radii above 0 in ascending order" });
            }
            before = rho;
        }
        self.well_changes(&*surface).map(drop)
    }

    fn describe(&self) -> String {
        let rhos: Vec<String> = self.rhos.iter().map(f64::to_string).collect();
        format!("{} with ρ = {}", self.surface.name(), rhos.join(", "))
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let surface = self.surface.build(task.seed, 0)?;
        let xs: Vec<f64> = spaced(surface.about().window[0], PLACES).collect();
        let (mut curves, mut least) = (Vec::new(), f64::INFINITY);
        for (k, &rho) in self.rhos.iter().enumerate() {
            watch.at(k as f64 / self.rhos.len() as f64)?;
            let curve = Perturbed::new(&*surface, rho)?.curve(&xs)?;
            for (x, y) in xs.iter().zip(&curve) {
                let excess = y - surface.value(&[*x]);
                least = if excess < least || excess.is_nan() { excess } else { least };
            }
            curves.push(curve);
        }
        let [depth, width] = self.well_changes(&*surface)?;
        let mut numbers =
            vec![("least-excess", Some(least)), ("most-depth-change", Some(depth)), ("most-width-change", Some(width))];
        if let Some(flat) = self.flat_side() {
            let (shares, error) = self.shifts(&*surface, flat)?;
            numbers.push(("least-shift-share", shares.iter().copied().reduce(f64::min)));
            numbers.push(("most-shift-share", shares.iter().copied().reduce(f64::max)));
            if matches!(self.surface, SurfaceSpec::Linex { .. }) {
                numbers.push(("closed-form-error", Some(error)));
            }
        }
        Ok(Findings { bounds: vec![], numbers, panels: vec![self.panel(&*surface, &curves, &xs)?] })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };

    #[test]
    fn the_sextics_wells_shrink_by_what_their_barriers_say() {
        let found = made("experiment='perturbed'\nsurface={name='sextic'}\nrhos=[0.05, 0.2]", 0);
        // Edges move inwards by ρ on both sides: 0.1 at first, then by 0.3.
        assert!((number(&found, "most-width-change") + 0.1).abs() < 1e-9, "{found:?}");
        // The middle well loses the least: L(1 + 0.05) = (1.05 · 0.05 · 0.95)².
        let exact = -(1.05f64 * 0.05 * 0.95).powi(2);
        assert!((number(&found, "most-depth-change") - exact).abs() < 1e-12, "{found:?}");
        assert!(number(&found, "least-excess") >= 0.0);
        assert_eq!(found.panels[0].series.iter().filter(|s| s.name == "its minimum").count(), 6);
    }

    #[test]
    fn shifts_are_the_closed_forms() {
        let found = made("experiment='perturbed'\nsurface={name='linex'}\nrhos=[1.0, 2.0]\nrim=1.0", 0);
        let x = 0.3f64;
        assert!((number(&found, "least-shift-share") - (x.sinh() / x).ln() / x).abs() < 1e-7);
        assert!(number(&found, "closed-form-error") < 1e-7 && number(&found, "most-shift-share") < 0.11);
        let straight = "experiment='perturbed'\nsurface={name='valley', p=0.5, c=4.0, r=3.0}\nrhos=[0.5, 1.0]\nrim=0.9";
        let found = made(straight, 0);
        // (c − 1)/(c + 1) exactly, at every ρ.
        assert!((number(&found, "least-shift-share") - 0.6).abs() < 1e-9);
        assert!((number(&found, "most-shift-share") - 0.6).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_line_or_no_rim_is_refused() {
        for text in [
            "surface={name='escape2d'}\nrhos=[0.1]",
            "surface={name='sextic'}\nrhos=[]",
            "surface={name='sextic'}\nrhos=[0.2, 0.1]",
            "surface={name='sextic'}\nrhos=[-0.1]",
            "surface={name='linex'}\nrhos=[0.1]",
        ] {
            let experiment: Experiment = toml::from_str(&format!("experiment='perturbed'\n{text}")).unwrap();
            assert!(experiment.check().is_err(), "{text}");
        }
    }
}
