//! What a step found.

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// All is well.
    Finite,
    /// The loss or the gradient at iteration `t` is not a finite number.
    Diverged { t: u64 },
}
