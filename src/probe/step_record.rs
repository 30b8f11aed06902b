//! The record of a step, and its form in JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct as _};
use serde_json::{Map, Value};

use super::{
    json::{Number, finite_or_name, finite_or_name_option},
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

/// A key for every probe, measured or not, between those that all steps have.
impl Serialize for StepRecord {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut out = s.serialize_struct("StepRecord", 5 + ProbeId::columns().count())?;
        out.serialize_field("t", &self.t)?;
        out.serialize_field("loss", &self.loss.map(Number::from))?;
        out.serialize_field("batch_loss", &Number::from(self.batch_loss))?;
        for id in ProbeId::columns() {
            out.serialize_field(id.probe().key(), &self.value(id).map(Number::from))?;
        }
        out.serialize_field("learning_rate", &Number::from(self.learning_rate))?;
        out.serialize_field("batch", &self.batch)?;
        out.end()
    }
}

/// What every step has; the rest is the probes'.
#[derive(Deserialize)]
struct Fields {
    t: u64,
    #[serde(with = "finite_or_name_option")]
    loss: Option<f64>,
    #[serde(with = "finite_or_name")]
    batch_loss: f64,
    #[serde(with = "finite_or_name")]
    learning_rate: f64,
    batch: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A key that is missing was not measured; one of a probe that is not known is skipped.
impl<'de> Deserialize<'de> for StepRecord {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Fields { t, loss, batch_loss, learning_rate, batch, mut rest } = Fields::deserialize(d)?;
        let mut values = ProbeValues::NONE;
        for id in ProbeId::all() {
            if let Some(value) = rest.remove(id.probe().key()) {
                let number = Option::<Number>::deserialize(value).map_err(D::Error::custom)?;
                values.set(id, number.map(f64::from));
            }
        }
        Ok(StepRecord { t, loss, batch_loss, values, learning_rate, batch })
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
        assert!(text.starts_with(head) && text.ends_with(tail), "{text}");
        let back: StepRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{step:?}"));
        let foreign = text.replacen("\"loss\"", "\"event\":\"step\",\"loss\"", 1);
        assert_eq!(format!("{:?}", serde_json::from_str::<StepRecord>(&foreign).unwrap()), format!("{step:?}"));
        assert!(serde_json::from_str::<StepRecord>(&text.replace("\"NaN\"", "\"none\"")).is_err());
    }
}
