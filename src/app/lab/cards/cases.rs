//! The three cases of Asymmetric Valleys: which place in a valley is best when the population loss is shifted either way.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Cases, Experiment},
    toy::{
        ToyError,
        surfaces::{SurfaceSpec, Valley},
        theory::shift::{expected_loss, three_cases},
    },
};

/// A valley, the shift, and places in it.
pub fn topic() -> Topic {
    let [place, shift, bias] = [
        "Where in the valley a solution stands; 0 is the empirical minimum, positive is the flat side",
        "The population loss is moved by δ to either side, with equal chances",
        "Cases II and III stand so far on the flat and on the sharp side",
    ];
    let knobs = [
        Knob::real("the solution's place", place, 0.4, -1.5..=1.5),
        Knob::real("shift δ", shift, 0.6, 0.0..=1.5),
        Knob::real("l of the cases", bias, 0.3, 0.01..=1.0),
        Knob::real("ratio c", "Slope of the sharp side over that of the flat one", 4.0, 1.0..=20.0),
        Knob::real("slope p", "Of the flat side", 0.5, 0.05..=2.0),
        Knob::real("reach r", "Where the flat side ends", 2.0, 0.2..=4.0),
    ];
    Topic::new("Three cases in a valley", knobs, example)
}

fn example([place, shift, bias, c, p, r]: [f64; 6]) -> Result<Example, ToyError> {
    let valley = Valley::new(p, c, r, 0.0)?;
    let card = three_cases(&valley, shift, bias)?;
    let [here, first] = [place, 0.0].map(|s| expected_loss(&valley, s, shift));
    let verdict = if here < first {
        "lower than"
    } else if here > first {
        "higher than"
    } else {
        "the same as"
    };
    let remark = format!(
        "At {place:.3} the expected population loss is {here:.5}: {verdict} at the empirical minimum, {first:.5}."
    );
    let surface = SurfaceSpec::Valley { p, c, r, zeta: 0.0, noise: 0.0 };
    Ok(Example::of(card, Experiment::Cases(Cases { surface, shift, bias, solution: Some(place) }), 0, remark))
}
