//! Theorems as cards: a statement, numbers to try it on, what was measured, whether it holds, and a picture.
//!
//! The mathematics is that of [`crate::toy::theory`]; here each card gets its knobs and its picture.

mod anisotropy;
mod answer;
mod averaging;
mod bias;
mod cases;
mod escaping;
mod exit;
mod knob;
mod rates;
mod sharper;
mod shift;

pub use answer::Answer;
pub use knob::{Knob, Value};

use super::latest::Latest;
use crate::toy::ToyError;

/// A card with the numbers it is tried on.
#[derive(Clone, Debug, PartialEq)]
pub enum Topic {
    Sharper(sharper::Inputs),
    Bias(bias::Inputs),
    Exit(exit::Inputs),
    Escaping(escaping::Inputs),
    Anisotropy(anisotropy::Inputs),
    Shift(shift::Inputs),
    Averaging(averaging::Inputs),
    Cases(cases::Inputs),
    Rates(rates::Inputs),
}

/// Every card with its usual numbers, in reading order.
pub fn all() -> Vec<Topic> {
    vec![
        Topic::Sharper(Default::default()),
        Topic::Bias(Default::default()),
        Topic::Exit(Default::default()),
        Topic::Escaping(Default::default()),
        Topic::Anisotropy(Default::default()),
        Topic::Shift(Default::default()),
        Topic::Averaging(Default::default()),
        Topic::Cases(Default::default()),
        Topic::Rates(Default::default()),
    ]
}

impl Topic {
    /// A short name with its place in the papers.
    pub fn title(&self) -> &'static str {
        match self {
            Topic::Sharper(_) => "SAM sharpens (Thm 3.2.1)",
            Topic::Bias(_) => "SAM moves flatwards (Thm 3.3.2)",
            Topic::Exit(_) => "Time to leave a well (Thm 2.2.5)",
            Topic::Escaping(_) => "Escaping efficiency (Eq. 13)",
            Topic::Anisotropy(_) => "Anisotropic noise (Prop. 1)",
            Topic::Shift(_) => "Flat side generalises (Thm 1)",
            Topic::Averaging(_) => "Averages end flat (Thm 2)",
            Topic::Cases(_) => "Three cases in a valley",
            Topic::Rates(_) => "Rates of gradient descent",
        }
    }

    /// What can be turned.
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        match self {
            Topic::Sharper(x) => x.knobs(),
            Topic::Bias(x) => x.knobs(),
            Topic::Exit(x) => x.knobs(),
            Topic::Escaping(x) => x.knobs(),
            Topic::Anisotropy(x) => x.knobs(),
            Topic::Shift(x) => x.knobs(),
            Topic::Averaging(x) => x.knobs(),
            Topic::Cases(x) => x.knobs(),
            Topic::Rates(x) => x.knobs(),
        }
    }

    /// Measures; may take a second.
    ///
    /// # Errors
    /// Numbers that the theorem says nothing about.
    pub fn measure(&self) -> Result<Answer, ToyError> {
        match self {
            Topic::Sharper(x) => x.measure(),
            Topic::Bias(x) => x.measure(),
            Topic::Exit(x) => x.measure(),
            Topic::Escaping(x) => x.measure(),
            Topic::Anisotropy(x) => x.measure(),
            Topic::Shift(x) => x.measure(),
            Topic::Averaging(x) => x.measure(),
            Topic::Cases(x) => x.measure(),
            Topic::Rates(x) => x.measure(),
        }
    }
}

/// All cards, and what came of the one that is shown.
pub struct Cards {
    pub topics: Vec<Topic>,
    /// Index of the one that is shown.
    pub shown: usize,
    /// Whether each held when it was measured last; `None` before.
    pub verdicts: Vec<Option<bool>>,
    pub answer: Latest<Topic, Result<Answer, ToyError>>,
}

impl Default for Cards {
    fn default() -> Cards {
        let topics = all();
        Cards { verdicts: vec![None; topics.len()], topics, shown: 0, answer: Latest::default() }
    }
}

impl Cards {
    /// Measures the card that is shown, in the background, when its numbers are new.
    pub fn follow(&mut self, ctx: &egui::Context) {
        let Some(topic) = self.topics.get(self.shown) else { return };
        let asked = topic.clone();
        self.answer.want(ctx, topic, move || asked.measure());
        if let Some((answer, true)) = self.answer.answer(topic) {
            self.verdicts[self.shown] = Some(answer.as_ref().is_ok_and(|a| a.card.holds()));
        }
    }

    /// The card that is shown goes back to its usual numbers.
    pub fn reset(&mut self) {
        if let (Some(topic), Some(usual)) = (self.topics.get_mut(self.shown), all().into_iter().nth(self.shown)) {
            *topic = usual;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_holds_with_its_usual_numbers_and_has_a_picture() {
        for topic in all() {
            let answer = topic.measure().unwrap_or_else(|e| panic!("{}: {e}", topic.title()));
            for check in &answer.card.checks {
                assert!(check.holds(), "{}: {check:?}", topic.title());
            }
            assert!(answer.card.holds() && !answer.panels.is_empty(), "{}", topic.title());
            assert!(answer.panels.iter().all(|p| p.series.iter().any(|s| !s.curve.is_empty())), "{}", topic.title());
        }
    }

    #[test]
    fn usual_numbers_are_within_reach_of_their_knobs() {
        for mut topic in all() {
            let title = topic.title();
            for knob in topic.knobs() {
                match knob.value {
                    Value::Real(value, range) => assert!(range.contains(value), "{title}: {}", knob.name),
                    Value::Whole(value, range) => assert!(range.contains(value), "{title}: {}", knob.name),
                }
            }
        }
    }
}
