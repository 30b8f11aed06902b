//! Plots of a recipe's picture: a measure of several runs side by side, with its spread over the seeds.

use serde::Deserialize;

use super::{
    claim::Measured,
    measure::Window,
    number::{Asked, Number},
    planned::Planned,
};
use crate::{
    figure::{AxisName, Kind, Panel, Series, run_color, text::literal},
    history::Curve,
};

/// A measure over names such as values of a constant, which stand at even distances.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlotSpec {
    title: String,
    #[serde(default)]
    x_label: String,
    y_label: String,
    measure: String,
    /// A measure that is the spread; see [`Asked::std`].
    #[serde(default)]
    std: Option<String>,
    #[serde(default)]
    over: Option<Window>,
    #[serde(default)]
    percent: bool,
    /// Logarithmic y.
    #[serde(default)]
    log: bool,
    x: Vec<String>,
    lines: Vec<LineSpec>,
}

/// A line of a plot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineSpec {
    name: String,
    /// A run for every x, or one name for all of them in which `{x}` stands for it.
    runs: Vec<String>,
    /// A run whose number is drawn beside the line, at every x: what it is held against.
    #[serde(default)]
    against: Option<String>,
}

impl PlotSpec {
    /// Whether every point has a run with such a number.
    pub fn check(&self, planned: &[Planned]) -> Result<(), String> {
        let fail = |cause: String| format!("plot \"{}\": {cause}", self.title);
        if self.x.is_empty() || self.lines.is_empty() {
            return Err(fail("it has no x or no lines".into()));
        }
        for line in &self.lines {
            if line.runs.len() != 1 && line.runs.len() != self.x.len() {
                return Err(fail(format!("line {} needs one run or {}", line.name, self.x.len())));
            }
            for run in self.runs(line).iter().chain(&line.against) {
                self.asked(run).check(planned).map_err(fail)?;
            }
        }
        Ok(())
    }

    /// The plot with its points measured.
    pub fn panel(&self, runs: &[Measured<'_>]) -> Panel {
        let end = self.x.len() as f64 + 0.5;
        let mut series = Vec::new();
        for (k, line) in self.lines.iter().enumerate() {
            let color = run_color(k);
            let of = |name: &str, in_legend, kind, points: Vec<[f64; 2]>| Series {
                name: name.into(),
                in_legend,
                color,
                kind,
                curve: Curve::through(points),
            };
            let numbers: Vec<Number> = self.runs(line).iter().map(|run| self.asked(run).of(runs)).collect();
            let place = |i: usize| (i + 1) as f64;
            let points: Vec<[f64; 2]> = numbers.iter().enumerate().map(|(i, n)| [place(i), n.mean]).collect();
            series.push(of(&line.name, true, Kind::Line, points.clone()));
            // The line counts what is not finite.
            let dots = points.into_iter().filter(|point| point[1].is_finite()).collect();
            series.push(of(&line.name, false, Kind::Dots, dots));
            for (i, n) in numbers.iter().enumerate().filter(|(_, n)| n.deviation > 0.0) {
                let low = n.mean - n.deviation;
                // A logarithmic axis has no place for what is not above 0.
                let low = if self.log && low <= 0.0 { n.mean } else { low };
                let ends = [low, n.mean + n.deviation].map(|y| [place(i), y]);
                series.push(of(&format!("{} ± deviation", line.name), false, Kind::Thin, ends.into()));
            }
            if let Some(run) = &line.against {
                let y = self.asked(run).of(runs).mean;
                series.push(of(run, true, Kind::Dashed, vec![[0.5, y], [end, y]]));
            }
        }
        let names = self.x.iter().enumerate();
        Panel {
            title: literal(&self.title),
            x_label: literal(&self.x_label),
            y_label: literal(&self.y_label),
            x_range: Some((0.5, end)),
            x_names: names.map(|(i, x)| AxisName { x: (i + 1) as f64, label: x.clone() }).collect(),
            log_y: self.log,
            series,
            ..Panel::default()
        }
    }

    /// The runs of a line, one for every x.
    fn runs(&self, line: &LineSpec) -> Vec<String> {
        match line.runs.as_slice() {
            [template] => self.x.iter().map(|x| template.replace("{x}", x)).collect(),
            runs => runs.to_vec(),
        }
    }

    fn asked<'a>(&'a self, run: &'a str) -> Asked<'a> {
        Asked { run, measure: &self.measure, std: self.std.as_deref(), over: self.over, percent: self.percent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::number::tests::found;

    #[test]
    fn points_stand_over_their_names() {
        let text = "title='t'\ny_label='y'\nmeasure='m'\nx=['0.1', '0.2']\n[[lines]]\nname='net'\nruns=['net {x}']\nagainst='base'";
        let spec: PlotSpec = toml::from_str(text).unwrap();
        let products = [("net 0.1", found(1.0, 0.0)), ("net 0.2", found(4.0, 0.0)), ("base", found(2.0, 0.0))];
        let runs: Vec<Measured<'_>> =
            products.iter().map(|(name, product)| Measured { name, seed: 1, product }).collect();
        let panel = spec.panel(&runs);
        let points: Vec<[f64; 2]> = panel.series[0].curve.points().collect();
        assert_eq!(points, [[1.0, 1.0], [2.0, 4.0]]);
        let names: Vec<(f64, &str)> = panel.x_names.iter().map(|name| (name.x, name.label.as_str())).collect();
        assert_eq!(names, [(1.0, "0.1"), (2.0, "0.2")]);
        let base = panel.series.iter().find(|s| s.name == "base").unwrap();
        assert!(base.kind == Kind::Dashed && base.curve.points().all(|p| p[1] == 2.0));
        assert!(spec.check(&[]).unwrap_err().contains("net 0.1"));
    }
}
