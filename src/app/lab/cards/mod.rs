//! Theorems as cards: a statement, numbers to try it on, what was measured, whether it holds, and pictures.
//!
//! The mathematics is that of [`crate::toy::theory`], the pictures are those of the experiments of recipes
//! ([`crate::recipe::toy`]); a card adds what can be turned.

mod anisotropy;
mod averaging;
mod bias;
mod cases;
mod escaping;
mod exit;
mod rates;
mod sharper;
mod shift;
mod topic;

pub use topic::{Answer, Knob, Topic};

use super::latest::Latest;
use crate::recipe::Unfinished;

/// Every card with its usual numbers, in reading order.
pub fn all() -> Vec<Topic> {
    vec![
        sharper::topic(),
        bias::topic(),
        exit::topic(),
        escaping::topic(),
        anisotropy::topic(),
        shift::topic(),
        averaging::topic(),
        cases::topic(),
        rates::topic(),
    ]
}

/// All cards, and what came of the one that is shown.
pub struct Cards {
    pub topics: Vec<Topic>,
    /// Index of the one that is shown.
    pub shown: usize,
    /// Whether each held when it was measured last; `None` before.
    pub verdicts: Vec<Option<bool>>,
    pub answer: Latest<Topic, Result<Answer, Unfinished>>,
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
            let answer = topic.measure().unwrap_or_else(|e| panic!("{}: {e}", topic.title));
            for check in &answer.card.checks {
                assert!(check.holds(), "{}: {check:?}", topic.title);
            }
            assert!(answer.card.holds() && !answer.panels.is_empty(), "{}", topic.title);
            assert!(answer.panels.iter().all(|p| p.series.iter().any(|s| !s.curve.is_empty())), "{}", topic.title);
        }
    }

    #[test]
    fn usual_numbers_are_within_reach_of_their_knobs_and_every_knob_changes_something() {
        for topic in all() {
            let usual = topic.measure().unwrap();
            for k in 0..topic.knobs.len() {
                let knob = &topic.knobs[k];
                assert!(knob.range.contains(&knob.value), "{}: {}", topic.title, knob.name);
                // A number that the theorem does not allow is an answer, too.
                let mut other = topic.clone();
                other.knobs[k].value = if knob.is_whole { knob.value + 1.0 } else { 0.9 * knob.value };
                let changes = other.measure().map_or(true, |answer| answer != usual);
                assert!(changes, "{}: {}", topic.title, knob.name);
            }
        }
    }
}
