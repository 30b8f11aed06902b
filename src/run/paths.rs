//! The paths that settings name. A run file or a recipe may come from somebody else, and what it names lies on this machine: it is opened
//! only when somebody here has named it, too.
//!
//! That is so of what is typed, and of the paths in runs that this user has recorded: a run file bears a mark of its paths, made with a
//! key that lies among the user's own data.

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rand::{TryRngCore as _, rngs::OsRng};
use sha2::{Digest as _, Sha256};

use super::RunSpec;
use crate::{
    data::{DataSpec, NAMES},
    door, temporary,
};

/// Bytes of the key.
const KEY: usize = 32;

static ALL: AtomicBool = AtomicBool::new(false);
static FOLLOWED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// A path that was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} names a place on this machine, {} ({option}), which was not opened: the file may come from somebody else. What is meant can \
     be opened (--follow-paths); in the window, Open what it names, beside the checkpoint",
    file.display(),
    path.display()
)]
pub struct NotFollowed {
    /// What names it.
    pub file: PathBuf,
    pub option: &'static str,
    pub path: PathBuf,
}

/// The paths that say where data come from, with their options.
pub fn of_data(data: &DataSpec) -> Vec<(&'static str, &Path)> {
    let own = (!NAMES.contains(&data.name.as_str())).then(|| Path::new(&data.name));
    let all = [("--data", own), ("--labels", data.labels.as_deref()), ("--data-dir", data.dir.as_deref())];
    all.into_iter().filter_map(|(option, path)| Some((option, path?))).collect()
}

/// The paths of a run's settings, with their options.
pub fn of_run(spec: &RunSpec) -> Vec<(&'static str, &Path)> {
    let init = spec.init.as_deref().map(|path| ("--init", path));
    of_data(&spec.data).into_iter().chain(init).collect()
}

/// From now on every path is followed, whoever names it.
pub fn follow_all() {
    ALL.store(true, Ordering::Relaxed);
}

/// From now on these are followed: somebody has named them.
pub fn follow<'a>(paths: impl IntoIterator<Item = (&'static str, &'a Path)>) {
    let mut followed = FOLLOWED.lock().unwrap_or_else(PoisonError::into_inner);
    followed.get_or_insert_default().extend(paths.into_iter().map(|(_, path)| path.to_path_buf()));
}

/// Refuses paths that nobody but `file` has named.
///
/// # Errors
/// The first of them.
pub fn check<'a>(file: &Path, paths: impl IntoIterator<Item = (&'static str, &'a Path)>) -> Result<(), NotFollowed> {
    if ALL.load(Ordering::Relaxed) {
        return Ok(());
    }
    let followed = FOLLOWED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_followed = |path: &Path| followed.as_ref().is_some_and(|all| all.contains(path));
    match paths.into_iter().find(|(_, path)| !is_followed(path)) {
        Some((option, path)) => Err(NotFollowed { file: file.into(), option, path: path.into() }),
        None => Ok(()),
    }
}

/// The mark that a run file of this user bears; `None` for settings without paths, and where no key can be kept.
pub(crate) fn mark(spec: &RunSpec) -> Option<String> {
    let paths = of_run(spec);
    if paths.is_empty() { None } else { Some(marked(&paths, &key(true)?)) }
}

/// Whether a mark is this user's.
pub(crate) fn is_own(spec: &RunSpec, mark: &str) -> bool {
    key(false).is_some_and(|key| marked(&of_run(spec), &key) == mark)
}

/// A fingerprint of the paths that only the holder of the key can make: of two texts of fixed length, so that none can be lengthened.
fn marked(paths: &[(&'static str, &Path)], key: &[u8; KEY]) -> String {
    let mut inner = Sha256::new();
    for (option, path) in paths {
        for part in [option.as_bytes(), path.as_os_str().as_encoded_bytes()] {
            inner.update((part.len() as u64).to_le_bytes());
            inner.update(part);
        }
    }
    let digest = Sha256::new().chain_update(key).chain_update(inner.finalize()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The user's key; where there is none yet, one is made on request.
fn key(make: bool) -> Option<[u8; KEY]> {
    let folder = dirs::data_dir()?.join("valleyscope");
    let path = folder.join("key");
    let read = || {
        let mut key = [0; KEY];
        door::open(&path).ok()?.read_exact(&mut key).ok().map(|()| key)
    };
    let known = read();
    if known.is_some() || !make {
        return known;
    }
    std::fs::create_dir_all(&folder).ok()?;
    // Private, as temporary files of the library are; and another process may have been faster.
    let mut new = temporary::private(&folder).ok()?;
    let mut drawn = [0; KEY];
    OsRng.try_fill_bytes(&mut drawn).ok()?;
    new.write_all(&drawn).ok()?;
    new.as_file().sync_all().ok()?;
    new.persist_noclobber(&path).ok();
    read()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_named_is_not_followed() {
        let spec = |labels: &str| RunSpec {
            data: DataSpec { labels: Some(labels.into()), ..DataSpec::default() },
            ..RunSpec::default()
        };
        let [asked, other] = [spec("/asked/labels.txt"), spec("/other/labels.txt")];
        let file = Path::new("received.valley");
        let refused = check(file, of_run(&other)).unwrap_err();
        assert_eq!((refused.option, refused.path.to_str()), ("--labels", Some("/other/labels.txt")));
        let said = refused.to_string();
        assert!(said.starts_with("received.valley names") && said.contains("--follow-paths"), "{said}");
        follow(of_run(&asked));
        assert_eq!(check(file, of_run(&asked)), Ok(()));
        assert!(check(file, of_run(&other)).is_err());
        assert_eq!(check(file, of_run(&RunSpec::default())), Ok(()));
    }

    #[test]
    fn every_path_of_a_run_is_seen() {
        let mut spec = RunSpec::default();
        assert!(of_run(&spec).is_empty());
        spec.data.name = "images.npz".into();
        spec.data.labels = Some("l.txt".into());
        spec.data.dir = Some("d".into());
        spec.init = Some("i.pt".into());
        let options: Vec<&str> = of_run(&spec).into_iter().map(|(option, _)| option).collect();
        assert_eq!(options, ["--data", "--labels", "--data-dir", "--init"]);
        let line = spec.command_line();
        assert!(options.iter().all(|option| line.contains(option)), "{line}");
    }

    #[test]
    fn a_mark_is_of_its_paths_and_its_key() {
        let [a, b] = [Path::new("/a"), Path::new("/b")];
        let mark = marked(&[("--labels", a)], &[1; KEY]);
        assert_eq!(mark, marked(&[("--labels", a)], &[1; KEY]));
        for other in [
            marked(&[("--labels", b)], &[1; KEY]),
            marked(&[("--data", a)], &[1; KEY]),
            marked(&[("--labels", a)], &[2; KEY]),
            marked(&[("--labels", a), ("--labels", b)], &[1; KEY]),
        ] {
            assert_ne!(mark, other);
        }
    }
}
