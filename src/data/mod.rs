//! Data sets: what a run trains and tests on.
//!
//! [`load`] turns a [`DataSpec`] into a [`Dataset`]: 8×8 digits that are compiled in, MNIST, Fashion-MNIST and CIFAR
//! from their official files, three synthetic sets of points in the plane, and a user's own images from IDX or
//! safetensors files. The same spec and seed give the same records, labels and order. [`fetch()`] downloads the
//! official files and checks them.

mod archive;
mod arrays;
mod catalog;
mod cifar;
mod cifar_python;
mod corruption;
mod dataset;
mod digits;
mod error;
mod fetch;
#[cfg(test)]
mod fetch_tests;
mod folder;
#[cfg(test)]
mod form_tests;
mod half;
mod hash;
mod idx;
mod idx_names;
mod images;
mod labels;
mod layout;
#[cfg(test)]
mod mutation_tests;
mod names;
mod own;
#[cfg(test)]
mod own_tests;
mod part;
mod pixels;
mod range_words;
mod records;
mod scale;
mod scaling;
mod sources;
mod spec;
mod status;
mod stream;
mod synthetic;
mod tensor_error;
mod tensors;
#[cfg(test)]
mod unpack_tests;

use std::path::Path;

pub use corruption::Corruption;
pub use dataset::{Dataset, FileSum, Split};
pub use error::{AddressError, DataError};
pub use fetch::{FetchProgress, FetchReport, Fetched, Outcome, fetch};
pub use idx::IdxError;
pub use layout::Layout;
pub use names::NAMES;
pub use pixels::Pixels;
pub use range_words::{range_words, scale_words};
pub use scale::{PerChannel, Scale};
pub use sources::{is_drawn, sources};
pub use spec::DataSpec;
pub use status::{FileState, Place, SetStatus, State, download_size, is_present, status, verify};
pub use tensor_error::TensorError;

use catalog::Form;
use names::unknown_name;

/// What a record of a data set looks like before anything is loaded: `[C, H, W]` and the number of classes. `None` for
/// what is no name, as the path of a user's own data.
pub fn shape_of(name: &str) -> Option<([usize; 3], usize)> {
    match name {
        "digits" => Some(([1, 8, 8], 10)),
        "moons" | "spirals" | "separable" => Some(([2, 1, 1], 2)),
        name => catalog::find(name).map(|set| (set.shape, set.classes)),
    }
}

/// How many training records `spec` takes of an official set, before anything is loaded; `None` for any other data.
pub fn official_count(spec: &DataSpec) -> Option<usize> {
    let set = catalog::find(&spec.name)?;
    Some(spec.train_count.map_or(set.train, |count| count.min(set.train)))
}

/// Loads the data set that `spec` describes.
///
/// `seed` decides the points of a synthetic set and the labels that `corrupt` draws, each from a random stream of its
/// own, so that neither changes the other. Nothing else is random.
///
/// # Errors
///
/// An unknown name, a missing or damaged file, a count outside of what there is, an unfit label file: see
/// [`DataError`].
pub fn load(spec: &DataSpec, seed: u64) -> Result<Dataset, DataError> {
    if spec.images.is_some() && !own::is_own(&spec.name) {
        return Err(DataError::Unknown(
            "the order of the axes (--images) is for your own .safetensors images; leave it out".into(),
        ));
    }
    if spec.first_label.is_some() && !own::is_own(&spec.name) {
        return Err(DataError::Unknown("the first label (--first-label) is for your own data; leave it out".into()));
    }
    let mut set = scaling::scaled(spec, own::is_own(&spec.name), |spec| read(spec, seed))?;
    if let Some(path) = &spec.labels {
        let (labels, sum) = labels::read(path, set.train.len(), set.classes)?;
        set.train.labels = labels;
        set.files.push(sum);
    }
    let drawn = labels::corrupt(&mut set.train.labels, set.classes, spec.corrupt, spec.corrupt_as, seed)?;
    set.notes.extend(drawn);
    Ok(set)
}

/// Reads the records in a plain range of pixels, with their own labels.
fn read(spec: &DataSpec, seed: u64) -> Result<Dataset, DataError> {
    match spec.name.as_str() {
        "digits" => digits::load(spec),
        "moons" => synthetic::load(synthetic::Shape::Moons, spec, seed),
        "spirals" => synthetic::load(synthetic::Shape::Spirals, spec, seed),
        "separable" => synthetic::load(synthetic::Shape::Separable, spec, seed),
        name => match catalog::find(name) {
            Some(official) => match &official.form {
                Form::Idx(files) => images::load(official, files, spec),
                Form::Batches(batches) => cifar::load(official, batches, spec),
            },
            None if own::is_path(name) => own::load(Path::new(name), spec),
            None => Err(unknown_name(name)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_spec_loads_all_digits() {
        let set = load(&DataSpec::default(), 0).unwrap();
        assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("digits", 1437, 360));
    }

    #[test]
    fn every_name_is_known() {
        let dir = tempfile::tempdir().unwrap();
        for name in NAMES {
            let spec = DataSpec { name: name.to_owned(), dir: Some(dir.path().into()), ..DataSpec::default() };
            match load(&spec, 0) {
                Ok(set) => assert_eq!(set.name, name),
                Err(error) => assert!(matches!(error, DataError::Missing { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn an_unknown_name_gets_a_suggestion() {
        let spec = DataSpec { name: "mnits".to_owned(), ..DataSpec::default() };
        let text = load(&spec, 0).unwrap_err().to_string();
        assert!(text.contains("did you mean \"mnist\"?"), "{text}");
    }

    #[test]
    fn counts_outside_of_what_there_is_are_errors_that_say_how_many_there_are() {
        for asked in [0, 1438] {
            let spec = DataSpec { train_count: Some(asked), ..DataSpec::default() };
            let text = load(&spec, 0).unwrap_err().to_string();
            assert!(text.contains("1437 training") && text.contains(&asked.to_string()), "{text}");
        }
        let spec = DataSpec { test_count: Some(361), ..DataSpec::default() };
        assert!(load(&spec, 0).unwrap_err().to_string().contains("360 test"));
    }

    #[test]
    fn a_count_takes_the_first_records() {
        let all = load(&DataSpec::default(), 0).unwrap();
        let spec = DataSpec { train_count: Some(7), test_count: Some(3), ..DataSpec::default() };
        let few = load(&spec, 0).unwrap();
        assert_eq!((few.train.len(), few.test.len()), (7, 3));
        assert_eq!(few.train.images, all.train.images[..7 * 64]);
        assert_eq!(few.train.labels, all.train.labels[..7]);
        assert_eq!(few.test.images, all.test.images[..3 * 64]);
    }

    #[test]
    fn corrupt_changes_the_last_labels_only_and_by_the_seed() {
        let clean = load(&DataSpec::default(), 5).unwrap();
        let spec = DataSpec { train_count: Some(1000), corrupt: 400, ..DataSpec::default() };
        let (a, b, c) = (load(&spec, 5).unwrap(), load(&spec, 5).unwrap(), load(&spec, 6).unwrap());
        assert_eq!(a, b);
        assert_ne!(a.train.labels, c.train.labels);
        assert_eq!(a.train.labels[..600], clean.train.labels[..600]);
        assert_eq!(a.train.images, clean.train.images[..1000 * 64]);
        assert_eq!(a.test, clean.test);
        // Of 400 labels drawn evenly from ten classes, about 40 are right by chance.
        let wrong = (600..1000).filter(|&i| a.train.labels[i] != clean.train.labels[i]).count();
        assert!((330..=390).contains(&wrong), "{wrong}");
        assert!((0..10).all(|class| a.train.labels[600..].contains(&class)));
    }

    #[test]
    fn corrupting_more_labels_than_there_are_is_an_error() {
        let spec = DataSpec { train_count: Some(10), corrupt: 11, ..DataSpec::default() };
        let text = load(&spec, 0).unwrap_err().to_string();
        assert!(text.contains("11") && text.contains("10"), "{text}");
        let spec = DataSpec { corrupt: 10, ..spec };
        assert_eq!(load(&spec, 0).unwrap().train.len(), 10);
    }

    #[test]
    fn a_label_file_replaces_the_training_labels_and_joins_the_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mine.txt");
        std::fs::write(&path, "9\n8\n7\n").unwrap();
        let spec = DataSpec { train_count: Some(3), labels: Some(path), ..DataSpec::default() };
        let set = load(&spec, 0).unwrap();
        assert_eq!(set.train.labels, [9, 8, 7]);
        let last = set.files.last().unwrap();
        assert_eq!((last.name.as_str(), last.sha256.len(), set.files.len()), ("mine.txt", 64, 3));
    }

    #[test]
    fn a_spec_survives_toml_and_takes_defaults() {
        let spec: DataSpec = toml::from_str("name = \"mnist\"\npixels = \"-1:1\"\ntrain_count = 5000").unwrap();
        let want = DataSpec {
            name: "mnist".to_owned(),
            pixels: Some(Pixels::Signed),
            train_count: Some(5000),
            ..DataSpec::default()
        };
        assert_eq!(spec, want);
        assert_eq!(toml::from_str::<DataSpec>(&toml::to_string(&spec).unwrap()).unwrap(), spec);
        assert_eq!(toml::from_str::<DataSpec>("").unwrap(), DataSpec::default());
    }
}
