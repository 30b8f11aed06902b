//! Switching from one optimizer to another in the middle of a run.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{OptimizerKind, When};

/// From iteration `at` on, steps are those of `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switch {
    pub from: OptimizerKind,
    pub to: OptimizerKind,
    pub at: When,
}

/// The planned switches of a run, in their order: `sgd:sam@75%` or `sgd:sam@0.25,sam:sgd@1500`.
///
/// Every switch starts from the kind that the one before has led to; all constants of the optimizer and the schedule go on
/// as if nothing had happened, and so does what both kinds remember, such as a velocity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SwitchPlan(Vec<Switch>);

/// What `--switch` accepts.
pub const SWITCH_FORM: &str = "FROM:TO@WHEN[,…], such as sgd:sam@0.75 or sgd:sam@300,sam:sgd@600";

/// A plan that cannot be followed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SwitchError {
    #[error("the switch starts from {found}, but the run is at {expected} then; write {expected}:{to}@{at} (--switch)")]
    Chain { found: OptimizerKind, expected: OptimizerKind, to: OptimizerKind, at: When },
    #[error("the switch to {to} at {at} is not after the one before it; put the switches in their order (--switch)")]
    Order { to: OptimizerKind, at: When },
    #[error(
        "the switch to {to} is at iteration {at}, but the run ends at {total}; switch earlier (--switch) or make it longer"
    )]
    TooLate { to: OptimizerKind, at: When, total: u64 },
}

impl SwitchPlan {
    /// In the order in which they happen.
    pub fn switches(&self) -> &[Switch] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left of the plan of a run of `total` iterations at iteration `t`, where the optimizer is `kind`: the switches
    /// at `t` and later, whatever they were meant to start from.
    pub fn rest(&self, kind: OptimizerKind, t: u64, total: u64) -> SwitchPlan {
        let mut from = kind;
        let mut rest = Vec::new();
        for s in self.0.iter().filter(|s| s.at.step(total) >= t) {
            if s.to != from {
                rest.push(Switch { from, ..*s });
                from = s.to;
            }
        }
        SwitchPlan(rest)
    }

    /// Checks that the switches lead from `first` on without a gap.
    pub fn check(&self, first: OptimizerKind) -> Result<(), SwitchError> {
        let mut expected = first;
        for s in &self.0 {
            if s.from != expected {
                return Err(SwitchError::Chain { found: s.from, expected, to: s.to, at: s.at });
            }
            expected = s.to;
        }
        Ok(())
    }

    /// The iterations of the switches in a run of `total`; they must rise, and none may be beyond the end. One at the
    /// very end never acts: the last point of a sweep over moments.
    pub fn steps(&self, total: u64) -> Result<Vec<(u64, OptimizerKind)>, SwitchError> {
        let mut steps: Vec<(u64, OptimizerKind)> = Vec::new();
        for &Switch { to, at, .. } in &self.0 {
            let t = at.step(total);
            if t > total {
                return Err(SwitchError::TooLate { to, at, total });
            }
            if steps.last().is_some_and(|(last, _)| t <= *last) {
                return Err(SwitchError::Order { to, at });
            }
            steps.push((t, to));
        }
        Ok(steps)
    }
}

impl fmt::Display for SwitchPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Switch { from, to, at }) in self.0.iter().enumerate() {
            write!(f, "{}{from}:{to}@{at}", if i > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

impl FromStr for SwitchPlan {
    type Err = String;

    /// Nothing is the plan without switches.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = if text.trim() == "none" { "" } else { text };
        let one = |part: &str| {
            let bad = || format!("\"{part}\" is no switch; write {SWITCH_FORM}");
            let (kinds, at) = part.split_once('@').ok_or_else(bad)?;
            let (from, to) = kinds.split_once(':').ok_or_else(bad)?;
            let switch = Switch { from: from.parse()?, to: to.parse()?, at: at.parse()? };
            if switch.from == switch.to { Err(bad()) } else { Ok(switch) }
        };
        let parts = text.split(',').map(str::trim).filter(|_| !text.trim().is_empty());
        parts.map(one).collect::<Result<_, _>>().map(SwitchPlan)
    }
}

impl Serialize for SwitchPlan {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SwitchPlan {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> SwitchPlan {
        text.parse().unwrap()
    }

    #[test]
    fn plans_survive_a_round_trip() {
        for (text, printed) in [
            ("", ""),
            ("sgd:sam@0.75", "sgd:sam@75%"),
            ("sgd:sam@1500", "sgd:sam@1500"),
            ("gd:nesterov@10%, nesterov:psam@900", "gd:nesterov@10%,nesterov:psam@900"),
        ] {
            assert_eq!(plan(text).to_string(), printed);
            assert_eq!(plan(printed), plan(text));
        }
        for (text, part) in [
            ("sgd:sam", "is no switch"),
            ("sam@0.5", "is no switch"),
            ("sgd:sgd@5", "is no switch"),
            ("sgd:sma@5", "did you mean \"sam\""),
            ("sgd:sam@1.5", "no moment"),
            ("sgd:sam@5,", "is no switch"),
        ] {
            let error = text.parse::<SwitchPlan>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn every_kind_may_follow_every_other() {
        for from in OptimizerKind::ALL {
            for to in OptimizerKind::ALL.iter().filter(|to| *to != from) {
                let one = plan(&format!("{from}:{to}@30"));
                assert_eq!((one.to_string(), one.check(*from)), (format!("{from}:{to}@30"), Ok(())));
                assert_eq!(one.steps(40), Ok(vec![(30, *to)]));
                assert!(one.rest(*to, 0, 40).is_empty(), "it is there already");
            }
        }
    }

    #[test]
    fn the_rest_of_a_plan_starts_from_where_the_run_is() {
        use OptimizerKind::{Nesterov, Psam, Sam, Sgd};
        let rest = |kind, t| plan("sgd:sam@0.25,sam:psam@150").rest(kind, t, 200).to_string();
        assert_eq!(rest(Sgd, 50), "sgd:sam@25%,sam:psam@150", "one that is due now is to come");
        assert_eq!(rest(Nesterov, 20), "nesterov:sam@25%,sam:psam@150");
        assert_eq!(
            (rest(Sam, 51), rest(Psam, 51), rest(Sam, 151)),
            ("sam:psam@150".into(), String::new(), String::new())
        );
        assert_eq!(plan("none"), SwitchPlan::default());
    }

    #[test]
    fn a_plan_is_a_chain_in_time() {
        use OptimizerKind::{Psam, Sam, Sgd};
        let two = plan("sgd:sam@0.25,sam:psam@150");
        assert_eq!(two.check(Sgd), Ok(()));
        assert!(two.check(Sam).unwrap_err().to_string().contains("write sam:sam@25%"));
        assert!(matches!(plan("sgd:sam@1,sgd:sam@2").check(Sgd), Err(SwitchError::Chain { expected: Sam, .. })));
        assert_eq!(two.steps(200), Ok(vec![(50, Sam), (150, Psam)]));
        assert!(matches!(two.steps(600), Err(SwitchError::Order { .. })), "150 is 25 % of 600");
        assert!(matches!(two.steps(100), Err(SwitchError::TooLate { total: 100, .. })));
        assert_eq!(plan("sgd:sam@100%").steps(80), Ok(vec![(80, Sam)]));
    }
}
