//! Writing a checkpoint that PyTorch loads.

use std::path::Path;

use safetensors::{Dtype as Stored, tensor::TensorView};

use super::CheckpointError;
use crate::{
    net::{ParamLayout, State},
    whole_file,
};

/// Writes a network as a safetensors file: one float32 tensor for each parameter and buffer, under its name, and beside
/// each `….running_var` the counter `….num_batches_tracked` = 0, so that `load_state_dict(strict=True)` takes it.
///
/// The file appears whole or not at all.
///
/// # Errors
/// The file cannot be written.
///
/// # Panics
/// When `state` is not of these layouts.
pub fn save(path: &Path, params: &ParamLayout, buffers: &ParamLayout, state: &State) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io { path: path.to_path_buf(), source };
    let other = |e: safetensors::SafeTensorError| io(std::io::Error::other(e));
    let mut views = Vec::new();
    let parts = [(params, bytes(&state.theta)), (buffers, bytes(&state.buffers))];
    for (layout, bytes) in &parts {
        assert_eq!(layout.len() * 4, bytes.len(), "a state of another network");
        for p in layout.params() {
            let data = &bytes[p.range().start * 4..p.range().end * 4];
            views.push((p.name.clone(), TensorView::new(Stored::F32, p.shape.clone(), data).map_err(other)?));
        }
    }
    for p in buffers.params() {
        if let Some(layer) = p.name.strip_suffix("running_var") {
            let counter = TensorView::new(Stored::I64, Vec::new(), &[0; 8]).map_err(other)?;
            views.push((format!("{layer}num_batches_tracked"), counter));
        }
    }
    // "pt" says that names and shapes are PyTorch's; some loaders insist on it.
    let metadata = [("format".to_string(), "pt".to_string())].into();
    let file = safetensors::serialize(views, Some(metadata)).map_err(other)?;
    whole_file::write_bytes(path, &file).map_err(io)
}

/// Writes directions in parameter space as a safetensors file: for each, named, one float32 tensor for each parameter, called
/// `NAME.PARAMETER`, so that `FILE#NAME` reads it as a checkpoint of the network.
///
/// The file appears whole or not at all.
///
/// # Errors
/// The file cannot be written.
///
/// # Panics
/// When a direction is not of this layout.
pub fn save_directions(
    path: &Path,
    params: &ParamLayout,
    directions: &[(String, Vec<f32>)],
) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io { path: path.to_path_buf(), source };
    let other = |e: safetensors::SafeTensorError| io(std::io::Error::other(e));
    let stored: Vec<(&String, Vec<u8>)> = directions.iter().map(|(name, values)| (name, bytes(values))).collect();
    let mut views = Vec::new();
    for (name, bytes) in &stored {
        assert_eq!(params.len() * 4, bytes.len(), "a direction of another network");
        for p in params.params() {
            let data = &bytes[p.range().start * 4..p.range().end * 4];
            let view = TensorView::new(Stored::F32, p.shape.clone(), data).map_err(other)?;
            views.push((format!("{name}.{}", p.name), view));
        }
    }
    let metadata = [("format".to_string(), "pt".to_string())].into();
    let file = safetensors::serialize(views, Some(metadata)).map_err(other)?;
    whole_file::write_bytes(path, &file).map_err(io)
}

/// f32 as the file has them.
fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}
