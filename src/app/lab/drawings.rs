//! What drawings of the laboratory were made from.

use super::view::Bounds;
use crate::figure::Scale;

/// L over a part of a line.
pub struct Profile {
    pub key: (u64, [f64; 2]),
    pub curve: Vec<[f64; 2]>,
}

/// What the perturbed loss of a plane was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneKey {
    pub version: u64,
    pub rho: f64,
    pub bounds: Bounds,
    pub scale: Scale,
}

/// What a surface in three dimensions was made of: landscape, walk, its step, part in view, scale.
pub type SolidKey = (u64, u64, u64, Bounds, Scale);
