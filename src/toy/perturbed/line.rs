//! L̃ in one dimension.

use super::extremes::{Bottom, Peak};
use crate::toy::surface::Surface;

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
/// between reaches a barrier, no well is left, and `near` itself is returned. `value` is L̃.
pub(super) fn minimum(surface: &dyn Surface, near: f64, rho: f64, value: impl Fn(f64) -> f64) -> Bottom {
    let reach = rho.max(1e-3);
    let left = surface.peaks(near - reach - rho, near).last().map_or(near - reach, |peak| peak + rho);
    let right = surface.peaks(near, near + reach + rho).first().map_or(near + reach, |peak| peak - rho);
    let (a, b) = (left.max(near - reach), right.min(near + reach));
    if a >= b {
        return Bottom { at: vec![near], value: value(near) };
    }
    let (at, value) = golden(value, a, b);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{
        formula::Formula,
        perturbed::Perturbed,
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
}
