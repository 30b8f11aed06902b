//! Records of planes and escape tables: what was measured is gone on with wherever its files lie now, and only then.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use valleyscope::{
    checkpoint,
    explore::{EscapeJob, EscapeRequest, Job as _, PlaneJob, PlaneRequest, Subject},
    net::Network,
    objective::Interrupt,
    optim::OptimizerKind,
    record::fingerprint,
    run::{DeviceChoice, LossKind},
};

const NET: &str = "mlp:64-16-10";

/// A checkpoint of a network on the digits.
fn checkpoint(folder: &Path, name: &str) -> PathBuf {
    let network = Network::build(NET, [1, 8, 8], 10).unwrap();
    let path = folder.join(name);
    checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(1)).unwrap();
    path
}

fn subject() -> Subject {
    Subject { device: DeviceChoice::Cpu, ..Subject::default() }
}

fn plane(centre: &Path, record: &Path) -> PlaneRequest {
    PlaneRequest {
        subject: subject(),
        files: vec![centre.into()],
        grid: 5,
        record: Some(record.into()),
        ..PlaneRequest::default()
    }
}

/// A table that an untrained network has not left at the start; a few steps of each run.
fn escape(start: &Path, record: &Path) -> EscapeRequest {
    EscapeRequest {
        subject: subject(),
        checkpoint: start.into(),
        kinds: vec![OptimizerKind::Sgd],
        batch: Some(32),
        seeds: 3,
        steps: 4,
        threshold: 0.001,
        record: Some(record.into()),
        ..EscapeRequest::default()
    }
}

/// Measures a plane to the end; how many points the record had.
fn measure_plane(request: &PlaneRequest) -> Result<usize, String> {
    let mut job = PlaneJob::open(request, Interrupt::default(), &mut |_| {}).map_err(|e| e.to_string())?;
    while job.advance().unwrap().is_some() {}
    Ok(job.resumed.len())
}

/// Measures a table to the end; how many runs the record had.
fn measure_escape(request: &EscapeRequest) -> Result<usize, String> {
    let mut job = EscapeJob::open(request, Interrupt::default(), &mut |_| {}).map_err(|e| e.to_string())?;
    while job.advance().unwrap().is_some() {}
    Ok(job.resumed().len())
}

#[test]
fn a_record_goes_on_after_its_checkpoint_was_renamed_and_its_data_are_named_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (checkpoint(folder.path(), "before.safetensors"), folder.path().join("after.safetensors"));
    let (points, runs) = (folder.path().join("a.plane"), folder.path().join("a.escape"));
    assert_eq!(measure_plane(&plane(&before, &points)), Ok(0));
    assert_eq!(measure_escape(&escape(&before, &runs)), Ok(0));
    std::fs::rename(&before, &after).unwrap();
    assert_eq!(measure_plane(&plane(&after, &points)), Ok(25));
    assert_eq!(measure_escape(&escape(&after, &runs)), Ok(3));
    // The digits are built in, and every spelling of a folder is that of the same data.
    for dir in ["data", "./data", "/somewhere/else"] {
        let mut subject = subject();
        subject.data.dir = Some(dir.into());
        let plane = PlaneRequest { subject: subject.clone(), ..plane(&after, &points) };
        assert_eq!(measure_plane(&plane), Ok(25), "{dir}");
        let escape = EscapeRequest { subject, ..escape(&after, &runs) };
        assert_eq!(measure_escape(&escape), Ok(3), "{dir}");
    }
    // The network may be named instead of recognised, and all images may be asked for by their number.
    let mut subject = subject();
    (subject.net, subject.data.train_count) = (NET.into(), Some(1437));
    assert_eq!(measure_plane(&PlaneRequest { subject: subject.clone(), ..plane(&after, &points) }), Ok(25));
    assert_eq!(measure_escape(&EscapeRequest { subject, ..escape(&after, &runs) }), Ok(3));
}

#[test]
fn what_decides_the_numbers_is_another_record() {
    let folder = tempfile::tempdir().unwrap();
    let start = checkpoint(folder.path(), "a.safetensors");
    let (points, runs) = (folder.path().join("a.plane"), folder.path().join("a.escape"));
    measure_plane(&plane(&start, &points)).unwrap();
    measure_escape(&escape(&start, &runs)).unwrap();
    let subjects = [
        ("loss is \"cross-entropy\" there and \"mse\" here", Subject { loss: LossKind::MeanSquared, ..subject() }),
        ("data.corrupt is 0 there and 5 here", {
            let mut subject = subject();
            subject.data.corrupt = 5;
            subject
        }),
        ("train_count is 1437 there and 100 here", {
            let mut subject = subject();
            subject.data.train_count = Some(100);
            subject
        }),
    ];
    for (words, subject) in subjects {
        let planes = PlaneRequest { subject: subject.clone(), ..plane(&start, &points) };
        let error = measure_plane(&planes).unwrap_err();
        assert!(error.contains(words) && error.contains("a.plane holds another plane"), "{error}");
        let escapes = EscapeRequest { subject, ..escape(&start, &runs) };
        let error = measure_escape(&escapes).unwrap_err();
        assert!(error.contains(words) && error.contains("a.escape holds another table"), "{error}");
    }
    let turned = PlaneRequest { subject: Subject { seed: 5, ..subject() }, ..plane(&start, &points) };
    assert!(measure_plane(&turned).unwrap_err().contains("of.random.directions.seed is 0 there and 5 here"));
    let finer = PlaneRequest { grid: 7, ..plane(&start, &points) };
    assert!(measure_plane(&finer).unwrap_err().contains("grid.a is \"-1:1:5\" there and \"-1:1:7\" here"));
    let faster = EscapeRequest { lr: 0.1, ..escape(&start, &runs) };
    assert!(measure_escape(&faster).unwrap_err().contains("rate is 0.03 there and 0.1 here"));
    // A record of one kind is none of the other.
    assert!(measure_plane(&plane(&start, &runs)).unwrap_err().contains("is not a plane of Valleyscope"));
    assert!(measure_escape(&escape(&start, &points)).unwrap_err().contains("is no escape table of Valleyscope"));
}

/// Writes another description over that of a record.
fn describe(path: &Path, change: impl Fn(&Value) -> Value) {
    let db = rusqlite::Connection::open(path).unwrap();
    let text: String = db.query_row("SELECT description FROM meta", (), |row| row.get(0)).unwrap();
    let new = change(&serde_json::from_str(&text).unwrap());
    let written =
        db.execute("UPDATE meta SET description = ?1, fingerprint = ?2", [new.to_string(), fingerprint(&new)]);
    assert_eq!(written.unwrap(), 1);
}

#[test]
fn a_record_of_version_0_1_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let start = checkpoint(folder.path(), "a.safetensors");
    let (points, runs) = (folder.path().join("a.plane"), folder.path().join("a.escape"));
    let (plane, escape) = (plane(&start, &points), escape(&start, &runs));
    measure_plane(&plane).unwrap();
    measure_escape(&escape).unwrap();
    let mut data = json!(subject().data);
    data["dir"] = json!("/mnt/data");
    describe(&points, |new| {
        json!({ "grid": new["grid"], "meta": {
            "title": "Around x.pt, filter-normalised random directions, seed 0", "net": NET, "data": data,
            "train_count": 1437, "test_count": 360, "loss": "cross-entropy", "bn": "batch", "seed": 0, "test": false,
            "a": [-1.0, 1.0, 5], "b": [-1.0, 1.0, 5], "anchors": new["meta"]["anchors"],
        } })
    });
    let escape_as_it_was = |rate: f64| {
        let data = data.clone();
        move |new: &Value| {
            json!({ "meta": {
                "start": new["meta"]["start"], "net": NET, "data": data, "data_set": "digits", "data_seed": null,
                "train_count": 1437, "loss": "cross-entropy", "bn": null, "rate": rate, "batch": 32, "momentum": 0.0,
                "nesterov": false, "weight_decay": 0.0, "sam_norm": 2.0, "sam_shard": null, "psam_until": "75%",
                "psam_period": 20, "limit": 4, "threshold": 0.001, "check": 1,
            } })
        }
    };
    describe(&runs, escape_as_it_was(0.03));
    assert_eq!(measure_plane(&plane), Ok(25));
    assert_eq!(measure_escape(&escape), Ok(3));
    // It goes on being one of another rate.
    describe(&runs, escape_as_it_was(0.1));
    assert!(measure_escape(&escape).unwrap_err().contains("rate is 0.1 there and 0.03 here"));
}
