//! A small recipe with every study, made whole.

use crate::{
    objective::Interrupt,
    recipe::{Product, Recipe, ReproduceError, reproduce},
};

const RECIPE: &str = r#"
id = "small"
title = "t"
paper = "p"
figure = "f"
shows = "s"
minutes = 0.1
seeds = [1, 2]
picture = "findings"
base = { net = "mlp:64-16-10", length = { steps = 60 }, data = { name = "digits", train_count = 200 }, probes = { slice = false } }

[[runs]]
name = "sgd"
spec = { lr = 0.5 }

[[runs]]
name = "swa"
spec = { lr = 0.5, average = "swa:50%:5" }

[[runs]]
name = "line"
kind = "study"
spec = { study = "line", from = "sgd", to = "swa@average", alphas = "-1:2:7" }

[[runs]]
name = "no way"
kind = "study"
spec = { study = "line", from = "sgd", to = "swa", alphas = "0:1:3" }

[[runs]]
name = "after"
from = "swa@average"
spec = { lr = 1e-6, length = { steps = 2 } }

[[runs]]
name = "from the average"
kind = "study"
spec = { study = "line", from = "swa@average", to = "after", alphas = "0:1:3" }

[[runs]]
name = "escape {optimizer}"
kind = "study"
spec = { study = "escape", from = "sgd", rho = 0.0, rate = 3.0, batch = 20, runs = 3, limit = 40, threshold = 0.6 }
vary = { optimizer = ["sgd", "sam"] }

[[runs]]
name = "valley"
kind = "study"
spec = { study = "valley", at = "sgd", to = "swa@average", directions = 3 }

[[runs]]
name = "sharp at {at}"
kind = "study"
spec = { study = "sharpness", noise = "0.01:20" }
vary = { at = ["sgd", "sgd@60", "sgd@0"] }

[[runs]]
name = "spectrum"
kind = "study"
spec = { study = "spectrum", at = "sgd", top = 4, rank = 3, trace = true }

[[runs]]
name = "noise"
kind = "study"
spec = { study = "noise", at = "sgd", batch = 20, products = 8 }

[[claims]]
text = "the last iterate has two names"
check = "difference"
measure = "sharpness"
pairs = [["sharp at sgd", "sharp at sgd@60"], ["sharp at sgd@60", "sharp at sgd"]]
op = ">="
value = 0.0

[[claims]]
text = "and the first one is another"
check = "each-seed"
measure = "train-loss"
runs = ["sharp at sgd@0"]
op = ">"
value = 2.0

[[claims]]
text = "the third eigenvalue is no larger than the first"
check = "each-seed"
measure = "at-rank-over-largest"
runs = ["spectrum"]
op = "<="
value = 1.0

[[claims]]
text = "all eigenvalues are found"
check = "each-seed"
measure = "unfound"
runs = ["spectrum"]
op = "<="
value = 0.0

[[claims]]
text = "noise lies along the curvature"
check = "each-seed"
measure = "ratio"
runs = ["noise"]
op = ">"
value = 1.0

[[claims]]
text = "both walks are one but for the average"
check = "each-seed"
measure = "distance"
runs = ["no way"]
op = "<="
value = 0.0

[[claims]]
text = "the average lies apart"
check = "each-seed"
measure = "distance"
runs = ["line"]
op = ">"
value = 0.0

[[claims]]
text = "a walk from the average begins there"
check = "each-seed"
measure = "distance"
runs = ["from the average"]
op = "<"
value = 1e-4

[[claims]]
text = "SAM with ρ = 0 is SGD"
check = "ratio"
measure = "mean-steps"
pairs = [["escape sgd", "escape sam"]]
op = ">="
value = 1.0

[[claims]]
text = "and the other way round"
check = "ratio"
measure = "mean-steps"
pairs = [["escape sam", "escape sgd"]]
op = ">="
value = 1.0

[[claims]]
text = "random directions are judged"
check = "reported"
measure = "share"
runs = ["valley"]
"#;

#[test]
fn studies_are_made_where_the_walks_of_their_seed_ended() {
    let recipe = Recipe::parse("small", RECIPE).unwrap();
    let report = reproduce(&recipe, None, &Interrupt::default(), &mut |_| {}).unwrap();
    for verdict in &report.verdicts {
        assert!(verdict.passed(), "{verdict:?}");
    }
    let number = |name: &str, seed: u64, measure: &str| -> f64 {
        let run = report.runs.iter().find(|r| r.name == name && r.seed == seed).unwrap();
        run.product.number(measure, None).unwrap()
    };
    // The walks of two seeds differ, and so do their lines.
    assert_ne!(number("line", 1, "distance"), number("line", 2, "distance"));
    // α = 0 is the walk's own end: the rise to the average is what the history says of both.
    let walk = report.runs.iter().find(|r| r.name == "swa" && r.seed == 1).unwrap();
    let Product::Walk(history) = &walk.product else { panic!("a walk") };
    let last = history.epochs().last().unwrap();
    let average = last.average.unwrap();
    let expected = average.train.loss - last.train_loss;
    assert!((number("line", 1, "train-rise") - expected).abs() < 1e-6, "{expected}");
    for run in report.runs.iter().filter(|r| matches!(r.product, Product::Findings(_))) {
        let Product::Findings(findings) = &run.product else { unreachable!() };
        let planned = recipe.planned().unwrap();
        let item = &planned.iter().find(|p| p.name == run.name).unwrap().item;
        for (name, _) in &findings.numbers {
            item.check_measure(name, None).unwrap();
        }
        assert!(findings.panels.iter().all(|p| !p.title.is_empty() && !p.series.is_empty()), "{}", run.name);
    }
}

#[test]
fn a_recipe_with_studies_stops_when_asked() {
    let recipe = Recipe::parse("small", RECIPE).unwrap();
    let stop = Interrupt::default();
    let flag = stop.clone();
    let stopped = reproduce(&recipe, None, &stop, &mut |_| flag.raise());
    assert!(matches!(stopped, Err(ReproduceError::Stopped)));
}

#[test]
fn studies_that_cannot_be_made_are_refused_when_the_recipe_is_read() {
    for (from, to, part) in [
        ("from = \"sgd\", to = \"swa@average\"", "from = \"sgd\", to = \"sgd@average\"", "has no average"),
        ("at = \"sgd\", to = \"swa@average\", directions = 3", "at = \"sgd\"", "along no direction"),
        ("rate = 3.0", "rate = -3.0", "learning rate is -3"),
        ("threshold = 0.6", "threshold = 60", "threshold is 60"),
        ("rho = 0.0", "rho = 0.3", "rho means nothing"),
        ("alphas = \"-1:2:7\"", "alphas = \"2:-1:7\"", "range"),
        ("measure = \"share\"", "measure = \"shar\"", "did you mean \"share\""),
        ("threshold = 0.6", "threshold = 0.6, treshold = 0.6", "unknown field `treshold`"),
        ("threshold = 0.6", "threshold = 0.6, record = \"t.escape\"", "record is not for a recipe to say"),
        ("directions = 3", "directions = 3, tolerance = -1.0", "tolerance"),
        ("rank = 3", "rank = 5", "from 1 to 4"),
        ("rank = 3", "rank = 0", "rank is 0"),
        ("rank = 3", "rank = 3, smallest = 2", "smallest is not for a recipe to say"),
        ("products = 8", "products = 1", "products"),
        ("noise = \"0.01:20\"", "noise = \"-0.01:20\"", "0.01"),
        ("\"sgd@0\"", "\"sgd@30\"", "checkpoint_every"),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        let error = Recipe::parse("small", &RECIPE.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(part), "{to}: {error}");
    }
}

#[test]
fn studies_take_the_other_options_of_their_commands() {
    for (from, to) in [
        ("alphas = \"-1:2:7\"", "alphas = \"-1:2:7\", refine = \"0.01:4\", subject = { device = \"cpu\" }"),
        ("threshold = 0.6", "threshold = 0.6, check = 2, constants = { weight_decay = 0.01 }"),
        ("threshold = 0.6", "threshold = 0.6, momentum = 0.5, full_checks = true"),
        ("directions = 3", "directions = 3, tolerance = 0.1, normalise = \"layer\", scaling = { biases = \"keep\" }"),
        ("rank = 3", "operator = \"gauss-newton\", tolerance = 0.01, products = 50"),
        ("noise = \"0.01:20\"", "subject = { device = \"cpu\" }"),
        ("products = 8", "leading = 2, tolerance = 0.01"),
        ("directions = 3", "directions = 3, detector = { slice = \"1:2:9\", origin = \"lowest\" }"),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        Recipe::parse("small", &RECIPE.replace(from, to)).unwrap_or_else(|e| panic!("{to}: {e}"));
    }
}
