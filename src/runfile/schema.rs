//! The tables of a run file.
//!
//! A column that holds a float is of type `ANY`: in a `STRICT` table such a column keeps what it is given without any
//! conversion, so that -0.0 stays -0.0 and NaN can be kept as text (see `number`).

use rusqlite::Connection;

/// "Vall" in the header of the file tells a run from any other SQLite file.
pub const APPLICATION_ID: i64 = 0x5661_6C6C;

/// The format; a change of any table below counts it up. Format 1 has no averages, format 2 no states, format 3 a column of
/// `steps` for each of its four probes and the velocity among the states instead of vectors by name.
pub const FORMAT: i64 = 4;

/// A table and the statement that makes it. SQLite keeps these texts, and the reader compares them: a file whose `steps` is
/// a view or a computed column would otherwise run its own code in our queries.
pub type Table = (&'static str, &'static str);

/// Tables and the statements that make them.
pub type Tables = [Table];

const MANIFEST: Table =
    ("manifest", "CREATE TABLE manifest (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL) STRICT");

const STEPS: Table = (
    "steps",
    "CREATE TABLE steps (t INTEGER PRIMARY KEY, loss ANY, batch_loss ANY NOT NULL, learning_rate ANY NOT NULL, \
     batch INTEGER NOT NULL) STRICT",
);

/// Up to format 3.
const WIDE_STEPS: Table = (
    "steps",
    "CREATE TABLE steps (t INTEGER PRIMARY KEY, loss ANY, batch_loss ANY NOT NULL, grad_norm ANY, cosine ANY, \
     distance ANY, norm ANY, learning_rate ANY NOT NULL, batch INTEGER NOT NULL) STRICT",
);

/// The probes that a file knows, by name: their places in our list are not those of another version.
const PROBES: Table = ("probes", "CREATE TABLE probes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT");

/// What they measured; what was not measured has no row. In the order of time, so that a row is always added at the end.
const PROBE_VALUES: Table = (
    "probe_values",
    "CREATE TABLE probe_values (t INTEGER NOT NULL, probe INTEGER NOT NULL, value ANY NOT NULL, \
     PRIMARY KEY (t, probe)) STRICT, WITHOUT ROWID",
);

const SLICES: Table = ("slices", "CREATE TABLE slices (t INTEGER PRIMARY KEY, loss BLOB NOT NULL) STRICT");

const EPOCHS: Table = (
    "epochs",
    "CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, t INTEGER NOT NULL, train_loss ANY NOT NULL, \
     train_error ANY NOT NULL, test_loss ANY NOT NULL, test_error ANY NOT NULL, slices INTEGER NOT NULL, \
     barriers INTEGER NOT NULL, mean_height ANY) STRICT",
);

const CHANGES: Table = (
    "changes",
    "CREATE TABLE changes (id INTEGER PRIMARY KEY, t INTEGER NOT NULL, what TEXT NOT NULL, old ANY NOT NULL, \
     new ANY NOT NULL) STRICT",
);

const CHECKPOINTS: Table =
    ("checkpoints", "CREATE TABLE checkpoints (t INTEGER PRIMARY KEY, theta BLOB NOT NULL) STRICT");

const SUMMARY: Table = (
    "summary",
    "CREATE TABLE summary (id INTEGER PRIMARY KEY CHECK (id = 1), outcome TEXT NOT NULL, diverged_at INTEGER, \
     seconds ANY NOT NULL, steps INTEGER NOT NULL, gradient_evaluations INTEGER NOT NULL, \
     full_loss_evaluations INTEGER NOT NULL, loss ANY, distance ANY NOT NULL, norm ANY NOT NULL) STRICT",
);

const AVERAGES: Table = (
    "averages",
    "CREATE TABLE averages (epoch INTEGER PRIMARY KEY, count INTEGER NOT NULL, train_loss ANY NOT NULL, \
     train_error ANY NOT NULL, test_loss ANY NOT NULL, test_error ANY NOT NULL) STRICT",
);

const AVERAGE: Table = (
    "average",
    "CREATE TABLE average (id INTEGER PRIMARY KEY CHECK (id = 1), t INTEGER NOT NULL, count INTEGER NOT NULL, \
     theta BLOB NOT NULL) STRICT",
);

/// What a walk needs to go on from a checkpoint, beside its parameters and what its optimizer remembers.
const STATES: Table = (
    "states",
    "CREATE TABLE states (t INTEGER PRIMARY KEY, numbers TEXT NOT NULL, gradient BLOB, average BLOB) STRICT",
);

/// What the optimizer remembers at a state, by name.
const VECTORS: Table = (
    "vectors",
    "CREATE TABLE vectors (t INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (t, name)) \
     STRICT, WITHOUT ROWID",
);

/// The states of format 3, whose one vector of an optimizer is its velocity.
const STATES_WITH_VELOCITY: Table = (
    "states",
    "CREATE TABLE states (t INTEGER PRIMARY KEY, numbers TEXT NOT NULL, velocity BLOB, gradient BLOB, \
     average BLOB) STRICT",
);

/// θ_0 of a fork, which begins elsewhere.
const ORIGIN: Table =
    ("origin", "CREATE TABLE origin (id INTEGER PRIMARY KEY CHECK (id = 1), theta BLOB NOT NULL) STRICT");

/// Whether files of a format have the tables of the average.
pub fn has_averages(format: i64) -> bool {
    format >= 2
}

/// Whether files of a format have the tables of the states that a walk can go on from.
pub fn has_states(format: i64) -> bool {
    format >= 3
}

/// Whether files of a format have the tables of the probes.
pub fn has_probes(format: i64) -> bool {
    format >= 4
}

/// Whether files of a format keep the vectors of an optimizer by name.
pub fn has_vectors(format: i64) -> bool {
    format >= 4
}

/// The tables that a file of `format` has.
pub fn tables_of(format: i64) -> Vec<Table> {
    let steps = if has_probes(format) { STEPS } else { WIDE_STEPS };
    let mut tables = vec![MANIFEST, steps, SLICES, EPOCHS, CHANGES, CHECKPOINTS, SUMMARY];
    if has_averages(format) {
        tables.extend([AVERAGES, AVERAGE]);
    }
    if has_states(format) {
        tables.extend([if has_vectors(format) { STATES } else { STATES_WITH_VELOCITY }, ORIGIN]);
    }
    if has_vectors(format) {
        tables.push(VECTORS);
    }
    if has_probes(format) {
        tables.extend([PROBES, PROBE_VALUES]);
    }
    tables
}

/// Makes the tables in an empty file.
pub fn create(db: &Connection, application_id: i64, format: i64, tables: &Tables) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", application_id)?;
    db.pragma_update(None, "user_version", format)?;
    tables.iter().try_for_each(|(_, sql)| db.execute(sql, ()).map(drop))
}

/// One number out of the header.
pub fn header(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, name, |row| row.get(0))
}

/// The first table that is missing or not as we make it.
pub fn first_foreign(db: &Connection, tables: &Tables) -> rusqlite::Result<Option<&'static str>> {
    let mut query = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1")?;
    for (name, expected) in tables {
        let mut rows = query.query([name])?;
        let same = match rows.next()? {
            Some(row) => row.get_ref(0)?.as_bytes_or_null()? == Some(expected.as_bytes()),
            None => false,
        };
        if !same {
            return Ok(Some(*name));
        }
    }
    Ok(None)
}
