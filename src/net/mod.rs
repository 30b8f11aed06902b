//! Networks as pure functions of a parameter vector.
//!
//! A [`Network`] is a list of operations and a [`ParamLayout`]; it holds no numbers. [`Network::forward`] walks the
//! operations once, over the values of a [`Reading`]: plain tensors ([`Primal`], with or without autodiff), many parameter
//! points at once ([`Fan`]), or plain slices on the CPU ([`Host`]).

mod act;
mod arch;
mod buffer;
mod build;
mod builder;
mod description;
mod fan;
mod graph;
mod host;
mod host_act;
mod init;
mod keys;
mod layer;
mod layout;
mod network;
mod op;
mod orthogonal;
mod parts;
mod pointwise;
mod primal;
mod reading;
mod recognise;
mod shape;
mod shapes;
mod stack;
mod state;
mod windows;

#[cfg(test)]
mod samples;

pub use act::Act;
pub use arch::NAMES;
pub use build::NetError;
pub use fan::{Fan, FanPoints, FirstProduct, combine, combine_beside};
pub use host::{Between, Host, Moved, OutputSlopes, Passing, Tangent, Tape, Twice};
pub use host_act::HostAct;
pub use layout::{Param, ParamId, ParamKind, ParamLayout};
pub use network::Network;
pub use op::{Affine, Along, BatchNorm, Conv2d, Local, LocalOp, Op, Statistics};
pub use parts::Parts;
pub use pointwise::{Keeps, POINTWISE, Pointwise};
pub use primal::{Primal, Tensors};
pub use reading::Reading;
pub use recognise::{Recognised, Unrecognised, recognise};
pub use state::State;
pub use valleyscope_kernels::{Kind as Kernels, LANES};
