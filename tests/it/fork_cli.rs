//! Forks from the command line.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use clap::Parser as _;
use valleyscope::{
    cli::{Cli, Command as CliCommand},
    optim::{OptimizerKind, OptimizerSpec},
    run::{Length, RunSpec},
    runfile::Reader,
};

use crate::{
    fork_files::{fork, run},
    support::PATIENCE,
};

fn parsed(words: &[&str]) -> anyhow::Result<RunSpec> {
    let cli = Cli::try_parse_from([&["valleyscope", "walk"], words].concat())?;
    match cli.command {
        Some(CliCommand::Walk(args)) => args.spec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_command_line_of_a_fork_is_what_differs_and_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let parent = dir.path().join("a.valley");
    let optimizer = OptimizerSpec { kind: OptimizerKind::Sam, momentum: 0.9, nesterov: true, ..Default::default() };
    let spec = RunSpec {
        optimizer: OptimizerSpec { sam_shard: Some(20), ..optimizer },
        average: Some("swa:10%".parse().unwrap()),
        switch: "sam:sgd@20".parse().unwrap(),
        length: Length::Steps(24),
        checkpoint_every: Some(6),
        ..RunSpec::default()
    };
    run(spec, &parent).unwrap();
    let at = format!("{}@8", parent.display());
    let plain = parsed(&["--fork", &at]).unwrap();
    assert_eq!(plain, fork(&parent, 8).unchanged());
    assert_eq!(plain.arguments(), ["--fork", &at]);
    for words in [
        &["--rho", "0.3"][..],
        &["--optimizer", "sgd", "--steps", "60", "--lr", "0.01", "--schedule", "cosine"],
        &["--without", "average,nesterov,sam-shard,checkpoint-every", "--momentum", "0"],
        &["--switch", "none", "--epochs", "9", "--batch", "50", "--probes", "slice,epoch", "--every", "slice:4"],
        &["--optimizer", "psam", "--psam-period", "3", "--bn", "recalibrated", "--bn-batch", "60"],
        &["--device", "cpu", "--checkpoint-every", "2", "--average", "swa:50%:2", "--switch", "sam:asam@9"],
    ] {
        let spec = parsed(&[&["--fork", &at], words].concat()).unwrap();
        let line = spec.command_line();
        let args = spec.arguments();
        let back = parsed(&args.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!(back, spec, "{line}");
        assert_eq!(spec.check(), Ok(()), "{line}");
        // Through JSON, as a run file keeps it.
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<RunSpec>(&json).unwrap(), spec);
    }
    assert!(parsed(&["--fork", &at, "--rho", "0.3"]).unwrap().command_line().ends_with("@8 --rho 0.3"));
    let sgd = parsed(&["--fork", &at, "--optimizer", "sgd"]).unwrap();
    assert!(sgd.switch.is_empty(), "another optimizer ends the parent's plan");
    let says = |words: &[&str]| parsed(&[&["--fork", &at], words].concat()).unwrap_err().to_string();
    assert!(says(&["--seed", "1"]).contains("--seed cannot be given with --fork"));
    assert!(says(&["--train-count", "5"]).contains("--train-count cannot be given"));
    assert!(says(&["--optimizer", "sgd", "--rho", "1"]).contains("--rho means nothing"));
    let wrong = |at: &str| parsed(&["--fork", at]).unwrap_err().to_string();
    assert!(wrong(&format!("{}@99", parent.display())).contains("fork it at 24 or before"));
    assert!(wrong("/no/such.valley@3").contains("/no/such.valley does not exist"));
    assert!(wrong(&format!("{}@x", parent.display())).contains("write RUN@STEP"));
}

fn program(dir: &Path, args: &[&str]) -> std::process::Command {
    let mut command = crate::support::program(dir);
    command.current_dir(dir).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn succeed(dir: &Path, args: &[&str]) {
    let out = program(dir, args).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_fork_that_was_killed_opens_alone_and_can_be_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let path = |name: &str| -> PathBuf { home.join(name) };
    succeed(home, &["walk", "--steps", "40", "--momentum", "0.9", "--lr", "0.02", "--record", "a.valley"]);
    let fork = ["walk", "--fork", "a.valley@25", "--optimizer", "sam", "--steps", "500000", "--record", "b.valley"];
    let mut child = program(home, &fork).spawn().unwrap();
    let begun = Instant::now();
    let reached = || Reader::open(&path("b.valley")).ok().and_then(|r| r.last_step().ok().flatten()).unwrap_or(0);
    while reached() < 45 {
        assert!(begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let r = Reader::open(&path("b.valley")).unwrap();
    assert_eq!((r.summary().unwrap(), r.checkpoints().unwrap(), r.states().unwrap()), (None, vec![25], vec![25]));
    assert_eq!(r.steps(0..u64::MAX).unwrap()[0].t, 25);
    // It opens everywhere, without its parent.
    std::fs::remove_file(path("a.valley")).unwrap();
    succeed(home, &["export", "b.valley", "--csv", "tables"]);
    succeed(home, &["export", "b.valley", "--png", "pictures"]);
    succeed(home, &["inspect", "b.valley@25"]);
    let csv = std::fs::read_to_string(path("tables/steps.csv")).unwrap();
    assert!(csv.lines().nth(1).unwrap().starts_with("25,"), "{csv}");
    // And goes on: its own iterations again, then others.
    succeed(home, &["walk", "--fork", "b.valley@40", "--steps", "50", "--record", "c.valley"]);
    let c = Reader::open(&path("c.valley")).unwrap();
    assert_eq!((c.checkpoints().unwrap(), c.summary().unwrap().unwrap().steps), (vec![40, 50], 50));
    let (of_b, of_c) = (r.steps(40..45).unwrap(), c.steps(40..45).unwrap());
    assert_eq!(format!("{of_b:?}"), format!("{of_c:?}"));
    succeed(home, &["line", "b.valley@25", "c.valley", "--alphas", "0:1:3", "--json"]);
}
