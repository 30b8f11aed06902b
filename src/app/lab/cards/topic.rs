//! What a card is: a theorem, numbers to try it on, and the experiments whose pictures show it.

use std::{ops::RangeInclusive, sync::Arc};

use crate::{
    figure::Panel,
    objective::Interrupt,
    recipe::{Findings, Task, Unfinished, Watch, toy::Experiment},
    toy::{ToyError, theory::Card},
};

/// A number that a card is tried on.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// Markup.
    pub name: &'static str,
    pub help: &'static str,
    pub value: f64,
    pub range: RangeInclusive<f64>,
    /// Whether it counts something.
    pub is_whole: bool,
}

impl Knob {
    pub fn real(name: &'static str, help: &'static str, value: f64, range: RangeInclusive<f64>) -> Knob {
        Knob { name, help, value, range, is_whole: false }
    }

    pub fn whole(name: &'static str, help: &'static str, value: f64, range: RangeInclusive<f64>) -> Knob {
        Knob { name, help, value, range, is_whole: true }
    }
}

/// What a card makes of its numbers.
pub struct Example {
    /// The theorem, held against what was measured.
    pub card: Card,
    /// Experiments of recipes and their names in legends; their pictures are the card's.
    pub runs: Vec<(String, Experiment)>,
    pub seed: u64,
    /// What is worth knowing about this very example; may be empty.
    pub remark: String,
}

impl Example {
    /// One experiment.
    pub fn of(card: Card, experiment: Experiment, seed: u64, remark: String) -> Example {
        Example { card, runs: vec![("measured".into(), experiment)], seed, remark }
    }
}

/// What came of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub card: Card,
    pub panels: Vec<Panel>,
    pub remark: String,
}

type Make = Arc<dyn Fn(&[Knob]) -> Result<Example, ToyError> + Send + Sync>;

/// A card with the numbers it is tried on.
#[derive(Clone)]
pub struct Topic {
    /// A short name with its place in the papers.
    pub title: &'static str,
    pub knobs: Vec<Knob>,
    make: Make,
}

impl PartialEq for Topic {
    fn eq(&self, other: &Topic) -> bool {
        self.title == other.title && self.knobs == other.knobs
    }
}

impl Topic {
    /// A card whose `example` gets the values of its knobs, in their order.
    pub fn new<const N: usize>(
        title: &'static str,
        knobs: [Knob; N],
        example: fn([f64; N]) -> Result<Example, ToyError>,
    ) -> Topic {
        let make = move |knobs: &[Knob]| example(std::array::from_fn(|k| knobs[k].value));
        Topic { title, knobs: knobs.into(), make: Arc::new(make) }
    }

    /// Measures; may take a second.
    ///
    /// # Errors
    /// Numbers that the theorem says nothing about.
    pub fn measure(&self) -> Result<Answer, Unfinished> {
        let Example { card, runs, seed, remark } = (self.make)(&self.knobs)?;
        let stop = Interrupt::default();
        let mut found = Vec::new();
        for (place, (name, experiment)) in runs.iter().enumerate() {
            experiment.check()?;
            found.push(experiment.find(&Task { name, place, seed }, &mut Watch::new(&stop, &mut |_| {}))?);
        }
        Ok(Answer { card, panels: Findings::together(&found), remark })
    }
}
