//! Parameters in files: safetensors with PyTorch's state_dict names and shapes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::{
    net::{Network, ParamLayout, State},
    suggest,
};

/// A checkpoint that cannot be used, with the tensor that does not fit.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{} is not a safetensors file: {cause}; save it with safetensors.torch.save_file(model.state_dict(), …)", path.display())]
    Format { path: PathBuf, cause: String },
    #[error("{} has no tensor \"{name}\" that the network needs{hint}; choose the --net that the file was made with", path.display())]
    Missing { path: PathBuf, name: String, hint: String },
    #[error("{}: tensor \"{name}\" has shape {found:?}, the network expects {expected:?}; choose the --net that the file was made with", path.display())]
    Shape { path: PathBuf, name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("{}: tensor \"{name}\" holds {dtype:?}; convert it to float32", path.display())]
    Dtype { path: PathBuf, name: String, dtype: Dtype },
    #[error("{} has tensors that the network does not know: {}; choose the --net that the file was made with", path.display(), names.join(", "))]
    Extra { path: PathBuf, names: Vec<String> },
}

/// Reads a state that fits `network`.
pub fn load_state(path: &Path, network: &Network) -> Result<State, CheckpointError> {
    Ok(State { theta: load_parameters(path, network.layout())?, buffers: network.initial_state(0).buffers })
}

/// Reads a parameter vector of length D whose tensors fit `layout` in name and shape. Numbers that are not finite are
/// kept: they are data.
///
/// # Errors
/// The first tensor that does not fit, with what was expected and what was found.
pub fn load_parameters(path: &Path, layout: &ParamLayout) -> Result<Vec<f32>, CheckpointError> {
    let at = || path.to_path_buf();
    let bytes = std::fs::read(path).map_err(|source| CheckpointError::Io { path: at(), source })?;
    let format = |e: safetensors::SafeTensorError| CheckpointError::Format { path: at(), cause: e.to_string() };
    let file = SafeTensors::deserialize(&bytes).map_err(format)?;
    let mut theta = vec![0.0f32; layout.len()];
    let known: BTreeMap<&str, _> = layout.params().iter().map(|p| (p.name.as_str(), p)).collect();
    for p in layout.params() {
        let Ok(view) = file.tensor(&p.name) else {
            let names = file.names();
            let hint = suggest::closest(&p.name, names.iter().map(|n| &**n))
                .map_or(String::new(), |n| format!(" (the nearest it has is \"{n}\")"));
            return Err(CheckpointError::Missing { path: at(), name: p.name.clone(), hint });
        };
        if view.shape() != p.shape {
            return Err(CheckpointError::Shape {
                path: at(),
                name: p.name.clone(),
                expected: p.shape.clone(),
                found: view.shape().to_vec(),
            });
        }
        copy(&view, &mut theta[p.range()]).ok_or_else(|| CheckpointError::Dtype {
            path: at(),
            name: p.name.clone(),
            dtype: view.dtype(),
        })?;
    }
    let extra: Vec<String> =
        file.names().into_iter().filter(|n| !known.contains_key(&**n)).map(|n| n.to_string()).collect();
    if extra.is_empty() { Ok(theta) } else { Err(CheckpointError::Extra { path: at(), names: extra }) }
}

/// Widens or rounds a tensor to f32; `None` for a type that holds no real numbers.
fn copy(view: &TensorView, out: &mut [f32]) -> Option<()> {
    match view.dtype() {
        Dtype::F32 => fill(view, out, |b: [u8; 4]| f32::from_le_bytes(b)),
        Dtype::F64 => fill(view, out, |b: [u8; 8]| f64::from_le_bytes(b) as f32),
        // bfloat16 is the upper half of a float32.
        Dtype::BF16 => fill(view, out, |b: [u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)),
        _ => return None,
    }
    Some(())
}

fn fill<const N: usize>(view: &TensorView, out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    for (x, bytes) in out.iter_mut().zip(view.data().as_chunks::<N>().0) {
        *x = number(*bytes);
    }
}

/// Writes θ as a safetensors file that PyTorch loads: one float32 tensor per parameter, under its name.
pub fn save_parameters(path: &Path, layout: &ParamLayout, theta: &[f32]) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io { path: path.to_path_buf(), source };
    let format = |e: safetensors::SafeTensorError| CheckpointError::Format { path: path.into(), cause: e.to_string() };
    let bytes: Vec<u8> = theta.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut views = Vec::new();
    for p in layout.params() {
        let range = p.range();
        let data = &bytes[range.start * 4..range.end * 4];
        views.push((p.name.as_str(), TensorView::new(Dtype::F32, p.shape.clone(), data).map_err(format)?));
    }
    let file = safetensors::serialize(views, None).map_err(format)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    std::fs::write(temporary.path(), file).map_err(io)?;
    temporary.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Network;

    #[test]
    fn what_is_saved_is_loaded_to_the_bit() {
        let net = Network::build("lenet", [1, 28, 28], 10).unwrap();
        let theta = net.initial_parameters(1);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("theta.safetensors");
        save_parameters(&path, net.layout(), &theta).unwrap();
        assert_eq!(load_parameters(&path, net.layout()).unwrap(), theta);
    }

    #[test]
    fn a_file_that_does_not_fit_says_which_tensor() {
        let lenet = Network::build("lenet", [1, 28, 28], 10).unwrap();
        let mlp = Network::build("mlp", [1, 28, 28], 10).unwrap();
        let wide = Network::build("mlp:784-64-64-10", [1, 28, 28], 10).unwrap();
        let shallow = Network::build("mlp:784-128-10", [1, 28, 28], 10).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mlp.safetensors");
        save_parameters(&path, mlp.layout(), &mlp.initial_parameters(1)).unwrap();
        let says = |net: &Network| load_parameters(&path, net.layout()).unwrap_err().to_string();
        assert!(says(&lenet).contains("no tensor \"conv1.weight\""));
        assert!(says(&wide).contains("\"0.weight\" has shape [128, 784], the network expects [64, 784]"));
        assert!(says(&shallow).contains("\"2.weight\" has shape [64, 128], the network expects [10, 128]"));
        std::fs::write(&path, b"not a checkpoint at all").unwrap();
        assert!(says(&mlp).contains("is not a safetensors file"));
        assert!(load_parameters(Path::new("/no/such"), mlp.layout()).unwrap_err().to_string().contains("/no/such"));
    }
}
