//! What the probes measured, gathered step by step from rows of (t, probe, value).

use std::{collections::BTreeMap, path::Path};

use rusqlite::Rows;

use super::{
    error::{Doing, RunFileError},
    number::{Count, Float},
};
use crate::probe::{ProbeId, ProbeValues};

/// A value of a step that was not asked for yet; no probe is one that we do not know.
type Pending = (u64, Option<ProbeId>, f64);

/// The values of steps that are asked for in rising order.
pub struct StepValues<'a> {
    rows: Rows<'a>,
    /// Probes by their numbers in the file.
    probes: &'a BTreeMap<i64, ProbeId>,
    path: &'a Path,
    /// Key of the row read last.
    last: Option<(u64, i64)>,
    pending: Option<Pending>,
}

impl<'a> StepValues<'a> {
    /// The rows that it reads, of a range of steps.
    pub const QUERY: &'static str =
        "SELECT t, probe, value FROM probe_values WHERE t >= ?1 AND t < ?2 ORDER BY t, probe";

    /// Of the rows of [`StepValues::QUERY`].
    pub fn new(rows: Rows<'a>, probes: &'a BTreeMap<i64, ProbeId>, path: &'a Path) -> Self {
        StepValues { rows, probes, path, last: None, pending: None }
    }

    /// What was measured at step `t`. Values of steps before it that were not asked for are passed over.
    ///
    /// # Errors
    /// Rows that are damaged or out of order.
    pub fn of(&mut self, t: u64) -> Result<ProbeValues, RunFileError> {
        let mut values = ProbeValues::NONE;
        loop {
            let next = match self.pending.take() {
                Some(pending) => Some(pending),
                None => self.read()?,
            };
            match next {
                Some((at, probe, value)) if at == t => {
                    if let Some(id) = probe {
                        values.set(id, Some(value));
                    }
                }
                Some((at, ..)) if at < t => {}
                later => {
                    self.pending = later;
                    return Ok(values);
                }
            }
        }
    }

    /// The next row. Its key must be beyond that of the row before: a damaged tree can lead back to the same pages.
    fn read(&mut self) -> Result<Option<Pending>, RunFileError> {
        let failed = |e| RunFileError::from_sql(self.path, Doing::Read, e);
        let Some(row) = self.rows.next().map_err(failed)? else { return Ok(None) };
        let t = row.get::<_, Count>(0).map_err(failed)?.0;
        let probe = row.get::<_, i64>(1).map_err(failed)?;
        let value = row.get::<_, Float>(2).map_err(failed)?.0;
        if self.last.is_some_and(|last| (t, probe) <= last) {
            let cause = "its rows are out of order (probe_values)".into();
            return Err(RunFileError::Damaged { path: self.path.to_path_buf(), cause });
        }
        self.last = Some((t, probe));
        Ok(Some((t, self.probes.get(&probe).copied(), value)))
    }
}
