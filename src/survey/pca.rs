//! The plane of a path's two leading principal components.
//!
//! Li et al. 2018 (see `direction`), §7.2: the differences d_i = θ_i − θ_n from the **last** point θ_n form a matrix whose
//! two leading singular directions span the plane; its origin is θ_n. Nothing else is subtracted: the components explain
//! shares of Σ‖d_i‖², the spread around the last point and not around the mean.
//!
//! The D × D covariance is never formed. With X = [d_1 … d_{n−1}], the n × n Gram matrix XᵀX = V Λ Vᵀ has the same leading
//! eigenvalues, and component k is X v_k / √λ_k. The path is read four times, in blocks, and summed in f64.

use std::ops::ControlFlow;

use nalgebra::{DMatrix, SymmetricEigen};
use thiserror::Error;

use super::{
    frame::{Frame, FrameError, Projection, unit},
    three::ROUNDING,
    trajectory::{ReadError, Trajectory},
};
use crate::probe::vector::{dot, sum};

/// A plane that shows as much of a path as a plane can.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalPlane {
    /// Origin: the last point, to the bit. Directions: orthonormal within the rounding of f32. Their signs are such that
    /// the point that lies farthest along a direction (the first of equals) has a positive coordinate.
    pub frame: Frame,
    /// λ_1/Σλ and λ_2/Σλ: the shares of Σ‖θ_i − θ_n‖² along the two directions.
    pub explained: [f64; 2],
    /// Every point of the path, in order; the last is (0, 0).
    pub path: Vec<Projection>,
}

/// A path that gives no plane.
#[derive(Debug, Error)]
pub enum PcaError {
    #[error(
        "the path has {0} points; a plane needs three that do not lie on one line; a run keeps one every N iterations if it is told to (--checkpoint-every N)"
    )]
    TooFew(usize),
    #[error(
        "the path lies on one line as far as its rounding tells; a plane needs three points that do not, so draw the \
         line from its first to its last point instead"
    )]
    OnOneLine,
    #[error("point {point} of the path has parameters that are not finite; leave it out, or end the path before it")]
    NotFinite { point: usize },
    #[error("cannot read point {point} of the path: {source}")]
    Read { point: usize, source: ReadError },
    #[error("the principal components of the path were not found ({0} points); thin the path and try again")]
    NoConvergence(usize),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("stopped before the principal components were found")]
    Stopped,
}

/// Differences held at once, as f64.
const BLOCK: usize = 1 << 21;
/// Multiplications between two looks at whether to stop: some ten milliseconds.
const BREATH: usize = 1 << 27;

/// The plane of the two leading principal components of `path`, centred at its last point.
///
/// `progress` hears the share that is done, several times a second, and may stop the work. Memory: as much as
/// seven points take, and about 50 MB.
///
/// # Errors
/// When the path has fewer than three points, lies on one line (or repeats one or two points), holds numbers that are
/// not finite or cannot be read, or when `progress` stopped the work.
pub fn principal_plane(
    path: &mut impl Trajectory,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<PrincipalPlane, PcaError> {
    let n = path.points();
    if n < 3 {
        return Err(PcaError::TooFew(n));
    }
    let mut origin = vec![0.0; path.dimension()];
    read(path, n - 1, 0, &mut origin)?;
    if !dot(&origin, &origin).is_finite() {
        return Err(PcaError::NotFinite { point: n - 1 });
    }
    let mut meter = Meter { done: 0.0, total: PRODUCTS * n as f64 + DIRECTIONS + PROJECTIONS, progress };
    let gram = products(path, &origin, &mut meter)?;
    let Leading { combinations, explained } = leading(gram, dot(&origin, &origin).sqrt())?;
    let [u, v] = directions(path, &origin, &combinations, &mut meter)?;
    let frame = Frame::new(origin, u, v)?;
    let mut theta = vec![0.0; path.dimension()];
    let mut seen = Vec::with_capacity(n);
    for point in 0..n {
        read(path, point, 0, &mut theta)?;
        seen.push(frame.project(&theta));
        meter.add(PROJECTIONS / n as f64)?;
    }
    Ok(PrincipalPlane { frame, explained, path: seen })
}

/// Rough costs, in passes over the path: what each point adds to the products, combining, projecting.
const PRODUCTS: f64 = 0.25;
const DIRECTIONS: f64 = 2.0;
const PROJECTIONS: f64 = 3.0;

/// Counts the work that is done and tells of it.
struct Meter<'a> {
    done: f64,
    total: f64,
    progress: &'a mut dyn FnMut(f64) -> ControlFlow<()>,
}

impl Meter<'_> {
    fn add(&mut self, work: f64) -> Result<(), PcaError> {
        self.done += work;
        match (self.progress)((self.done / self.total).min(1.0)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(PcaError::Stopped),
        }
    }
}

fn read(path: &mut impl Trajectory, point: usize, from: usize, into: &mut [f32]) -> Result<(), PcaError> {
    path.read(point, from, into).map_err(|source| PcaError::Read { point, source })
}

/// Reads the path in blocks of coordinates: `[coordinates, n − 1]`, the differences from the last point in f64, and the
/// first coordinate of the block.
fn each_block(
    path: &mut impl Trajectory,
    origin: &[f32],
    mut visit: impl FnMut(usize, &DMatrix<f64>) -> Result<(), PcaError>,
) -> Result<(), PcaError> {
    let others = path.points() - 1;
    let length = (BLOCK / others).clamp(1, origin.len().max(1));
    let mut stretch = vec![0.0; length];
    let mut block = DMatrix::zeros(length, others);
    for from in (0..origin.len()).step_by(length) {
        let count = length.min(origin.len() - from);
        block.resize_vertically_mut(count, 0.0);
        for (point, mut column) in block.column_iter_mut().enumerate() {
            read(path, point, from, &mut stretch[..count])?;
            for ((d, x), o) in column.iter_mut().zip(&stretch).zip(&origin[from..]) {
                *d = f64::from(*x) - f64::from(*o);
            }
        }
        visit(from, &block)?;
    }
    Ok(())
}

/// XᵀX, `[n − 1, n − 1]`.
fn products(path: &mut impl Trajectory, origin: &[f32], meter: &mut Meter<'_>) -> Result<DMatrix<f64>, PcaError> {
    let others = path.points() - 1;
    let rows = (BREATH / (others * others)).max(64);
    let work = PRODUCTS * path.points() as f64 / origin.len() as f64;
    let mut gram = DMatrix::zeros(others, others);
    each_block(path, origin, |_, block| {
        for from in (0..block.nrows()).step_by(rows) {
            let part = block.rows(from, rows.min(block.nrows() - from));
            gram.gemm(1.0, &part.transpose(), &part, 1.0);
            meter.add(work * part.nrows() as f64)?;
        }
        Ok(())
    })?;
    match (0..others).find(|&i| !gram[(i, i)].is_finite()) {
        Some(point) => Err(PcaError::NotFinite { point }),
        None => Ok(gram),
    }
}

/// The two leading components as combinations of the differences.
struct Leading {
    /// v_k / √λ_k, `[n − 1]` each.
    combinations: [Vec<f64>; 2],
    explained: [f64; 2],
}

fn leading(gram: DMatrix<f64>, origin_norm: f64) -> Result<Leading, PcaError> {
    let others = gram.nrows();
    // How long differences can get by the rounding of both their ends alone.
    let rounding = (0..others).map(|i| (ROUNDING * (2.0 * origin_norm + gram[(i, i)].sqrt())).powi(2)).sum::<f64>();
    let total = gram.trace();
    // f64 tells eigenvalues apart down to about n ε of the largest.
    let resolved = 16.0 * others as f64 * f64::EPSILON * total;
    let failed = PcaError::NoConvergence(others + 1);
    let Some(eigen) = SymmetricEigen::try_new(gram, f64::EPSILON, 1000 * others) else { return Err(failed) };
    let mut order: Vec<usize> = (0..others).collect();
    order.sort_by(|&i, &j| eigen.eigenvalues[j].total_cmp(&eigen.eigenvalues[i]));
    let [first, second] = [order[0], order[1]].map(|k| (eigen.eigenvalues[k], eigen.eigenvectors.column(k)));
    if second.0 <= rounding.max(resolved) {
        return Err(PcaError::OnOneLine);
    }
    let combinations = [first, second].map(|(lambda, v)| {
        // Coordinates along the component are √λ v: the farthest point decides the sign.
        let farthest = v.iter().copied().fold(0.0f64, |far, x| if x.abs() > far.abs() { x } else { far });
        v.iter().map(|x| x * farthest.signum() / lambda.sqrt()).collect()
    });
    Ok(Leading { combinations, explained: [first.0 / total, second.0 / total] })
}

/// X c for both combinations, made orthonormal in f64 and rounded.
fn directions(
    path: &mut impl Trajectory,
    origin: &[f32],
    combinations: &[Vec<f64>; 2],
    meter: &mut Meter<'_>,
) -> Result<[Vec<f32>; 2], PcaError> {
    let work = DIRECTIONS / origin.len() as f64;
    let mut sums = [vec![0.0f64; origin.len()], vec![0.0f64; origin.len()]];
    each_block(path, origin, |from, block| {
        for (sum, weights) in sums.iter_mut().zip(combinations) {
            let sum = &mut sum[from..from + block.nrows()];
            for (column, weight) in block.column_iter().zip(weights) {
                for (s, d) in sum.iter_mut().zip(column.iter()) {
                    *s += weight * d;
                }
            }
        }
        meter.add(work * block.nrows() as f64)
    })?;
    let [u, v] = sums;
    let (n, dot) = (u.len(), |x: &[f64], y: &[f64]| sum(x.len(), |i| x[i] * y[i]));
    // What the eigenvectors' rounding has left of u in v.
    let common = dot(&u, &v) / dot(&u, &u);
    let (first, _) = unit(n, |i| u[i]).ok_or(PcaError::OnOneLine)?;
    let (second, _) = unit(n, |i| v[i] - common * u[i]).ok_or(PcaError::OnOneLine)?;
    Ok([first, second])
}

#[cfg(test)]
mod tests;
