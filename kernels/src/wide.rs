//! Loops over many numbers.

use super::kind::run;

/// Does `f`, compiled for the vectors in use: a plain loop over numbers in it works on as many at once as they hold. Sums and
/// products are those of the loop, to the bit.
#[inline]
pub fn wide<R>(f: impl FnOnce() -> R) -> R {
    run(f)
}
