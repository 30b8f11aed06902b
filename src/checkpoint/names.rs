//! From the names in a file to the names in a network: where the weights lie among other things, and under which
//! prefixes.

use std::collections::BTreeMap;

/// Keys that hold a network and are no layer of one, the likeliest first.
const STATE_DICTS: [&str; 8] = [
    "state_dict",
    "model_state_dict",
    "network_state_dict",
    "net_state_dict",
    "model_state",
    "state_dict_ema",
    "ema_state_dict",
    "model_ema_state_dict",
];

/// Keys and prefixes that hold a network, but might be one of its layers, the likeliest first.
const HOLDERS: [&str; 11] =
    ["model", "module", "_orig_mod", "net", "network", "params", "weights", "checkpoint", "state", "ema", "model_ema"];

/// Wrappers that PyTorch puts around a network: their names are prefixes, not places.
const PREFIXES: [&str; 3] = ["module", "_orig_mod", "model"];

/// Keys of what a training script keeps beside its network and its optimizer.
const BESIDE: [&str; 12] = [
    "scheduler",
    "lr_scheduler",
    "lr_schedulers",
    "scaler",
    "grad_scaler",
    "amp",
    "rng_state",
    "rng_states",
    "cuda_rng_state",
    "loops",
    "callbacks",
    "param_groups",
];

/// What becomes of the tensors of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Chosen {
    /// For each tensor its name in the network; `None` for one that is left out.
    pub names: Vec<Option<String>>,
    /// What was done, for a person to read.
    pub notes: Vec<String>,
    /// Keys of other groups that are networks, too.
    pub others: Vec<String>,
}

/// Words that wrappers put into names: compiled, sharded, checkpointed and parallel modules, Lightning's and Opacus's.
const WRAPPERS: [&str; 6] =
    ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module", "_module"];

/// A name without what wrappers put into it.
pub(super) fn plain(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let last = parts.len() - 1;
    let kept = parts.iter().enumerate().filter(|(k, part)| *k == last || !WRAPPERS.contains(part));
    kept.map(|(_, part)| *part).collect::<Vec<_>>().join(".")
}

/// Whether a tensor is a running mean or variance of a batch norm.
pub(super) fn is_statistic(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("running_mean" | "running_var"))
}

/// The tensors under `key`, by their names there; all others are left out.
fn under(names: &[String], key: &str) -> Chosen {
    let inner = |name: &String| name.strip_prefix(key)?.strip_prefix('.').map(String::from);
    Chosen {
        names: names.iter().map(inner).collect(),
        notes: vec![format!("tensors taken from \"{key}\"")],
        others: Vec::new(),
    }
}

/// Finds the network under `key`, which was asked for.
///
/// # Errors
/// The keys that there are, when it is not one of them.
pub(super) fn choose_under(names: &[String], key: &str) -> Result<Chosen, String> {
    let chosen = under(names, key);
    if chosen.names.iter().all(Option::is_none) {
        // What lies in them are mostly layers.
        let mut keys = keys(names);
        keys.retain(|key| !key.contains('.'));
        let has = if keys.is_empty() { "it has none".into() } else { format!("it has {}", keys.join(", ")) };
        return Err(format!("it has no tensors under \"{key}\"; {has}"));
    }
    Ok(unwrapped(chosen))
}

/// Every key under which there are weights, the outermost first.
fn keys(names: &[String]) -> Vec<String> {
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.iter().filter(|name| is_weight(name)) {
        for (depth, (end, _)) in name.match_indices('.').enumerate().take(DEEPEST) {
            keys.entry(&name[..end]).or_insert(depth);
        }
    }
    let mut sorted: Vec<(&str, usize)> = keys.into_iter().collect();
    sorted.sort_by_key(|(key, depth)| (is_average(key), *depth));
    sorted.into_iter().map(|(key, _)| key.to_string()).take(MOST_KEYS).collect()
}

/// Whether a key speaks of a mean of iterates or of another copy: the network itself goes first.
fn is_average(key: &str) -> bool {
    ["ema", "swa", "average", "avg", "teacher", "target", "shadow"].iter().any(|word| key.to_lowercase().contains(word))
}

/// Networks lie under so many keys at most, and so many keys are looked at.
const DEEPEST: usize = 3;
const MOST_KEYS: usize = 40;

/// Finds the network among the tensors called `names`: the likeliest by its key, and if `fits` says that this is none, the
/// group that is one, whatever lies beside it. Other groups that are networks, too, are named.
pub(super) fn choose(names: &[String], fits: &dyn Fn(&[Option<String>]) -> bool) -> Chosen {
    let likeliest = by_key(names);
    let is_network = fits(&likeliest.names);
    let taken: Vec<bool> = likeliest.names.iter().map(Option::is_some).collect();
    let mut others: Vec<(String, Chosen)> = Vec::new();
    for key in keys(names) {
        let chosen = unwrapped(under(names, &key));
        // A part of what is taken already is no other network, nor is the same group under a further key.
        let is_part = is_network && chosen.names.iter().zip(&taken).all(|(name, taken)| name.is_none() || *taken);
        let is_known = others.iter().any(|(_, known)| known.names == chosen.names);
        if !is_part && !is_known && fits(&chosen.names) {
            others.push((key, chosen));
        }
    }
    let mut chosen = if is_network || others.is_empty() { likeliest } else { others.remove(0).1 };
    if !others.is_empty() {
        chosen.others = others.into_iter().map(|(key, _)| key).collect();
        chosen.notes.push(format!("a network, too: {}; FILE#KEY takes it", chosen.others.join(", ")));
    }
    chosen
}

/// The same without wrapper words, as long as no two become one.
fn unwrapped(mut chosen: Chosen) -> Chosen {
    let names: Vec<Option<String>> = chosen.names.iter().map(|name| name.as_deref().map(plain)).collect();
    let different: std::collections::BTreeSet<&String> = names.iter().flatten().collect();
    if names != chosen.names && different.len() == names.iter().flatten().count() {
        chosen.names = names;
        chosen.notes.push("words of wrappers removed from names".into());
    }
    chosen
}

/// Finds the network among the tensors called `names` by the keys that training scripts use.
fn by_key(names: &[String]) -> Chosen {
    let mut chosen =
        Chosen { names: names.iter().map(|n| Some(n.clone())).collect(), notes: Vec::new(), others: Vec::new() };
    leave_out_optimizer(&mut chosen);
    while let Some(key) = holder(&chosen) {
        unwrap(&mut chosen, &key);
        leave_out_optimizer(&mut chosen);
    }
    unwrapped(chosen)
}

/// The part of a name before its first dot, and what follows it.
fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)))
}

/// Whether a tensor of this name is part of a network rather than of the bookkeeping around it.
fn is_weight(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(last, "weight" | "bias" | "gamma" | "beta" | "running_mean" | "running_var")
}

/// How many tensors lie under each key, and whether some of them are weights.
fn groups(chosen: &Chosen) -> BTreeMap<&str, (usize, bool)> {
    let mut groups = BTreeMap::new();
    for name in chosen.names.iter().flatten() {
        let (count, weights) = groups.entry(split(name).0).or_insert((0, false));
        *count += 1;
        *weights |= is_weight(name);
    }
    groups
}

fn tensors(count: usize) -> String {
    format!("{count} tensor{}", if count == 1 { "" } else { "s" })
}

/// Removes optimizer state, and what else a training script keeps.
fn leave_out_optimizer(chosen: &mut Chosen) {
    let groups = groups(chosen);
    let optimizer = |key: &str, weights: bool| {
        key.starts_with("optimizer") || (!weights && (key.starts_with("opt") || key == "state"))
    };
    let out: Vec<(String, usize, bool)> = groups
        .iter()
        .map(|(key, (count, weights))| (key.to_string(), *count, *weights))
        .filter(|(key, _, weights)| optimizer(key, *weights) || (BESIDE.contains(&&**key) && !weights))
        .collect();
    let mut optimizers = 0;
    for (key, count, weights) in &out {
        if optimizer(key, *weights) {
            optimizers += count;
        } else {
            chosen.notes.push(format!("{key} left out ({})", tensors(*count)));
        }
        remove(chosen, key);
    }
    if optimizers > 0 {
        chosen.notes.push(format!("optimizer state left out ({})", tensors(optimizers)));
    }
}

fn remove(chosen: &mut Chosen, key: &str) {
    for name in &mut chosen.names {
        if name.as_deref().is_some_and(|n| split(n).0 == key) {
            *name = None;
        }
    }
}

/// The key whose tensors are the network, if the names are not yet those of a network.
fn holder(chosen: &Chosen) -> Option<String> {
    let groups = groups(chosen);
    let holds = |key: &str| {
        chosen.names.iter().flatten().any(|n| matches!(split(n), (first, Some(_)) if first == key)).then(|| key.into())
    };
    if let Some(key) = STATE_DICTS.into_iter().find_map(holds) {
        return Some(key);
    }
    // With a weight beside it, "model" is a layer like any other.
    let known = |key: &str| HOLDERS.contains(&key);
    if groups.iter().any(|(key, (_, weights))| *weights && !known(key)) {
        return None;
    }
    HOLDERS.into_iter().find_map(holds)
}

/// Takes the tensors under `key` and leaves out the others.
fn unwrap(chosen: &mut Chosen, key: &str) {
    let beside: Vec<String> = groups(chosen)
        .iter()
        .filter(|(k, _)| **k != key)
        .map(|(k, (count, _))| format!("{k} ({})", tensors(*count)))
        .collect();
    chosen.notes.push(if PREFIXES.contains(&key) && beside.is_empty() {
        format!("prefix \"{key}.\" removed")
    } else {
        format!("tensors taken from \"{key}\"")
    });
    if !beside.is_empty() {
        chosen.notes.push(format!("left out beside \"{key}\": {}", beside.join(", ")));
    }
    for name in &mut chosen.names {
        *name = name.as_deref().and_then(|n| match split(n) {
            (first, Some(rest)) if first == key => Some(rest.to_string()),
            _ => None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: &[Option<&str>], notes: &[&str]) {
        let found = by_key(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>());
        let expected: Vec<Option<String>> = expected.iter().map(|n| n.map(String::from)).collect();
        assert_eq!(found.names, expected, "{names:?}");
        assert_eq!(found.notes, notes, "{names:?}");
    }

    #[test]
    fn the_names_of_a_network_stay() {
        check(&["conv1.weight", "fc.bias"], &[Some("conv1.weight"), Some("fc.bias")], &[]);
        check(&["weight", "bias"], &[Some("weight"), Some("bias")], &[]);
        check(&[], &[], &[]);
        // Layers that are called like the keys of a checkpoint.
        check(&["model.0.weight", "head.weight"], &[Some("model.0.weight"), Some("head.weight")], &[]);
        check(&["amp.weight", "fc.bias"], &[Some("amp.weight"), Some("fc.bias")], &[]);
        check(&["module"], &[Some("module")], &[]);
    }

    #[test]
    fn prefixes_are_removed_as_often_as_all_share_them() {
        check(
            &["module._orig_mod.conv1.weight", "module._orig_mod.fc.bias"],
            &[Some("conv1.weight"), Some("fc.bias")],
            &["prefix \"module.\" removed", "prefix \"_orig_mod.\" removed"],
        );
        check(&["model.0.weight", "model.0.bias"], &[Some("0.weight"), Some("0.bias")], &["prefix \"model.\" removed"]);
        check(
            &["module.fc.weight", "n_averaged"],
            &[Some("fc.weight"), None],
            &["tensors taken from \"module\"", "left out beside \"module\": n_averaged (1 tensor)"],
        );
    }

    #[test]
    fn the_network_is_found_among_the_bookkeeping() {
        check(
            &["model_state_dict.fc.weight", "optimizer_state_dict.state.0.exp_avg", "loss", "rng_state"],
            &[Some("fc.weight"), None, None, None],
            &[
                "rng_state left out (1 tensor)",
                "optimizer state left out (1 tensor)",
                "tensors taken from \"model_state_dict\"",
                "left out beside \"model_state_dict\": loss (1 tensor)",
            ],
        );
        check(
            &["checkpoint.model.net.model.fc.weight", "checkpoint.optim.state.0.step", "checkpoint.optim.state.1.step"],
            &[Some("fc.weight"), None, None],
            &[
                "tensors taken from \"checkpoint\"",
                "optimizer state left out (2 tensors)",
                "prefix \"model.\" removed",
                "tensors taken from \"net\"",
                "prefix \"model.\" removed",
            ],
        );
        check(
            &["ema.fc.weight", "model.fc.weight"],
            &[None, Some("fc.weight")],
            &["tensors taken from \"model\"", "left out beside \"model\": ema (1 tensor)"],
        );
        check(&["ema.fc.weight"], &[Some("fc.weight")], &["tensors taken from \"ema\""]);
        // A state dict is one even with a network beside it.
        check(
            &["state_dict.fc.weight", "critic.fc.weight"],
            &[Some("fc.weight"), None],
            &["tensors taken from \"state_dict\"", "left out beside \"state_dict\": critic (1 tensor)"],
        );
    }

    #[test]
    fn a_state_is_an_optimizer_unless_it_has_weights() {
        let note = "optimizer state left out (2 tensors)";
        check(&["state.0.exp_avg", "state.0.step"], &[None, None], &[note]);
        check(&["state.0.weight"], &[Some("0.weight")], &["tensors taken from \"state\""]);
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| n.to_string()).collect()
    }

    #[test]
    fn words_of_wrappers_go_wherever_they_are() {
        assert_eq!(plain("features.module.0.weight"), "features.0.weight");
        assert_eq!(plain("_forward_module._fsdp_wrapped_module.fc.bias"), "fc.bias");
        assert_eq!(plain("module"), "module");
        check(
            &["features.module.0.weight", "classifier._checkpoint_wrapped_module.bias"],
            &[Some("features.0.weight"), Some("classifier.bias")],
            &["words of wrappers removed from names"],
        );
        // Two that would become one stay.
        check(&["a.module.weight", "a.weight"], &[Some("a.module.weight"), Some("a.weight")], &[]);
    }

    #[test]
    fn the_group_that_fits_is_the_network() {
        let is_fc = |names: &[Option<String>]| {
            names.iter().flatten().map(String::as_str).collect::<Vec<_>>() == ["fc.weight", "fc.bias"]
        };
        let found = |names: &[&str]| {
            let chosen = choose(&texts(names), &is_fc);
            (chosen.names.into_iter().flatten().collect::<Vec<_>>(), chosen.notes.join("; "))
        };
        let fc = vec!["fc.weight".to_string(), "fc.bias".to_string()];
        // A criterion with weights beside the network.
        let (names, _) = found(&["criterion.weight", "model.fc.weight", "model.fc.bias"]);
        assert_eq!(names, fc);
        // Two networks: the likelier is taken, the other one named.
        let (names, notes) =
            found(&["ema_net.fc.weight", "ema_net.fc.bias", "model.fc.weight", "model.fc.bias", "step"]);
        assert_eq!(names, fc);
        assert!(notes.contains("a network, too: ema_net; FILE#KEY"), "{notes}");
        // Of a GAN's two networks the one that fits.
        let gan = ["gen.up.weight", "gen.up.bias", "disc.module.fc.weight", "disc.module.fc.bias"];
        assert_eq!(found(&gan).0, fc);
        // None fits: as the keys say.
        assert_eq!(found(&["a.x.weight", "b.y.weight"]).0, ["a.x.weight", "b.y.weight"]);
    }

    #[test]
    fn a_key_can_be_asked_for() {
        let names = texts(&["a.net.module.fc.weight", "a.net.module.fc.bias", "b.fc.weight"]);
        let names_of = |key| choose_under(&names, key).map(|c| c.names.into_iter().flatten().collect::<Vec<_>>());
        assert_eq!(names_of("a.net").unwrap(), ["fc.weight", "fc.bias"]);
        assert_eq!(names_of("b").unwrap(), ["fc.weight"]);
        let error = names_of("c").unwrap_err();
        assert!(error.contains("\"c\"") && error.contains("a, b"), "{error}");
        assert!(names_of("a.ne").is_err(), "a key is whole words");
    }
}
