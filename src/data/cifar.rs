//! Loads a data set from its batches: files of records, each of some label bytes and one image's bytes, channel by
//! channel (A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009; the "binary version").

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::catalog::{self, Batch, Batches, OfficialSet};
use super::cifar_python;
use super::hash::{self, Hashing};
use super::images::FULL;
use super::{DataError, DataSpec, Dataset, FileSum, Split, half::Half};
use crate::door;

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// Loads `official`, which lies in `batches`.
///
/// # Errors
///
/// See [`load`](super::load).
pub fn load(official: &OfficialSet, batches: &Batches, spec: &DataSpec) -> Result<Dataset, DataError> {
    let folder = catalog::folder(spec.dir.as_deref())?;
    let located = catalog::locate_batches(&folder, official, batches);
    // The binary version, which can be checked, goes first.
    let python = if located.missing.is_empty() { None } else { cifar_python::locate(&folder, official, batches) };
    let (located, is_python) = python.map_or((located, false), |python| (python, true));
    if !located.missing.is_empty() {
        let files = located.missing.into_iter().map(str::to_owned).collect();
        let looked = catalog::batch_places(&folder, official, batches).to_vec();
        return Err(DataError::Missing { set: official.name.to_owned(), files, looked });
    }
    let place = located.place;
    let pixels = spec.pixels.unwrap_or(official.pixels);
    let (table, allow_partial) = (pixels.table(FULL), spec.allow_partial);
    let reader = Reader { official, batches, place, is_python, table, allow_partial };
    let train = reader.half(Half::Train, batches.train, spec)?;
    let test = reader.half(Half::Test, &[batches.test], spec)?;
    let notes = [(&train, official.train, Half::Train), (&test, official.test, Half::Test)]
        .into_iter()
        .filter(|(found, official, _)| found.available < *official)
        .map(|(found, all, half)| {
            format!("The files hold a part of {}: {} of {all} {} records.", official.name, found.available, half.word())
        })
        .collect();
    Ok(Dataset {
        name: official.name.to_owned(),
        shape: official.shape,
        classes: official.classes,
        train: train.split,
        test: test.split,
        files: [train.files, test.files].concat(),
        pixels: Some(pixels),
        scale: None,
        notes,
    })
}

/// One half of a set, as it was read.
struct Found {
    split: Split,
    /// The records in the files; the split may have fewer.
    available: usize,
    files: Vec<FileSum>,
}

/// What is the same for all batches of a set.
struct Reader<'a> {
    official: &'a OfficialSet,
    batches: &'a Batches,
    place: PathBuf,
    /// Whether it is the python version.
    is_python: bool,
    /// The number for every byte of a pixel.
    table: [f32; 256],
    allow_partial: bool,
}

impl Reader<'_> {
    fn half(&self, half: Half, batches: &[Batch], spec: &DataSpec) -> Result<Found, DataError> {
        if self.is_python {
            return self.python(half, batches, spec);
        }
        let counts = batches.iter().map(|batch| self.count(batch)).collect::<Result<Vec<_>, _>>()?;
        let available = counts.iter().sum();
        let wanted = half.count(spec, available, available)?;
        // The files are there: their sizes are no promise.
        let area: usize = self.official.shape.iter().product();
        let mut split = Split { images: Vec::with_capacity(wanted * area), labels: Vec::with_capacity(wanted) };
        let mut files = Vec::with_capacity(batches.len());
        for (batch, count) in batches.iter().zip(counts) {
            // Also what is not used is read, so that damage is found and the sums are those of whole files.
            files.push(self.read(batch, count, wanted, &mut split)?);
        }
        Ok(Found { split, available, files })
    }

    /// A half of the python version.
    fn python(&self, half: Half, batches: &[Batch], spec: &DataSpec) -> Result<Found, DataError> {
        let (mut split, mut files, mut available) = (Split::default(), Vec::new(), 0);
        let mut wanted = None;
        for batch in batches {
            let records = cifar_python::read(&self.place, *batch, self.official)?;
            let found = records.labels.len();
            if found != batch.records && !(found < batch.records && self.allow_partial) {
                let remedy = if found < batch.records {
                    format!("{}, or accept a part of the set (--allow-partial)", self.remedy())
                } else {
                    self.remedy()
                };
                let file = self.place.join(batch.name.trim_end_matches(".bin"));
                return Err(DataError::RecordCount { file, found: found as u64, expected: batch.records, remedy });
            }
            available += found;
            // How many there are is known at the end; more than are asked for are never kept.
            let most = *wanted.get_or_insert(half.asked(spec).unwrap_or(usize::MAX));
            let take = found.min(most.saturating_sub(split.len()));
            let area: usize = self.official.shape.iter().product();
            split.images.extend(records.images[..take * area].iter().map(|&byte| self.table[usize::from(byte)]));
            split.labels.extend_from_slice(&records.labels[..take]);
            files.push(records.sum);
        }
        half.count(spec, available, available)?;
        Ok(Found { split, available, files })
    }

    /// The records of a batch, by its size.
    fn count(&self, batch: &Batch) -> Result<usize, DataError> {
        let file = self.place.join(batch.name);
        let size = file.metadata().map_err(|cause| DataError::io("read", &file, cause))?.len();
        let record = self.batches.record(self.official.shape);
        if size == 0 || !size.is_multiple_of(record as u64) {
            let (set, remedy) = (self.official.name.to_owned(), self.remedy());
            return Err(DataError::RecordSize { file, size, record, set, remedy });
        }
        let found = size / record as u64;
        match usize::try_from(found) {
            Ok(count) if count == batch.records || (count < batch.records && self.allow_partial) => Ok(count),
            _ => {
                let mut remedy = self.remedy();
                if found < batch.records as u64 {
                    remedy.push_str(", or accept a part of the set (--allow-partial)");
                }
                Err(DataError::RecordCount { file, found, expected: batch.records, remedy })
            }
        }
    }

    /// Adds the records of a batch to `split` until it holds `wanted`, and checks the rest.
    fn read(&self, batch: &Batch, count: usize, wanted: usize, split: &mut Split) -> Result<FileSum, DataError> {
        let path = self.place.join(batch.name);
        let failed = |cause| DataError::io("read", &path, cause);
        let mut reader = BufReader::with_capacity(CHUNK, Hashing::new(door::open(&path).map_err(failed)?));
        let mut record = vec![0; self.batches.record(self.official.shape)];
        for i in 0..count {
            reader.read_exact(&mut record).map_err(failed)?;
            let (labels, pixels) = record.split_at(self.batches.labels.len());
            let label = self.label(&path, i, labels)?;
            if split.len() < wanted {
                split.labels.push(label);
                split.images.extend(pixels.iter().map(|&byte| self.table[usize::from(byte)]));
            }
        }
        Ok(FileSum { name: hash::name_of(&path), sha256: reader.into_inner().sha256() })
    }

    /// The label of record `record`, the last of its label bytes.
    fn label(&self, file: &Path, record: usize, bytes: &[u8]) -> Result<u32, DataError> {
        let mut last = 0;
        for (i, (&label, &classes)) in bytes.iter().zip(self.batches.labels).enumerate() {
            if usize::from(label) >= classes {
                return Err(DataError::Label {
                    file: file.to_owned(),
                    what: if i + 1 < bytes.len() { "coarse label" } else { "label" },
                    record,
                    label,
                    classes,
                    remedy: self.remedy(),
                });
            }
            last = u32::from(label);
        }
        Ok(last)
    }

    fn remedy(&self) -> String {
        format!("remove it and download it again (valleyscope data fetch {})", self.official.name)
    }
}

#[cfg(test)]
pub mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::data::{Pixels, load};

    /// A record with these label bytes, whose image depends on `seed`.
    pub fn record(labels: &[u8], seed: usize) -> Vec<u8> {
        labels.iter().copied().chain((0..3072).map(|i| ((i + seed * 7) % 256) as u8)).collect()
    }

    /// A folder with a part of CIFAR-10 in `place`: record `i` of batch `b` has label `(b + i) % 10`.
    pub fn part_of_cifar_10(place: &str) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join(place);
        fs::create_dir_all(&own).unwrap();
        for (b, n) in [(1, 3), (2, 1), (3, 2), (4, 1), (5, 1)] {
            let bytes: Vec<u8> = (0..n).flat_map(|i| record(&[((b + i) % 10) as u8], 10 * b + i)).collect();
            fs::write(own.join(format!("data_batch_{b}.bin")), bytes).unwrap();
        }
        fs::write(own.join("test_batch.bin"), [record(&[9], 1), record(&[8], 2)].concat()).unwrap();
        dir
    }

    fn signed(byte: u16) -> f32 {
        ((f64::from(byte) / 255.0 - 0.5) / 0.5) as f32
    }

    pub fn spec(dir: &Path) -> DataSpec {
        DataSpec { name: "cifar-10".to_owned(), dir: Some(dir.to_owned()), allow_partial: true, ..DataSpec::default() }
    }

    #[test]
    fn a_part_is_read_in_the_order_of_the_batches_and_said_to_be_one() {
        let places = ["cifar-10/cifar-10-batches-bin", "cifar-10", "cifar-10-batches-bin", ""];
        for place in places {
            let dir = part_of_cifar_10(place);
            let set = load(&spec(dir.path()), 0).unwrap();
            assert_eq!((set.shape, set.classes, set.pixels), ([3, 32, 32], 10, Some(Pixels::Signed)));
            assert_eq!(set.train.labels, [1, 2, 3, 2, 3, 4, 4, 5]);
            assert_eq!(set.test.labels, [9, 8]);
            // Pixel 5 of the second record of the third batch: seed 31, 222 in all.
            assert_eq!(set.train.images[5 * 3072 + 5], signed(5 + 31 * 7));
            assert_eq!(
                set.notes,
                [
                    "The files hold a part of cifar-10: 8 of 50000 training records.",
                    "The files hold a part of cifar-10: 2 of 10000 test records."
                ]
            );
            let on_disk = fs::read(dir.path().join(place).join("data_batch_3.bin")).unwrap();
            assert_eq!((set.files.len(), &set.files[2].sha256), (6, &hash::of_bytes(&on_disk)));
        }
    }

    #[test]
    fn counts_cross_the_batches_and_the_pixel_range_is_followed() {
        let dir = part_of_cifar_10("cifar-10");
        let all = load(&spec(dir.path()), 0).unwrap();
        let few = DataSpec { train_count: Some(4), test_count: Some(1), ..spec(dir.path()) };
        let few = load(&few, 0).unwrap();
        assert_eq!(few.train.images, all.train.images[..4 * 3072]);
        assert_eq!(
            (few.train.labels.as_slice(), few.test.labels.as_slice()),
            ([1, 2, 3, 2].as_slice(), [9].as_slice())
        );
        assert_eq!(few.files, all.files);
        let unit = load(&DataSpec { pixels: Some(Pixels::Unit), ..spec(dir.path()) }, 0).unwrap();
        assert_eq!(unit.test.images[0], 7.0 / 255.0);
        let many = DataSpec { train_count: Some(9), ..spec(dir.path()) };
        assert!(load(&many, 0).unwrap_err().to_string().contains("8 training"));
    }

    #[test]
    fn a_part_needs_the_option() {
        let dir = part_of_cifar_10("cifar-10");
        let text = load(&DataSpec { allow_partial: false, ..spec(dir.path()) }, 0).unwrap_err().to_string();
        assert!(text.contains("data_batch_1.bin: holds 3 records, where the official file has 10000"), "{text}");
        assert!(text.contains("--allow-partial") && text.contains("valleyscope data fetch cifar-10"), "{text}");
    }

    #[test]
    fn damaged_batches_are_named_with_or_without_the_option() {
        let dir = part_of_cifar_10("cifar-10");
        let path = dir.path().join("cifar-10/data_batch_2.bin");
        let text = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let text = load(&spec(dir.path()), 0).unwrap_err().to_string();
            assert!(text.contains(&path.display().to_string()), "{text}");
            text
        };
        for size in [0, 3072, 3074] {
            let text = text(&vec![1; size]);
            assert!(text.contains(&format!("has {size} bytes")) && text.contains("records of 3073 bytes"), "{text}");
        }
        let bad = [record(&[9], 1), record(&[10], 2)].concat();
        assert!(text(&bad).contains("label 10 of record 1 is no class of this data set (0 to 9)"));
        let file = fs::File::create(&path).unwrap();
        file.set_len(10_001 * 3073).unwrap();
        let text = load(&spec(dir.path()), 0).unwrap_err().to_string();
        assert!(text.contains("holds 10001 records") && !text.contains("--allow-partial"), "{text}");
    }

    #[test]
    fn a_missing_batch_is_named() {
        let dir = part_of_cifar_10("cifar-10-batches-bin");
        fs::remove_file(dir.path().join("cifar-10-batches-bin/data_batch_4.bin")).unwrap();
        let text = load(&spec(dir.path()), 0).unwrap_err().to_string();
        assert!(text.contains("data_batch_4.bin not found in") && !text.contains("data_batch_1"), "{text}");
        assert!(text.contains("valleyscope data fetch cifar-10"), "{text}");
    }

    #[test]
    fn the_fine_label_of_cifar_100_counts_and_the_coarse_one_is_checked() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("test.bin"), record(&[19, 99], 3)).unwrap();
        fs::write(dir.path().join("train.bin"), [record(&[4, 30], 1), record(&[0, 7], 2)].concat()).unwrap();
        let spec = DataSpec { name: "cifar-100".to_owned(), ..spec(dir.path()) };
        let set = load(&spec, 0).unwrap();
        assert_eq!((set.shape, set.classes), ([3, 32, 32], 100));
        assert_eq!((set.train.labels, set.test.labels), (vec![30, 7], vec![99]));
        assert_eq!(set.train.images[3072 + 1], signed(15));

        fs::write(dir.path().join("train.bin"), record(&[20, 7], 1)).unwrap();
        let text = load(&spec, 0).unwrap_err().to_string();
        assert!(text.contains("train.bin: coarse label 20 of record 0") && text.contains("0 to 19"), "{text}");
        fs::write(dir.path().join("train.bin"), record(&[0, 100], 1)).unwrap();
        assert!(load(&spec, 0).unwrap_err().to_string().contains(": label 100 of record 0"));
    }

    #[cfg(unix)]
    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn the_first_records_of_cifar_10_are_read() {
        let shared = PathBuf::from(std::env::var_os("VALLEYSCOPE_SHARED").unwrap());
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("cifar-10-batches-bin");
        std::os::unix::fs::symlink(shared.join("data/cifar-10-subset"), &place).unwrap();
        let set = load(&spec(dir.path()), 0).unwrap();
        assert_eq!((set.train.len(), set.test.len()), (4000 + 761 + 761 + 1009 + 761, 1000));
        assert_eq!(set.train.labels[..20], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 4, 7, 7, 2, 9, 9, 9, 3, 2, 6]);
        // The sums of the listing beside the files.
        assert_eq!(set.files[0].sha256, "0993cf8b8e43bc207603aef9787006995746513f5e3fa5a52e06d1b069926330");
        assert_eq!(set.files[5].sha256, "8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5");
        // The planes come in the order red, green, blue: the means that everyone normalises by are 0.491, 0.482, 0.447.
        let mean = |plane: usize| {
            let bytes = set.train.images.chunks_exact(1024).skip(plane).step_by(3).flatten();
            (bytes.map(|&x| f64::from(x)).sum::<f64>() / (set.train.len() * 1024) as f64 + 1.0) / 2.0
        };
        for (plane, want) in [0.4914, 0.4822, 0.4465].into_iter().enumerate() {
            assert!((mean(plane) - want).abs() < 0.01, "{plane}: {}", mean(plane));
        }
    }
}
