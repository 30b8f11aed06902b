//! What a run is, as plain data: the spec a person writes, and the manifest that a run file keeps.

mod differences;
mod fork;
mod fork_arguments;
mod fork_error;
mod manifest;
mod net_file;
pub mod paths;
mod spec;
mod standing;
mod weights;

pub use differences::differences;
pub use fork::is_planned;
pub use fork_arguments::Left;
pub use fork_error::ForkError;
pub use manifest::{Manifest, Outcome, Summary};
pub use net_file::{NetFileError, net_text, net_title};
pub use paths::NotFollowed;
pub use spec::{BatchSize, DeviceChoice, Fork, Length, LossKind, Order, RunSpec, SpecError, shell_quoted};
pub use standing::{Epoch, Numbers, Standing};
pub use weights::{Spread, WEIGHTS_FORM, Weights};
