//! How lines are drawn.

use serde::{Deserialize, Serialize};

/// How lines are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineLook {
    /// Loss on a logarithmic axis.
    pub log: bool,
}
