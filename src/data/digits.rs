//! The built-in handwritten digits: 1,797 images of 8×8 pixels from the UCI repository (see `assets/digits`).

use std::path::PathBuf;

use super::idx::{Idx, Packing};
use super::{DataError, DataSpec, Dataset, FileSum, Split, half::Half, hash};

/// Training images: the first so many in stored order. The rest, [`TEST`], test.
pub const TRAIN: usize = 1437;
/// Test images.
pub const TEST: usize = 360;
/// Height and width, pixels.
const SIDE: usize = 8;
/// The largest value a pixel has.
const FULL: u8 = 16;
const CLASSES: usize = 10;

const IMAGES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/digits/images-idx3-ubyte.gz"));
const LABELS: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/digits/labels-idx1-ubyte.gz"));

/// Loads the digits, shape `[1, 8, 8]`, ten classes.
///
/// # Errors
///
/// [`DataError::Count`]; the built-in files pass the same checks as any other, and their tests.
pub fn load(spec: &DataSpec) -> Result<Dataset, DataError> {
    let train = Half::Train.count(spec, TRAIN, TRAIN)?;
    let test = Half::Test.count(spec, TEST, TEST)?;
    let (image_name, label_name) = ("digits/images-idx3-ubyte.gz", "digits/labels-idx1-ubyte.gz");
    let damaged = |name: &str, cause| DataError::Idx {
        file: PathBuf::from(name),
        cause,
        remedy: "this built-in file was damaged when the program was built: build or install it again".to_owned(),
    };
    let image_bytes = Idx::<3>::open(IMAGES, Packing::Gzip)
        .and_then(|idx| idx.first(usize::MAX))
        .map_err(|e| damaged(image_name, e))?;
    let label_bytes = Idx::<1>::open(LABELS, Packing::Gzip)
        .and_then(|idx| idx.first(usize::MAX))
        .map_err(|e| damaged(label_name, e))?;

    let pixels = spec.pixels.unwrap_or_default();
    let area = SIDE * SIDE;
    let split = |first: usize, count: usize| Split {
        images: pixels.scale(&image_bytes[first * area..(first + count) * area], FULL),
        labels: label_bytes[first..first + count].iter().map(|&label| u32::from(label)).collect(),
    };
    Ok(Dataset {
        name: spec.name.clone(),
        shape: [1, SIDE, SIDE],
        classes: CLASSES,
        train: split(0, train),
        test: split(TRAIN, test),
        files: vec![
            FileSum { name: image_name.to_owned(), sha256: hash::of_bytes(IMAGES) },
            FileSum { name: label_name.to_owned(), sha256: hash::of_bytes(LABELS) },
        ],
        pixels: Some(pixels),
        scale: None,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Pixels;

    fn per_class(split: &Split) -> [usize; CLASSES] {
        let mut counts = [0; CLASSES];
        for &label in &split.labels {
            counts[label as usize] += 1;
        }
        counts
    }

    #[test]
    fn the_facts_of_the_set_hold() {
        let set = load(&DataSpec::default()).unwrap();
        assert_eq!((set.shape, set.classes, set.pixels), ([1, 8, 8], 10, Some(Pixels::Unit)));
        assert_eq!((set.train.len(), set.test.len()), (1437, 360));
        assert_eq!((set.train.images.len(), set.test.images.len()), (1437 * 64, 360 * 64));
        assert_eq!(per_class(&set.train), [143, 146, 142, 146, 144, 145, 144, 143, 141, 143]);
        assert_eq!(per_class(&set.test), [35, 36, 35, 37, 37, 37, 37, 36, 33, 37]);
        assert_eq!(set.train.labels[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        // The first image's second row, as the repository has it.
        assert_eq!(set.train.images[8..16].map_values(), [0, 0, 13, 15, 10, 15, 5, 0]);
        let all = || set.train.images.iter().chain(&set.test.images).copied();
        assert_eq!(all().fold(0.0, f32::max), 1.0);
        assert_eq!(all().fold(1.0, f32::min), 0.0);
        // The sum of all pixels, an integer: 561,718 in the original.
        assert_eq!(all().map(|x| f64::from(x) * 16.0).sum::<f64>(), 561_718.0);
    }

    #[test]
    fn signed_pixels_run_from_minus_one_to_one() {
        let unit = load(&DataSpec::default()).unwrap();
        let set = load(&DataSpec { pixels: Some(Pixels::Signed), ..DataSpec::default() }).unwrap();
        assert_eq!(set.pixels, Some(Pixels::Signed));
        // Sixteenths are exact in f32, so the formula is too.
        assert!(unit.train.images.iter().zip(&set.train.images).all(|(u, s)| *s == 2.0 * u - 1.0));
    }

    #[test]
    fn both_source_files_are_named_with_their_sums() {
        let sums: Vec<_> = load(&DataSpec::default()).unwrap().files.into_iter().map(|file| file.sha256).collect();
        assert_eq!(
            sums,
            [
                "16bf71e8bfa958f11ad68a045567f2a2f5362b27ab1e7cadd4cf9a3cbb37176e",
                "22e1486adc7849d49bbac7f3e6227134ade1aea8cf5289c8dceeecd5a005d43c"
            ]
        );
    }

    trait Sixteenths {
        fn map_values(&self) -> Vec<u8>;
    }

    impl Sixteenths for [f32] {
        fn map_values(&self) -> Vec<u8> {
            self.iter().map(|x| (x * 16.0) as u8).collect()
        }
    }
}
