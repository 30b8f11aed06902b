//! The checkpoints in the window, and which of them are A, B and C.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    opened::{Movement, Point, Trail},
    tensors::Table,
};

/// What a checkpoint is for: the ends of a line, the corners of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    A,
    B,
    C,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::A, Role::B, Role::C];

    pub fn name(self) -> &'static str {
        match self {
            Role::A => "A",
            Role::B => "B",
            Role::C => "C",
        }
    }
}

/// An entry of the list; cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Point(Arc<Point>),
    Trail(Arc<Trail>),
}

impl Entry {
    pub fn path(&self) -> &Path {
        match self {
            Entry::Point(p) => &p.path,
            Entry::Trail(t) => &t.path,
        }
    }
}

/// A file that was opened.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    /// The role that it was opened for.
    role: Option<Role>,
    /// Whether it has been read.
    is_here: bool,
}

/// All checkpoints in the window.
#[derive(Debug, Default)]
pub struct Library {
    entries: Vec<Entry>,
    roles: [Option<PathBuf>; 3],
    /// Files that were opened and whose fellows are not all here yet.
    reading: Vec<Opened>,
    movement: Option<Movement>,
    /// A and B, while they are being compared.
    comparing: Option<(PathBuf, PathBuf)>,
    /// The tensors of A and B; made when they are looked at.
    table: Option<Table>,
    /// Paths that were taken out, newest last.
    closed: Vec<PathBuf>,
}

impl Library {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Checkpoint number `chosen` of a trail becomes the one that its buttons mean.
    pub fn choose(&mut self, trail: &Path, chosen: usize) {
        for entry in &mut self.entries {
            if let Entry::Trail(t) = entry
                && t.path == trail
            {
                Arc::make_mut(t).chosen = chosen.min(t.found.points.len().saturating_sub(1));
            }
        }
    }

    /// The trails, for planes of their paths.
    pub fn trails(&self) -> impl Iterator<Item = &Trail> {
        self.entries.iter().filter_map(|e| if let Entry::Trail(t) = e { Some(&**t) } else { None })
    }

    /// The checkpoints that stand by themselves.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.entries.iter().filter_map(|e| if let Entry::Point(p) = e { Some(&**p) } else { None })
    }

    pub fn point(&self, path: &Path) -> Option<&Point> {
        self.entries.iter().find_map(|e| match e {
            Entry::Point(p) if p.path == path => Some(&**p),
            _ => None,
        })
    }

    /// Whether a file or a folder is in the window.
    pub fn has(&self, path: &Path) -> bool {
        self.entries.iter().any(|entry| entry.path() == path)
    }

    /// The checkpoint that has a role.
    pub fn at(&self, role: Role) -> Option<&Point> {
        self.roles[role as usize].as_deref().and_then(|path| self.point(path))
    }

    /// Gives a role to a checkpoint, or takes it away when it has it.
    pub fn toggle(&mut self, path: &Path, role: Role) {
        let held = &mut self.roles[role as usize];
        *held = if held.as_deref() == Some(path) { None } else { Some(path.into()) };
        self.forget_movement();
    }

    fn give(&mut self, path: &Path, role: Role) {
        self.roles[role as usize] = Some(path.into());
        self.forget_movement();
    }

    /// A and B change places.
    pub fn swap(&mut self) {
        self.roles.swap(Role::A as usize, Role::B as usize);
        self.forget_movement();
    }

    fn forget_movement(&mut self) {
        let now = [Role::A, Role::B].map(|r| self.at(r).map(|p| p.path.clone()));
        if self.movement.as_ref().is_some_and(|m| [Some(m.a.clone()), Some(m.b.clone())] != now) {
            self.movement = None;
        }
        self.table = None;
    }

    /// Remembers that a file is being read.
    pub fn begin(&mut self, path: &Path, role: Option<Role>) {
        self.reading.retain(|opened| opened.path != path);
        self.reading.push(Opened { path: path.into(), role, is_here: false });
    }

    /// A file was read, or could not be.
    pub fn arrived(&mut self, path: &Path) {
        self.reading.iter_mut().filter(|opened| opened.path == path).for_each(|opened| opened.is_here = true);
    }

    /// The file that is being read, and which one of how many that were opened it is.
    pub fn reading(&self) -> Option<(&Path, usize, usize)> {
        let next = self.reading.iter().position(|opened| !opened.is_here)?;
        let here = self.reading.iter().filter(|opened| opened.is_here).count();
        Some((&self.reading[next].path, here + 1, self.reading.len()))
    }

    /// All that were opened together with a file are here: takes it off the list of those being read.
    pub fn end(&mut self, path: &Path) -> Option<Role> {
        let index = self.reading.iter().position(|opened| opened.path == path)?;
        self.reading.remove(index).role
    }

    /// Adds an entry, or puts it in the place of the one of the same path.
    pub fn insert(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|e| e.path() == entry.path()) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
        // The file may have changed.
        (self.movement, self.comparing, self.table) = (None, None, None);
    }

    /// Gives roles to checkpoints that were opened together: to two or more A, B and C in order, to a single one the
    /// first role that is free. Returns whether that completed the pair A and B.
    pub fn assign(&mut self, opened: &[(PathBuf, Option<Role>)]) -> bool {
        let before = [Role::A, Role::B].map(|r| self.at(r).map(|p| p.path.clone()));
        let asked = opened.iter().any(|(_, role)| role.is_some());
        match opened {
            _ if asked => {
                for (path, role) in opened {
                    role.iter().for_each(|role| self.give(path, *role));
                }
            }
            [(path, _)] => {
                let has_one = self.roles.iter().flatten().any(|p| p == path);
                let free = Role::ALL.into_iter().find(|r| self.at(*r).is_none());
                if let (false, Some(role)) = (has_one, free) {
                    self.give(path, role);
                }
            }
            several => {
                for ((path, _), role) in several.iter().zip(Role::ALL) {
                    self.give(path, role);
                }
            }
        }
        let after = [Role::A, Role::B].map(|r| self.at(r).map(|p| p.path.clone()));
        after.iter().all(Option::is_some) && after != before
    }

    /// A and B, when they are to be compared; asked for once.
    pub fn movement_wanted(&mut self) -> Option<(PathBuf, PathBuf)> {
        if self.movement.is_some() {
            return None;
        }
        let pair = (self.at(Role::A)?.path.clone(), self.at(Role::B)?.path.clone());
        let is_new = self.comparing.as_ref() != Some(&pair);
        self.comparing = Some(pair.clone());
        is_new.then_some(pair)
    }

    /// Takes a comparison, unless A or B has changed since.
    pub fn set_movement(&mut self, movement: Movement) {
        self.movement = Some(movement);
        self.comparing = None;
        self.forget_movement();
    }

    /// The tensors of A, beside those of B.
    pub fn table(&mut self) -> Option<&Table> {
        if self.table.is_none() {
            let moved = self.movement.as_ref().and_then(|m| m.tensors.as_deref().ok());
            self.table = Some(Table::of(self.at(Role::A)?, self.at(Role::B), moved));
        }
        self.table.as_ref()
    }

    /// How far A's tensors moved in B, once it is known.
    pub fn movement(&self) -> Option<&Movement> {
        self.movement.as_ref()
    }

    /// Takes an entry out of the window; its file stays.
    pub fn close(&mut self, path: &Path) {
        let known = self.entries.len();
        self.entries.retain(|e| e.path() != path);
        if self.entries.len() < known {
            self.closed.push(path.into());
        }
        self.roles.iter_mut().filter(|r| r.as_deref() == Some(path)).for_each(|r| *r = None);
        self.forget_movement();
    }

    /// The path that was taken out last.
    pub fn pop_closed(&mut self) -> Option<PathBuf> {
        self.closed.pop()
    }

    pub fn can_reopen(&self) -> bool {
        !self.closed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Format, Summary};

    fn point(name: &str) -> Entry {
        Entry::Point(Arc::new(Point {
            path: name.into(),
            format: Format::Safetensors,
            shapes: vec![],
            summary: Summary { tensors: vec![], parameters: 0, buffers: 0 },
            network: Err(String::new()),
            notes: vec![],
            others: vec![],
            run: None,
        }))
    }

    fn library(names: &[&str]) -> Library {
        let mut library = Library::default();
        names.iter().for_each(|n| library.insert(point(n)));
        library
    }

    fn opened(names: &[&str]) -> Vec<(PathBuf, Option<Role>)> {
        names.iter().map(|n| (n.into(), None)).collect()
    }

    fn roles(library: &Library) -> [Option<&str>; 3] {
        Role::ALL.map(|r| library.at(r).map(|p| p.path.to_str().unwrap()))
    }

    #[test]
    fn two_files_become_a_and_b_and_a_single_one_takes_what_is_free() {
        let mut l = library(&["x", "y", "z", "w"]);
        assert!(l.assign(&opened(&["x", "y"])), "a new pair");
        assert_eq!(roles(&l), [Some("x"), Some("y"), None]);
        assert!(!l.assign(&opened(&["z"])), "C completes no pair");
        assert_eq!(roles(&l), [Some("x"), Some("y"), Some("z")]);
        assert!(!l.assign(&opened(&["w"])) && roles(&l)[0] == Some("x"), "nothing is free");
        assert!(l.assign(&opened(&["w", "x"])));
        assert_eq!(roles(&l), [Some("w"), Some("x"), Some("z")]);
        let mut one = library(&["x", "y"]);
        assert!(!one.assign(&opened(&["x"])));
        assert!(!one.assign(&opened(&["x"])) && roles(&one) == [Some("x"), None, None], "it has a role already");
        assert!(one.assign(&opened(&["y"])), "the second of two opened one after the other");
        one.close(Path::new("x"));
        assert_eq!(roles(&one), [None, Some("y"), None]);
        assert_eq!(one.pop_closed(), Some("x".into()));
        assert!(!one.assign(&[("y".into(), Some(Role::C))]) && roles(&one)[2] == Some("y"));
    }

    #[test]
    fn files_that_are_read_are_counted() {
        let mut l = Library::default();
        ["x", "y"].iter().for_each(|name| l.begin(Path::new(name), Some(Role::B)));
        assert_eq!(l.reading(), Some((Path::new("x"), 1, 2)));
        l.arrived(Path::new("x"));
        assert_eq!(l.reading(), Some((Path::new("y"), 2, 2)));
        l.arrived(Path::new("y"));
        assert_eq!(l.reading(), None);
        assert_eq!(l.end(Path::new("x")), Some(Role::B));
    }

    #[test]
    fn a_comparison_of_other_files_is_dropped() {
        let mut l = library(&["x", "y"]);
        l.assign(&opened(&["x", "y"]));
        assert_eq!(l.movement_wanted(), Some(("x".into(), "y".into())));
        let found = Movement { a: "x".into(), b: "y".into(), tensors: Ok(vec![]) };
        l.set_movement(found.clone());
        assert!(l.movement() == Some(&found) && l.movement_wanted().is_none());
        l.swap();
        assert!(l.movement().is_none());
        assert_eq!(l.movement_wanted(), Some(("y".into(), "x".into())));
        assert_eq!(l.movement_wanted(), None, "asked for once");
        l.set_movement(found);
        assert!(l.movement().is_none(), "it came too late");
    }
}
