//! Theorem 1 of Asymmetric Valleys: moving to the flat side lowers the expected population loss.

use super::{
    answer::{Answer, NEUTRAL, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Guide, Kind, Panel, colors},
    toy::{
        ToyError,
        theory::shift::{Example, many_card},
    },
};

/// Examples that are drawn as dots.
const DOTS: u64 = 400;

/// How many random valleys, from which seed, and the one that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    valleys: u64,
    seed: u64,
    example: u64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { valleys: 1000, seed: 1, example: 3 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::whole("example", "Which of the valleys is shown below", &mut self.example, 0..=DOTS - 1),
            Knob::whole(
                "valleys",
                "Random valleys that meet the assumptions, with 1 to 4 directions",
                &mut self.valleys,
                10..=20_000,
            ),
            Knob::whole("seed", "Of the valleys", &mut self.seed, 0..=1000),
        ]
    }

    fn draw(&self, number: u64) -> Result<Example, ToyError> {
        Example::random(1 + (number % 4) as usize, self.seed, number)
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let card = many_card(self.valleys, self.seed)?;
        let mut dots = Vec::new();
        for number in 0..DOTS.min(self.valleys) {
            let example = self.draw(number)?;
            dots.push([number as f64, example.gain() / example.bound()]);
        }
        let here = self.draw(self.example)?;
        let all = Panel {
            title: "Gain over its bound, every valley".into(),
            x_label: "valley".into(),
            y_label: "gain / bound".into(),
            log_y: true,
            guides: vec![Guide { value: 1.0, label: "the bound".into() }],
            series: vec![
                drawn("a random valley", colors::SGD, Kind::Dots, dots),
                drawn("the example", colors::SAM, Kind::Star, [[self.example as f64, here.gain() / here.bound()]]),
            ],
            ..Panel::default()
        };
        let bias: Vec<f64> = here.directions.iter().map(|d| d.bias).collect();
        let at = |share: f64| here.expected(&bias.iter().map(|b| share * b).collect::<Vec<f64>>());
        let (first, least) = (at(0.0), at(0.0) - here.bound());
        let path = Panel {
            title: "The example on its way to the flat side".into(),
            x_label: "share of the way".into(),
            y_label: "expected population loss".into(),
            series: vec![
                drawn("over all shifts", colors::AVERAGED, Kind::Line, places(-1.0, 1.0, 120).map(|s| [s, at(s)])),
                drawn("the empirical minimiser", NEUTRAL, Kind::Hollow, [[0.0, first]]),
                drawn("moved", colors::AVERAGED, Kind::Star, [[1.0, at(1.0)]]),
                drawn("at most here, says the theorem", NEUTRAL, Kind::Dashed, [[0.0, least], [1.0, least]]),
            ],
            ..Panel::default()
        };
        let remark = format!(
            "The example has {} direction(s), a shift gap ξ of {:.4}, a gain of {:.4} and a bound of {:.4}.",
            bias.len(),
            here.xi,
            here.gain(),
            here.bound()
        );
        Ok(Answer { card, panels: vec![all, path], remark })
    }
}
