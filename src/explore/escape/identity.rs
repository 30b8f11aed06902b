//! Everything that decides a run's numbers but its method and its seed: whether a record belongs to a table.

use serde_json::json;

use super::{request::EscapeRequest, walker::Ground};
use crate::{
    explore::{About, identity::Decisive, subject::Loaded, sum::sum},
    record::RecordError,
};

/// Fields of a request that decide nothing, or in whose place stands what was found.
const LEFT_OUT: &[&str] = &[
    "record",
    // `start`: the parameters that the file holds.
    "checkpoint",
    // Which runs there are: rows of the record.
    "methods",
    "optimizer.kind",
    "optimizer.rho",
    "seeds",
    "seed",
    // May be left open: the images of a step.
    "batch",
    // All images, or as many as tell the same.
    "full_checks",
];

impl Ground {
    /// What decides the numbers of its runs.
    ///
    /// # Errors
    /// When a file's name is no text.
    pub fn decisive(&self) -> Result<Decisive, RecordError> {
        decisive(&self.request, &self.setting.about, &self.setting.loaded, &sum(&self.start), self.batch)
    }
}

/// What decides the numbers of runs from a start, given as SHA-256, with so many images a step.
fn decisive(
    request: &EscapeRequest,
    about: &About,
    loaded: &Loaded,
    start: &str,
    batch: u64,
) -> Result<Decisive, RecordError> {
    let decisive = Decisive::of(request, LEFT_OUT, json!(EscapeRequest::default()), about, loaded)?;
    Ok(decisive.with("start", json!(start)).with("batch", json!(batch)))
}

#[cfg(test)]
mod tests;
