//! The panels: each reads the store or the desk and asks for actions; none knows another.

pub mod checkpoints;
pub mod epochs;
mod fields;
pub mod gallery;
pub mod line;
mod line_plot;
mod line_side;
mod norm_switch;
pub mod optimizer;
pub mod plane;
mod plane_plot;
mod plane_side;
mod progress;
pub mod run_choice;
pub mod runs;
pub mod setup;
mod subject;
pub mod surface;
pub mod walk;
