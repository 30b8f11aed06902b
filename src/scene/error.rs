//! Why there is no surface, or no picture of it.

/// Longest side of a grid that is drawn: 2048² points are already 100 MB of vertices.
pub(super) const LARGEST: usize = 2048;

/// Why there is no surface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    #[error("a surface needs at least 2 × 2 points, this plane has {a} × {b}")]
    TooFew { a: usize, b: usize },
    #[error("a surface is drawn up to {limit} × {limit} points, this plane has {a} × {b}; measure a coarser one", limit = LARGEST)]
    TooMany { a: usize, b: usize },
    #[error("{values} values do not fill a plane of {a} × {b} points")]
    Shape { a: usize, b: usize, values: usize },
    #[error("coordinate {index} of axis {axis} is not finite or not above the one before")]
    Axis { axis: &'static str, index: usize },
    #[error("no point has a finite value")]
    Empty,
    #[error("no point has a positive value, so a logarithmic height has nothing to show; turn it off")]
    EmptyLog,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Scene(#[from] SceneError),
    #[error(
        "this graphics device draws pictures from 1 × 1 to {limit} × {limit} pixels, not {width} × {height}; choose another size"
    )]
    Size { width: u32, height: u32, limit: u32 },
    #[error("the graphics device did not finish the picture: {0}; try again, or with a smaller one")]
    Device(String),
}
