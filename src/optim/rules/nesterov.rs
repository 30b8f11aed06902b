//! SGD whose momentum looks ahead (the step asks the kind).

use crate::optim::rule::Rule;

/// SGD with Nesterov's momentum.
pub struct Nesterov;

impl Rule for Nesterov {
    fn title(&self) -> &'static str {
        "Nesterov"
    }

    fn about(&self) -> &'static str {
        "SGD with Nesterov's momentum"
    }

    fn shade(&self) -> Option<[u8; 3]> {
        // The toy laboratory's.
        Some([0x99, 0x99, 0x33])
    }
}
