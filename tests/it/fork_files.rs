//! Runs and forks as files, for the tests of forks.

use std::path::Path;

use valleyscope::{
    engine::{Command, Delivery, Engine, Event},
    run::{Fork, RunSpec, Summary},
    runfile::Reader,
};

use crate::support::{is_over, to_file, until};

/// A network with batch norm.
pub const NORMED: &str = "conv(3,3) batchnorm relu pool(2) flatten linear(10)";

/// A whole run into a file; a refusal in words.
pub fn run(spec: RunSpec, path: &Path) -> Result<(), String> {
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: to_file(path), paused: false });
    match until(&engine, is_over).pop() {
        Some(Event::Finished { .. }) => Ok(()),
        Some(Event::Failed { message, .. }) => Err(message),
        other => panic!("{other:?}"),
    }
}

/// What `path` at `step` is left as.
pub fn fork(path: &Path, step: u64) -> Fork {
    let reader = Reader::open(path).unwrap();
    Fork::of(reader.manifest(), &reader.changes().unwrap(), step, Some(path))
}

/// Everything that a file says of the iterations from `step` on, bit for bit: the debug form of a float is the shortest
/// text that reads back to the same bits.
pub fn tail(path: &Path, step: u64) -> Vec<String> {
    let r = Reader::open(path).unwrap();
    let steps = r.manifest().steps;
    let mut all: Vec<String> = Vec::new();
    all.extend(r.steps(step..u64::MAX).unwrap().iter().map(|x| format!("{x:?}")));
    all.extend(r.slices(step..u64::MAX).unwrap().iter().map(|x| format!("{x:?}")));
    all.extend(r.epochs().unwrap().iter().filter(|e| e.t > step).map(|x| format!("{x:?}")));
    all.extend(r.changes().unwrap().iter().filter(|c| c.t > step).map(|x| format!("{x:?}")));
    all.push(format!("{:?}", r.checkpoint(steps).unwrap()));
    all.push(format!("{:?}", r.average().unwrap().map(|a| (a.t, a.count, a.values))));
    let summary = Summary { seconds: 0.0, ..r.summary().unwrap().unwrap() };
    all.push(format!("{summary:?}"));
    all
}

pub fn assert_same(found: &[String], expected: &[String], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert_eq!(a, b, "{what}");
    }
}
