//! Making a recipe's runs and deciding its claims.

use super::{
    Recipe, RecipeError, Verdict,
    claim::Measured,
    item::{Item, Product},
    study::Ends,
    task::{Task, Unfinished, Watch},
};
use crate::{
    engine::{Incomplete, RecordTo, WalkError, complete},
    objective::{Interrupt, ObjectiveError},
};

/// What happens while a recipe is made.
#[derive(Debug)]
pub enum Happening<'a> {
    /// Run `number` of `of` begins.
    Begins { number: usize, of: usize, name: &'a str, seed: u64 },
    /// This share of the whole recipe is made, 0..1.
    Moves { share: f64 },
    /// It has ended.
    Ended { run: &'a Outcome },
}

/// One finished run of a recipe.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub name: String,
    pub seed: u64,
    /// What it was, in a few words.
    pub what: String,
    pub product: Product,
}

/// A whole recipe, made.
#[derive(Clone, Debug)]
pub struct Report {
    pub verdicts: Vec<Verdict>,
    pub runs: Vec<Outcome>,
    pub seconds: f64,
}

/// Why a recipe was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("run {name}, seed {seed}: {source}")]
    Run { name: String, seed: u64, source: Box<WalkError> },
    #[error("{name}, seed {seed}: {source}")]
    Findings { name: String, seed: u64, source: Box<Unfinished> },
    #[error("walks that others need are kept in temporary files while the recipe is made: {0}")]
    Files(String),
    #[error("stopped")]
    Stopped,
}

/// Makes every run of a recipe, one after the other, and decides its claims. `stop` ends it at the next chunk of work.
pub fn reproduce(
    recipe: &Recipe,
    data_folder: Option<&std::path::Path>,
    stop: &Interrupt,
    watch: &mut dyn FnMut(Happening<'_>),
) -> Result<Report, ReproduceError> {
    let begun = std::time::Instant::now();
    let planned = recipe.planned()?;
    let of = planned.len();
    let mut runs = Vec::new();
    let per_seed = of / recipe.seeds.len();
    let mut ends = if planned.iter().any(|p| !p.ends().is_empty()) {
        Some(Ends::new().map_err(|e| ReproduceError::Files(e.to_string()))?)
    } else {
        None
    };
    for (i, mut plan) in planned.into_iter().enumerate() {
        watch(Happening::Begins { number: i + 1, of, name: &plan.name, seed: plan.seed });
        let mut moves = |share: f64| watch(Happening::Moves { share: (i as f64 + share) / of as f64 });
        let what = plan.item.describe();
        if let (Item::Walk(spec), Some(folder)) = (&mut plan.item, data_folder) {
            spec.data.dir = Some(folder.to_path_buf());
        }
        let (name, seed) = (plan.name, plan.seed);
        if let (Item::Walk(spec), Some(from), Some(ends)) = (&mut plan.item, &plan.from, &ends) {
            let start = ends.of(from, seed);
            let no_walk = |source| ReproduceError::Findings { name: name.clone(), seed, source: Box::new(source) };
            **spec = (**spec).clone().starting_from(start.map_err(no_walk)?);
        }
        let task = Task { name: &name, place: i % per_seed, seed };
        let found = match plan.item {
            Item::Walk(spec) => {
                let to = match &mut ends {
                    Some(ends) => RecordTo::File { path: ends.file_for(&name, seed), overwrite: false },
                    None => RecordTo::Nowhere,
                };
                match complete(*spec, stop, &to, &mut moves) {
                    Ok(history) => Ok(Product::Walk(Box::new(history))),
                    Err(Incomplete::Walk(WalkError::Objective(ObjectiveError::Interrupted))) => {
                        Err(Unfinished::Stopped)
                    }
                    Err(Incomplete::Walk(source)) => {
                        return Err(ReproduceError::Run { name, seed, source: Box::new(source) });
                    }
                    Err(Incomplete::File(cause)) => return Err(ReproduceError::Files(cause)),
                }
            }
            Item::Toy(experiment) => experiment.find(&task, &mut Watch::new(stop, &mut moves)).map(Product::Findings),
            Item::Study(study) => match &ends {
                Some(ends) => study.find(&task, ends, &mut Watch::new(stop, &mut moves)).map(Product::Findings),
                None => Err(Unfinished::NoWalk(name.clone())),
            },
        };
        let product = match found {
            Ok(product) => product,
            Err(Unfinished::Stopped) => return Err(ReproduceError::Stopped),
            Err(source) => return Err(ReproduceError::Findings { name, seed, source: Box::new(source) }),
        };
        let run = Outcome { name, seed, what, product };
        watch(Happening::Ended { run: &run });
        runs.push(run);
    }
    let measured: Vec<_> = runs.iter().map(|r| Measured { name: &r.name, seed: r.seed, product: &r.product }).collect();
    let verdicts = recipe.claims.iter().map(|c| c.decide(&measured)).collect();
    Ok(Report { verdicts, runs, seconds: begun.elapsed().as_secs_f64() })
}
