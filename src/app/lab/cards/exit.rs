//! Theorem 2.2.5: how long SGD and SAM stay in a well.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Against, Exit, Experiment},
    toy::{
        ToyError,
        theory::exit::{ExitSpec, card},
    },
};

/// Exponents 2ΔL/λ · B/η that are measured: from walks that leave at once to those that take their time.
const EXPONENTS: [f64; 5] = [1.0, 1.75, 2.5, 3.25, 4.0];
/// The one that SGD and SAM are compared at.
const BASE: f64 = 1.5;
/// A walk that is still inside is given up.
const MOST_STEPS: u64 = 1_000_000;

/// A one-dimensional well and the walks in it.
pub fn topic() -> Topic {
    let knobs = [
        Knob::real("ρ of SAM", "The largest radius that SAM is tried with", 0.1, 0.0..=0.5),
        Knob::real("depth ΔL", "From the minimum to the rim", 0.1, 0.01..=1.0),
        Knob::real("λ", "Sharpness of the well", 1.0, 0.1..=5.0),
        Knob::real("rate η", "Learning rate", 0.05, 0.01..=0.2),
        Knob::whole("runs", "Walks for each mean", 400.0, 100.0..=4000.0),
        Knob::whole("seed", "Of the noise", 1.0, 0.0..=1000.0),
    ];
    Topic::new("Time to leave a well (Thm 2.2.5)", knobs, example)
}

fn example([rho, depth, lambda, eta, runs, seed]: [f64; 6]) -> Result<Example, ToyError> {
    let (runs, seed, eigenvalues) = (runs as u64, seed as u64, vec![lambda]);
    // B/η of an exponent.
    let ratio = |exponent: f64| exponent * lambda / (2.0 * depth);
    let (ratios, batch) = (EXPONENTS.map(ratio), ratio(BASE) * eta);
    let base =
        ExitSpec { eigenvalues: eigenvalues.clone(), depth, eta, batch, rho: 0.0, runs, seed, most_steps: MOST_STEPS };
    let radii: Vec<f64> = if rho > 0.0 { vec![0.5 * rho, rho] } else { vec![] };
    let card = card(&base, &ratios, &radii)?;
    let slope = card.checks.iter().find(|check| check.what == "its slope").map_or(f64::NAN, |check| check.measured);
    let remark = format!(
        "Measured slope {slope:.4}. The thesis's exponent is 2ΔL/√λ = {:.4}; the quasi-potential of the update as written gives 2ΔL/λ = {:.4}, reached for large B/η. They agree at λ = 1.",
        base.thesis_exponent(),
        base.exponent()
    );
    let against = if radii.is_empty() { vec![] } else { vec![Against::Rho] };
    let of = |rho: f64| {
        let name = if rho > 0.0 { format!("SAM, ρ = {rho:.3}") } else { "SGD".into() };
        let (eigenvalues, ratios, against) = (eigenvalues.clone(), ratios.to_vec(), against.clone());
        (name, Experiment::Exit(Exit { eigenvalues, depth, eta, ratios, rho, runs, against }))
    };
    Ok(Example { card, runs: std::iter::once(0.0).chain(radii).map(of).collect(), seed, remark })
}
