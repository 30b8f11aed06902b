//! Arithmetic on images in the lanes of vectors, on the vectors that the machine has.
//!
//! A crate of its own, because its loops are compiled without the checks that everything else has in development.

mod blend;
mod correlate;
mod kind;
mod pool;
mod sweep;
mod wide;

pub use self::{
    blend::{combine, sum_lanes},
    correlate::correlate,
    kind::{Kind, LANES},
    pool::{Pooled, pool_max, pool_max_back, pool_pick, pool_spread, pool_sum},
    sweep::{Plus, Sweep, Weights, sweep},
    wide::wide,
};
