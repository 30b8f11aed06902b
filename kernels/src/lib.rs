//! Arithmetic on images in the lanes of vectors, on the vectors that the machine has.
//!
//! A crate of its own, because its loops are compiled without the checks that everything else has in development.

mod correlate;
mod head;
mod kind;
mod lanes;
mod pool;
mod sweep;
mod wide;

pub use self::{
    correlate::correlate,
    head::{Head, HeadPoint, heads},
    kind::{Kind, LANES},
    lanes::sum_lanes,
    pool::{Pooled, pool_max, pool_max_back, pool_pick, pool_spread, pool_sum},
    sweep::{Plus, Sweep, Weights, sweep},
    wide::wide,
};
