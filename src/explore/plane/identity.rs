//! Everything that decides a plane's numbers: whether a record belongs to it.

use serde_json::json;

use crate::{
    explore::{About, PlaneRequest, Subject, identity::Decisive, subject::Loaded},
    record::RecordError,
};

/// Fields of a request that decide nothing, or in whose place stands what was found.
const LEFT_OUT: &[&str] = &[
    "record",
    // The grid, which a record keeps beside this.
    "window",
    // `anchors`: the parameters that the files hold.
    "of.random.centre",
    "of.given.centre",
    "of.given.u",
    "of.given.v",
    "of.three.a",
    "of.three.b",
    "of.three.c",
    "of.principal.path",
];

/// What decides the numbers of a plane of these anchors, given as SHA-256.
///
/// # Errors
/// When a file's name is no text.
pub(super) fn decisive(
    request: &PlaneRequest,
    about: &About,
    loaded: &Loaded,
    anchors: &[String],
) -> Result<Decisive, RecordError> {
    let default = json!({ "subject": Subject::default() });
    let decisive = Decisive::of(request, LEFT_OUT, default, about, loaded)?.with("anchors", json!(anchors));
    Ok(if request.test { decisive.with("test_count", json!(about.test_count)) } else { decisive })
}

#[cfg(test)]
mod tests;
