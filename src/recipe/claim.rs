//! Claims: what a paper says, as a comparison of measured numbers, and the verdict on it.

use serde::Deserialize;

use super::measure::{Measure, Window, deviation, mean};
use crate::history::History;

/// A statement with a threshold.
#[derive(Clone, Debug, Deserialize)]
pub struct Claim {
    /// The statement in words.
    pub text: String,
    #[serde(flatten)]
    check: Check,
}

/// How the statement is decided. Runs are named, or matched with `*` for any characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "check", rename_all = "kebab-case")]
enum Check {
    /// Each run alone, against a value.
    Each { measure: Measure, over: Window, runs: Vec<String>, op: Op, value: f64 },
    /// The first of each pair minus the second, over each window; the second over `baseline` when there is one.
    Difference {
        measure: Measure,
        over: Vec<Window>,
        #[serde(default)]
        baseline: Option<Window>,
        pairs: Vec<[String; 2]>,
        op: Op,
        value: f64,
    },
    /// A run at a late window minus the same run at an early one.
    Change { measure: Measure, from: Window, to: Window, runs: Vec<String>, op: Op, value: f64 },
    /// The means of groups fall from each to the next.
    Falling { measure: Measure, over: Window, groups: Vec<String> },
    /// (max − min over `of`) / (max − min over `against`), both of group means.
    SpreadRatio { measure: Measure, over: Window, of: Vec<String>, against: Vec<String>, op: Op, value: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Op {
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
    fn holds(self, x: f64, y: f64) -> bool {
        match self {
            Op::Below => x < y,
            Op::AtMost => x <= y,
            Op::Above => x > y,
            Op::AtLeast => x >= y,
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

/// One measured number of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which run, pair, window or group.
    pub label: String,
    /// Mean over the seeds.
    pub mean: f64,
    /// Standard deviation over the seeds; `NaN` for one seed.
    pub deviation: f64,
    /// Seeds.
    pub n: usize,
    pub holds: bool,
}

impl Part {
    /// The number with its spread, as many digits as matter.
    pub fn number(&self) -> String {
        if self.n == 0 {
            return "nothing to measure in any seed".into();
        }
        let digits = |x: f64| {
            let size = x.abs();
            if size != 0.0 && !(1e-3..1e5).contains(&size) { format!("{x:.2e}") } else { format!("{x:.4}") }
        };
        let spread = if self.deviation.is_nan() { String::new() } else { format!(" ± {}", digits(self.deviation)) };
        format!("{}{spread} (n = {})", digits(self.mean), self.n).replace('-', "−")
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub text: String,
    /// The comparison, such as "< −0.9".
    pub threshold: String,
    pub parts: Vec<Part>,
}

impl Verdict {
    /// Whether every part holds.
    pub fn passed(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|p| p.holds)
    }
}

/// A finished run of a recipe.
pub(super) struct Measured<'a> {
    pub name: &'a str,
    pub seed: u64,
    pub history: &'a History,
}

/// Whether `name` is what `pattern` means; `*` stands for any characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => match name.strip_prefix(head) {
            None => false,
            Some(rest) if tail.is_empty() => !rest.is_empty() || head == name,
            Some(rest) => rest.char_indices().map(|(i, _)| i).chain([rest.len()]).any(|i| matches(tail, &rest[i..])),
        },
    }
}

impl Claim {
    /// Whether every name in the claim is a run's.
    pub(super) fn check_names(&self, names: &[&str]) -> Result<(), String> {
        let used: Vec<&String> = match &self.check {
            Check::Each { runs, .. } | Check::Change { runs, .. } => runs.iter().collect(),
            Check::Difference { pairs, .. } => pairs.iter().flatten().collect(),
            Check::Falling { groups, .. } => groups.iter().collect(),
            Check::SpreadRatio { of, against, .. } => of.iter().chain(against).collect(),
        };
        match used.into_iter().find(|p| !names.iter().any(|n| matches(p, n))) {
            Some(p) => Err(format!("claim \"{}\": no run is called {p}", self.text)),
            None => Ok(()),
        }
    }

    /// The two sides of a spread claim, for pictures.
    pub(super) fn spread_groups(&self) -> Option<[Vec<String>; 2]> {
        match &self.check {
            Check::SpreadRatio { of, against, .. } => Some([against.clone(), of.clone()]),
            _ => None,
        }
    }

    /// Decides the claim on finished runs.
    pub(super) fn decide(&self, runs: &[Measured<'_>]) -> Verdict {
        let mut seeds: Vec<u64> = runs.iter().map(|r| r.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let mut names: Vec<&str> = Vec::new();
        for r in runs {
            if !names.contains(&r.name) {
                names.push(r.name);
            }
        }
        // The measure of all runs that match, for one seed.
        let at = |pattern: &str, seed: u64, m: Measure, w: Window| {
            mean(runs.iter().filter(|r| r.seed == seed && matches(pattern, r.name)).map(|r| m.of(r.history, w)))
        };
        let part = |label: String, of_seed: &dyn Fn(u64) -> f64, holds: &dyn Fn(f64) -> bool| {
            let values: Vec<f64> = seeds.iter().map(|&s| of_seed(s)).collect();
            let m = mean(values.iter().copied());
            Part { label, mean: m, deviation: deviation(&values), n: values.len(), holds: holds(m) }
        };
        let expand = |patterns: &[String]| -> Vec<&str> {
            names.iter().copied().filter(|n| patterns.iter().any(|p| matches(p, n))).collect()
        };
        let (threshold, parts) = match &self.check {
            Check::Each { measure, over, runs: which, op, value } => {
                let parts = expand(which).into_iter().map(|name| {
                    // A seed whose run has nothing to measure (no barrier to be high) neither holds nor breaks the claim.
                    let counted = |s: &u64| {
                        runs.iter().any(|r| r.seed == *s && r.name == name && measure.applies(r.history, *over))
                    };
                    let values: Vec<f64> =
                        seeds.iter().filter(|s| counted(s)).map(|&s| at(name, s, *measure, *over)).collect();
                    let m = mean(values.iter().copied());
                    let holds = values.is_empty() || op.holds(m, *value);
                    Part { label: name.into(), mean: m, deviation: deviation(&values), n: values.len(), holds }
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Difference { measure, over, baseline, pairs, op, value } => {
                let parts = pairs.iter().flat_map(|[a, b]| {
                    over.iter().map(move |w| {
                        let label = if over.len() > 1 { format!("{a} − {b}, {w}") } else { format!("{a} − {b}") };
                        let gap = |s| at(a, s, *measure, *w) - at(b, s, *measure, baseline.unwrap_or(*w));
                        part(label, &gap, &|x| op.holds(x, *value))
                    })
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Change { measure, from, to, runs: which, op, value } => {
                let parts = expand(which).into_iter().map(|name| {
                    let label = format!("{name}, {to} − {from}");
                    let gap = |s| at(name, s, *measure, *to) - at(name, s, *measure, *from);
                    part(label, &gap, &|x| op.holds(x, *value))
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Falling { measure, over, groups } => {
                let mut before = f64::INFINITY;
                let parts = groups.iter().map(|g| {
                    let p = part(g.clone(), &|s| at(g, s, *measure, *over), &|x| x < before);
                    before = p.mean;
                    p
                });
                ("each below the one before".into(), parts.collect())
            }
            Check::SpreadRatio { measure, over, of, against, op, value } => {
                let spread = |groups: &[String], s| {
                    let means: Vec<f64> = groups.iter().map(|g| at(g, s, *measure, *over)).collect();
                    // `min` and `max` leave a NaN out; here it must show.
                    if means.iter().any(|x| x.is_nan()) {
                        return f64::NAN;
                    }
                    means.iter().fold(f64::NEG_INFINITY, |a, x| a.max(*x))
                        - means.iter().fold(f64::INFINITY, |a, x| a.min(*x))
                };
                let ratio = |s| spread(of, s) / spread(against, s);
                let label = "ratio of the spreads".to_string();
                (compared(*op, *value), vec![part(label, &ratio, &|x| op.holds(x, *value))])
            }
        };
        Verdict { text: self.text.clone(), threshold, parts }
    }
}

fn compared(op: Op, value: f64) -> String {
    format!("{} {value}", op.sign()).replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("b25 *", "b25 r0.1") && matches("* r0.1", "b25 r0.1") && matches("*", "x"));
        assert!(!matches("b2 *", "b25 r0.1") && !matches("b25", "b25 r0.1") && !matches("* r0.1", "b25 r0.15"));
    }

    #[test]
    fn a_run_without_barriers_neither_holds_nor_breaks_a_claim_on_their_height() {
        let text = "text='c'\ncheck='each'\nmeasure='median-barrier'\nover='all'\nruns=['a']\nop='<='\nvalue=0.05\n";
        let claim: Claim = toml::from_str(text).unwrap();
        let mut history = History::new(crate::history::synthetic::manifest(3));
        let decide = |history: &History| claim.decide(&[Measured { name: "a", seed: 1, history }]);
        let verdict = decide(&history);
        assert!(
            verdict.passed() && verdict.parts[0].n == 0 && verdict.parts[0].number().contains("nothing to measure")
        );
        let mut loss = [1.0; crate::probe::SLICE_POINTS];
        loss[4] = 1.5;
        history.push_slice(crate::probe::SliceRecord { t: 0, loss });
        let verdict = decide(&history);
        assert!(!verdict.passed() && verdict.parts[0].n == 1 && verdict.parts[0].mean == 0.5);
    }

    #[test]
    fn what_is_no_number_never_holds() {
        for op in [Op::Below, Op::AtMost, Op::Above, Op::AtLeast] {
            assert!(!op.holds(f64::NAN, 0.0));
        }
    }
}
