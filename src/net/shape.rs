//! The shape of what a layer gives.

/// Shape of one example's activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[C, H, W]`
    Image([usize; 3]),
    /// `[F]`
    Flat(usize),
}

impl Shape {
    /// Numbers per example.
    pub fn count(self) -> usize {
        match self {
            Shape::Image(d) => d.iter().product(),
            Shape::Flat(f) => f,
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Image([c, h, w]) => write!(f, "{c}×{h}×{w}"),
            Shape::Flat(n) => write!(f, "{n}"),
        }
    }
}
