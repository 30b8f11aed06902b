//! The one writer of a record, and what a reader finds in it.
//!
//! Every call of [`Record::append`] is a transaction of its own, so that a row that was recorded is never measured again.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::{error::RecordError, identity::Identity, row::Row};
use crate::runfile::{
    RunFileError,
    sqlite::{self, Doing, WriteLock},
};

type Result<T> = std::result::Result<T, RecordError>;

/// The key of the description under which the identity stands.
const META: &str = "meta";

/// The one writer of a record. Dropping it leaves a single file.
#[derive(Debug)]
pub struct Record<R: Row> {
    // Declared, and so dropped, before the lock: nobody else may start while the connection is open.
    db: Connection,
    path: PathBuf,
    ground: R::Ground,
    _lock: WriteLock,
}

/// A record as it was read: finished, being written, or left by a killed process.
#[derive(Clone, Debug)]
pub struct Contents<R: Row> {
    /// What decides the numbers, as the writer described it.
    pub identity: Identity,
    pub ground: R::Ground,
    /// In the order of their keys.
    pub rows: Vec<R>,
}

/// An error of a run file, in the words of a kind of record.
fn told<R: Row>(e: RunFileError) -> RecordError {
    RecordError::of(&R::KIND, e)
}

impl<R: Row> Record<R> {
    /// Starts a record, or goes on with one: also returns the rows that it holds.
    ///
    /// `settle` turns an identity that an older program wrote into what this one would have written, so that only a
    /// difference between the measurements counts as one.
    ///
    /// # Errors
    /// When the file holds another measurement (the error says which key differs), is of another kind, is damaged, is
    /// written by another process or cannot be written.
    pub fn create_or_resume(
        path: &Path,
        identity: &Identity,
        ground: &R::Ground,
        settle: impl FnOnce(Identity) -> Identity,
    ) -> Result<(Record<R>, Vec<R>)> {
        let path = sqlite::settled(path).map_err(told::<R>)?;
        let lock = WriteLock::take(&path).map_err(told::<R>)?;
        let rows = if path.exists() {
            let found = Contents::<R>::read(&path)?;
            let [there, here] = [&found.ground, ground].map(described::<R>);
            let other = settle(found.identity).difference(identity).or_else(|| there.difference(&here));
            if let Some(difference) = other {
                return Err(RecordError::Other { path, whole: R::KIND.whole, difference });
            }
            found.rows
        } else {
            let mut description = described::<R>(ground).0;
            description[META] = identity.0.clone();
            R::KIND.make(&path, &description).map_err(told::<R>)?;
            Vec::new()
        };
        let db = sqlite::connect(&path, &path).map_err(told::<R>)?;
        Ok((Record { db, path, ground: ground.clone(), _lock: lock }, rows))
    }

    /// Keeps rows that were measured together; all of them or, with an error, none. They are safe when this returns,
    /// should the process be killed.
    ///
    /// # Errors
    /// When the disk is full or fails, or a row does not belong here or is there already.
    pub fn append(&mut self, rows: &[R]) -> Result<()> {
        if let Some(cause) = rows.iter().find_map(|row| row.misplaced(&self.ground)) {
            return Err(RecordError::Misplaced { path: self.path.clone(), cause });
        }
        let mut insert = || {
            let transaction = self.db.transaction()?;
            {
                let mut statement = transaction.prepare_cached(R::KIND.insert)?;
                for row in rows {
                    row.insert(&mut statement)?;
                }
            }
            transaction.commit()
        };
        insert().map_err(|e| told::<R>(RunFileError::from_sql(&self.path, Doing::Write, e)))
    }
}

impl<R: Row> Drop for Record<R> {
    fn drop(&mut self) {
        self.db.flush_prepared_statement_cache();
        // An open reader can keep us from it: then the journal stays, and nothing is lost.
        let _ = sqlite::fold(&self.db);
    }
}

impl<R: Row> Contents<R> {
    /// Reads a record; what was recorded until now is seen while another process still writes it.
    ///
    /// # Errors
    /// When the file is missing, is of another kind, is newer than this program, or is damaged.
    pub fn read(path: &Path) -> Result<Contents<R>> {
        let mut file = R::KIND.open(path).map_err(told::<R>)?;
        let damaged = |cause: String| RecordError::Damaged { path: path.to_path_buf(), cause };
        let identity = Identity(file.take(path, META).map_err(told::<R>)?);
        let ground = match R::KIND.ground {
            Some(key) => file.take(path, key).map_err(told::<R>)?,
            None => Value::Null,
        };
        let ground: R::Ground = serde_json::from_value(ground)
            .map_err(|e| damaged(format!("its {} is not readable, {e}", R::KIND.ground.unwrap_or("ground"))))?;
        let sql = |e| told::<R>(RunFileError::from_sql(path, Doing::Read, e));
        let rows = rows::<R>(&file.db, &ground).map_err(sql)?.map_err(damaged)?;
        Ok(Contents { identity, ground, rows })
    }
}

/// What rows stand on, as the description has it.
fn described<R: Row>(ground: &R::Ground) -> Identity {
    let mut description = Map::new();
    if let Some(key) = R::KIND.ground {
        description.insert(key.into(), json!(ground));
    }
    Identity(Value::Object(description))
}

/// All rows, or what is wrong with them. A damaged tree can lead to the same pages again and again: places must rise.
fn rows<R: Row>(db: &Connection, ground: &R::Ground) -> rusqlite::Result<std::result::Result<Vec<R>, String>> {
    let mut query = db.prepare(R::KIND.select)?;
    let mut rows = query.query(())?;
    let mut found = Vec::new();
    let mut last: Option<R::Key> = None;
    while let Some(row) = rows.next()? {
        let row = match R::read(row, ground)? {
            Ok(row) => row,
            Err(cause) => return Ok(Err(cause)),
        };
        let key = row.key();
        if last.is_some_and(|last| last >= key) {
            return Ok(Err(format!("its {} are out of order", R::KIND.rows)));
        }
        last = Some(key);
        found.push(row);
    }
    Ok(Ok(found))
}

#[cfg(test)]
pub(crate) mod trial;
