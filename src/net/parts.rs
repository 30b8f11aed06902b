//! A batch of activations on the host, cut into parts.

use std::sync::Arc;

use rayon::prelude::*;

use super::host_act::HostAct;

/// The activations of a batch, in parts that fit a core's cache. Copies share the numbers.
#[derive(Clone, Debug, Default)]
pub struct Parts(pub(super) Vec<Arc<HostAct>>);

impl Parts {
    /// A batch in parts, in the order of its examples.
    pub fn new(parts: impl IntoIterator<Item = HostAct>) -> Parts {
        Parts(parts.into_iter().map(Arc::new).collect())
    }

    /// All parts of several batches.
    pub fn joined<'a>(batches: impl IntoIterator<Item = &'a Parts>) -> Parts {
        Parts(batches.into_iter().flat_map(|b| b.0.iter().cloned()).collect())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Every part as a batch of its own.
    pub fn each_alone(self) -> impl Iterator<Item = Parts> {
        self.0.into_iter().map(|part| Parts(vec![part]))
    }

    /// The numbers, `[N, F]` row-major.
    pub fn into_outputs(self) -> Vec<f32> {
        let mut parts = self.0.iter().map(|part| part.rows());
        let Some(mut out) = parts.next() else { return Vec::new() };
        parts.for_each(|rows| out.extend(rows));
        out
    }

    /// `f` of every part, in parallel when there are several.
    pub(super) fn map(&self, f: impl Fn(&HostAct) -> HostAct + Sync) -> Parts {
        Parts(self.each(|x| Arc::new(f(x))))
    }

    /// Results of every part in order.
    pub(super) fn each<T: Send>(&self, f: impl Fn(&HostAct) -> T + Sync) -> Vec<T> {
        match self.0.as_slice() {
            [one] => vec![f(one)],
            several => several.par_iter().map(|x| f(x)).collect(),
        }
    }

    /// Results of every pair of parts in order.
    pub(super) fn each_with<T: Send>(&self, other: &Parts, f: impl Fn(&HostAct, &HostAct) -> T + Sync) -> Vec<T> {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([x], [y]) => vec![f(x, y)],
            (xs, ys) => xs.par_iter().zip(ys).map(|(x, y)| f(x, y)).collect(),
        }
    }

    /// Results of the same part of several batches, in order.
    pub(super) fn zipped<T: Send, const K: usize>(
        batches: [&Parts; K],
        f: impl Fn([&HostAct; K]) -> T + Sync,
    ) -> Vec<T> {
        let part = |i: usize| f(batches.map(|batch| &*batch.0[i]));
        match batches[0].0.len() {
            1 => vec![part(0)],
            count => (0..count).into_par_iter().map(part).collect(),
        }
    }

    pub(super) fn map_with(&self, other: &Parts, f: impl Fn(&HostAct, &HostAct) -> HostAct + Sync) -> Parts {
        Parts(self.each_with(other, |x, y| Arc::new(f(x, y))))
    }

    /// Changes every part in place, unless something else still needs it.
    pub(super) fn update(mut self, f: impl Fn(&mut HostAct) + Sync) -> Parts {
        match self.0.as_mut_slice() {
            [one] => f(Arc::make_mut(one)),
            several => several.par_iter_mut().for_each(|x| f(Arc::make_mut(x))),
        }
        self
    }

    /// Changes every part in place, beside the same part of `other`.
    pub(super) fn update_with(mut self, other: &Parts, f: impl Fn(&mut HostAct, &HostAct) + Sync) -> Parts {
        match (self.0.as_mut_slice(), other.0.as_slice()) {
            ([x], [y]) => f(Arc::make_mut(x), y),
            (xs, ys) => xs.par_iter_mut().zip(ys).for_each(|(x, y)| f(Arc::make_mut(x), y)),
        }
        self
    }

    /// The form of every part, without numbers.
    pub(super) fn outline(&self) -> Parts {
        Parts(self.0.iter().map(|x| Arc::new(x.outline())).collect())
    }
}
