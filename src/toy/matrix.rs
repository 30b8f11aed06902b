//! Small symmetric matrices: eigenvalues, square roots, traces. Row-major `[n × n]`, f64.

/// Eigenvalues in descending algebraic order with their unit vectors.
///
/// Equal eigenvalues keep the order of a symmetric eigen-solver read from its end: the later coordinate axis comes
/// first. So the first vector of a multiple of the identity is the last axis (noise paper D.1, in the flat bowl). The
/// last component of a vector that is not zero is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// λ_1 ≥ λ_2 ≥ …
    pub values: Vec<f64>,
    /// `vectors[k]` belongs to `values[k]`.
    pub vectors: Vec<Vec<f64>>,
}

/// Decomposes the symmetric `[n × n]` matrix `a` by cyclic Jacobi rotations. A matrix with a NaN gives NaN.
pub fn eigen(a: &[f64], n: usize) -> Eigen {
    let mut a = a.to_vec();
    let mut v: Vec<f64> = (0..n * n).map(|k| f64::from(u8::from(k % (n + 1) == 0))).collect();
    let scale: f64 = a.iter().map(|x| x.abs()).fold(0.0, f64::max);
    // Convergence is quadratic: eight sweeps are plenty, the bound only ends what a NaN would keep going.
    for _ in 0..60 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j].abs()).sum();
        if off <= f64::EPSILON * 1e-3 * scale {
            break;
        }
        for i in 0..n {
            for j in i + 1..n {
                rotate(&mut a, &mut v, n, i, j);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).rev().collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    let vectors = order.iter().map(|&k| upright((0..n).map(|i| v[i * n + k]).collect())).collect();
    Eigen { values: order.iter().map(|&k| a[k * n + k]).collect(), vectors }
}

/// One Jacobi rotation that zeroes a_ij; the columns of `v` follow.
fn rotate(a: &mut [f64], v: &mut [f64], n: usize, i: usize, j: usize) {
    let off = a[i * n + j];
    if off == 0.0 {
        return;
    }
    let theta = (a[j * n + j] - a[i * n + i]) / (2.0 * off);
    let t = if theta == 0.0 { 1.0 } else { theta.signum() / (theta.abs() + theta.hypot(1.0)) };
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + i], a[k * n + j]);
        (a[k * n + i], a[k * n + j]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (a[i * n + k], a[j * n + k]);
        (a[i * n + k], a[j * n + k]) = (c * x - s * y, s * x + c * y);
    }
    (a[i * n + j], a[j * n + i]) = (0.0, 0.0);
    for k in 0..n {
        let (x, y) = (v[k * n + i], v[k * n + j]);
        (v[k * n + i], v[k * n + j]) = (c * x - s * y, s * x + c * y);
    }
}

fn upright(mut v: Vec<f64>) -> Vec<f64> {
    if v.iter().rev().find(|x| **x != 0.0).is_some_and(|x| *x < 0.0) {
        v.iter_mut().for_each(|x| *x = -*x);
    }
    v
}

/// Tr(A).
pub fn trace(a: &[f64], n: usize) -> f64 {
    (0..n).map(|i| a[i * n + i]).sum()
}

/// Tr(AB) of two symmetric matrices of the same size.
pub fn trace_product(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b)
}

/// A^{1/2}, symmetric, of the positive part of A: eigenvalues below zero, which no covariance has, count as zero.
pub fn square_root(a: &[f64], n: usize) -> Vec<f64> {
    if let (2, &[xx, xy, _, yy]) = (n, a) {
        let m = Sym2 { xx, xy, yy };
        if m.xx >= 0.0 && m.yy >= 0.0 && m.det() >= 0.0 {
            return m.square_root().full().to_vec();
        }
    }
    let e = eigen(a, n);
    let mut root = vec![0.0; n * n];
    for (value, u) in e.values.iter().zip(&e.vectors) {
        let s = value.max(0.0).sqrt();
        for i in 0..n {
            for j in 0..n {
                root[i * n + j] += s * u[i] * u[j];
            }
        }
    }
    root
}

/// A v.
pub fn apply(a: &[f64], v: &[f64], out: &mut [f64]) {
    for (row, out) in a.chunks_exact(v.len()).zip(out) {
        *out = dot(row, v);
    }
}

/// a · b.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// ‖a‖₂.
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// A symmetric 2 × 2 matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sym2 {
    pub xx: f64,
    pub xy: f64,
    pub yy: f64,
}

impl Sym2 {
    /// Tr(A).
    pub fn trace(self) -> f64 {
        self.xx + self.yy
    }

    /// det(A).
    pub fn det(self) -> f64 {
        self.xx * self.yy - self.xy * self.xy
    }

    /// Tr(AB).
    pub fn trace_product(self, b: Sym2) -> f64 {
        self.xx * b.xx + 2.0 * self.xy * b.xy + self.yy * b.yy
    }

    /// A^{1/2} = (A + √det A · I) / √(Tr A + 2√det A), for A positive semi-definite; the zero matrix is its own root.
    pub fn square_root(self) -> Sym2 {
        let root = self.det().max(0.0).sqrt();
        let scale = (self.trace() + 2.0 * root).sqrt();
        if scale == 0.0 {
            return Sym2::default();
        }
        Sym2 { xx: (self.xx + root) / scale, xy: self.xy / scale, yy: (self.yy + root) / scale }
    }

    /// The unit vector of the largest eigenvalue, by the same conventions as [`eigen`].
    pub fn first_vector(self) -> [f64; 2] {
        if self.xy == 0.0 {
            return if self.xx > self.yy { [1.0, 0.0] } else { [0.0, 1.0] };
        }
        let half = 0.5 * (self.xx - self.yy);
        let r = half.hypot(self.xy);
        let (x, y) = if half >= 0.0 { (half + r, self.xy) } else { (self.xy, r - half) };
        let length = x.hypot(y).copysign(y);
        [x / length, y / length]
    }

    /// A v.
    pub fn apply(self, v: [f64; 2]) -> [f64; 2] {
        [self.xx * v[0] + self.xy * v[1], self.xy * v[0] + self.yy * v[1]]
    }

    /// Row-major `[2 × 2]`.
    pub fn full(self) -> [f64; 4] {
        [self.xx, self.xy, self.xy, self.yy]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigen_of_a_known_spectrum_in_descending_algebraic_order() {
        // Q diag(5, −7, 1) Qᵀ with Q from two rotations: power iteration would put −7 first.
        let (c, s) = (0.6, 0.8);
        let q = [[c, -s, 0.0], [s * c, c * c, -s], [s * s, s * c, c]];
        let d = [5.0, -7.0, 1.0];
        let a: Vec<f64> = (0..9).map(|k| (0..3).map(|m| q[k / 3][m] * d[m] * q[k % 3][m]).sum()).collect();
        let e = eigen(&a, 3);
        for (value, exact) in e.values.iter().zip([5.0, 1.0, -7.0]) {
            assert!((value - exact).abs() < 1e-13, "{:?}", e.values);
        }
        for (value, u) in e.values.iter().zip(&e.vectors) {
            let mut au = [0.0; 3];
            apply(&a, u, &mut au);
            let residual: f64 = (0..3).map(|i| (au[i] - value * u[i]).abs()).sum();
            assert!(residual < 1e-13 && (norm(u) - 1.0).abs() < 1e-14);
        }
        let root = square_root(&[4.0, 0.0, 0.0, -9.0], 2);
        assert_eq!(root, [2.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_multiple_of_the_identity_has_the_last_axis_first() {
        assert_eq!(eigen(&[2.0, 0.0, 0.0, 2.0], 2).vectors[0], [0.0, 1.0]);
        assert_eq!(Sym2 { xx: 2.0, xy: 0.0, yy: 2.0 }.first_vector(), [0.0, 1.0]);
        assert_eq!(Sym2 { xx: 3.0, xy: 0.0, yy: 2.0 }.first_vector(), [1.0, 0.0]);
    }

    #[test]
    fn the_closed_forms_of_two_by_two_agree_with_jacobi() {
        for (xx, xy, yy) in [(110.0, 90.0, 110.0), (2.0, -1.0, 3.0), (4.0, 1e-9, 4.0), (1.0, 0.3, 7.0)] {
            let m = Sym2 { xx, xy, yy };
            let e = eigen(&m.full(), 2);
            let u = m.first_vector();
            assert!((u[0] - e.vectors[0][0]).abs() + (u[1] - e.vectors[0][1]).abs() < 1e-12, "{u:?} {e:?}");
            let r = m.square_root();
            let squared = [r.xx * r.xx + r.xy * r.xy, r.xy * (r.xx + r.yy), r.xy * r.xy + r.yy * r.yy];
            assert!((squared[0] - xx).abs() + (squared[1] - xy).abs() + (squared[2] - yy).abs() < 1e-12);
            assert!((m.trace_product(m) - e.values.iter().map(|x| x * x).sum::<f64>()).abs() < 1e-9);
        }
        assert_eq!(Sym2::default().square_root(), Sym2::default());
    }

    #[test]
    fn a_nan_is_shown_and_ends() {
        assert!(eigen(&[f64::NAN, 1.0, 1.0, 2.0], 2).values.iter().any(|x| x.is_nan()));
    }
}
