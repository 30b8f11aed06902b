//! A whole walk at once, for whoever wants its end and not to watch it.

use super::{Found, Journal, RecordTo, Walk, WalkError};
use crate::{
    history::History,
    objective::Interrupt,
    run::{Outcome, RunSpec},
};

/// Why a walk was not completed.
pub enum Incomplete {
    Walk(WalkError),
    /// Its file cannot be written, in words.
    File(String),
}

impl From<WalkError> for Incomplete {
    fn from(e: WalkError) -> Incomplete {
        Incomplete::Walk(e)
    }
}

/// Makes a whole walk, into memory and to `to`. A run that diverges ends there. `moves` hears the share that is made.
///
/// # Errors
/// What ended it; [`Interrupt`] does, too.
pub fn complete(
    spec: RunSpec,
    stop: &Interrupt,
    to: &RecordTo,
    moves: &mut dyn FnMut(f64),
) -> Result<History, Incomplete> {
    let mut walk = Walk::new(spec, stop.clone())?;
    let mut journal = Journal::open(to, walk.manifest()).map_err(|e| Incomplete::File(e.to_string()))?;
    let steps = walk.manifest().steps;
    let mut history = History::new(walk.manifest().clone());
    let mut records = Vec::new();
    walk.prepare(&mut records, &mut |_, _, _| {})?;
    let begun = std::time::Instant::now();
    let mut outcome = Outcome::Finished;
    loop {
        for record in records.drain(..) {
            journal.keep(&record);
            record.add_to(&mut history);
        }
        if walk.is_complete() {
            break;
        }
        if let Found::Diverged { t } = walk.step(&mut records)? {
            outcome = Outcome::Diverged { t };
            break;
        }
        moves(walk.t() as f64 / steps as f64);
    }
    for record in walk.last_checkpoint() {
        journal.keep(&record);
    }
    let summary = walk.summary(outcome, begun.elapsed().as_secs_f64());
    journal.finish(&summary).map_err(Incomplete::File)?;
    history.finish(summary);
    Ok(history)
}
