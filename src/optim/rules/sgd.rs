//! Stochastic gradient descent, with heavy-ball momentum when asked for.

use crate::optim::rule::Rule;

/// Mini-batch SGD.
pub struct Sgd;

impl Rule for Sgd {
    fn title(&self) -> &'static str {
        "SGD"
    }

    fn about(&self) -> &'static str {
        "Stochastic gradient descent"
    }
}
