//! The wells of L and L̃ in one dimension.

use super::loss::Perturbed;
use crate::toy::{error::ToyError, surface::Surface};

/// A well of L, or of L̃, on a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineWell {
    /// Where its minimum is.
    pub at: f64,
    /// L or L̃ there.
    pub floor: f64,
    /// The height of its lower rim.
    pub rim: f64,
    /// Where it reaches that height, left and right.
    pub edges: [f64; 2],
}

impl LineWell {
    /// ΔL: from the floor to the lower rim.
    pub fn depth(&self) -> f64 {
        self.rim - self.floor
    }

    /// From edge to edge at the height of the lower rim.
    pub fn width(&self) -> f64 {
        self.edges[1] - self.edges[0]
    }
}

/// The well of L around its minimum `near` and the well of L̃ that is left of it; `None` where ρ is at least half the
/// well's width, so that every ball reaches over a rim.
///
/// The rim is the lower of the two neighbouring local maxima, or `rim` where it is given (a convex L has none). Taking the
/// maximum over a ball moves every edge inwards by ρ and leaves the rim's height alone.
///
/// # Errors
///
/// [`ToyError::Dimension`] unless L has one dimension, [`ToyError::Parameter`] where no rim bounds the well.
pub fn line_well(
    surface: &dyn Surface,
    near: f64,
    rho: f64,
    rim: Option<f64>,
) -> Result<(LineWell, Option<LineWell>), ToyError> {
    if surface.dim() != 1 {
        let what = "a well between two barriers";
        return Err(ToyError::Dimension { what, needed: "one dimension", dim: surface.dim() });
    }
    let perturbed = Perturbed::new(surface, rho)?;
    let [low, high] = surface.about().window[0];
    let far = 4.0 * (high - low);
    let barrier = |peaks: Vec<f64>| peaks.into_iter().map(|x| surface.value(&[x]));
    let left = barrier(surface.peaks(near - far, near)).last();
    let right = barrier(surface.peaks(near, near + far)).next();
    let height = rim.or(match (left, right) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    });
    let floor = surface.value(&[near]);
    let remedy = "a height above the minimum: nothing bounds the well by itself";
    let height = height.filter(|h| *h > floor);
    let rim = height.ok_or(ToyError::Parameter { name: "rim of the well", value: f64::NAN, remedy })?;
    let edge = |sign: f64| first_at(surface, near, sign, far, rim);
    let well = LineWell { at: near, floor, rim, edges: [edge(-1.0), edge(1.0)] };
    let edges = [well.edges[0] + rho, well.edges[1] - rho];
    let left_over = (edges[0] < edges[1]).then(|| {
        let bottom = perturbed.minimum(&[near]);
        LineWell { at: bottom.at[0], floor: bottom.value, rim, edges }
    });
    Ok((well, left_over))
}

/// The first place from `near` in the direction `sign` where L reaches `height`, found on 4096 cells and bisected; NaN if
/// it does not within `far`.
fn first_at(surface: &dyn Surface, near: f64, sign: f64, far: f64, height: f64) -> f64 {
    // A barrier's own top is where L reaches its height without crossing it.
    let peaks = if sign > 0.0 { surface.peaks(near, near + far) } else { surface.peaks(near - far, near) };
    let top = if sign > 0.0 { peaks.first() } else { peaks.last() };
    let end = top.copied().unwrap_or(near + sign * far);
    let reaches = |x: f64| surface.value(&[x]) >= height;
    let mut below = near;
    for k in 1..=4096 {
        let x = near + (end - near) * f64::from(k) / 4096.0;
        if !reaches(x) {
            below = x;
            continue;
        }
        let (mut a, mut b) = (below, x);
        for _ in 0..80 {
            let middle = 0.5 * (a + b);
            if reaches(middle) { b = middle } else { a = middle }
        }
        return b;
    }
    // Rounding may leave a barrier's top an ulp below its own height.
    if top.is_some_and(|x| (surface.value(&[*x]) - height).abs() <= 1e-12 * height.abs()) { end } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::{Linex, Sextic};

    #[test]
    fn wells_get_shallower_and_narrower_and_go() {
        let mut last: Option<LineWell> = None;
        for rho in [0.05, 0.1, 0.2, 0.3, 0.4, 0.5] {
            let (well, left) = line_well(&Sextic, 1.0, rho, None).unwrap();
            let left = left.unwrap();
            assert!((well.depth() - 4.0 / 27.0).abs() < 1e-14 && (well.width() - 2.0 / 3f64.sqrt()).abs() < 1e-7);
            // The middle well is symmetric: its floor is L(1 ± ρ).
            assert!((left.floor - Sextic.value(&[1.0 + rho])).abs() < 1e-13 && (left.at - 1.0).abs() < 1e-12);
            assert!((left.width() - well.width() + 2.0 * rho).abs() < 1e-14);
            if let Some(last) = last {
                assert!(left.depth() < last.depth() && left.width() < last.width());
            }
            last = Some(left);
        }
        assert!(line_well(&Sextic, 1.0, 0.6, None).unwrap().1.is_none());
        // The outer wells have one barrier; their other edge is where L is as high, at 2 − (1 + 2/√3) = 1 − 2/√3.
        let (outer, _) = line_well(&Sextic, 0.0, 0.1, None).unwrap();
        assert!((outer.edges[0] - (1.0 - 2.0 / 3f64.sqrt())).abs() < 1e-13, "{outer:?}");
        let linex = Linex::new(-0.3).unwrap();
        assert!(line_well(&linex, 0.0, 0.1, None).is_err());
        assert!(line_well(&linex, 0.0, 0.1, Some(0.2)).unwrap().1.unwrap().depth() < 0.2);
    }
}
