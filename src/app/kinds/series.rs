//! Where something is measured that takes one checkpoint or many: at a checkpoint, or at those of a folder or of a run.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::{
    library::{Library, Role},
    opened::short,
};

/// A choice among what is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Series {
    /// A checkpoint or a path of checkpoints; `None` is A.
    #[serde(skip)]
    pub chosen: Option<PathBuf>,
    /// So many checkpoints of a path at most, spread evenly, its ends among them.
    pub most: usize,
}

impl Default for Series {
    fn default() -> Self {
        Series { chosen: None, most: 12 }
    }
}

impl Series {
    /// What is meant: what was chosen while it is open, or A.
    pub fn at<'a>(&'a self, library: &'a Library) -> Option<&'a Path> {
        let chosen = self.chosen.as_deref().filter(|path| library.has(path));
        chosen.or(library.at(Role::A).map(|point| point.path.as_path()))
    }

    /// Whether a path of several checkpoints is meant.
    pub fn is_path(&self, library: &Library) -> bool {
        let at = self.at(library);
        library.trails().any(|trail| Some(trail.path.as_path()) == at)
    }

    /// Files that hold the checkpoints that are meant, in their order: a path of which all are wanted stands for them.
    ///
    /// # Errors
    /// When none is open, in words.
    pub fn files(&self, library: &Library) -> Result<Vec<PathBuf>, String> {
        let at = self.at(library).ok_or("Open a checkpoint and make it A.")?;
        let Some(trail) = library.trails().find(|trail| trail.path == at) else { return Ok(vec![at.into()]) };
        let all: Vec<&Path> = trail.found.points.iter().map(|point| point.path.as_path()).collect();
        if all.len() <= self.most {
            return Ok(vec![at.into()]);
        }
        Ok(spread(all.len(), self.most).into_iter().map(|place| all[place].into()).collect())
    }
}

/// Files in a few words.
pub fn place(files: &[PathBuf]) -> String {
    match files {
        [] => "no checkpoint".into(),
        [one] => short(one),
        [first, .., last] => format!("{} – {}", short(first), short(last)),
    }
}

/// Places of at most `most` of `count` things in a row, as evenly as can be, both ends among them; of one, the last.
fn spread(count: usize, most: usize) -> Vec<usize> {
    match most.min(count) {
        0 => (count > 0).then(|| count - 1).into_iter().collect(),
        1 => vec![count - 1],
        some => (0..some).map(|k| (k * (count - 1) + (some - 1) / 2) / (some - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spread_evenly_and_have_both_ends() {
        assert_eq!(spread(5, 12), [0, 1, 2, 3, 4]);
        assert_eq!((spread(0, 3), spread(7, 1), spread(7, 0)), (vec![], vec![6], vec![6]));
        for count in 2..60 {
            for most in 2..15 {
                let places = spread(count, most);
                assert_eq!((places.len(), places[0], places[places.len() - 1]), (most.min(count), 0, count - 1));
                let gaps: Vec<usize> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
                let (least, greatest) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
                assert!(*least > 0 && greatest - least <= 1, "{count} {most}: {places:?}");
            }
        }
    }

    #[test]
    fn files_are_told_by_their_ends() {
        let files = ["dir/a.pt", "b.pt", "c.pt"].map(PathBuf::from);
        assert_eq!(
            (place(&files[..1]), place(&files), place(&[])),
            ("a.pt".into(), "a.pt – c.pt".into(), "no checkpoint".into())
        );
    }

    #[test]
    fn without_a_checkpoint_it_is_said() {
        let series = Series::default();
        assert!(series.files(&Library::default()).unwrap_err().contains("make it A"));
        assert!(!series.is_path(&Library::default()) && series.at(&Library::default()).is_none());
    }
}
