//! The batches of CIFAR as the "python version" has them and torchvision keeps them: a pickle of a table with `data`, bytes
//! `[N, 3072]`, and `labels` (`fine_labels` of CIFAR-100). Nothing in a pickle is executed.

use std::{
    io::{BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use super::{
    DataError, FileSum,
    catalog::{Batch, Batches, Located, OfficialSet},
    hash,
};
use crate::{
    door,
    dtype::Dtype,
    pickle::{self, Bytes, Lists, Numbers},
    zipped::Trouble,
};

/// What is kept of a pickle, bytes: the labels, each with its place in the list.
const KEPT: u64 = 64 << 20;
/// The largest file read, bytes.
const LARGEST: u64 = 1 << 30;

/// The folders that the archives of the python versions unpack to.
fn folder_of(set: &OfficialSet) -> &'static str {
    if set.name == "cifar-10" { "cifar-10-batches-py" } else { "cifar-100-python" }
}

/// What a batch is called in the python version.
fn name_of(batch: Batch) -> &'static str {
    batch.name.trim_end_matches(".bin")
}

/// The folders in which they are looked for, in order.
fn places(folder: &Path, set: &OfficialSet) -> [PathBuf; 4] {
    let own = folder.join(set.name);
    [own.join(folder_of(set)), own, folder.join(folder_of(set)), folder.to_owned()]
}

/// Where the batches are, if all of them are there.
pub fn locate(folder: &Path, set: &OfficialSet, batches: &Batches) -> Option<Located> {
    let whole = |place: &PathBuf| batches.all().all(|batch| place.join(name_of(batch)).is_file());
    places(folder, set).into_iter().find(whole).map(|place| Located { place, missing: Vec::new() })
}

/// Every place where a batch may be.
pub fn sources(folder: &Path, set: &OfficialSet, batches: &Batches) -> Vec<PathBuf> {
    places(folder, set).iter().flat_map(|place| batches.all().map(|batch| place.join(name_of(batch)))).collect()
}

/// The records of a batch.
pub struct Records {
    /// Bytes `[N, 3072]`, channel by channel.
    pub images: Vec<u8>,
    pub labels: Vec<u32>,
    pub sum: FileSum,
}

/// Reads a batch.
///
/// # Errors
/// A file that is no such pickle, labels that are none, numbers of images and labels that differ.
pub fn read(place: &Path, batch: Batch, set: &OfficialSet) -> Result<Records, DataError> {
    let path = place.join(name_of(batch));
    let failed = |cause| DataError::io("read", &path, cause);
    let bad = |cause: String| DataError::Batch { file: path.clone(), cause, set: set.name.to_owned() };
    let mut file = door::open(&path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > LARGEST {
        return Err(DataError::TooLarge { file: path.clone(), limit: LARGEST });
    }
    let sum = FileSum { name: hash::name_of(&path), sha256: hash::of_reader(&mut file).map_err(failed)? };
    file.rewind().map_err(failed)?;
    let kept = pickle::read(&mut BufReader::new(&file), KEPT, Lists::Wholes).map_err(|trouble| match trouble {
        Trouble::Damaged(cause) | Trouble::TooLarge(cause) => bad(cause),
    })?;
    let area: usize = set.shape.iter().product();
    let data = kept.array("data").ok_or_else(|| bad("it has no array called data".into()))?;
    let count = match data.shape[..] {
        [count, size] if size == area && data.dtype == Dtype::U8 => count,
        _ => {
            return Err(bad(format!(
                "its data are {} of shape {:?}, not bytes of [N, {area}]",
                data.dtype, data.shape
            )));
        }
    };
    let size = count.checked_mul(area).ok_or_else(|| bad("its shape is impossible".into()))? as u64;
    let images = match &data.numbers {
        Some(Numbers::Array { bytes: Bytes::There { at, length, is_text: false }, fortran: false, .. })
            if *length == size =>
        {
            file.seek(SeekFrom::Start(*at)).map_err(failed)?;
            let mut images = Vec::new();
            file.take(size).read_to_end(&mut images).map_err(failed)?;
            images
        }
        Some(Numbers::Array { bytes: Bytes::Here(bytes), fortran: false, .. }) if bytes.len() as u64 == size => {
            bytes.to_vec()
        }
        _ => return Err(bad("its data are not stored row by row".into())),
    };
    let wholes = kept.wholes("fine_labels").or_else(|| kept.wholes("labels"));
    let labels = wholes.ok_or_else(|| bad("it has no list called labels".into()))?;
    if labels.len() != count || images.len() as u64 != size {
        return Err(bad(format!("it has {count} images and {} labels", labels.len())));
    }
    let class = |label: &i64| u32::try_from(*label).ok().filter(|label| (*label as usize) < set.classes);
    let labels: Option<Vec<u32>> = labels.iter().map(class).collect();
    let labels = labels.ok_or_else(|| bad(format!("a label is not one of 0 to {}", set.classes - 1)))?;
    Ok(Records { images, labels, sum })
}
