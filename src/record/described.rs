//! SQLite files that say what they hold: a table `meta` with a description and its fingerprint, beside tables of numbers.
//!
//! They are guarded as a run file is: WAL mode, one writer, made under another name and then renamed, and no table that
//! this program would not have made itself.

use std::path::Path;

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::{identity::fingerprint, row::Kind};
use crate::runfile::{
    RunFileError,
    sqlite::{self, Doing},
};

type Result<T> = std::result::Result<T, RunFileError>;

/// The table of the description, which every record has, and the statement that makes it.
pub const META: (&str, &str) = (
    "meta",
    "CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), description TEXT NOT NULL, \
     fingerprint TEXT NOT NULL) STRICT",
);

/// A file that was opened for reading, in one transaction: what is described and what is measured belong together.
pub(super) struct Opened {
    pub db: Connection,
    description: Value,
}

impl Kind {
    /// Makes an empty file at `path`; a process killed on the way leaves no half one.
    pub(super) fn make(&self, path: &Path, description: &Value) -> Result<()> {
        sqlite::put_new(path, |new| self.fill(new, path, description))
    }

    /// Writes the tables and the description to `new`; errors speak of `path`.
    fn fill(&self, new: &Path, path: &Path, description: &Value) -> Result<()> {
        let sql = |e| RunFileError::from_sql(path, Doing::Write, e);
        let db = sqlite::connect(new, path)?;
        let fill = || {
            db.execute_batch("BEGIN")?;
            sqlite::create(&db, self.application_id, self.format, self.tables)?;
            db.execute("INSERT INTO meta VALUES (1, ?1, ?2)", [description.to_string(), fingerprint(description)])?;
            db.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
        };
        fill().map_err(sql)?;
        db.close().map_err(|(_, e)| sql(e))
    }

    /// Opens a file; what was recorded until now is seen while another process still writes it.
    ///
    /// # Errors
    /// When the file is missing, is of another kind, is newer than this program, or is damaged.
    pub(super) fn open(&self, path: &Path) -> Result<Opened> {
        let (db, id) = sqlite::open_for_reading(path)?;
        if id != self.application_id {
            let cause = "it is some other SQLite file";
            return Err(RunFileError::NotARun { path: path.to_path_buf(), cause });
        }
        let sql = |e| RunFileError::from_sql(path, Doing::Read, e);
        let damaged = |cause: String| RunFileError::Damaged { path: path.to_path_buf(), cause };
        db.execute_batch("BEGIN").map_err(sql)?;
        let found = sqlite::header(&db, "user_version").map_err(sql)?;
        if found > self.format {
            return Err(RunFileError::Newer { path: path.to_path_buf(), found, known: self.format });
        }
        if let Some(table) = sqlite::first_foreign(&db, self.tables).map_err(sql)? {
            return Err(damaged(format!("its table {table} is missing or changed")));
        }
        let columns = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let row = db.query_row("SELECT description, fingerprint FROM meta WHERE id = 1", (), columns);
        let (text, expected) = match row {
            Err(rusqlite::Error::QueryReturnedNoRows) => return Err(damaged("it has no description".into())),
            row => row.map_err(sql)?,
        };
        let description: Value =
            serde_json::from_str(&text).map_err(|e| damaged(format!("its description is not readable, {e}")))?;
        if fingerprint(&description) != expected {
            return Err(damaged("its fingerprint is not that of its description".into()));
        }
        Ok(Opened { db, description })
    }
}

impl Opened {
    /// Takes a part of the description.
    pub fn take(&mut self, path: &Path, key: &str) -> Result<Value> {
        let damaged =
            || RunFileError::Damaged { path: path.to_path_buf(), cause: format!("its description has no {key}") };
        self.description.get_mut(key).map(Value::take).ok_or_else(damaged)
    }
}
