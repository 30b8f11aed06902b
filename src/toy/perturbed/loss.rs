//! The perturbed loss itself.

use rayon::prelude::*;

use super::{
    disc::{self, Effort},
    extremes::{Bottom, Peak},
    line,
};
use crate::toy::{
    error::{ToyError, not_negative},
    surface::Surface,
};

/// L̃ of a surface in one or two dimensions.
#[derive(Clone, Copy, Debug)]
pub struct Perturbed<'a> {
    surface: &'a dyn Surface,
    rho: f64,
}

impl<'a> Perturbed<'a> {
    /// # Errors
    ///
    /// [`ToyError::Parameter`] for a negative ρ, [`ToyError::Dimension`] beyond the plane.
    pub fn new(surface: &'a dyn Surface, rho: f64) -> Result<Perturbed<'a>, ToyError> {
        not_negative("ρ", rho, "0 or a positive, finite number, such as 0.05")?;
        if surface.dim() > 2 {
            let what = "the perturbed loss of a surface";
            return Err(ToyError::Dimension { what, needed: "one and two dimensions", dim: surface.dim() });
        }
        Ok(Perturbed { surface, rho })
    }

    /// ρ.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// L̃(w) and where it is attained, in the plane to a relative error of 1e−10 where the surface bounds it and has no
    /// ridges there; [`Peak::error`] has the bound that was reached.
    pub fn at(&self, w: &[f64]) -> Peak {
        self.with_effort(w, disc::EXACT)
    }

    /// L̃ over sorted places on a line, for a curve: exact, and the local maxima of L are looked for only once.
    ///
    /// # Errors
    ///
    /// [`ToyError::Dimension`] unless L has one dimension.
    pub fn curve(&self, xs: &[f64]) -> Result<Vec<f64>, ToyError> {
        self.needs(1, "a curve", "one dimension")?;
        Ok(line::curve(self.surface, xs, self.rho))
    }

    /// [`Perturbed::sketch`] over a grid, row-major `[ys × xs]`, on all threads of the current pool.
    ///
    /// # Errors
    ///
    /// [`ToyError::Dimension`] unless L has two dimensions.
    pub fn grid(&self, xs: &[f64], ys: &[f64]) -> Result<Vec<f64>, ToyError> {
        self.needs(2, "a grid", "two dimensions")?;
        let row = |y: &f64| xs.iter().map(|x| self.sketch(&[*x, *y])).collect::<Vec<_>>();
        Ok(ys.par_iter().flat_map_iter(row).collect())
    }

    fn needs(&self, dim: usize, what: &'static str, needed: &'static str) -> Result<(), ToyError> {
        if self.surface.dim() == dim {
            return Ok(());
        }
        Err(ToyError::Dimension { what, needed, dim: self.surface.dim() })
    }

    /// The secant curvature of L̃ at its minimum along a unit vector, the smaller of the two sides:
    /// 2 (L̃(w̃* ± δu) − L̃(w̃*)) / δ², what the proof of Theorem 3.2.1 (Lemma 7.1.3) calls its second derivative at the kink.
    pub fn secant_curvature(&self, bottom: &Bottom, unit: &[f64], delta: f64) -> f64 {
        let side = |sign: f64| {
            let at: Vec<f64> = bottom.at.iter().zip(unit).map(|(w, u)| w + sign * delta * u).collect();
            2.0 * (self.at(&at).value - bottom.value) / (delta * delta)
        };
        let (a, b) = (side(1.0), side(-1.0));
        if a <= b || a.is_nan() { a } else { b }
    }

    /// L̃(w) for a picture: to a relative error of 1e−3, several times faster in the plane.
    pub fn sketch(&self, w: &[f64]) -> f64 {
        self.with_effort(w, disc::SKETCH).value
    }

    fn with_effort(&self, w: &[f64], effort: Effort) -> Peak {
        if self.rho == 0.0 {
            return Peak { value: self.surface.value(w), at: w.to_vec(), error: Some(0.0) };
        }
        match *w {
            [x] => line::peak(self.surface, x, self.rho),
            _ => disc::peak(self.surface, [w[0], w[1]], self.rho, effort),
        }
    }

    /// The minimum of L̃ next to `near`, within ρ (and a little) of it, which is where the minimum of L̃ is that belongs to
    /// a minimum of L at `near`.
    ///
    /// One dimension: golden section, to the last digits where L̃ has a kink there, to about 1e−8 where it is smooth.
    /// Two: cutting planes, to about 1e−9 of ρ across a crease, to the root of that along a direction where L̃ is smooth.
    pub fn minimum(&self, near: &[f64]) -> Bottom {
        match *near {
            [x] => line::minimum(self.surface, x, self.rho, |x| self.at(&[x]).value),
            _ => disc::minimum(self.surface, [near[0], near[1]], self.rho),
        }
    }
}
