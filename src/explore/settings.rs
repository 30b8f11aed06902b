//! Data and objectives in memory, so that the next measurement on them reads no file and copies no image.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{error::ExploreError, source::Source};
use crate::{
    data::{self, DataSpec, Dataset},
    objective::{Interrupt, Objective},
    run::{DeviceChoice, LossKind},
};

/// Settings that are kept at most: those of a comparison.
const COUNT: usize = 2;
/// Bytes that all of them may take.
const BUDGET: usize = 1 << 30;

/// The settings that were used last. Clones are the same.
///
/// Measurements that begin together wait for each other: the second one finds what the first one loaded.
#[derive(Clone, Default)]
pub struct Settings(Arc<Mutex<Kept>>);

impl Settings {
    pub(super) fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those that are kept, the one that was used last at the end.
#[derive(Default)]
pub(super) struct Kept(Vec<Entry>);

/// Data in memory.
#[derive(Clone)]
pub(super) struct Data {
    pub dataset: Arc<Dataset>,
    /// `None` when it cannot be told whether they are still what would be read.
    source: Option<Source>,
}

/// What is computed on data.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub net: String,
    pub loss: LossKind,
    pub device: DeviceChoice,
}

struct Entry {
    data: Data,
    asked: Asked,
    /// Nothing is computed with it; others are made from it.
    objective: Objective,
}

impl Kept {
    /// The data of a spec: those in memory if reading them would give the same, else read.
    ///
    /// # Errors
    /// What is wrong with the data.
    pub fn data(&self, spec: &DataSpec, seed: u64) -> Result<Data, ExploreError> {
        // Before they are read: a file that changes meanwhile is seen to be another the next time.
        let source = Source::of(spec, seed);
        if source.is_some()
            && let Some(known) = self.0.iter().find(|entry| entry.data.source == source)
        {
            return Ok(known.data.clone());
        }
        Ok(Data { dataset: Arc::new(data::load(spec, seed)?), source })
    }

    /// What is asked on these data, made by `make` if it is not in memory.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn objective(
        &mut self,
        data: &Data,
        asked: Asked,
        interrupt: Interrupt,
        make: impl FnOnce() -> Result<Objective, ExploreError>,
    ) -> Result<Objective, ExploreError> {
        if data.source.is_none() {
            return Ok(make()?.interrupted_by(interrupt));
        }
        let known = self.0.iter().position(|entry| entry.data.source == data.source && entry.asked == asked);
        let entry = match known {
            Some(at) => self.0.remove(at),
            None => Entry { data: data.clone(), asked, objective: make()? },
        };
        let objective = entry.objective.anew(interrupt);
        self.0.push(entry);
        while self.0.len() > COUNT || self.bytes() > BUDGET {
            self.0.remove(0);
        }
        Ok(objective)
    }

    fn bytes(&self) -> usize {
        let one = |(at, entry): (usize, &Entry)| {
            let data = &entry.data.dataset;
            let is_counted = self.0[..at].iter().any(|before| Arc::ptr_eq(&before.data.dataset, data));
            entry.objective.bytes() + if is_counted { 0 } else { data.bytes() }
        };
        self.0.iter().enumerate().map(one).sum()
    }
}

#[cfg(test)]
mod tests;
