//! Files and folders opened lately.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Files that "Open recent" remembers.
const REMEMBERED: usize = 12;

/// What "Open recent" offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Newest first.
    paths: Vec<PathBuf>,
}

impl Recent {
    /// Files and folders opened lately, newest first.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Puts a path first.
    pub fn add(&mut self, path: &Path) {
        self.paths.retain(|p| p != path);
        self.paths.insert(0, path.into());
        self.paths.truncate(REMEMBERED);
    }

    pub fn clear(&mut self) {
        self.paths.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_files_are_few_and_newest_first() {
        let mut recent = Recent::default();
        (0..20).for_each(|i| recent.add(Path::new(&i.to_string())));
        recent.add(Path::new("12"));
        assert_eq!((recent.paths().len(), recent.paths()[0].to_str()), (REMEMBERED, Some("12")));
        assert_eq!(recent.paths().iter().filter(|p| p.to_str() == Some("12")).count(), 1);
    }
}
