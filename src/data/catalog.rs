//! The official files: names, sizes, sums, addresses, and where they lie on this machine.

use std::path::{Path, PathBuf};

use super::DataError;
use super::idx::Packing;

/// One official file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficialFile {
    /// Its name, the same on every server; ends in `.gz`.
    pub name: &'static str,
    /// Its size, bytes.
    pub size: u64,
    /// Its SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: &'static str,
}

impl OfficialFile {
    /// The name without `.gz`: that of the unpacked file.
    pub fn plain(&self) -> &'static str {
        self.name.strip_suffix(".gz").unwrap_or(self.name)
    }
}

/// A data set of images in four official IDX files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficialSet {
    /// Its name here, also that of its folder.
    pub name: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Height and width, pixels.
    pub size: [usize; 2],
    /// The number of classes.
    pub classes: usize,
    /// Training images, training labels, test images, test labels.
    pub files: [OfficialFile; 4],
    /// Base addresses, the official one first, then mirrors; each ends in `/`.
    pub bases: &'static [&'static str],
}

/// MNIST and Fashion-MNIST.
pub const SETS: [OfficialSet; 2] = [MNIST, FASHION];

const MNIST: OfficialSet = OfficialSet {
    name: "mnist",
    description: "handwritten digits, 28x28 (LeCun, Cortes and Burges)",
    train: 60_000,
    test: 10_000,
    size: [28, 28],
    classes: 10,
    files: [
        OfficialFile {
            name: "train-images-idx3-ubyte.gz",
            size: 9_912_422,
            sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        },
        OfficialFile {
            name: "train-labels-idx1-ubyte.gz",
            size: 28_881,
            sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
        OfficialFile {
            name: "t10k-images-idx3-ubyte.gz",
            size: 1_648_877,
            sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        },
        OfficialFile {
            name: "t10k-labels-idx1-ubyte.gz",
            size: 4_542,
            sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ],
    bases: &[
        "http://yann.lecun.com/exdb/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
};

const FASHION: OfficialSet = OfficialSet {
    name: "fashion-mnist",
    description: "articles of clothing, 28x28 (Xiao, Rasul and Vollgraf)",
    train: 60_000,
    test: 10_000,
    size: [28, 28],
    classes: 10,
    files: [
        OfficialFile {
            name: "train-images-idx3-ubyte.gz",
            size: 26_421_880,
            sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        },
        OfficialFile {
            name: "train-labels-idx1-ubyte.gz",
            size: 29_515,
            sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        },
        OfficialFile {
            name: "t10k-images-idx3-ubyte.gz",
            size: 4_422_102,
            sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        },
        OfficialFile {
            name: "t10k-labels-idx1-ubyte.gz",
            size: 5_148,
            sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
    ],
    bases: &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
};

/// The data set named `name`, if its files are catalogued.
pub fn find(name: &str) -> Option<&'static OfficialSet> {
    SETS.iter().find(|set| set.name == name)
}

/// The catalogued file with this sum, if any, and its data set.
pub fn by_sum(sha256: &str) -> Option<(&'static OfficialSet, &'static OfficialFile)> {
    SETS.iter().flat_map(|set| set.files.iter().map(move |file| (set, file))).find(|(_, file)| file.sha256 == sha256)
}

/// The folder of data files: `dir`, or `valleyscope/data` in the system's cache folder.
///
/// # Errors
///
/// [`DataError::NoFolder`] if the system has no cache folder.
pub fn folder(dir: Option<&Path>) -> Result<PathBuf, DataError> {
    match dir {
        Some(dir) => Ok(dir.to_owned()),
        None => Ok(dirs::cache_dir().ok_or(DataError::NoFolder)?.join("valleyscope").join("data")),
    }
}

/// The folders in which `set`'s files are looked for, in order: `folder/NAME`, where they are downloaded to, and
/// `folder` itself, for those who name the very folder that holds the files.
pub fn places(folder: &Path, set: &OfficialSet) -> [PathBuf; 2] {
    [folder.join(set.name), folder.to_owned()]
}

/// Where `file` lies: in the first of the [`places`] that has it, the `.gz`, which can be checked, before the plain one.
pub fn locate(folder: &Path, set: &OfficialSet, file: &OfficialFile) -> Option<(PathBuf, Packing)> {
    places(folder, set).into_iter().find_map(|place| {
        [(place.join(file.name), Packing::Gzip), (place.join(file.plain()), Packing::Plain)]
            .into_iter()
            .find(|(path, _)| path.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::NAMES;

    #[test]
    fn the_catalogue_is_well_formed() {
        for set in &SETS {
            assert!(NAMES.contains(&set.name));
            assert!(!set.bases.is_empty() && set.bases.iter().all(|base| base.ends_with('/')));
            for file in &set.files {
                assert!(file.name.ends_with("ubyte.gz") && file.size > 0 && file.sha256.len() == 64);
                assert_eq!(by_sum(file.sha256), Some((set, file)));
            }
        }
        assert_eq!(find("digits"), None);
    }

    #[test]
    fn the_own_folder_goes_first_and_gzip_before_plain() {
        let dir = tempfile::tempdir().unwrap();
        let [own, flat] = places(dir.path(), &MNIST);
        let file = &MNIST.files[0];
        std::fs::create_dir(&own).unwrap();
        assert_eq!(locate(dir.path(), &MNIST, file), None);
        let order = [
            (flat.join(file.plain()), Packing::Plain),
            (flat.join(file.name), Packing::Gzip),
            (own.join(file.plain()), Packing::Plain),
            (own.join(file.name), Packing::Gzip),
        ];
        for found in order {
            std::fs::write(&found.0, b"x").unwrap();
            assert_eq!(locate(dir.path(), &MNIST, file), Some(found));
        }
    }

    #[test]
    fn the_default_folder_is_in_the_cache() {
        assert_eq!(folder(Some(Path::new("/d"))).unwrap(), Path::new("/d"));
        if let Ok(folder) = folder(None) {
            assert!(folder.ends_with("valleyscope/data"), "{}", folder.display());
        }
    }
}
