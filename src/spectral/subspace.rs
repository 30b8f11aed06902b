//! How alike two subspaces are, or two vectors.

use nalgebra::{DMatrix, SVD};

use super::vector::{dot, dots, norm, project_out, scale};

/// ‖UᵀV‖_F² / k for two orthonormal sets: the mean squared cosine of the canonical angles, 1 for the same subspace, about k / D
/// for random ones. k is the size of the smaller set. `NaN` when one is empty.
///
/// # Panics
/// When the vectors' lengths differ.
pub fn overlap(u: &[Vec<f64>], v: &[Vec<f64>]) -> f64 {
    let squares: f64 = v.iter().flat_map(|v| dots_checked(u, v)).map(|d| d * d).sum();
    squares / u.len().min(v.len()) as f64
}

/// The canonical (principal) angles of two orthonormal sets, ascending, in radians from 0 to π/2; as many as the smaller set has
/// vectors. Small ones come from their sines and large ones from their cosines, so that none loses digits (Björck and Golub
/// 1973). NaN when a number is not finite.
///
/// # Panics
/// When the vectors' lengths differ.
pub fn canonical_angles(u: &[Vec<f64>], v: &[Vec<f64>]) -> Vec<f64> {
    let (u, v) = if u.len() >= v.len() { (u, v) } else { (v, u) };
    let count = v.len();
    let mut cosines = DMatrix::zeros(u.len(), count);
    // V − U UᵀV = Q R: the singular values of R are the sines.
    let mut sines = DMatrix::zeros(count, count);
    let mut outside: Vec<Vec<f64>> = Vec::new();
    for (column, v) in v.iter().enumerate() {
        let mut rest = v.clone();
        dots_checked(u, v).into_iter().enumerate().for_each(|(row, d)| cosines[(row, column)] = d);
        project_out(u, &mut rest);
        project_out(&outside, &mut rest).iter().enumerate().for_each(|(row, d)| sines[(row, column)] = *d);
        let left = norm(&rest);
        sines[(outside.len(), column)] = left;
        if left > 0.0 {
            scale(&mut rest, 1.0 / left);
            outside.push(rest);
        }
    }
    let (Some(cosines), Some(mut sines)) = (singular(cosines), singular(sines)) else { return vec![f64::NAN; count] };
    sines.reverse();
    let angle = |(cosine, sine): (f64, f64)| if sine < cosine { sine.min(1.0).asin() } else { cosine.min(1.0).acos() };
    cosines.into_iter().zip(sines).map(angle).collect()
}

/// The angle between two vectors, in radians from 0 to π, exact for small angles, too (Kahan 2006, "How futile are mindless
/// assessments of roundoff", §12). `NaN` when one of them is zero, because then there is no angle.
///
/// # Panics
/// When the lengths differ.
pub fn angle(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "vectors of one length");
    let (size_a, size_b) = (norm(a), norm(b));
    if size_a == 0.0 || size_b == 0.0 {
        return f64::NAN;
    }
    let unit = |sign: f64| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a / size_a + sign * (b / size_b)).collect() };
    2.0 * norm(&unit(-1.0)).atan2(norm(&unit(1.0)))
}

/// Descending; `None` when a number is not finite, where the solver might never end.
fn singular(matrix: DMatrix<f64>) -> Option<Vec<f64>> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return None;
    }
    if matrix.is_empty() {
        return Some(Vec::new());
    }
    let rounds = 60 * (matrix.nrows() + 1);
    let solved = SVD::try_new(matrix, false, false, f64::EPSILON, rounds)?;
    let mut values: Vec<f64> = solved.singular_values.iter().copied().collect();
    values.sort_by(|a, b| b.total_cmp(a));
    Some(values)
}

fn dots_checked(u: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    assert!(u.iter().all(|u| u.len() == v.len()), "vectors of one length");
    match u.len() {
        1 => vec![dot(&u[0], v)],
        _ => dots(u, v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::draw::normal;

    /// Orthonormal random vectors.
    fn orthonormal(count: usize, dimension: usize) -> Vec<Vec<f64>> {
        let mut set: Vec<Vec<f64>> = Vec::new();
        for number in 0..count {
            let mut v = normal(7, &number.to_string(), dimension);
            project_out(&set, &mut v);
            let size = norm(&v);
            scale(&mut v, 1.0 / size);
            set.push(v);
        }
        set
    }

    fn turned(a: &[f64], b: &[f64], angle: f64) -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| angle.cos() * a + angle.sin() * b).collect()
    }

    #[test]
    fn angles_that_were_put_in_come_out() {
        let set = orthonormal(8, 40);
        let angles = [0.0, 1e-9, 0.3, 1.5];
        let u: Vec<Vec<f64>> = set[..4].to_vec();
        // Every vector turned away from U by its angle; then mixed among themselves, which changes no subspace.
        let each: Vec<Vec<f64>> = (0..4).map(|i| turned(&set[i], &set[4 + i], angles[i])).collect();
        let mixed = [turned(&each[0], &each[3], 0.7), turned(&each[0], &each[3], 0.7 + std::f64::consts::FRAC_PI_2)];
        let v = vec![mixed[0].clone(), turned(&each[1], &each[2], 2.0), mixed[1].clone(), {
            turned(&each[1], &each[2], 2.0 + std::f64::consts::FRAC_PI_2)
        }];
        for (a, b) in [(&u, &v), (&v, &u)] {
            let found = canonical_angles(a, b);
            assert!(found.iter().zip(angles).all(|(found, angle)| (found - angle).abs() < 1e-14), "{found:?}");
            let expected = angles.iter().map(|angle| angle.cos().powi(2)).sum::<f64>() / 4.0;
            assert!((overlap(a, b) - expected).abs() < 1e-14);
        }
        let one = std::slice::from_ref(&each[2]);
        for (a, b) in [(&u[..], one), (one, &u[..])] {
            assert!((canonical_angles(a, b)[0] - 0.3).abs() < 1e-15);
            assert!((overlap(a, b) - 0.3f64.cos().powi(2)).abs() < 1e-15);
        }
    }

    #[test]
    fn two_vectors_have_one_angle() {
        let set = orthonormal(2, 11);
        for angle_in in [0.0, 1e-12, 0.5, 2.0, std::f64::consts::PI] {
            let mut other = turned(&set[0], &set[1], angle_in);
            scale(&mut other, 13.0);
            assert!((angle(&set[0], &other) - angle_in).abs() < 1e-15, "{angle_in}");
        }
        assert!(angle(&[0.0, 0.0], &[1.0, 0.0]).is_nan());
        assert!(angle(&[f64::NAN, 0.0], &[1.0, 0.0]).is_nan());
    }

    #[test]
    fn nothing_and_nan_have_no_angle() {
        assert!(overlap(&[], &[]).is_nan());
        assert!(canonical_angles(&[], &[vec![1.0]]).is_empty());
        assert!(canonical_angles(&[vec![f64::NAN, 0.0]], &[vec![1.0, 0.0]])[0].is_nan());
        assert_eq!(canonical_angles(&[vec![1.0]], &[vec![-1.0]]), [0.0]);
    }
}
