//! Theorem 1 of Asymmetric Valleys on random valleys that meet its assumptions.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, spaced},
};
use crate::{
    figure::{Kind, Panel, colors},
    recipe::Findings,
    toy::{ToyError, theory::shift::Example},
};

/// Random valleys with 1 to `directions` asymmetric directions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    pub valleys: u64,
    pub directions: usize,
    /// The number of a valley that is shown on its way to the flat side.
    #[serde(default)]
    pub example: Option<u64>,
}

impl Shift {
    fn valley(&self, number: u64, seed: u64) -> Result<Example, ToyError> {
        Example::random(1 + (number % self.directions as u64) as usize, seed, number)
    }

    /// The expected population loss of an example between the sharp and the flat side.
    fn path(here: &Example) -> Panel {
        let at = |share: f64| here.expected(&here.directions.iter().map(|d| share * d.bias).collect::<Vec<f64>>());
        let (first, least) = (at(0.0), at(0.0) - here.bound());
        let all = vec![
            series("over all shifts", colors::AVERAGED, Kind::Line, spaced([-1.0, 1.0], 120).map(|s| [s, at(s)])),
            series("the empirical minimiser", colors::GD, Kind::Hollow, [[0.0, first]]),
            series("moved", colors::AVERAGED, Kind::Star, [[1.0, at(1.0)]]),
            series("at most here, says the theorem", colors::GD, Kind::Dashed, [[0.0, least], [1.0, least]]),
        ];
        panel("The example on its way to the flat side", "share of the way", "expected population loss", all)
    }
}

impl Toy for Shift {
    fn measures(&self) -> Vec<&'static str> {
        vec!["share-kept", "least-gain-over-bound", "least-margin"]
    }

    fn check(&self) -> Result<(), ToyError> {
        Example::random(self.directions, 0, 0)?;
        match self.valleys {
            0 => Err(ToyError::Count { name: "valleys", value: 0, remedy: "1 or more" }),
            _ => Ok(()),
        }
    }

    fn describe(&self) -> String {
        format!("{} random piecewise-linear valleys, 1 to {} directions", self.valleys, self.directions)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let mut found = Vec::new();
        for number in 0..self.valleys {
            watch.at(number as f64 / self.valleys as f64)?;
            let example = self.valley(number, task.seed)?;
            found.push([example.bound(), example.gain()]);
        }
        let kept = found.iter().filter(|[bound, gain]| *bound > 0.0 && gain >= bound).count();
        let least = |of: &dyn Fn(&[f64; 2]) -> f64| {
            found.iter().map(of).fold(f64::INFINITY, |a, b| if b < a || b.is_nan() { b } else { a })
        };
        let numbers = vec![
            ("share-kept", Some(kept as f64 / self.valleys as f64)),
            ("least-gain-over-bound", Some(least(&|[bound, gain]| gain / bound))),
            ("least-margin", Some(least(&|[bound, gain]| gain - bound))),
        ];
        let ends = found.iter().map(|[bound, _]| *bound).fold([f64::INFINITY, 0.0], |[a, b], x| [a.min(x), b.max(x)]);
        let mut all = vec![
            series("bound", colors::GD, Kind::Line, ends.map(|x| [x, x])),
            series("one valley", colors::SGD, Kind::Points, found),
        ];
        let title = "Expected population loss gained by moving to the flat side, against the theorem's lower bound";
        let mut path = None;
        if let Some(number) = self.example {
            let here = self.valley(number, task.seed)?;
            all.push(series("the example", colors::SAM, Kind::Star, [[here.bound(), here.gain()]]));
            path = Some(Shift::path(&here));
        }
        let scatter = panel(title, "Σ (c_i − 1) l_i p_i / 2 − 2kξ", "gain", all);
        Ok(Findings {
            bounds: vec![],
            numbers,
            panels: std::iter::once(Panel { from_zero: true, weight: 1.8, ..scatter }).chain(path).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };
    use crate::toy::theory::shift::many_card;

    #[test]
    fn it_finds_what_the_card_finds() {
        let found = made("experiment='shift'\nvalleys=100\ndirections=4", 3);
        let card = many_card(100, 3).unwrap();
        assert_eq!(100.0 * number(&found, "share-kept"), card.checks[0].measured);
        assert_eq!(number(&found, "least-gain-over-bound"), card.checks[1].measured);
        assert!(number(&found, "least-margin") > 0.0);
        assert_eq!(found.panels[0].series[1].curve.points().count(), 100);
    }

    #[test]
    fn no_valleys_and_too_many_directions_are_refused() {
        for text in ["valleys=0\ndirections=2", "valleys=5\ndirections=0", "valleys=5\ndirections=40"] {
            let text = format!("experiment='shift'\n{text}");
            assert!(toml::from_str::<Experiment>(&text).unwrap().check().is_err(), "{text}");
        }
    }
}
