//! What a walk goes on with, and files of formats that have none.

use super::*;
use crate::{
    optim::{Position, VELOCITY, Vectors},
    run::{Epoch, Numbers, Standing},
};

fn standing(t: u64) -> Standing {
    Standing {
        t,
        theta: vec![1.0, -0.0, f32::NAN],
        buffers: vec![],
        vectors: [(VELOCITY.to_string(), vec![1e-45, f32::INFINITY, -2.5])].into_iter().collect(),
        gradient: None,
        average: Some(vec![0.1 + 0.2, f64::MIN_POSITIVE, -1.0]),
        numbers: Numbers {
            optimizer: OptimizerSpec { kind: OptimizerKind::Sam, ..OptimizerSpec::default() },
            learning_rate: 1.0 / 3.0,
            batches: Position { shuffles: 2, visited: 300, size: 100 },
            noise_position: 77,
            noise_deviation: 0.25,
            spread: None,
            epoch: Epoch { number: 1, slices: 3, barriers: 1, heights: 0.5 },
            averaged: 2,
            loss: Some(f64::NAN),
            gradient_evaluations: 9,
            full_loss_evaluations: 90,
        },
    }
}

fn write(path: &Path, states: &[Standing]) {
    let mut w = Writer::create(path, &manifest(), false).unwrap();
    for s in states {
        w.checkpoint(s.t, &[&*s.theta, &*s.buffers].concat()).unwrap();
        w.state(s).unwrap();
    }
    w.origin(&[0.5, 0.25, -0.0]).unwrap();
}

#[test]
fn a_state_comes_back_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let plain = Standing { vectors: Vectors::default(), average: None, gradient: Some(vec![0.0; 3]), ..standing(9) };
    let plain = Standing { numbers: Numbers { averaged: 0, ..plain.numbers }, ..plain };
    write(&path, &[standing(5), plain.clone()]);
    let r = Reader::open(&path).unwrap();
    assert_eq!((r.states().unwrap(), r.reached().unwrap()), (vec![5, 9], 9));
    assert_eq!(format!("{:?}", r.state(5).unwrap()), format!("{:?}", standing(5)));
    assert_eq!(format!("{:?}", r.state(9).unwrap()), format!("{plain:?}"));
    assert_eq!(
        r.origin().unwrap().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [0.5f32.to_bits(), 0.25f32.to_bits(), (-0.0f32).to_bits()]
    );
    assert!(r.state(7).unwrap_err().to_string().contains("keeps no parameters of iteration 7"));
}

#[test]
fn the_vectors_of_a_state_are_replaced_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let mut other = standing(5);
    other.vectors = [("m".to_string(), vec![0.5; 3]), ("v".to_string(), vec![-0.0; 3])].into_iter().collect();
    write(&path, &[standing(5), other.clone(), standing(9)]);
    let r = Reader::open(&path).unwrap();
    assert_eq!(format!("{:?}", r.state(5).unwrap()), format!("{other:?}"));
    assert_eq!(format!("{:?}", r.state(9).unwrap()), format!("{:?}", standing(9)));
    drop(r);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute("UPDATE vectors SET data = x'00000000' WHERE name = 'm'", ()).unwrap();
    let error = Reader::open(&path).unwrap().state(5).unwrap_err();
    assert!(matches!(error, RunFileError::WrongLength { t: 5, found: 1, expected: 3, .. }), "{error}");
}

/// A file of format 3, whose states have a column for the velocity.
#[test]
fn the_velocity_of_a_file_of_the_third_format_is_read() {
    use crate::runfile::{number, schema};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.valley");
    let db = rusqlite::Connection::open(&path).unwrap();
    schema::create(&db, schema::APPLICATION_ID, 3, &schema::tables_of(3)).unwrap();
    let json = serde_json::to_string(&manifest()).unwrap();
    db.execute("INSERT INTO manifest VALUES (1, ?1)", [json]).unwrap();
    for state in [standing(5), Standing { vectors: Vectors::default(), ..standing(9) }] {
        let (key, theta) = (number::Count(state.t), number::theta_bytes(&state.theta));
        db.execute("INSERT INTO checkpoints VALUES (?1, ?2)", rusqlite::params![key, theta]).unwrap();
        db.execute(
            "INSERT INTO states VALUES (?1, ?2, ?3, NULL, ?4)",
            rusqlite::params![
                key,
                number::Json(state.numbers),
                state.vectors.get(VELOCITY).map(number::theta_bytes),
                state.average.as_deref().map(number::mean_bytes)
            ],
        )
        .unwrap();
    }
    drop(db);
    let r = Reader::open(&path).unwrap();
    assert_eq!(r.states().unwrap(), [5, 9]);
    assert_eq!(format!("{:?}", r.state(5).unwrap()), format!("{:?}", standing(5)));
    assert_eq!(r.state(9).unwrap().vectors, Vectors::default());
    assert_eq!(r.origin().unwrap(), None);
}

#[test]
fn a_state_that_contradicts_itself_is_refused() {
    let refused = |change: &dyn Fn(&mut Standing)| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        let mut s = standing(5);
        change(&mut s);
        write(&path, &[s]);
        Reader::open(&path).unwrap().state(5).unwrap_err().to_string()
    };
    for (what, error) in [
        ("no such example", refused(&|s| s.numbers.batches.visited = 1000)),
        ("an empty batch", refused(&|s| s.numbers.batches.size = 0)),
        ("more shuffles than steps", refused(&|s| s.numbers.batches.shuffles = u64::MAX)),
        ("an average of nothing", refused(&|s| s.numbers.averaged = 0)),
    ] {
        assert!(error.contains("contradicts itself"), "{what}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut w = Writer::create(&dir.path().join("a.valley"), &manifest(), false).unwrap();
    let mut long = standing(5);
    long.vectors.put(VELOCITY, vec![0.0; 4]);
    assert!(matches!(w.state(&long), Err(RunFileError::WrongLength { found: 4, expected: 3, .. })));
    assert!(matches!(w.origin(&[0.0]), Err(RunFileError::WrongLength { found: 1, .. })));
}

#[test]
fn files_of_earlier_formats_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    write_run(&path);
    let now = Reader::open(&path).unwrap();
    let (steps, epochs) = (now.steps(0..u64::MAX).unwrap().len(), now.epochs().unwrap().len());
    drop(now);
    for format in [2, 1] {
        write_run(&path);
        make_older(&path, format);
        let r = Reader::open(&path).unwrap();
        assert_eq!((r.steps(0..u64::MAX).unwrap().len(), r.epochs().unwrap().len()), (steps, epochs));
        assert_eq!((r.states().unwrap(), r.origin().unwrap()), (vec![], None));
        assert!(matches!(r.state(0), Err(RunFileError::NoCheckpoint { .. })));
        assert_eq!(r.reached().unwrap(), 300);
    }
}
