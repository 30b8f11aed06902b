//! Sweeps: one run for each combination of values that are written as lists.

use std::{collections::BTreeSet, str::FromStr};

use serde::{Deserialize, Serialize};

use super::plain::plain;
use crate::{
    optim::{OptimizerKind, constant},
    run::{BatchSize, RunSpec, differences},
};

/// More runs at once are a mistake in writing.
const MOST: usize = 500;

/// Lists of values as people write them; an empty one leaves the value as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lists {
    pub rates: String,
    pub batches: String,
    pub radii: String,
    pub seeds: String,
}

/// The runs of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Each with what tells it from the others, in words.
    pub runs: Vec<(String, RunSpec)>,
    /// What it goes over, by the names that columns of the table have.
    pub swept: Vec<&'static str>,
}

impl Lists {
    /// The runs that are meant, all else as in `spec`; `None` without any list.
    ///
    /// # Errors
    /// What is wrong with a list, in words.
    pub fn of(&self, spec: &RunSpec) -> Result<Option<Sweep>, String> {
        let rates = list("learning rate", &self.rates, "0.05, 0.1", |n| n as f64)?;
        let batches = list("batch size", &self.batches, "50, 100, full", BatchSize::Of)?;
        let radii = list("radius ρ", &self.radii, "0.02, 0.05", |n| n as f64)?;
        let seeds = list("seed", &self.seeds, "0, 1 or 1..5", |n| n)?;
        if !batches.is_empty() && spec.kinds().all(|kind| kind == OptimizerKind::Gd) {
            return Err("Gradient descent takes all training images in every step; leave the batch sizes out.".into());
        }
        if !radii.is_empty() && !constant("rho").is_some_and(|rho| spec.has(rho)) {
            return Err(format!("{} has no radius ρ; choose sam, or leave the radii out.", spec.optimizer.kind));
        }
        let lengths = [("rate", rates.len()), ("batch", batches.len()), ("rho", radii.len()), ("seed", seeds.len())];
        let swept: Vec<&'static str> = lengths.iter().filter(|(_, n)| *n > 0).map(|(key, _)| *key).collect();
        if swept.is_empty() {
            return Ok(None);
        }
        let count = lengths.iter().fold(1_usize, |count, (_, n)| count.saturating_mul((*n).max(1)));
        if count > MOST {
            return Err(format!("That makes {count} runs; a sweep has {MOST} at most."));
        }
        let mut specs = vec![spec.clone()];
        specs = each(&specs, &rates, |spec, lr| spec.lr = *lr);
        specs = each(&specs, &batches, |spec, batch| spec.batch = *batch);
        specs = each(&specs, &radii, |spec, rho| spec.optimizer.rho = *rho);
        specs = each(&specs, &seeds, |spec, seed| spec.seed = *seed);
        specs.iter().try_for_each(|spec| spec.check().map_err(plain))?;
        let names = differences(&specs.iter().collect::<Vec<_>>());
        Ok(Some(Sweep { runs: names.into_iter().zip(specs).collect(), swept }))
    }
}

/// Every spec with every value; as it is when there are none.
fn each<T>(specs: &[RunSpec], values: &[T], set: fn(&mut RunSpec, &T)) -> Vec<RunSpec> {
    if values.is_empty() {
        return specs.to_vec();
    }
    let with = |spec: &RunSpec, value: &T| {
        let mut spec = spec.clone();
        set(&mut spec, value);
        spec
    };
    specs.iter().flat_map(|spec| values.iter().map(move |value| with(spec, value))).collect()
}

/// The values of a list: `0.05, 0.1`, or `1..5` for 1, 2, 3, 4 and 5.
fn list<T: FromStr + ToString>(
    what: &str,
    text: &str,
    example: &str,
    of_whole: impl Fn(u64) -> T,
) -> Result<Vec<T>, String> {
    let mut values = Vec::new();
    for word in text.split([',', ';', ' ']).filter(|word| !word.is_empty()) {
        let wrong = || format!("\"{word}\" is no {what}; write {example}.");
        match word.split_once("..") {
            Some((from, to)) => {
                let whole = |end: &str| end.parse::<u64>().map_err(|_| wrong());
                let (from, to) = (whole(from)?, whole(to)?);
                if from > to {
                    return Err(format!("\"{word}\" goes down; write {to}..{from}."));
                }
                if to - from >= MOST as u64 {
                    return Err(format!("\"{word}\" is too long; a sweep has {MOST} runs at most."));
                }
                values.extend((from..=to).map(&of_whole));
            }
            None => values.push(word.parse().map_err(|_| wrong())?),
        }
    }
    let mut seen = BTreeSet::new();
    match values.iter().map(T::to_string).find(|value| !seen.insert(value.clone())) {
        Some(twice) => Err(format!("The {what} {twice} stands there twice.")),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::OptimizerSpec;

    fn lists(rates: &str, batches: &str, radii: &str, seeds: &str) -> Lists {
        let [rates, batches, radii, seeds] = [rates, batches, radii, seeds].map(str::to_owned);
        Lists { rates, batches, radii, seeds }
    }

    #[test]
    fn there_is_a_run_for_each_combination() {
        let sweep = lists("0.05, 0.1;0.2", "", "", "1..4").of(&RunSpec::default()).unwrap().unwrap();
        assert_eq!((sweep.runs.len(), sweep.swept.as_slice()), (12, &["rate", "seed"][..]));
        let made: Vec<(f64, u64)> = sweep.runs.iter().map(|(_, spec)| (spec.lr, spec.seed)).collect();
        assert_eq!(made[..5], [(0.05, 1), (0.05, 2), (0.05, 3), (0.05, 4), (0.1, 1)]);
        assert_eq!(sweep.runs[0].0, "η 0.05 · seed 1");
        assert_eq!(lists("", " ", "", "").of(&RunSpec::default()), Ok(None));
        let batches = lists("", "50 full", "", "").of(&RunSpec::default()).unwrap().unwrap();
        assert_eq!(batches.runs[1].1.batch, BatchSize::Full);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let sgd = RunSpec::default();
        for (list, part) in [
            (lists("0.1, x", "", "", ""), "\"x\" is no learning rate"),
            (lists("0.1 0.1", "", "", ""), "twice"),
            (lists("-1", "", "", ""), "learning rate is -1"),
            (lists("nan", "", "", ""), "learning rate is NaN"),
            (lists("", "0", "", ""), "no batch size"),
            (lists("", "1.5", "", ""), "no batch size"),
            (lists("", "", "0.1", ""), "no radius"),
            (lists("", "", "", "5..1"), "write 1..5"),
            (lists("", "", "", "1..x"), "no seed"),
            (lists("", "", "", "0..999999"), "too long"),
            (lists("1..30", "1..30", "", ""), "900 runs"),
        ] {
            let error = list.of(&sgd).unwrap_err();
            assert!(error.contains(part), "{list:?}: {error}");
        }
        let of = |kind| RunSpec { optimizer: OptimizerSpec { kind, ..OptimizerSpec::default() }, ..RunSpec::default() };
        assert!(lists("", "", "0.1,0.2", "").of(&of(OptimizerKind::Sam)).unwrap().is_some());
        assert!(lists("", "10", "", "").of(&of(OptimizerKind::Gd)).unwrap_err().contains("all training images"));
    }
}
