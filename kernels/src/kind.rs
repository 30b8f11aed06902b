//! Which vectors the kernels use.

use std::{env, sync::OnceLock};

use pulp::{Scalar128b, Simd, WithSimd};

/// Examples side by side: one vector of AVX-512, two of AVX2, four of NEON.
pub const LANES: usize = 16;

/// The environment variable that chooses a kind by its name.
pub const VARIABLE: &str = "VALLEYSCOPE_KERNELS";

/// A kind of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What every processor has. Products are rounded before they are added, so its bits differ from the others'.
    Portable,
    Avx2,
    Avx512,
    Neon,
}

impl Kind {
    /// All of them, the slowest first.
    pub const ALL: [Kind; 4] = [Kind::Portable, Kind::Neon, Kind::Avx2, Kind::Avx512];

    /// Its name in the environment and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Portable => "portable",
            Kind::Avx2 => "avx2",
            Kind::Avx512 => "avx512",
            Kind::Neon => "neon",
        }
    }

    /// Whether this machine has it.
    pub fn is_here(self) -> bool {
        match self {
            Kind::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => pulp::x86::V3::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => pulp::x86::V4::try_new().is_some(),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => pulp::aarch64::Neon::try_new().is_some(),
            _ => false,
        }
    }

    /// The fastest that this machine has.
    fn best() -> Kind {
        Kind::ALL.into_iter().rfind(|kind| kind.is_here()).unwrap_or(Kind::Portable)
    }

    /// The kind in use: what [`VARIABLE`] says when the process begins, or the fastest.
    ///
    /// # Errors
    /// When it names none, or one that this machine does not have.
    pub fn chosen() -> Result<Kind, String> {
        static CHOSEN: OnceLock<Result<Kind, String>> = OnceLock::new();
        CHOSEN.get_or_init(|| env::var(VARIABLE).map_or_else(|_| Ok(Kind::best()), |name| Kind::named(&name))).clone()
    }

    fn named(name: &str) -> Result<Kind, String> {
        let here =
            || Kind::ALL.into_iter().filter(|kind| kind.is_here()).map(Kind::name).collect::<Vec<_>>().join(", ");
        match Kind::ALL.into_iter().find(|kind| kind.name() == name) {
            Some(kind) if kind.is_here() => Ok(kind),
            Some(_) => Err(format!("{VARIABLE}={name}: this machine does not have it; it has {}", here())),
            None => Err(format!("{VARIABLE}={name} is no kind of kernels; this machine has {}", here())),
        }
    }

    /// Does what `op` says on vectors of this kind, or on those that every machine has.
    pub fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    return Simd::vectorize(simd, op);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => {
                if let Some(simd) = pulp::x86::V3::try_new() {
                    return Simd::vectorize(simd, op);
                }
            }
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => {
                if let Some(simd) = pulp::aarch64::Neon::try_new() {
                    return Simd::vectorize(simd, op);
                }
            }
            _ => {}
        }
        Simd::vectorize(Scalar128b, op)
    }
}

/// Does what `op` says on the vectors in use.
pub fn run<Op: WithSimd>(op: Op) -> Op::Output {
    // A choice that makes no sense is refused where the program begins.
    Kind::chosen().unwrap_or(Kind::Portable).run(op)
}

/// a b + c.
#[inline(always)]
pub fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    // Without an instruction for it, one rounding costs a call for every number.
    if cfg!(target_arch = "x86_64") && S::F32_LANES < 8 {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_chosen_by_their_names() {
        assert_eq!(Kind::named("portable"), Ok(Kind::Portable));
        assert!(Kind::named("sse9").unwrap_err().contains("this machine has portable"));
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()).is_ok(), kind.is_here());
        }
    }
}
