//! From a checkpoint's tensors to a network's parameters and buffers.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Checkpoint, CheckpointError, Dtype, Format, Tensor, nameless,
    names::{is_statistic, plain},
    run::THETA,
};
use crate::{
    net::{Network, Param, ParamLayout, State},
    probe::NormMode,
    suggest,
};

impl Checkpoint {
    /// The numbers of a network with these parameters and buffers. Numbers that are not finite are kept: they are data.
    ///
    /// PyTorch's counters `….num_batches_tracked` are ignored, and so are tensors of integers and the like that the
    /// network does not know: masks and position numbers are no parameters.
    ///
    /// # Errors
    /// The first tensor that is missing or does not fit in shape or type, with what was expected and what was found;
    /// then tensors of floating-point numbers that the network does not know. For a run, another number of parameters.
    pub fn fit(&self, params: &ParamLayout, buffers: &ParamLayout) -> Result<State, CheckpointError> {
        if matches!(self.tensors.as_slice(), [only] if only.name == THETA && self.format == Format::Run) {
            return self.fit_run(params, buffers);
        }
        if let Some(found) = nameless::state(self, params, buffers) {
            return found;
        }
        let found = self.find_all(params, buffers)?;
        // Only now is memory taken.
        let [theta, buffers] = found.map(|tensors| tensors.iter().flat_map(|t| &t.values).copied().collect());
        Ok(State { theta, buffers })
    }

    /// Refuses what [`Checkpoint::point`] would refuse, for tensors whose numbers need not be there. What has no names is not looked at.
    pub(super) fn check(&self, network: &Network, mode: NormMode) -> Result<(), CheckpointError> {
        let (params, buffers) = (network.layout(), network.buffers());
        if nameless::state(self, params, buffers).is_some() {
            return Ok(());
        }
        match self.find_all(params, buffers) {
            Err(CheckpointError::NoStatistics { .. }) if mode != NormMode::Running => Ok(()),
            found => found.map(drop),
        }
    }

    /// The tensors of parameters and of buffers, and nothing else that a network could have.
    fn find_all(&self, params: &ParamLayout, buffers: &ParamLayout) -> Result<[Vec<&Tensor>; 2], CheckpointError> {
        if !buffers.is_empty() && !self.tensors.iter().any(|t| is_statistic(&t.name)) {
            // What is missing besides goes first.
            self.find(params)?;
            return Err(CheckpointError::NoStatistics { path: self.path.clone() });
        }
        let found = [self.find(params)?, self.find(buffers)?];
        let known: BTreeSet<String> =
            [params, buffers].iter().flat_map(|l| l.params()).map(|p| plain(&p.name)).collect();
        let names: Vec<String> = self
            .tensors
            .iter()
            .filter(|t| t.dtype.is_float() && !known.contains(&plain(&t.name)) && !is_counter(&t.name))
            .map(|t| t.name.clone())
            .collect();
        if names.is_empty() { Ok(found) } else { Err(CheckpointError::Extra { path: self.path.clone(), names }) }
    }

    /// The point that it holds of a network, measured in this mode: running statistics have to be there where they are used.
    ///
    /// # Errors
    /// As [`Checkpoint::fit`], but for statistics that are not used.
    pub fn point(&self, network: &Network, mode: NormMode) -> Result<State, CheckpointError> {
        let (params, buffers) = (network.layout(), network.buffers());
        match mode {
            NormMode::Running => self.fit(params, buffers),
            NormMode::Batch(_) | NormMode::Recalibrated(_) => self.fit_without_statistics(params, buffers),
        }
    }

    /// The same where running statistics are not asked for: a file that has none has means 0 and variances 1.
    ///
    /// # Errors
    /// As [`Checkpoint::fit`], but for the statistics.
    pub fn fit_without_statistics(
        &self,
        params: &ParamLayout,
        buffers: &ParamLayout,
    ) -> Result<State, CheckpointError> {
        match self.fit(params, buffers) {
            Err(CheckpointError::NoStatistics { .. }) => {
                let theta = self.fit(params, &ParamLayout::default())?.theta;
                let fresh = |p: &Param| vec![f32::from(u8::from(p.name.ends_with("running_var"))); p.count()];
                Ok(State { theta, buffers: buffers.params().iter().flat_map(fresh).collect() })
            }
            found => found,
        }
    }

    /// The tensors of `layout`, one after the other.
    fn find(&self, layout: &ParamLayout) -> Result<Vec<&Tensor>, CheckpointError> {
        let path = || self.path.clone();
        // Wrappers may have put words into the names of either.
        let tensors: BTreeMap<String, &Tensor> = self.tensors.iter().map(|t| (plain(&t.name), t)).collect();
        let wrong_type = |name: &str, dtype: &Dtype| CheckpointError::Dtype {
            path: path(),
            name: name.into(),
            dtype: dtype.clone(),
        };
        let mut out = Vec::with_capacity(layout.params().len());
        for p in layout.params() {
            let Some(tensor) = tensors.get(&plain(&p.name)) else {
                return Err(match self.unread.iter().find(|u| u.name == p.name) {
                    Some(unread) => wrong_type(&unread.name, &unread.dtype),
                    None => CheckpointError::Missing {
                        path: path(),
                        name: p.name.clone(),
                        hint: suggest::closest(&p.name, tensors.keys().map(String::as_str))
                            .map_or(String::new(), |n| format!(" (the nearest it has is \"{n}\")")),
                    },
                });
            };
            if tensor.shape != p.shape {
                return Err(CheckpointError::Shape {
                    path: path(),
                    name: p.name.clone(),
                    expected: p.shape.clone(),
                    found: tensor.shape.clone(),
                });
            }
            if !tensor.dtype.is_float() {
                return Err(wrong_type(&p.name, &tensor.dtype));
            }
            out.push(*tensor);
        }
        Ok(out)
    }

    /// A run keeps θ as a whole; only its length tells whether it is of this network.
    fn fit_run(&self, params: &ParamLayout, buffers: &ParamLayout) -> Result<State, CheckpointError> {
        let values = self.tensors.iter().flat_map(|t| &t.values).copied().collect::<Vec<f32>>();
        let expected = params.len() + buffers.len();
        if values.len() != expected {
            return Err(CheckpointError::Length { path: self.path.clone(), found: values.len(), expected });
        }
        let (theta, buffers) = values.split_at(params.len());
        Ok(State { theta: theta.into(), buffers: buffers.into() })
    }
}

/// Whether a tensor counts the batches that a batch norm has seen; nothing is computed with it.
fn is_counter(name: &str) -> bool {
    name.rsplit('.').next() == Some("num_batches_tracked")
}
