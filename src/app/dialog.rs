//! The system's file dialogs. Where there is none (no portal, no desktop), the answer is "cancelled": every path can be
//! typed too.

use std::path::{Path, PathBuf};

use crate::runfile::EXTENSION;

/// Asks for run files to open.
pub fn open_runs() -> Vec<PathBuf> {
    rfd::FileDialog::new()
        .set_title("Open run files")
        .add_filter("Valleyscope runs", &[EXTENSION])
        .set_directory(crate::places::runs_folder())
        .pick_files()
        .unwrap_or_default()
}

/// Asks where to save.
pub fn save(suggestion: &Path, extension: &str) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new().add_filter(extension.to_uppercase(), &[extension]);
    if let Some(name) = suggestion.file_name() {
        dialog = dialog.set_file_name(name.to_string_lossy());
    }
    if let Some(folder) = suggestion.parent() {
        dialog = dialog.set_directory(folder);
    }
    dialog.save_file()
}
