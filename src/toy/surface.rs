//! What a landscape can be asked: value, gradient and Hessian in closed form, and per-sample losses where it has them.

use std::fmt::Debug;

use super::matrix::dot;

/// A loss L(w), exact in f64. `w` always has [`Surface::dim`] coordinates; a shorter slice panics.
///
/// At a kink the gradient is the one-sided derivative towards larger coordinates and the Hessian is that of the piece.
/// Values that are not finite are returned as they are.
pub trait Surface: Debug + Send + Sync {
    /// The number of coordinates of w.
    fn dim(&self) -> usize;

    /// L(w).
    fn value(&self, w: &[f64]) -> f64;

    /// Writes ∇L(w), `[dim]`.
    fn gradient(&self, w: &[f64], out: &mut [f64]);

    /// Writes ∇²L(w), row-major `[dim × dim]`.
    fn hessian(&self, w: &[f64], out: &mut [f64]);

    /// Name, formula, source, view and known minima.
    fn about(&self) -> About;

    /// The samples whose mean L is, if it is one.
    fn samples(&self) -> Option<&dyn Samples> {
        None
    }

    /// In two dimensions: a number that L exceeds nowhere in the triangle of the corners, and that tends to max L as the
    /// triangle shrinks. `None` where no such bound is known.
    fn hull_bound(&self, _triangle: &[Corner; 3]) -> Option<f64> {
        None
    }

    /// In one dimension: the places inside (low, high) where L has a local maximum.
    ///
    /// Surfaces that know them in closed form say so; otherwise sign changes of L′ are bracketed on 512 cells and
    /// bisected, which misses a maximum only where L′ changes its sign twice within a cell.
    fn peaks(&self, low: f64, high: f64) -> Vec<f64> {
        scan_peaks(|x| slope(self, x), low, high)
    }
}

/// L as a mean over samples, L = (1/N) Σ ℓ_i.
pub trait Samples {
    /// N.
    fn count(&self) -> usize;

    /// ℓ_i(w).
    fn value_of(&self, i: usize, w: &[f64]) -> f64;

    /// Writes ∇ℓ_i(w), `[dim]`.
    fn gradient_of(&self, i: usize, w: &[f64], out: &mut [f64]);

    /// Writes the covariance of the per-sample gradients at w, row-major `[dim × dim]`: noise paper Eq. (5) with batch
    /// size 1.
    fn covariance(&self, w: &[f64], which: Covariance, out: &mut [f64]) {
        let (n, dim) = (self.count(), w.len());
        let mut rows = vec![0.0; n * dim];
        for (i, row) in rows.chunks_exact_mut(dim).enumerate() {
            self.gradient_of(i, w, row);
        }
        if which == Covariance::RunningSum {
            for i in dim..n * dim {
                rows[i] += rows[i - dim];
            }
        }
        let mean: Vec<f64> = (0..dim).map(|d| rows.iter().skip(d).step_by(dim).sum::<f64>() / n as f64).collect();
        out.fill(0.0);
        for row in rows.chunks_exact(dim) {
            for i in 0..dim {
                for j in 0..dim {
                    out[i * dim + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / n as f64;
                }
            }
        }
    }
}

crate::named::named_choice! {
    /// How Σ is estimated from the per-sample gradients.
    Covariance as "covariance" {
        /// From centred per-sample gradients: noise paper Eq. (5).
        #[default] Centred = "centred",
        /// From the running sums g_1, g_1 + g_2, …, as the paper's released code does, which never clears its gradients
        /// between samples. Nearly of rank one along the mean gradient.
        RunningSum = "running-sum",
    }
}

/// What a person needs to know before looking at a surface.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// As typed on the command line.
    pub name: &'static str,
    /// A short heading.
    pub title: &'static str,
    /// L(w) as text.
    pub formula: String,
    /// One line: what there is to see.
    pub description: &'static str,
    /// Paper and place.
    pub source: &'static str,
    /// Symbol and value of each constant.
    pub parameters: Vec<(&'static str, f64)>,
    /// Sensible view, `[dim]` pairs (low, high).
    pub window: Vec<[f64; 2]>,
    /// Where a walk starts unless it is told otherwise.
    pub start: Vec<f64>,
    /// The known local minima, the most interesting one first.
    pub minima: Vec<Minimum>,
}

/// A local minimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// What to call it.
    pub name: &'static str,
    pub at: Vec<f64>,
    /// L there.
    pub value: f64,
}

impl Minimum {
    /// The minimum of `surface` at `at`.
    pub(crate) fn of(surface: &(impl Surface + ?Sized), name: &'static str, at: Vec<f64>) -> Minimum {
        let value = surface.value(&at);
        Minimum { name, at, value }
    }
}

/// L′ of a one-dimensional surface.
pub(crate) fn slope(surface: &(impl Surface + ?Sized), x: f64) -> f64 {
    let mut g = [0.0];
    surface.gradient(&[x], &mut g);
    g[0]
}

/// ∇L(w) in a new vector.
pub fn gradient(surface: &dyn Surface, w: &[f64]) -> Vec<f64> {
    let mut g = vec![0.0; surface.dim()];
    surface.gradient(w, &mut g);
    g
}

/// ∇²L(w) in a new vector, row-major.
pub fn hessian(surface: &dyn Surface, w: &[f64]) -> Vec<f64> {
    let mut h = vec![0.0; surface.dim() * surface.dim()];
    surface.hessian(w, &mut h);
    h
}

/// A corner of a triangle in the plane, with L there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    pub at: [f64; 2],
    pub value: f64,
}

impl Corner {
    /// The corner at `at`.
    pub fn of(surface: &(impl Surface + ?Sized), at: [f64; 2]) -> Corner {
        Corner { at, value: surface.value(&at) }
    }
}

/// The largest L at a triangle's corners: nowhere inside is a convex L larger.
pub(crate) fn highest(triangle: &[Corner; 3]) -> f64 {
    triangle.iter().map(|c| c.value).fold(f64::NEG_INFINITY, |a, b| if b > a || b.is_nan() { b } else { a })
}

/// The bound for an L whose Hessian is nowhere in the triangle below −m I: L + m/2 ‖w − c‖² is convex, so L exceeds its
/// corners by at most m/2 times the squared distance of the farthest one from c, the centroid.
pub(crate) fn highest_if_curved(triangle: &[Corner; 3], m: f64) -> f64 {
    let centre = [0, 1].map(|d| triangle.iter().map(|c| c.at[d]).sum::<f64>() / 3.0);
    let far =
        triangle.iter().map(|c| (c.at[0] - centre[0]).powi(2) + (c.at[1] - centre[1]).powi(2)).fold(0.0, f64::max);
    highest(triangle) + 0.5 * m.max(0.0) * far
}

/// The smallest and largest of each coordinate over a triangle.
pub(crate) fn bounding_box(triangle: &[[f64; 2]; 3]) -> [[f64; 2]; 2] {
    [0, 1].map(|d| {
        let x = triangle.map(|v| v[d]);
        [x[0].min(x[1]).min(x[2]), x[0].max(x[1]).max(x[2])]
    })
}

fn scan_peaks(slope: impl Fn(f64) -> f64, low: f64, high: f64) -> Vec<f64> {
    const CELLS: usize = 512;
    let at = |k: usize| low + (high - low) * k as f64 / CELLS as f64;
    let mut peaks = Vec::new();
    for k in 0..CELLS {
        let (mut a, mut b) = (at(k), at(k + 1));
        if !(slope(a) > 0.0 && slope(b) <= 0.0) {
            continue;
        }
        for _ in 0..80 {
            let middle = 0.5 * (a + b);
            if slope(middle) > 0.0 { a = middle } else { b = middle }
        }
        peaks.push(b);
    }
    peaks
}

/// A surface seen as the mean of L(w) − xᵢ·w over tilts xᵢ whose mean is zero: gradient noise that does not depend on w.
///
/// The tilts are ±√dim · sⱼ along each axis, so that Σ = diag(sⱼ²) exactly.
#[derive(Clone, Debug)]
pub struct Tilted<S> {
    surface: S,
    /// √dim · sⱼ.
    reach: Vec<f64>,
}

impl<S: Surface> Tilted<S> {
    /// Σ gets the diagonal `variances`, `[dim]`.
    pub(crate) fn new(surface: S, variances: &[f64]) -> Tilted<S> {
        let dim = variances.len() as f64;
        Tilted { surface, reach: variances.iter().map(|v| (dim * v).sqrt()).collect() }
    }

    /// The surface without its samples.
    pub fn surface(&self) -> &S {
        &self.surface
    }

    fn tilt(&self, i: usize) -> (usize, f64) {
        let (axis, sign) = (i / 2, 1.0 - 2.0 * (i % 2) as f64);
        (axis, sign * self.reach[axis])
    }
}

impl<S: Surface> Surface for Tilted<S> {
    fn dim(&self) -> usize {
        self.surface.dim()
    }

    fn value(&self, w: &[f64]) -> f64 {
        self.surface.value(w)
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        self.surface.gradient(w, out);
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        self.surface.hessian(w, out);
    }

    fn about(&self) -> About {
        self.surface.about()
    }

    fn samples(&self) -> Option<&dyn Samples> {
        Some(self)
    }

    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        self.surface.hull_bound(triangle)
    }

    fn peaks(&self, low: f64, high: f64) -> Vec<f64> {
        self.surface.peaks(low, high)
    }
}

impl<S: Surface> Samples for Tilted<S> {
    fn count(&self) -> usize {
        2 * self.reach.len()
    }

    fn value_of(&self, i: usize, w: &[f64]) -> f64 {
        let (axis, tilt) = self.tilt(i);
        self.surface.value(w) - tilt * w[axis]
    }

    fn gradient_of(&self, i: usize, w: &[f64], out: &mut [f64]) {
        self.surface.gradient(w, out);
        let (axis, tilt) = self.tilt(i);
        out[axis] -= tilt;
    }
}

/// A few Newton steps towards the stationary point next to `at`; where the Hessian is singular it stays.
pub(crate) fn polish(surface: &(impl Surface + ?Sized), mut at: [f64; 2]) -> [f64; 2] {
    for _ in 0..6 {
        let (mut g, mut h) = ([0.0; 2], [0.0; 4]);
        surface.gradient(&at, &mut g);
        surface.hessian(&at, &mut h);
        let det = h[0] * h[3] - h[1] * h[2];
        if det == 0.0 || dot(&g, &g) == 0.0 {
            break;
        }
        at[0] -= (h[3] * g[0] - h[1] * g[1]) / det;
        at[1] -= (h[0] * g[1] - h[2] * g[0]) / det;
    }
    at
}
