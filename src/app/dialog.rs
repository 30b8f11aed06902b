//! The system's file dialogs. Where there is none (no portal, no desktop), the answer is "cancelled"; see `path_prompt`.

use std::path::{Path, PathBuf};

use crate::runfile::EXTENSION;

/// Endings of checkpoints.
const CHECKPOINTS: [&str; 7] = ["safetensors", "pt", "pth", "bin", "ckpt", "tar", "bpk"];

/// Asks for run files and checkpoints to open.
pub fn open_files() -> Vec<PathBuf> {
    let all: Vec<&str> = [EXTENSION].into_iter().chain(CHECKPOINTS).collect();
    rfd::FileDialog::new()
        .set_title("Open run files and checkpoints")
        .add_filter("Runs and checkpoints", &all)
        .add_filter("Valleyscope runs", &[EXTENSION])
        .add_filter("Checkpoints", &CHECKPOINTS)
        .add_filter("All files", &["*"])
        .pick_files()
        .unwrap_or_default()
}

/// Asks for a folder of checkpoints.
pub fn open_folder() -> Option<PathBuf> {
    rfd::FileDialog::new().set_title("Open a folder of checkpoints").pick_folder()
}

/// Asks for a folder of data files.
pub fn data_folder() -> Option<PathBuf> {
    rfd::FileDialog::new().set_title("Choose the folder with the data files").pick_folder()
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
