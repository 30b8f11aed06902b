//! Learning-rate schedules: a factor on the base rate η, as a function of the iteration.
//!
//! Constant, stepwise, cosine, cyclic (CLR, Smith 2015, triangular) and trapezoid (Walk §5, Fig. 6).

use std::{f64::consts::PI, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::When;

/// How the learning rate moves; every form is a factor on the base rate, so a live change of η keeps its meaning.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Schedule {
    #[default]
    Constant,
    /// Multiply by `factor` at each milestone.
    Step { factor: f64, at: Vec<When> },
    /// Half a cosine from 1 to `floor` at the last iteration.
    Cosine { floor: f64 },
    /// Triangular CLR: from `low` to 1 and back every `period` iterations.
    Cyclic { low: f64, period: u64 },
    /// Linear warm-up, flat, linear cool-down to 0 (Walk Fig. 6).
    Trapezoid { warm_up: When, cool_down: When },
}

impl Schedule {
    /// The factor on η at iteration `t` of `total`.
    pub fn factor(&self, t: u64, total: u64) -> f64 {
        let (now, end) = (t as f64, total.max(1) as f64);
        match self {
            Schedule::Constant => 1.0,
            Schedule::Step { factor, at } => factor.powi(at.iter().filter(|w| t >= w.step(total)).count() as i32),
            Schedule::Cosine { floor } => floor + (1.0 - floor) * 0.5 * (1.0 + (PI * (now / end).min(1.0)).cos()),
            Schedule::Cyclic { low, period } => {
                let phase = (t % period) as f64 / *period as f64;
                low + (1.0 - low) * (1.0 - (2.0 * phase - 1.0).abs())
            }
            Schedule::Trapezoid { warm_up, cool_down } => {
                let up = warm_up.step(total) as f64;
                let down = cool_down.step(total) as f64;
                // (t+1)/up: the first step of a warm-up must move, or its slice would be a point.
                let rise = if up > 0.0 { (now + 1.0) / up } else { 1.0 };
                let fall = if down > 0.0 { (end - now) / down } else { 1.0 };
                rise.min(fall).clamp(0.0, 1.0)
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Constant => write!(f, "constant"),
            Schedule::Step { factor, at } => {
                let at: Vec<_> = at.iter().map(When::to_string).collect();
                write!(f, "step:{factor}@{}", at.join(","))
            }
            Schedule::Cosine { floor: 0.0 } => write!(f, "cosine"),
            Schedule::Cosine { floor } => write!(f, "cosine:{floor}"),
            Schedule::Cyclic { low, period } => write!(f, "cyclic:{low}:{period}"),
            Schedule::Trapezoid { warm_up, cool_down } => write!(f, "trapezoid:{warm_up}:{cool_down}"),
        }
    }
}

/// What `--schedule` accepts, for errors and help.
pub const FORMS: &str = "constant | step:FACTOR@T1,T2 | cosine[:FLOOR] | cyclic:LOW:PERIOD | trapezoid:WARMUP:COOLDOWN (T: 300, 75% or 0.75)";

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is no schedule; write {FORMS}");
        let share = |s: &str| s.parse::<f64>().ok().filter(|x| (0.0..=1.0).contains(x)).ok_or_else(bad);
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        match name {
            "constant" if rest.is_empty() => Ok(Schedule::Constant),
            "cosine" if rest.is_empty() => Ok(Schedule::Cosine { floor: 0.0 }),
            "cosine" => Ok(Schedule::Cosine { floor: share(rest)? }),
            "step" => {
                let (factor, at) = rest.split_once('@').ok_or_else(bad)?;
                let factor = factor.parse::<f64>().ok().filter(|x| *x > 0.0 && x.is_finite()).ok_or_else(bad)?;
                Ok(Schedule::Step { factor, at: at.split(',').map(str::parse).collect::<Result<_, _>>()? })
            }
            "cyclic" => {
                let (low, period) = rest.split_once(':').ok_or_else(bad)?;
                let period = period.parse().ok().filter(|p| *p > 0).ok_or_else(bad)?;
                Ok(Schedule::Cyclic { low: share(low)?, period })
            }
            "trapezoid" => {
                let (up, down) = rest.split_once(':').ok_or_else(bad)?;
                Ok(Schedule::Trapezoid { warm_up: up.parse()?, cool_down: down.parse()? })
            }
            _ => Err(bad()),
        }
    }
}

impl Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_survive_a_round_trip() {
        for text in [
            "constant",
            "step:0.1@50%,75%",
            "step:0.5@100",
            "cosine",
            "cosine:0.05",
            "cyclic:0.1:40",
            "trapezoid:10%:300",
        ] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "cosin",
            "step",
            "step:0@1",
            "cyclic:0.1:0",
            "cosine:2",
            "trapezoid:10%",
            "step:0.1@101%",
            "cosine:NaN",
        ] {
            let error = text.parse::<Schedule>().unwrap_err();
            assert!(error.contains("write"), "{text}: {error}");
        }
    }

    #[test]
    fn factors_match_their_closed_forms() {
        let f = |text: &str, t| text.parse::<Schedule>().unwrap().factor(t, 100);
        assert_eq!((f("step:0.1@50%,75", 49), f("step:0.1@50%,75", 50)), (1.0, 0.1));
        assert!((f("step:0.1@50%,75", 75) - 0.01).abs() < 1e-15);
        assert_eq!((f("cosine", 0), f("cosine", 100)), (1.0, 0.0));
        assert!((f("cosine:0.5", 50) - 0.75).abs() < 1e-15);
        assert_eq!((f("cyclic:0.2:20", 0), f("cyclic:0.2:20", 10), f("cyclic:0.2:20", 40)), (0.2, 1.0, 0.2));
        assert_eq!((f("trapezoid:10:20", 4), f("trapezoid:10:20", 50), f("trapezoid:10:20", 90)), (0.5, 1.0, 0.5));
    }
}
