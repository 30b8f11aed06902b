//! Two asymmetric directions at once: where the minimum of L̃ goes, and where SGD, SAM and descent on L̃ itself walk. SAM
//! thesis, Fig. 3.2.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{paler, series, silent, tag},
};
use crate::{
    figure::{Kind, Panel, Series, colors, landscape, plane_panel},
    recipe::Findings,
    toy::{
        ToyError,
        dynamics::{DynamicsKind, DynamicsSpec},
        perturbed::Perturbed,
        surface::gradient,
        surfaces::{Side, SurfaceSpec, TwoSided},
        theory::bias::{interval, plane_card},
        walker::Walker,
    },
};

/// The surface, a radius, and a walk of SGD and one of SAM on it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bias {
    pub sides: [Side; 2],
    pub rho: f64,
    /// Standard deviation of the gradient noise along each direction.
    pub noise: f64,
    pub lr: f64,
    pub steps: u32,
    pub start: [f64; 2],
}

impl Bias {
    fn surface(&self) -> SurfaceSpec {
        SurfaceSpec::Bias2d { sides: self.sides, noise: self.noise }
    }

    fn walk(&self, kind: DynamicsKind, seed: u64) -> Result<Vec<[f64; 2]>, ToyError> {
        let spec = DynamicsSpec { lr: self.lr, rho: self.rho, ..DynamicsSpec::of(kind) };
        let mut walker = Walker::new(self.surface().build(seed, 0)?, spec, &self.start, seed, 0)?;
        let mut points = vec![self.start];
        for _ in 0..self.steps {
            walker.step();
            points.push([walker.position()[0], walker.position()[1]]);
        }
        Ok(points)
    }

    /// Gradient descent on L̃ itself: the gradient of L at the point of the disc where L is largest. Without noise.
    fn descend(&self) -> Result<Vec<[f64; 2]>, ToyError> {
        let surface = TwoSided::new(self.sides)?;
        let perturbed = Perturbed::new(&surface, self.rho)?;
        let mut points = vec![self.start];
        let mut w = self.start;
        for _ in 0..self.steps {
            let g = gradient(&surface, &perturbed.at(&w).at);
            w = [w[0] - self.lr * g[0], w[1] - self.lr * g[1]];
            points.push(w);
        }
        Ok(points)
    }

    /// The corners of the theorem's interval along both directions.
    fn interval(&self) -> [[f64; 2]; 5] {
        let [[a, b], [c, d]] = self.sides.map(|side| interval(side.c, self.rho));
        [[a, c], [b, c], [b, d], [a, d], [a, c]]
    }

    fn panel(&self, [x, y]: [f64; 2], task: &Task<'_>) -> Result<Option<Panel>, Unfinished> {
        let surface = self.surface().build(task.seed, 0)?;
        let Some(picture) = landscape(&*Arc::clone(&surface))? else { return Ok(None) };
        let map = plane_panel(&picture);
        let color = paler(colors::SAM, task.place);
        let star = |name: &str, color, at| silent(name, color, Kind::Star, [at]);
        let all: Vec<Series> = vec![
            series("SGD", colors::SGD, Kind::Line, self.walk(DynamicsKind::Sgd, task.seed)?),
            series(format!("SAM, ρ = {}", self.rho), color, Kind::Line, self.walk(DynamicsKind::Sam, task.seed)?),
            silent(format!("descent on the perturbed loss, ρ = {}", self.rho), color, Kind::Dashed, self.descend()?),
            silent("where the theorem puts it", color, Kind::Dashed, self.interval()),
            star("w*", colors::SGD, [0.0, 0.0]),
            star("minimum of the perturbed loss", color, [x, y]),
            silent("start", colors::GD, Kind::Hollow, [self.start]),
        ];
        let title = "L(w), its minimum w*, those of the perturbed loss; SGD, SAM, descent on that loss (dashed)".into();
        let tags = vec![tag([0.0, 0.0], "w*"), tag([x, y], format!("ρ = {}", self.rho))];
        Ok(Some(Panel { title, series: all, tags, weight: 2.2, ..map }))
    }
}

impl Toy for Bias {
    fn measures(&self) -> Vec<&'static str> {
        vec!["shift-share-1", "shift-share-2", "lower-end-1", "lower-end-2", "largest-shift-share"]
    }

    fn check(&self) -> Result<(), ToyError> {
        plane_card(&TwoSided::new(self.sides)?, self.rho)?;
        let spec = DynamicsSpec { lr: self.lr, rho: self.rho, ..DynamicsSpec::of(DynamicsKind::Sam) };
        Walker::new(self.surface().build(0, 0)?, spec, &self.start, 0, 0).map(drop)
    }

    fn describe(&self) -> String {
        let [a, b] = self.sides;
        format!("c_1 = {}, c_2 = {}, gradient noise {}, η = {}, {} steps", a.c, b.c, self.noise, self.lr, self.steps)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        watch.at(0.0)?;
        let card = plane_card(&TwoSided::new(self.sides)?, self.rho)?;
        let shift: Vec<f64> = card.checks.iter().map(|c| c.measured).collect();
        let at = [shift.first(), shift.get(1)].map(|s| s.copied().unwrap_or(f64::NAN));
        let [a, b] = at.map(|s| s / self.rho);
        let low = self.sides.map(|s| (s.c - 1.0) / (s.c + 1.0));
        let numbers = vec![
            ("shift-share-1", Some(a)),
            ("shift-share-2", Some(b)),
            ("lower-end-1", Some(low[0])),
            ("lower-end-2", Some(low[1])),
            ("largest-shift-share", Some(if a > b || a.is_nan() { a } else { b })),
        ];
        Ok(Findings { bounds: vec![], numbers, panels: self.panel(at, task)?.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };

    const SIDES: &str = "experiment='bias2d'\nsides=[{p=0.5, c=4.0, r=3.0}, {p=0.5, c=2.0, r=3.0}]\nnoise=0.2\nlr=0.05\n\
                         steps=30\nstart=[-1.0, 2.0]\n";

    #[test]
    fn shifts_are_in_the_theorems_interval() {
        let found = made(&format!("{SIDES}rho=0.6"), 0);
        assert!((number(&found, "lower-end-1") - 0.6).abs() < 1e-15);
        assert!((number(&found, "lower-end-2") - 1.0 / 3.0).abs() < 1e-15);
        let [a, b] = ["shift-share-1", "shift-share-2"].map(|name| number(&found, name));
        assert!(a > 0.6 && b > 1.0 / 3.0 && a < 1.0 && b < a && number(&found, "largest-shift-share") == a, "{a} {b}");
        let star = found.panels[0].series.iter().find(|s| s.name.starts_with("minimum of")).unwrap();
        let [x, y] = star.curve.points().next().unwrap();
        assert!((x / 0.6 - a).abs() < 1e-15 && (y / 0.6 - b).abs() < 1e-15);
        assert_eq!(found.panels[0].series[0].curve.points().count(), 31);
        // Descent on the perturbed loss ends next to its minimum; SAM's one step up does not take it there.
        let long = made(&format!("{}rho=0.6", SIDES.replace("steps=30", "steps=300")), 0);
        let end = |name: &str| {
            let path = long.panels[0].series.iter().find(|s| s.name.starts_with(name)).unwrap();
            path.curve.points().last().unwrap()
        };
        let distance = |[a, b]: [f64; 2]| (a - x).hypot(b - y);
        assert!(distance(end("descent on")) < 0.1 && distance(end("SAM")) > 0.3);
    }

    #[test]
    fn balls_beyond_the_slopes_are_refused() {
        let text = format!("{SIDES}rho=2.0");
        assert!(toml::from_str::<Experiment>(&text).unwrap().check().is_err());
    }
}
