//! Gradient descent. That its batch is all images is the walk's doing.

use crate::optim::rule::Rule;

/// Full-batch gradient descent.
pub struct Gd;

impl Rule for Gd {
    fn title(&self) -> &'static str {
        "GD"
    }

    fn about(&self) -> &'static str {
        "Gradient descent: all images in every step"
    }

    fn takes_all(&self) -> bool {
        true
    }
}
