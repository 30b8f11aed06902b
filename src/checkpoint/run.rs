//! Our own run files: the parameters of one iteration, without names or shapes.

use std::path::Path;

use super::{Checkpoint, CheckpointError, Dtype, Format, Tensor, moment::Moment};
use crate::{
    net::{Network, ParamLayout},
    run::Manifest,
    runfile::{KeptAverage, Reader},
};

/// The name of the one tensor of a run: all parameters, in the order of the run's network.
pub(super) const THETA: &str = "theta";

/// The iterations whose parameters a run keeps, in order.
///
/// # Errors
/// A damaged file, or one without any parameters yet.
pub(super) fn steps(reader: &Reader) -> Result<Vec<u64>, CheckpointError> {
    let steps = reader.checkpoints()?;
    if steps.is_empty() { Err(CheckpointError::EmptyRun { path: reader.path().into() }) } else { Ok(steps) }
}

/// The parameters of a moment of a run, or of its last iteration.
pub(super) fn read(path: &Path, file: &Path, moment: Option<Moment>) -> Result<Checkpoint, CheckpointError> {
    let reader = Reader::open(file)?;
    let (values, what) = match moment {
        Some(Moment::Average) => average(&reader)?,
        Some(Moment::Step(step)) => iteration(&reader, Some(step))?,
        None => iteration(&reader, None)?,
    };
    let manifest = reader.manifest();
    let notes = vec![
        what,
        format!("network {}, data {}", manifest.spec.net.lines().next().unwrap_or_default(), manifest.spec.data.name),
    ];
    Ok(Checkpoint {
        path: path.into(),
        format: Format::Run,
        tensors: tensors(manifest, values),
        unread: Vec::new(),
        notes,
        others: Vec::new(),
        run: Some(Box::new(manifest.clone())),
    })
}

/// The numbers of an iteration, or of the last one that is kept, and a note on them.
fn iteration(reader: &Reader, step: Option<u64>) -> Result<(Vec<f32>, String), CheckpointError> {
    let steps = steps(reader)?;
    let step = step.or(steps.last().copied()).unwrap_or(0);
    let kept = if steps.len() == 1 { "1 iteration".into() } else { format!("{} iterations", steps.len()) };
    Ok((reader.checkpoint(step)?, format!("parameters of iteration {step}; the run keeps those of {kept}")))
}

/// The numbers of the mean of iterates, and a note on them.
fn average(reader: &Reader) -> Result<(Vec<f32>, String), CheckpointError> {
    let missing = || CheckpointError::NoAverage { path: reader.path().into() };
    let KeptAverage { t, count, values } = reader.average()?.ok_or_else(missing)?;
    Ok((values, format!("mean of {count} iterates up to iteration {t}; running statistics computed anew for it")))
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
