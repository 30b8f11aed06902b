//! A moment of a run.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An iteration, or a share of the whole run: `300`, `75%`, `0.75`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    Step(u64),
    /// Per cent, 0..=100.
    Share(f64),
}

impl When {
    /// The iteration this moment means in a run of `total` iterations.
    pub fn step(self, total: u64) -> u64 {
        match self {
            When::Step(t) => t,
            When::Share(percent) => (percent / 100.0 * total as f64).round() as u64,
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Step(t) => write!(f, "{t}"),
            When::Share(s) => write!(f, "{s}%"),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is no moment of a run; write an iteration (300) or a share (75% or 0.75)");
        if let Ok(step) = text.parse() {
            return Ok(When::Step(step));
        }
        let percent = match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().ok(),
            // 0.07 · 100 is not 7 in binary; nine digits are more than anyone writes.
            None => text.parse::<f64>().ok().map(|share| (share * 1e11).round() / 1e9),
        };
        percent.filter(|p| (0.0..=100.0).contains(p)).map(When::Share).ok_or_else(bad)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            When::Step(t) => t.serialize(s),
            When::Share(_) => s.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Step(u64),
            Text(String),
        }
        match Form::deserialize(d)? {
            Form::Step(t) => Ok(When::Step(t)),
            Form::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_per_cents_and_shares_are_read() {
        for (text, step, printed) in
            [("300", 300, "300"), ("75%", 150, "75%"), ("0.75", 150, "75%"), ("0.07", 14, "7%"), ("1.0", 200, "100%")]
        {
            let when: When = text.parse().unwrap();
            assert_eq!((when.step(200), when.to_string().as_str()), (step, printed));
            let json = serde_json::to_string(&when).unwrap();
            assert_eq!(serde_json::from_str::<When>(&json).unwrap(), when, "{json}");
        }
        for text in ["", "-1", "101%", "1.5", "NaN", "half"] {
            assert!(text.parse::<When>().unwrap_err().contains("write an iteration"), "{text}");
        }
    }
}
