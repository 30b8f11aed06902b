//! Matrix products on plain slices, through the `gemm` crate's kernels.

use gemm::{Parallelism, gemm};

/// A matrix in a slice: rows × columns with the steps between neighbours.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl Matrix<'_> {
    /// Whether every element lies inside the slice.
    fn fits(&self) -> bool {
        let last = |n: usize, step: usize| (n - 1) * step;
        self.rows > 0
            && self.columns > 0
            && last(self.rows, self.row_step) + last(self.columns, self.column_step) < self.data.len()
    }
}

/// out = a · b, `out` row-major, on the calling thread.
fn multiply(a: Matrix<'_>, b: Matrix<'_>, out: &mut [f32]) {
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        return out.fill(0.0);
    }
    assert!(k == b.rows && a.fits() && b.fits() && out.len() == m * n, "the matrices fit each other and their slices");
    // SAFETY: the assertion above puts every element that the strides reach inside its slice: a is m×k, b is k×n, and
    // `out` is m×n with rows n apart. `out` is borrowed mutably, so it overlaps neither. `read_dst` is false: `out` is
    // only written. All three are f32, as the type parameter says.
    #[expect(unsafe_code, reason = "the kernel takes pointers")]
    unsafe {
        gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            false,
            a.data.as_ptr(),
            a.column_step as isize,
            a.row_step as isize,
            b.data.as_ptr(),
            b.column_step as isize,
            b.row_step as isize,
            0.0f32,
            1.0f32,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// `out[m×n]` = `a[m×k]` · `b[n×k]`ᵀ, all row-major.
///
/// # Panics
/// When a slice is shorter than its shape says.
pub(super) fn matmul_nt(a: &[f32], b: &[f32], out: &mut [f32], m: usize, n: usize, k: usize) {
    let a = Matrix { data: a, rows: m, columns: k, row_step: k, column_step: 1 };
    let b = Matrix { data: b, rows: k, columns: n, row_step: 1, column_step: k };
    multiply(a, b, out);
}

/// `out[m×n]` = `a[m×k]` · `b[k×n]`, all row-major.
///
/// # Panics
/// When a slice is shorter than its shape says.
pub(super) fn matmul_wide(a: &[f32], b: &[f32], out: &mut [f32], m: usize, n: usize, k: usize) {
    let a = Matrix { data: a, rows: m, columns: k, row_step: k, column_step: 1 };
    let b = Matrix { data: b, rows: k, columns: n, row_step: n, column_step: 1 };
    multiply(a, b, out);
}

/// `out[m×n]` = `a[k×m]`ᵀ · `b[k×n]`, all row-major.
///
/// # Panics
/// When a slice is shorter than its shape says.
pub(super) fn matmul_tn(a: &[f32], b: &[f32], out: &mut [f32], m: usize, n: usize, k: usize) {
    let a = Matrix { data: a, rows: m, columns: k, row_step: 1, column_step: m };
    let b = Matrix { data: b, rows: k, columns: n, row_step: n, column_step: 1 };
    multiply(a, b, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 23) as f32 - 11.0).collect()
    }

    /// Whole numbers up to 11·11·k are exact in f32, so the plain sum must agree to the bit.
    #[test]
    fn products_equal_the_plain_sum() {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (10, 64, 25), (33, 17, 40), (2, 3, 0)] {
            let (a, b) = (numbers(m * k, 1), numbers(n * k, 2));
            let (mut nt, mut wide) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            let (mut tn, columns) = (vec![f32::NAN; m * n], numbers(k * m, 3));
            matmul_tn(&columns, &b, &mut tn, m, n, k);
            matmul_nt(&a, &b, &mut nt, m, n, k);
            matmul_wide(&a, &b, &mut wide, m, n, k);
            for i in 0..m {
                for j in 0..n {
                    let plain_nt: f32 = (0..k).map(|l| a[i * k + l] * b[j * k + l]).sum();
                    let plain_wide: f32 = (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum();
                    let plain_tn: f32 = (0..k).map(|l| columns[l * m + i] * b[l * n + j]).sum();
                    assert_eq!(tn[i * n + j], plain_tn, "{m}×{n}×{k} at {i}, {j}");
                    assert_eq!((nt[i * n + j], wide[i * n + j]), (plain_nt, plain_wide), "{m}×{n}×{k} at {i}, {j}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "fit")]
    fn a_slice_that_is_too_short_is_refused() {
        matmul_nt(&[1.0; 5], &[1.0; 6], &mut [0.0; 4], 2, 2, 3);
    }
}
