//! The noise structures of the noise paper's Table 1 and toy example (section 5.1, appendix D.1).
//!
//! Every structure is a covariance C(H, Σ) scaled to one trace: E‖ε‖² = Tr C is the same for all (Eq. 14). The noise is
//! added after the step and is not multiplied by the learning rate. ε = C^{1/2} z with the symmetric root, z standard
//! normal.

use super::matrix::{Sym2, apply, eigen, square_root, trace, trace_product};

/// The shape of the noise covariance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// I ("GLD const").
    Const,
    /// diag(Σ).
    Diag,
    /// Σ itself: with k = 2 = D leading eigenvectors nothing is cut off.
    Leading,
    /// H; negative eigenvalues, which no covariance has, count as zero.
    Hessian,
    /// u₁u₁ᵀ, the first eigenvector of H; of a multiple of I the last coordinate axis, as a symmetric eigen-solver has it.
    Eigvec,
}

impl Shape {
    /// Whether it is made from Σ.
    pub fn needs_samples(self) -> bool {
        matches!(self, Shape::Diag | Shape::Leading)
    }

    /// How many normal numbers one ε takes in dimension `dim`.
    pub fn numbers(self, dim: usize) -> usize {
        if self == Shape::Eigvec { 1 } else { dim }
    }

    /// ε and Tr(HC) in two dimensions. `z` has two entries; [`Shape::Eigvec`] uses the first.
    ///
    /// Where the shape is zero (Σ = 0, or no positive curvature) the trace cannot be met and ε is zero.
    pub fn draw2(self, power: f64, h: Sym2, s: Sym2, z: [f64; 2]) -> ([f64; 2], f64) {
        match self {
            Shape::Const => {
                let k = (0.5 * power).sqrt();
                ([k * z[0], k * z[1]], 0.5 * power * h.trace())
            }
            Shape::Diag => {
                let k = scale(power, s.trace());
                ([(k * s.xx).sqrt() * z[0], (k * s.yy).sqrt() * z[1]], k * (h.xx * s.xx + h.yy * s.yy))
            }
            Shape::Leading => through_root(power, h, s, z),
            Shape::Hessian if h.xx >= 0.0 && h.yy >= 0.0 && h.det() >= 0.0 => through_root(power, h, h, z),
            Shape::Hessian => {
                let c = self.covariance(power, &h.full(), &s.full(), 2);
                let c = Sym2 { xx: c[0], xy: c[1], yy: c[3] };
                (c.square_root().apply(z), h.trace_product(c))
            }
            Shape::Eigvec => {
                let (u, k) = (h.first_vector(), power.sqrt() * z[0]);
                let hu = h.apply(u);
                ([k * u[0], k * u[1]], power * (u[0] * hu[0] + u[1] * hu[1]))
            }
        }
    }

    /// C, row-major `[dim × dim]`.
    pub fn covariance(self, power: f64, h: &[f64], s: &[f64], dim: usize) -> Vec<f64> {
        let diagonal = |value: &dyn Fn(usize) -> f64| {
            let mut c = vec![0.0; dim * dim];
            (0..dim).for_each(|i| c[i * dim + i] = value(i));
            c
        };
        let mut c = match self {
            Shape::Const => diagonal(&|_| 1.0),
            Shape::Diag => diagonal(&|i| s[i * dim + i]),
            Shape::Leading => s.to_vec(),
            Shape::Hessian => {
                let root = square_root(h, dim);
                let mut c = vec![0.0; dim * dim];
                for i in 0..dim {
                    for j in 0..dim {
                        c[i * dim + j] = (0..dim).map(|k| root[i * dim + k] * root[k * dim + j]).sum();
                    }
                }
                c
            }
            Shape::Eigvec => {
                let u = &eigen(h, dim).vectors[0];
                (0..dim * dim).map(|k| u[k / dim] * u[k % dim]).collect()
            }
        };
        let k = scale(power, trace(&c, dim));
        c.iter_mut().for_each(|x| *x *= k);
        c
    }

    /// Writes ε and returns Tr(HC) in any dimension; `z` has [`Shape::numbers`] entries.
    pub fn draw(self, power: f64, h: &[f64], s: &[f64], z: &[f64], out: &mut [f64]) -> f64 {
        let dim = out.len();
        if dim == 2 {
            let two = |m: &[f64]| Sym2 { xx: m[0], xy: m[1], yy: m[3] };
            let (e, trace) = self.draw2(power, two(h), two(s), [z[0], z.get(1).copied().unwrap_or(0.0)]);
            out.copy_from_slice(&e);
            return trace;
        }
        let c = self.covariance(power, h, s, dim);
        if self == Shape::Eigvec {
            let u = &eigen(h, dim).vectors[0];
            out.iter_mut().zip(u).for_each(|(o, u)| *o = power.sqrt() * z[0] * u);
        } else {
            apply(&square_root(&c, dim), z, out);
        }
        trace_product(h, &c)
    }
}

/// What brings a covariance of trace `trace` to `power`.
fn scale(power: f64, trace: f64) -> f64 {
    if trace == 0.0 { 0.0 } else { power / trace }
}

/// ε = (power / Tr M · M)^{1/2} z.
fn through_root(power: f64, h: Sym2, m: Sym2, z: [f64; 2]) -> ([f64; 2], f64) {
    let k = scale(power, m.trace());
    let root = m.det().max(0.0).sqrt();
    let below = m.trace() + 2.0 * root;
    let f = if below == 0.0 { 0.0 } else { (k / below).sqrt() };
    let e = [f * ((m.xx + root) * z[0] + m.xy * z[1]), f * (m.xy * z[0] + (m.yy + root) * z[1])];
    (e, k * h.trace_product(m))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Shape; 5] = [Shape::Const, Shape::Diag, Shape::Leading, Shape::Hessian, Shape::Eigvec];
    /// The sharp minimum of D.1: H with eigenvalues 200 along (1,1)/√2 and 20, Σ with 4 and 0.4.
    const H: Sym2 = Sym2 { xx: 110.0, xy: 90.0, yy: 110.0 };
    const S: Sym2 = Sym2 { xx: 2.2, xy: 1.8, yy: 2.2 };

    #[test]
    fn the_indicator_at_the_sharp_minimum() {
        // Const and diag: 0.005 · 220; leading: 0.01 · 808 / 4.4; Hessian: 0.01 · 40400 / 220; eigvec: 0.01 · 200.
        for (shape, exact) in ALL.iter().zip([1.1, 1.1, 8.08 / 4.4, 404.0 / 220.0, 2.0]) {
            let trace = shape.draw2(0.01, H, S, [0.3, -1.0]).1;
            assert!((trace - exact).abs() < 1e-14, "{shape:?} {trace} {exact}");
        }
    }

    #[test]
    fn the_noise_has_the_covariance_and_its_trace_is_the_power() {
        for shape in ALL {
            let c = shape.covariance(0.01, &H.full(), &S.full(), 2);
            assert!((trace(&c, 2) - 0.01).abs() < 1e-16, "{shape:?}");
            // ε is linear in z, so the columns of that map give back C.
            let a = shape.draw2(0.01, H, S, [1.0, 0.0]).0;
            let b = if shape == Shape::Eigvec { [0.0; 2] } else { shape.draw2(0.01, H, S, [0.0, 1.0]).0 };
            let outer = [a[0] * a[0] + b[0] * b[0], a[0] * a[1] + b[0] * b[1], a[1] * a[1] + b[1] * b[1]];
            assert!((outer[0] - c[0]).abs() + (outer[1] - c[1]).abs() + (outer[2] - c[3]).abs() < 1e-15, "{shape:?}");
        }
    }

    #[test]
    fn any_dimension_agrees_with_two() {
        // The same matrices beside a third axis that is smaller than both.
        let pad = |m: Sym2| vec![m.xx, m.xy, 0.0, m.xy, m.yy, 0.0, 0.0, 0.0, 0.0];
        for shape in [Shape::Diag, Shape::Leading, Shape::Hessian, Shape::Eigvec] {
            let (flat, exact) = shape.draw2(0.01, H, S, [0.7, -0.4]);
            let mut out = [0.0; 3];
            let trace = shape.draw(0.01, &pad(H), &pad(S), &[0.7, -0.4, 5.0], &mut out);
            assert!((trace - exact).abs() < 1e-13, "{shape:?} {trace} {exact}");
            assert!(
                (out[0] - flat[0]).abs() + (out[1] - flat[1]).abs() + out[2].abs() < 1e-12,
                "{shape:?} {out:?} {flat:?}"
            );
        }
    }

    #[test]
    fn conventions_where_a_shape_is_not_determined() {
        let flat = Sym2 { xx: 2.0, xy: 0.0, yy: 2.0 };
        assert_eq!(Shape::Eigvec.draw2(0.01, flat, S, [1.0, 9.0]).0, [0.0, 0.1]);
        assert_eq!(Shape::Leading.draw2(0.01, flat, Sym2::default(), [1.0, 1.0]), ([0.0; 2], 0.0));
        // A saddle: only the positive curvature carries noise.
        let saddle = Sym2 { xx: 3.0, xy: 0.0, yy: -5.0 };
        let (e, t) = Shape::Hessian.draw2(0.04, saddle, S, [1.0, 1.0]);
        assert!((e[0] - 0.2).abs() < 1e-15 && e[1] == 0.0 && (t - 0.12).abs() < 1e-15);
    }
}
