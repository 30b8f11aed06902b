//! `walk --fork RUN@STEP`: the parent's settings, with what was given on the command line in their place.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{given::Given, spec::SpecArgs};
use crate::{
    probe::ProbeSpec,
    run::{Fork, ForkError, Left, Length, RunSpec},
    runfile::Reader,
};

/// Options that a fork has from its parent.
const FIXED: [&str; 11] =
    ["data", "train_count", "test_count", "pixels", "labels", "corrupt", "net", "loss", "init", "noise", "order"];

/// The spec of a fork at `at`, RUN@STEP or RUN for its last iteration.
///
/// # Errors
/// A file that is no run, an iteration that it has not come to, and options that cannot change in a fork.
pub fn spec(at: &Path, args: &SpecArgs, given: &Given, without: &[Left]) -> Result<RunSpec> {
    let fixed = FIXED.iter().chain(&["seed", "allow_partial"]).find(|option| given.has(option));
    if let Some(option) = fixed {
        let option = option.replace('_', "-");
        bail!("--{option} cannot be given with --fork: the fork goes on from the state of its parent");
    }
    let fork = find(at)?;
    let mut spec = fork.unchanged();
    if given.has("data_dir") {
        spec.data.dir = args.data.spec().dir;
    }
    args.optimizer.change(&mut spec, given)?;
    for left in without {
        match left {
            Left::Average => spec.average = None,
            Left::Nesterov => spec.optimizer.nesterov = false,
            Left::Shard => spec.optimizer.sam_shard = None,
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
        let every = spec.probes;
        let mut probes = ProbeSpec { step_every: every.step_every, slice_every: every.slice_every, ..every };
        probes.set_names(&args.probes).map_err(anyhow::Error::msg)?;
        spec.probes = probes;
    }
    for every in &args.every {
        spec.probes.set_every(every).map_err(anyhow::Error::msg)?;
    }
    if given.has("bn") {
        spec.norm_mode = args.norm.mode();
    } else if given.has("bn_batch") {
        spec.norm_mode = args.norm.of(spec.norm_mode);
    }
    if given.has("checkpoint_every") {
        spec.checkpoint_every = args.checkpoint_every;
    }
    Ok(spec)
}

/// The fork that `at` means.
fn find(at: &Path) -> Result<Fork> {
    let whole = std::path::absolute(at).with_context(|| format!("{} is no path", at.display()))?;
    let name = whole.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parts = name.rsplit_once('@').filter(|_| !whole.is_file());
    let step = parts.and_then(|(_, step)| step.parse::<u64>().ok());
    let file = match (parts, step) {
        (Some((file, _)), Some(_)) => whole.with_file_name(file),
        (Some(_), None) => bail!("{}: write RUN@STEP, such as run.valley@300", at.display()),
        (None, _) => whole.clone(),
    };
    let reader = Reader::open(&file)?;
    let reached = reader.reached()?;
    let step = step.unwrap_or(reached);
    if step > reached {
        bail!("{}: {}", at.display(), ForkError::NotReached { step, reached });
    }
    Ok(Fork::of(reader.manifest(), &reader.changes()?, step, Some(&file)))
}
