//! Tensors without names: a list of them in the order of a network, or all numbers in one vector.

use super::{Checkpoint, CheckpointError, Tensor};
use crate::net::{Param, ParamLayout, State};

/// The numbers of a network out of a file that names no tensor; `None` if it names them.
pub(super) fn state(
    file: &Checkpoint,
    params: &ParamLayout,
    buffers: &ParamLayout,
) -> Option<Result<State, CheckpointError>> {
    let tensors: Vec<&Tensor> = file.tensors.iter().filter(|t| t.dtype.is_float()).collect();
    let error = |what, cause| Some(Err(CheckpointError::Nameless { path: file.path.clone(), what, cause }));
    let has = |name: &str| params.params().iter().any(|p| p.name == name);
    if let [vector] = tensors[..]
        && vector.shape.len() == 1
        && !has(&vector.name)
        && params.params().len() > 1
    {
        let (found, theta, all) = (vector.values.len(), params.len(), params.len() + buffers.len());
        return match found {
            n if n == all => {
                let (theta, buffers) = vector.values.split_at(theta);
                Some(Ok(State { theta: theta.into(), buffers: buffers.into() }))
            }
            n if n == theta => Some(Err(CheckpointError::NoStatistics { path: file.path.clone() })),
            n => error("one vector", format!("has {n} numbers, where the network has {theta}")),
        };
    }
    // A list: numbers from 0 on. A network of layers without names has `0.weight`.
    let place = |t: &&Tensor| t.name.parse::<usize>().ok();
    let mut places: Vec<(usize, &Tensor)> = tensors.iter().map(|t| Some((place(t)?, *t))).collect::<Option<_>>()?;
    if places.is_empty() || places.iter().any(|(_, t)| has(&t.name)) {
        return None;
    }
    places.sort_by_key(|(place, _)| *place);
    let found: Vec<&Tensor> = places.into_iter().map(|(_, t)| t).collect();
    let fits =
        |wanted: &[&Param]| wanted.len() == found.len() && wanted.iter().zip(&found).all(|(p, t)| p.shape == t.shape);
    let parameters: Vec<&Param> = params.params().iter().collect();
    let everything = in_order(params, buffers);
    let gather = |layout: &ParamLayout| {
        let of = |p: &Param| everything.iter().position(|q| q.name == p.name).map(|i| found[i].values.clone());
        layout.params().iter().filter_map(of).flatten().collect()
    };
    if fits(&everything) {
        return Some(Ok(State { theta: gather(params), buffers: gather(buffers) }));
    }
    if fits(&parameters) {
        return Some(Err(CheckpointError::NoStatistics { path: file.path.clone() }));
    }
    let (have, want) = (found.len(), parameters.len());
    let differ = parameters.iter().zip(&found).position(|(p, t)| p.shape != t.shape);
    error(
        "a list of tensors",
        match differ {
            Some(i) => format!(
                "number {i} has the shape {:?}, where {} has {:?}",
                found[i].shape, parameters[i].name, parameters[i].shape
            ),
            None => format!("it has {have} of them, where the network has {want}"),
        },
    )
}

/// Parameters and running statistics as a state_dict lists them: the statistics of a layer behind its bias.
fn in_order<'a>(params: &'a ParamLayout, buffers: &'a ParamLayout) -> Vec<&'a Param> {
    let mut all = Vec::new();
    for p in params.params() {
        all.push(p);
        if let Some(layer) = p.name.strip_suffix("bias") {
            all.extend(
                buffers.params().iter().filter(|b| b.name.strip_prefix(layer).is_some_and(|rest| !rest.contains('.'))),
            );
        }
    }
    all
}
