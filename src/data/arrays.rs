//! Images and labels from NumPy's `.npz`, under the names that people give them, brought into the form of a safetensors file: what is
//! checked of one is checked of the other.

use std::{
    io::{self, Read},
    path::Path,
};

use safetensors::{Dtype as Stored, tensor::TensorView};

use super::{
    DataError, FileSum, hash,
    tensors::{TEST, TRAIN},
};
use crate::{
    door,
    dtype::Dtype,
    npy::{self, Header},
    zipped,
};

/// The largest file read, bytes, and how much larger its arrays may be: images pack well.
const LARGEST: u64 = 4 << 30;
const EXPANSION: u64 = 64;

/// Names of training images and labels, the likeliest first.
const IMAGES: [&str; 8] = ["x_train", "train_images", "train_x", "images", "x", "data", "train_data", "arr_0"];
const LABELS: [&str; 9] =
    ["y_train", "train_labels", "train_y", "labels", "y", "targets", "target", "train_targets", "arr_1"];
/// Names of test images and labels.
const TEST_IMAGES: [&str; 5] = ["x_test", "test_images", "test_x", "test_data", "arr_2"];
const TEST_LABELS: [&str; 5] = ["y_test", "test_labels", "test_y", "test_targets", "arr_3"];

/// The bytes of a safetensors file with the same images and labels, the sum of the file, and what was taken for what.
///
/// # Errors
/// A file that is none, arrays that are not there or not of numbers.
pub fn read(path: &Path) -> Result<(Vec<u8>, FileSum, String), DataError> {
    let failed = |cause| DataError::io("read", path, cause);
    let bad = |cause: String| DataError::Arrays { path: path.to_owned(), cause };
    let mut file = door::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > LARGEST {
        return Err(DataError::TooLarge { file: path.to_owned(), limit: LARGEST });
    }
    let sum = FileSum { name: hash::name_of(path), sha256: hash::of_reader(&mut file).map_err(failed)? };
    let mut archive =
        zipped::open(door::open(path).map_err(failed)?, size, EXPANSION).map_err(|trouble| match trouble {
            zipped::Trouble::Damaged(cause) | zipped::Trouble::TooLarge(cause) => bad(cause),
        })?;
    let names: Vec<String> =
        archive.file_names().filter_map(|name| Some(name.ok()?.strip_suffix(".npy")?.to_string())).collect();
    let find = |known: &[&str]| {
        known.iter().find_map(|wanted| names.iter().find(|name| name.to_lowercase() == *wanted)).cloned()
    };
    let (Some(images), Some(labels)) = (find(&IMAGES), find(&LABELS)) else {
        let has = if names.is_empty() { "nothing".into() } else { names.join(", ") };
        return Err(bad(format!(
            "it has no images and labels under a known name (it has: {has}); call them x_train and y_train, with x_test and \
             y_test beside if there are any"
        )));
    };
    let mut wanted = vec![(images, TRAIN[0]), (labels, TRAIN[1])];
    if let (Some(images), Some(labels)) = (find(&TEST_IMAGES), find(&TEST_LABELS)) {
        wanted.extend([(images, TEST[0]), (labels, TEST[1])]);
    }
    let mut arrays = Vec::new();
    for (name, known) in &wanted {
        let entry = archive.by_name(&format!("{name}.npy")).map_err(|e| bad(e.to_string()))?;
        arrays.push((*known, array(entry).map_err(|cause| bad(format!("its array {name} cannot be read: {cause}")))?));
    }
    let views = arrays.iter().map(|(name, (dtype, shape, bytes))| {
        // One label in a row of its own is a label.
        let shape = match shape[..] {
            [n, 1] if name.ends_with("labels") => vec![n],
            _ => shape.clone(),
        };
        TensorView::new(*dtype, shape, bytes).map(|view| (*name, view)).map_err(|e| bad(e.to_string()))
    });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let bytes = safetensors::serialize(views, None).map_err(|e| bad(e.to_string()))?;
    let taken: Vec<String> =
        wanted.iter().map(|(name, known)| format!("{name} as {}", known.replace('_', " "))).collect();
    Ok((bytes, sum, format!("Of the arrays were taken {}.", taken.join(", "))))
}

/// An array's type, shape and bytes, the last axis fastest.
fn array(mut entry: impl Read) -> Result<(Stored, Vec<usize>, Vec<u8>), String> {
    let header = Header::from(&mut entry)?;
    let dtype = Dtype::of_numpy(&header.kind);
    let (Some(width), Some(stored)) = (dtype.size(), stored(&dtype)) else {
        return Err(format!("its numbers are {dtype}, which are not read"));
    };
    let count = header.shape.iter().try_fold(width as u64, |n, d| n.checked_mul(*d as u64));
    let count = count.ok_or("its shape is impossible")?;
    let mut bytes = Vec::new();
    // No more than is there, whatever the header says.
    let read = io::copy(&mut entry.by_ref().take(count.saturating_add(1)), &mut bytes).map_err(|e| e.to_string())?;
    if read != count {
        return Err(format!("it has {read} bytes, where its shape {:?} takes {count}", header.shape));
    }
    let bytes = npy::plain(&header, bytes, width)?;
    Ok((stored, header.shape, bytes))
}

/// The same type under the name that safetensors has for it.
fn stored(dtype: &Dtype) -> Option<Stored> {
    Some(match dtype {
        Dtype::F64 => Stored::F64,
        Dtype::F32 => Stored::F32,
        Dtype::F16 => Stored::F16,
        Dtype::BF16 => Stored::BF16,
        Dtype::I64 => Stored::I64,
        Dtype::I32 => Stored::I32,
        Dtype::I16 => Stored::I16,
        Dtype::I8 => Stored::I8,
        Dtype::U64 => Stored::U64,
        Dtype::U32 => Stored::U32,
        Dtype::U16 => Stored::U16,
        Dtype::U8 => Stored::U8,
        Dtype::Bool => Stored::BOOL,
        Dtype::Other(_) => return None,
    })
}
