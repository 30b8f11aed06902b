//! Theorem 3.3.2: the minimum of the perturbed loss moves to the flat side.

use super::{
    answer::{Answer, NEUTRAL, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Kind, Marker, Panel, colors},
    toy::{
        ToyError,
        perturbed::Perturbed,
        surface::Surface,
        surfaces::{Side, TwoSided, Valley},
        theory::{
            Check,
            bias::{interval, line_card, plane_card},
        },
    },
};

/// A valley (p, c, r), ρ, and a second ratio for the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    p: f64,
    c: f64,
    r: f64,
    rho: f64,
    second: f64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { p: 0.5, c: 4.0, r: 2.0, rho: 0.5, second: 2.0 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real("ρ", "Radius of the ball; at most half the reach r", &mut self.rho, 0.01..=2.0),
            Knob::real("ratio c", "Slope of the sharp side over that of the flat one", &mut self.c, 1.0..=20.0),
            Knob::real("slope p", "Of the flat side", &mut self.p, 0.05..=2.0),
            Knob::real("reach r", "Where the flat side ends", &mut self.r, 0.2..=4.0),
            Knob::real("second ratio", "c of the other direction, in the plane", &mut self.second, 1.0..=20.0),
        ]
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let Inputs { p, c, r, rho, second } = *self;
        let valley = Valley::new(p, c, r, 0.0)?;
        let mut card = line_card(&valley, p, c, r, rho)?;
        let plane = TwoSided::new([c, second].map(|c| Side { p, c, r }))?;
        let both = plane_card(&plane, rho)?;
        let named = |check: Check| Check { what: format!("two at once, {}", check.what), ..check };
        card.checks.extend(both.checks.into_iter().map(named));
        let [low, high] = interval(c, rho);
        Ok(Answer {
            card,
            panels: vec![valley_panel(&valley, rho, [low, high])?, ratios(p, r, rho)?],
            remark: "The proof is one-dimensional. With the whole disc in the plane the shift along one of two directions may be smaller than its bound when their ratios are far apart.".into(),
        })
    }
}

fn valley_panel(valley: &Valley, rho: f64, [low, high]: [f64; 2]) -> Result<Panel, ToyError> {
    let perturbed = Perturbed::new(valley, rho)?;
    let reach = 2.5 * rho;
    let xs: Vec<f64> = places(-reach, reach + rho, 200).collect();
    let curve = perturbed.curve(&xs)?;
    let bottom = perturbed.minimum(&[0.0]);
    let top = 1.2 * curve.first().copied().unwrap_or(1.0).min(3.0 * bottom.value);
    Ok(Panel {
        title: "The valley".into(),
        x_label: "w".into(),
        y_label: "loss".into(),
        x_range: Some((-reach, reach + rho)),
        y_range: Some((-0.06 * top, top)),
        series: vec![
            drawn("L", NEUTRAL, Kind::Line, xs.iter().map(|x| [*x, valley.value(&[*x])])),
            drawn("perturbed loss", colors::SAM, Kind::Dashed, xs.iter().copied().zip(curve).map(|(x, y)| [x, y])),
            drawn("minimum of L", NEUTRAL, Kind::Star, [[0.0, 0.0]]),
            drawn("minimum of the perturbed loss", colors::SAM, Kind::Star, [[bottom.at[0], bottom.value]]),
        ],
        markers: vec![
            Marker { x: low, label: String::new() },
            Marker { x: high, label: "the theorem: between these".into() },
        ],
        ..Panel::default()
    })
}

/// The shift against the ratio.
fn ratios(p: f64, r: f64, rho: f64) -> Result<Panel, ToyError> {
    let mut measured = Vec::new();
    for k in 1..=20 {
        let c = f64::from(k);
        let valley = Valley::new(p, c, r, 0.0)?;
        measured.push([c, Perturbed::new(&valley, rho)?.minimum(&[0.0]).at[0] / rho]);
    }
    Ok(Panel {
        title: "The shift for every ratio".into(),
        x_label: "c".into(),
        y_label: "shift / ρ".into(),
        y_range: Some((-0.05, 1.05)),
        series: vec![
            drawn("measured", colors::SAM, Kind::Points, measured),
            drawn(
                "bound (c − 1)/(c + 1)",
                NEUTRAL,
                Kind::Dashed,
                places(1.0, 20.0, 100).map(|c| [c, interval(c, 1.0)[0]]),
            ),
        ],
        ..Panel::default()
    })
}
