//! What tells runs apart, for legends.

use super::{BatchSize, RunSpec, net_file::net_label};
use crate::optim::OptimizerSpec;

/// A short name for every one of several runs, of what is not the same in all of them; where nothing differs, the optimizer
/// alone.
pub fn differences(specs: &[&RunSpec]) -> Vec<String> {
    type Say = fn(&RunSpec) -> String;
    let parts: [Say; 14] = [
        |s| s.optimizer.title() + &switches(s),
        |s| s.optimizer.suffix().trim().to_string(),
        |s| s.average.map_or("no average".into(), |a| a.to_string()),
        |s| format!("η {}", s.lr),
        |s| s.schedule.to_string(),
        |s| match (s.noise_batch(), s.batch) {
            (Some(m), _) => format!("noise of batch {m}"),
            (None, BatchSize::Of(n)) if !s.optimizer.kind.takes_all() => format!("batch {n}"),
            _ => "full batch".into(),
        },
        |s| s.data.name.clone(),
        |s| net_label(&s.net),
        |s| if s.weights.is_usual() { String::new() } else { format!("{} weights", s.weights) },
        |s| if s.init_scale == 1.0 { String::new() } else { format!("weights × {}", s.init_scale) },
        |s| format!("seed {}", s.seed),
        |s| match s.length.argument() {
            ("epochs", n) => format!("{n} epochs"),
            (_, n) => format!("{n} iterations"),
        },
        // A run that is no fork says nothing of where it began.
        |s| s.fork.as_ref().map_or(String::new(), |f| format!("from {}", f.step)),
        |s| s.order.to_string(),
    ];
    let said: Vec<Vec<String>> = parts.iter().map(|say| specs.iter().map(|s| say(s)).collect()).collect();
    let differ: Vec<&Vec<String>> = said.iter().filter(|all| all.iter().any(|one| *one != all[0])).collect();
    (0..specs.len())
        .map(|i| {
            let words: Vec<&str> = differ.iter().map(|all| all[i].as_str()).filter(|w| !w.is_empty()).collect();
            if words.is_empty() { specs[i].optimizer.title() } else { words.join(" · ") }
        })
        .collect()
}

/// " → SAM ρ 0.05 @300".
fn switches(spec: &RunSpec) -> String {
    let one =
        |s: &crate::optim::Switch| format!(" → {} @{}", OptimizerSpec { kind: s.to, ..spec.optimizer }.title(), s.at);
    spec.switch.switches().iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{optim::OptimizerKind, run::Fork};

    #[test]
    fn only_what_differs_is_said() {
        let sgd = RunSpec::default();
        let of = |rho| {
            let optimizer = OptimizerSpec { kind: OptimizerKind::Sam, rho, ..OptimizerSpec::default() };
            RunSpec { optimizer, ..RunSpec::default() }
        };
        assert_eq!(differences(&[&sgd, &of(0.05), &of(0.2)]), ["SGD", "SAM ρ 0.05", "SAM ρ 0.2"]);
        assert_eq!(differences(&[&sgd, &sgd]), ["SGD", "SGD"]);
        let other = RunSpec { seed: 3, lr: 0.2, ..sgd.clone() };
        assert_eq!(differences(&[&sgd, &other]), ["η 0.1 · seed 0", "η 0.2 · seed 3"]);
        let he = RunSpec { weights: crate::run::Weights::He, ..sgd.clone() };
        assert_eq!(differences(&[&sgd, &he]), ["SGD", "he weights"]);
        let double = RunSpec { init_scale: 2.0, ..sgd.clone() };
        assert_eq!(differences(&[&sgd, &double]), ["SGD", "weights × 2"]);
        let forked = |step| {
            let fork = Fork { run: String::new(), file: None, step, base: Box::new(sgd.clone()) };
            RunSpec { fork: Some(fork), ..of(0.1) }
        };
        assert_eq!(differences(&[&forked(10), &forked(40)]), ["from 10", "from 40"]);
        assert_eq!(differences(&[&sgd, &forked(10)]), ["SGD", "SAM ρ 0.1 · from 10"]);
        let late = RunSpec { switch: "sgd:sam@75%".parse().unwrap(), ..sgd.clone() };
        assert_eq!(differences(&[&sgd, &late])[1], "SGD → SAM ρ 0.05 @75%");
    }
}
