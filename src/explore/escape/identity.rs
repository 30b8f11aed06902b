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
    "kinds",
    "rho",
    "baseline",
    "seeds",
    // May be left open: the images of a step.
    "batch",
    // All images, or as many as tell the same.
    "full_checks",
    // Older records say that there is none on the gradient; there never was.
    "noise",
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
    let default = json!(said(&EscapeRequest::default()));
    let decisive = Decisive::of(&said(request), LEFT_OUT, default, about, loaded)?;
    Ok(decisive.with("start", json!(start)).with("batch", json!(batch)))
}

/// The same request with the constants that may be left open.
fn said(request: &EscapeRequest) -> EscapeRequest {
    EscapeRequest { constants: request.constants.whole(), ..request.clone() }
}

#[cfg(test)]
mod tests;
