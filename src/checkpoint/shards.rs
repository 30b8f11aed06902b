//! A network in several safetensors files: `model-00001-of-00002.safetensors`, and an index beside them that says in which
//! file each tensor is. One of the files alone is no network, and may look like a smaller one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    entry::{Entry, Refusal},
    open::open,
    safetensors,
};

/// The largest index that is read.
const LARGEST: u64 = 16 << 20;

/// What the index's file name has instead of the parts' numbers.
const INDEX: &str = ".safetensors.index.json";

/// One of several files.
pub(super) struct Shard {
    folder: PathBuf,
    /// What all are called before their numbers.
    stem: String,
    number: u32,
    of: u32,
}

/// Whether a file is a part, by its name.
pub(super) fn of(path: &Path) -> Option<Shard> {
    let name = path.file_name()?.to_str()?.strip_suffix(".safetensors")?;
    let (rest, of) = name.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    let count = |digits: &str| (digits.len() >= 4).then(|| digits.parse::<u32>().ok()).flatten();
    let (number, of) = (count(number)?, count(of)?);
    (of > 1).then(|| Shard { folder: path.parent().unwrap_or(Path::new("")).into(), stem: stem.into(), number, of })
}

impl Shard {
    /// The index beside it.
    ///
    /// # Errors
    /// When there is none, with the name that it would have.
    pub fn index(&self) -> Result<PathBuf, String> {
        let index = self.folder.join(format!("{}{INDEX}", self.stem));
        if index.is_file() {
            return Ok(index);
        }
        let name = format!("{}{INDEX}", self.stem);
        Err(format!(
            "it is part {} of {} of a network, and {name} is not beside it; put all parts and the index into one folder",
            self.number, self.of
        ))
    }
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The tensors of all files that an index names, and the size of these files together.
///
/// # Errors
/// An index that is none, files that are missing or elsewhere, tensors that are not where the index says.
pub(super) fn entries(file: File, file_size: u64, index: &Path) -> Result<(Vec<Entry>, u64), Refusal> {
    if file_size > LARGEST {
        return Err(Refusal::TooLarge("its index is longer than that of any network".into()));
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|e| e.to_string())?;
    let Index { weight_map } = serde_json::from_str(&text).map_err(|e| format!("its index cannot be read, {e}"))?;
    let names: BTreeSet<&String> = weight_map.values().collect();
    let folder = index.parent().unwrap_or(Path::new(""));
    let (mut all, mut whole) = (Vec::new(), file_size);
    let mut left: BTreeSet<&String> = weight_map.keys().collect();
    for name in names {
        // A file may name nothing outside of its folder.
        if Path::new(name).file_name() != Some(name.as_ref()) {
            return Err(format!("its index names {name}, which is not in its folder").into());
        }
        let path = folder.join(name);
        let part = |cause: String| Refusal::Damaged(format!("its part {name} cannot be read: {cause}"));
        let (file, size, _) = open(&path).map_err(|e| part(e.to_string()))?;
        whole = whole.saturating_add(size);
        let (entries, _) = safetensors::entries(file, size).map_err(|refusal| match refusal {
            Refusal::Damaged(cause) => part(cause),
            too_large @ Refusal::TooLarge(_) => too_large,
        })?;
        for entry in entries {
            if weight_map.get(&entry.name) == Some(name) {
                left.remove(&entry.name);
                all.push(entry);
            }
        }
    }
    match left.first() {
        Some(name) => {
            let file = &weight_map[*name];
            Err(format!("its index says that {name} is in {file}, where it is not; download the parts again").into())
        }
        None => Ok((all, whole)),
    }
}
