//! Theorem 3.2.1: the perturbed loss of a quadratic well is sharper and shallower.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Experiment, Sharper},
    toy::{ToyError, surfaces::Quadratic, theory::sharper},
};

/// A well of some dimension, its reach, and ρ.
pub fn topic() -> Topic {
    let reach = "The rim of the well is at this distance along the steepest axis";
    let knobs = [
        Knob::real("ρ", "Radius of the ball; below the reach r", 0.3, 0.01..=2.0),
        Knob::real("reach r", reach, 1.0, 0.1..=3.0),
        Knob::real("λ_{max}", "The largest eigenvalue of H", 2.0, 0.1..=20.0),
        Knob::real("condition", "λ_max over λ_min", 10.0, 1.0..=100.0),
        Knob::whole("dimensions D", "Of the well", 3.0, 1.0..=20.0),
    ];
    Topic::new("SAM sharpens (Thm 3.2.1)", knobs, example)
}

fn example([rho, r, largest, condition, dim]: [f64; 5]) -> Result<Example, ToyError> {
    let dim = dim as usize;
    let card = sharper::card(Quadratic::new(dim, largest, condition)?.eigenvalues(), r, rho)?;
    let remark = format!(
        "The kink at the minimum makes the secant curvature largest near to it: at the rim it is {:.4}, (1 + 2ρ/(r − ρ)) λ_max, so the bound holds with room to spare.",
        (1.0 + 2.0 * rho / (r - rho)) * largest
    );
    Ok(Example::of(card, Experiment::Sharper(Sharper { dim, largest, condition, r, rhos: vec![rho] }), 0, remark))
}
