//! What a run is, as plain data: the spec a person writes, and the manifest that a run file keeps.

mod manifest;
mod net_file;
mod spec;

pub use manifest::{Manifest, Outcome, Summary};
pub use net_file::{NetFileError, net_text, net_title};
pub use spec::{BatchSize, DeviceChoice, Length, LossKind, Order, RunSpec, SpecError};
