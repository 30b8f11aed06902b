//! Names of files beside a file.

use std::path::{Path, PathBuf};

/// `path` with `suffix` appended to its name; SQLite names its own side files so, too.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
