//! Which IDX files lie in a folder, under the names that people have them: MNIST's, the same with a dot before `idx3`, EMNIST's with
//! the name of a split in front, packed or not.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::idx::Packing;

/// What an IDX file is by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    /// What stands in front, such as `emnist-letters`; empty for MNIST's own names.
    prefix: String,
    /// 0 to 3: training images and labels, test images and labels.
    role: usize,
}

impl Name {
    fn of(file: &str) -> Option<(Name, Packing)> {
        let lower = file.to_lowercase();
        let (plain, packing) = match lower.strip_suffix(".gz") {
            Some(plain) => (plain, Packing::Gzip),
            None => (lower.as_str(), Packing::Plain),
        };
        let separators = ['-', '.', '_'];
        let rest = plain.strip_suffix("ubyte")?.trim_end_matches(separators);
        let rest = rest.strip_suffix(|c: char| c.is_ascii_digit())?.strip_suffix("idx")?.trim_end_matches(separators);
        let (rest, kind) =
            if let Some(rest) = rest.strip_suffix("images") { (rest, 0) } else { (rest.strip_suffix("labels")?, 1) };
        let rest = rest.trim_end_matches(separators);
        let (rest, half) = if let Some(rest) = rest.strip_suffix("train") {
            (rest, 0)
        } else {
            (rest.strip_suffix("t10k").or_else(|| rest.strip_suffix("test"))?, 2)
        };
        Some((Name { prefix: rest.trim_end_matches(separators).into(), role: half + kind }, packing))
    }
}

/// Files of one data set by their roles: training images and labels, test images and labels.
pub type Four = [Option<(PathBuf, Packing)>; 4];

/// The data sets in a folder, by what stands in front of their files' names. Of a packed and an unpacked file the packed one counts.
pub fn groups(folder: &Path) -> BTreeMap<String, Four> {
    let mut groups: BTreeMap<String, Four> = BTreeMap::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
        .unwrap_or_default();
    files.sort();
    for path in files {
        let Some((name, packing)) = path.file_name().and_then(|name| Name::of(&name.to_string_lossy())) else {
            continue;
        };
        let place = &mut groups.entry(name.prefix).or_default()[name.role];
        if place.is_none() || packing == Packing::Gzip {
            *place = Some((path, packing));
        }
    }
    groups
}

/// What stands in front of the name of an IDX file; `None` for a file that is none by its name.
pub fn prefix(file: &Path) -> Option<String> {
    Name::of(&file.file_name()?.to_string_lossy()).map(|(name, _)| name.prefix)
}

/// Where the official file `name`, which ends in `.gz`, lies in `place`: packed or unpacked, and with a dot before `idx`.
pub fn variants(name: &str) -> [(String, Packing); 4] {
    let dotted = name.replace("-idx", ".idx");
    let plain = |name: &str| name.strip_suffix(".gz").unwrap_or(name).to_owned();
    [
        (name.to_owned(), Packing::Gzip),
        (plain(name), Packing::Plain),
        (dotted.clone(), Packing::Gzip),
        (plain(&dotted), Packing::Plain),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_kind_are_known() {
        for (file, prefix, role, packing) in [
            ("train-images-idx3-ubyte", "", 0, Packing::Plain),
            ("train-images-idx3-ubyte.gz", "", 0, Packing::Gzip),
            ("train-labels.idx1-ubyte", "", 1, Packing::Plain),
            ("t10k-images.idx3-ubyte.gz", "", 2, Packing::Gzip),
            ("t10k-labels-idx1-ubyte", "", 3, Packing::Plain),
            ("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters", 0, Packing::Gzip),
            ("emnist-byclass-test-labels-idx1-ubyte", "emnist-byclass", 3, Packing::Plain),
            ("Train-Images-IDX3-ubyte", "", 0, Packing::Plain),
        ] {
            assert_eq!(Name::of(file), Some((Name { prefix: prefix.into(), role }, packing)), "{file}");
        }
        for file in ["train-images.png", "images-idx3-ubyte", "train-idx3-ubyte", "train-images-idx-ubyte", "x.gz", ""]
        {
            assert_eq!(Name::of(file), None, "{file}");
        }
    }

    #[test]
    fn a_folder_may_hold_several_sets() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "emnist-letters-train-images-idx3-ubyte",
            "emnist-letters-train-labels-idx1-ubyte.gz",
            "emnist-letters-train-labels-idx1-ubyte",
            "train-images.idx3-ubyte",
            "notes.txt",
        ] {
            std::fs::write(dir.path().join(name), b"x").unwrap();
        }
        let found = groups(dir.path());
        assert_eq!(found.keys().collect::<Vec<_>>(), ["", "emnist-letters"]);
        let letters = &found["emnist-letters"];
        assert_eq!(letters[1], Some((dir.path().join("emnist-letters-train-labels-idx1-ubyte.gz"), Packing::Gzip)));
        assert!(letters[0].is_some() && letters[2].is_none());
    }
}
