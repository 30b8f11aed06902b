//! The two-parameter logistic regression: which directions through its minimum are asymmetric. Asymmetric Valleys, released
//! experiments.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, silent, spaced, tag},
};
use crate::{
    figure::{Kind, Panel, colors, landscape, plane_panel},
    probe::statistics::Proportion,
    recipe::Findings,
    toy::{
        ToyError,
        surface::Surface,
        surfaces::Logistic,
        theory::direction::{Asymmetric, random_directions},
    },
};

/// Points drawn per seed, and random directions through the minimum of their loss.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogisticDirections {
    points: usize,
    directions: u64,
    /// Slopes are looked at from ζ to r away from the minimum.
    zeta: f64,
    r: f64,
    /// The least ratio of slopes that counts as asymmetric.
    c: f64,
}

impl LogisticDirections {
    fn panels(
        &self,
        loss: &Logistic,
        minimum: Option<[f64; 2]>,
        found: &[Asymmetric],
    ) -> Result<Vec<Panel>, Unfinished> {
        let mut panels = Vec::new();
        if let Some(mut map) = landscape(loss)?.map(|picture| plane_panel(&picture)) {
            if let Some([a, b]) = minimum {
                for direction in found {
                    let u = &direction.towards_flat;
                    let at = |l: f64| [a + l * u[0], b + l * u[1]];
                    map.series.push(silent("asymmetric direction", colors::SAM, Kind::Thin, [at(-self.r), at(self.r)]));
                    map.series.push(silent("its flat side", colors::AVERAGED, Kind::Dots, [at(self.r)]));
                }
                // The star comes last, on top.
                map.series.push(silent("minimum", colors::SGD, Kind::Star, [[a, b]]));
                map.tags = vec![tag([a, b], "minimum")];
            }
            let words = match minimum {
                Some(_) => "L(a, b) with the asymmetric directions found; dots are on the flat side",
                None => "L(a, b): the points are separable, so there is no minimum",
            };
            panels.push(Panel { title: words.into(), x_label: "a".into(), y_label: "b".into(), weight: 1.6, ..map });
        }
        let most = found.iter().max_by(|a, b| a.c.total_cmp(&b.c));
        if let (Some([a, b]), Some(most)) = (minimum, most) {
            let u = &most.towards_flat;
            let along = spaced([-self.r, self.r], 200).map(|l| [l, loss.value(&[a + l * u[0], b + l * u[1]])]);
            let title = format!("The most asymmetric direction found, c = {:.2}", most.c);
            let line = series("L along it", colors::SGD, Kind::Line, along);
            panels.push(panel(title, "distance towards the flat side", "loss", vec![line]));
        }
        Ok(panels)
    }
}

impl Toy for LogisticDirections {
    fn measures(&self) -> Vec<&'static str> {
        vec!["share", "share-low", "share-high", "largest-c", "separable"]
    }

    fn check(&self) -> Result<(), ToyError> {
        let loss = Logistic::draw(self.points, 0, 0)?;
        random_directions(&loss, &[0.0, 0.0], [self.zeta, self.r], self.c, 1, 0)?;
        match self.directions {
            0 => Err(ToyError::Count { name: "directions", value: 0, remedy: "1 or more" }),
            _ => Ok(()),
        }
    }

    fn describe(&self) -> String {
        let LogisticDirections { points, directions, zeta, r, c } = self;
        format!("{points} points, {directions} random directions, ζ = {zeta}, r = {r}, c at least {c}")
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        watch.at(0.0)?;
        let loss = Logistic::draw(self.points, task.seed, 0)?;
        let minimum = loss.minimiser();
        let found = match &minimum {
            Some(w) => random_directions(&loss, w, [self.zeta, self.r], self.c, self.directions, task.seed)?,
            None => vec![],
        };
        let share = minimum.map(|_| Proportion::new(found.len() as u64, self.directions));
        let numbers = vec![
            ("share", share.map(Proportion::rate)),
            ("share-low", share.map(|s| s.low)),
            ("share-high", share.map(|s| s.high)),
            ("largest-c", found.iter().map(|a| a.c).reduce(f64::max)),
            ("separable", Some(f64::from(u8::from(minimum.is_none())))),
        ];
        Ok(Findings { bounds: vec![], numbers, panels: self.panels(&loss, minimum, &found)? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };
    use super::*;

    const TEXT: &str = "experiment='logistic'\npoints=20\ndirections=100\nzeta=1.0\nr=3.0\nc=1.5";

    #[test]
    fn separable_points_have_no_share_and_others_do() {
        let (mut separable, mut some) = (0, 0);
        for seed in 1..=50 {
            let found = made(TEXT, seed);
            let loss = Logistic::draw(20, seed, 0).unwrap();
            assert_eq!(number(&found, "separable") == 1.0, loss.is_separable());
            match found.number("share").unwrap() {
                None => separable += 1,
                Some(share) => {
                    let w = loss.minimiser().unwrap();
                    let count = random_directions(&loss, &w, [1.0, 3.0], 1.5, 100, seed).unwrap().len();
                    assert_eq!(share, count as f64 / 100.0);
                    some += usize::from(share > 0.0);
                }
            }
        }
        assert!(separable > 0 && some > 20, "{separable} {some}");
    }

    #[test]
    fn constants_that_make_no_sense_are_refused() {
        for (from, to) in [("points=20", "points=7"), ("zeta=1.0", "zeta=4.0"), ("directions=100", "directions=0")] {
            assert!(toml::from_str::<Experiment>(&TEXT.replace(from, to)).unwrap().check().is_err(), "{to}");
        }
    }
}
