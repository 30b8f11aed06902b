//! What a person is asked a path for.

use std::path::Path;

use super::form_of::FormOf;

/// What a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A run or a checkpoint.
    File,
    /// A folder of checkpoints.
    Folder,
    /// The folder that a form's data files are in.
    Data(FormOf),
    /// A folder or a file with a person's own images.
    Own(FormOf),
}

impl Wanted {
    /// What the prompt is called.
    pub fn title(self) -> &'static str {
        match self {
            Wanted::File => "Open a run or a checkpoint",
            Wanted::Folder => "Open a folder of checkpoints",
            Wanted::Data(_) => "Folder with the data files",
            Wanted::Own(_) => "Your own images: a folder of pictures or IDX files, or a .safetensors or .npz file",
        }
    }

    /// Whether a path is such a thing.
    pub fn takes(self, path: &Path) -> bool {
        match self {
            Wanted::File | Wanted::Own(_) => path.exists(),
            Wanted::Folder | Wanted::Data(_) => path.is_dir(),
        }
    }
}
