//! Components against closed forms and an independent decomposition.

use nalgebra::DVector;

use super::*;
use crate::probe::vector::{cosine, norm};

fn plane(path: &[Vec<f32>]) -> Result<PrincipalPlane, PcaError> {
    principal_plane(&mut { path }, &mut |_| ControlFlow::Continue(()))
}

/// Numbers between −1 and 1 without a pattern that matters.
fn noise(i: usize) -> f64 {
    ((i as f64 + 1.0) * 78.233).sin() * 43758.5453 % 1.0
}

fn cloud(n: usize, d: usize) -> Vec<Vec<f32>> {
    (0..n).map(|i| (0..d).map(|j| (noise(i * d + j) * 3.0 / (1.0 + j as f64)) as f32).collect()).collect()
}

#[test]
fn components_are_the_eigenvectors_of_the_covariance() {
    for (n, d) in [(3, 2), (4, 7), (12, 30), (40, 9)] {
        let path = cloud(n, d);
        let found = plane(&path).unwrap();
        // Independently: the D × D matrix Σ d dᵀ around the last point.
        let differences: Vec<DVector<f64>> = path
            .iter()
            .map(|x| DVector::from_iterator(d, x.iter().zip(&path[n - 1]).map(|(x, o)| f64::from(*x) - f64::from(*o))))
            .collect();
        let covariance = differences.iter().fold(DMatrix::zeros(d, d), |sum, x| sum + x * x.transpose());
        let total = covariance.trace();
        let eigen = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&i, &j| eigen.eigenvalues[j].total_cmp(&eigen.eigenvalues[i]));
        for (k, direction) in [found.frame.u(), found.frame.v()].into_iter().enumerate() {
            let expected = eigen.eigenvectors.column(order[k]);
            let overlap: f64 = direction.iter().zip(expected.iter()).map(|(x, y)| f64::from(*x) * y).sum();
            assert!((overlap.abs() - 1.0).abs() < 1e-7, "{n} {d}: component {k} overlaps by {overlap}");
            assert!((found.explained[k] - eigen.eigenvalues[order[k]] / total).abs() < 1e-12);
            let coordinate = |p: &Projection| if k == 0 { p.a } else { p.b };
            for (p, x) in found.path.iter().zip(&differences) {
                let projected = expected.dot(x) * overlap.signum();
                assert!((coordinate(p) - projected).abs() < 1e-6, "{projected} {p:?}");
            }
            let farthest =
                found.path.iter().map(coordinate).fold(0.0, |m: f64, x| if x.abs() > m.abs() { x } else { m });
            assert!(farthest > 0.0, "the farthest point is on the positive side");
        }
        for (p, x) in found.path.iter().zip(&differences) {
            let rest = x.norm_squared() - p.a * p.a - p.b * p.b;
            assert!((p.off_plane - rest.max(0.0).sqrt()).abs() < 1e-4, "{rest} {p:?}");
        }
        let frame = &found.frame;
        assert!(norm(frame.u()).mul_add(-1.0, 1.0).abs() < 1e-7 && cosine(frame.u(), frame.v()).abs() < 1e-7);
        assert_eq!(
            (frame.origin(), found.path[n - 1]),
            (&path[n - 1][..], Projection { a: 0.0, b: 0.0, off_plane: 0.0 })
        );
    }
}

#[test]
fn a_path_in_a_plane_is_explained_whole() {
    // A spiral in the plane of two orthonormal vectors; two points of one place are lifted off by ±1/4, which does not
    // tilt the plane.
    let d = 999;
    let e = |k: usize, i: usize| if i % 3 == k { (3.0 / 999.0f64).sqrt() } else { 0.0 };
    let lift = |k: u32| match k {
        20 => 0.25,
        21 => -0.25,
        _ => 0.0,
    };
    let place = |k: u32| {
        let k = f64::from(if k == 21 { 20 } else { k });
        let (angle, radius) = (0.4 * k, 5.0 - 0.1 * k);
        [2.0 * radius * angle.cos(), radius * angle.sin()]
    };
    let point = |k: u32, i: usize| place(k)[0] * e(0, i) + place(k)[1] * e(1, i) + lift(k) * e(2, i);
    let path: Vec<Vec<f32>> = (0..50).map(|k| (0..d).map(|i| point(k, i) as f32).collect()).collect();
    let found = plane(&path).unwrap();
    let far = |k: u32| (place(k)[0] - place(49)[0]).hypot(place(k)[1] - place(49)[1]);
    let squares: f64 = (0..50).map(|k| far(k).powi(2)).sum();
    let explained: f64 = found.explained.iter().sum();
    assert!((explained - squares / (squares + 0.125)).abs() < 1e-7, "{explained}");
    assert!(explained < 1.0 - 1e-5 && found.explained[0] > found.explained[1]);
    for (k, p) in (0..50).zip(&found.path) {
        assert!((p.off_plane - lift(k).abs()).abs() < 1e-5 && (p.a.hypot(p.b) - far(k)).abs() < 1e-5, "{k}: {p:?}");
    }
}

/// Blocks and breaths shorter than the path give what one block gives.
#[test]
fn a_long_path_is_read_in_blocks() {
    struct Counted<'a>(&'a [Vec<f32>], usize);
    impl Trajectory for Counted<'_> {
        fn points(&self) -> usize {
            self.0.len()
        }
        fn dimension(&self) -> usize {
            self.0[0].len()
        }
        fn read(&mut self, point: usize, from: usize, into: &mut [f32]) -> Result<(), super::ReadError> {
            self.1 = self.1.max(into.len() * usize::from(point + 1 < self.0.len() && from > 0));
            { self.0 }.read(point, from, into)
        }
    }
    let n = 3;
    let d = BLOCK / (n - 1) + 4321;
    let path: Vec<Vec<f32>> = (0..n).map(|k| (0..d).map(|i| noise(i % 1013 + 7919 * k) as f32).collect()).collect();
    let mut counted = Counted(&path, 0);
    let mut heard = Vec::new();
    let found = principal_plane(&mut counted, &mut |share| {
        heard.push(share);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(counted.1, 4321, "the second block is the rest");
    assert!(heard.is_sorted() && (heard.last().unwrap() - 1.0).abs() < 1e-9 && heard[0] < 0.5, "{heard:?}");
    assert!((found.explained[0] + found.explained[1] - 1.0).abs() < 1e-12, "three points lie in their plane");
    for (p, x) in found.path.iter().zip(&path) {
        let far = crate::probe::vector::distance(x, &path[n - 1]);
        assert!((p.a.hypot(p.b) - far).abs() < 1e-5 * (far + 1.0) && p.off_plane < 1e-3, "{p:?} {far}");
    }
}

#[test]
fn paths_without_a_plane_say_so() {
    let [a, b, c] = [0, 1, 2].map(|k| cloud(3, 40)[k].clone());
    let between: Vec<f32> = a.iter().zip(&b).map(|(x, y)| x + 0.3 * (y - x)).collect();
    let error = |path: &[&Vec<f32>]| plane(&path.iter().map(|x| (*x).clone()).collect::<Vec<_>>()).unwrap_err();
    assert!(matches!(error(&[&a, &b]), PcaError::TooFew(2)));
    for path in [vec![&a, &a, &a], vec![&a, &b, &a, &b, &b], vec![&a, &between, &b, &a]] {
        let error = error(&path);
        assert!(matches!(error, PcaError::OnOneLine), "{error}");
        assert!(error.to_string().contains("three points"));
    }
    let mut bad = a.clone();
    bad[3] = f32::INFINITY;
    assert!(matches!(error(&[&a, &bad, &c]), PcaError::NotFinite { point: 1 }));
    assert!(matches!(error(&[&a, &b, &bad]), PcaError::NotFinite { point: 2 }));
    let short = error(&[&a, &vec![0.0; 7], &c]).to_string();
    assert!(short.contains("cannot read point 1") && short.contains("another number of parameters"), "{short}");
    let path = [a, b, c];
    let stopped = principal_plane(&mut &path[..], &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(PcaError::Stopped)));
}

/// Exact multiples of one vector around the zero vector: nothing is rounded but the eigenvalues themselves.
#[test]
fn a_long_straight_path_is_no_plane() {
    for n in [30, 300] {
        let path: Vec<Vec<f32>> =
            (0..n).map(|k| (1..5).map(|i| ((k * i * 37 % 997) * (n - 1 - k)) as f32).collect()).collect();
        assert!(plane(&path).is_ok(), "four independent coordinates");
        let straight: Vec<Vec<f32>> =
            (0..n).map(|k| (1..5).map(|i| (i * (k * 37 % 997) * (n - 1 - k)) as f32).collect()).collect();
        let found = plane(&straight);
        assert!(matches!(found, Err(PcaError::OnOneLine)), "{n}: {:?}", found.map(|p| p.explained));
    }
}

#[test]
fn repeated_points_do_no_harm() {
    let mut path = cloud(5, 20);
    path.push(path[1].clone());
    path.push(path[4].clone());
    let found = plane(&path).unwrap();
    assert_eq!(found.path[1], found.path[5]);
    assert_eq!(found.path[4], Projection { a: 0.0, b: 0.0, off_plane: 0.0 });
    assert_eq!(plane(&path).unwrap(), found, "the same path gives the same bits");
}
