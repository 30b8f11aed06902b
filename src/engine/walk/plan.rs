//! What a walk needs to know of its spec and of the world.

use crate::{
    optim::OptimizerKind,
    run::{RunSpec, SpecError},
};

/// The purpose of the stream of isotropic noise.
pub(super) const NOISE: &str = "isotropic noise";

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// The planned switches from iteration `from` on, the next one last.
pub(super) fn planned(spec: &RunSpec, steps: u64, from: u64) -> Result<Vec<(u64, OptimizerKind)>, SpecError> {
    let mut switches = spec.switch.steps(steps)?;
    switches.retain(|(at, _)| *at >= from);
    switches.reverse();
    Ok(switches)
}
