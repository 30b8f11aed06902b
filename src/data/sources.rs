//! Where the files of a data set may be.

use std::path::{Path, PathBuf};

use super::catalog::{self, Form, OfficialSet};
use super::cifar_python;
use super::idx_names::variants;
use super::{DataSpec, own};

/// Every place where [`load`](super::load) may look for a file of this data set, whether there is one or not: as long
/// as nothing changes there, it loads the same. None for what is built in or drawn.
pub fn sources(spec: &DataSpec) -> Vec<PathBuf> {
    let mut places = match spec.name.as_str() {
        "digits" | "moons" | "spirals" | "separable" => Vec::new(),
        name => match catalog::find(name) {
            Some(official) => official_places(official, spec.dir.as_deref()),
            None => own::places(Path::new(name)),
        },
    };
    places.extend(spec.labels.clone());
    places
}

/// Whether the seed decides anything of what [`load`](super::load) gives.
pub fn is_drawn(spec: &DataSpec) -> bool {
    spec.corrupt > 0 || matches!(spec.name.as_str(), "moons" | "spirals" | "separable")
}

fn official_places(official: &OfficialSet, dir: Option<&Path>) -> Vec<PathBuf> {
    // Without a folder nothing is found.
    let Ok(folder) = catalog::folder(dir) else { return Vec::new() };
    match &official.form {
        Form::Idx(files) => {
            let names: Vec<String> = files.iter().flat_map(|file| variants(file.name).map(|(name, _)| name)).collect();
            within(&catalog::places(&folder, official), &names)
        }
        Form::Batches(batches) => {
            let names: Vec<String> = batches.all().map(|batch| batch.name.to_owned()).collect();
            let mut all = within(&catalog::batch_places(&folder, official, batches), &names);
            all.extend(cifar_python::sources(&folder, official, batches));
            all
        }
    }
}

/// Every name in every folder.
fn within(folders: &[PathBuf], names: &[String]) -> Vec<PathBuf> {
    folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{NAMES, load};

    #[test]
    fn the_seed_decides_what_is_drawn_and_nothing_else() {
        let sets = [("digits", 0), ("digits", 3), ("moons", 0), ("spirals", 0), ("moons", 2), ("separable", 0)];
        for (name, corrupt) in sets {
            let spec = DataSpec { name: name.into(), corrupt, train_count: Some(40), ..DataSpec::default() };
            let [one, other] = [1, 2].map(|seed| load(&spec, seed).unwrap().train);
            let is_same = one.images == other.images && one.labels == other.labels;
            assert_eq!(is_same, !is_drawn(&spec), "{name} {corrupt}");
        }
    }

    /// What was read is among them: the sums of a set's files are of files that are named here.
    #[test]
    fn every_file_that_is_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let labels = dir.path().join("labels.txt");
        std::fs::write(&labels, "1\n2\n").unwrap();
        let spec = DataSpec { train_count: Some(2), labels: Some(labels.clone()), ..DataSpec::default() };
        assert_eq!(sources(&spec), [labels]);
        for name in ["moons", "spirals", "separable"] {
            assert_eq!(sources(&DataSpec { name: name.into(), ..DataSpec::default() }), Vec::<PathBuf>::new());
        }
        let cifar = super::super::cifar::tests::part_of_cifar_10("cifar-10");
        let dir = Some(cifar.path().to_owned());
        let spec = DataSpec { name: "cifar-10".into(), dir, allow_partial: true, ..DataSpec::default() };
        let (read, named) = (load(&spec, 0).unwrap().files, sources(&spec));
        assert_eq!(read.len(), 6);
        for file in read {
            assert!(named.iter().any(|path| path.ends_with(&file.name) && path.is_file()), "{}", file.name);
        }
        let images = NAMES.iter().filter(|name| catalog::find(name).is_some());
        for name in images {
            let spec = DataSpec { name: (*name).into(), dir: Some("/d".into()), ..DataSpec::default() };
            assert!(sources(&spec).len() >= 8, "{name}");
        }
    }

    #[test]
    fn a_folder_of_ones_own_is_looked_through() {
        let dir = tempfile::tempdir().unwrap();
        let spec = DataSpec { name: dir.path().display().to_string(), ..DataSpec::default() };
        let named = sources(&spec);
        for file in ["train.safetensors", "test.safetensors", "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"] {
            assert!(named.contains(&dir.path().join(file)), "{file}");
        }
        assert!(named.contains(&dir.path().to_path_buf()));
    }
}
