//! Whole files or none.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::Path,
};

use super::ExportError;
use crate::whole_file;

/// Lets `fill` write to a new file beside `path`, then puts that in the place of `path`; on any error `path` stays as it
/// was and nothing is left beside it.
pub(super) fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), ExportError> {
    whole_file::write(path, fill).map_err(ExportError::write(path))
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        write(&path, |out| out.write_all(b"old")).unwrap();
        let error = write(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("the cable broke"))
        });
        let text = error.unwrap_err().to_string();
        assert!(text.contains("a.csv") && text.contains("the cable broke"), "{text}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        let nowhere = write(&dir.path().join("no/b.csv"), |_| Ok(())).unwrap_err().to_string();
        assert!(nowhere.contains("b.csv"), "{nowhere}");
    }
}
