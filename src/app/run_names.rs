//! What runs are called beside each other: what differs, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

/// What joins the parts of a run's whole name.
const JOINT: &str = " · ";

/// A short name for each of these: the parts that not all of them have, and a number where even these are the same.
pub fn short(whole: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = whole.iter().map(|name| name.split(JOINT).collect()).collect();
    let mut runs_with: BTreeMap<&str, usize> = BTreeMap::new();
    for part in parts.iter().flat_map(|of| of.iter().collect::<BTreeSet<_>>()) {
        *runs_with.entry(part).or_default() += 1;
    }
    let mut runs_called: BTreeMap<String, usize> = BTreeMap::new();
    let name = |of: &Vec<&str>| {
        let differing: Vec<&str> = of.iter().filter(|part| runs_with[**part] < whole.len()).copied().collect();
        let name = match differing.is_empty() {
            // Alike but for what others have besides: the optimizer says what it is.
            true => of.get(2).or(of.first()).copied().unwrap_or_default().to_owned(),
            false => differing.join(JOINT),
        };
        let count = runs_called.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 { format!("{name} #{count}") } else { name }
    };
    parts.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_differs() {
        let sgd = "digits · mlp · SGD · η 0.1 · batch 100 · seed 0";
        let sam = "digits · mlp · SAM ρ 0.05 · η 0.1 · batch 100 · seed 0";
        let full = "digits · mlp · SGD · η 0.1 · full batch · seed 0";
        let fork = "digits · mlp · SGD · η 0.1 · batch 100 · seed 0 · from 40";
        assert_eq!(short(&[sgd, sam]), ["SGD", "SAM ρ 0.05"]);
        assert_eq!(short(&[sgd, full]), ["batch 100", "full batch"]);
        assert_eq!(short(&[sgd, fork]), ["SGD", "from 40"]);
        assert_eq!(short(&[sgd, sgd, sgd]), ["SGD", "SGD #2", "SGD #3"]);
        assert_eq!(short(&[sgd, sam, sgd]), ["SGD", "SAM ρ 0.05", "SGD #2"]);
        assert_eq!(short(&[]), [""; 0]);
        let names = short(&[sgd, sam, full, fork, sgd]);
        let distinct: BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
    }
}
