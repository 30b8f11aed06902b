//! The noise paper's dynamics on its own surface, without allocation or dispatch: one step is the surface's moments, a
//! 2 × 2 root and two normal numbers.
//!
//! The walk is that of [`crate::toy::walker::Walker`] from the same seed and run, up to rounding.

use std::sync::atomic::{AtomicBool, Ordering};

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{
    result::{Record, Tally},
    rule::Region,
};
use crate::toy::{
    dynamics::{DynamicsKind, DynamicsSpec},
    surface::Covariance,
    surfaces::Escape,
};

/// A run looks at the cancel flag every so many steps.
pub(super) const LOOK_EVERY: u32 = 4096;

/// Whether [`walk`] knows these dynamics: GD and the noise rules, Σ from centred gradients.
pub(super) fn knows(spec: &DynamicsSpec) -> bool {
    spec.kind == DynamicsKind::Gd || (spec.kind.shape().is_some() && spec.covariance == Covariance::Centred)
}

/// One run of `steps` steps; `None` if `cancel` was raised on the way.
pub(super) fn walk(
    surface: &Escape,
    spec: &DynamicsSpec,
    start: [f64; 2],
    steps: u32,
    region: &Region,
    rng: &mut ChaCha8Rng,
    cancel: &AtomicBool,
) -> Option<Record> {
    let shape = spec.kind.shape();
    let with_covariance = shape.is_some_and(|s| s.needs_samples());
    let numbers = shape.map_or(0, |s| s.numbers(2));
    let (mut w, mut tally) = (start, Tally::default());
    let mut trace = Vec::with_capacity(steps as usize);
    for t in 1..=steps {
        if t.is_multiple_of(LOOK_EVERY) && cancel.load(Ordering::Relaxed) {
            return None;
        }
        let here = surface.local(w, with_covariance);
        let mut z = [0.0; 2];
        z[..numbers].fill_with(|| rng.sample(StandardNormal));
        let (e, indicator) = shape.map_or(([0.0; 2], 0.0), |s| s.draw2(spec.noise, here.hessian, here.covariance, z));
        w = [w[0] - spec.lr * here.gradient[0] + e[0], w[1] - spec.lr * here.gradient[1] + e[1]];
        trace.push(indicator);
        tally.see(t, region.contains(surface, &w));
    }
    Some(Record { outcome: tally.outcome(), end: w.to_vec(), trace })
}
