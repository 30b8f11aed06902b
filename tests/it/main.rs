//! End-to-end tests, in one binary so that the libraries are linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

mod autopsy;
mod checkpoints;
mod closed_forms;
mod command_line;
mod curvature;
mod curvature_cli;
mod determinism;
mod downloads;
mod eigen;
mod engine;
mod escape;
mod explore_cli;
mod explore_window;
mod fixtures;
mod focus;
#[path = "../forge/mod.rs"]
mod forge;
mod fork_cli;
mod fork_files;
mod fork_window;
mod forks;
mod forms;
mod golden;
mod lab_window;
mod live_forks;
mod manners;
mod pictures;
mod reading_window;
mod received;
mod recipes_toy;
mod records;
mod sharpness;
mod signals;
mod spectrum_window;
mod support;
mod surface;
mod surveys;
mod table_window;
mod text_size;
mod toy_cli;
mod valley;
mod valley_window;
#[cfg(unix)]
mod whole_files;
mod window;
mod workspaces;
