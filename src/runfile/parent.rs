//! Where the file of a fork's parent is now.

use std::path::{Path, PathBuf};

use super::RunFileError;
use crate::run::Fork;

/// The parent's file: where it was when it was forked, or else under the same name beside `child`. `None` when it never
/// had one.
///
/// # Errors
/// When it is in neither place; both are named.
pub fn find_parent(fork: &Fork, child: Option<&Path>) -> Result<Option<PathBuf>, RunFileError> {
    let Some(path) = &fork.file else { return Ok(None) };
    if path.is_file() {
        return Ok(Some(path.clone()));
    }
    let beside = child.and_then(|child| Some(child.parent()?.join(path.file_name()?))).filter(|b| b != path);
    match beside {
        Some(beside) if beside.is_file() => Ok(Some(beside)),
        beside => Err(RunFileError::NoParent { path: path.clone(), beside }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{run::RunSpec, runfile::tests};

    #[test]
    fn a_parent_that_moved_with_its_child_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        [&old, &new].into_iter().for_each(|d| std::fs::create_dir(d).unwrap());
        let child = new.join("child.valley");
        let base = Box::new(RunSpec::default());
        let fork = Fork { run: String::new(), file: Some(old.join("a.valley")), step: 3, base };
        let error = find_parent(&fork, Some(&child)).unwrap_err().to_string();
        assert!(error.contains("old/a.valley") && error.contains("new/a.valley"), "{error}");
        assert!(!find_parent(&fork, None).unwrap_err().to_string().contains("nor"));
        tests::write_run(&new.join("a.valley"));
        assert_eq!(find_parent(&fork, Some(&child)).unwrap(), Some(new.join("a.valley")));
        tests::write_run(&old.join("a.valley"));
        assert_eq!(find_parent(&fork, Some(&child)).unwrap(), fork.file);
        assert_eq!(find_parent(&Fork { file: None, ..fork }, None).unwrap(), None);
    }
}
