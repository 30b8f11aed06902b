//! Valleyscope: watch an optimizer walk a neural network's loss landscape.
//!
//! The modules in reading order; each uses only those above it. A test keeps it so.

pub mod suggest;

pub mod aside;
mod door;
mod dtype;
pub mod memory;
mod named;
mod npy;
mod panic_text;
pub mod random;
mod temporary;
mod whole_file;
mod zipped;

mod away;

mod pickle;

pub mod data;

pub mod optim;

pub mod probe;

pub mod spectral;

pub mod toy;

pub mod run;

pub mod net;

pub mod device;
pub mod objective;

pub mod curvature;

pub mod runfile;

pub mod checkpoint;

pub mod record;

pub mod survey;

pub mod valley;

pub mod explore;

pub mod history;
mod places;

pub mod engine;

pub mod figure;

mod export;
pub mod recipe;
pub mod scene;

mod present;

pub mod app;
pub mod cli;
