//! The three cases of Asymmetric Valleys: which place in a valley is best when the population loss is shifted either way.

use super::{
    answer::{Answer, NEUTRAL, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Kind, Panel, Tag, colors},
    toy::{
        ToyError,
        surface::Surface,
        surfaces::Valley,
        theory::shift::{expected_loss, three_cases},
    },
};

/// A valley, the shift, and places in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    place: f64,
    shift: f64,
    bias: f64,
    p: f64,
    c: f64,
    r: f64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { place: 0.4, shift: 0.6, bias: 0.3, p: 0.5, c: 4.0, r: 2.0 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real(
                "the solution's place",
                "Where in the valley a solution stands; 0 is the empirical minimum, positive is the flat side",
                &mut self.place,
                -1.5..=1.5,
            ),
            Knob::real(
                "shift δ",
                "The population loss is moved by δ to either side, with equal chances",
                &mut self.shift,
                0.0..=1.5,
            ),
            Knob::real(
                "l of the cases",
                "Cases II and III stand so far on the flat and on the sharp side",
                &mut self.bias,
                0.01..=1.0,
            ),
            Knob::real("ratio c", "Slope of the sharp side over that of the flat one", &mut self.c, 1.0..=20.0),
            Knob::real("slope p", "Of the flat side", &mut self.p, 0.05..=2.0),
            Knob::real("reach r", "Where the flat side ends", &mut self.r, 0.2..=4.0),
        ]
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let Inputs { place, shift, bias, p, c, r } = *self;
        let valley = Valley::new(p, c, r, 0.0)?;
        let card = three_cases(&valley, shift, bias)?;
        let loss = |x: f64| valley.value(&[x]);
        let expected = |s: f64| expected_loss(&valley, s, shift);
        let reach = 1.6 + shift;
        let top = 1.25 * expected(-bias).max(expected(place)).max(expected(0.0)).max(0.1 * p);
        let moved = |by: f64| places(-reach, reach, 300).map(move |x| [x, x - by]);
        let curve = |by: f64| moved(by).map(|[x, y]| [x, loss(y)]);
        let at = [[place, loss(place - shift)], [place, loss(place + shift)]];
        let shifts = Panel {
            title: "The loss, and the population loss moved either way".into(),
            x_label: "w".into(),
            y_label: "loss".into(),
            x_range: Some((-reach, reach)),
            y_range: Some((-0.05 * top, 1.6 * top)),
            series: vec![
                drawn("empirical", NEUTRAL, Kind::Line, curve(0.0)),
                drawn("moved to the left", colors::SGD, Kind::Dashed, curve(-shift)),
                drawn("moved to the right", colors::SGD, Kind::Dotted, curve(shift)),
                drawn("the solution's loss in both", colors::AVERAGED, Kind::Points, at),
            ],
            ..Panel::default()
        };
        let case = |s: f64, name: &str| Tag { x: s, y: expected(s), label: name.into() };
        let spots = [0.0, bias, -bias];
        let mean = Panel {
            title: "Expected population loss over the two shifts".into(),
            x_label: "the solution's place".into(),
            y_label: "E L".into(),
            x_range: Some((-reach, reach)),
            y_range: Some((0.0, 1.6 * top)),
            series: vec![
                drawn("E L", NEUTRAL, Kind::Line, places(-reach, reach, 300).map(|s| [s, expected(s)])),
                drawn("the three cases", colors::SGD, Kind::Points, spots.map(|s| [s, expected(s)])),
                drawn("the solution", colors::AVERAGED, Kind::Star, [[place, expected(place)]]),
            ],
            tags: vec![case(0.0, "I"), case(bias, "II"), case(-bias, "III")],
            ..Panel::default()
        };
        let (here, first) = (expected(place), expected(0.0));
        let verdict = if here < first {
            "lower"
        } else if here > first {
            "higher"
        } else {
            "the same"
        };
        let remark = format!(
            "At {place:.3} the expected population loss is {here:.5}: {verdict} than at the empirical minimum, {first:.5}."
        );
        Ok(Answer { card, panels: vec![shifts, mean], remark: remark.replace("the same than", "the same as") })
    }
}
