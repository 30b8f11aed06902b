//! Loads a data set from its four official IDX files, or from files of the same form with any number of records.

use std::path::{Path, PathBuf};

use super::catalog::{self, OfficialFile, OfficialSet};
use super::idx::{Idx, IdxError, Packing};
use super::{DataError, DataSpec, Dataset, FileSum, Pixels, Split, half::Half, hash};

/// The largest file read, bytes: the largest that an IDX file may unpack to, and its header.
const LARGEST: u64 = 512 * 1024 * 1024 + 20;
/// The largest value a pixel has.
pub const FULL: u8 = 255;

/// Loads `official` from `files`: training images, training labels, test images, test labels.
///
/// # Errors
///
/// See [`load`](super::load).
pub fn load(official: &OfficialSet, files: &[OfficialFile; 4], spec: &DataSpec) -> Result<Dataset, DataError> {
    let folder = catalog::folder(spec.dir.as_deref())?;
    let found: Vec<_> = files.iter().map(|file| (file, catalog::locate(&folder, official, file))).collect();
    let missing: Vec<_> =
        found.iter().filter(|(_, place)| place.is_none()).map(|(file, _)| file.plain().to_owned()).collect();
    let sources: Vec<_> = found
        .into_iter()
        .filter_map(|(file, place)| {
            place.map(|(path, packing)| Source { path, packing, official: Some((official, file)) })
        })
        .collect();
    let [train_images, train_labels, test_images, test_labels] = sources.as_slice() else {
        let looked = catalog::places(&folder, official).to_vec();
        return Err(DataError::Missing { set: official.name.to_owned(), files: missing, looked });
    };

    let pixels = spec.pixels.unwrap_or(official.pixels);
    let (train, train_files) = half(Half::Train, official, spec, pixels, train_images, train_labels)?;
    let (test, test_files) = half(Half::Test, official, spec, pixels, test_images, test_labels)?;
    Ok(Dataset {
        name: official.name.to_owned(),
        shape: official.shape,
        classes: official.classes,
        train,
        test,
        files: [train_files, test_files].concat(),
        pixels: Some(pixels),
        scale: None,
        notes: Vec::new(),
    })
}

/// An IDX file that has been found.
pub struct Source<'a> {
    pub path: PathBuf,
    pub packing: Packing,
    /// The official file whose name it has, and that file's set; `None` for a user's own.
    pub official: Option<(&'a OfficialSet, &'a OfficialFile)>,
}

impl Source<'_> {
    /// All labels in the file, and its sum.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherFile`], [`DataError::Idx`], and what the system says.
    pub fn labels(&self) -> Result<(Vec<u8>, FileSum), DataError> {
        let (bytes, sum) = self.read()?;
        let labels = Idx::<1>::open(&bytes, self.packing)
            .and_then(|idx| idx.first(usize::MAX))
            .map_err(|cause| self.wrong(cause))?;
        Ok((labels, sum))
    }

    /// The pixels of the first images in the file, row-major, and its sum. `count` says how many images to take, once
    /// it has seen the file's `[N, C, H, W]`.
    ///
    /// # Errors
    ///
    /// As [`labels`](Self::labels), and those of `count`.
    pub fn images(
        &self,
        count: impl FnOnce([usize; 4]) -> Result<usize, DataError>,
    ) -> Result<(Vec<u8>, FileSum), DataError> {
        let (bytes, sum) = self.read()?;
        let idx = Idx::<4>::open_images(&bytes, self.packing).map_err(|cause| self.wrong(cause))?;
        let count = count(idx.dims())?;
        Ok((idx.first(count).map_err(|cause| self.wrong(cause))?, sum))
    }

    /// Reads the file whole, as it is on disk.
    fn read(&self) -> Result<(Vec<u8>, FileSum), DataError> {
        let (bytes, sum) = hash::read(&self.path, LARGEST)?;
        // The official sets' files have the same names, so that one easily ends up in another's place.
        if let Some((own_set, own_file)) = self.official
            && let Some((set, file)) = catalog::by_sum(&sum.sha256)
            && (set.name, file.name) != (own_set.name, own_file.name)
        {
            return Err(DataError::OtherFile {
                file: self.path.clone(),
                found: format!("{} {}", set.name, file.name),
                set: own_set.name.to_owned(),
            });
        }
        Ok((bytes, sum))
    }

    fn wrong(&self, cause: IdxError) -> DataError {
        DataError::Idx { file: self.path.clone(), cause, remedy: self.remedy() }
    }

    /// What to do about a bad file.
    pub fn remedy(&self) -> String {
        match self.official {
            Some((set, _)) => format!("remove it and download it again (valleyscope data fetch {})", set.name),
            None => "write the file anew".to_owned(),
        }
    }
}

/// The error for an image file and a label file of different lengths, or nothing.
///
/// # Errors
///
/// [`DataError::Unequal`].
pub fn check_equal(
    images: &Source<'_>,
    count: usize,
    labels: &Source<'_>,
    label_count: usize,
) -> Result<(), DataError> {
    if count == label_count {
        return Ok(());
    }
    Err(DataError::Unequal {
        image_file: images.path.clone(),
        images: count,
        label_file: labels.path.clone(),
        labels: label_count,
        remedy: match images.official {
            Some((set, _)) => format!("remove both and download them again (valleyscope data fetch {})", set.name),
            None => "write one label per image".to_owned(),
        },
    })
}

/// Loads one split, and the sums of its image and label file.
fn half(
    half: Half,
    official: &OfficialSet,
    spec: &DataSpec,
    pixels: Pixels,
    images: &Source<'_>,
    labels: &Source<'_>,
) -> Result<(Split, Vec<FileSum>), DataError> {
    let (all_labels, label_sum) = labels.labels()?;
    check_labels(&labels.path, &all_labels, official.classes, || labels.remedy())?;
    let mut count = 0;
    let (bytes, image_sum) = images.images(|[records, c, h, w]| {
        if [c, h, w] != official.shape {
            return Err(DataError::Dims {
                file: images.path.clone(),
                set: official.name,
                found: [c, h, w],
                expected: official.shape,
                remedy: images.remedy(),
            });
        }
        check_equal(images, records, labels, all_labels.len())?;
        count = half.count(spec, records, records)?;
        Ok(count)
    })?;
    let split = Split {
        images: pixels.scale(&bytes, FULL),
        labels: all_labels[..count].iter().map(|&label| u32::from(label)).collect(),
    };
    Ok((split, vec![image_sum, label_sum]))
}

fn check_labels(file: &Path, labels: &[u8], classes: usize, remedy: impl FnOnce() -> String) -> Result<(), DataError> {
    match labels.iter().enumerate().find(|(_, label)| usize::from(**label) >= classes) {
        None => Ok(()),
        Some((record, &label)) => {
            Err(DataError::Label { file: file.to_owned(), what: "label", record, label, classes, remedy: remedy() })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::idx::tests::{gzip, plain};
    use super::*;
    use crate::data::load;

    /// A folder with a small set of the official form: 6 training and 4 test images, image `i` with label `i`.
    fn folder() -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("mnist");
        fs::create_dir(&own).unwrap();
        for (prefix, n) in [("train", 6_u32), ("t10k", 4)] {
            let images: Vec<u8> = (0..n * 784).map(|i| (i % 256) as u8).collect();
            let labels: Vec<u8> = (0..n as u8).collect();
            let images = gzip(&plain(&[n, 28, 28], &images));
            fs::write(own.join(format!("{prefix}-images-idx3-ubyte.gz")), images).unwrap();
            fs::write(own.join(format!("{prefix}-labels-idx1-ubyte.gz")), gzip(&plain(&[n], &labels))).unwrap();
        }
        dir
    }

    fn spec(dir: &TempDir) -> DataSpec {
        DataSpec { name: "mnist".to_owned(), dir: Some(dir.path().to_owned()), ..DataSpec::default() }
    }

    /// The error text after `change` to the folder of the set, which must name `file`.
    fn error_after(file: &str, change: impl FnOnce(&Path)) -> String {
        let dir = folder();
        let path = dir.path().join("mnist").join(file);
        change(&path);
        let text = load(&spec(&dir), 0).unwrap_err().to_string();
        assert!(text.contains(&path.display().to_string()), "{text}");
        assert!(text.contains("valleyscope data fetch mnist"), "{text}");
        text
    }

    #[test]
    fn the_four_files_become_a_data_set() {
        let dir = folder();
        let set = load(&spec(&dir), 0).unwrap();
        assert_eq!((set.shape, set.classes, set.pixels), ([1, 28, 28], 10, Some(Pixels::Unit)));
        assert_eq!(
            (set.train.labels.as_slice(), set.test.labels.as_slice()),
            ([0, 1, 2, 3, 4, 5].as_slice(), [0, 1, 2, 3].as_slice())
        );
        assert_eq!(set.train.images.len(), 6 * 784);
        assert_eq!(set.train.images[784 + 51], ((784 + 51) % 256) as f32 / 255.0);
        let names: Vec<_> = set.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "train-images-idx3-ubyte.gz",
                "train-labels-idx1-ubyte.gz",
                "t10k-images-idx3-ubyte.gz",
                "t10k-labels-idx1-ubyte.gz"
            ]
        );
        let on_disk = fs::read(dir.path().join("mnist").join(names[1])).unwrap();
        assert_eq!(set.files[1].sha256, hash::of_bytes(&on_disk));
    }

    #[test]
    fn counts_and_the_pixel_range_are_followed() {
        let dir = folder();
        let spec = DataSpec { train_count: Some(2), test_count: Some(1), pixels: Some(Pixels::Signed), ..spec(&dir) };
        let set = load(&spec, 0).unwrap();
        assert_eq!((set.train.len(), set.test.len(), set.train.images.len()), (2, 1, 2 * 784));
        assert_eq!((set.train.images[0], set.train.images[255]), (-1.0, 1.0));
        let spec = DataSpec { train_count: Some(7), ..spec };
        assert!(load(&spec, 0).unwrap_err().to_string().contains("6 training"));
    }

    #[test]
    fn plain_files_and_a_flat_folder_do_too() {
        let dir = folder();
        let own = dir.path().join("mnist");
        let want = load(&spec(&dir), 0).unwrap();
        let flat = DataSpec { dir: Some(own.clone()), ..spec(&dir) };
        assert_eq!(load(&flat, 0).unwrap(), want);
        let packed = own.join("t10k-labels-idx1-ubyte.gz");
        fs::write(own.join("t10k-labels-idx1-ubyte"), plain(&[4], &[0, 1, 2, 3])).unwrap();
        fs::remove_file(packed).unwrap();
        let set = load(&spec(&dir), 0).unwrap();
        assert_eq!(set.test, want.test);
        assert_eq!(set.files[3].name, "t10k-labels-idx1-ubyte");
    }

    #[test]
    fn missing_files_are_named_with_where_they_were_looked_for() {
        let dir = folder();
        fs::remove_file(dir.path().join("mnist/t10k-images-idx3-ubyte.gz")).unwrap();
        let text = load(&spec(&dir), 0).unwrap_err().to_string();
        let places = format!("{} or {}", dir.path().join("mnist").display(), dir.path().display());
        assert!(text.contains("t10k-images-idx3-ubyte not found") && text.contains(&places), "{text}");
        assert!(text.contains("valleyscope data fetch mnist") && !text.contains("train-"), "{text}");
    }

    #[test]
    fn damaged_files_are_named() {
        let write = |bytes: Vec<u8>| move |path: &Path| fs::write(path, bytes).unwrap();
        let images = "t10k-images-idx3-ubyte.gz";
        let labels = "train-labels-idx1-ubyte.gz";
        assert!(error_after(images, write(Vec::new())).contains("empty"));
        assert!(error_after(images, write(b"<html>".to_vec())).contains("not gzip data"));
        assert!(error_after(images, write(gzip(&plain(&[4], &[0; 4])))).contains("magic number"));
        assert!(error_after(images, write(gzip(&plain(&[4, 28, 28], &[0; 4 * 784 - 1])))).contains("cut short"));
        assert!(
            error_after(images, write(gzip(&plain(&[1 << 31; 3], &[0; 784])))).contains("more than the file can hold")
        );
        assert!(error_after(images, write(gzip(&plain(&[4, 14, 56], &[0; 4 * 784])))).contains("14×56"));
        assert!(error_after(labels, write(gzip(&plain(&[7], &[0; 7])))).contains("6 images"));
        assert!(error_after(labels, write(gzip(&plain(&[6], &[0, 1, 2, 10, 4, 5])))).contains("label 10 of record 3"));
        assert!(
            error_after(labels, |path| {
                let bytes = fs::read(path).unwrap();
                fs::write(path, &bytes[..bytes.len() - 5]).unwrap();
            })
            .contains("cut short")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_in_place_of_a_file_counts_as_missing() {
        let dir = folder();
        let path = dir.path().join("mnist/train-labels-idx1-ubyte.gz");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(load(&spec(&dir), 0), Err(DataError::Missing { .. })));
    }

    /// The folder with the official files, for tests that need them.
    fn official() -> PathBuf {
        PathBuf::from(std::env::var_os("VALLEYSCOPE_SHARED").unwrap()).join("data")
    }

    fn per_class(split: &Split) -> [usize; 10] {
        let mut counts = [0; 10];
        for &label in &split.labels {
            counts[label as usize] += 1;
        }
        counts
    }

    fn mean(split: &Split) -> f64 {
        split.images.iter().copied().map(f64::from).sum::<f64>() / split.images.len() as f64
    }

    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn the_facts_of_mnist_hold() {
        let spec = DataSpec { name: "mnist".to_owned(), dir: Some(official()), ..DataSpec::default() };
        let set = load(&spec, 0).unwrap();
        assert_eq!((set.train.len(), set.test.len(), set.shape), (60_000, 10_000, [1, 28, 28]));
        assert_eq!(per_class(&set.train), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
        assert_eq!(per_class(&set.test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
        assert_eq!(set.train.labels[..5], [5, 0, 4, 1, 9]);
        assert_eq!(set.test.labels[..5], [7, 2, 1, 0, 4]);
        // The mean that everyone normalises by.
        assert!((mean(&set.train) - 0.1307).abs() < 5e-5, "{}", mean(&set.train));
        let sums: Vec<_> = set.files.iter().map(|file| file.sha256.as_str()).collect();
        let catalogued: Vec<_> = catalog::SETS[0].downloads().iter().map(|file| file.sha256).collect();
        assert_eq!(sums, catalogued);
    }

    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn the_facts_of_fashion_mnist_hold() {
        let spec = DataSpec { name: "fashion-mnist".to_owned(), dir: Some(official()), ..DataSpec::default() };
        let set = load(&spec, 0).unwrap();
        assert_eq!((per_class(&set.train), per_class(&set.test)), ([6000; 10], [1000; 10]));
        assert_eq!(set.train.labels[..5], [9, 0, 0, 3, 0]);
        assert_eq!(set.test.labels[..5], [9, 2, 1, 1, 6]);
        assert!((mean(&set.train) - 0.2860).abs() < 5e-5, "{}", mean(&set.train));
    }

    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn a_prefix_of_mnist_is_the_beginning_of_it() {
        let spec = DataSpec { name: "mnist".to_owned(), dir: Some(official()), ..DataSpec::default() };
        let all = load(&spec, 0).unwrap();
        let few = load(&DataSpec { train_count: Some(100), test_count: Some(10), ..spec }, 0).unwrap();
        assert_eq!(few.train.images, all.train.images[..100 * 784]);
        assert_eq!(few.test.labels, all.test.labels[..10]);
    }

    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn official_files_in_anothers_place_are_refused() {
        let dir = official().join("mnist");
        let spec = DataSpec { name: "fashion-mnist".to_owned(), dir: Some(dir), ..DataSpec::default() };
        let text = load(&spec, 0).unwrap_err().to_string();
        assert!(text.contains("holds the official mnist train-"), "{text}");
    }
}
