//! Theorem 2.2.5: how long SGD and SAM stay in a well.

use super::{
    answer::{Answer, NEUTRAL, aside, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Kind, Panel, colors},
    toy::{
        ToyError,
        theory::exit::{ExitSpec, card, discrete_exit_time, fit},
    },
};

/// Exponents 2ΔL/λ · B/η that are measured: from walks that leave at once to those that take their time.
const EXPONENTS: [f64; 5] = [1.0, 1.75, 2.5, 3.25, 4.0];
/// The one that SGD and SAM are compared at.
const BASE: f64 = 1.5;
/// A walk that is still inside is given up.
const MOST_STEPS: u64 = 1_000_000;

/// A one-dimensional well and the walks in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    lambda: f64,
    depth: f64,
    eta: f64,
    rho: f64,
    runs: u64,
    seed: u64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { lambda: 1.0, depth: 0.1, eta: 0.05, rho: 0.1, runs: 400, seed: 1 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real("ρ of SAM", "The largest radius that SAM is tried with", &mut self.rho, 0.0..=0.5),
            Knob::real("depth ΔL", "From the minimum to the rim", &mut self.depth, 0.01..=1.0),
            Knob::real("λ", "Sharpness of the well", &mut self.lambda, 0.1..=5.0),
            Knob::real("rate η", "Learning rate", &mut self.eta, 0.01..=0.2),
            Knob::whole("runs", "Walks for each mean", &mut self.runs, 100..=4000),
            Knob::whole("seed", "Of the noise", &mut self.seed, 0..=1000),
        ]
    }

    fn spec(&self, exponent: f64, rho: f64) -> ExitSpec {
        ExitSpec {
            eigenvalues: vec![self.lambda],
            depth: self.depth,
            eta: self.eta,
            batch: self.ratio(exponent) * self.eta,
            rho,
            runs: self.runs,
            seed: self.seed,
            most_steps: MOST_STEPS,
        }
    }

    /// B/η of an exponent.
    fn ratio(&self, exponent: f64) -> f64 {
        exponent * self.lambda / (2.0 * self.depth)
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let ratios = EXPONENTS.map(|e| self.ratio(e));
        let base = self.spec(BASE, 0.0);
        let radii: Vec<f64> = if self.rho > 0.0 { vec![0.5 * self.rho, self.rho] } else { vec![] };
        let card = card(&base, &ratios, &radii)?;
        let mut points = Vec::new();
        for (ratio, exponent) in ratios.iter().zip(EXPONENTS) {
            points.push([*ratio, self.spec(exponent, 0.0).simulate()?.mean.ln()]);
        }
        let mut against = Vec::new();
        let mut errors = Vec::new();
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let times = self.spec(BASE, share * self.rho).simulate()?;
            against.push([share * self.rho, times.mean]);
            errors.push([times.mean - 1.96 * times.error, times.mean + 1.96 * times.error]);
        }
        Ok(Answer {
            card,
            panels: vec![self.exponents(&points), radii_panel(&against, &errors)],
            remark: self.remark(&points),
        })
    }

    fn remark(&self, points: &[[f64; 2]]) -> String {
        format!(
            "Measured slope {:.4}. The thesis's exponent is 2ΔL/√λ = {:.4}; the quasi-potential of the update as written gives 2ΔL/λ = {:.4}, reached for large B/η. They agree at λ = 1.",
            fit(points).slope,
            self.spec(BASE, 0.0).thesis_exponent(),
            self.spec(BASE, 0.0).exponent()
        )
    }

    fn exponents(&self, points: &[[f64; 2]]) -> Panel {
        let (low, high) = (self.ratio(EXPONENTS[0]), self.ratio(EXPONENTS[4]));
        let line = fit(points);
        let known = |x: f64| discrete_exit_time(self.lambda, self.depth, self.eta, x * self.eta).ln();
        Panel {
            title: "SGD: ln E[ν] against B/η".into(),
            x_label: "B/η".into(),
            y_label: "ln E[ν]".into(),
            series: vec![
                drawn("mean of the runs", colors::SGD, Kind::Points, points.iter().copied()),
                drawn(
                    "line through them",
                    colors::SGD,
                    Kind::Thin,
                    [low, high].map(|x| [x, line.slope * x + line.intercept]),
                ),
                drawn("closed form", NEUTRAL, Kind::Dashed, places(low, high, 100).map(|x| [x, known(x)])),
            ],
            ..Panel::default()
        }
    }
}

fn radii_panel(means: &[[f64; 2]], errors: &[[f64; 2]]) -> Panel {
    let bars =
        means.iter().zip(errors).map(|([x, _], [low, high])| aside(colors::SAM, Kind::Thin, [[*x, *low], [*x, *high]]));
    let points = drawn("SAM (ρ = 0 is SGD), with 95 % intervals", colors::SAM, Kind::Points, means.iter().copied());
    Panel {
        title: "SAM leaves sooner".into(),
        x_label: "ρ".into(),
        y_label: "E[ν]".into(),
        from_zero: true,
        series: std::iter::once(points).chain(bars).collect(),
        ..Panel::default()
    }
}
