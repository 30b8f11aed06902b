//! A user's own images: IDX files named as those of MNIST in a folder, or safetensors files.
//!
//! The classes are those of the labels: the largest one and 1. Bytes are scaled to the pixel range as those of the
//! known sets; floating-point numbers are taken as they are, those that are not finite too. Without test images every
//! tenth training image is held out: not the last tenth, which in a file sorted by class would be one class.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf, is_separator};

use super::idx::Packing;
use super::images::{FULL, Source, check_equal};
use super::records::{Number, Records};
use super::tensors::{self, Tensors};
use super::{DataError, DataSpec, Dataset, FileSum, NAMES, catalog, half::Half, hash};

/// The largest safetensors file read, bytes.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// One image in so many is held out.
const HELD_OUT: usize = 10;
/// The ending of a safetensors file.
const ENDING: &str = "safetensors";

/// The names of MNIST's files, packed: training images and labels, test images and labels.
const IDX_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

/// Whether a name is that of no known data set, but a path.
pub fn is_own(name: &str) -> bool {
    !NAMES.contains(&name) && is_path(name)
}

/// Whether a data set's name that is not known is meant as a path.
pub fn is_path(name: &str) -> bool {
    let path = Path::new(name);
    name.contains(is_separator) || path.extension().is_some_and(|ending| ending == ENDING) || path.exists()
}

/// Every place where [`load`] may look for a file.
pub fn places(path: &Path) -> Vec<PathBuf> {
    let tensors = ["train", "test"].map(|half| path.join(half).with_extension(ENDING));
    let idx = IDX_NAMES.iter().flat_map(|name| [path.join(name), path.join(name.trim_end_matches(".gz"))]);
    std::iter::once(path.to_owned()).chain(tensors).chain(idx).collect()
}

/// Loads the file or folder `path`.
///
/// # Errors
///
/// See [`load`](super::load).
pub fn load(path: &Path, spec: &DataSpec) -> Result<Dataset, DataError> {
    let found = path.metadata().map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            DataError::NoPath { path: path.to_owned(), names: NAMES.join(", ") }
        }
        _ => DataError::io("read", path, cause),
    })?;
    let not_data = |cause, hint| DataError::NotData { path: path.to_owned(), cause, hint };
    if !found.is_dir() {
        return match path.extension() {
            Some(ending) if ending == ENDING && found.is_file() => from_tensors(path, None, spec),
            _ => Err(not_data("is no data file that this program reads", "")),
        };
    }
    let [train, test] = ["train", "test"].map(|half| path.join(half).with_extension(ENDING));
    let idx = IDX_NAMES.map(|name| catalog::locate_in(path, name));
    match (train.is_file(), idx[0].is_some()) {
        (true, true) => Err(not_data("holds both IDX and safetensors files, and only one can be meant", "")),
        (true, false) => from_tensors(&train, test.is_file().then_some(&*test), spec),
        (false, true) if spec.images.is_some() => {
            Err(not_data("holds IDX files, which say the order of their axes", " (leave out --images)"))
        }
        (false, true) => from_idx(path, idx, spec),
        (false, false) => {
            let is_cifar = catalog::SETS.iter().any(|set| match &set.form {
                catalog::Form::Batches(batches) => batches.all().all(|batch| path.join(batch.name).is_file()),
                catalog::Form::Idx(_) => false,
            });
            let hint = match is_cifar {
                true => {
                    " (it holds files of CIFAR: choose cifar-10 or cifar-100, and this as the folder of data files)"
                }
                false => "",
            };
            Err(not_data("holds no data files that this program reads", hint))
        }
    }
}

/// Loads the IDX files that were found of [`IDX_NAMES`].
fn from_idx(path: &Path, found: [Option<(PathBuf, Packing)>; 4], spec: &DataSpec) -> Result<Dataset, DataError> {
    let missing = |i: usize, other: usize| {
        let [file, of] = [i, other].map(|i| IDX_NAMES[i].trim_end_matches(".gz").to_owned());
        DataError::Alone { folder: path.to_owned(), file, of }
    };
    let [train_images, train_labels, test_images, test_labels] =
        found.map(|found| found.map(|(path, packing)| Source { path, packing, official: None }));
    let (train, mut files) = match (train_images, train_labels) {
        (Some(images), Some(labels)) => idx_records(&images, &labels)?,
        _ => return Err(missing(1, 0)),
    };
    let test = match (test_images, test_labels) {
        (Some(images), Some(labels)) => {
            let (test, test_files) = idx_records(&images, &labels)?;
            files.extend(test_files);
            Some(test)
        }
        (None, None) => None,
        (None, Some(_)) => return Err(missing(2, 3)),
        (Some(_), None) => return Err(missing(3, 2)),
    };
    assemble(spec, &train, test.as_ref(), files)
}

fn idx_records(images: &Source<'_>, labels: &Source<'_>) -> Result<(Records<'static>, Vec<FileSum>), DataError> {
    let (classes, label_sum) = labels.labels()?;
    let mut shape = [0; 3];
    let (bytes, image_sum) = images.images(|[records, c, h, w]| {
        shape = [c, h, w];
        check_equal(images, records, labels, classes.len())?;
        Ok(records)
    })?;
    let records = Records {
        file: images.path.clone(),
        shape,
        number: Number::Byte,
        turned: false,
        bytes: Cow::Owned(bytes),
        labels: classes.into_iter().map(u32::from).collect(),
    };
    Ok((records, vec![image_sum, label_sum]))
}

/// Loads training data from one safetensors file, and test data from another or, without that, from the same one.
fn from_tensors(train: &Path, test: Option<&Path>, spec: &DataSpec) -> Result<Dataset, DataError> {
    let (bytes, sum) = hash::read(train, LARGEST)?;
    let Some(test) = test else {
        let file = Tensors::open(train, &bytes, tensors::BOTH)?;
        let test = file.optional(tensors::TEST, spec.images)?;
        return assemble(spec, &file.records(tensors::TRAIN, spec.images)?, test.as_ref(), vec![sum]);
    };
    let (test_bytes, test_sum) = hash::read(test, LARGEST)?;
    let train = Tensors::open(train, &bytes, &tensors::TRAIN)?.records(tensors::TRAIN, spec.images)?;
    let test = Tensors::open(test, &test_bytes, &tensors::TRAIN)?.records(tensors::TRAIN, spec.images)?;
    assemble(spec, &train, Some(&test), vec![sum, test_sum])
}

/// Makes a data set of training records and, if there are any, test records.
fn assemble(
    spec: &DataSpec,
    train: &Records<'_>,
    test: Option<&Records<'_>>,
    files: Vec<FileSum>,
) -> Result<Dataset, DataError> {
    let mut notes = Vec::new();
    if train.turned {
        notes.push("The images lay as [N, H, W, C] in the file and were brought to [N, C, H, W].".to_owned());
    }
    let pixels = match (train.number.is_byte(), spec.pixels) {
        (true, asked) => Some(asked.unwrap_or_default()),
        (false, None) => {
            notes.push(format!("The images are {}, taken as they are.", train.number.word()));
            None
        }
        (false, Some(_)) => {
            return Err(DataError::Floats { file: train.file.clone(), kind: train.number.word() });
        }
    };
    if let Some(test) = test {
        check_same(train, test)?;
    }
    let table = pixels.unwrap_or_default().table(FULL);
    let n = train.labels.len();
    let (train_split, test_split) = match test {
        Some(test) => {
            let count = Half::Train.count(spec, n, n)?;
            let test_count = Half::Test.count(spec, test.labels.len(), test.labels.len())?;
            (train.split(&table, 0..n, count), test.split(&table, 0..test.labels.len(), test_count))
        }
        None if n == 1 => return Err(DataError::Single(train.file.clone())),
        None => {
            let held = (0..n).filter(|&i| is_held_out(i, n)).count();
            let which = if n < HELD_OUT { "the last" } else { "every tenth" };
            notes.push(format!(
                "There are no test images: {which} training image is held out to test on, {held} of {n}."
            ));
            let count = Half::Train.count(spec, n - held, n - held)?;
            let test_count = Half::Test.count(spec, held, held)?;
            (
                train.split(&table, (0..n).filter(|&i| !is_held_out(i, n)), count),
                train.split(&table, (0..n).filter(|&i| is_held_out(i, n)), test_count),
            )
        }
    };
    let odd = train_split.images.iter().chain(&test_split.images).filter(|x| !x.is_finite()).count();
    if odd > 0 {
        notes.push(format!("{odd} numbers in the images used are not finite."));
    }
    let labels = train.labels.iter().chain(test.iter().flat_map(|test| &test.labels));
    Ok(Dataset {
        name: spec.name.clone(),
        shape: train.shape,
        classes: labels.max().map_or(1, |&largest| largest as usize + 1),
        train: train_split,
        test: test_split,
        files,
        pixels,
        scale: None,
        notes,
    })
}

/// Whether training and test images can belong to one data set.
fn check_same(train: &Records<'_>, test: &Records<'_>) -> Result<(), DataError> {
    if train.shape != test.shape {
        return Err(DataError::Dims {
            file: test.file.clone(),
            set: "the training data",
            found: test.shape,
            expected: train.shape,
            remedy: "save both with the same size".to_owned(),
        });
    }
    if train.number.is_byte() != test.number.is_byte() {
        let [train_kind, test_kind] = [train, test].map(|records| records.number.word());
        return Err(DataError::Kinds { file: test.file.clone(), test: test_kind, train: train_kind });
    }
    Ok(())
}

/// Whether record `i` of `n` is held out: every tenth, or the last one of fewer than ten.
fn is_held_out(i: usize, n: usize) -> bool {
    if n < HELD_OUT { i + 1 == n } else { i % HELD_OUT == HELD_OUT - 1 }
}
