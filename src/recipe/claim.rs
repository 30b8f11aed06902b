//! Claims: what a paper says, as a comparison of measured numbers, and the verdict on it.

use serde::Deserialize;

use super::{
    check::{Check, compared, each_window},
    item::Product,
    measure::Window,
    planned::Planned,
    statistics::{deviation, mean},
};
use crate::valley::Bound;

/// A statement with a threshold.
#[derive(Clone, Debug, Deserialize)]
pub struct Claim {
    /// The statement in words.
    pub text: String,
    #[serde(flatten)]
    check: Check,
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
    /// What runs that were stopped leave of the number.
    pub bound: Bound,
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
        let sign = match self.bound {
            Bound::Exact => "",
            Bound::AtLeast => "≥ ",
            Bound::AtMost => "≤ ",
            Bound::Neither => "open, with the limit of stopped runs ",
        };
        format!("{sign}{}{spread} (n = {})", digits(self.mean), self.n).replace('-', "−")
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
    pub product: &'a Product,
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
    /// Whether every name in the claim is a run's, and every such run will have what is measured.
    pub(super) fn check(&self, planned: &[Planned]) -> Result<(), String> {
        let fail = |cause: String| format!("claim \"{}\": {cause}", self.text);
        let names = self.check.names();
        if let Some(p) = names.iter().find(|p| !planned.iter().any(|plan| matches(p, &plan.name))) {
            return Err(fail(format!("no run is called {p}")));
        }
        for plan in planned.iter().filter(|plan| names.iter().any(|p| matches(p, &plan.name))) {
            for window in self.check.windows() {
                plan.item.check_measure(self.check.measure(), window).map_err(fail)?;
            }
        }
        Ok(())
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
        let measure = self.check.measure();
        // The number of all runs that match, for one seed.
        let at = |pattern: &str, seed: u64, w: Option<Window>| {
            let matching = runs.iter().filter(|r| r.seed == seed && matches(pattern, r.name));
            mean(matching.map(|r| r.product.number(measure, w).unwrap_or(f64::NAN)))
        };
        // Whether the runs that match have only lower bounds, and what that leaves of a difference or a ratio of two.
        let stopped = |pattern: &str| runs.iter().any(|r| matches(pattern, r.name) && r.product.is_bound(measure));
        let single = |pattern: &str| if stopped(pattern) { Bound::AtLeast } else { Bound::Exact };
        let pair = |a: &str, b: &str| match (stopped(a), stopped(b)) {
            (false, false) => Bound::Exact,
            (true, false) => Bound::AtLeast,
            (false, true) => Bound::AtMost,
            (true, true) => Bound::Neither,
        };
        let part = |label: String, bound: Bound, of_seed: &dyn Fn(u64) -> f64, holds: &dyn Fn(f64) -> bool| {
            let values: Vec<f64> = seeds.iter().map(|&s| of_seed(s)).collect();
            let m = mean(values.iter().copied());
            Part { label, mean: m, deviation: deviation(&values), n: values.len(), bound, holds: holds(m) }
        };
        let expand = |patterns: &[String]| -> Vec<&str> {
            names.iter().copied().filter(|n| patterns.iter().any(|p| matches(p, n))).collect()
        };
        // Each run alone. A seed whose run has nothing to measure (no barrier to be high) neither holds nor breaks the
        // claim.
        let alone = |which: &[String], over: Option<Window>, holds: &dyn Fn(f64, Bound) -> bool| -> Vec<Part> {
            let one = |name: &str| {
                let of_seed =
                    |s: &u64| runs.iter().find(|r| r.seed == *s && r.name == name)?.product.number(measure, over);
                let values: Vec<f64> = seeds.iter().filter_map(of_seed).collect();
                let m = mean(values.iter().copied());
                let bound = single(name);
                let holds = values.is_empty() || holds(m, bound);
                Part { label: name.into(), mean: m, deviation: deviation(&values), n: values.len(), bound, holds }
            };
            expand(which).into_iter().map(one).collect()
        };
        let (threshold, parts) = match &self.check {
            Check::Each { over, runs, op, value, .. } => {
                (compared(*op, *value), alone(runs, *over, &|x, bound| op.is_known(bound) && op.holds(x, *value)))
            }
            Check::Within { over, runs, low, high, .. } => {
                let threshold = format!("{low} to {high}").replace('-', "−");
                (threshold, alone(runs, *over, &|x, bound| bound == Bound::Exact && *low <= x && x <= *high))
            }
            Check::Reported { over, runs, .. } => {
                let mut parts = alone(runs, *over, &|x, _| x.is_finite());
                // A report of nothing is none.
                parts.iter_mut().for_each(|p| p.holds &= p.n > 0);
                ("reported".into(), parts)
            }
            Check::EachSeed { over, runs: which, op, value, .. } => {
                let parts = expand(which).into_iter().flat_map(|name| {
                    seeds.iter().map(move |&seed| {
                        let x = at(name, seed, *over);
                        let label = format!("{name}, seed {seed}");
                        let bound = single(name);
                        let holds = op.is_known(bound) && op.holds(x, *value);
                        Part { label, mean: x, deviation: f64::NAN, n: 1, bound, holds }
                    })
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Ratio { over, pairs, op, value, .. } => {
                let over_seeds = |name: &str| mean(seeds.iter().map(|&s| at(name, s, *over)));
                let parts = pairs.iter().map(|[a, b]| {
                    let x = over_seeds(a) / over_seeds(b);
                    let label = format!("{a} / {b}");
                    let bound = pair(a, b);
                    let holds = op.is_known(bound) && op.holds(x, *value);
                    Part { label, mean: x, deviation: f64::NAN, n: seeds.len(), bound, holds }
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Difference { over, baseline, pairs, op, value, .. } => {
                let parts = pairs.iter().flat_map(|[a, b]| {
                    each_window(over).into_iter().map(move |w| {
                        let label = match w {
                            Some(w) if over.len() > 1 => format!("{a} − {b}, {w}"),
                            _ => format!("{a} − {b}"),
                        };
                        let gap = |s| at(a, s, w) - at(b, s, baseline.or(w));
                        let bound = pair(a, b);
                        part(label, bound, &gap, &|x| op.is_known(bound) && op.holds(x, *value))
                    })
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Change { from, to, runs: which, op, value, .. } => {
                let parts = expand(which).into_iter().map(|name| {
                    let label = format!("{name}, {to} − {from}");
                    let gap = |s| at(name, s, Some(*to)) - at(name, s, Some(*from));
                    // Only walks have windows, and none of their numbers is a bound.
                    part(label, Bound::Exact, &gap, &|x| op.holds(x, *value))
                });
                (compared(*op, *value), parts.collect())
            }
            Check::Falling { over, groups, .. } => {
                let mut before = f64::INFINITY;
                let parts = groups.iter().map(|g| {
                    // What is at least this may lie above the one before.
                    let known = before == f64::INFINITY || !stopped(g);
                    let p = part(g.clone(), single(g), &|s| at(g, s, *over), &|x| known && x < before);
                    before = p.mean;
                    p
                });
                ("each below the one before".into(), parts.collect())
            }
            Check::SpreadRatio { over, of, against, op, value, .. } => {
                let spread = |groups: &[String], s| {
                    let means: Vec<f64> = groups.iter().map(|g| at(g, s, *over)).collect();
                    // `min` and `max` leave a NaN out; here it must show.
                    if means.iter().any(|x| x.is_nan()) {
                        return f64::NAN;
                    }
                    means.iter().fold(f64::NEG_INFINITY, |a, x| a.max(*x))
                        - means.iter().fold(f64::INFINITY, |a, x| a.min(*x))
                };
                let ratio = |s| spread(of, s) / spread(against, s);
                let label = "ratio of the spreads".to_string();
                let is_open = of.iter().chain(against).any(|g| stopped(g));
                let bound = if is_open { Bound::Neither } else { Bound::Exact };
                let holds = |x| op.is_known(bound) && op.holds(x, *value);
                (compared(*op, *value), vec![part(label, bound, &ratio, &holds)])
            }
        };
        Verdict { text: self.text.clone(), threshold, parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{history::History, recipe::Findings};

    #[test]
    fn what_is_only_a_bound_decides_only_what_it_can() {
        let found = |x: f64, stopped: bool| {
            let bounds = if stopped { vec!["m"] } else { vec![] };
            Product::Findings(Findings { numbers: vec![("m", Some(x))], bounds, panels: vec![] })
        };
        let products = [("slow", found(50.0, true)), ("late", found(20.0, true)), ("fast", found(2.0, false))];
        let runs: Vec<Measured<'_>> =
            products.iter().map(|(name, product)| Measured { name, seed: 1, product }).collect();
        let verdict = |check: &str| {
            let claim: Claim = toml::from_str(&format!("text='t'\nmeasure='m'\n{check}")).unwrap();
            claim.decide(&runs)
        };
        let falling = verdict("check='falling'\ngroups=['slow', 'late', 'fast']");
        assert_eq!(falling.parts.iter().map(|p| p.holds).collect::<Vec<_>>(), [true, false, true]);
        assert!(falling.parts[0].number().starts_with("≥ 50"), "{}", falling.parts[0].number());
        let ratio = |pair: &str, op: &str, value: f64| {
            verdict(&format!("check='ratio'\npairs=[{pair}]\nop='{op}'\nvalue={value:.1}")).passed()
        };
        assert!(ratio("['slow', 'fast']", ">=", 5.0) && !ratio("['slow', 'fast']", "<", 90.0));
        assert!(ratio("['fast', 'slow']", "<", 0.5) && !ratio("['fast', 'slow']", ">", 0.01));
        assert!(!ratio("['slow', 'late']", ">=", 2.0), "two bounds leave their ratio open");
        assert!(verdict("check='each'\nruns=['slow']\nop='>'\nvalue=9.0").passed());
        assert!(!verdict("check='each'\nruns=['slow']\nop='<'\nvalue=99.0").passed());
        assert!(!verdict("check='within'\nruns=['slow']\nlow=2.0\nhigh=99.0").passed());
        assert!(verdict("check='reported'\nruns=['*']").passed());
    }

    #[test]
    fn the_same_checks_decide_findings() {
        let found =
            |x: Option<f64>| Product::Findings(Findings { bounds: vec![], numbers: vec![("m", x)], panels: vec![] });
        let products = [found(Some(3.0)), found(Some(2.0)), found(Some(4.0)), found(None)];
        let runs = [("a", 1, 0), ("b", 1, 1), ("a", 2, 2), ("b", 2, 3)].map(|(name, seed, k)| Measured {
            name,
            seed,
            product: &products[k],
        });
        let verdict = |check: &str| {
            let claim: Claim = toml::from_str(&format!("text='c'\nmeasure='m'\n{check}")).unwrap();
            claim.decide(&runs)
        };
        let each = verdict("check='each'\nruns=['*']\nop='>'\nvalue=2.5");
        // b of seed 2 has nothing to measure; b of seed 1 decides.
        let parts: Vec<_> = each.parts.iter().map(|p| (p.label.as_str(), p.mean, p.n, p.holds)).collect();
        assert_eq!(parts, [("a", 3.5, 2, true), ("b", 2.0, 1, false)]);
        assert!(verdict("check='within'\nruns=['*']\nlow=2.0\nhigh=3.5").passed());
        assert!(!verdict("check='within'\nruns=['a']\nlow=2.0\nhigh=3.4").passed());
        assert!(verdict("check='reported'\nruns=['*']").passed());
        let seeds = verdict("check='each-seed'\nruns=['*']\nop='>'\nvalue=2.5");
        let parts: Vec<_> = seeds.parts.iter().map(|p| (p.label.as_str(), p.n, p.holds)).collect();
        // What was not measured does not hold.
        let expected =
            [("a, seed 1", 1, true), ("a, seed 2", 1, true), ("b, seed 1", 1, false), ("b, seed 2", 1, false)];
        assert_eq!(parts, expected);
        assert!(!verdict("check='ratio'\npairs=[['a','b']]\nop='>'\nvalue=0.0").passed());
        let ratio: Claim =
            toml::from_str("text='c'\nmeasure='m'\ncheck='ratio'\npairs=[['a','b']]\nop='>='\nvalue=1.5").unwrap();
        let first: Vec<_> = runs.iter().filter(|r| r.seed == 1).map(|r| Measured { ..*r }).collect();
        assert_eq!(ratio.decide(&first).parts[0].mean, 1.5);
        // The difference of seed 2 is not a number, and so is the mean.
        assert!(!verdict("check='difference'\npairs=[['a','b']]\nop='>'\nvalue=0.0").passed());
        let one = [
            Measured { name: "a", seed: 1, product: &products[0] },
            Measured { name: "b", seed: 1, product: &products[1] },
        ];
        let falling: Claim = toml::from_str("text='c'\nmeasure='m'\ncheck='falling'\ngroups=['a','b']").unwrap();
        assert!(falling.decide(&one).passed());
    }

    #[test]
    fn a_report_of_nothing_fails() {
        let claim: Claim = toml::from_str("text='c'\nmeasure='m'\ncheck='reported'\nruns=['a']").unwrap();
        for nothing in [Some(f64::NAN), None] {
            let product = Product::Findings(Findings { bounds: vec![], numbers: vec![("m", nothing)], panels: vec![] });
            assert!(!claim.decide(&[Measured { name: "a", seed: 1, product: &product }]).passed());
        }
    }

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
        let decide = |history: &History| {
            let product = Product::Walk(Box::new(history.clone()));
            claim.decide(&[Measured { name: "a", seed: 1, product: &product }])
        };
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
}
