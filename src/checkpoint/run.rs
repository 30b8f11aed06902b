//! Our own run files: the parameters of one iteration, without names or shapes.

use std::path::{Path, PathBuf};

use super::{Checkpoint, CheckpointError, Dtype, Format, Tensor};
use crate::{
    net::{Network, ParamLayout},
    run::Manifest,
    runfile::Reader,
};

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
    let values = reader.checkpoint(step)?;
    let manifest = reader.manifest();
    let kept = if steps.len() == 1 { "1 iteration".into() } else { format!("{} iterations", steps.len()) };
    let notes = vec![
        format!("parameters of iteration {step}; the run keeps those of {kept}"),
        format!("network {}, data {}", manifest.spec.net.lines().next().unwrap_or_default(), manifest.spec.data.name),
    ];
    Ok(Checkpoint {
        path: path.into(),
        format: Format::Run,
        tensors: tensors(manifest, values),
        unread: Vec::new(),
        notes,
        run: Some(Box::new(manifest.clone())),
    })
}

/// The tensors under the names of the run's network; one without a name when that network is not to be had any more.
fn tensors(manifest: &Manifest, values: Vec<f32>) -> Vec<Tensor> {
    let tensor = |name: &str, shape: &[usize], values: &[f32]| Tensor {
        name: name.into(),
        shape: shape.into(),
        dtype: Dtype::F32,
        values: values.into(),
    };
    let network = Network::build(&manifest.spec.net, manifest.input, manifest.classes as usize).ok();
    match network.filter(|n| n.layout().len() + n.buffers().len() == values.len()) {
        Some(network) => {
            let (theta, buffers) = values.split_at(network.layout().len());
            let of = |layout: &ParamLayout, values: &[f32]| -> Vec<Tensor> {
                layout.params().iter().map(|p| tensor(&p.name, &p.shape, &values[p.range()])).collect()
            };
            [of(network.layout(), theta), of(network.buffers(), buffers)].concat()
        }
        None => vec![tensor(THETA, &[values.len()], &values)],
    }
}
