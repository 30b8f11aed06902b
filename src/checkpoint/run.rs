//! Our own run files: the parameters of one iteration, without names or shapes.

use std::path::{Path, PathBuf};

use super::{Checkpoint, CheckpointError, Dtype, Format, Tensor};
use crate::runfile::Reader;

/// The name of the one tensor of a run: all parameters, in the order of the run's network.
pub(super) const THETA: &str = "theta";

/// `FILE@STEP` apart. A file that has such a name itself is taken as it is.
pub(super) fn split_step(path: &Path) -> (PathBuf, Option<u64>) {
    let parts = || {
        let (file, step) = path.file_name()?.to_str()?.rsplit_once('@')?;
        let step = step.parse().ok()?;
        (!file.is_empty() && !path.exists()).then(|| (path.with_file_name(file), Some(step)))
    };
    parts().unwrap_or_else(|| (path.to_path_buf(), None))
}

/// `FILE@STEP`.
pub(super) fn at_step(file: &Path, step: u64) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!("@{step}"));
    name.into()
}

/// The iterations whose parameters a run keeps, in order.
///
/// # Errors
/// A damaged file, or one without any parameters yet.
pub(super) fn steps(reader: &Reader) -> Result<Vec<u64>, CheckpointError> {
    let steps = reader.checkpoints()?;
    if steps.is_empty() { Err(CheckpointError::EmptyRun { path: reader.path().into() }) } else { Ok(steps) }
}

/// The parameters of iteration `step` of a run, or of its last.
pub(super) fn read(path: &Path, file: &Path, step: Option<u64>) -> Result<Checkpoint, CheckpointError> {
    let reader = Reader::open(file)?;
    let steps = steps(&reader)?;
    let step = step.or(steps.last().copied()).unwrap_or(0);
    let theta = reader.checkpoint(step)?;
    let manifest = reader.manifest();
    let kept = if steps.len() == 1 { "1 iteration".into() } else { format!("{} iterations", steps.len()) };
    let notes = vec![
        format!("parameters of iteration {step}; the run keeps those of {kept}"),
        format!("network {}, data {}", manifest.spec.net, manifest.spec.data.name),
    ];
    let tensor = Tensor { name: THETA.into(), shape: vec![theta.len()], dtype: Dtype::F32, values: theta };
    Ok(Checkpoint { path: path.into(), format: Format::Run, tensors: vec![tensor], unread: Vec::new(), notes })
}
