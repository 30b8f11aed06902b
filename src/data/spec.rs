//! What to load.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use super::{Corruption, Layout, PerChannel, Pixels};

/// What to load: the `[data]` part of a run's settings, and the data options of the command line. The default is all of
/// `digits`.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSpec {
    // One of `NAMES`, or the path of a user's own data.
    /// Data set: digits (built in), mnist, fashion-mnist, cifar-10, cifar-100, moons, spirals, separable; or the path of your
    /// own: a .safetensors or .npz file with images and labels, a folder with train.safetensors and test.safetensors, with IDX
    /// files as those of MNIST or EMNIST, or of PNG or JPEG pictures in a folder for each class.
    #[arg(
        id = "data", long = "data", value_name = "NAME|PATH", default_value = "digits",
        value_hint = ValueHint::AnyPath, help_heading = "Data"
    )]
    pub name: String,
    // `None`: all of them (1,000 for a synthetic set).
    /// Train on the first N images only.
    #[arg(long, value_name = "N", help_heading = "Data")]
    pub train_count: Option<usize>,
    // `None`: all of them (500 for a synthetic set).
    /// Test on the first N images only.
    #[arg(long, value_name = "N", help_heading = "Data")]
    pub test_count: Option<usize>,
    // An error on what is taken as it is: a synthetic set, and a user's floating-point images.
    /// Range that pixels are scaled to: 0:1, -1:1, standard (mean 0 and deviation 1 over the training images), or auto (of a
    /// checkpoint: the range in which it is right most often) [default: 0:1, for CIFAR -1:1]. Floating-point images of
    /// your own are taken as they are.
    #[arg(long, value_name = "LOW:HIGH|NAME", allow_hyphen_values = true, help_heading = "Data")]
    pub pixels: Option<Pixels>,
    // `None`: 0, as long as there is a `std`.
    /// Subtract this from pixels between 0 and 1: one number, or one for each channel (0.485,0.456,0.406).
    #[arg(long, value_name = "M[,M...]", allow_hyphen_values = true, help_heading = "Data")]
    pub mean: Option<PerChannel>,
    // `None`: 1, as long as there is a `mean`.
    /// Then divide by this: one number, or one for each channel.
    #[arg(long, value_name = "S[,S...]", allow_hyphen_values = true, help_heading = "Data")]
    pub std: Option<PerChannel>,
    // One line per training record used.
    /// Replace the training labels by those in FILE, one per line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Data")]
    pub labels: Option<PathBuf>,
    // Done after `labels`.
    /// Give the last N training images random labels (seeded).
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Data")]
    pub corrupt: usize,
    // Left out of files where it is the usual one, so that those of before it read and compare as they did.
    /// What the labels of --corrupt are drawn from: random (all classes, so that some stay right) or wrong (the other
    /// classes).
    #[arg(long, value_name = "HOW", default_value_t = Corruption::Random, help_heading = "Data")]
    #[serde(skip_serializing_if = "Corruption::is_usual")]
    pub corrupt_as: Corruption,
    // The folder has the official files in a subfolder of the data set's name or directly, as `fetch` leaves them. Sets that
    // need no official files ignore it. Run files keep the fields in this order; the help has this one last.
    /// Folder with the data files [default: the user's cache directory].
    #[arg(
        id = "data_dir", long = "data-dir", value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Data",
        display_order = 900
    )]
    pub dir: Option<PathBuf>,
    /// Accept CIFAR files with fewer images than the official ones.
    #[arg(long, help_heading = "Data")]
    pub allow_partial: bool,
    // `None`: as the shape says.
    /// Order of the axes of your own images in a .safetensors file: nchw or nhwc [default: as their shape says].
    #[arg(long, value_name = "LAYOUT", help_heading = "Data", display_order = 901)]
    pub images: Option<Layout>,
    // `None`: 0, and an error where no label is 0 and the smallest is 1.
    /// What the labels of your own data begin with: 0 or 1.
    #[arg(long, value_name = "N", help_heading = "Data", display_order = 902)]
    pub first_label: Option<u32>,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            name: "digits".to_owned(),
            train_count: None,
            test_count: None,
            pixels: None,
            mean: None,
            std: None,
            labels: None,
            corrupt: 0,
            corrupt_as: Corruption::Random,
            dir: None,
            allow_partial: false,
            images: None,
            first_label: None,
        }
    }
}
