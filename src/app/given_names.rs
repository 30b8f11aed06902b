//! The names that the user has given runs, by their files; the files themselves know nothing of them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GivenNames(BTreeMap<PathBuf, String>);

impl GivenNames {
    /// What the run of a file is called, if it was given a name.
    pub fn of(&self, file: &Path) -> Option<&str> {
        self.0.get(&whole(file)).map(String::as_str)
    }

    /// Gives the run of a file a name, or takes it away.
    pub fn give(&mut self, file: &Path, name: Option<String>) {
        match name {
            Some(name) => drop(self.0.insert(whole(file), name)),
            None => drop(self.0.remove(&whole(file))),
        }
    }
}

/// The same file has one name, wherever the program was started.
fn whole(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_remembered_by_file() {
        let mut names = GivenNames::default();
        names.give(Path::new("/runs/a.valley"), Some("the good one".into()));
        names.give(Path::new("/runs/b.valley"), Some("b".into()));
        names.give(Path::new("/runs/b.valley"), None);
        let text = serde_json::to_string(&names).unwrap();
        assert_eq!(text, r#"{"/runs/a.valley":"the good one"}"#);
        let back: GivenNames = serde_json::from_str(&text).unwrap();
        assert_eq!(back.of(Path::new("/runs/a.valley")), Some("the good one"));
        assert_eq!(back.of(Path::new("/runs/b.valley")), None);
    }
}
