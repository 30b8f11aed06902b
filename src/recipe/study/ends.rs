//! Where walks of a recipe ended.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Deserializer};

use crate::{recipe::task::Unfinished, temporary};

/// The last iterate of a walk, written as the walk's name; or the average beside it, `NAME@average`, or an iterate that it keeps on its
/// way, `NAME@STEP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub walk: String,
    moment: Option<Moment>,
}

/// What of a walk is meant when it is not its last iterate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Average,
    Step(u64),
}

/// The name of [`Moment::Average`] behind the @, as in the path of a checkpoint.
const AVERAGE: &str = "average";

impl End {
    /// Whether the average beside the walk is meant.
    pub fn is_average(&self) -> bool {
        self.moment == Some(Moment::Average)
    }

    /// The iteration that is meant, when it is not the last one.
    pub fn step(&self) -> Option<u64> {
        if let Some(Moment::Step(step)) = self.moment { Some(step) } else { None }
    }
}

impl FromStr for End {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<End, Self::Err> {
        let apart = text.rsplit_once('@').and_then(|(walk, moment)| {
            let moment = if moment == AVERAGE { Moment::Average } else { Moment::Step(moment.parse().ok()?) };
            Some(End { walk: walk.into(), moment: Some(moment) })
        });
        Ok(apart.unwrap_or_else(|| End { walk: text.into(), moment: None }))
    }
}

impl fmt::Display for Moment {
    /// With the @ before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Average => write!(f, "@{AVERAGE}"),
            Moment::Step(step) => write!(f, "@{step}"),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.moment.map_or(String::new(), |moment| moment.to_string());
        write!(f, "{}{moment}", self.walk)
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
        if let Some(moment) = end.moment {
            path.push(moment.to_string());
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
    fn an_end_is_a_walk_or_its_average_or_an_iterate_of_it() {
        for (text, walk, average, step) in [
            ("sgd", "sgd", false, None),
            ("swa, lenet@average", "swa, lenet", true, None),
            ("swa, lenet@120", "swa, lenet", false, Some(120)),
            ("sgd@0", "sgd", false, Some(0)),
            ("at@home", "at@home", false, None),
            ("at@home@5", "at@home", false, Some(5)),
        ] {
            let Ok(end) = text.parse::<End>();
            assert_eq!((end.walk.as_str(), end.is_average(), end.step()), (walk, average, step));
            assert_eq!(end.to_string(), text);
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
        let Ok(step) = "b@30".parse::<End>();
        assert_eq!(ends.of(&step, 1).unwrap().to_str().unwrap(), format!("{}@30", files[1].display()));
    }
}
