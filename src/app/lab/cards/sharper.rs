//! Theorem 3.2.1: the perturbed loss of a quadratic well is sharper and shallower.

use super::{
    answer::{Answer, NEUTRAL, aside, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Guide, Kind, Panel, Tag, colors},
    toy::{ToyError, perturbed::quadratic_peak, surfaces::Quadratic, theory::sharper},
};

/// A well of some dimension, its reach, and ρ.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    lambda: f64,
    condition: f64,
    dim: u64,
    reach: f64,
    rho: f64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { lambda: 2.0, condition: 10.0, dim: 3, reach: 1.0, rho: 0.3 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real("ρ", "Radius of the ball; below the reach r", &mut self.rho, 0.01..=2.0),
            Knob::real(
                "reach r",
                "The rim of the well is at this distance along the steepest axis",
                &mut self.reach,
                0.1..=3.0,
            ),
            Knob::real("λ_{max}", "The largest eigenvalue of H", &mut self.lambda, 0.1..=20.0),
            Knob::real("condition", "λ_max over λ_min", &mut self.condition, 1.0..=100.0),
            Knob::whole("dimensions D", "Of the well", &mut self.dim, 1..=20),
        ]
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let well = Quadratic::new(self.dim as usize, self.lambda, self.condition)?;
        let eigenvalues = well.eigenvalues();
        let (r, rho) = (self.reach, self.rho);
        let card = sharper::card(eigenvalues, r, rho)?;
        let along = |x: f64| {
            let mut w = vec![0.0; eigenvalues.len()];
            w[0] = x;
            quadratic_peak(eigenvalues, &w, rho).value
        };
        let (rim, floor) = (0.5 * self.lambda * r * r, along(0.0));
        let perturbed =
            drawn("perturbed loss", colors::SAM, Kind::Dashed, places(rho - r, r - rho, 120).map(|x| [x, along(x)]));
        let depth = |x: f64, from: f64, color| aside(color, Kind::Thin, [[x, from], [x, rim]]);
        let panel = Panel {
            title: "Along the steepest axis v_1".into(),
            x_label: "distance from the minimum".into(),
            y_label: "loss".into(),
            from_zero: true,
            series: vec![
                drawn("L", NEUTRAL, Kind::Line, places(-r, r, 120).map(|x| [x, 0.5 * self.lambda * x * x])),
                perturbed,
                depth(0.0, 0.0, NEUTRAL),
                depth(0.03 * r, floor, colors::SAM),
                drawn("minima", colors::SAM, Kind::Star, [[0.0, floor]]),
            ],
            tags: vec![Tag { x: 0.04 * r, y: 0.5 * (floor + rim), label: "what is left of the depth".into() }],
            guides: vec![Guide { value: rim, label: "rim".into() }],
            ..Panel::default()
        };
        let secant = 2.0 * (along(r - rho) - floor) / (r - rho).powi(2);
        let remark = format!(
            "The kink at the minimum makes the secant curvature largest near to it: at the rim it is {secant:.4}, (1 + 2ρ/(r − ρ)) λ_max, so the bound holds with room to spare."
        );
        Ok(Answer { card, panels: vec![panel], remark })
    }
}
