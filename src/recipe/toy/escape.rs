//! One dynamics from the sharp minimum, many times: noise paper, Fig. 2 and 9 with the constants of D.1.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, silent, tag},
};
use crate::{
    figure::{AxisName, Kind, Panel, PlaneMark, PlaneMarker, PlanePath, PlanePicture, colors, landscape, plane_panel},
    recipe::Findings,
    toy::{
        ToyError,
        dynamics::{DynamicsKind, DynamicsSpec},
        ensemble::{Ensemble, EnsembleSpec, Progress, Results, SuccessRule},
        surfaces::SurfaceSpec,
        walker::Walker,
    },
};

/// What is simulated; the constants that are left out are the paper's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Escape {
    surface: SurfaceSpec,
    dynamics: DynamicsKind,
    lr: f64,
    /// E‖ε‖² of the noise that is added after the step.
    noise: f64,
    runs: u64,
    steps: u32,
}

impl Default for Escape {
    fn default() -> Escape {
        let (paper, step) = (EnsembleSpec::default(), DynamicsSpec::default());
        Escape {
            surface: paper.surface,
            dynamics: DynamicsKind::default(),
            lr: step.lr,
            noise: step.noise,
            runs: paper.runs,
            steps: paper.steps,
        }
    }
}

impl Escape {
    fn ensemble(&self, seed: u64) -> Result<Ensemble, ToyError> {
        Ensemble::new(EnsembleSpec {
            surface: self.surface.clone(),
            dynamics: vec![self.rule()],
            runs: self.runs,
            steps: self.steps,
            seed,
            ..EnsembleSpec::default()
        })
    }

    fn rule(&self) -> DynamicsSpec {
        DynamicsSpec { lr: self.lr, noise: self.noise, ..DynamicsSpec::of(self.dynamics) }
    }

    /// The first run over the surface; `None` where the surface is no plane.
    fn path(&self, ensemble: &Ensemble, seed: u64) -> Result<Option<Panel>, Unfinished> {
        let surface = self.surface.build(seed, 0)?;
        let Some(picture) = landscape(&*surface)? else { return Ok(None) };
        let start = ensemble.start();
        let mut walker = Walker::new(surface, self.rule(), start, seed, 0)?;
        let mut points = vec![[start[0], start[1]]];
        for _ in 0..self.steps {
            walker.step();
            points.push([walker.position()[0], walker.position()[1]]);
        }
        let color = colors::dynamics_color(self.dynamics);
        let paths = vec![PlanePath::flat(self.dynamics.to_string(), color, points)];
        let mut markers = picture.markers.clone();
        markers.push(PlaneMarker {
            name: String::new(),
            a: start[0],
            b: start[1],
            height: f64::NAN,
            mark: PlaneMark::Init,
            color: colors::GD,
        });
        let panel = plane_panel(&PlanePicture { paths, markers, ..picture });
        let title = "The first run on L(w)".into();
        Ok(Some(Panel { title, weight: 2.2, ..panel }))
    }

    fn bar(&self, results: &Results, task: &Task<'_>) -> Panel {
        let (x, rate) = ((task.place + 1) as f64, results.success(SuccessRule::Final));
        let (color, height) = (colors::dynamics_color(self.dynamics), 100.0 * rate.rate());
        let interval = [[x, 100.0 * rate.low], [x, 100.0 * rate.high]];
        let name = self.dynamics.to_string();
        let bar = vec![
            silent(&name, color, Kind::Bars, [[x, height]]),
            silent(format!("{name}, 95 %"), colors::GD, Kind::Line, interval),
        ];
        let title = "Runs whose last iterate is in the other basin, with 95 % intervals";
        Panel {
            x_range: Some((0.5, x + 0.5)),
            from_zero: true,
            // Above the interval, too.
            tags: vec![tag([x, 100.0 * rate.high], format!("{height:.1} %"))],
            x_names: vec![AxisName { x, label: name }],
            ..panel(title, "", "runs in %", bar)
        }
    }
}

impl Toy for Escape {
    fn measures(&self) -> Vec<&'static str> {
        vec!["success", "success-low", "success-high", "median-first-passage", "mean-trace"]
    }

    fn check(&self) -> Result<(), ToyError> {
        self.ensemble(0).map(drop)
    }

    fn describe(&self) -> String {
        format!("{}: {} runs of {} steps of each dynamics", self.surface.name(), self.runs, self.steps)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let mut ensemble = self.ensemble(task.seed)?;
        let chunk = (self.runs / 100).max(rayon::current_num_threads() as u64);
        let mut done = 0;
        loop {
            watch.at(done as f64 / self.runs as f64)?;
            match ensemble.advance(chunk.min(MOST_AT_ONCE), &false.into())? {
                Progress::Running(runs) => done = runs,
                Progress::Done => break,
                Progress::Cancelled => return Err(Unfinished::Stopped),
            }
        }
        let results = &ensemble.results()[0];
        let rate = results.success(SuccessRule::Final);
        let numbers = vec![
            ("success", Some(rate.rate())),
            ("success-low", Some(rate.low)),
            ("success-high", Some(rate.high)),
            ("median-first-passage", results.median_first_passage()),
            ("mean-trace", Some(results.mean_trace())),
        ];
        let trace = results.trace_over_time().into_iter().enumerate().map(|(t, x)| [t as f64, x]);
        let color = colors::dynamics_color(self.dynamics);
        let line = series(self.dynamics.to_string(), color, Kind::Line, trace);
        let title = "Escape indicator, mean over the runs";
        let indicator = Panel { from_zero: true, ..panel(title, "iteration t", "Tr(H_tΣ_t)", vec![line]) };
        let mut panels: Vec<Panel> = self.path(&ensemble, task.seed)?.into_iter().collect();
        panels.extend([self.bar(results, task), indicator]);
        Ok(Findings { bounds: vec![], numbers, panels })
    }
}

/// Runs between two looks at the interrupt.
const MOST_AT_ONCE: u64 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::toy::tests::{made, number};

    #[test]
    fn it_counts_what_the_ensemble_counts() {
        let found = made("experiment='escape'\ndynamics='leading'\nruns=60", 5);
        let mut ensemble = Ensemble::new(EnsembleSpec { runs: 60, seed: 5, ..EnsembleSpec::default() }).unwrap();
        ensemble.finish(&false.into()).unwrap();
        // Run k of a dynamics is the same beside the other five.
        let results = &ensemble.results()[3];
        assert_eq!(results.spec().kind, DynamicsKind::Leading);
        assert_eq!(number(&found, "success"), results.success(SuccessRule::Final).rate());
        assert!(number(&found, "success-low") < number(&found, "success"));
        assert_eq!(number(&found, "mean-trace"), results.mean_trace());
        assert_eq!(found.number("median-first-passage").unwrap(), results.median_first_passage());
        // The path on the surface is run 0 of the ensemble.
        let end = found.panels[0].series.iter().find(|s| s.name == "leading").unwrap().curve.points().last().unwrap();
        assert_eq!(Some(&end[..]), results.ends().next());
    }

    #[test]
    fn gradient_descent_never_leaves() {
        let found = made("experiment='escape'\nruns=20", 1);
        assert_eq!((number(&found, "success"), found.number("median-first-passage")), (0.0, Some(None)));
        // A line has no surface to draw a path on.
        assert_eq!(made("experiment='escape'\nruns=2\nsurface={name='sextic'}", 1).panels.len(), 2);
    }
}
