//! What a start page says of a run file: read on another thread, and cheap for a run of any length.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::unkept;
use crate::{
    run::Outcome,
    runfile::{EXTENSION, Reader, RunFileError},
};

/// Runs that are shown.
const CARDS: usize = 12;
/// Points of a sparkline.
const POINTS: u64 = 48;

/// One run in a few words and a line.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCard {
    pub path: PathBuf,
    pub label: String,
    /// "2,000 iterations" and how it ended.
    pub state: String,
    /// Full training loss at the end.
    pub loss: Option<f64>,
    /// Error on the test images, or else on the training images, with the word for it; 0..1.
    pub error: Option<(&'static str, f64)>,
    pub modified: SystemTime,
    /// Losses at places spread over the run.
    pub spark: Vec<f64>,
}

/// The newest runs among `paths` and in `folder`; files that cannot be read are left out: opening them says why.
pub fn newest(folder: &Path, paths: &[PathBuf]) -> Vec<RunCard> {
    let in_folder = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_run = |path: &PathBuf| path.extension().is_some_and(|e| e == EXTENSION) && !unkept::is_marked(path);
    let mut found: Vec<(SystemTime, PathBuf)> = in_folder
        .chain(paths.iter().cloned())
        .filter(is_run)
        .filter_map(|path| Some((std::fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().rev().filter_map(|(modified, path)| read(&path, modified).ok()).take(CARDS).collect()
}

fn read(path: &Path, modified: SystemTime) -> Result<RunCard, RunFileError> {
    let reader = Reader::open(path)?;
    let (manifest, summary, epochs) = (reader.manifest(), reader.summary()?, reader.epochs()?);
    let reached = reader.reached()?;
    let ended = match summary.as_ref().map(|s| &s.outcome) {
        Some(Outcome::Finished) => "",
        Some(Outcome::Stopped) => ", stopped",
        Some(Outcome::Diverged { .. }) => ", diverged",
        None => ", no end on file",
    };
    let words = if reached == 1 { "iteration" } else { "iterations" };
    let last = epochs.last();
    // Without test images there is no test error.
    let error = last.map(|e| if e.test_error.is_nan() { ("training", e.train_error) } else { ("test", e.test_error) });
    let spark = spark(&reader, reached)?;
    Ok(RunCard {
        path: path.into(),
        label: manifest.spec.label(),
        state: format!("{} {words}{ended}", super::theme::grouped(reached)),
        loss: summary.and_then(|s| s.loss).or(last.map(|e| e.train_loss)).or(spark.last().copied()),
        error,
        modified,
        spark,
    })
}

/// Losses at most [`POINTS`] places: of slices where there are any, else of the steps' batches.
fn spark(reader: &Reader, reached: u64) -> Result<Vec<f64>, RunFileError> {
    let first = reader.manifest().spec.fork.as_ref().map_or(0, |fork| fork.step);
    let length = reached.saturating_sub(first).max(1);
    let probes = reader.manifest().spec.probes;
    let places = POINTS.min(length);
    let mut losses = Vec::new();
    for i in 0..places {
        let from = first + i * length / places;
        let to = from + (length / places).max(1);
        // No more than a few rows for each place, whatever its length.
        let of_slice = reader.slices(from..to.min(from + probes.slice_every))?.first().map(|s| s.start());
        let loss = match of_slice {
            Some(loss) => Some(loss),
            None => reader.steps(from..to.min(from + probes.step_every))?.first().map(|s| s.batch_loss),
        };
        losses.extend(loss);
    }
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runfile::Writer;

    #[test]
    fn a_card_has_the_runs_own_numbers_and_unkept_runs_have_none() {
        let folder = tempfile::tempdir().unwrap();
        let history = crate::history::synthetic::bounce(300, 1);
        let path = folder.path().join("a.valley");
        let mut writer = Writer::create(&path, history.manifest(), false).unwrap();
        history.slices().iter().for_each(|s| writer.slice(s).unwrap());
        history.steps().iter().for_each(|s| writer.step(s).unwrap());
        writer.commit().unwrap();
        drop(writer);
        std::fs::copy(&path, folder.path().join("b.valley")).unwrap();
        std::fs::write(folder.path().join("b.valley.unkept"), "").unwrap();
        std::fs::write(folder.path().join("c.valley"), "no run").unwrap();

        let cards = newest(folder.path(), std::slice::from_ref(&path));
        assert_eq!(cards.len(), 1, "{cards:?}");
        assert_eq!((&cards[0].path, cards[0].spark.len()), (&path, POINTS as usize));
        assert_eq!(cards[0].spark[0], history.slices()[0].start());
        assert!(cards[0].state.ends_with("no end on file"), "{}", cards[0].state);
    }
}
