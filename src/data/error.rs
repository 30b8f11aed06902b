//! What can go wrong with data sets. Every text names the file, the cause and the remedy.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::IdxError;
use super::tensor_error::TensorError;

/// Why a data set could not be loaded, fetched or checked.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A name or value outside of the known ones; the text has them and a suggestion.
    #[error("{0}")]
    Unknown(String),

    /// A scale of pixels that cannot be made; the text has the remedy.
    #[error("{0}")]
    Scale(String),

    /// Source files that are nowhere to be found.
    #[error(
        "{set}: {} not found in {}; download the set (valleyscope data fetch {set}), or name the folder that holds the files",
        files.join(", "),
        paths(looked)
    )]
    Missing {
        /// The data set.
        set: String,
        /// The missing files, without `.gz`.
        files: Vec<String>,
        /// The folders looked in, in order.
        looked: Vec<PathBuf>,
    },

    /// The system has no cache folder, and no folder was named.
    #[error("this system names no cache folder for data files; name a folder instead")]
    NoFolder,

    /// A source file that is not what its name says.
    #[error("{}: {cause}; {remedy}", file.display())]
    Idx {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: IdxError,
        /// What to do.
        remedy: String,
    },

    /// Images of another size than the data set's.
    #[error(
        "{}: holds images of {} pixels, where {set} has {}; {remedy}",
        file.display(), dims(*found), dims(*expected)
    )]
    Dims {
        /// The file.
        file: PathBuf,
        /// The data set, or the file with its training images.
        set: &'static str,
        /// `[C, H, W]` in the file.
        found: [usize; 3],
        /// `[C, H, W]` of the data set.
        expected: [usize; 3],
        /// What to do.
        remedy: String,
    },

    /// An image file and a label file of different lengths.
    #[error(
        "{} holds {images} images, but {} holds {labels} labels: they do not belong together; {remedy}",
        image_file.display(), label_file.display()
    )]
    Unequal {
        /// The file with the images.
        image_file: PathBuf,
        /// The number of images.
        images: usize,
        /// The file with the labels.
        label_file: PathBuf,
        /// The number of labels.
        labels: usize,
        /// What to do.
        remedy: String,
    },

    /// A label in an IDX file or a batch that is no class of the set.
    #[error(
        "{}: {what} {label} of record {record} is no class of this data set (0 to {}); {remedy}",
        file.display(), classes - 1
    )]
    Label {
        /// The file.
        file: PathBuf,
        /// What the byte is: `label` or `coarse label`.
        what: &'static str,
        /// The record, from 0.
        record: usize,
        /// The label.
        label: u8,
        /// The number of classes.
        classes: usize,
        /// What to do.
        remedy: String,
    },

    /// An official file under another official file's name, which would load as that.
    #[error(
        "{}: holds the official {found}; move it to where it belongs, and put the right file here or \
         download it (valleyscope data fetch {set})",
        file.display()
    )]
    OtherFile {
        /// The file.
        file: PathBuf,
        /// What it is, e.g. `mnist t10k-images-idx3-ubyte.gz`.
        found: String,
        /// The data set asked for.
        set: String,
    },

    /// A file of records with a part of a record.
    #[error(
        "{}: has {size} bytes, no whole number of records of {record} bytes: it is cut short or not a file of \
         {set}; {remedy}",
        file.display()
    )]
    RecordSize {
        /// The file.
        file: PathBuf,
        /// Its size, bytes.
        size: u64,
        /// The size of a record, bytes.
        record: usize,
        /// The data set.
        set: String,
        /// What to do.
        remedy: String,
    },

    /// A file of records with more or fewer of them than the official one.
    #[error("{}: holds {found} records, where the official file has {expected}; {remedy}", file.display())]
    RecordCount {
        /// The file.
        file: PathBuf,
        /// Records in the file.
        found: u64,
        /// Records in the official file.
        expected: usize,
        /// What to do.
        remedy: String,
    },

    /// A batch of the python version of CIFAR that is none.
    #[error("{}: {cause}; remove it and download it again (valleyscope data fetch {set})", file.display())]
    Batch {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
        /// The data set.
        set: String,
    },

    /// An archive that is not what its name says, though its sum may be right.
    #[error("{}: {cause}; remove it and download it again (valleyscope data fetch {set})", file.display())]
    Archive {
        /// The archive.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
        /// The data set.
        set: String,
    },

    /// A user's own data that is nowhere to be found.
    #[error("{}: no such file or folder; check the path (data sets by name: {names})", path.display())]
    NoPath {
        /// The path.
        path: PathBuf,
        /// The known names.
        names: String,
    },

    /// Pictures in folders that cannot be a data set.
    #[error("{}: {cause}", path.display())]
    Pictures {
        /// The folder or the file.
        path: PathBuf,
        /// What is wrong, and the remedy.
        cause: String,
    },

    /// An archive of arrays that holds no fit images and labels.
    #[error("{}: {cause}", path.display())]
    Arrays {
        /// The file.
        path: PathBuf,
        /// What is wrong, and the remedy.
        cause: String,
    },

    /// Labels that begin with 1, of which nobody can tell whether the first class has no images or is called 1.
    #[error(
        "{}: labels go from 1 to {largest} and none is 0; say that the first label is 1 (--first-label 1) if they count classes \
         from 1 ({largest} classes), or 0 (--first-label 0) if there is a class 0 without images ({} classes)",
        file.display(),
        largest + 1
    )]
    FirstLabel {
        /// The file.
        file: PathBuf,
        /// The largest label.
        largest: u32,
    },

    /// A label below the one that is said to be the first.
    #[error("{}: record {record} has the label {label}, below the first label {first} (--first-label {first}); leave that out", file.display())]
    BelowFirst {
        /// The file.
        file: PathBuf,
        /// The record, counted from 0.
        record: usize,
        /// Its label.
        label: u32,
        /// What is said to be the first.
        first: u32,
    },

    /// A file or folder that holds no data this program can read, or too much of it.
    #[error(
        "{}: {cause}; give a .safetensors or .npz file with images and labels, a folder with train.safetensors and \
         test.safetensors, a folder with IDX files as those of MNIST or EMNIST, or a folder of PNG or JPEG pictures in a \
         folder for each class{hint}",
        path.display()
    )]
    NotData {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
        /// What it looks like instead, or nothing.
        hint: &'static str,
    },

    /// A file of a user's own data without the one that belongs to it.
    #[error("{}: has no {file} (nor {file}.gz), which belongs to {of}; put it there", folder.display())]
    Alone {
        /// The folder.
        folder: PathBuf,
        /// The missing file.
        file: String,
        /// The file that is there.
        of: String,
    },

    /// A safetensors file that holds no fit images and labels.
    #[error("{}: {cause}", file.display())]
    Tensors {
        /// The file.
        file: PathBuf,
        /// What is wrong, and the remedy.
        cause: TensorError,
    },

    /// Test images that are bytes where the training images are floating-point numbers, or the other way round.
    #[error(
        "{}: the test images are {test}, the training images {train}, and only bytes are scaled to the pixel range; \
         save both as the same type",
        file.display()
    )]
    Kinds {
        /// The file with the test images.
        file: PathBuf,
        /// The type of the test images.
        test: &'static str,
        /// The type of the training images.
        train: &'static str,
    },

    /// A single image, of which none can be held out to test on.
    #[error("{}: holds a single image and no test images; add images, or test images", .0.display())]
    Single(PathBuf),

    /// A pixel range for floating-point images, which are taken as they are.
    #[error(
        "{}: its images are {kind}, which are taken as they are; leave the pixel range out, or save bytes (uint8)",
        file.display()
    )]
    Floats {
        /// The file.
        file: PathBuf,
        /// The type of the numbers.
        kind: &'static str,
    },

    /// A count of records that is 0 or more than there are.
    #[error(
        "{set} has {available} {half} records, and {asked} were asked for: \
         choose 1 to {available}, or leave the count out"
    )]
    Count {
        /// The data set.
        set: String,
        /// `training` or `test`.
        half: &'static str,
        /// The count asked for.
        asked: usize,
        /// The records there are.
        available: usize,
    },

    /// A pixel range for points, which have no pixels.
    #[error("{set} has no pixels: leave the pixel range out (it is for images)")]
    NoPixels {
        /// The data set.
        set: String,
    },

    /// More labels to corrupt than training records used.
    #[error(
        "{asked} labels are to be corrupted, but only {available} training records are used: choose 0 to {available}"
    )]
    Corrupt {
        /// The number asked for.
        asked: usize,
        /// The training records used.
        available: usize,
    },

    /// Wrong labels where every label is right.
    #[error(
        "{asked} labels are to be wrong, but the data have only one class: draw them from all (--corrupt-as random), or leave \
         them as they are"
    )]
    NoOtherClass {
        /// The number asked for.
        asked: usize,
    },

    /// A line of a label file that is no class.
    #[error(
        "{}, line {line}: {text:?} is not a label; write one whole number from 0 to {} per line",
        file.display(), classes - 1
    )]
    LabelLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line's text, shortened.
        text: String,
        /// The number of classes.
        classes: usize,
    },

    /// A label file of another length than the training records used.
    #[error(
        "{}: holds {lines} labels for {records} training records used; write exactly one per record, in their order",
        file.display()
    )]
    LabelCount {
        /// The file.
        file: PathBuf,
        /// The labels in it.
        lines: usize,
        /// The training records used.
        records: usize,
    },

    /// A label file that is not text.
    #[error("{}: is not a text file (byte {at} is not UTF-8); write one whole number per line", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
        /// The offset of the first byte that is not text.
        at: usize,
    },

    /// A file too large to be what it should be.
    #[error(
        "{}: is larger than {limit} bytes, far more than such a file can need; check that it is the right file",
        file.display()
    )]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The largest size read, bytes.
        limit: u64,
    },

    /// No space left to write to.
    #[error("{}: cannot {action}: the disk is full; free some space or name another folder", path.display())]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
    },

    /// The system forbids it.
    #[error(
        "{}: cannot {action}: permission denied or read-only; change the permissions or name another folder",
        path.display()
    )]
    Permission {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
    },

    /// Any other failure of the system on a file.
    #[error("{}: cannot {action}: {cause}; check the path and the disk", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },

    /// A data set without files to fetch or check.
    #[error("{0} needs no files: nothing to fetch or check")]
    NoFiles(String),

    /// A mirror that is no web address.
    #[error("mirror {0:?} is not a web address; write one that begins with http:// or https://")]
    Mirror(String),

    /// No address gave the file.
    #[error(
        "{file}: no address gave the right file:{}\ncheck the network and try again (what has arrived is kept), \
         name a mirror, or put the file into {} yourself",
        list(attempts), folder.display()
    )]
    NoAddress {
        /// The file.
        file: String,
        /// Where it should go.
        folder: PathBuf,
        /// Every address tried, with the cause.
        attempts: Vec<AddressError>,
    },

    /// Another process is downloading the same file.
    #[error("{}: another process is downloading this file; wait for it or stop it", .0.display())]
    Busy(PathBuf),

    /// The download was cancelled.
    #[error("{file}: cancelled at {done} of {total} bytes; fetch again to go on from there")]
    Cancelled {
        /// The file.
        file: String,
        /// Bytes on disk.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
}

/// An address that was tried, and why it did not give the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// The address.
    pub url: String,
    /// The cause.
    pub cause: String,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.cause)
    }
}

impl DataError {
    /// The error for a failed `action` on `path`; a full disk and a missing permission get a text of their own.
    pub(super) fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { action, path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Permission { action, path },
            _ => Self::Io { action, path, cause },
        }
    }
}

fn paths(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" or ")
}

/// `3×32×32`.
fn dims(shape: [usize; 3]) -> String {
    shape.map(|size| size.to_string()).join("×")
}

fn list(attempts: &[AddressError]) -> String {
    attempts.iter().map(|attempt| format!("\n  {attempt}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_missing_permission_are_named() {
        let path = Path::new("/data/file.part");
        let text = |kind: io::ErrorKind| DataError::io("write", path, kind.into()).to_string();
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            assert!(text(kind).starts_with("/data/file.part: cannot write: the disk is full"));
        }
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
            assert!(text(kind).starts_with("/data/file.part: cannot write: permission denied"));
        }
        assert!(text(io::ErrorKind::NotADirectory).contains("not a directory"));
    }
}
