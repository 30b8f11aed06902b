//! Theorem 3.3.2: the minimum of the perturbed loss moves to the flat side.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Bias, Experiment, PerturbedLoss},
    toy::{
        ToyError,
        surfaces::{Side, SurfaceSpec, TwoSided, Valley},
        theory::{
            Check,
            bias::{line_card, plane_card},
        },
    },
};

/// A valley (p, c, r), ρ, and a second ratio for the plane.
pub fn topic() -> Topic {
    let knobs = [
        Knob::real("ρ", "Radius of the ball; at most half the reach r", 0.5, 0.01..=2.0),
        Knob::real("ratio c", "Slope of the sharp side over that of the flat one", 4.0, 1.0..=20.0),
        Knob::real("slope p", "Of the flat side", 0.5, 0.05..=2.0),
        Knob::real("reach r", "Where the flat side ends", 2.0, 0.2..=4.0),
        Knob::real("second ratio", "c of the other direction, in the plane", 2.0, 1.0..=20.0),
    ];
    Topic::new("SAM moves flatwards (Thm 3.3.2)", knobs, example)
}

fn example([rho, c, p, r, second]: [f64; 5]) -> Result<Example, ToyError> {
    let mut card = line_card(&Valley::new(p, c, r, 0.0)?, p, c, r, rho)?;
    let sides = [c, second].map(|c| Side { p, c, r });
    let both = plane_card(&TwoSided::new(sides)?, rho)?;
    let named = |check: Check| Check { what: format!("two at once, {}", check.what), ..check };
    card.checks.extend(both.checks.into_iter().map(named));
    let surface = SurfaceSpec::Valley { p, c, r, zeta: 0.0, noise: 0.0 };
    let line = PerturbedLoss { surface, rhos: vec![rho], rim: Some(0.9 * p * r) };
    // A walk that crosses the flat side in its steps, and whose bounces on the sharp one stay in view.
    let lr = 0.014 * r / (p * c.max(second));
    let plane = Bias { sides, rho, noise: 0.2 * p, lr, steps: 300, start: [-0.25 * r, 0.6 * r] };
    let remark = "The proof is one-dimensional. With the whole disc in the plane the shift along one of two directions may be smaller than its bound when their ratios are far apart.";
    let runs = vec![("line".into(), Experiment::Perturbed(line)), ("plane".into(), Experiment::Bias2d(plane))];
    Ok(Example { card, runs, seed: 1, remark: remark.into() })
}
