//! How the weights of a fresh network are drawn: `--weights`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::suggest;

/// The initialisations of the field. `fan_in` and `fan_out` are the numbers that one output is made of and that one input
/// goes into; those of a convolution count its k·k places, and are of one group, as PyTorch counts them:
/// `fan_in = in / groups · k²`, `fan_out = out · k²`.
///
/// Scales and shifts of normalisation layers begin at 1 and 0 under every scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Weights {
    /// U(−b, b) with b = 1/√fan_in, for weights and biases: what `nn.Linear` and `nn.Conv2d` do.
    #[default]
    PyTorch,
    /// N(0, 2/fan_in); biases are 0 (He et al. 2015, with the gain √2 of ReLU).
    He,
    /// U(−b, b) with b = √(6/fan_in), the variance of [`Weights::He`]; biases are 0.
    HeUniform,
    /// N(0, 2/(fan_in + fan_out)); biases are 0 (Glorot and Bengio 2010).
    Xavier,
    /// U(−b, b) with b = √(6/(fan_in + fan_out)), the variance of [`Weights::Xavier`]; biases are 0. The default of TensorFlow
    /// and Keras.
    XavierUniform,
    /// N(0, 1/fan_in); biases are 0 (LeCun et al. 1998).
    Lecun,
    /// U(−b, b) with b = √(3/fan_in), the variance of [`Weights::Lecun`]; biases are 0.
    LecunUniform,
    /// Rows of length 1 at right angles to each other, or columns where there are more rows, of the matrix
    /// `[out, in / groups · k²]`; biases are 0 (Saxe et al. 2014, gain 1).
    Orthogonal,
    /// As [`Weights::PyTorch`], but the last layer with weights begins at 0, its bias, too: all classes are as likely.
    ZerosLast,
    /// N(0, σ²).
    Normal(Spread),
    /// N(0, σ²), drawn again beyond ±2σ. Its deviation is 0.88 σ; it is not made up for.
    Truncated(Spread),
}

/// The standard deviation σ of weights that does not depend on the layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub deviation: f64,
    /// Whether biases are drawn like the weights. If not, they are 0.
    pub biases: bool,
}

/// Schemes without a number, by name.
const PLAIN: [(&str, Weights); 9] = [
    ("pytorch", Weights::PyTorch),
    ("he", Weights::He),
    ("he-uniform", Weights::HeUniform),
    ("xavier", Weights::Xavier),
    ("xavier-uniform", Weights::XavierUniform),
    ("lecun", Weights::Lecun),
    ("lecun-uniform", Weights::LecunUniform),
    ("orthogonal", Weights::Orthogonal),
    ("zeros-last", Weights::ZerosLast),
];

/// A scheme of a spread.
type OfSpread = fn(Spread) -> Weights;

/// Schemes with a deviation behind a colon, by name, and whether they draw the biases, too.
const SPREAD: [(&str, OfSpread, bool); 4] = [
    ("normal", Weights::Normal, false),
    ("normal-all", Weights::Normal, true),
    ("truncated", Weights::Truncated, false),
    ("truncated-all", Weights::Truncated, true),
];

/// Other names of schemes.
const ALSO: [(&str, &str); 4] =
    [("kaiming", "he"), ("kaiming-uniform", "he-uniform"), ("glorot", "xavier"), ("glorot-uniform", "xavier-uniform")];

/// What `--weights` accepts.
pub const WEIGHTS_FORM: &str = "pytorch, he, he-uniform, xavier, xavier-uniform, lecun, lecun-uniform, orthogonal, zeros-last, \
                                normal:S, normal-all:S, truncated:S or truncated-all:S";

impl Weights {
    /// Whether it is what is meant when nothing is said.
    pub fn is_usual(&self) -> bool {
        *self == Weights::PyTorch
    }

    /// The name of every scheme, those with a deviation with a usual one.
    pub fn examples() -> impl Iterator<Item = String> {
        let plain = PLAIN.iter().map(|(name, _)| (*name).to_string());
        plain.chain(SPREAD.iter().map(|(name, ..)| format!("{name}:0.02")))
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |spread: &Spread| if spread.biases { "-all" } else { "" };
        match self {
            Weights::Normal(spread) => write!(f, "normal{}:{}", all(spread), spread.deviation),
            Weights::Truncated(spread) => write!(f, "truncated{}:{}", all(spread), spread.deviation),
            plain => f.write_str(PLAIN.iter().find(|(_, known)| known == plain).map_or("pytorch", |(name, _)| *name)),
        }
    }
}

impl FromStr for Weights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let name = ALSO.iter().find(|(other, _)| *other == name).map_or(name, |(_, usual)| *usual);
        if let Some((_, scheme)) = PLAIN.iter().find(|(known, _)| *known == name) {
            return match number {
                None => Ok(*scheme),
                Some(_) => Err(format!("\"{text}\": {name} takes no number; write {name}")),
            };
        }
        if let Some((_, scheme, biases)) = SPREAD.iter().find(|(known, ..)| *known == name) {
            let deviation = number.and_then(|n| n.parse::<f64>().ok()).filter(|s| s.is_finite() && *s > 0.0);
            let Some(deviation) = deviation else {
                return Err(format!(
                    "\"{text}\": {name} needs its standard deviation, a positive number; write {name}:0.02"
                ));
            };
            return Ok(scheme(Spread { deviation, biases: *biases }));
        }
        let known: Vec<&str> =
            PLAIN.iter().map(|(name, _)| *name).chain(SPREAD.iter().map(|(name, ..)| *name)).collect();
        Err(suggest::unknown("initialisation", name, &known))
    }
}

impl Serialize for Weights {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_written_as_it_is_read() {
        let all: Vec<String> = Weights::examples().collect();
        assert_eq!(all.len(), 13);
        for text in &all {
            let scheme: Weights = text.parse().unwrap();
            assert_eq!(scheme.to_string(), *text);
            let json = serde_json::to_string(&scheme).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Weights>(&json).unwrap(), scheme);
            assert_eq!(scheme.is_usual(), text == "pytorch");
            assert_eq!(all.iter().filter(|other| other.parse::<Weights>().unwrap() == scheme).count(), 1, "{text}");
            let name = text.split(':').next().unwrap();
            assert!(WEIGHTS_FORM.contains(name), "{name}");
        }
        assert_eq!(Weights::default(), Weights::PyTorch);
        for (other, usual) in ALSO {
            assert_eq!(other.parse::<Weights>().unwrap().to_string(), usual);
        }
        assert_eq!("normal:1e-3".parse::<Weights>().unwrap().to_string(), "normal:0.001");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("hee", "did you mean \"he\""),
            ("orthogonl", "did you mean \"orthogonal\""),
            ("", "unknown initialisation"),
            ("he:2", "he takes no number"),
            ("kaiming:2", "he takes no number"),
            ("normal", "write normal:0.02"),
            ("normal:", "write normal:0.02"),
            ("normal:x", "needs its standard deviation"),
            ("normal:0", "a positive number"),
            ("normal-all:-1", "write normal-all:0.02"),
            ("truncated:inf", "a positive number"),
            ("truncated-all:NaN", "write truncated-all:0.02"),
        ] {
            let error = text.parse::<Weights>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
