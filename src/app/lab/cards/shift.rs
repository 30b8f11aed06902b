//! Theorem 1 of Asymmetric Valleys: moving to the flat side lowers the expected population loss.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Experiment, Shift},
    toy::{
        ToyError,
        theory::shift::{Example as Valleys, many_card},
    },
};

/// Directions that valleys have at most.
const DIRECTIONS: usize = 4;

/// How many random valleys, from which seed, and the one that is looked at.
pub fn topic() -> Topic {
    let valleys = "Random valleys that meet the assumptions, with 1 to 4 directions";
    let knobs = [
        Knob::whole("example", "Which of the valleys is shown below", 3.0, 0.0..=399.0),
        Knob::whole("valleys", valleys, 1000.0, 10.0..=20_000.0),
        Knob::whole("seed", "Of the valleys", 1.0, 0.0..=1000.0),
    ];
    Topic::new("Flat side generalises (Thm 1)", knobs, example)
}

fn example([example, valleys, seed]: [f64; 3]) -> Result<Example, ToyError> {
    let (number, valleys, seed) = (example as u64, valleys as u64, seed as u64);
    let card = many_card(valleys, seed)?;
    let here = Valleys::random(1 + (number % DIRECTIONS as u64) as usize, seed, number)?;
    let remark = format!(
        "The example has {} direction(s), a shift gap ξ of {:.4}, a gain of {:.4} and a bound of {:.4}.",
        here.directions.len(),
        here.xi,
        here.gain(),
        here.bound()
    );
    let experiment = Shift { valleys, directions: DIRECTIONS, example: Some(number) };
    Ok(Example::of(card, Experiment::Shift(experiment), seed, remark))
}
