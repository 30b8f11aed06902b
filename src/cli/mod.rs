//! The command line: one file per command, all of them thin fronts over the engine.

mod autopsy;
mod constants;
mod curvature;
mod data;
mod demo;
mod devices;
mod ended;
mod escape;
mod export;
mod fork;
mod given;
mod inspect;
mod json;
mod line;
mod measure;
mod noise;
mod optimizer;
mod output;
mod plane;
mod reproduce;
mod show;
mod signals;
mod spec;
mod table;
mod toy;
mod valley;
mod walk;

use std::path::PathBuf;

use anyhow::Result;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::memory::Size;

pub use demo::demonstrate;
pub use ended::Ended;
pub use signals::{on_end, status};
pub use spec::SpecArgs;
pub use walk::WalkArgs;

/// Watch an optimizer walk a neural network's loss landscape.
///
/// Without a command, Valleyscope opens its window; on a machine without a display it runs the same demonstration here
/// in the terminal.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Run files and checkpoints to open in the window; two checkpoints make a line.
    pub files: Vec<PathBuf>,
    /// Folder with the files of data sets, for the window; it is remembered.
    #[arg(long, value_name = "DIR", help_heading = "Files")]
    pub data_dir: Option<PathBuf>,
    /// Memory that work may take, such as 8G [default: nine tenths of what is free].
    #[arg(long, value_name = "SIZE", global = true, help_heading = "Memory")]
    pub memory: Option<Size>,
    /// Open what run files and recipes of others name on this machine: labels, images, folders with data, starting points.
    #[arg(long, global = true, help_heading = "Files")]
    pub follow_paths: bool,
    /// Let recordings outlive a power loss: every commit is on the disk before the work goes on.
    #[arg(long, global = true, help_heading = "Files")]
    pub durable: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network and measure the landscape around every step.
    Walk(Box<walk::WalkArgs>),
    /// Measure loss and error on the line between two checkpoints, or along random directions or eigenvectors.
    Line(Box<line::LineArgs>),
    /// Measure loss and error on a plane through parameter space.
    Plane(Box<plane::PlaneArgs>),
    /// Measure how many steps SGD and SAM take to leave a minimum.
    Escape(Box<escape::EscapeArgs>),
    /// Judge how asymmetric and how sharp the valley around a checkpoint is.
    Valley(Box<valley::ValleyArgs>),
    /// Find eigenvalues, trace and density of a network's curvature or gradient noise at checkpoints.
    Curvature(Box<curvature::CurvatureArgs>),
    /// Compare the noise of mini-batch gradients with the curvature of the loss, at checkpoints.
    Noise(Box<noise::NoiseArgs>),
    /// Make a step of a recorded run again, and say what it was made of.
    Autopsy(autopsy::AutopsyArgs),
    /// Make many runs of several dynamics on an exact landscape of one or two dimensions.
    Toy(Box<toy::ToyArgs>),
    /// Say what is in a checkpoint.
    Inspect(inspect::InspectArgs),
    /// Repeat a figure of a paper and check its claims.
    Reproduce(reproduce::ReproduceArgs),
    /// List, download and verify data sets.
    #[command(subcommand)]
    Data(data::DataCommand),
    /// Turn a run file into tables or pictures.
    Export(export::ExportArgs),
    /// List the processors that can train.
    Devices(devices::DevicesArgs),
}

impl Command {
    /// Runs the command.
    pub fn run(self) -> Result<Ended> {
        match self {
            Command::Walk(args) => args.run(),
            Command::Line(args) => args.run(),
            Command::Plane(args) => args.run(),
            Command::Escape(args) => args.run(),
            Command::Valley(args) => args.run(),
            Command::Curvature(args) => args.run(),
            Command::Noise(args) => args.run(),
            Command::Autopsy(args) => args.run(),
            Command::Toy(args) => args.run(),
            Command::Inspect(args) => args.run(),
            Command::Reproduce(args) => args.run(),
            Command::Data(command) => command.run(),
            Command::Export(args) => args.run(),
            Command::Devices(args) => args.run(),
        }
    }
}

/// Names of the commands, to tell a mistyped command from a file.
pub fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_string()).collect()
}
