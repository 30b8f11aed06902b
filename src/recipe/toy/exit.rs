//! How long SGD and SAM stay in a quadratic well: SAM thesis, Theorem 2.2.5.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{paler, panel, silent, spaced, tag},
};
use crate::{
    figure::{Kind, Panel, colors},
    recipe::Findings,
    toy::{
        ToyError,
        theory::exit::{ExitSpec, ExitTimes, Line, discrete_exit_time, fit, mean_exit_time},
    },
};

/// A well, left many times at each of several B/η.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    pub eigenvalues: Vec<f64>,
    /// ΔL.
    pub depth: f64,
    pub eta: f64,
    /// B/η, ascending; the exit time is that at the last.
    pub ratios: Vec<f64>,
    /// SAM's ρ; 0 is SGD.
    #[serde(default)]
    pub rho: f64,
    pub runs: u64,
    /// The plots of exit times that the item is a point of.
    #[serde(default)]
    pub against: Vec<Against>,
}

/// What exit times are plotted against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    Sharpness,
    Depth,
    Rho,
}

/// A run that stays longer is given up, and the exit time is then no number.
const MOST_STEPS: u64 = 10_000_000;
/// Up to this ηλ the closed form of the discrete walk is good to a twentieth.
const CLOSED_UP_TO: f64 = 0.05;

impl Exit {
    fn spec(&self, ratio: f64, seed: u64) -> ExitSpec {
        ExitSpec {
            eigenvalues: self.eigenvalues.clone(),
            depth: self.depth,
            eta: self.eta,
            batch: ratio * self.eta,
            rho: self.rho,
            runs: self.runs,
            seed,
            most_steps: MOST_STEPS,
        }
    }

    /// The time of leaving at each ratio.
    fn times(&self, seed: u64, watch: &mut Watch<'_>) -> Result<Vec<(f64, ExitTimes)>, Unfinished> {
        // Long stays are most of the work.
        let specs: Vec<(f64, ExitSpec)> = self.ratios.iter().map(|r| (*r, self.spec(*r, seed))).collect();
        let cost = |s: &ExitSpec| mean_exit_time(s.sharpness(), s.depth, s.eta, s.batch);
        let total: f64 = specs.iter().map(|(_, s)| cost(s)).sum();
        let (mut done, mut all, stop) = (0.0, Vec::new(), watch.stop());
        for (ratio, spec) in specs {
            watch.at((done / total).clamp(0.0, 1.0))?;
            done += cost(&spec);
            let found = spec.simulate_while(&|| !stop.is_raised())?.ok_or(Unfinished::Stopped)?;
            // A mean over runs that were given up is too small.
            let mean = if found.stayed > 0 { f64::NAN } else { found.mean };
            all.push((ratio, ExitTimes { mean, ..found }));
        }
        Ok(all)
    }

    fn panels(&self, times: &[(f64, ExitTimes)], line: Option<Line>, task: &Task<'_>) -> Vec<Panel> {
        let sam = self.rho > 0.0;
        let color = paler(if sam { colors::SAM } else { colors::SGD }, task.place);
        let mut all = vec![silent(task.name, color, Kind::Points, times.iter().map(|(x, t)| [*x, t.mean.ln()]))];
        let ends = [self.ratios[0], self.ratios[self.ratios.len() - 1]];
        if let Some(line) = line {
            all.push(silent("fitted", color, Kind::Line, ends.map(|x| [x, line.intercept + line.slope * x])));
        }
        if let ([lambda], false) = (&self.eigenvalues[..], sam)
            && lambda * self.eta <= CLOSED_UP_TO
        {
            let closed = |x: f64| discrete_exit_time(*lambda, self.depth, self.eta, x * self.eta).ln();
            let points = spaced(ends, 60).map(|x| [x, closed(x)]);
            all.push(silent("closed form", color, Kind::Dotted, points));
        }
        let mut growth = panel("Mean exit time, with fitted lines (dotted: closed form)", "B/η", "ln E[ν]", all);
        growth.weight = 1.8;
        // Room for the names at the ends of the lines.
        growth.x_range = Some((ends[0] - 0.03 * (ends[1] - ends[0]), ends[1] + 0.2 * (ends[1] - ends[0])));
        growth.tags.extend(times.last().map(|(x, t)| tag([*x, t.mean.ln()], task.name)));
        let mut panels = vec![growth];
        if let Some((ratio, last)) = times.last() {
            for against in &self.against {
                let (name, label, x) = match against {
                    Against::Sharpness => ("the sharpness", "λ_{max}", self.spec(*ratio, 0).sharpness()),
                    Against::Depth => ("the depth", "ΔL", self.depth),
                    Against::Rho => ("SAM's radius", "ρ", self.rho),
                };
                let spread = [[x, last.mean - 2.0 * last.error], [x, last.mean + 2.0 * last.error]];
                let mut p = panel(
                    format!("Mean exit time against {name}, at B/η = {ratio}, ± 2 standard errors"),
                    label,
                    "E[ν]",
                    vec![
                        silent(task.name, color, Kind::Line, spread),
                        silent(task.name, color, Kind::Points, [[x, last.mean]]),
                    ],
                );
                p.tags.push(tag([x, last.mean], task.name));
                p.log_y = true;
                let room = 0.06 * x.max(0.2);
                p.x_range = Some((x - room, x + room));
                panels.push(p);
            }
        }
        panels
    }

    /// Whether there are enough ratios for a line.
    fn has_line(&self) -> bool {
        self.ratios.len() >= 3
    }
}

impl Toy for Exit {
    fn measures(&self) -> Vec<&'static str> {
        let mut names = vec!["exit-time", "standard-error", "given-up", "quasi-potential", "thesis-exponent"];
        if self.has_line() {
            names.extend(["slope", "r-squared"]);
        }
        names
    }

    fn check(&self) -> Result<(), ToyError> {
        if self.ratios.is_empty() {
            return Err(ToyError::Count { name: "ratios B/η", value: 0, remedy: "1 or more, 3 for a line" });
        }
        let mut before = 0.0;
        for &ratio in &self.ratios {
            self.spec(ratio, 0).check()?;
            if ratio <= before {
                let remedy = "ratios in ascending order";
                return Err(ToyError::Parameter { name: "ratio B/η", value: ratio, remedy });
            }
            before = ratio;
        }
        Ok(())
    }

    fn describe(&self) -> String {
        format!("{} runs from the middle of each well, η = {}", self.runs, self.eta)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let times = self.times(task.seed, watch)?;
        let last = times.last().map(|(_, t)| *t);
        let spec = self.spec(self.ratios[0], task.seed);
        let mut numbers = vec![
            ("exit-time", last.map(|t| t.mean)),
            ("standard-error", last.map(|t| t.error)),
            ("given-up", Some(times.iter().map(|(_, t)| t.stayed as f64).sum())),
            ("quasi-potential", Some(spec.exponent())),
            ("thesis-exponent", Some(spec.thesis_exponent())),
        ];
        let points: Vec<[f64; 2]> = times.iter().map(|(ratio, t)| [*ratio, t.mean.ln()]).collect();
        let line = self.has_line().then(|| fit(&points));
        if let Some(line) = line {
            numbers.extend([("slope", Some(line.slope)), ("r-squared", Some(line.r_squared))]);
        }
        Ok(Findings { bounds: vec![], numbers, panels: self.panels(&times, line, task) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };
    use super::*;

    #[test]
    fn sgd_leaves_when_the_closed_form_says_and_sam_sooner() {
        let at = |rho: f64| {
            made(
                &format!(
                    "experiment='exit'\neigenvalues=[0.5]\ndepth=0.1\neta=0.1\nratios=[6.0, 8.0, 10.0]\nrho={rho:.1}\nruns=1000\nagainst=['rho']"
                ),
                4,
            )
        };
        let (sgd, sam) = (at(0.0), at(0.3));
        let exact = discrete_exit_time(0.5, 0.1, 0.1, 1.0);
        let (mean, error) = (number(&sgd, "exit-time"), number(&sgd, "standard-error"));
        assert!((mean - exact).abs() < 3.0 * error + 0.02 * exact, "{mean} ± {error}, {exact}");
        assert!(number(&sam, "exit-time") < mean - 5.0 * error);
        assert!(number(&sgd, "r-squared") > 0.99 && number(&sgd, "given-up") == 0.0);
        // ln of the closed form between its ends.
        let slope = (exact / discrete_exit_time(0.5, 0.1, 0.1, 0.6)).ln() / 4.0;
        assert!((number(&sgd, "slope") - slope).abs() < 0.03, "{slope} {sgd:?}");
        assert_eq!((number(&sgd, "quasi-potential"), number(&sgd, "thesis-exponent")), (0.4, 0.2 / 0.5f64.sqrt()));
        assert_eq!(sgd.panels.len(), 2);
    }

    #[test]
    fn one_ratio_has_no_line_and_none_is_refused() {
        let parse = |ratios: &str| -> Experiment {
            let text = "experiment='exit'\neigenvalues=[0.5]\ndepth=0.1\neta=0.1\nruns=5\nratios=";
            toml::from_str(&format!("{text}{ratios}")).unwrap()
        };
        assert!(!parse("[6.0]").measures().contains(&"slope") && parse("[6.0]").check().is_ok());
        for bad in ["[]", "[6.0, 5.0]", "[-1.0]"] {
            assert!(parse(bad).check().is_err(), "{bad}");
        }
    }
}
