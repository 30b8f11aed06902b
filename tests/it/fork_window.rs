//! Forks and the live line between their branches, in the window through its accessible names.

use std::path::{Path, PathBuf};

use egui_kittest::{Harness, kittest::Queryable as _};
use valleyscope::{app::App, optim::OptimizerKind, runfile::Reader};

use crate::{
    explore_window::fill,
    window::{click, show, wait, window},
};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "valley"));
    files.sort();
    files
}

/// Step, optimizer and outcome of the forks in a folder.
fn forks(folder: &Path) -> Vec<(u64, OptimizerKind, bool)> {
    let readers = files(folder).into_iter().filter_map(|p| Reader::open(&p).ok());
    let of = |r: Reader| {
        let spec = r.manifest().spec.clone();
        Some((spec.fork?.step, spec.optimizer.kind, r.summary().ok()?.is_some()))
    };
    readers.filter_map(of).collect()
}

/// A window whose run has made some iterations.
fn moving(folder: &Path) -> Harness<'static, App> {
    let mut w = window(folder, false, vec![]);
    wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
    wait(&mut w, "some iterations", |_| {
        let first = files(folder).into_iter().next();
        first.is_some_and(|f| Reader::open(&f).is_ok_and(|r| r.last_step().is_ok_and(|t| t > Some(4))))
    });
    w
}

/// A run that was stopped goes on where it was, with one click.
#[test]
fn a_stopped_run_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = moving(folder.path());
    click(&mut w, "Stop");
    wait(&mut w, "the offer", |w| w.query_by_label("Continue").is_some());
    let first = files(folder.path()).remove(0);
    let reached = Reader::open(&first).unwrap().reached().unwrap();
    assert!(w.query_by_label(&format!("stopped at {reached}")).is_some());
    click(&mut w, "Continue");
    wait(&mut w, "the run to go on", |_| {
        files(folder.path())
            .iter()
            .any(|f| f != &first && Reader::open(f).is_ok_and(|r| r.last_step().is_ok_and(|t| t > Some(reached + 2))))
    });
    let (step, kind, _) = forks(folder.path())[0];
    assert_eq!((step, kind), (reached, OptimizerKind::Sgd));
    click(&mut w, "Stop");
    wait(&mut w, "the end", |_| forks(folder.path()).iter().all(|f| f.2));
}

#[test]
fn a_live_run_is_forked_and_the_line_between_its_branches_is_measured_while_they_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = moving(folder.path());
    click(&mut w, "Fork…");
    for kind in ["gd", "sgd", "sam", "psam"] {
        assert!(w.query_by_label(&format!("Fork under {kind}")).is_some(), "{kind} is not offered");
    }
    assert!(w.query_by_label("Fork ρ").is_some(), "SAM is offered beside SGD, with its radius");
    click(&mut w, "Fork now");
    wait(&mut w, "the fork", |_| forks(folder.path()).len() == 1);
    let (step, kind, _) = forks(folder.path())[0];
    assert!(step > 4 && kind == OptimizerKind::Sam);
    show(&mut w, "Runs");
    wait(&mut w, "the tree", |w| w.query_by_label_contains(&format!("at iteration {step}")).is_some());
    assert_eq!(w.query_all_by_label("Stop this one").count(), 2, "each branch can be stopped alone");
    // The line between the two was chosen by itself.
    show(&mut w, "Line");
    wait(&mut w, "the choice", |w| w.query_by_label("Measure between runs").is_some());
    click(&mut w, "Measure between runs");
    wait(&mut w, "a measurement", |w| w.query_by_label_contains("A at iteration").is_some());
    wait(&mut w, "the next ones, by themselves", |w| {
        (3..60).any(|n| w.query_by_label_contains(&format!("measurement {n},")).is_some())
    });
    for label in ["minima", "of the training loss", "of the test loss", "shift in α", "slopes at A", "slopes at B"] {
        assert!(w.query_all_by_label(label).next().is_some(), "no {label}");
    }
    assert!(w.query_by_label("Show SGD – SAM ρ 0.05 · from").is_none());
    assert!(w.query_by_label_contains("Show SGD – SAM ρ 0.05").is_some(), "named by what differs");
    // One branch is stopped alone; the line goes on with its last point until the other has ended, too.
    show(&mut w, "Runs");
    let last = w.query_all_by_label("Stop this one").last().map(|n| n.rect()).unwrap();
    w.query_all_by_label("Stop this one").find(|n| n.rect() == last).unwrap().click();
    wait(&mut w, "its end", |_| forks(folder.path()).iter().any(|f| f.2));
    wait(&mut w, "one that is left", |w| w.query_all_by_label("Stop this one").next().is_none());
    assert!(w.query_by_label_contains("stopped after").is_some());
    assert!(w.query_by_label_contains("running, iteration").is_some(), "the other one goes on");
    click(&mut w, "Stop");
    wait(&mut w, "the end of the line", |w| w.query_by_label("Stop measuring").is_none());
    wait(&mut w, "the end of all", |_| {
        files(folder.path()).iter().all(|f| Reader::open(f).unwrap().summary().unwrap().is_some())
    });
}

#[test]
fn a_recorded_run_is_forked_into_two_branches_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("made.valley");
    let status = crate::support::program(folder.path())
        .args(["walk", "--steps", "60", "--optimizer", "sam", "--record"])
        .arg(&run)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let mut w = window(folder.path(), true, vec![run]);
    wait(&mut w, "the run", |w| w.query_all_by_label("Timeline").next().is_some());
    assert!(w.query_by_label("Fork at 30…").is_some(), "the scrubbed iteration is offered");
    click(&mut w, "Fork at 30…");
    assert!(w.query_by_label("at iteration").is_some());
    click(&mut w, "Fork");
    wait(&mut w, "both branches", |_| forks(folder.path()).len() == 2);
    let mut kinds = forks(folder.path());
    kinds.sort_by_key(|(_, kind, _)| kind.to_string());
    assert_eq!(
        kinds.iter().map(|f| (f.0, f.1)).collect::<Vec<_>>(),
        [(30, OptimizerKind::Sam), (30, OptimizerKind::Sgd)]
    );
    show(&mut w, "Runs");
    wait(&mut w, "the tree", |w| w.query_all_by_label("fork of made.valley at iteration 30").count() == 2);
    wait(&mut w, "their ends", |_| forks(folder.path()).iter().all(|f| f.2));
    // The files are whole before the window hears of it.
    wait(&mut w, "the news of it", |w| w.query_all_by_label_contains("running, iteration").next().is_none());
    // Where they ended, the line is measured once.
    show(&mut w, "Line");
    click(&mut w, "Measure between runs");
    wait(&mut w, "the line", |w| w.query_by_label_contains("measured in").is_some());
    assert!(w.query_by_label("shift in α").is_some());
    assert!(w.query_by_label_contains("A at iteration").is_none(), "it does not move");
}

#[test]
fn a_run_that_has_ended_is_forked_from_the_bar() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("made.valley");
    let status = crate::support::program(folder.path())
        .args(["walk", "--steps", "12", "--train-count", "200", "--record"])
        .arg(&run)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let mut w = window(folder.path(), true, vec![run]);
    wait(&mut w, "the run", |w| w.query_all_by_label("Timeline").next().is_some());
    click(&mut w, "Fork…");
    assert!(w.query_by_label("at iteration").is_some(), "any iteration of it can be chosen");
    click(&mut w, "beside the same going on unchanged");
    fill(&mut w, "Fork η", "0.05");
    click(&mut w, "Fork");
    wait(&mut w, "the fork", |_| forks(folder.path()) == [(12, OptimizerKind::Sam, true)]);
    let made = Reader::open(files(folder.path()).iter().find(|f| !f.ends_with("made.valley")).unwrap()).unwrap();
    assert_eq!(made.manifest().spec.lr, 0.05);
    assert_eq!(made.summary().unwrap().unwrap().steps, 24, "a run at its end goes on as long again");
}

#[test]
fn several_radii_make_a_sweep_of_branches_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = moving(folder.path());
    click(&mut w, "Fork…");
    fill(&mut w, "Fork ρ", "0.02, nought");
    assert!(w.query_by_label_contains("\"nought\" is no radius").is_some());
    click(&mut w, "Fork now");
    fill(&mut w, "Fork ρ", "0.02, 0.1");
    click(&mut w, "Fork now");
    wait(&mut w, "both forks", |_| forks(folder.path()).len() == 2);
    let found = forks(folder.path());
    assert!(found[0].0 == found[1].0 && found.iter().all(|f| f.1 == OptimizerKind::Sam), "{found:?}");
    // The files are there before the window hears of it.
    show(&mut w, "Runs");
    wait(&mut w, "the branches", |w| w.query_all_by_label_contains("fork of").count() == 2);
    show(&mut w, "Line");
    wait(&mut w, "the choice", |w| w.query_by_label("Measure between runs").is_some());
    click(&mut w, "Measure between runs");
    for rho in ["0.02", "0.1"] {
        wait(&mut w, "a line to each", |w| {
            w.query_all_by_label_contains(&format!("Show SGD – SAM ρ {rho}")).next().is_some()
        });
    }
}
