//! Gradient descent on a quadratic well, over many learning rates, against the chart of |λη − 1|: Walk, Fig. 28.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, silent},
};
use crate::{
    figure::{Color, Guide, Kind, Marker, Panel, colors},
    recipe::Findings,
    toy::{
        ToyError,
        dynamics::{DynamicsKind, DynamicsSpec},
        surfaces::{Quadratic, SurfaceSpec},
        theory::rates::{Chart, Regime, chart, rate, regime},
        walker::Walker,
    },
};

/// A well and the learning rates that it is descended with, each from w = (1, 1, …).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    pub dim: usize,
    /// λ_max, and λ_max/λ_min.
    pub largest: f64,
    pub condition: f64,
    /// η from its share of 1/λ_max to the last one, evenly spaced.
    pub etas: usize,
    pub end: f64,
    /// Steps of every descent.
    pub steps: u32,
    /// A learning rate that is marked, and whose descents are shown.
    #[serde(default)]
    pub eta: Option<f64>,
}

/// What two successive displacements along an eigenvector said, over all steps of a descent.
struct Seen {
    lambda: f64,
    eta: f64,
    /// |d_{t+1} / d_t| of the first two.
    factor: f64,
    /// Every displacement turned the one before around.
    alternates: bool,
    /// None did.
    keeps: bool,
    /// Every displacement was shorter than the one before; longer.
    shrinks: bool,
    grows: bool,
}

impl Seen {
    /// Whether the signs are those of the regime.
    fn sign_agrees(&self) -> bool {
        match regime(self.lambda, self.eta) {
            Regime::Overdamped => self.keeps,
            Regime::Underdamped | Regime::Divergent => self.alternates,
            Regime::Critical => true,
        }
    }

    /// Whether the lengths are.
    fn growth_agrees(&self) -> bool {
        match regime(self.lambda, self.eta) {
            Regime::Overdamped | Regime::Underdamped => self.shrinks,
            Regime::Divergent => self.grows,
            Regime::Critical => true,
        }
    }
}

/// Factors above this are not drawn.
const HIGHEST: f64 = 3.0;
/// Steps of a descent that is drawn.
const STEPS_SHOWN: i32 = 30;

impl Rates {
    fn surface(&self) -> SurfaceSpec {
        SurfaceSpec::Quadratic { dim: self.dim, largest: self.largest, condition: self.condition }
    }

    fn chart(&self) -> Result<Chart, ToyError> {
        chart(self.largest / self.condition, self.largest, self.end)
    }

    /// η_k = k · end / etas, k = 1..etas.
    fn learning_rates(&self) -> impl Iterator<Item = f64> + '_ {
        (1..=self.etas).map(|k| self.end * k as f64 / self.etas as f64)
    }

    /// One descent: what every eigenvector saw. The well's axes are its eigenvectors.
    fn descend(&self, eta: f64) -> Result<Vec<Seen>, ToyError> {
        let spec = DynamicsSpec { lr: eta, ..DynamicsSpec::of(DynamicsKind::Gd) };
        let mut walker = Walker::new(self.surface().build(0, 0)?, spec, &vec![1.0; self.dim], 0, 0)?;
        let mut path = vec![walker.position().to_vec()];
        for _ in 0..self.steps {
            walker.step();
            path.push(walker.position().to_vec());
        }
        let well = Quadratic::new(self.dim, self.largest, self.condition)?;
        let one = |(axis, lambda): (usize, &f64)| {
            let moves: Vec<f64> = path.windows(2).map(|w| w[1][axis] - w[0][axis]).collect();
            let all = |holds: &dyn Fn(f64, f64) -> bool| moves.windows(2).all(|d| holds(d[0], d[1]));
            Seen {
                lambda: *lambda,
                eta,
                factor: (moves[1] / moves[0]).abs(),
                alternates: all(&|a, b| a * b < 0.0),
                keeps: all(&|a, b| a * b > 0.0),
                shrinks: all(&|a, b| b.abs() < a.abs()),
                grows: all(&|a, b| b.abs() > a.abs()),
            }
        };
        Ok(well.eigenvalues().iter().enumerate().map(one).collect())
    }

    fn panel(&self, chart: &Chart, seen: &[Seen]) -> Panel {
        let pale = |c: Color| c.mixed(Color { r: 255, g: 255, b: 255 }, 0.75);
        let [from, to] = chart.underdamped;
        let highest = chart.between.iter().map(|p| p[1]).fold(1.0, f64::max);
        let top = (1.1 * highest).min(HIGHEST);
        let within = |points: &[[f64; 2]]| points.to_vec();
        let mut all = vec![
            series(
                "λ_max under-damped",
                pale(colors::SGD),
                Kind::Area,
                [[from, 0.0], [to, 0.0], [to, top], [from, top]],
            ),
            series("other eigenvalues", pale(colors::FLOOR), Kind::Area, within(&chart.between)),
            series("|λη − 1|, λ_min", colors::GD, Kind::Line, within(&chart.lines[0])),
            series("|λη − 1|, λ_max", colors::SGD, Kind::Line, within(&chart.lines[1])),
        ];
        let dots = |alternates: bool| {
            let of = move |s: &&Seen| s.alternates == alternates && s.factor <= top;
            seen.iter().filter(of).map(|s| [s.eta, s.factor])
        };
        all.push(series("simulated, keeps its sign", colors::AVERAGED, Kind::Dots, []));
        all.push(series("simulated, oscillates", colors::SAM, Kind::Dots, []));
        // One series per point: their lines are not joined, and the CSV has them one by one.
        for (alternates, color) in [(false, colors::AVERAGED), (true, colors::SAM)] {
            let name = if alternates { "simulated, oscillates" } else { "simulated, keeps its sign" };
            all.extend(dots(alternates).map(|point| silent(name, color, Kind::Dots, [point])));
        }
        if let Some(eta) = self.eta {
            let here = [self.largest, self.largest / self.condition].map(|l| [eta, rate(l, eta)]);
            all.push(series("η", colors::SAM, Kind::Star, here));
        }
        let title = "Factor by which one step changes the distance to the minimum, along each eigenvector";
        Panel {
            x_range: Some((0.0, self.end)),
            y_range: Some((0.0, top)),
            guides: vec![Guide { value: 1.0, label: "diverges above".into() }],
            markers: vec![Marker { x: chart.best, label: "2/(λ_min + λ_max)".into() }],
            weight: 2.0,
            ..panel(title, "learning rate η", "|λη − 1|", all)
        }
    }
}

impl Rates {
    /// The descents from 1 along the extreme eigenvectors.
    fn descents(&self, eta: f64) -> Panel {
        let walk = |lambda: f64| (0..=STEPS_SHOWN).map(move |t| [f64::from(t), (1.0 - lambda * eta).powi(t)]);
        let all = vec![
            series("along λ_max", colors::SGD, Kind::Line, walk(self.largest)),
            series("along λ_min", colors::GD, Kind::Line, walk(self.largest / self.condition)),
        ];
        Panel { y_range: Some((-1.6, 1.6)), ..panel("Gradient descent from 1", "iteration t", "w", all) }
    }
}

impl Toy for Rates {
    fn measures(&self) -> Vec<&'static str> {
        vec![
            "overdamped-agreement",
            "underdamped-agreement",
            "divergent-agreement",
            "growth-agreement",
            "worst-factor-error",
        ]
    }

    fn check(&self) -> Result<(), ToyError> {
        self.chart()?;
        for (name, value) in [("learning rates", self.etas as u64), ("steps", u64::from(self.steps))] {
            if !(2..=10_000).contains(&value) {
                return Err(ToyError::Count { name, value, remedy: "2 to 10000" });
            }
        }
        self.descend(self.end).map(drop)
    }

    fn describe(&self) -> String {
        let least = self.largest / self.condition;
        format!("{} eigenvalues from {least} to {}, {} steps at each η", self.dim, self.largest, self.steps)
    }

    fn find(&self, _task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let mut seen = Vec::new();
        for (k, eta) in self.learning_rates().enumerate() {
            watch.at(k as f64 / self.etas as f64)?;
            seen.extend(self.descend(eta)?);
        }
        let share = |of: Option<Regime>, agrees: &dyn Fn(&Seen) -> bool| {
            let all: Vec<&Seen> = seen.iter().filter(|s| of.is_none_or(|r| r == regime(s.lambda, s.eta))).collect();
            let good = all.iter().filter(|s| agrees(s)).count();
            (!all.is_empty()).then(|| good as f64 / all.len() as f64)
        };
        let sign = |of| share(Some(of), &Seen::sign_agrees);
        let errors = seen.iter().map(|s| (s.factor - rate(s.lambda, s.eta)).abs());
        let worst = errors.fold(0.0f64, |a, b| if b > a || b.is_nan() { b } else { a });
        let numbers = vec![
            ("overdamped-agreement", sign(Regime::Overdamped)),
            ("underdamped-agreement", sign(Regime::Underdamped)),
            ("divergent-agreement", sign(Regime::Divergent)),
            ("growth-agreement", share(None, &Seen::growth_agrees)),
            ("worst-factor-error", Some(worst)),
        ];
        let chart = self.panel(&self.chart()?, &seen);
        let panels = std::iter::once(chart).chain(self.eta.map(|eta| self.descents(eta))).collect();
        Ok(Findings { bounds: vec![], numbers, panels })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };
    use super::*;

    fn rates(text: &str) -> Rates {
        toml::from_str(&format!("dim=2\nlargest=4.0\ncondition=4.0\netas=3\nsteps=6\n{text}")).unwrap()
    }

    #[test]
    fn a_descent_says_what_it_did() {
        // λ = 4 and 1 at η = 0.4: factors −0.6 and 0.6; at 0.6: −1.4 and 0.4.
        let [steep, flat] = &rates("end=0.6").descend(0.4).unwrap()[..] else { panic!() };
        assert!(steep.alternates && steep.shrinks && !steep.keeps && flat.keeps && flat.shrinks && !flat.alternates);
        assert!((steep.factor - 0.6).abs() < 1e-12 && (flat.factor - 0.6).abs() < 1e-12);
        let steep = &rates("end=0.6").descend(0.6).unwrap()[0];
        assert!(steep.grows && steep.alternates && steep.sign_agrees() && steep.growth_agrees());
        // A sign that is not the regime's is seen.
        let wrong = Seen { alternates: false, keeps: true, shrinks: true, grows: false, ..*steep };
        assert!(!wrong.sign_agrees() && !wrong.growth_agrees());
    }

    #[test]
    fn all_regimes_agree() {
        let found = made("experiment='rates'\ndim=3\nlargest=2.0\ncondition=10.0\netas=23\nend=1.3\nsteps=20", 0);
        for name in ["overdamped-agreement", "underdamped-agreement", "divergent-agreement", "growth-agreement"] {
            assert_eq!(number(&found, name), 1.0, "{name}");
        }
        assert!(number(&found, "worst-factor-error") < 1e-12);
        let short = made("experiment='rates'\ndim=2\nlargest=2.0\ncondition=10.0\netas=4\nend=0.4\nsteps=20", 0);
        assert_eq!(short.number("divergent-agreement"), Some(None));
        for bad in ["end=-1.0", "end=nan"] {
            let text = format!("experiment='rates'\ndim=2\nlargest=2.0\ncondition=10.0\netas=4\nsteps=20\n{bad}");
            assert!(toml::from_str::<Experiment>(&text).unwrap().check().is_err());
        }
    }
}
