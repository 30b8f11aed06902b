//! Arithmetic of long vectors in f64. Work is cut into pieces of a fixed size and partial sums are added in their order, so
//! that the bits do not depend on the number of threads.

use std::ops::Range;

use nalgebra::DMatrix;
use rayon::prelude::*;

/// Numbers in a piece: 128 KiB, so that a piece stays near the processor while a whole basis passes by.
const PIECE: usize = 1 << 14;

/// Running sums of a piece: one chain of additions would leave the processor waiting.
const LANES: usize = 8;

/// a · b.
///
/// # Panics
/// When the lengths differ.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "vectors of one length");
    pieces(a.len(), |range| dot_piece(&a[range.clone()], &b[range])).iter().sum()
}

/// ‖a‖₂.
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// a ← s a.
pub fn scale(a: &mut [f64], s: f64) {
    pieces_mut(a, |_, piece| piece.iter_mut().for_each(|x| *x *= s));
}

/// a ← a + s b.
///
/// # Panics
/// When b is shorter.
pub fn add(a: &mut [f64], s: f64, b: &[f64]) {
    pieces_mut(a, |range, piece| add_piece(piece, s, &b[range]));
}

/// Σ_i `weights[i]` `basis[i]`, of length `dimension`.
pub fn combine(basis: &[Vec<f64>], weights: &[f64], dimension: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dimension];
    pieces_mut(&mut sum, |range, piece| {
        for (v, weight) in basis.iter().zip(weights) {
            add_piece(piece, *weight, &v[range.clone()]);
        }
    });
    sum
}

/// Vᵀw, one number for each vector of the basis.
pub fn dots(basis: &[Vec<f64>], w: &[f64]) -> Vec<f64> {
    let parts = pieces(w.len(), |range| dots_piece(basis, range.clone(), &w[range]));
    in_order(&parts, basis.len())
}

/// Takes out of `w` what lies in the span of the orthonormal `basis`, and says how much of each vector that was.
///
/// Twice, which is enough: the second time takes out what the rounding of the first has left (Giraud, Langou, Rozložník
/// 2005). The basis is read three times.
pub fn project_out(basis: &[Vec<f64>], w: &mut [f64]) -> Vec<f64> {
    let first = dots(basis, w);
    let parts = pieces_mut(w, |range, piece| {
        subtract_piece(basis, &first, range.clone(), piece);
        dots_piece(basis, range, piece)
    });
    let second = in_order(&parts, basis.len());
    pieces_mut(w, |range, piece| subtract_piece(basis, &second, range, piece));
    first.iter().zip(&second).map(|(a, b)| a + b).collect()
}

/// Replaces the first vectors of the basis, as many as `s` has rows, by as many combinations of them as it has columns:
/// V ← V S, in place.
///
/// # Panics
/// When the basis has fewer vectors than `s` rows, or `s` more columns than rows.
pub fn rotate(basis: &mut Vec<Vec<f64>>, s: &DMatrix<f64>) {
    let (before, after) = s.shape();
    let mut parts: Vec<Vec<&mut [f64]>> = Vec::new();
    for v in &mut basis[..before] {
        for (number, piece) in v.chunks_mut(PIECE).enumerate() {
            if number == parts.len() {
                parts.push(Vec::with_capacity(before));
            }
            parts[number].push(piece);
        }
    }
    parts.par_iter_mut().for_each(|part| {
        let length = part.first().map_or(0, |piece| piece.len());
        let mut turned = vec![0.0; after * length];
        for (column, sum) in turned.chunks_exact_mut(length.max(1)).enumerate() {
            for (row, piece) in part.iter().enumerate() {
                add_piece(sum, s[(row, column)], piece);
            }
        }
        for (piece, sum) in part.iter_mut().zip(turned.chunks_exact(length.max(1))) {
            piece.copy_from_slice(sum);
        }
    });
    basis.drain(after..before);
}

/// `f` of every piece, in order.
fn pieces<T: Send>(length: usize, f: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let range = |number: usize| number * PIECE..length.min((number + 1) * PIECE);
    match length.div_ceil(PIECE) {
        // Waking other threads would take longer than the work.
        count @ 0..=1 => (0..count).map(|number| f(range(number))).collect(),
        count => (0..count).into_par_iter().map(|number| f(range(number))).collect(),
    }
}

fn pieces_mut<T: Send>(w: &mut [f64], f: impl Fn(Range<usize>, &mut [f64]) -> T + Sync) -> Vec<T> {
    let range = |number: usize, piece: &[f64]| number * PIECE..number * PIECE + piece.len();
    if w.len() <= PIECE {
        return w.chunks_mut(PIECE).enumerate().map(|(number, piece)| f(range(number, piece), piece)).collect();
    }
    w.par_chunks_mut(PIECE).enumerate().map(|(number, piece)| f(range(number, piece), piece)).collect()
}

fn in_order(parts: &[Vec<f64>], count: usize) -> Vec<f64> {
    let mut sums = vec![0.0; count];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, share)| *sum += share);
    }
    sums
}

fn dots_piece(basis: &[Vec<f64>], range: Range<usize>, w: &[f64]) -> Vec<f64> {
    basis.iter().map(|v| dot_piece(&v[range.clone()], w)).collect()
}

fn subtract_piece(basis: &[Vec<f64>], shares: &[f64], range: Range<usize>, w: &mut [f64]) {
    let quads = basis.chunks_exact(4).zip(shares.chunks_exact(4));
    let done = quads.len() * 4;
    for (v, share) in quads {
        // Four at a time, so that w is read and written less often.
        let pieces =
            v[0][range.clone()].iter().zip(&v[1][range.clone()]).zip(&v[2][range.clone()]).zip(&v[3][range.clone()]);
        for (w, (((v0, v1), v2), v3)) in w.iter_mut().zip(pieces) {
            *w -= (share[0] * v0 + share[1] * v1) + (share[2] * v2 + share[3] * v3);
        }
    }
    for (v, share) in basis[done..].iter().zip(&shares[done..]) {
        add_piece(w, -share, &v[range.clone()]);
    }
}

fn add_piece(a: &mut [f64], s: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += s * b);
}

fn dot_piece(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_wide, b_wide) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_wide.remainder().iter().zip(b_wide.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_wide.zip(b_wide) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::draw::normal;

    /// Around the edges of lanes and pieces.
    const LENGTHS: [usize; 8] = [0, 1, 7, 8, 9, PIECE - 1, PIECE, 2 * PIECE + 5];

    #[test]
    fn sums_are_those_of_plain_loops() {
        for length in LENGTHS {
            let (a, b) = (normal(1, "a", length), normal(1, "b", length));
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert!((dot(&a, &b) - plain).abs() < 1e-9, "{length}");
            let both = [a.clone(), b.clone()];
            assert_eq!(dots(&both, &b), [dot(&a, &b), dot(&b, &b)], "{length}");
            let mut sum = a.clone();
            add(&mut sum, -2.0, &b);
            assert_eq!(combine(&both, &[1.0, -2.0], length), sum, "{length}");
            scale(&mut sum, 0.5);
            assert!(sum.iter().zip(&a).zip(&b).all(|((s, a), b)| *s == 0.5 * (a - 2.0 * b)), "{length}");
        }
    }

    #[test]
    fn what_is_taken_out_and_what_is_left_make_the_whole() {
        for length in [3, 9, PIECE + 3] {
            let mut basis: Vec<Vec<f64>> = Vec::new();
            for number in 0..3 {
                let whole = normal(2, &number.to_string(), length);
                let mut left = whole.clone();
                let shares = project_out(&basis, &mut left);
                assert!(dots(&basis, &left).iter().all(|d| d.abs() < 1e-13 * norm(&whole)), "{length}");
                let mut sum = combine(&basis, &shares, length);
                add(&mut sum, 1.0, &left);
                assert!(sum.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-13), "{length}");
                let size = norm(&left);
                scale(&mut left, 1.0 / size);
                basis.push(left);
            }
        }
    }

    #[test]
    fn a_rotated_basis_is_the_combinations_of_the_old() {
        for length in [1, 5, PIECE + 3] {
            let old: Vec<Vec<f64>> = (0..4).map(|number| normal(3, &number.to_string(), length)).collect();
            let s = DMatrix::from_fn(3, 2, |row, column| (row + 2 * column) as f64 - 1.5);
            let mut new = old.clone();
            rotate(&mut new, &s);
            assert_eq!(new.len(), 3, "two combinations, and the one that was left alone");
            for (new, column) in new.iter().zip(s.column_iter()) {
                let weights: Vec<f64> = column.iter().copied().collect();
                assert_eq!(*new, combine(&old[..3], &weights, length));
            }
            assert_eq!(new[2], old[3]);
        }
    }

    #[test]
    fn bits_do_not_depend_on_the_number_of_threads() {
        let (a, b) = (normal(4, "a", 5 * PIECE + 1), normal(4, "b", 5 * PIECE + 1));
        let all = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut left = b.clone();
                let shares = project_out(std::slice::from_ref(&a), &mut left);
                (dot(&a, &b).to_bits(), shares, left)
            })
        };
        assert_eq!(all(1), all(3));
    }
}
