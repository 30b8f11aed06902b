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
}

/// Finds the network among the tensors called `names`.
pub(super) fn choose(names: &[String]) -> Chosen {
    let mut chosen = Chosen { names: names.iter().map(|n| Some(n.clone())).collect(), notes: Vec::new() };
    leave_out_optimizer(&mut chosen);
    while let Some(key) = holder(&chosen) {
        unwrap(&mut chosen, &key);
        leave_out_optimizer(&mut chosen);
    }
    chosen
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
        let found = choose(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>());
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
}
