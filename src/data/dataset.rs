//! A data set in memory.

use serde::{Deserialize, Serialize};

use super::{Pixels, Scale};

/// Records and their labels, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// Inputs, `[N, C, H, W]` row-major; `C`, `H` and `W` are the data set's [`shape`](Dataset::shape).
    pub images: Vec<f32>,
    /// Class indices, `[N]`, each below the data set's [`classes`](Dataset::classes).
    pub labels: Vec<u32>,
}

impl Split {
    /// The number of records, `N`.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no records; never so in what [`load`](super::load) returns.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// A source file that a data set was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// The file's name without its folder; built-in files are `digits/…`.
    pub name: String,
    /// SHA-256 of the bytes on disk (the compressed ones of a `.gz`), 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// A data set, ready to train on.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// One of [`NAMES`](super::NAMES), or the path of a user's own data.
    pub name: String,
    /// One record's shape, `[C, H, W]`: `[1, 28, 28]` for MNIST, `[2, 1, 1]` for points in the plane.
    pub shape: [usize; 3],
    /// The number of classes.
    pub classes: usize,
    /// The training records.
    pub train: Split,
    /// The test records.
    pub test: Split,
    /// Every source file with its hash, for the run's manifest; empty for a synthetic set.
    pub files: Vec<FileSum>,
    /// The range the pixels were scaled to; `None` for what is taken as it is: points, and floating-point images.
    pub pixels: Option<Pixels>,
    /// How the numbers come from pixels between 0 and 1; `None` for what is taken as it is.
    pub scale: Option<Scale>,
    /// What a reader of the run's numbers must know about the data, in sentences: for the run's manifest. Empty for
    /// the usual case.
    pub notes: Vec<String>,
}

impl Dataset {
    /// Bytes that the images of both splits take in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(self.train.images.as_slice()) + size_of_val(self.test.images.as_slice())
    }
}
