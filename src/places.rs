//! Where files go when the user names no place.

use std::path::{Path, PathBuf};

use crate::{run::RunSpec, runfile::EXTENSION};

/// Folder of runs that were recorded without a name: `runs` in the user's data directory, else in the temporary one.
pub fn runs_folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(std::env::temp_dir).join("valleyscope").join("runs")
}

/// Folder of the samples that the window trains.
pub fn samples_folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(std::env::temp_dir).join("valleyscope").join("samples")
}

/// Folder of what recipes have made: verdicts and pictures.
pub fn gallery_folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(std::env::temp_dir).join("valleyscope").join("gallery")
}

/// A new file in [`runs_folder`], named after the run and numbered: `digits-mlp-sgd-0007.valley`.
///
/// # Errors
/// When the folder cannot be made.
pub fn new_run_file(spec: &RunSpec) -> std::io::Result<PathBuf> {
    new_run_file_in(&runs_folder(), spec)
}

/// The same in a folder of the caller's choice.
///
/// # Errors
/// When the folder cannot be made.
pub fn new_run_file_in(folder: &Path, spec: &RunSpec) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let net = spec.net.split([' ', ':', '(']).next().unwrap_or("net");
    let stem = format!("{}-{net}-{}-", spec.data.name, spec.optimizer.kind);
    let used = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_prefix(&stem)?.split('.').next()?.parse::<u32>().ok()
        })
        .max();
    Ok(folder.join(format!("{stem}{:04}.{EXTENSION}", used.map_or(1, |n| n + 1))))
}
