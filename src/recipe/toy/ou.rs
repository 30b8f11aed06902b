//! The Ornstein-Uhlenbeck process around a minimum against its closed form: noise paper, Eq. (12) and (13).

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, silent, spaced},
};
use crate::{
    figure::{Kind, Panel, colors},
    recipe::Findings,
    toy::{
        ToyError,
        theory::ou::{Point, Process},
    },
};

/// dθ = −Hθ dt + Σ^{1/2} dW from θ = 0, simulated with exact transitions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ou {
    /// Rows of H.
    pub h: Vec<Vec<f64>>,
    /// Rows of Σ.
    pub sigma: Vec<Vec<f64>>,
    /// The last of the times.
    pub end: f64,
    /// Times, evenly spaced.
    pub times: usize,
    pub paths: usize,
}

impl Default for Ou {
    /// H and Σ that do not commute.
    fn default() -> Ou {
        let (h, sigma) = (vec![vec![3.0, 1.0], vec![1.0, 2.0]], vec![vec![0.5, -0.2], vec![-0.2, 0.9]]);
        Ou { h, sigma, end: 1.5, times: 10, paths: 20_000 }
    }
}

/// Points of the closed curve.
const SMOOTH: usize = 200;
/// More paths than this would not stop in time.
const MOST_PATHS: usize = 100_000;

impl Ou {
    fn process(&self) -> Result<Process, ToyError> {
        // Rows of different lengths leave the wrong number of numbers, which is refused.
        Process::new(&self.h.concat(), &self.sigma.concat(), self.h.len())
    }

    fn panel(&self, process: &Process, points: &[Point]) -> Panel {
        let times = || spaced([0.0, self.end], SMOOTH);
        // The tangent only as far as it stays on the page.
        let tangent = times().map(|t| [t, process.slope() * t]).take_while(|[_, y]| *y <= 1.2 * process.limit());
        let mut all = vec![
            series("¼ Tr((I − e^(−2Ht)) Σ)", colors::SGD, Kind::Line, times().map(|t| [t, process.closed(t)])),
            series("t/2 · Tr(HΣ)", colors::GD, Kind::Dashed, tangent),
        ];
        for p in points {
            let ends = [[p.t, p.mean - p.half_width], [p.t, p.mean + p.half_width]];
            all.push(silent("99 % interval", colors::SAM, Kind::Line, ends));
        }
        let means = points.iter().map(|p| [p.t, p.mean]);
        all.push(series("simulated, with 99 % intervals", colors::SAM, Kind::Points, means));
        let rise = panel("Expected rise of the loss", "t", "E[L(θ_t) − L(θ_0)]", all);
        Panel { from_zero: true, x_range: Some((0.0, 1.03 * self.end)), weight: 1.6, ..rise }
    }
}

impl Toy for Ou {
    fn measures(&self) -> Vec<&'static str> {
        vec!["worst-deviation", "times-inside", "rise-at-end", "closed-at-end", "slope"]
    }

    fn check(&self) -> Result<(), ToyError> {
        self.process()?.simulate(self.end, self.times, self.paths.min(2), 0)?;
        if self.paths > MOST_PATHS {
            let remedy = "2 to 100000";
            return Err(ToyError::Count { name: "paths", value: self.paths as u64, remedy });
        }
        Ok(())
    }

    fn describe(&self) -> String {
        format!("Ornstein-Uhlenbeck process in {} dimensions, {} paths", self.h.len(), self.paths)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        watch.at(0.0)?;
        let process = self.process()?;
        let points = process.simulate(self.end, self.times, self.paths, task.seed)?;
        let deviation = |p: &Point| (p.mean - p.closed).abs() / p.half_width;
        // f64::max would leave a NaN out; here it must show.
        let worst = points.iter().map(deviation).fold(0.0, |a: f64, b| if b > a || b.is_nan() { b } else { a });
        let inside = points.iter().filter(|p| deviation(p) <= 1.0).count();
        let last = points.last();
        let numbers = vec![
            ("worst-deviation", Some(worst)),
            ("times-inside", Some(inside as f64)),
            ("rise-at-end", last.map(|p| p.mean)),
            ("closed-at-end", last.map(|p| p.closed)),
            ("slope", Some(process.slope())),
        ];
        watch.at(1.0)?;
        Ok(Findings { bounds: vec![], numbers, panels: vec![self.panel(&process, &points)] })
    }
}

#[cfg(test)]
mod tests {
    use crate::recipe::toy::{
        Experiment,
        tests::{made, number},
    };

    #[test]
    fn one_dimension_is_the_form_by_hand() {
        // ¼ s (1 − e^{−2λt}) with λ = 2, s = 0.6 at t = 0.5, and its slope ½ λ s.
        let found = made("experiment='ou'\nh=[[2.0]]\nsigma=[[0.6]]\nend=0.5\ntimes=5\npaths=4000", 3);
        let exact = 0.25 * 0.6 * (1.0 - (-2.0f64).exp());
        assert!((number(&found, "closed-at-end") - exact).abs() < 1e-15 && number(&found, "slope") == 0.6);
        assert!((number(&found, "rise-at-end") / exact - 1.0).abs() < 0.08, "{found:?}");
        assert!(number(&found, "times-inside") >= 4.0 && number(&found, "worst-deviation") < 1.5, "{found:?}");
    }

    #[test]
    fn matrices_that_do_not_fit_are_refused() {
        for text in ["h=[[1.0, 0.0], [0.0]]", "h=[[1.0]]", "h=[[-1.0, 0.0], [0.0, 1.0]]", "times=0", "paths=1000000"] {
            let experiment: Experiment = toml::from_str(&format!("experiment='ou'\n{text}")).unwrap();
            assert!(experiment.check().is_err(), "{text}");
        }
    }
}
