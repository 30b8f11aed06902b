//! L̃ in one dimension, and the wells of L and L̃.

use super::{Bottom, Peak, Perturbed};
use crate::toy::{error::ToyError, surface::Surface};

/// The maximum of L over [x − ρ, x + ρ]: the ends and the local maxima between them.
pub(super) fn peak(surface: &dyn Surface, x: f64, rho: f64) -> Peak {
    among(surface, x, rho, &surface.peaks(x - rho, x + rho))
}

/// The same at every x of an ascending list.
pub(super) fn curve(surface: &dyn Surface, xs: &[f64], rho: f64) -> Vec<f64> {
    let (Some(first), Some(last)) = (xs.first(), xs.last()) else { return Vec::new() };
    let peaks = surface.peaks(first - rho, last + rho);
    xs.iter()
        .map(|&x| {
            let within = |p: f64| p > x - rho && p < x + rho;
            let from = peaks.partition_point(|p| *p <= x - rho);
            let count = peaks[from..].iter().take_while(|p| within(**p)).count();
            among(surface, x, rho, &peaks[from..from + count]).value
        })
        .collect()
}

fn among(surface: &dyn Surface, x: f64, rho: f64, peaks: &[f64]) -> Peak {
    let mut best = (x - rho, surface.value(&[x - rho]));
    for &at in peaks.iter().chain([&(x + rho)]) {
        let value = surface.value(&[at]);
        // A NaN anywhere is the answer: it must not be hidden by a comparison.
        if value > best.1 || value.is_nan() {
            best = (at, value);
        }
    }
    Peak { value: best.1, at: vec![best.0], error: Some(0.0) }
}

/// The minimum of L̃ within ρ of `near`, between the barriers left and right of it. Where the ball at every point in
/// between reaches a barrier, no well is left, and `near` itself is returned.
pub(super) fn minimum(perturbed: &Perturbed, near: f64) -> Bottom {
    let (rho, reach) = (perturbed.rho, perturbed.rho.max(1e-3));
    let left = perturbed.surface.peaks(near - reach - rho, near).last().map_or(near - reach, |peak| peak + rho);
    let right = perturbed.surface.peaks(near, near + reach + rho).first().map_or(near + reach, |peak| peak - rho);
    let (a, b) = (left.max(near - reach), right.min(near + reach));
    if a >= b {
        return Bottom { at: vec![near], value: perturbed.at(&[near]).value };
    }
    let (at, value) = golden(|x| perturbed.at(&[x]).value, a, b);
    Bottom { at: vec![at], value }
}

/// The minimum of a function that falls and then rises on [a, b].
fn golden(f: impl Fn(f64) -> f64, mut a: f64, mut b: f64) -> (f64, f64) {
    const SHARE: f64 = 0.618_033_988_749_894_9;
    let (mut c, mut d) = (b - SHARE * (b - a), a + SHARE * (b - a));
    let (mut fc, mut fd) = (f(c), f(d));
    for _ in 0..90 {
        if fc < fd {
            (b, d, fd) = (d, c, fc);
            c = b - SHARE * (b - a);
            fc = f(c);
        } else {
            (a, c, fc) = (c, d, fd);
            d = a + SHARE * (b - a);
            fd = f(d);
        }
    }
    if fc < fd { (c, fc) } else { (d, fd) }
}

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
    use crate::toy::{
        formula::Formula,
        surfaces::{Linex, Sextic, Valley},
    };

    /// max over a grid of 20001 points of the ball: from below, within (ρ/10⁴)² L″/8 or ρ/10⁴ L′.
    fn brute(surface: &dyn Surface, x: f64, rho: f64) -> f64 {
        (-10_000..=10_000).map(|k| surface.value(&[x + rho * f64::from(k) / 1e4])).fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn exact_against_brute_force() {
        let typed = Formula::new("sin(3*x) + 0.1*x^2").unwrap();
        let (linex, valley) = (Linex::new(-0.3).unwrap(), Valley::new(0.5, 4.0, 2.0, 0.2).unwrap());
        for surface in [&Sextic as &dyn Surface, &linex, &valley, &typed] {
            for rho in [0.05, 0.3, 0.8] {
                let perturbed = Perturbed::new(surface, rho).unwrap();
                let xs: Vec<f64> = (0..80).map(|k| -0.8 + f64::from(k) * 0.05).collect();
                let curve = perturbed.curve(&xs).unwrap();
                for (x, drawn) in xs.into_iter().zip(curve) {
                    assert!((drawn - perturbed.at(&[x]).value).abs() < 1e-12);
                    let (exact, grid) = (perturbed.at(&[x]), brute(surface, x, rho));
                    let slack = 1e-7 * (1.0 + exact.value.abs());
                    assert!(
                        exact.value >= grid - 1e-12 && exact.value <= grid + slack,
                        "{} {x} {rho}",
                        surface.about().name
                    );
                    assert!(exact.value >= surface.value(&[x]) && (exact.at[0] - x).abs() <= rho * (1.0 + 1e-12));
                }
            }
        }
    }

    #[test]
    fn the_minimum_on_linex_is_its_closed_form() {
        let linex = Linex::new(-0.3).unwrap();
        for rho in [0.2, 1.0, 2.0] {
            let found = Perturbed::new(&linex, rho).unwrap().minimum(&[0.0]);
            let exact = linex.perturbed_minimum(rho);
            assert!((found.at[0] - exact).abs() < 1e-12, "{} {exact}", found.at[0]);
            // At the kink the secant curvature grows without bound, like the jump of the slope over δ.
            let perturbed = Perturbed::new(&linex, rho).unwrap();
            let (far, near) =
                (perturbed.secant_curvature(&found, &[1.0], 1e-2), perturbed.secant_curvature(&found, &[1.0], 1e-4));
            assert!((near / far - 100.0).abs() < 10.0, "{near} {far}");
            assert!(exact > 0.0 && (found.value - linex.value(&[exact + rho])).abs() < 1e-13);
        }
    }

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
