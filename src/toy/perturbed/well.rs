//! The largest value of a quadratic well over a ball, in any dimension.

use super::extremes::Peak;

/// max over ‖ε‖₂ ≤ ρ of ½ Σ λᵢ (wᵢ + εᵢ)² for eigenvalues λ ≥ 0 along the axes.
///
/// A convex function is largest on the sphere; there ε = (μI − Λ)^{-1} Λw with the one μ ≥ λ_max for which ‖ε‖ = ρ, and
/// where w has nothing along the steepest axis (μ = λ_max) the rest of ρ goes there.
pub fn quadratic_peak(eigenvalues: &[f64], w: &[f64], rho: f64) -> Peak {
    let top = eigenvalues.iter().copied().fold(0.0, f64::max);
    let pull: Vec<f64> = eigenvalues.iter().zip(w).map(|(l, x)| l * x).collect();
    let strength = pull.iter().map(|g| g * g).sum::<f64>().sqrt();
    // ε for μ = λ_max + ν. The gaps are exact differences, so a small ν keeps its digits.
    let shift = |nu: f64| -> Vec<f64> {
        eigenvalues.iter().zip(&pull).map(|(l, g)| if *g == 0.0 { 0.0 } else { g / (top - l + nu) }).collect()
    };
    let length = |e: &[f64]| e.iter().map(|x| x * x).sum::<f64>().sqrt();
    // ‖ε‖ ≤ ‖Λw‖/ν, and it falls with ν: bisect ν's exponent.
    let (mut low, mut high) = (f64::MIN_POSITIVE, strength / rho);
    let mut epsilon = shift(low);
    if strength > 0.0 && length(&epsilon) > rho {
        for _ in 0..1200 {
            let middle = (low.sqrt() * high.sqrt()).clamp(low, high);
            if middle == low || middle == high {
                break;
            }
            if length(&shift(middle)) > rho { low = middle } else { high = middle }
        }
        epsilon = shift(high);
        let stretch = rho / length(&epsilon);
        epsilon.iter_mut().for_each(|e| *e *= stretch);
    } else if let Some(steepest) = eigenvalues.iter().position(|l| *l == top) {
        let left = (rho * rho - length(&epsilon).powi(2)).max(0.0).sqrt();
        epsilon[steepest] += left;
    }
    let at: Vec<f64> = w.iter().zip(&epsilon).map(|(x, e)| x + e).collect();
    let value = 0.5 * eigenvalues.iter().zip(&at).map(|(l, x)| l * x * x).sum::<f64>();
    Peak { value, at, error: Some(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms() {
        // Along an axis: ½ λ (|w| + ρ)²; at the centre: ½ λ_max ρ².
        assert!((quadratic_peak(&[2.0, 1.0], &[-1.5, 0.0], 0.5).value - 4.0).abs() < 1e-14);
        assert_eq!(quadratic_peak(&[2.0, 5.0, 1.0], &[0.0; 3], 0.2).value, 0.5 * 5.0 * 0.04);
        // The hard case: w along the flat axis, λ = (3, 1), so ε₂ = w₂ / (3 − 1) and the rest goes to axis 1.
        let hard = quadratic_peak(&[3.0, 1.0], &[0.0, 0.4], 1.0);
        assert!((hard.at[1] - 0.6).abs() < 1e-15 && (hard.at[0] - (1.0f64 - 0.04).sqrt()).abs() < 1e-15, "{hard:?}");
    }

    #[test]
    fn nothing_on_the_sphere_is_higher() {
        let (l, w, rho) = ([4.0, 2.0, 2.0, 0.1], [0.3, -0.2, 0.5, 1.0], 0.7);
        let peak = quadratic_peak(&l, &w, rho);
        let mut best = 0.0f64;
        // A spiral over the 3-sphere.
        for k in 0..200_000 {
            let t = f64::from(k) / 200_000.0;
            let (a, b, c) = (t * 1000.0, (t * std::f64::consts::PI).sin(), t * 70_000.0);
            let e = [a.cos() * b, a.sin() * b, c.cos() * (1.0 - b * b).sqrt(), c.sin() * (1.0 - b * b).sqrt()];
            let value = 0.5 * (0..4).map(|i| l[i] * (w[i] + rho * e[i]).powi(2)).sum::<f64>();
            best = best.max(value);
        }
        assert!(peak.value >= best && peak.value < best + 1e-3, "{} {best}", peak.value);
        let off = (0..4).map(|i| (peak.at[i] - w[i]).powi(2)).sum::<f64>().sqrt();
        assert!((off - rho).abs() < 1e-14);
    }
}
