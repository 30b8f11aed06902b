//! Which step a walker makes, with its constants.

use serde::{Deserialize, Serialize};

use super::{
    error::{ToyError, not_negative, positive, require},
    noise::Shape,
    surface::{Covariance, Surface},
};
use crate::named::named_choice;

named_choice! {
    /// The rule of the step.
    DynamicsKind as "dynamics" {
        /// w ← w − η∇L.
        #[default] Gd = "gd",
        /// w ← w − ηg with g the mean gradient of a mini-batch.
        Sgd = "sgd",
        /// Heavy ball: v ← μv + g, w ← w − ηv.
        Momentum = "momentum",
        /// Nesterov: v ← μv + g, w ← w − η(g + μv).
        Nesterov = "nesterov",
        /// The gradient at w + ε̂, SAM thesis Eq. (2.2).
        Sam = "sam",
        /// SAM every n-th step until step E, then always: SAM thesis Algorithm 1.
        Psam = "psam",
        /// SGD whose solution is the mean of its iterates.
        Swa = "swa",
        /// GD, then isotropic noise of the given trace (noise paper's "GLD const").
        Const = "const",
        /// GD, then noise shaped like diag(Σ).
        Diag = "diag",
        /// GD, then noise shaped like Σ.
        Leading = "leading",
        /// GD, then noise shaped like H.
        Hessian = "hessian",
        /// GD, then noise along the first eigenvector of H.
        Eigvec = "eigvec",
    }
}

impl DynamicsKind {
    /// The six of the noise paper's toy example, in its order: what `all` means on `escape2d`.
    pub const ESCAPE: [DynamicsKind; 6] = [
        DynamicsKind::Gd,
        DynamicsKind::Const,
        DynamicsKind::Diag,
        DynamicsKind::Leading,
        DynamicsKind::Hessian,
        DynamicsKind::Eigvec,
    ];

    /// The noise that is added after the step, if it is.
    pub fn shape(self) -> Option<Shape> {
        Some(match self {
            DynamicsKind::Const => Shape::Const,
            DynamicsKind::Diag => Shape::Diag,
            DynamicsKind::Leading => Shape::Leading,
            DynamicsKind::Hessian => Shape::Hessian,
            DynamicsKind::Eigvec => Shape::Eigvec,
            _ => return None,
        })
    }

    /// The stream its random numbers come from. All rules that draw mini-batches share one, so that from the same seed they
    /// see the same batches, and SAM with ρ = 0 walks SGD's path.
    pub(crate) fn stream(self) -> String {
        match self.shape() {
            Some(_) => format!("noise {self}"),
            None => "batches".into(),
        }
    }

    /// Whether it draws a mini-batch where the surface has samples.
    pub fn draws_batches(self) -> bool {
        self.shape().is_none() && self != DynamicsKind::Gd
    }
}

/// The rule and its constants; each rule reads those it needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DynamicsSpec {
    pub kind: DynamicsKind,
    /// η.
    pub lr: f64,
    /// m, samples per mini-batch, drawn independently with replacement, so that Σ/m is the exact noise covariance.
    pub batch: usize,
    /// μ of momentum and nesterov.
    pub momentum: f64,
    /// ρ of sam and psam.
    pub rho: f64,
    /// p of the norm that ρ is measured in, 1 to ∞.
    pub norm: f64,
    /// n of psam.
    pub period: u64,
    /// E of psam: from this step on every step is SAM's.
    pub until: u64,
    /// swa averages the iterates from after this step on.
    pub average_from: u64,
    /// E‖ε‖² of the noise rules, a trace. Not multiplied by η.
    pub noise: f64,
    /// How Σ is estimated for diag and leading.
    pub covariance: Covariance,
}

impl Default for DynamicsSpec {
    /// The constants of the noise paper's D.1, and the thesis's p = 2.
    fn default() -> DynamicsSpec {
        DynamicsSpec {
            kind: DynamicsKind::Gd,
            lr: 0.005,
            batch: 1,
            momentum: 0.9,
            rho: 0.05,
            norm: 2.0,
            period: 2,
            until: 0,
            average_from: 0,
            noise: 0.01,
            covariance: Covariance::Centred,
        }
    }
}

impl DynamicsSpec {
    /// The rule `kind` with default constants.
    pub fn of(kind: DynamicsKind) -> DynamicsSpec {
        DynamicsSpec { kind, ..DynamicsSpec::default() }
    }

    /// Refuses constants that no step can be made with, and rules that `surface` gives nothing to draw from.
    ///
    /// # Errors
    ///
    /// [`ToyError::Parameter`], [`ToyError::Count`] or [`ToyError::NeedsSamples`].
    pub fn check(&self, surface: &dyn Surface) -> Result<(), ToyError> {
        positive("learning rate", self.lr, "a positive, finite number, such as 0.005 (--lr 0.005)")?;
        require((0.0..1.0).contains(&self.momentum), "momentum", self.momentum, "at least 0 and below 1 (--momentum)")?;
        not_negative("ρ", self.rho, "0 or a positive, finite number, such as 0.05 (--rho 0.05)")?;
        require(self.norm >= 1.0, "p of SAM's norm", self.norm, "a number from 1 to inf; the usual one is 2")?;
        not_negative("noise", self.noise, "0 or a positive, finite number (--noise): the trace of its covariance")?;
        let count = |name, value, remedy| {
            if value == 0 { Err(ToyError::Count { name, value, remedy }) } else { Ok(()) }
        };
        count("samples per batch", self.batch as u64, "1 or more (--batch)")?;
        count("steps per period of psam", self.period, "1 or more (--period); 1 is SAM")?;
        let needs = self.kind == DynamicsKind::Sgd || self.kind.shape().is_some_and(Shape::needs_samples);
        if needs && surface.samples().is_none() {
            return Err(ToyError::NeedsSamples { dynamics: self.kind.to_string(), surface: surface.about().name });
        }
        Ok(())
    }

    /// Whether step `t` (from 0) goes through SAM's ascent point.
    pub fn ascends(&self, t: u64) -> bool {
        match self.kind {
            DynamicsKind::Sam => true,
            DynamicsKind::Psam => t >= self.until || t.is_multiple_of(self.period),
            _ => false,
        }
    }

    /// Gradient evaluations of `steps` steps: one each, and one more for each that ascends.
    pub fn evaluations(&self, steps: u64) -> u64 {
        let extra = match self.kind {
            DynamicsKind::Sam => steps,
            DynamicsKind::Psam => {
                let early = self.until.min(steps);
                early.div_ceil(self.period) + steps - early
            }
            _ => 0,
        };
        steps + extra
    }
}

/// SAM thesis Eq. (2.2): ε̂ = ρ sign(g) |g|^{q−1} / ‖g‖_q^{q/p} with 1/p + 1/q = 1, the point of the p-ball that g points
/// to. p = 1 is the limit: ρ on the largest coordinate, shared where several are equal. A zero gradient gives zero.
pub fn ascent(gradient: &[f64], rho: f64, p: f64, out: &mut [f64]) {
    let largest = gradient.iter().map(|g| g.abs()).fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a });
    if largest == 0.0 {
        out.fill(0.0);
        return;
    }
    // Relative to the largest coordinate no power overflows.
    let share = |g: f64| (g / largest).abs();
    if p == 1.0 {
        let ties = gradient.iter().filter(|g| share(**g) == 1.0).count() as f64;
        for (out, g) in out.iter_mut().zip(gradient) {
            *out = if share(*g) == 1.0 { rho * g.signum() / ties } else { 0.0 };
        }
        return;
    }
    let q = if p.is_infinite() { 1.0 } else { p / (p - 1.0) };
    let below = gradient.iter().map(|g| share(*g).powf(q)).sum::<f64>().powf(1.0 / p);
    for (out, g) in out.iter_mut().zip(gradient) {
        *out = if *g == 0.0 { 0.0 } else { rho * g.signum() * share(*g).powf(q - 1.0) / below };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{matrix::dot, surfaces::SurfaceSpec};

    fn epsilon(g: &[f64], rho: f64, p: f64) -> Vec<f64> {
        let mut out = vec![0.0; g.len()];
        ascent(g, rho, p, &mut out);
        out
    }

    fn p_norm(v: &[f64], p: f64) -> f64 {
        if p.is_infinite() {
            return v.iter().map(|x| x.abs()).fold(0.0, f64::max);
        }
        v.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(1.0 / p)
    }

    #[test]
    fn the_ascent_point_solves_the_dual_norm_problem() {
        let g = [3.0, -4.0, 0.5];
        for p in [1.0, 1.5, 2.0, 3.0, f64::INFINITY] {
            let e = epsilon(&g, 0.2, p);
            assert!((p_norm(&e, p) - 0.2).abs() < 1e-14, "{p} {e:?}");
            // max ε·g over the p-ball is ρ ‖g‖_q.
            let q = if p == 1.0 {
                f64::INFINITY
            } else if p.is_infinite() {
                1.0
            } else {
                p / (p - 1.0)
            };
            assert!((dot(&e, &g) - 0.2 * p_norm(&g, q)).abs() < 1e-13, "{p}");
        }
        let two = epsilon(&[3.0, -4.0], 1.0, 2.0);
        assert!((two[0] - 0.6).abs() < 1e-15 && (two[1] + 0.8).abs() < 1e-15);
        assert_eq!(epsilon(&[2.0, -2.0, 1.0], 1.0, 1.0), [0.5, -0.5, 0.0]);
        assert_eq!(epsilon(&[0.0, 0.0], 1.0, 2.0), [0.0, 0.0]);
        let huge = epsilon(&[3e300, -4e300], 1.0, 2.0);
        assert!((huge[0] - 0.6).abs() < 1e-15 && (huge[1] + 0.8).abs() < 1e-15);
        assert!(epsilon(&[f64::NAN, 1.0], 1.0, 2.0)[0].is_nan());
    }

    #[test]
    fn psam_counts_what_the_thesis_says() {
        // Extra cost 1 − (n − 1) E / (n T) of SAM's, thesis section 4.2.
        let spec = DynamicsSpec { period: 20, until: 750, ..DynamicsSpec::of(DynamicsKind::Psam) };
        let counted = (0..1000).filter(|t| spec.ascends(*t)).count() as u64;
        assert_eq!(spec.evaluations(1000), 1000 + counted);
        let thesis = 1.0 - 19.0 * 750.0 / (20.0 * 1000.0);
        assert!((counted as f64 / 1000.0 - thesis).abs() <= 1.0 / 1000.0, "{counted} {thesis}");
        let even = DynamicsSpec { period: 20, until: 760, ..spec };
        assert_eq!(even.evaluations(1000), 1000 + 38 + 240);
        assert_eq!(DynamicsSpec::of(DynamicsKind::Sam).evaluations(7), 14);
        assert_eq!(DynamicsSpec::of(DynamicsKind::Nesterov).evaluations(7), 7);
    }

    #[test]
    fn bad_constants_are_named() {
        let surface = SurfaceSpec::named("escape2d").unwrap().build(0, 0).unwrap();
        let good = DynamicsSpec::default();
        for (spec, word) in [
            (DynamicsSpec { lr: -0.1, ..good }, "learning rate is -0.1"),
            (DynamicsSpec { lr: f64::NAN, ..good }, "NaN"),
            (DynamicsSpec { rho: -1.0, ..good }, "ρ is -1"),
            (DynamicsSpec { norm: 0.5, ..good }, "norm"),
            (DynamicsSpec { noise: f64::INFINITY, ..good }, "noise"),
            (DynamicsSpec { momentum: 1.0, ..good }, "momentum"),
            (DynamicsSpec { batch: 0, ..good }, "--batch"),
            (DynamicsSpec { period: 0, ..good }, "period"),
        ] {
            let text = spec.check(&*surface).unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
        let sextic = SurfaceSpec::named("sextic").unwrap().build(0, 0).unwrap();
        for kind in [DynamicsKind::Sgd, DynamicsKind::Diag, DynamicsKind::Leading] {
            let text = DynamicsSpec::of(kind).check(&*sextic).unwrap_err().to_string();
            assert!(text.contains("sextic") && text.contains("escape2d"), "{text}");
        }
        DynamicsSpec::of(DynamicsKind::Hessian).check(&*sextic).unwrap();
    }
}
