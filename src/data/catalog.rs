//! The official files: names, sizes, sums, addresses, and where they lie on this machine.

use std::path::{Path, PathBuf};

use super::idx::Packing;
use super::idx_names::variants;
use super::{DataError, Pixels};

/// One official file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficialFile {
    /// Its name, the same on every server; ends in `.gz`, which a packed file must.
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

/// A data set of images with official files.
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
    /// One image's shape, `[C, H, W]`.
    pub shape: [usize; 3],
    /// The number of classes.
    pub classes: usize,
    /// The range of the pixels when none is asked for.
    pub pixels: Pixels,
    /// How the images are stored.
    pub form: Form,
    /// Base addresses, the official one first, then mirrors; each ends in `/`.
    pub bases: &'static [&'static str],
}

/// How a data set's images are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In four IDX files, downloaded and kept as they are: training images, training labels, test images, test labels.
    Idx([OfficialFile; 4]),
    /// In batches of records, downloaded in one archive and unpacked.
    Batches(Batches),
}

/// Files of records, each of some label bytes and the bytes of one image: the binary version of CIFAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// The archive of all batches, a `.tar.gz`.
    pub archive: OfficialFile,
    /// The folder in the archive that holds the batches.
    pub folder: &'static str,
    /// The number of classes that each label byte of a record tells apart. The last byte is the label.
    pub labels: &'static [usize],
    /// The batches of training images, in order.
    pub train: &'static [Batch],
    /// The batch of test images.
    pub test: Batch,
}

/// A file of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its name.
    pub name: &'static str,
    /// The records of the official file.
    pub records: usize,
}

impl Batches {
    /// All batches, those of training images first.
    pub fn all(&self) -> impl Iterator<Item = Batch> {
        self.train.iter().copied().chain([self.test])
    }

    /// The bytes of one record of images of `shape`.
    pub fn record(&self, shape: [usize; 3]) -> usize {
        self.labels.len() + shape.iter().product::<usize>()
    }
}

impl OfficialSet {
    /// The files that are downloaded.
    pub fn downloads(&self) -> &[OfficialFile] {
        match &self.form {
            Form::Idx(files) => files,
            Form::Batches(batches) => std::slice::from_ref(&batches.archive),
        }
    }
}

/// Every catalogued data set.
pub const SETS: [OfficialSet; 4] = [MNIST, FASHION, CIFAR_10, CIFAR_100];

const MNIST: OfficialSet = OfficialSet {
    name: "mnist",
    description: "handwritten digits, 28x28 (LeCun, Cortes and Burges)",
    train: 60_000,
    test: 10_000,
    shape: [1, 28, 28],
    classes: 10,
    pixels: Pixels::Unit,
    form: Form::Idx([
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
    ]),
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
    shape: [1, 28, 28],
    classes: 10,
    pixels: Pixels::Unit,
    form: Form::Idx([
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
    ]),
    bases: &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
};

const CIFAR_10: OfficialSet = OfficialSet {
    name: "cifar-10",
    description: "photographs of animals and vehicles, 32x32 in colour, 10 classes (Krizhevsky)",
    train: 50_000,
    test: 10_000,
    shape: [3, 32, 32],
    classes: 10,
    pixels: Pixels::Signed,
    form: Form::Batches(Batches {
        archive: OfficialFile {
            name: "cifar-10-binary.tar.gz",
            size: 170_052_171,
            sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        },
        folder: "cifar-10-batches-bin",
        labels: &[10],
        train: &[
            Batch { name: "data_batch_1.bin", records: 10_000 },
            Batch { name: "data_batch_2.bin", records: 10_000 },
            Batch { name: "data_batch_3.bin", records: 10_000 },
            Batch { name: "data_batch_4.bin", records: 10_000 },
            Batch { name: "data_batch_5.bin", records: 10_000 },
        ],
        test: Batch { name: "test_batch.bin", records: 10_000 },
    }),
    bases: &["https://www.cs.toronto.edu/~kriz/"],
};

const CIFAR_100: OfficialSet = OfficialSet {
    name: "cifar-100",
    description: "photographs, 32x32 in colour, 100 classes (Krizhevsky)",
    train: 50_000,
    test: 10_000,
    shape: [3, 32, 32],
    classes: 100,
    pixels: Pixels::Signed,
    form: Form::Batches(Batches {
        archive: OfficialFile {
            name: "cifar-100-binary.tar.gz",
            size: 168_513_733,
            sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        },
        folder: "cifar-100-binary",
        // Twenty coarse classes, then the hundred fine ones that are learnt.
        labels: &[20, 100],
        train: &[Batch { name: "train.bin", records: 50_000 }],
        test: Batch { name: "test.bin", records: 10_000 },
    }),
    bases: &["https://www.cs.toronto.edu/~kriz/"],
};

/// The data set named `name`, if its files are catalogued.
pub fn find(name: &str) -> Option<&'static OfficialSet> {
    SETS.iter().find(|set| set.name == name)
}

/// The catalogued file with this sum, if any, and its data set.
pub fn by_sum(sha256: &str) -> Option<(&'static OfficialSet, &'static OfficialFile)> {
    SETS.iter()
        .flat_map(|set| set.downloads().iter().map(move |file| (set, file)))
        .find(|(_, file)| file.sha256 == sha256)
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

/// The folders in which `set`'s downloaded files are looked for, in order: `folder/NAME`, where they are downloaded
/// to, `folder` itself, for those who name the very folder that holds the files, and where torchvision keeps them in its root
/// and in its folder of the set.
pub fn places(folder: &Path, set: &OfficialSet) -> [PathBuf; 4] {
    let torchvision = if set.name == "fashion-mnist" { "FashionMNIST/raw" } else { "MNIST/raw" };
    [folder.join(set.name), folder.to_owned(), folder.join(torchvision), folder.join("raw")]
}

/// Where `file` lies: in the first of the [`places`] that has it, the `.gz`, which can be checked, before the plain one.
pub fn locate(folder: &Path, set: &OfficialSet, file: &OfficialFile) -> Option<(PathBuf, Packing)> {
    places(folder, set).into_iter().find_map(|place| locate_in(&place, file.name))
}

/// Where the file `name`, which ends in `.gz`, lies in `place`: packed or unpacked.
pub fn locate_in(place: &Path, name: &str) -> Option<(PathBuf, Packing)> {
    let all = variants(name).map(|(name, packing)| (place.join(name), packing));
    all.into_iter().find(|(path, _)| path.is_file())
}

/// The folders in which the batches of `set` are looked for, in order: where the archive is unpacked to, then the
/// same without the archive's folder, and both in `folder` itself.
pub fn batch_places(folder: &Path, set: &OfficialSet, batches: &Batches) -> [PathBuf; 4] {
    let own = folder.join(set.name);
    [own.join(batches.folder), own, folder.join(batches.folder), folder.to_owned()]
}

/// Where a set's batches were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The folder.
    pub place: PathBuf,
    /// The batches that are not in it.
    pub missing: Vec<&'static str>,
}

/// The first of the [`batch_places`] that lacks the fewest batches. All must come from one folder: some have names as
/// common as `test.bin`.
pub fn locate_batches(folder: &Path, set: &OfficialSet, batches: &Batches) -> Located {
    let [first, others @ ..] = batch_places(folder, set, batches).map(|place| {
        let missing = batches.all().map(|batch| batch.name).filter(|name| !place.join(name).is_file()).collect();
        Located { place, missing }
    });
    others.into_iter().fold(first, |best, other| if other.missing.len() < best.missing.len() { other } else { best })
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
            for file in set.downloads() {
                assert!(file.name.ends_with(".gz") && file.size > 0 && file.sha256.len() == 64);
                assert_eq!(by_sum(file.sha256), Some((set, file)));
            }
            if let Form::Batches(batches) = &set.form {
                assert_eq!(batches.train.iter().map(|batch| batch.records).sum::<usize>(), set.train);
                assert_eq!((batches.test.records, batches.labels.last()), (set.test, Some(&set.classes)));
            }
        }
        assert_eq!(find("digits"), None);
    }

    #[test]
    fn the_own_folder_goes_first_and_gzip_before_plain() {
        let dir = tempfile::tempdir().unwrap();
        let [own, flat, ..] = places(dir.path(), &MNIST);
        let file = &MNIST.downloads()[0];
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
    fn batches_come_from_the_first_folder_that_has_them_all() {
        let dir = tempfile::tempdir().unwrap();
        let Form::Batches(batches) = &CIFAR_100.form else { panic!("no batches") };
        let places = batch_places(dir.path(), &CIFAR_100, batches);
        let ends = ["cifar-100/cifar-100-binary", "cifar-100", "cifar-100-binary", ""];
        assert_eq!(places, ends.map(|end| dir.path().join(end)));
        let found = || locate_batches(dir.path(), &CIFAR_100, batches);
        assert_eq!(found(), Located { place: places[0].clone(), missing: vec!["train.bin", "test.bin"] });
        for place in places.iter().rev() {
            std::fs::create_dir_all(place).unwrap();
            std::fs::write(place.join("test.bin"), b"x").unwrap();
            // One file here and one there are not a set.
            assert!(found().place != *place || found().missing == ["train.bin"]);
            std::fs::write(place.join("train.bin"), b"x").unwrap();
            assert_eq!(found(), Located { place: place.clone(), missing: Vec::new() });
        }
        std::fs::remove_dir_all(&places[1]).unwrap();
        std::fs::remove_dir_all(&places[2]).unwrap();
        std::fs::remove_file(places[3].join("test.bin")).unwrap();
        assert_eq!(found(), Located { place: places[3].clone(), missing: vec!["test.bin"] });
    }

    #[test]
    fn the_default_folder_is_in_the_cache() {
        assert_eq!(folder(Some(Path::new("/d"))).unwrap(), Path::new("/d"));
        if let Ok(folder) = folder(None) {
            assert!(folder.ends_with("valleyscope/data"), "{}", folder.display());
        }
    }
}
