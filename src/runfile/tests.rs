//! Round trips, who may write what, and files that were killed, cut or scribbled on.

mod damage;
mod exact;
mod kill;
mod probes;
mod rules;
mod states;

use std::path::Path;

use super::*;
use crate::{
    data::FileSum,
    optim::{NormOrder, OptimizerKind, OptimizerSpec},
    probe::{
        AverageRecord, Change, ChangeRecord, EpochRecord, Evaluation, ProbeId, ProbeValues, SLICE_POINTS, SliceRecord,
        StepRecord,
    },
    run::{Manifest, Outcome, RunSpec, Summary},
};

pub fn manifest() -> Manifest {
    let spec = RunSpec { seed: u64::MAX, ..RunSpec::default() };
    Manifest {
        version: "0.1.0".into(),
        command: spec.command_line(),
        spec,
        device: "CPU".into(),
        network: "784 → 10".into(),
        input: [1, 28, 28],
        parameters: 3,
        buffers: 0,
        train_count: 1000,
        test_count: 100,
        classes: 10,
        steps_per_epoch: 10,
        steps: 300,
        data_files: vec![FileSum { name: "digits".into(), sha256: "00".repeat(32) }],
        data_notes: vec!["A note.".into()],
        notes: vec![],
        started: 1_700_000_000,
    }
}

pub fn summary() -> Summary {
    Summary {
        outcome: Outcome::Diverged { t: 299 },
        seconds: 0.1 + 0.2,
        steps: 300,
        gradient_evaluations: 600,
        full_loss_evaluations: 3000,
        derivative_passes: 0,
        loss: None,
        distance: f64::INFINITY,
        norm: -0.0,
    }
}

/// Norm of the gradient, cosine, distance and norm.
fn probed(values: [Option<f64>; 4]) -> ProbeValues {
    ProbeId::FIRST.into_iter().zip(values).fold(ProbeValues::NONE, |all, (id, value)| all.with(id, value))
}

pub fn step(t: u64) -> StepRecord {
    let x = t as f64;
    StepRecord {
        t,
        loss: Some(x / 3.0),
        batch_loss: x / 7.0,
        values: probed([Some(x.sqrt()), Some(x.cos()), Some(x), Some(1.0)]),
        learning_rate: 0.1,
        batch: 100,
    }
}

/// The step that tests everything a float can be.
fn odd_step() -> StepRecord {
    StepRecord {
        loss: None,
        batch_loss: f64::NAN,
        values: probed([Some(f64::INFINITY), None, Some(-0.0), Some(5e-324)]),
        ..step(0)
    }
}

pub fn slice(t: u64) -> SliceRecord {
    let mut loss: [f64; SLICE_POINTS] = std::array::from_fn(|k| k as f64 * t as f64);
    loss[6] = 10.0 * t as f64;
    SliceRecord { t, loss }
}

fn epoch(epoch: u64) -> EpochRecord {
    EpochRecord {
        epoch,
        t: epoch * 100,
        train_loss: 0.5,
        train_error: 0.25,
        test_loss: f64::NAN,
        test_error: 1.0,
        slices: 100,
        barriers: 0,
        mean_height: (epoch > 1).then_some(0.125),
        average: (epoch > 1).then_some(AverageRecord {
            count: 3,
            train: Evaluation { loss: 0.5, error: 0.25 },
            test: Evaluation { loss: f64::NAN, error: 1.0 },
        }),
    }
}

fn changes() -> [ChangeRecord; 4] {
    let sgd = OptimizerSpec::default();
    let sam = OptimizerSpec {
        kind: OptimizerKind::Sam,
        sam_norm: NormOrder::INFINITY,
        sam_shard: Some(8),
        rho: 0.1 + 0.2,
        ..sgd
    };
    [
        Change::LearningRate { from: 0.1, to: 1.0 / 3.0 },
        Change::Batch { from: 100, to: 7 },
        Change::Optimizer { from: sgd, to: sam },
        Change::Derivatives { from: "none".into(), to: "curvature:every=10".into() },
    ]
    .map(|change| ChangeRecord { t: 5, change })
}

/// Everything a run can hold, without its end.
pub fn fill(w: &mut Writer) {
    w.step(&odd_step()).unwrap();
    w.slice(&SliceRecord { t: 0, loss: [f64::NAN; SLICE_POINTS] }).unwrap();
    for t in 1..300 {
        w.step(&step(t)).unwrap();
        w.slice(&slice(t)).unwrap();
    }
    for n in [1, 2] {
        w.epoch(&epoch(n)).unwrap();
    }
    for change in changes() {
        w.change(&change).unwrap();
    }
    w.checkpoint(0, &[1.0, -0.0, f32::NAN]).unwrap();
    w.checkpoint(300, &[1.0, 2.0, 3.0]).unwrap();
    w.checkpoint(300, &[f32::INFINITY, 1e-45, -3.5]).unwrap();
    w.average(100, 1, &[0.0; 3]).unwrap();
    w.average(200, 3, &[1e-45, f32::NEG_INFINITY, -0.5]).unwrap();
}

/// A finished run that holds everything.
pub fn write_run(path: &Path) {
    let mut w = Writer::create(path, &manifest(), true).unwrap();
    fill(&mut w);
    w.finish(&summary()).unwrap();
}

/// Makes a file one of an earlier format: a column of `steps` for each probe, and nothing that came later.
fn make_older(path: &Path, format: i64) {
    let older = schema::tables_of(format);
    let steps = older.iter().find(|(name, _)| *name == "steps").unwrap().1;
    let columns = ProbeId::FIRST.map(|id| {
        format!(
            "(SELECT value FROM probe_values WHERE t = narrow.t AND \
             probe = (SELECT id FROM probes WHERE name = '{}'))",
            id.probe().name()
        )
    });
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch(&format!(
        "ALTER TABLE steps RENAME TO narrow; {steps}; \
         INSERT INTO steps SELECT t, loss, batch_loss, {}, learning_rate, batch FROM narrow; DROP TABLE narrow",
        columns.join(", ")
    ))
    .unwrap();
    for (name, now) in schema::tables_of(schema::FORMAT) {
        match older.iter().find(|(kept, _)| *kept == name) {
            None => db.execute_batch(&format!("DROP TABLE IF EXISTS {name}")).unwrap(),
            // Its rows are those of a test of their own.
            Some((_, then)) if *then != now && name != "steps" => {
                db.execute_batch(&format!("DROP TABLE {name}; {then}")).unwrap();
            }
            Some(_) => {}
        }
    }
    db.pragma_update(None, "user_version", format).unwrap();
}

/// What lies in a directory, by name.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn everything_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    write_run(&path);
    assert_eq!(names(dir.path()), ["a.valley"], "a finished run is one file");
    let r = Reader::open(&path).unwrap();
    assert_eq!((r.manifest(), r.summary().unwrap()), (&manifest(), Some(summary())));
    let steps = r.steps(0..u64::MAX).unwrap();
    assert_eq!(format!("{:?}", steps[0]), format!("{:?}", odd_step()));
    assert_eq!(steps[1..], (1..300).map(step).collect::<Vec<_>>());
    let slices = r.slices(0..u64::MAX).unwrap();
    assert!(slices[0].loss.iter().all(|x| x.is_nan()));
    assert_eq!(slices[1..], (1..300).map(slice).collect::<Vec<_>>());
    assert_eq!(format!("{:?}", r.epochs().unwrap()), format!("{:?}", [epoch(1), epoch(2)]));
    assert_eq!(r.changes().unwrap(), changes());
    assert_eq!(r.checkpoints().unwrap(), [0, 300]);
    let theta = r.checkpoint(0).unwrap();
    assert_eq!((theta[0], theta[1].to_bits(), theta[2].is_nan()), (1.0, (-0.0f32).to_bits(), true));
    assert_eq!(r.checkpoint(300).unwrap(), [f32::INFINITY, 1e-45, -3.5]);
    assert!(r.checkpoint(7).unwrap_err().to_string().contains("keeps no parameters of iteration 7"));
    assert!(matches!(r.checkpoint(u64::MAX), Err(RunFileError::NoCheckpoint { .. })));
    let average = KeptAverage { t: 200, count: 3, values: vec![1e-45, f32::NEG_INFINITY, -0.5] };
    assert_eq!(r.average().unwrap(), Some(average), "the newest one");
    assert_eq!(r.last_step().unwrap(), Some(299));
    let ts = |range| r.steps(range).unwrap().iter().map(|s| s.t).collect::<Vec<_>>();
    assert_eq!((ts(5..8), ts(298..900), ts(8..8)), (vec![5, 6, 7], vec![298, 299], vec![]));
    drop(r);
    assert_eq!(names(dir.path()), ["a.valley"], "reading leaves nothing behind");
}

/// A file of format 1, from before there were averages.
#[test]
fn a_file_of_the_first_format_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.valley");
    write_run(&path);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("DROP TABLE averages; DROP TABLE average").unwrap();
    drop(db);
    let error = Reader::open(&path).unwrap_err().to_string();
    assert!(error.contains("averages is missing"), "{error}");
    make_older(&path, 1);
    let r = Reader::open(&path).unwrap();
    assert_eq!((r.average().unwrap(), r.epochs().unwrap().len(), r.steps(0..9).unwrap().len()), (None, 2, 9));
    assert!(r.epochs().unwrap().iter().all(|e| e.average.is_none()));
}

/// Run with `--nocapture` to see the figure; the bound is far below what an idle machine does.
#[test]
fn rows_are_written_fast_enough() {
    let dir = tempfile::tempdir().unwrap();
    let mut w = Writer::create(&dir.path().join("a.valley"), &manifest(), false).unwrap();
    let (start, pairs) = (std::time::Instant::now(), 50_000);
    for t in 0..pairs {
        w.step(&step(t)).unwrap();
        w.slice(&slice(t)).unwrap();
        if t % 5_000 == 0 {
            w.commit().unwrap();
        }
    }
    w.finish(&summary()).unwrap();
    let rate = (2 * pairs) as f64 / start.elapsed().as_secs_f64();
    println!("{rate:.0} rows per second");
    assert!(rate > 20_000.0, "{rate:.0} rows per second");
}
