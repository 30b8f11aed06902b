//! Where walks of a recipe ended.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Deserializer};

use crate::{recipe::task::Unfinished, temporary};

/// The last iterate of a walk, written as the walk's name; or the average beside it, written `NAME@average`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub walk: String,
    pub average: bool,
}

const AVERAGE: &str = "@average";

impl FromStr for End {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<End, Self::Err> {
        Ok(match text.strip_suffix(AVERAGE) {
            Some(walk) => End { walk: walk.into(), average: true },
            None => End { walk: text.into(), average: false },
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.walk, if self.average { AVERAGE } else { "" })
    }
}

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(|text| match text.parse() {
            Ok(end) => end,
        })
    }
}

/// The run files of a recipe's walks, in a folder that goes when this does.
pub struct Ends {
    folder: temporary::Folder,
    /// Walks by name and seed; the place is the name of the file.
    walks: Vec<(String, u64)>,
}

impl Ends {
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new() -> std::io::Result<Ends> {
        Ok(Ends { folder: temporary::Folder::new()?, walks: Vec::new() })
    }

    /// The file for a walk that is about to begin.
    pub fn file_for(&mut self, walk: &str, seed: u64) -> PathBuf {
        self.walks.push((walk.into(), seed));
        self.path(self.walks.len() - 1)
    }

    /// What to open for an end, as on the command line.
    ///
    /// # Errors
    /// When there is no such walk.
    pub fn of(&self, end: &End, seed: u64) -> Result<PathBuf, Unfinished> {
        let place = self.walks.iter().position(|(walk, of)| *walk == end.walk && *of == seed);
        let place = place.ok_or_else(|| Unfinished::NoWalk(end.to_string()))?;
        let mut path = self.path(place).into_os_string();
        if end.average {
            path.push(AVERAGE);
        }
        Ok(path.into())
    }

    fn path(&self, place: usize) -> PathBuf {
        self.folder.path().join(format!("{place}.valley"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_walk_or_its_average() {
        for (text, walk, average) in [("sgd", "sgd", false), ("swa, lenet@average", "swa, lenet", true)] {
            let Ok(end) = text.parse::<End>();
            assert_eq!((end.walk.as_str(), end.average, end.to_string().as_str()), (walk, average, text));
        }
    }

    #[test]
    fn walks_are_kept_apart_by_name_and_seed() {
        let mut ends = Ends::new().unwrap();
        let files = [("a", 1), ("b", 1), ("a", 2)].map(|(walk, seed)| ends.file_for(walk, seed));
        let Ok(a) = "a".parse::<End>();
        assert_eq!(ends.of(&a, 2).unwrap(), files[2]);
        assert!(matches!(ends.of(&a, 3), Err(Unfinished::NoWalk(_))));
        let Ok(average) = "b@average".parse::<End>();
        let path = ends.of(&average, 1).unwrap();
        assert_eq!(path.to_str().unwrap(), format!("{}@average", files[1].display()));
    }
}
