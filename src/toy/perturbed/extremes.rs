//! What a search finds: a maximum over a ball, and a minimum of such maxima.

/// A maximum over a ball.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// L̃, a value that L takes in the ball (up to rounding of w + ε).
    pub value: f64,
    /// Where: w + ε.
    pub at: Vec<f64>,
    /// The true maximum exceeds `value` by at most this; `None` where nothing bounds it (user formulas in the plane).
    pub error: Option<f64>,
}

/// A minimum of L̃.
#[derive(Clone, Debug, PartialEq)]
pub struct Bottom {
    pub at: Vec<f64>,
    /// L̃ there.
    pub value: f64,
}
