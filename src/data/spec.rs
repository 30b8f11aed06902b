//! What to load.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Pixels;

/// What to load: the `[data]` part of a run's settings. The default is all of `digits`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSpec {
    /// One of [`NAMES`](super::NAMES), or the path of a user's own data: a `.safetensors` file, or a folder.
    pub name: String,
    /// Use only the first so many training records. `None`: all of them (1,000 for a synthetic set).
    pub train_count: Option<usize>,
    /// Use only the first so many test records. `None`: all of them (500 for a synthetic set).
    pub test_count: Option<usize>,
    /// The range of the pixels. `None`: [`Pixels::Signed`] for CIFAR, [`Pixels::Unit`] for other images. An error on
    /// what is taken as it is: a synthetic set, and a user's floating-point images.
    pub pixels: Option<Pixels>,
    /// A text file that replaces the training labels: one label per line, one line per training record used.
    pub labels: Option<PathBuf>,
    /// Replace the labels of the last so many training records used by random ones, drawn evenly from all classes
    /// (the right one included). Done after `labels`.
    pub corrupt: usize,
    /// The folder with the official files, in a subfolder of the data set's name or directly. `None`: the folder
    /// that [`fetch`](super::fetch()) downloads to. Ignored by sets that need no official files.
    pub dir: Option<PathBuf>,
    /// Accept CIFAR files with fewer records than the official ones, as a part of the set.
    pub allow_partial: bool,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            name: "digits".to_owned(),
            train_count: None,
            test_count: None,
            pixels: None,
            labels: None,
            corrupt: 0,
            dir: None,
            allow_partial: false,
        }
    }
}
