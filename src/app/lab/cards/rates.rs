//! How gradient descent converges along each eigenvector: the chart of Walk's Fig. 28.

use super::{
    answer::{Answer, NEUTRAL, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Guide, Kind, Marker, Panel, colors},
    toy::{
        ToyError,
        theory::rates::{best_rate, card, rate, regime},
    },
};

/// Steps that are compared.
const STEPS: usize = 40;

/// A rate and two eigenvalues.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    eta: f64,
    largest: f64,
    smallest: f64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { eta: 0.3, largest: 5.0, smallest: 1.0 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real("rate η", "Learning rate", &mut self.eta, 0.001..=2.0),
            Knob::real("λ_{max}", "The largest eigenvalue of H", &mut self.largest, 0.1..=20.0),
            Knob::real("λ_{min}", "The smallest", &mut self.smallest, 0.01..=20.0),
        ]
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let Inputs { eta, largest, smallest } = *self;
        let card = card(&[largest, smallest], eta, STEPS)?;
        let best = best_rate(smallest, largest);
        let end = (1.4 * 2.0 / largest.max(smallest)).max(1.1 * eta);
        let line = |lambda: f64| places(0.0, end, 200).map(move |x| [x, rate(lambda, x)]);
        let chart = Panel {
            title: "The factor of one step, |λη − 1|".into(),
            x_label: "η".into(),
            y_label: "|λη − 1|".into(),
            x_range: Some((0.0, end)),
            y_range: Some((0.0, 2.0)),
            guides: vec![Guide { value: 1.0, label: "beyond it diverges".into() }],
            markers: vec![Marker { x: best, label: "fastest for both".into() }],
            series: vec![
                drawn("λ max", colors::SAM, Kind::Line, line(largest)),
                drawn("λ min", colors::SGD, Kind::Line, line(smallest)),
                drawn("η", NEUTRAL, Kind::Points, [largest, smallest].map(|l| [eta, rate(l, eta)])),
            ],
            ..Panel::default()
        };
        let walk = |lambda: f64| (0..=30).map(move |t| [f64::from(t), (1.0 - lambda * eta).powi(t)]);
        let walks = Panel {
            title: "Gradient descent from 1".into(),
            x_label: "iteration t".into(),
            y_label: "w".into(),
            y_range: Some((-1.6, 1.6)),
            series: vec![
                drawn("along λ max", colors::SAM, Kind::Line, walk(largest)),
                drawn("along λ min", colors::SGD, Kind::Line, walk(smallest)),
            ],
            ..Panel::default()
        };
        let remark = format!(
            "At η = {eta:.4} the largest eigenvalue is {}, the smallest {}. Both together converge fastest at η = {best:.4}.",
            regime(largest, eta),
            regime(smallest, eta)
        );
        Ok(Answer { card, panels: vec![chart, walks], remark })
    }
}
