//! Checkpoints on a plane and near it.

/// A checkpoint seen from the plane.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Place {
    pub name: String,
    pub a: f64,
    pub b: f64,
    /// Distance from the plane, in parameter space.
    pub off_plane: f64,
    /// Training loss at the checkpoint itself.
    pub loss: Option<f64>,
    /// Training loss at the nearest point of the plane.
    pub in_plane: Option<f64>,
}

impl Place {
    pub(super) fn at(name: String, a: f64, b: f64, off_plane: f64) -> Place {
        Place { name, a, b, off_plane, loss: None, in_plane: None }
    }
}
