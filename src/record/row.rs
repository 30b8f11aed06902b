//! What a row of a record is, and what a kind of record is called.

use std::fmt::Debug;

use rusqlite::Statement;
use serde::{Serialize, de::DeserializeOwned};

/// Tables by name, and the statements that make them.
pub type Tables = &'static [(&'static str, &'static str)];

/// A kind of record.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Tells the file from any other SQLite file.
    pub application_id: i64,
    /// A change of any table counts it up.
    pub format: i64,
    /// All tables, [`META`](super::META) among them.
    pub tables: Tables,
    /// Writes a row.
    pub insert: &'static str,
    /// Reads all rows, in the order of their keys.
    pub select: &'static str,
    /// Under which key of the description [`Row::Ground`] stands; `None` when there is nothing to keep.
    pub ground: Option<&'static str>,
    /// What errors call it, after "another": "plane".
    pub whole: &'static str,
    /// What errors call its rows: "points".
    pub rows: &'static str,
    /// What a file of another kind is said to be: "not a plane".
    pub foreign: &'static str,
    /// What to do about a file of another kind.
    pub remedy: &'static str,
}

/// One row of a record: a number that was measured, and where.
pub trait Row: Clone + Debug {
    /// What rows stand on, kept beside the identity: a plane's grid, nothing for a table of runs.
    type Ground: Clone + Debug + Serialize + DeserializeOwned;
    /// A row's place. Each is there once; rows are read in rising order of it.
    type Key: PartialOrd;

    /// What kind of record it belongs to.
    const KIND: Kind;

    /// Its place.
    fn key(&self) -> Self::Key;

    /// Why it cannot stand on this ground, in words that "of FILE" follows; `None` when it can.
    fn misplaced(&self, _ground: &Self::Ground) -> Option<String> {
        None
    }

    /// Runs [`Kind::insert`] for it.
    ///
    /// # Errors
    /// As SQLite has them.
    fn insert(&self, statement: &mut Statement<'_>) -> rusqlite::Result<usize>;

    /// Reads a row of [`Kind::select`], or says what is wrong with it.
    ///
    /// # Errors
    /// As SQLite has them; the inner one is damage, in words.
    fn read(row: &rusqlite::Row<'_>, ground: &Self::Ground) -> rusqlite::Result<Result<Self, String>>;
}
