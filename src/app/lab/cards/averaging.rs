//! Theorem 2 of Asymmetric Valleys: the average of SGD's iterates lies on the flat side.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Averaging, Experiment},
    toy::{
        ToyError,
        theory::averaging::{AveragingSpec, SETTINGS},
    },
};

/// Steps of every walk.
const STEPS: u64 = 1000;

/// The theorem's constants and the walks.
pub fn topic() -> Topic {
    let AveragingSpec { eta, flat, c, steepest, noise, seed, .. } = SETTINGS[0];
    let [bound, steep] = [
        "The gradient noise is uniform on (−ν, ν); at most the flat slope",
        "−b₋, the steepest slope left of 0; at least c times the flat one",
    ];
    let knobs = [
        Knob::real("rate η", "Learning rate", eta, 0.001..=0.2),
        Knob::real("noise ν", bound, noise, 0.01..=2.0),
        Knob::real("flat slope", "a₊ = b₊, right of 0", flat[0], 0.05..=2.0),
        Knob::real("ratio c", "The slope left of 0 is at least c times as steep", c, 1.0..=30.0),
        Knob::real("steepest", steep, steepest, 0.1..=60.0),
        Knob::whole("runs", "Walks of 1,000 steps that are averaged", 2000.0, 100.0..=20_000.0),
        Knob::whole("seed", "Of the noise", seed as f64, 0.0..=1000.0),
    ];
    Topic::new("Averages end flat (Thm 2)", knobs, example)
}

fn example([eta, noise, flat, c, steepest, runs, seed]: [f64; 7]) -> Result<Example, ToyError> {
    let (flat, runs, seed) = ([flat, flat], runs as u64, seed as u64);
    let card = AveragingSpec { eta, flat, c, steepest, noise, steps: STEPS, runs, seed }.card()?;
    let experiment = Averaging { eta, flat, c, steepest, noise, steps: STEPS, runs };
    Ok(Example::of(card, Experiment::Averaging(experiment), seed, String::new()))
}
