//! Arithmetic on images in the lanes of vectors, on the vectors that the machine has.

mod correlate;
mod kind;
mod sweep;
mod wide;

pub use self::{
    correlate::correlate,
    kind::{Kind, LANES},
    sweep::{Plus, Sweep, Weights, sweep},
    wide::wide,
};
