//! Something offered to be taken along, with what it is called and how a paper says it was made.

use super::{content::Content, store::Store};
use crate::{
    present::walk_methods,
    probe::ChangeRecord,
    run::{Manifest, RunSpec, net_title},
};

/// Longer names of files are cut.
const LONGEST: usize = 80;

/// What the export window opens with.
#[derive(Clone, Debug)]
pub struct Offer {
    pub content: Content,
    /// Name of a file, without its ending.
    pub name: String,
    /// A sentence for a paper, or why there is none.
    pub methods: Result<String, &'static str>,
}

impl Offer {
    /// Something made from a formula, which says by itself what it is; `name` in words.
    pub fn new(content: Content, name: &str) -> Offer {
        let methods = Err("Only what was measured on a network has such a sentence");
        Offer { content, name: file_name(name), methods }
    }

    /// The picture of a recipe.
    pub fn recipe(content: Content, id: &str) -> Offer {
        let methods = Err("The recipe says everything, and its paper is named there");
        Offer { content, name: file_name(id), methods }
    }

    /// Something measured, which a paper describes like this.
    pub fn measured(content: Content, name: &str, methods: Option<String>) -> Offer {
        let methods = methods.filter(|m| !m.is_empty()).ok_or("It is not known any more how this was measured");
        Offer { content, name: file_name(name), methods }
    }

    /// Plots of the runs that are shown, over a range of iterations.
    pub fn of_runs(content: Content, what: &str, store: &Store, range: Option<(f64, f64)>) -> Offer {
        let runs: Vec<(&Manifest, &[ChangeRecord])> =
            store.shown().map(|(_, history)| (history.manifest(), history.changes())).collect();
        let specs: Vec<&RunSpec> = runs.iter().map(|(manifest, _)| &manifest.spec).collect();
        Offer::measured(content, &format!("{what} {}", called(&specs)), Some(walk_methods(&runs, range)))
    }
}

/// What tells runs from others in the name of a file: "lenet fashion-mnist sgd 0.1".
fn called(specs: &[&RunSpec]) -> String {
    let Some(first) = specs.first() else { return String::new() };
    let data = first.data.name.rsplit(std::path::is_separator).find(|part| !part.is_empty()).unwrap_or("data");
    let net = net_title(&first.net);
    let net = net.split([' ', ':', '(']).next().unwrap_or("net");
    match specs.len() {
        1 => format!("{net} {data} {} {}", first.optimizer.kind, first.lr),
        n => format!("{net} {data} {n} runs"),
    }
}

/// Words as the name of a file: what is neither letter nor digit nor one of `._+=` becomes a hyphen.
fn file_name(words: &str) -> String {
    let words = words.strip_prefix("The ").unwrap_or(words);
    let plain = |c: char| c.is_alphanumeric() || "._+=".contains(c);
    let parts = words.split(|c| !plain(c)).map(|part| part.trim_matches('.')).filter(|part| !part.is_empty());
    let name: String = parts.collect::<Vec<_>>().join("-").chars().take(LONGEST).collect();
    if name.is_empty() { "picture".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for (words, name) in [
            ("The valley around w.pt", "valley-around-w.pt"),
            ("plane Around A", "plane-Around-A"),
            ("walk lenet fashion-mnist sgd 0.1", "walk-lenet-fashion-mnist-sgd-0.1"),
            ("line ../a/b.pt – θ, 3", "line-a-b.pt-θ-3"),
            ("…", "picture"),
        ] {
            assert_eq!(file_name(words), name);
        }
        assert_eq!(file_name(&"long".repeat(50)).len(), LONGEST);
    }

    #[test]
    fn runs_are_called_by_what_they_are() {
        let mut spec = RunSpec { net: "lenet".into(), ..RunSpec::default() };
        spec.data.name = "fashion-mnist".into();
        assert_eq!(called(&[&spec]), "lenet fashion-mnist sgd 0.1");
        assert_eq!(called(&[&spec, &spec]), "lenet fashion-mnist 2 runs");
        spec.data.name = "/home/x/mine/".into();
        spec.net = "conv(6,5) relu".into();
        assert_eq!(called(&[&spec]), "conv mine sgd 0.1");
        assert_eq!(called(&[]), "");
    }
}
