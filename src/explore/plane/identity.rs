//! Everything that decides a plane's numbers: whether a record belongs to it.

use serde_json::{Value, json};

use super::request::{PlaneOf, PlaneRequest};
use crate::{
    explore::{About, Subject, identity::Decisive, subject::Loaded},
    record::RecordError,
};

/// Fields of a request that decide nothing, or in whose place stands what was found.
const LEFT_OUT: &[&str] = &[
    "record",
    // The grid, which a record keeps beside this.
    "grid",
    "a",
    "b",
    // `anchors`: the parameters that the files hold.
    "files",
    "direction_u",
    "direction_v",
    // `of`: which kind of plane it is, and what decides one of that kind.
    "pca",
    "scaling",
    "basis",
    "eigen",
];

/// What decides the numbers of a plane that lies where `of` says, of these anchors, given as SHA-256.
///
/// # Errors
/// When a file's name is no text.
pub(super) fn decisive(
    request: &PlaneRequest,
    of: &PlaneOf,
    about: &About,
    loaded: &Loaded,
    anchors: &[String],
) -> Result<Decisive, RecordError> {
    let default = json!({ "subject": Subject::default() });
    let decisive = Decisive::of(request, LEFT_OUT, default, about, loaded)?;
    let decisive = decisive.with("of", kind(of)).with("anchors", json!(anchors));
    Ok(if request.test { decisive.with("test_count", json!(about.test_count)) } else { decisive })
}

/// Which kind of plane it is, without the names of its files.
fn kind(of: &PlaneOf) -> Value {
    match of {
        PlaneOf::Random { directions, .. } => json!({ "random": { "directions": directions } }),
        PlaneOf::Given { .. } => json!({ "given": {} }),
        PlaneOf::Eigen { spec, seed, .. } => json!({ "eigen": { "search": spec, "seed": seed } }),
        PlaneOf::Three { basis, .. } => json!({ "three": { "basis": basis } }),
        PlaneOf::Principal { .. } => json!({ "principal": {} }),
    }
}

#[cfg(test)]
mod tests;
