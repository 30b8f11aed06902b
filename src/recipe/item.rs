//! What a recipe asks for, one item at a time: a walk, an experiment of the toy laboratory, or a study of
//! where walks ended.
//!
//! A further kind of item is a variant of [`Kind`], [`Item`] and, unless it yields [`Findings`], of [`Product`].

use toml::{Table, Value};

use super::{
    findings::Findings,
    measure::{Measure, Window},
    study::Study,
    toy::Experiment,
};
use crate::{history::History, named::named_choice, run::RunSpec, suggest};

named_choice! {
    /// What an item is; `kind` of a `[[runs]]` table.
    Kind as "kind of run" {
        /// An optimizer's walk on a network's landscape, recorded: the fields are those of a `RunSpec`.
        #[default] Walk = "walk",
        /// An experiment of the toy laboratory: the field `experiment` says which, the others are its constants.
        Toy = "toy",
        /// Something measured where walks of the recipe ended: the field `study` says what, the others are its constants.
        Study = "study",
    }
}

/// A thing to be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Walk(Box<RunSpec>),
    Toy(Experiment),
    Study(Study),
}

impl Item {
    /// Reads an item from the fields of a recipe and checks that it can be made.
    pub(super) fn parse(kind: Kind, mut fields: Table, seed: u64) -> Result<Item, String> {
        match kind {
            Kind::Walk => {
                fields.insert("seed".into(), Value::Integer(seed as i64));
                let spec: RunSpec = Value::Table(fields).try_into().map_err(|e| e.to_string())?;
                spec.check().map_err(|e| e.to_string())?;
                Ok(Item::Walk(Box::new(spec)))
            }
            Kind::Toy => {
                let experiment: Experiment = Value::Table(fields).try_into().map_err(|e| e.to_string())?;
                experiment.check().map_err(|e| e.to_string())?;
                Ok(Item::Toy(experiment))
            }
            Kind::Study => {
                let study: Study = Value::Table(fields).try_into().map_err(|e| e.to_string())?;
                study.check()?;
                Ok(Item::Study(study))
            }
        }
    }

    /// Whether it will have a number of this name, over this window of its iterations.
    pub(super) fn check_measure(&self, measure: &str, over: Option<Window>) -> Result<(), String> {
        match self {
            Item::Walk(_) => {
                measure.parse::<Measure>()?;
                let missing =
                    || format!("{measure} of a walk needs a window: over = \"all\", \"last 10\" or \"epoch 3\"");
                over.map(drop).ok_or_else(missing)
            }
            Item::Toy(experiment) => check_finding(&experiment.measures(), measure, over),
            Item::Study(study) => check_finding(&study.measures(), measure, over),
        }
    }

    /// What it is, in a few words.
    pub fn describe(&self) -> String {
        match self {
            Item::Walk(spec) => spec.label(),
            Item::Toy(experiment) => experiment.describe(),
            Item::Study(study) => study.describe(),
        }
    }
}

/// Whether findings with the numbers `known` have this one.
fn check_finding(known: &[&str], measure: &str, over: Option<Window>) -> Result<(), String> {
    if !known.contains(&measure) {
        return Err(suggest::unknown("measure", measure, known));
    }
    match over {
        None => Ok(()),
        Some(window) => Err(format!("{measure} has no iterations to take \"{window}\" of; leave it out")),
    }
}

/// What an item came to.
#[derive(Clone, Debug)]
pub enum Product {
    Walk(Box<History>),
    Findings(Findings),
}

impl Product {
    /// The number of this name, `None` when there is nothing to measure. It is NaN for a run that diverged, and for a name
    /// that [`Item::check_measure`] would have refused.
    pub(super) fn number(&self, measure: &str, over: Option<Window>) -> Option<f64> {
        match self {
            Product::Walk(history) => match (measure.parse::<Measure>(), over) {
                (Ok(measure), Some(window)) => measure.applies(history, window).then(|| measure.of(history, window)),
                _ => Some(f64::NAN),
            },
            Product::Findings(findings) => findings.number(measure).unwrap_or(Some(f64::NAN)),
        }
    }

    /// Whether the number of this name is only a lower bound.
    pub(super) fn is_bound(&self, measure: &str) -> bool {
        matches!(self, Product::Findings(findings) if findings.bounds.contains(&measure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toy(text: &str) -> Result<Item, String> {
        Item::parse(Kind::Toy, toml::from_str(text).unwrap(), 1)
    }

    #[test]
    fn mistakes_in_an_experiment_are_named() {
        for (text, part) in [
            ("experiment='escpae'", "escpae"),
            ("experiment='escape'\ndynamics='leadin'", "did you mean \"leading\""),
            ("experiment='escape'\nrns=3", "rns"),
            ("experiment='escape'\nruns=0", "the number of runs is 0"),
            ("experiment='escape'\nlr=-1.0", "learning rate"),
            ("experiment='escape'\ndynamics='leading'\nsurface={name='sextic'}", "leading needs a surface"),
            ("runs=3", "experiment"),
        ] {
            let error = toy(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        toy("experiment='escape'").unwrap();
    }

    #[test]
    fn measures_and_windows_are_checked_for_each_kind() {
        let walk = Item::parse(Kind::Walk, Table::new(), 3).unwrap();
        assert!(matches!(&walk, Item::Walk(spec) if spec.seed == 3));
        walk.check_measure("distance", Some(Window::All)).unwrap();
        assert!(walk.check_measure("distance", None).unwrap_err().contains("window"));
        assert!(walk.check_measure("distanse", Some(Window::All)).unwrap_err().contains("did you mean \"distance\""));
        let toy = toy("experiment='escape'").unwrap();
        toy.check_measure("success", None).unwrap();
        assert!(toy.check_measure("sucess", None).unwrap_err().contains("did you mean \"success\""));
        assert!(toy.check_measure("success", Some(Window::Last(10))).unwrap_err().contains("last 10"));
    }

    #[test]
    fn a_number_may_be_missing_and_an_unknown_one_is_none() {
        let numbers = vec![("share", None), ("tested", Some(3.0))];
        let product = Product::Findings(Findings { bounds: vec![], numbers, panels: vec![] });
        assert_eq!((product.number("share", None), product.number("tested", None)), (None, Some(3.0)));
        assert!(product.number("other", None).unwrap().is_nan());
    }
}
