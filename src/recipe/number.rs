//! A number of a recipe's picture: a measure of a run, with its spread over the seeds.

use super::{
    claim::{Measured, matches},
    measure::Window,
    planned::Planned,
    statistics::{deviation, mean},
};

/// Which number is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// A run, or a pattern of several.
    pub run: &'a str,
    pub measure: &'a str,
    /// A measure of the same run that is its spread; without one, the spread is over the seeds.
    pub std: Option<&'a str>,
    pub over: Option<Window>,
    /// Written as a hundred times as much.
    pub percent: bool,
}

/// A number with its spread, in the unit that it is written in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// NaN where there is nothing to measure.
    pub mean: f64,
    /// NaN where nothing tells.
    pub deviation: f64,
    /// Whether runs that were stopped leave only a lower bound.
    pub is_bound: bool,
    percent: bool,
}

impl Asked<'_> {
    /// Whether such a run is planned and will have the number.
    pub fn check(&self, planned: &[Planned]) -> Result<(), String> {
        let mut is_planned = false;
        for plan in planned.iter().filter(|plan| matches(self.run, &plan.name)) {
            is_planned = true;
            for measure in [Some(self.measure), self.std].into_iter().flatten() {
                plan.item.check_measure(measure, self.over)?;
            }
        }
        if is_planned { Ok(()) } else { Err(format!("no run is called {}", self.run)) }
    }

    /// The number, over all runs that are meant.
    pub fn of(&self, runs: &[Measured<'_>]) -> Number {
        let unit = if self.percent { 100.0 } else { 1.0 };
        let meant = || runs.iter().filter(|run| matches(self.run, run.name));
        let values = |measure: &str| -> Vec<f64> {
            meant().filter_map(|run| run.product.number(measure, self.over)).map(|x| unit * x).collect()
        };
        let all = values(self.measure);
        let deviation = self.std.map_or_else(|| deviation(&all), |std| mean(values(std).into_iter()));
        let is_bound = meant().any(|run| run.product.is_bound(self.measure));
        Number { mean: mean(all.into_iter()), deviation, is_bound, percent: self.percent }
    }
}

impl Number {
    /// As a table has it: mean ± deviation with as many digits as the mean deserves; a dash for nothing.
    pub fn text(&self) -> String {
        if !self.mean.is_finite() {
            return "—".into();
        }
        let size = if self.mean == 0.0 { 0 } else { self.mean.abs().log10().floor() as i32 };
        let digits = |x: f64| match size {
            _ if self.percent => format!("{x:.2}"),
            -4..7 => format!("{x:.decimals$}", decimals = (3 - size).clamp(0, 5) as usize),
            _ => format!("{x:.2e}"),
        };
        let sign = if self.is_bound { "≥ " } else { "" };
        let spread = if self.deviation.is_finite() { format!(" ± {}", digits(self.deviation)) } else { String::new() };
        format!("{sign}{}{spread}", digits(self.mean)).replace('-', "−")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::recipe::{Findings, Product};

    /// A run with one number called "m", and its own spread "s".
    pub(in crate::recipe) fn found(m: f64, s: f64) -> Product {
        Product::Findings(Findings { numbers: vec![("m", Some(m)), ("s", Some(s))], bounds: vec![], panels: vec![] })
    }

    const ASKED: Asked<'static> = Asked { run: "a", measure: "m", std: None, over: None, percent: false };

    #[test]
    fn the_spread_is_over_seeds_or_the_runs_own() {
        let products = [found(1.0, 0.25), found(3.0, 0.75), found(9.0, 9.0)];
        let names = [("a", 1), ("a", 2), ("b", 1)];
        let runs: Vec<Measured<'_>> = names
            .iter()
            .zip(&products)
            .map(|((name, seed), product)| Measured { name, seed: *seed, product })
            .collect();
        let number = ASKED.of(&runs);
        assert_eq!((number.mean, number.deviation), (2.0, 2f64.sqrt()));
        assert_eq!(number.text(), "2.000 ± 1.414");
        assert_eq!(Asked { std: Some("s"), ..ASKED }.of(&runs).text(), "2.000 ± 0.500");
        assert_eq!(Asked { percent: true, ..ASKED }.of(&runs).text(), "200.00 ± 141.42");
        assert_eq!(Asked { run: "b", ..ASKED }.of(&runs).text(), "9.000");
        assert_eq!(Asked { run: "c", ..ASKED }.of(&runs).text(), "—");
    }

    #[test]
    fn small_and_large_numbers_keep_their_digits() {
        let text = |mean: f64| Number { mean, deviation: f64::NAN, is_bound: false, percent: false }.text();
        assert_eq!(
            [0.0625, -0.0011, 139.32, 0.0, 1e-9].map(text),
            ["0.06250", "−0.00110", "139.3", "0.000", "1.00e−9"]
        );
        let bound = Number { mean: 289.0, deviation: 3.0, is_bound: true, percent: false };
        assert_eq!(bound.text(), "≥ 289.0 ± 3.0");
    }
}
