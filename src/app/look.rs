//! How measurements are drawn.

use serde::{Deserialize, Serialize};

use crate::figure::{Colormap, Scale};

/// How lines are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineLook {
    /// Loss on a logarithmic axis.
    pub log: bool,
}

/// How planes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneLook {
    pub scale: Scale,
    pub map: Colormap,
    pub contours: bool,
    /// A unit of a is as long as a unit of b.
    pub equal: bool,
}

impl Default for PlaneLook {
    fn default() -> Self {
        PlaneLook { scale: Scale::Log10, map: Colormap::default(), contours: true, equal: true }
    }
}

impl PlaneLook {
    pub fn is_log(&self) -> bool {
        self.scale == Scale::Log10
    }
}
