//! A user's own images: safetensors or NPZ files, IDX files as those of MNIST in a folder, or pictures in a folder for each class.
//!
//! The classes are those of the labels: the largest one and 1. Bytes are scaled to the pixel range as those of the
//! known sets; floating-point numbers are taken as they are, those that are not finite too. Without test images every
//! tenth training image is held out: not the last tenth, which in a file sorted by class would be one class.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf, is_separator};

use super::folder::Pictures;
use super::idx_names::{self, Four};
use super::images::{FULL, Source, check_equal};
use super::records::{Number, Records};
use super::tensors::{self, Tensors};
use super::{DataError, DataSpec, Dataset, FileSum, NAMES, arrays, catalog, half::Half, hash};

/// The largest safetensors file read, bytes.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// One image in so many is held out.
const HELD_OUT: usize = 10;
/// The ending of a safetensors file.
const ENDING: &str = "safetensors";

/// The ending of NumPy's archive of arrays.
const ARRAYS: &str = "npz";
/// Folders in which torchvision keeps the files of a set, in the folder that people name.
const INSIDE: [&str; 3] = ["raw", "MNIST/raw", "FashionMNIST/raw"];
/// What messages call the four IDX files.
const IDX_NAMES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
/// Names that an error text shows of a folder.
const SHOWN: usize = 6;

/// Whether a name is that of no known data set, but a path.
pub fn is_own(name: &str) -> bool {
    !NAMES.contains(&name) && is_path(name)
}

/// Whether a data set's name that is not known is meant as a path.
pub fn is_path(name: &str) -> bool {
    let path = Path::new(name);
    let is_file = path.extension().is_some_and(|ending| ending == ENDING || ending == ARRAYS);
    name.contains(is_separator) || is_file || path.exists()
}

/// Every place where [`load`] may look for a file, and every file that is there for it.
pub fn places(path: &Path) -> Vec<PathBuf> {
    let tensors = ["train", "test"].map(|half| path.join(half).with_extension(ENDING));
    let mut all: Vec<PathBuf> = std::iter::once(path.to_owned()).chain(tensors).collect();
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    for place in idx_places(folder) {
        all.extend(
            IDX_NAMES.iter().flat_map(|name| idx_names::variants(&format!("{name}.gz"))).map(|(n, _)| place.join(n)),
        );
        all.extend(idx_names::groups(&place).into_values().flatten().flatten().map(|(path, _)| path));
    }
    if path.is_dir() {
        all.extend(the_arrays(path));
        all.extend(Pictures::find(path).iter().flat_map(Pictures::files).cloned());
    }
    all
}

/// Where IDX files are looked for in a folder.
fn idx_places(folder: &Path) -> Vec<PathBuf> {
    std::iter::once(folder.to_owned()).chain(INSIDE.map(|inside| folder.join(inside))).collect()
}

/// The one archive of arrays in a folder.
fn the_arrays(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut found = entries.filter(|path| path.extension().is_some_and(|ending| ending == ARRAYS));
    let first = found.next()?;
    found.next().is_none().then_some(first)
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
    let not_data = |cause: &str, hint| DataError::NotData { path: path.to_owned(), cause: cause.into(), hint };
    if !found.is_dir() {
        if !found.is_file() {
            return Err(not_data("is no regular file", ""));
        }
        if let Some(prefix) = idx_names::prefix(path) {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let four = idx_names::groups(folder).remove(&prefix).unwrap_or_default();
            return from_idx(folder, four, spec);
        }
        return match path.extension() {
            Some(ending) if ending == ENDING => from_tensors(path, None, spec),
            Some(ending) if ending == ARRAYS => from_arrays(path, spec),
            _ => Err(not_data("is no data file that this program reads", "")),
        };
    }
    let [train, test] = ["train", "test"].map(|half| path.join(half).with_extension(ENDING));
    let mut idx = None;
    for place in idx_places(path) {
        let groups = idx_names::groups(&place);
        if !groups.is_empty() {
            idx = Some((place, groups));
            break;
        }
    }
    match (train.is_file(), idx) {
        (true, Some(_)) => Err(not_data("holds both IDX and safetensors files, and only one can be meant", "")),
        (true, None) => from_tensors(&train, test.is_file().then_some(&*test), spec),
        (false, Some(_)) if spec.images.is_some() => Err(not_data(
            "holds IDX files, which say the order of their axes",
            "; leave out the order of the axes (--images)",
        )),
        (false, Some((place, mut groups))) => {
            // MNIST's own names go before those of others beside them.
            if let Some(four) = groups.remove("") {
                return from_idx(&place, four, spec);
            }
            let names: Vec<String> = groups.keys().cloned().collect();
            match (groups.pop_first(), groups.is_empty()) {
                (Some((_, four)), true) => from_idx(&place, four, spec),
                _ => Err(not_data(
                    &format!(
                        "holds several data sets ({}), and one has to be named by one of its files",
                        names.join(", ")
                    ),
                    "",
                )),
            }
        }
        (false, None) => {
            if let Some(arrays) = the_arrays(path) {
                return from_arrays(&arrays, spec);
            }
            match Pictures::find(path) {
                Some(pictures) => from_pictures(path, &pictures, spec),
                None => Err(not_data(&seen(path), cifar_hint(path))),
            }
        }
    }
}

/// What a folder holds instead of data.
fn seen(path: &Path) -> String {
    let mut names: Vec<String> = std::fs::read_dir(path)
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| {
                    let slash = if entry.path().is_dir() { "/" } else { "" };
                    format!("{}{slash}", entry.file_name().to_string_lossy())
                })
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match names.len() {
        0 => "is empty".into(),
        _ => format!("holds no data files that this program reads, but {}{more}", names.join(", ")),
    }
}

fn cifar_hint(path: &Path) -> &'static str {
    let is_cifar = catalog::SETS.iter().any(|set| match &set.form {
        catalog::Form::Batches(batches) => batches.all().all(|batch| path.join(batch.name).is_file()),
        catalog::Form::Idx(_) => false,
    });
    if is_cifar {
        " (it holds files of CIFAR: choose cifar-10 or cifar-100, and this as the folder of data files)"
    } else {
        ""
    }
}

/// Loads pictures in folders.
fn from_pictures(path: &Path, pictures: &Pictures, spec: &DataSpec) -> Result<Dataset, DataError> {
    if spec.images.is_some() {
        let cause = "holds pictures, which say the order of their axes".into();
        return Err(DataError::NotData {
            path: path.to_owned(),
            cause,
            hint: "; leave out the order of the axes (--images)",
        });
    }
    let (train, test, files, note) = pictures.read(path)?;
    let mut set = assemble(spec, train, test, files)?;
    set.notes.insert(0, note);
    Ok(set)
}

/// Loads an archive of arrays.
fn from_arrays(path: &Path, spec: &DataSpec) -> Result<Dataset, DataError> {
    let (bytes, sum, note) = arrays::read(path)?;
    let file = Tensors::open(path, &bytes, tensors::BOTH)?;
    let test = file.optional(tensors::TEST, spec.images)?;
    let mut set = assemble(spec, file.records(tensors::TRAIN, spec.images)?, test, vec![sum])?;
    set.notes.insert(0, note);
    Ok(set)
}

/// Loads the IDX files that were found.
fn from_idx(path: &Path, found: Four, spec: &DataSpec) -> Result<Dataset, DataError> {
    let missing = |i: usize, other: usize| {
        let [file, of] = [i, other].map(|i| IDX_NAMES[i].to_owned());
        DataError::Alone { folder: path.to_owned(), file, of }
    };
    let [train_images, train_labels, test_images, test_labels] =
        found.map(|found| found.map(|(path, packing)| Source { path, packing, official: None }));
    let (train, mut files) = match (train_images, train_labels) {
        (Some(images), Some(labels)) => idx_records(&images, &labels)?,
        (None, Some(_)) => return Err(missing(0, 1)),
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
    assemble(spec, train, test, files)
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
        return assemble(spec, file.records(tensors::TRAIN, spec.images)?, test, vec![sum]);
    };
    let (test_bytes, test_sum) = hash::read(test, LARGEST)?;
    let train = Tensors::open(train, &bytes, &tensors::TRAIN)?.records(tensors::TRAIN, spec.images)?;
    let test = Tensors::open(test, &test_bytes, &tensors::TRAIN)?.records(tensors::TRAIN, spec.images)?;
    assemble(spec, train, Some(test), vec![sum, test_sum])
}

/// Makes a data set of training records and, if there are any, test records.
fn assemble(
    spec: &DataSpec,
    mut train: Records<'_>,
    mut test: Option<Records<'_>>,
    files: Vec<FileSum>,
) -> Result<Dataset, DataError> {
    count_from_first(spec, &mut train, test.as_mut())?;
    let (train, test) = (&train, test.as_ref());
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

/// Lets labels count from 0, where it is said with which they begin.
fn count_from_first(spec: &DataSpec, train: &mut Records<'_>, test: Option<&mut Records<'_>>) -> Result<(), DataError> {
    let labels = || train.labels.iter().chain(test.iter().flat_map(|test| &test.labels)).copied();
    let (smallest, largest) = (labels().min().unwrap_or(0), labels().max().unwrap_or(0));
    let first = match spec.first_label {
        Some(first) => first,
        None if smallest == 1 => return Err(DataError::FirstLabel { file: train.file.clone(), largest }),
        None => 0,
    };
    let shift = |file: &Path, labels: &mut [u32]| {
        labels.iter_mut().enumerate().try_for_each(|(record, label)| {
            *label = label.checked_sub(first).ok_or_else(|| DataError::BelowFirst {
                file: file.to_owned(),
                record,
                label: *label,
                first,
            })?;
            Ok(())
        })
    };
    shift(&train.file, &mut train.labels)?;
    if let Some(test) = test {
        shift(&test.file, &mut test.labels)?;
    }
    Ok(())
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
