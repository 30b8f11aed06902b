//! A plane on disk: one SQLite file (`.plane`) that grows while the plane is measured, and from which the measuring goes
//! on after the process was killed.
//!
//! Every call of [`PlaneFile::record`] is a transaction of its own, so that a point that was recorded is never measured
//! again. The file is guarded as a run file is: WAL mode, one writer, and numbers kept to the bit, `NaN` as text.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde_json::json;

use super::{
    described::{Described, META},
    file_error::SurveyFileError,
    grid::{Grid, Node},
    identity::Identity,
    measured::Measured,
    plane::PlanePoint,
};
use crate::{
    probe::Evaluation,
    runfile::{
        RunFileError,
        sqlite::{self, Doing, Float, WriteLock},
    },
};

type Result<T> = std::result::Result<T, SurveyFileError>;

/// `description` is JSON: `{"grid":{"a":…,"b":…},"meta":{…}}`. A point without test numbers has NULL there.
const FILE: Described = Described {
    // "VPla"
    application_id: 0x5650_6C61,
    format: 1,
    tables: &[
        META,
        (
            "points",
            "CREATE TABLE points (j INTEGER NOT NULL, i INTEGER NOT NULL, train_loss ANY NOT NULL, \
             train_error ANY NOT NULL, test_loss ANY, test_error ANY, PRIMARY KEY (j, i)) STRICT, WITHOUT ROWID",
        ),
    ],
};

/// The one writer of a plane file. Dropping it leaves a single file.
#[derive(Debug)]
pub struct PlaneFile {
    // Declared, and so dropped, before the lock: nobody else may start while the connection is open.
    db: Connection,
    path: PathBuf,
    grid: Grid,
    _lock: WriteLock,
}

/// A plane file as it was read: finished, being written, or left by a killed process.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneContents {
    /// Everything that decides the numbers, as the writer described it.
    pub meta: Identity,
    pub grid: Grid,
    /// Row by row, in the order of the grid.
    pub points: Vec<PlanePoint>,
    /// SHA-256 of meta and grid.
    pub fingerprint: String,
}

impl PlaneFile {
    /// Starts a plane file, or goes on with one: also returns the points that it holds.
    ///
    /// # Errors
    /// When the file holds another plane (the error says which key differs), is no plane, is damaged, is written by
    /// another process or cannot be written.
    pub fn create_or_resume(path: &Path, meta: &Identity, grid: &Grid) -> Result<(PlaneFile, Vec<PlanePoint>)> {
        let path = sqlite::settled(path)?;
        let lock = WriteLock::take(&path)?;
        let points = if path.exists() {
            let found = PlaneContents::read(&path)?;
            let other = found.meta.difference(meta).or_else(|| {
                let [there, here] = [&found.grid, grid].map(|g| Identity(json!({ "grid": g })));
                there.difference(&here)
            });
            if let Some(difference) = other {
                return Err(SurveyFileError::OtherPlane { path, difference });
            }
            found.points
        } else {
            FILE.make(&path, &json!({ "grid": grid, "meta": meta.0 }))?;
            Vec::new()
        };
        let db = sqlite::connect(&path, &path)?;
        Ok((PlaneFile { db, path, grid: *grid, _lock: lock }, points))
    }

    /// The file that is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps points that were measured together; all of them or, with an error, none. They are safe when this returns,
    /// should the process be killed.
    ///
    /// # Errors
    /// When the disk is full or fails, or a point lies outside the grid or is there already.
    pub fn record(&mut self, points: &[PlanePoint]) -> Result<()> {
        if let Some(p) = points.iter().find(|p| self.grid.index(p.node).is_none()) {
            return Err(SurveyFileError::Outside { path: self.path.clone(), node: p.node });
        }
        let mut insert = || {
            let transaction = self.db.transaction()?;
            {
                let mut row = transaction.prepare_cached("INSERT INTO points VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
                for PlanePoint { node, measured: Measured { train, test } } in points {
                    row.execute(params![
                        // Below 2²⁴, by the grid.
                        node.j as i64,
                        node.i as i64,
                        Float(train.loss),
                        Float(train.error),
                        test.map(|t| Float(t.loss)),
                        test.map(|t| Float(t.error)),
                    ])?;
                }
            }
            transaction.commit()
        };
        insert().map_err(|e| RunFileError::from_sql(&self.path, Doing::Write, e).into())
    }
}

impl Drop for PlaneFile {
    fn drop(&mut self) {
        self.db.flush_prepared_statement_cache();
        // An open reader can keep us from it: then the journal stays, and nothing is lost.
        let _ = sqlite::fold(&self.db);
    }
}

impl PlaneContents {
    /// Reads a plane file; what was recorded until now is seen while another process still writes it.
    ///
    /// # Errors
    /// When the file is missing, is no plane, is newer than this program, or is damaged.
    pub fn read(path: &Path) -> Result<PlaneContents> {
        let mut file = FILE.open(path)?;
        let sql = |e| SurveyFileError::from(RunFileError::from_sql(path, Doing::Read, e));
        let damaged = |cause: String| SurveyFileError::Damaged { path: path.to_path_buf(), cause };
        let meta = Identity(file.take(path, "meta")?);
        let grid = serde_json::from_value(file.take(path, "grid")?)
            .map_err(|e| damaged(format!("its grid is not readable, {e}")))?;
        let points = points(&file.db, &grid).map_err(sql)?.map_err(damaged)?;
        Ok(PlaneContents { meta, grid, points, fingerprint: file.fingerprint })
    }
}

/// All points, or what is wrong with them. A damaged tree can lead to the same pages again and again: places must rise.
fn points(db: &Connection, grid: &Grid) -> rusqlite::Result<std::result::Result<Vec<PlanePoint>, String>> {
    let mut query =
        db.prepare("SELECT j, i, train_loss, train_error, test_loss, test_error FROM points ORDER BY j, i")?;
    let mut rows = query.query(())?;
    let mut points = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next()? {
        let place = |column| row.get::<_, i64>(column).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let node = Node { j: place(0)?, i: place(1)? };
        let Some(index) = grid.index(node) else { return Ok(Err(format!("its point {node} is not in its grid"))) };
        if last.is_some_and(|last| index <= last) {
            return Ok(Err("its points are out of order".into()));
        }
        last = Some(index);
        let float = |column| row.get::<_, Float>(column).map(|x| x.0);
        let maybe = |column| row.get::<_, Option<Float>>(column).map(|x| x.map(|x| x.0));
        let test = match (maybe(4)?, maybe(5)?) {
            (Some(loss), Some(error)) => Some(Evaluation { loss, error }),
            (None, None) => None,
            _ => return Ok(Err(format!("its point {node} has one test number without the other"))),
        };
        let train = Evaluation { loss: float(2)?, error: float(3)? };
        points.push(PlanePoint { node, measured: Measured { train, test } });
    }
    Ok(Ok(points))
}

#[cfg(test)]
mod tests;
