//! D.1 against its own text.

use super::*;
use crate::toy::matrix::eigen;

/// D.1 written down literally.
fn literal(w: [f64; 2], x: [f64; 2]) -> f64 {
    let (sin, cos) = (0.25 * std::f64::consts::PI).sin_cos();
    let s = [w[0] - 1.0 - x[0], w[1] - 1.0 - x[1]];
    let sharp = 10.0 * (s[0] * cos - s[1] * sin).powi(2) + 100.0 * (s[0] * cos + s[1] * sin).powi(2);
    sharp.min((w[0] - x[0] + 1.0).powi(2) + (w[1] - x[1] + 1.0).powi(2))
}

/// Four points whose covariance is exactly the one that D.1 draws from: 10⁻³ along e₁, 10⁻⁴ along e₂.
fn designed() -> Escape {
    let (a, b) = (0.01 * 20f64.sqrt(), 0.01 * 2f64.sqrt());
    Escape::turned(&[[a, 0.0], [-a, 0.0], [0.0, b], [0.0, -b]])
}

#[test]
fn the_constants_of_d1_at_the_sharp_minimum() {
    let here = designed().local([1.0, 1.0], true);
    assert_eq!(here.sharp, 1.0);
    let h = eigen(&here.hessian.full(), 2).values;
    let s = eigen(&here.covariance.full(), 2).values;
    assert!((h[0] - 200.0).abs() < 1e-12 && (h[1] - 20.0).abs() < 1e-12, "{h:?}");
    assert!((s[0] - 4.0).abs() < 1e-12 && (s[1] - 0.4).abs() < 1e-12, "{s:?}");
    assert!((here.hessian.trace_product(here.covariance) - 808.0).abs() < 1e-9);
    assert!(here.gradient[0].abs() + here.gradient[1].abs() < 1e-13);
}

#[test]
fn drawn_points_have_the_stated_covariance() {
    let many = Escape::draw(200_000, 1, 0).unwrap();
    assert!((many.spread.xx / 1e-3 - 1.0).abs() < 0.02 && (many.spread.yy / 1e-4 - 1.0).abs() < 0.02);
    assert!(many.spread.xy.abs() < 1e-5, "{:?}", many.spread);
    assert_ne!(Escape::draw(100, 1, 0).unwrap().xi, Escape::draw(100, 1, 1).unwrap().xi);
    assert!(matches!(Escape::draw(0, 1, 0), Err(ToyError::Count { value: 0, .. })));
}

#[test]
fn the_minimum_is_taken_per_point_before_averaging() {
    let points: Vec<[f64; 2]> = (0..13).map(|k| [0.03 * f64::from(k % 5) - 0.06, 0.02 * f64::from(k % 3)]).collect();
    let surface = Escape::over(&points);
    let (mut mixed, mut other) = (0, 0);
    for k in 0..2000 {
        let w = [f64::from(k % 50) * 0.05 - 0.9, f64::from(k / 50) * 0.06 - 0.9];
        let each: Vec<f64> = points.iter().map(|x| literal(w, *x)).collect();
        let mean = each.iter().sum::<f64>() / 13.0;
        assert!((surface.value(&w) - mean).abs() < 1e-12 * (1.0 + mean), "{w:?}");
        for (i, exact) in each.iter().enumerate() {
            assert!((surface.value_of(i, &w) - exact).abs() < 1e-12 * (1.0 + exact));
        }
        let sharp = surface.local(w, false).sharp;
        mixed += usize::from(sharp > 0.0 && sharp < 1.0);
        other += usize::from(sharp == 0.0);
    }
    assert!(mixed > 20 && other > 200, "{mixed} {other}");
}

#[test]
fn moments_agree_with_a_pass_over_the_samples() {
    let surface = Escape::draw(100, 7, 3).unwrap();
    let (mut s, mut g, mut one) = ([0.0; 4], [0.0; 2], [0.0; 2]);
    for k in 0..400 {
        let w = [f64::from(k % 20) * 0.1 - 0.7, f64::from(k / 20) * 0.1 - 0.6];
        let here = surface.local(w, true);
        assert_eq!(
            here.gradient.map(|x| (x * 1e9).round()),
            surface.local(w, false).gradient.map(|x| (x * 1e9).round())
        );
        Default2(&surface).covariance(&w, Covariance::Centred, &mut s);
        g.fill(0.0);
        for i in 0..100 {
            surface.gradient_of(i, &w, &mut one);
            g = [g[0] + one[0] / 100.0, g[1] + one[1] / 100.0];
        }
        let scale = 1.0 + here.covariance.trace();
        for (fast, slow) in here.covariance.full().iter().zip(s) {
            assert!((fast - slow).abs() < 1e-10 * scale, "{w:?} {:?} {s:?}", here.covariance);
        }
        assert!((here.gradient[0] - g[0]).abs() + (here.gradient[1] - g[1]).abs() < 1e-11);
        let mut running = [0.0; 4];
        surface.covariance(&w, Covariance::RunningSum, &mut running);
        Default2(&surface).covariance(&w, Covariance::RunningSum, &mut s);
        assert!((running[1] - s[1]).abs() < 1e-9 * (1.0 + running[0] + running[3]));
    }
}

/// The samples with the trait's own, unspecialised covariance.
struct Default2<'a>(&'a Escape);

impl Samples for Default2<'_> {
    fn count(&self) -> usize {
        self.0.count
    }

    fn value_of(&self, i: usize, w: &[f64]) -> f64 {
        self.0.value_of(i, w)
    }

    fn gradient_of(&self, i: usize, w: &[f64], out: &mut [f64]) {
        self.0.gradient_of(i, w, out);
    }
}
