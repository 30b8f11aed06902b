//! Theorem 2 of Asymmetric Valleys: the average of SGD's iterates lies on the flat side.

use super::{
    answer::{Answer, NEUTRAL, aside, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Kind, Marker, Panel, colors},
    toy::{
        ToyError,
        theory::averaging::{AveragingSpec, SETTINGS},
    },
};

/// The theorem's constants and the walks.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    eta: f64,
    flat: f64,
    c: f64,
    steepest: f64,
    noise: f64,
    runs: u64,
    seed: u64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        let AveragingSpec { eta, flat, c, steepest, noise, seed, .. } = SETTINGS[0];
        Inputs { eta, flat: flat[0], c, steepest, noise, runs: 2000, seed }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real("rate η", "Learning rate", &mut self.eta, 0.001..=0.2),
            Knob::real(
                "noise ν",
                "The gradient noise is uniform on (−ν, ν); at most the flat slope",
                &mut self.noise,
                0.01..=2.0,
            ),
            Knob::real("flat slope", "a₊ = b₊, right of 0", &mut self.flat, 0.05..=2.0),
            Knob::real("ratio c", "The slope left of 0 is at least c times as steep", &mut self.c, 1.0..=30.0),
            Knob::real(
                "steepest",
                "−b₋, the steepest slope left of 0; at least c times the flat one",
                &mut self.steepest,
                0.1..=60.0,
            ),
            Knob::whole("runs", "Walks of 1,000 steps that are averaged", &mut self.runs, 100..=20_000),
            Knob::whole("seed", "Of the noise", &mut self.seed, 0..=1000),
        ]
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let Inputs { eta, flat, c, steepest, noise, runs, seed } = *self;
        let spec = AveragingSpec { eta, flat: [flat, flat], c, steepest, noise, steps: 1000, runs, seed };
        let card = spec.card()?;
        let average = spec.simulate();
        let [least, most] = average.range;
        // L from its slope, by trapezoids.
        let reach = 1.3 * most.abs().max(least.abs()).max(2.0 * eta * steepest).max(1e-6);
        let step = reach / 200.0;
        let integral = |sign: f64| {
            let mut sum = 0.0;
            (0..=200)
                .map(|k| {
                    let x = sign * step * f64::from(k);
                    let here = [x, sum];
                    sum += 0.5 * sign * step * (spec.slope(x + 1e-12 * sign) + spec.slope(x + sign * step));
                    here
                })
                .collect::<Vec<[f64; 2]>>()
        };
        let (left, right) = (integral(-1.0), integral(1.0));
        let top = 1.1 * right.last().map_or(1.0, |p| p[1]) * 3.0;
        let curve = left.into_iter().rev().chain(right.into_iter().skip(1));
        let foot = -0.05 * top;
        let panel = Panel {
            title: "The valley and where averages lie".into(),
            x_label: "w".into(),
            y_label: "L(w)".into(),
            x_range: Some((-0.5 * reach, reach)),
            y_range: Some((-0.12 * top, top)),
            series: vec![
                drawn("L", NEUTRAL, Kind::Line, curve),
                drawn("averages of all runs", colors::AVERAGED, Kind::Line, [[least, foot], [most, foot]]),
                aside(colors::AVERAGED, Kind::Points, places(least, most, 1).map(|x| [x, foot])),
                drawn("their mean", colors::AVERAGED, Kind::Star, [[average.mean, foot]]),
            ],
            markers: vec![Marker { x: 0.0, label: "minimum".into() }],
            ..Panel::default()
        };
        let remark = format!(
            "E[mean w] = {:.5} ± {:.5} (99 %); single runs lie between {least:.4} and {most:.4}.",
            average.mean, average.half_width
        );
        Ok(Answer { card, panels: vec![panel], remark })
    }
}
