//! Whether a direction is asymmetric, and how strongly.
//!
//! "On the Understanding of Sharpness-Aware Minimization and its Application" (Park 2022), Def. 2.3.1, after "Asymmetric
//! Valleys" (He, Huang, Yuan 2019): u is (r, p, c, ζ)-asymmetric at w when 0 < ∇_ℓ L(w + ℓu) < p and
//! ∇_ℓ L(w − ℓu) < −cp for all ℓ ∈ (ζ, r), with p > 0 and c ≥ 1.
//!
//! The second gradient is taken in u's own sense, as the paper's Fig. 2.1 shows it: on the far side the loss rises away
//! from w with a slope above cp. With s₊(ℓ) and s₋(ℓ) for the slopes *away from w* on the two sides, u is asymmetric
//! for every p > sup s₊ and c < inf s₋ / p, so the largest c is c* = inf s₋ / sup s₊, and the p that goes with it is
//! sup s₊; −u gives inf s₊ / sup s₋. At most one of the two exceeds 1. Both are bounds that are not reached.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    slice::{NOISE, outward},
    slice_spec::SliceSpec,
    slopes::{Slope, slopes},
};
use crate::{probe::json::finite_or_name, survey::Side};

/// When a direction counts as asymmetric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Criteria {
    /// c* must be above 1 + tolerance, and above 1 by more than its error.
    pub tolerance: f64,
    /// The share of a loss that rounding may change.
    pub noise: f64,
}

impl Default for Criteria {
    fn default() -> Criteria {
        Criteria { tolerance: 0.02, noise: NOISE }
    }
}

/// What a direction was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Asymmetric(Asymmetry),
    NotAsymmetric { reason: Reason },
}

/// How a direction is asymmetric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asymmetry {
    /// c*, the smallest slope of the steep side as a multiple of p; above 1.
    pub c: f64,
    /// How far c may be off: the noise of both slopes, and what changes when every second point is left out.
    pub error: f64,
    /// The largest slope of the flat side, in loss per length of u.
    pub p: f64,
    /// Where that is: a place ℓ with its sign.
    pub p_at: f64,
    /// The smallest slope away from w on the steep side, c p.
    pub steep: f64,
    /// Where that is.
    pub steep_at: f64,
    /// The side on which the loss rises slowly: right is towards w + u.
    pub flat: Side,
}

/// Why a direction is not asymmetric on this range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The loss at this ℓ is not finite, so it has no slope there; the nearest such place.
    NotFinite { at: f64 },
    /// The loss does not rise away from w on one side: w lies on a slope, or another valley begins.
    Falls {
        at: f64,
        /// The slope away from w, negative.
        #[serde(with = "finite_or_name")]
        slope: f64,
    },
    /// The slope away from w at this ℓ is too small to tell its sign; a larger ζ may help.
    TooFlat {
        at: f64,
        #[serde(with = "finite_or_name")]
        slope: f64,
        /// How far it may be off.
        #[serde(with = "finite_or_name")]
        error: f64,
    },
    /// Both sides rise, and neither clearly faster than the other everywhere.
    Balanced {
        /// The larger of the two ratios inf s / sup s.
        #[serde(with = "finite_or_name")]
        c: f64,
        #[serde(with = "finite_or_name")]
        error: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotFinite { at } => write!(f, "not finite at ℓ = {at:.4}"),
            Reason::Falls { at, slope } => write!(f, "falls at ℓ = {at:.4}, slope {slope:.3e}"),
            Reason::TooFlat { at, slope, error } => {
                write!(f, "too flat at ℓ = {at:.4}, slope {slope:.3e} ± {error:.1e}")
            }
            Reason::Balanced { c, error } => write!(f, "balanced, ratio {c:.4} ± {error:.4}"),
        }
    }
}

/// A slice that cannot be judged.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum AsymmetryError {
    #[error(
        "{side} of the minimum the slice has {found} points between ζ and r; measure at least {min}, ζ and r among them",
        min = SliceSpec::MIN_POINTS
    )]
    TooFew { side: &'static str, found: usize },
    #[error("the slice does not reach from ζ to r {side} of the minimum, but from {from} to {to}; measure both ends")]
    Ends { side: &'static str, from: f64, to: f64 },
    #[error("the slice has two points at ℓ = {0}; measure every place once")]
    Twice(f64),
    #[error(
        "the tolerance {tolerance} or the noise {noise} is negative or not finite; give small numbers such as 0.02"
    )]
    Criteria { tolerance: f64, noise: f64 },
}

/// Judges a direction from points (ℓ, L(w + ℓu)) in any order; points outside ζ ≤ |ℓ| ≤ r are not looked at.
///
/// # Errors
/// When a side lacks points or ends, a place occurs twice, or the criteria are no numbers to compare with.
pub fn judge(points: &[(f64, f64)], spec: &SliceSpec, criteria: &Criteria) -> Result<Verdict, AsymmetryError> {
    let Criteria { tolerance, noise } = *criteria;
    if [tolerance, noise].iter().any(|x| !(*x >= 0.0 && x.is_finite())) {
        return Err(AsymmetryError::Criteria { tolerance, noise });
    }
    let sides = [checked(points, spec, -1.0)?, checked(points, spec, 1.0)?];
    let [left, right] = [&sides[0], &sides[1]].map(|s| s.iter().find(|p| !p.1.is_finite()).map(|p| p.0));
    let nearest = match (left, right) {
        (Some(l), Some(r)) => Some(if l < r { -l } else { r }),
        (l, r) => l.map(|l| -l).or(r),
    };
    let verdict = match nearest {
        Some(at) => Verdict::NotAsymmetric { reason: Reason::NotFinite { at } },
        None => {
            let [left, right] = [(&sides[0], -1.0), (&sides[1], 1.0)].map(|(side, sign)| Range::of(side, sign, noise));
            compare(&left, &right, tolerance)
        }
    };
    Ok(verdict)
}

/// One side's points, when they suffice.
fn checked(points: &[(f64, f64)], spec: &SliceSpec, sign: f64) -> Result<Vec<(f64, f64)>, AsymmetryError> {
    let side = if sign < 0.0 { "left" } else { "right" };
    let found = outward(points, spec, sign);
    let (true, Some(first), Some(last)) = (found.len() >= SliceSpec::MIN_POINTS, found.first(), found.last()) else {
        return Err(AsymmetryError::TooFew { side, found: found.len() });
    };
    // Whoever computes the places anew may round them otherwise.
    let slack = 1e-9 * spec.r();
    if first.0 > spec.zeta() + slack || last.0 < spec.r() - slack {
        return Err(AsymmetryError::Ends { side, from: first.0, to: last.0 });
    }
    match found.windows(2).find(|w| w[0].0 == w[1].0) {
        Some(two) => Err(AsymmetryError::Twice(sign * two[0].0)),
        None => Ok(found),
    }
}

/// An extreme slope of one side.
#[derive(Clone, Copy, Debug)]
struct Extreme {
    at: f64,
    slope: f64,
    error: f64,
}

/// The slopes away from w that occur on one side.
#[derive(Debug)]
struct Range {
    min: Extreme,
    max: Extreme,
}

impl Range {
    fn of(side: &[(f64, f64)], sign: f64, noise: f64) -> Range {
        // All points, every second, every fourth …, the last one always among them; as long as there are slopes.
        let mut levels = vec![slopes(side, noise)];
        let mut stride = 2;
        while (side.len() - 1).div_ceil(stride) >= 2 {
            let mut thinned: Vec<_> = side[..side.len() - 1].iter().step_by(stride).copied().collect();
            thinned.extend(side.last());
            levels.push(slopes(&thinned, noise));
            stride *= 2;
        }
        Range { min: Extreme::of(&levels, sign, 1.0), max: Extreme::of(&levels, sign, -1.0) }
    }
}

impl Extreme {
    /// The smallest slope (`order` 1) or the largest (−1), from the resolution that is known best. Small steps multiply
    /// the noise, large ones miss what is between: the first is bounded, the second estimated by the next resolution.
    fn of(levels: &[Vec<Slope>], sign: f64, order: f64) -> Extreme {
        let extremes: Vec<Slope> = levels
            .iter()
            .filter_map(|l| l.iter().min_by(|a, b| (order * a.slope).total_cmp(&(order * b.slope))).copied())
            .collect();
        let noise = |level: &Vec<Slope>| level.iter().map(|s| s.noise).fold(0.0, f64::max);
        let found = extremes.windows(2).zip(levels).map(|(two, level)| Extreme {
            at: sign * two[0].place,
            slope: two[0].slope,
            error: (two[0].slope - two[1].slope).abs() + noise(level),
        });
        // At least five points are here, so at least two resolutions.
        found.min_by(|a, b| a.error.total_cmp(&b.error)).unwrap_or(Extreme {
            at: f64::NAN,
            slope: f64::NAN,
            error: f64::INFINITY,
        })
    }
}

fn compare(left: &Range, right: &Range, tolerance: f64) -> Verdict {
    let not = |reason| Verdict::NotAsymmetric { reason };
    let sides = [left.min, right.min];
    let falling = sides.into_iter().filter(|e| e.slope + e.error < 0.0).min_by(|a, b| a.slope.total_cmp(&b.slope));
    if let Some(low) = falling {
        return not(Reason::Falls { at: low.at, slope: low.slope });
    }
    // What is not a number is not known to rise either.
    let rises = |e: &Extreme| e.slope > e.error;
    if let Some(low) = sides.into_iter().find(|e| !rises(e)) {
        return not(Reason::TooFlat { at: low.at, slope: low.slope, error: low.error });
    }
    let ratio = |steep: &Extreme, flat: &Extreme| steep.slope / flat.slope;
    let (steep, flat, side) = if ratio(&left.min, &right.max) > ratio(&right.min, &left.max) {
        (left.min, right.max, Side::Right)
    } else {
        (right.min, left.max, Side::Left)
    };
    let c = ratio(&steep, &flat);
    let error = c * (steep.error / steep.slope + flat.error / flat.slope);
    if !(c > 1.0 + tolerance && c - error > 1.0) {
        return not(Reason::Balanced { c, error });
    }
    let (p, p_at) = (flat.slope, flat.at);
    Verdict::Asymmetric(Asymmetry { c, error, p, p_at, steep: steep.slope, steep_at: steep.at, flat: side })
}

#[cfg(test)]
mod tests;
