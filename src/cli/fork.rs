//! `walk --fork RUN@STEP`: the parent's settings, with what was given on the command line in their place.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::{
    given::{FIXED, Given},
    spec::SpecArgs,
};
use crate::{
    optim::constants,
    run::{Fork, ForkError, Left, Length, RunSpec},
    runfile::Reader,
};

/// The spec of a fork at `at`, RUN@STEP or RUN for its last iteration.
///
/// # Errors
/// A file that is no run, an iteration that it has not come to, and options that cannot change in a fork.
pub fn spec(at: &Path, args: &SpecArgs, given: &Given, without: &[Left]) -> Result<RunSpec> {
    let constants = constants().iter().filter(|constant| !constant.live).map(|constant| constant.key);
    let fixed = FIXED.into_iter().chain(constants).find(|option| given.has(option));
    if let Some(option) = fixed {
        let option = option.replace('_', "-");
        bail!("--{option} cannot be given with --fork: the fork goes on from the state of its parent");
    }
    let fork = find(at)?;
    let mut spec = fork.unchanged();
    if given.has("data_dir") {
        spec.data.dir.clone_from(&args.data.dir);
    }
    args.optimizer.change(&mut spec, given)?;
    for left in without {
        match left {
            Left::Average => spec.average = None,
            Left::Nesterov => spec.optimizer.nesterov = false,
            Left::Shard => spec.optimizer.sam_shard = None,
            Left::NoiseBatch => spec.optimizer.gld_batch = None,
            Left::Checkpoints => spec.checkpoint_every = None,
        }
    }
    if given.has("batch") {
        spec.batch = args.batch;
    }
    match (args.steps, args.epochs) {
        (_, Some(n)) => spec.length = Length::Epochs(n),
        (Some(n), None) => spec.length = Length::Steps(n),
        (None, None) => {}
    }
    if given.has("device") {
        spec.device = args.device;
    }
    if given.has("probes") {
        spec.probes.set_names(&args.probes).map_err(anyhow::Error::msg)?;
    }
    for probe in &args.probe {
        spec.probes.set_derivatives(probe).map_err(anyhow::Error::msg)?;
    }
    for every in &args.every {
        spec.probes.set_every(every).map_err(anyhow::Error::msg)?;
    }
    if given.has("bn") {
        spec.norm_mode = args.norm_mode;
    } else if given.has("bn_batch") {
        spec.norm_mode = spec.norm_mode.with_batch(args.norm_mode.batch());
    }
    if given.has("checkpoint_every") {
        spec.checkpoint_every = args.checkpoint_every;
    }
    Ok(spec)
}

/// The run file and the iteration of `at`, RUN@STEP or RUN alone.
///
/// # Errors
/// What is no path, and a step that is no number.
pub fn parts(at: &Path) -> Result<(PathBuf, Option<u64>)> {
    let whole = std::path::absolute(at).with_context(|| format!("{} is no path", at.display()))?;
    let name = whole.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parts = name.rsplit_once('@').filter(|_| !whole.is_file());
    let step = parts.and_then(|(_, step)| step.parse::<u64>().ok());
    match (parts, step) {
        (Some((file, _)), Some(_)) => Ok((whole.with_file_name(file), step)),
        (Some(_), None) => bail!("{}: write RUN@STEP, such as run.valley@300", at.display()),
        (None, _) => Ok((whole.clone(), None)),
    }
}

/// The fork that `at` means.
fn find(at: &Path) -> Result<Fork> {
    let (file, step) = parts(at)?;
    let reader = Reader::open(&file)?;
    let reached = reader.reached()?;
    let step = step.unwrap_or(reached);
    if step > reached {
        bail!("{}: {}", at.display(), ForkError::NotReached { step, reached });
    }
    Ok(Fork::of(reader.manifest(), &reader.changes()?, step, Some(&file)))
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::SpecArgs;
    use crate::cli::given::{ASKED, FIXED};
    use crate::{
        cli::constants::Constants,
        optim::{Constant, OptimizerKind, OptimizerSpec, Value, constants},
        run::RunSpec,
    };

    fn command() -> Command {
        SpecArgs::augment_args(Command::new("x").no_binary_name(true))
    }

    /// A name that is no option's would be one that is never given.
    #[test]
    fn the_options_that_a_fork_asks_about_are_there() {
        let command = command();
        let known: Vec<&str> = command.get_arguments().map(|arg| arg.get_id().as_str()).collect();
        for name in FIXED.iter().chain(&ASKED) {
            assert!(known.contains(name), "{name} is no option");
        }
        for constant in constants() {
            assert!(known.contains(&constant.key), "{constant:?} is no option");
        }
    }

    /// A value that is not the default, and one of a run with momentum.
    fn other(constant: &Constant) -> Value {
        let text = match constant.default_value() {
            Value::Number(_) => "0.25",
            Value::Flag(_) => "true",
            Value::Count(_) | Value::Limit(_) => "7",
            Value::Norm(_) => "inf",
            Value::Moment(_) => "31",
            Value::Kind(_) => "adam",
        };
        constant.default_value().parse_like(text).unwrap()
    }

    /// From the option to the spec, to the command line that repeats the run, and back.
    #[test]
    fn every_constant_is_an_option_that_repeats_itself() {
        let momentum = constants().iter().find(|constant| constant.key == "momentum").unwrap();
        for constant in constants() {
            let kind = OptimizerKind::ALL.iter().copied().find(|kind| kind.has(constant)).unwrap();
            let mut spec = RunSpec::default();
            spec.optimizer.kind = kind;
            if kind.has(momentum) {
                spec.optimizer.momentum = 0.5;
            }
            constant.set(&mut spec.optimizer, other(constant));
            let matches = command().try_get_matches_from(spec.arguments()).unwrap();
            let back = SpecArgs::from_arg_matches(&matches).unwrap().spec().unwrap();
            assert_eq!(back, spec, "{}", spec.command_line());
            let mut words = vec![format!("--{}", constant.flag)];
            words.extend(Some(other(constant).to_string()).filter(|text| text != "true"));
            let mut found = OptimizerSpec::default();
            let command = Constants::augment_args(Command::new("x").no_binary_name(true));
            let matches = command.try_get_matches_from(&words).unwrap();
            Constants::from_arg_matches(&matches).unwrap().change(&mut found);
            assert_eq!(constant.get(&found), other(constant), "{words:?}");
            constant.set(&mut found, constant.default_value());
            assert_eq!(found, OptimizerSpec::default(), "{words:?}: nothing else is changed");
        }
    }
}
