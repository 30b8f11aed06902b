//! What a person asks for: plain data, the same from the command line and from the window.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    data::DataSpec,
    probe::NormMode,
    run::{DeviceChoice, LossKind},
    survey::{Axis, Basis, Directions, LineSpec},
};

/// The name of `--net` that asks for the network to be recognised.
pub const AUTO: &str = "auto";

/// On what, and how, the loss is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subject {
    pub data: DataSpec,
    /// As for a run, or `auto`: what the checkpoint's names and shapes say.
    pub net: String,
    pub loss: LossKind,
    #[serde(rename = "bn")]
    pub norm_mode: NormMode,
    pub device: DeviceChoice,
    /// Of the labels that `--corrupt` replaces.
    pub seed: u64,
}

impl Default for Subject {
    fn default() -> Self {
        Subject {
            data: DataSpec::default(),
            net: AUTO.into(),
            loss: LossKind::default(),
            norm_mode: NormMode::default(),
            device: DeviceChoice::default(),
            seed: 0,
        }
    }
}

/// Loss and error along a line, or along several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineRequest {
    pub subject: Subject,
    pub of: LineOf,
    pub line: LineSpec,
    /// What A and B are called, when their files' names say too little.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<[String; 2]>,
    /// Measure the test set, too.
    pub test: bool,
    /// Measure the gradients at both ends, for their cosine.
    pub gradients: bool,
}

/// Where lines lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineOf {
    /// From A (α = 0) to B (α = 1).
    Between { a: PathBuf, b: PathBuf },
    /// Through one point, along random directions number 0, 1, …; α counts in lengths of the direction.
    Random { centre: PathBuf, directions: Directions, count: u32 },
}

/// Loss and error on a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaneRequest {
    pub subject: Subject,
    pub of: PlaneOf,
    pub window: Window,
    /// Measure the test set, too.
    pub test: bool,
    /// Keep the points in this file, and go on with those that it has.
    pub record: Option<PathBuf>,
}

/// Where a plane lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaneOf {
    /// Around a point, along random directions 0 and 1.
    Random { centre: PathBuf, directions: Directions },
    /// Around a point, along the directions in two files.
    Given { centre: PathBuf, u: PathBuf, v: PathBuf },
    /// Through three points.
    Three { a: PathBuf, b: PathBuf, c: PathBuf, basis: Basis },
    /// The two leading principal components of a path: a folder of checkpoints, or a run file.
    Principal { path: PathBuf },
}

/// The part of the plane that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// What shows all checkpoints (−1 to 1 around a single one), with so many points a side.
    Auto {
        count: usize,
    },
    Axes {
        a: Axis,
        b: Axis,
    },
}
