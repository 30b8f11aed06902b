//! The options of what a measurement leaves behind.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Where a measurement goes, and how it looks.
#[derive(Args, Clone, Debug)]
pub struct OutputArgs {
    /// Write what was measured to these files.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub out: Vec<PathBuf>,
    /// Draw on a dark page.
    #[arg(long, help_heading = "Output")]
    pub dark: bool,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}
