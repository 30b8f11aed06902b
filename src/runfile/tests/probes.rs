//! What the probes measured: in a table of its own, and in files from before there was one.

use rusqlite::{Connection, params};

use super::*;
use crate::runfile::number::{Count, Float};

/// Every step of [`fill`].
fn steps() -> impl Iterator<Item = StepRecord> {
    std::iter::once(odd_step()).chain((1..300).map(step))
}

/// The debug form is the shortest text that reads back to the same bits; NaN equals NaN.
fn text(steps: &[StepRecord]) -> String {
    format!("{steps:?}")
}

#[test]
fn what_was_not_measured_is_told_from_what_is_not_a_number() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let mut w = Writer::create(&path, &manifest(), false).unwrap();
    let of = |t, values| StepRecord { values, ..step(t) };
    let all: Vec<_> = ProbeId::all().collect();
    // Each alone, each missing, each not a number, and nothing at all.
    let mut expected = vec![of(0, ProbeValues::NONE)];
    for id in &all {
        let t = expected.len() as u64;
        let others = all.iter().filter(|other| *other != id);
        let others = others.fold(ProbeValues::NONE, |values, other| values.with(*other, Some(-0.0)));
        expected.push(of(t, ProbeValues::NONE.with(*id, Some(0.1 + 0.2))));
        expected.push(of(t + 1, others));
        expected.push(of(t + 2, ProbeValues::NONE.with(*id, Some(f64::NAN))));
    }
    expected.push(of(expected.len() as u64, ProbeValues::NONE));
    for s in &expected {
        w.step(s).unwrap();
    }
    w.commit().unwrap();
    let r = Reader::open(&path).unwrap();
    assert_eq!(text(&r.steps(0..u64::MAX).unwrap()), text(&expected));
    for t in 0..expected.len() {
        let (from, to) = (t as u64, t as u64 + 2);
        assert_eq!(text(&r.steps(from..to).unwrap()), text(&expected[t..expected.len().min(t + 2)]), "from {t}");
    }
}

/// Built with the statements of that time.
#[test]
fn a_file_of_format_3_reads_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.valley");
    let db = Connection::open(&path).unwrap();
    schema::create(&db, schema::APPLICATION_ID, 3, &schema::tables_of(3)).unwrap();
    let json = serde_json::to_string(&manifest()).unwrap();
    db.execute("INSERT INTO manifest VALUES (1, ?1)", [json]).unwrap();
    for s in steps() {
        let [gradient, cosine, distance, norm] = ProbeId::FIRST.map(|id| s.value(id).map(Float));
        db.execute(
            "INSERT INTO steps (t, loss, batch_loss, grad_norm, cosine, distance, norm, learning_rate, batch) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                Count(s.t),
                s.loss.map(Float),
                Float(s.batch_loss),
                gradient,
                cosine,
                distance,
                norm,
                Float(s.learning_rate),
                Count(s.batch)
            ],
        )
        .unwrap();
    }
    drop(db);
    let r = Reader::open(&path).unwrap();
    assert_eq!(r.manifest(), &manifest());
    assert_eq!(text(&r.steps(0..u64::MAX).unwrap()), text(&steps().collect::<Vec<_>>()));
    assert_eq!(text(&r.steps(5..7).unwrap()), text(&[step(5), step(6)]));
    assert_eq!((r.last_step().unwrap(), r.reached().unwrap()), (Some(299), 299));
}

#[test]
fn every_earlier_format_has_the_same_steps() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    for format in [3, 2, 1] {
        write_run(&path);
        make_older(&path, format);
        let found = Reader::open(&path).unwrap().steps(0..u64::MAX).unwrap();
        assert_eq!(text(&found), text(&steps().collect::<Vec<_>>()), "format {format}");
    }
}

#[test]
fn a_probe_of_a_later_version_is_passed_over_and_the_order_of_the_list_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    write_run(&path);
    let db = Connection::open(&path).unwrap();
    // Numbers are those of the file: here they are all others than ours.
    db.execute_batch(
        "UPDATE probes SET id = id + 70; UPDATE probe_values SET probe = probe + 70; \
         INSERT INTO probes VALUES (7, 'sharpness of a later version'); \
         INSERT INTO probe_values SELECT t, 7, 0.5 FROM steps; INSERT INTO probe_values VALUES (9, 8, 'NaN')",
    )
    .unwrap();
    drop(db);
    let r = Reader::open(&path).unwrap();
    assert_eq!(text(&r.steps(0..u64::MAX).unwrap()), text(&steps().collect::<Vec<_>>()));
}

#[test]
fn a_value_of_the_wrong_kind_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    write_run(&path);
    let db = Connection::open(&path).unwrap();
    db.execute_batch("UPDATE probe_values SET value = 'big' WHERE t = 3").unwrap();
    drop(db);
    let r = Reader::open(&path).unwrap();
    assert_eq!(r.steps(0..3).unwrap().len(), 3);
    let error = r.steps(0..9).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains("a.valley"), "{error}");
}
