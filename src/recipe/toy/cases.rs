//! Three solutions in a valley whose population loss is shifted either way: Asymmetric Valleys, cases I to III.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, silent, spaced, tag},
};
use crate::{
    figure::{Kind, Panel, colors},
    recipe::Findings,
    toy::{
        ToyError,
        surface::Surface,
        surfaces::SurfaceSpec,
        theory::shift::{expected_loss, three_cases},
    },
};

/// A valley with its flat side towards positive w.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    pub surface: SurfaceSpec,
    /// δ: the population loss is L(w − δ) or L(w + δ), each with probability ½.
    pub shift: f64,
    /// How far solutions II and III are from the minimiser.
    pub bias: f64,
    /// A solution that is shown beside the three.
    #[serde(default)]
    pub solution: Option<f64>,
}

impl Cases {
    /// Names and places of the three solutions.
    fn solutions(&self) -> [(&'static str, f64); 3] {
        [("I", 0.0), ("II (flat)", self.bias), ("III (sharp)", -self.bias)]
    }

    fn panels(&self, surface: &dyn Surface) -> Vec<Panel> {
        let about = surface.about();
        let xs = || spaced(about.window[0], 400);
        let moved = |by: f64| xs().map(move |x| [x, surface.value(&[x - by])]).collect::<Vec<_>>();
        let losses = vec![
            series("empirical loss", colors::SGD, Kind::Line, moved(0.0)),
            series("population loss, shifted right", colors::GD, Kind::Dashed, moved(self.shift)),
            series("population loss, shifted left", colors::GD, Kind::Dotted, moved(-self.shift)),
        ];
        let dots = |value: &dyn Fn(f64) -> f64| {
            let at = |(name, w): (&str, f64)| silent(name, colors::SAM, Kind::Points, [[w, value(w)]]);
            let tags = |(name, w): (&str, f64)| tag([w, value(w)], name);
            (self.solutions().map(at), self.solutions().map(tags))
        };
        let expected = |s: f64| expected_loss(surface, s, self.shift);
        let mut first = panel(format!("{}: empirical and population loss", about.title), "w", "loss", losses);
        let (points, tags) = dots(&|w| surface.value(&[w]));
        first.series.extend(points);
        first.tags.extend(tags);
        let curve = series("½ L(s − δ) + ½ L(s + δ)", colors::GD, Kind::Line, xs().map(|s| [s, expected(s)]));
        let title = format!("{}: expected population loss of a solution at s", about.title);
        let mut second = panel(title, "s", "expected loss", vec![curve]);
        let (points, tags) = dots(&expected);
        second.series.extend(points);
        second.tags.extend(tags);
        if let Some(s) = self.solution {
            let here = |name: &str, points: Vec<[f64; 2]>| series(name, colors::AVERAGED, Kind::Points, points);
            let either = [-self.shift, self.shift].map(|by| [s, surface.value(&[s - by])]);
            first.series.push(here("the solution's loss in both", either.to_vec()));
            second.series.push(here("the solution", vec![[s, expected(s)]]));
        }
        vec![first, second]
    }
}

impl Toy for Cases {
    fn measures(&self) -> Vec<&'static str> {
        vec!["expected-at-minimiser", "flat-minus-minimiser", "sharp-minus-minimiser"]
    }

    fn check(&self) -> Result<(), ToyError> {
        three_cases(&*self.surface.build(0, 0)?, self.shift, self.bias).map(drop)
    }

    fn describe(&self) -> String {
        format!("{} with δ = {}, solutions {} apart", self.surface.name(), self.shift, self.bias)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        watch.at(0.0)?;
        let surface = self.surface.build(task.seed, 0)?;
        let [minimiser, flat, sharp] = self.solutions().map(|(_, s)| expected_loss(&*surface, s, self.shift));
        let numbers = vec![
            ("expected-at-minimiser", Some(minimiser)),
            ("flat-minus-minimiser", Some(flat - minimiser)),
            ("sharp-minus-minimiser", Some(sharp - minimiser)),
        ];
        Ok(Findings { bounds: vec![], numbers, panels: self.panels(&*surface) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };

    #[test]
    fn straight_sides_give_the_gain_by_hand() {
        let valley = "surface={name='valley', p=0.5, c=4.0, r=3.0}";
        let found = made(&format!("experiment='cases'\n{valley}\nshift=1.0\nbias=0.4"), 0);
        // Slopes ½ and −2 at ±1: E = (½ + 2)/2 at 0, and it changes by −(c − 1) p l / 2 per l.
        assert!((number(&found, "expected-at-minimiser") - 1.25).abs() < 1e-15);
        assert!((number(&found, "flat-minus-minimiser") + 0.3).abs() < 1e-12);
        assert!((number(&found, "sharp-minus-minimiser") - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_plane_has_no_three_cases() {
        let text = "experiment='cases'\nsurface={name='bias2d'}\nshift=1.0\nbias=0.4";
        assert!(toml::from_str::<Experiment>(text).unwrap().check().is_err());
    }
}
