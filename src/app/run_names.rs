//! What runs are called beside each other: what differs, and nothing else.

/// What joins the parts of a run's whole name.
const JOINT: &str = " · ";

/// A short name for each of these: the parts that not all of them have, and a number where even these are the same.
pub fn short(whole: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = whole.iter().map(|name| name.split(JOINT).collect()).collect();
    let is_common = |part: &str| parts.iter().all(|of| of.contains(&part));
    let mut names: Vec<String> = parts
        .iter()
        .map(|of| of.iter().filter(|part| !is_common(part)).copied().collect::<Vec<_>>().join(JOINT))
        .collect();
    // Alike but for what others have besides: the optimizer says what it is.
    for (name, of) in names.iter_mut().zip(&parts) {
        if name.is_empty() {
            *name = of.get(2).or(of.first()).copied().unwrap_or_default().into();
        }
    }
    let plain = names.clone();
    for (i, name) in names.iter_mut().enumerate() {
        let before = plain[..i].iter().filter(|other| **other == plain[i]).count();
        if before > 0 {
            *name += &format!(" #{}", before + 1);
        }
    }
    names
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
        let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
    }
}
