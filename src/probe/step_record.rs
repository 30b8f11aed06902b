//! The record of a step, and its form in JSON.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use super::{
    json::Number,
    values::{ProbeId, ProbeValues},
};

/// One optimizer step from θ_t to θ_{t+1}, described at θ_t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepRecord {
    /// Iteration, counted from 0.
    pub t: u64,
    /// Full training loss L(θ_t).
    pub loss: Option<f64>,
    /// Loss of the mini-batch at θ_t.
    pub batch_loss: f64,
    /// What the probes measured.
    pub values: ProbeValues,
    /// η used by this step, after the schedule.
    pub learning_rate: f64,
    /// Examples in the batch of this step.
    pub batch: u64,
}

impl StepRecord {
    /// What a probe measured; `None` when it did not.
    pub fn value(&self, id: ProbeId) -> Option<f64> {
        self.values.get(id)
    }
}

/// A key for each of the first four probes, measured or not, and for every other one that has a number, between those that all steps
/// have.
impl Serialize for StepRecord {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let is_told = |id: &ProbeId| ProbeId::FIRST.contains(id) || self.value(*id).is_some();
        let mut out = s.serialize_struct("StepRecord", 5 + ProbeId::columns().filter(is_told).count())?;
        out.serialize_field("t", &self.t)?;
        out.serialize_field("loss", &self.loss.map(Number::from))?;
        out.serialize_field("batch_loss", &Number::from(self.batch_loss))?;
        for id in ProbeId::columns().filter(is_told) {
            out.serialize_field(id.probe().key(), &self.value(id).map(Number::from))?;
        }
        out.serialize_field("learning_rate", &Number::from(self.learning_rate))?;
        out.serialize_field("batch", &self.batch)?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_keys_in_their_old_order() {
        let values = ProbeValues::NONE
            .with(ProbeId::GRADIENT, Some(f64::INFINITY))
            .with(ProbeId::DISTANCE, Some(-0.0))
            .with(ProbeId::NORM, Some(f64::NAN));
        let step = StepRecord { t: 7, loss: None, batch_loss: 0.1 + 0.2, values, learning_rate: 0.1, batch: 100 };
        let text = serde_json::to_string(&step).unwrap();
        let (head, tail) = (
            r#"{"t":7,"loss":null,"batch_loss":0.30000000000000004,"grad_norm":"inf","cosine":null,"distance":-0.0,"norm":"NaN""#,
            r#","learning_rate":0.1,"batch":100}"#,
        );
        assert_eq!(text, format!("{head}{tail}"));
        let more = StepRecord { values: values.with(ProbeId::SLOPE, Some(-2.0)), ..step };
        assert!(serde_json::to_string(&more).unwrap().contains(r#""norm":"NaN","slope":-2.0,"learning_rate""#));
    }
}
