//! What is measured at one point of a line or a plane.

use serde::{Deserialize, Serialize};

use crate::probe::{
    Evaluation,
    json::{finite_or_name, finite_or_name_option},
};

/// Loss and error at one parameter point; as JSON four numbers side by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Measured {
    /// Over the training set.
    pub train: Evaluation,
    /// Over the test set; `None` when it was not asked for.
    pub test: Option<Evaluation>,
}

#[derive(Serialize, Deserialize)]
struct Flat {
    #[serde(with = "finite_or_name")]
    train_loss: f64,
    #[serde(with = "finite_or_name")]
    train_error: f64,
    #[serde(default, with = "finite_or_name_option")]
    test_loss: Option<f64>,
    #[serde(default, with = "finite_or_name_option")]
    test_error: Option<f64>,
}

impl From<Measured> for Flat {
    fn from(m: Measured) -> Flat {
        Flat {
            train_loss: m.train.loss,
            train_error: m.train.error,
            test_loss: m.test.map(|t| t.loss),
            test_error: m.test.map(|t| t.error),
        }
    }
}

impl TryFrom<Flat> for Measured {
    type Error = &'static str;

    fn try_from(f: Flat) -> Result<Self, Self::Error> {
        let test = match (f.test_loss, f.test_error) {
            (Some(loss), Some(error)) => Some(Evaluation { loss, error }),
            (None, None) => None,
            _ => return Err("a test loss without a test error, or the reverse"),
        };
        Ok(Measured { train: Evaluation { loss: f.train_loss, error: f.train_error }, test })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_flat_and_comes_back() {
        let train = Evaluation { loss: 0.1 + 0.2, error: f64::NAN };
        let m = Measured { train, test: Some(Evaluation { loss: f64::INFINITY, error: 0.5 }) };
        let text = serde_json::to_string(&m).unwrap();
        assert_eq!(
            text,
            r#"{"train_loss":0.30000000000000004,"train_error":"NaN","test_loss":"inf","test_error":0.5}"#
        );
        let back: Measured = serde_json::from_str(&text).unwrap();
        assert_eq!((back.train.loss, back.test), (m.train.loss, m.test));
        assert!(back.train.error.is_nan());
        let alone = Measured { test: None, ..m };
        let back: Measured = serde_json::from_str(&serde_json::to_string(&alone).unwrap()).unwrap();
        assert_eq!(back.test, None);
        let half = r#"{"train_loss":1,"train_error":0,"test_loss":1}"#;
        assert!(serde_json::from_str::<Measured>(half).unwrap_err().to_string().contains("without a test error"));
    }
}
