//! Every surface against finite differences, dual numbers and its own statements.

use proptest::prelude::*;

use super::*;
use crate::toy::surface::{Corner, Covariance, gradient, hessian, highest};

fn all() -> Vec<Arc<dyn Surface>> {
    SurfaceSpec::NAMES.iter().map(|name| SurfaceSpec::named(name).unwrap().build(11, 0).unwrap()).collect()
}

/// A point of the surface's window from coordinates in 0..1.
fn within(surface: &dyn Surface, unit: [f64; 2]) -> Vec<f64> {
    surface.about().window.iter().zip(unit).map(|([low, high], u)| low + (high - low) * u).collect()
}

/// Whether the pieces of a piecewise surface meet within `reach` of w: central differences mean nothing across a kink.
fn near_a_kink(surface: &dyn Surface, w: &[f64], reach: f64) -> bool {
    let h = hessian(surface, w);
    let g = gradient(surface, w);
    (0..w.len() * 16).any(|k| {
        let mut other = w.to_vec();
        other[k % w.len()] += reach * (k as f64 / (8 * w.len()) as f64 - 1.0);
        let jump: f64 = hessian(surface, &other).iter().zip(&h).map(|(a, b)| (a - b).abs()).sum();
        let turn: f64 = gradient(surface, &other).iter().zip(&g).map(|(a, b)| (a - b).abs()).sum();
        let scale: f64 = h.iter().map(|x| x.abs()).sum();
        jump > 0.05 * (1.0 + scale) || turn > 2.0 * reach * (1.0 + scale)
    })
}

fn close(a: f64, b: f64, tolerance: f64, scale: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + scale)
}

/// The gradient against differences of the value, the Hessian against differences of the gradient.
fn check_differences(surface: &dyn Surface, w: &[f64]) -> Result<(), TestCaseError> {
    let (name, step) = (surface.about().name, 1e-5);
    let (g, h) = (gradient(surface, w), hessian(surface, w));
    let scale = g.iter().chain(&h).map(|x| x.abs()).fold(surface.value(w).abs(), f64::max);
    for i in 0..w.len() {
        let moved = |by: f64| w.iter().enumerate().map(|(k, x)| if k == i { x + by } else { *x }).collect::<Vec<_>>();
        let (plus, minus) = (moved(step), moved(-step));
        let slope = (surface.value(&plus) - surface.value(&minus)) / (2.0 * step);
        prop_assert!(close(g[i], slope, 1e-6, scale), "{name} {w:?}: g {} difference {slope}", g[i]);
        let (a, b) = (gradient(surface, &plus), gradient(surface, &minus));
        for j in 0..w.len() {
            let bend = (a[j] - b[j]) / (2.0 * step);
            prop_assert!(close(h[i * w.len() + j], bend, 1e-6, scale), "{name} {w:?}: H {h:?} difference {bend}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derivatives_agree_with_central_differences(x in 0.0..1.0f64, y in 0.0..1.0f64) {
        for surface in all() {
            let w = within(&*surface, [x, y]);
            if !near_a_kink(&*surface, &w, 1e-4) {
                check_differences(&*surface, &w)?;
            }
        }
    }

    #[test]
    fn closed_forms_agree_with_dual_numbers(x in 0.0..1.0f64, y in 0.0..1.0f64) {
        let pairs: [(&dyn Surface, &str); 6] = [
            (&Sextic, "w^2*(w-1)^2*(w-2)^2"),
            (&Linex::new(-0.3).unwrap(), "exp(-0.3*w) + 0.3*w - 1"),
            (&Rosenbrock, "(1-x)^2 + 100*(y-x^2)^2"),
            (&Himmelblau, "(x^2+y-11)^2 + (x+y^2-7)^2"),
            (&Clipped::new(0.1).unwrap(), "(min(max(relu(w1)-relu(w2), 0.1), 0.9) - 1)^2"),
            (&Logistic::over(&[[0.5, 0.0], [-1.5, 1.0]]), "(softplus(x*0.5+y) + softplus(y-1.5*x) - (y-1.5*x))/2"),
        ];
        for (closed, text) in pairs {
            let dual = Formula::new(text).unwrap();
            let w = within(closed, [x, y]);
            let scale = closed.value(&w).abs() + gradient(closed, &w).iter().chain(&hessian(closed, &w)).map(|v| v.abs()).sum::<f64>();
            prop_assert!(close(closed.value(&w), dual.value(&w), 1e-13, scale), "{text} {w:?}");
            for (a, b) in gradient(closed, &w).iter().zip(gradient(&dual, &w)) {
                prop_assert!(close(*a, b, 1e-13, scale), "{text} {w:?}: {a} {b}");
            }
            for (a, b) in hessian(closed, &w).iter().zip(hessian(&dual, &w)) {
                prop_assert!(close(*a, b, 1e-12, scale), "{text} {w:?}: {a} {b}");
            }
        }
    }

    #[test]
    fn a_hull_bound_is_nowhere_exceeded(
        corners in prop::array::uniform6(0.0..1.0f64),
        mix in prop::array::uniform2(0.0..1.0f64),
        size in 0.001..1.0f64,
    ) {
        for surface in all().iter().filter(|s| s.dim() == 2) {
            let at = |k: usize| within(&**surface, [
                corners[0] + size * (corners[2 * k] - corners[0]),
                corners[1] + size * (corners[2 * k + 1] - corners[1]),
            ]);
            let triangle = [0, 1, 2].map(|k| Corner::of(&**surface, [at(k)[0], at(k)[1]]));
            let Some(bound) = surface.hull_bound(&triangle) else {
                prop_assert_eq!(surface.about().name, "formula");
                continue;
            };
            let (a, b) = if mix[0] + mix[1] > 1.0 { (1.0 - mix[0], 1.0 - mix[1]) } else { (mix[0], mix[1]) };
            let inside = [0, 1].map(|d| (1.0 - a - b) * triangle[0].at[d] + a * triangle[1].at[d] + b * triangle[2].at[d]);
            let value = surface.value(&inside);
            prop_assert!(value <= bound + 1e-9 * (1.0 + value.abs()), "{}: {value} above {bound}", surface.about().name);
            // And it is not far above what the triangle can hold once the triangle is small.
            if size < 0.01 {
                let top = highest(&triangle);
                prop_assert!(bound - top < 0.2 * (1.0 + top), "{}: {bound} {top}", surface.about().name);
            }
        }
    }

    #[test]
    fn surfaces_are_the_mean_of_their_samples(x in 0.0..1.0f64, y in 0.0..1.0f64) {
        for surface in all() {
            let Some(samples) = surface.samples() else { continue };
            let (w, n) = (within(&*surface, [x, y]), samples.count());
            let mean = (0..n).map(|i| samples.value_of(i, &w)).sum::<f64>() / n as f64;
            prop_assert!(close(mean, surface.value(&w), 1e-12, mean.abs()), "{} {w:?}", surface.about().name);
            let (mut sum, mut one) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            for i in 0..n {
                samples.gradient_of(i, &w, &mut one);
                sum.iter_mut().zip(&one).for_each(|(s, g)| *s += g / n as f64);
            }
            for (a, b) in sum.iter().zip(gradient(&*surface, &w)) {
                prop_assert!(close(*a, b, 1e-12, b.abs() + 10.0), "{} {w:?}", surface.about().name);
            }
        }
    }
}

#[test]
fn known_minima_are_minima() {
    for surface in all() {
        let about = surface.about();
        assert_eq!((about.window.len(), about.start.len()), (surface.dim(), surface.dim()), "{}", about.name);
        assert!(!about.description.is_empty() && !about.source.is_empty());
        for minimum in &about.minima {
            assert_eq!(surface.value(&minimum.at), minimum.value, "{}", about.name);
            for k in 0..64 {
                let angle = f64::from(k) * std::f64::consts::TAU / 64.0;
                let around = [angle.cos(), angle.sin()];
                let near: Vec<f64> = minimum.at.iter().zip(around).map(|(x, d)| x + 1e-3 * d).collect();
                assert!(surface.value(&near) >= minimum.value, "{} {minimum:?}", about.name);
            }
        }
    }
}

#[test]
fn peaks_in_closed_form_and_by_scanning_agree() {
    let typed = Formula::new("w^2*(w-1)^2*(w-2)^2").unwrap();
    let (found, exact) = (typed.peaks(-1.0, 3.0), Sextic.peaks(-1.0, 3.0));
    assert_eq!(found.len(), 2);
    assert!(found.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-13), "{found:?}");
}

#[test]
fn tilts_have_the_stated_covariance() {
    let well = SurfaceSpec::named("quadratic").unwrap().build(0, 0).unwrap();
    let (samples, mut s) = (well.samples().unwrap(), [0.0; 4]);
    samples.covariance(&[0.3, -2.0], Covariance::Centred, &mut s);
    let h = hessian(&*well, &[0.3, -2.0]);
    assert!(s.iter().zip(&h).all(|(a, b)| (a - b).abs() < 1e-14), "{s:?} {h:?}");
}

#[test]
fn specs_survive_text_and_bad_ones_are_named() {
    for name in SurfaceSpec::NAMES {
        let spec = SurfaceSpec::named(name).unwrap();
        assert_eq!(spec.name(), name);
        assert_eq!(spec.build(0, 0).unwrap().about().name, name);
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<SurfaceSpec>(&json).unwrap(), spec, "{json}");
        let short = format!("{{\"name\":\"{name}\"}}");
        assert_eq!(serde_json::from_str::<SurfaceSpec>(&short).unwrap(), spec);
    }
    assert!(serde_json::from_str::<SurfaceSpec>(r#"{"name":"linex","beta":1}"#).is_err());
    let text = SurfaceSpec::named("sextik").unwrap_err().to_string();
    assert!(text.contains("did you mean \"sextic\""), "{text}");
    let bad = SurfaceSpec::Valley { p: 0.5, c: 4.0, r: 2.0, zeta: 0.0, noise: -1.0 };
    assert!(bad.build(0, 0).unwrap_err().to_string().contains("gradient noise is -1"));
}
