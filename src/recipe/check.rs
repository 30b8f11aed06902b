//! How a claim is decided: the closed set of checks, over numbers by the name of their measure.

use serde::Deserialize;

use super::measure::Window;
use crate::valley::Bound;

/// How the statement is decided, on numbers by the name of their measure. Runs are named, or matched with `*` for any
/// characters. Numbers of walks are over windows; findings have none.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "check", rename_all = "kebab-case")]
pub(super) enum Check {
    /// Each run alone, against a value.
    Each {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        runs: Vec<String>,
        op: Op,
        value: f64,
    },
    /// Each run with each seed alone, against a value: a claim about every case and not about the mean.
    EachSeed {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        runs: Vec<String>,
        op: Op,
        value: f64,
    },
    /// The first of each pair over the second; both are means over the seeds.
    Ratio {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        pairs: Vec<[String; 2]>,
        op: Op,
        value: f64,
    },
    /// Each run alone, low ≤ number ≤ high.
    Within {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        runs: Vec<String>,
        low: f64,
        high: f64,
    },
    /// Each run alone, its number given and no threshold: what the paper reports without one. Only what is not finite
    /// fails.
    Reported {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        runs: Vec<String>,
    },
    /// The first of each pair minus the second, over each window; the second over `baseline` when there is one.
    Difference {
        measure: String,
        #[serde(default)]
        over: Vec<Window>,
        #[serde(default)]
        baseline: Option<Window>,
        pairs: Vec<[String; 2]>,
        op: Op,
        value: f64,
    },
    /// A run at a late window minus the same run at an early one.
    Change { measure: String, from: Window, to: Window, runs: Vec<String>, op: Op, value: f64 },
    /// The means of groups fall from each to the next.
    Falling {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        groups: Vec<String>,
    },
    /// (max − min over `of`) / (max − min over `against`), both of group means.
    SpreadRatio {
        measure: String,
        #[serde(default)]
        over: Option<Window>,
        of: Vec<String>,
        against: Vec<String>,
        op: Op,
        value: f64,
    },
}

impl Check {
    pub(super) fn measure(&self) -> &str {
        match self {
            Check::Each { measure, .. }
            | Check::EachSeed { measure, .. }
            | Check::Ratio { measure, .. }
            | Check::Within { measure, .. }
            | Check::Reported { measure, .. }
            | Check::Difference { measure, .. }
            | Check::Change { measure, .. }
            | Check::Falling { measure, .. }
            | Check::SpreadRatio { measure, .. } => measure,
        }
    }

    /// The runs, or patterns of them, that it is about.
    pub(super) fn names(&self) -> Vec<&String> {
        match self {
            Check::Each { runs, .. }
            | Check::EachSeed { runs, .. }
            | Check::Within { runs, .. }
            | Check::Reported { runs, .. }
            | Check::Change { runs, .. } => runs.iter().collect(),
            Check::Difference { pairs, .. } | Check::Ratio { pairs, .. } => pairs.iter().flatten().collect(),
            Check::Falling { groups, .. } => groups.iter().collect(),
            Check::SpreadRatio { of, against, .. } => of.iter().chain(against).collect(),
        }
    }

    /// The windows that its numbers are over; `None` stands for none.
    pub(super) fn windows(&self) -> Vec<Option<Window>> {
        match self {
            Check::Each { over, .. }
            | Check::EachSeed { over, .. }
            | Check::Ratio { over, .. }
            | Check::Within { over, .. }
            | Check::Reported { over, .. }
            | Check::Falling { over, .. }
            | Check::SpreadRatio { over, .. } => vec![*over],
            Check::Difference { over, baseline, .. } => {
                let baseline = baseline.map(Some);
                each_window(over).into_iter().chain(baseline).collect()
            }
            Check::Change { from, to, .. } => vec![Some(*from), Some(*to)],
        }
    }
}

/// The windows of a list; an empty list is for findings, which have none.
pub(super) fn each_window(over: &[Window]) -> Vec<Option<Window>> {
    if over.is_empty() { vec![None] } else { over.iter().copied().map(Some).collect() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Op {
    #[serde(rename = "<")]
    Below,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Above,
    #[serde(rename = ">=")]
    AtLeast,
}

impl Op {
    pub(super) fn holds(self, x: f64, y: f64) -> bool {
        match self {
            Op::Below => x < y,
            Op::AtMost => x <= y,
            Op::Above => x > y,
            Op::AtLeast => x >= y,
        }
    }

    /// Whether a number of which only this is known can be said to compare so.
    pub(super) fn is_known(self, bound: Bound) -> bool {
        match self {
            Op::Below | Op::AtMost => matches!(bound, Bound::Exact | Bound::AtMost),
            Op::Above | Op::AtLeast => matches!(bound, Bound::Exact | Bound::AtLeast),
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Op::Below => "<",
            Op::AtMost => "≤",
            Op::Above => ">",
            Op::AtLeast => "≥",
        }
    }
}

pub(super) fn compared(op: Op, value: f64) -> String {
    let tiny = value != 0.0 && value.abs() < 1e-4;
    let plain = value.to_string();
    // A third is not told from 0.3333 by anybody who reads it.
    let value = match plain.len() {
        _ if tiny => format!("{value:e}"),
        0..=8 => plain,
        _ => format!("{value:.4}"),
    };
    format!("{} {value}", op.sign()).replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_never_holds() {
        for op in [Op::Below, Op::AtMost, Op::Above, Op::AtLeast] {
            assert!(!op.holds(f64::NAN, 0.0));
        }
    }
}
