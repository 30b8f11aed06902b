//! Eq. (13) of the noise paper: how fast the Ornstein-Uhlenbeck process gains height.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Experiment, Ou},
    toy::{ToyError, surfaces::Quadratic, theory::ou::Process},
};

/// Times that are looked at.
const TIMES: usize = 10;

/// A well, the shape of Σ, and the paths.
pub fn topic() -> Topic {
    let alignment = "Σ is H^s scaled to trace 1: 0 isotropic, 1 shaped like H, 2 more so";
    let knobs = [
        Knob::real("alignment s", alignment, 1.0, 0.0..=3.0),
        Knob::real("time", "Until then the process is followed", 3.0, 0.1..=20.0),
        Knob::real("λ_{max}", "The largest eigenvalue of H", 1.0, 0.1..=10.0),
        Knob::real("condition", "λ_max over λ_min", 10.0, 1.0..=100.0),
        Knob::whole("dimensions D", "Of the well", 2.0, 1.0..=10.0),
        Knob::whole("paths", "That are simulated", 4000.0, 100.0..=50_000.0),
        Knob::whole("seed", "Of the paths", 2.0, 0.0..=1000.0),
    ];
    Topic::new("Escaping efficiency (Eq. 13)", knobs, example)
}

fn example([alignment, end, lambda, condition, dim, paths, seed]: [f64; 7]) -> Result<Example, ToyError> {
    let (dim, paths, seed) = (dim as usize, paths as usize, seed as u64);
    let well = Quadratic::new(dim, lambda, condition)?;
    let shape: Vec<f64> = well.eigenvalues().iter().map(|l| l.powf(alignment)).collect();
    let total: f64 = shape.iter().sum();
    let diagonal = |values: &[f64], scale: f64| -> Vec<Vec<f64>> {
        let row = |i: usize| (0..dim).map(|j| if i == j { values[i] * scale } else { 0.0 }).collect();
        (0..dim).map(row).collect()
    };
    let (h, sigma) = (diagonal(well.eigenvalues(), 1.0), diagonal(&shape, 1.0 / total));
    let process = Process::new(&h.concat(), &sigma.concat(), dim)?;
    let card = process.card(end, TIMES, paths, seed)?;
    let isotropic = 0.5 * well.eigenvalues().iter().sum::<f64>() / dim as f64;
    let remark = format!(
        "The slope at 0 is {:.4}; noise of the same trace without a direction has {isotropic:.4}. Ten intervals of 99 % all hold for about nine seeds in ten.",
        process.slope()
    );
    Ok(Example::of(card, Experiment::Ou(Ou { h, sigma, end, times: TIMES, paths }), seed, remark))
}
