//! What is in the window, to be opened again another day.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    background::Job,
    library::{Library, Role},
    store::Store,
    unkept::Unkept,
};
use crate::figure::Color;

/// Runs and checkpoints, with the roles of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    runs: Vec<PathBuf>,
    /// Of each run: red, green and blue.
    colors: Vec<[u8; 3]>,
    checkpoints: Vec<(PathBuf, Option<String>)>,
    /// Folders and runs whose checkpoints make a path.
    trails: Vec<PathBuf>,
}

impl Session {
    /// What is in the window now; runs that are not kept will not be there.
    pub fn of(store: &Store, library: &Library, unkept: &Unkept) -> Session {
        let runs = store.runs().iter().filter_map(|run| Some((run.file.clone()?, run.own_color)));
        let (runs, colors) =
            runs.filter(|(file, _)| !unkept.has(file)).map(|(file, Color { r, g, b })| (file, [r, g, b])).unzip();
        let role = |path: &PathBuf| {
            let is = |role: &Role| library.at(*role).is_some_and(|point| point.path == *path);
            Role::ALL.into_iter().find(is).map(|role| role.name().to_string())
        };
        let checkpoints = library.points().map(|point| (point.path.clone(), role(&point.path))).collect();
        Session { runs, colors, checkpoints, trails: library.trails().map(|trail| trail.path.clone()).collect() }
    }

    pub fn len(&self) -> usize {
        self.runs.len() + self.checkpoints.len() + self.trails.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The colours that its runs had.
    pub fn colors(&self) -> impl Iterator<Item = (PathBuf, Color)> {
        let colors = self.colors.iter().map(|[r, g, b]| Color { r: *r, g: *g, b: *b });
        self.runs.iter().cloned().zip(colors)
    }

    /// What opens it again.
    pub fn jobs(&self) -> Vec<Job> {
        let runs = self.runs.iter().map(|path| Job::new(path.clone()));
        let role = |name: &str| Role::ALL.into_iter().find(|role| role.name() == name);
        let checkpoints = self
            .checkpoints
            .iter()
            .map(|(path, name)| Job { role: name.as_deref().and_then(role), ..Job::new(path.clone()) });
        let trails = self.trails.iter().map(|path| Job { as_trail: true, ..Job::new(path.clone()) });
        runs.chain(checkpoints).chain(trails).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_kept_as_text_and_opens_what_was_there() {
        let session = Session {
            runs: vec!["a.valley".into()],
            colors: vec![[0, 114, 178]],
            checkpoints: vec![("b.pt".into(), Some("B".into())), ("c.pt".into(), None)],
            trails: vec!["folder".into()],
        };
        let again: Session = serde_json::from_str(&serde_json::to_string(&session).unwrap()).unwrap();
        assert_eq!(again, session);
        assert_eq!(again.colors().collect::<Vec<_>>(), [("a.valley".into(), crate::figure::colors::SGD)]);
        let jobs = again.jobs();
        assert_eq!(jobs.len(), session.len());
        assert_eq!((jobs[1].role, jobs[2].role, jobs[3].as_trail), (Some(Role::B), None, true));
    }
}
