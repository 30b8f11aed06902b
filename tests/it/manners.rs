//! What is said to people whose files, places and numbers do not fit, before and after anything is measured.

use std::{path::Path, process::Output};

use serde_json::Value;
use valleyscope::{checkpoint, net::Network};

use crate::support::program;

fn run(home: &Path, args: &[&str]) -> Output {
    program(home).current_dir(home).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn well(home: &Path, args: &[&str]) -> String {
    let out = run(home, args);
    assert!(out.status.success(), "{args:?}: {}", text(&out.stderr));
    text(&out.stdout)
}

fn refused(home: &Path, args: &[&str]) -> String {
    let out = run(home, args);
    assert!(!out.status.success(), "{args:?}: {}", text(&out.stdout));
    text(&out.stderr)
}

/// The first line with this event.
fn event(out: &str, name: &str) -> Value {
    let mut lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.find(|line| line["event"] == name).unwrap()
}

/// A checkpoint that was trained on digits with such pixels, without anything that says so.
fn trained(home: &Path, name: &str, options: &[&str]) {
    let walk = [
        "walk",
        "--net",
        "mlp:64-16-10",
        "--steps",
        "150",
        "--lr",
        "0.3",
        "--probes",
        "none",
        "--record",
        "run.valley",
        "--overwrite",
    ];
    well(home, &[&walk[..], options].concat());
    well(home, &["export", "run.valley", "--safetensors", name]);
}

#[test]
fn the_range_of_pixels_that_suits_a_checkpoint_is_told_and_taken() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    for (name, options, words, wrong) in [
        ("signed.safetensors", &["--pixels", "-1:1"][..], "--pixels=-1:1", &["--mean", "2", "--std", "0.2"][..]),
        ("standard.safetensors", &["--pixels", "standard"], "--pixels=standard", &["--mean", "3"]),
        ("unit.safetensors", &["--pixels", "0:1"], "--pixels=0:1", &["--mean", "0.5", "--std", "-0.5"]),
    ] {
        trained(home, name, options);
        let line = |more: &[&'static str]| -> Vec<&'static str> {
            [&["line", name, "--random", "1", "--alphas", "0:1:2", "--json"][..], more].concat()
        };
        // As it was trained, nothing is proposed.
        let right = well(home, &line(options));
        let notes = event(&right, "subject")["about"]["notes"].to_string();
        assert!(notes.contains("of 500 training and ") && !notes.contains("(--"), "{notes}");
        // Otherwise it is wrong too often, and the range that it wants is named.
        if wrong.contains(&"-0.5") {
            assert!(refused(home, &line(wrong)).contains("give numbers above 0 (--std)"));
        } else {
            let notes = event(&well(home, &line(wrong)), "subject")["about"]["notes"].to_string();
            assert!(notes.contains(&format!("give that range ({words})")), "{notes}");
        }
        // Which is found, and then all is as if it had been given.
        let auto = well(home, &line(&["--pixels", "auto"]));
        let loss = |out: &str| event(out, "point")["train_loss"].clone();
        assert_eq!(loss(&auto), loss(&right), "{name}");
    }
    assert!(refused(home, &["walk", "--pixels", "auto", "--steps", "2"]).contains("give the range"));
    assert!(
        refused(home, &["line", "unit.safetensors", "--random", "1", "--pixels", "auto", "--mean", "1"])
            .contains("leave out mean and deviation (--mean, --std)")
    );
}

#[test]
fn a_point_without_a_loss_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let net = "conv(2,3) batchnorm relu linear(10)";
    let network = Network::build(net, [1, 8, 8], 10).unwrap();
    for (name, seed, variance) in [("a.safetensors", 1, 1.0), ("b.safetensors", 2, 3.0), ("c.safetensors", 3, 1.5)] {
        let mut state = network.initial_state(seed);
        state.buffers[2..].fill(variance);
        checkpoint::save(&home.join(name), network.layout(), network.buffers(), &state).unwrap();
    }
    let line = ["line", "a.safetensors", "b.safetensors", "--net", net, "--alphas=-1:1:5", "--train-count", "50"];
    // 1 + 2 α is below 0 left of α = −0.5, and not at it.
    let said = well(home, &[&line[..], &["--bn", "running"]].concat());
    assert!(said.contains("no loss, running variance below 0, at α = -1\n"), "{said}");
    assert!(said.contains("at 1 of 5 points, which have no loss; batch and recalibrated statistics"), "{said}");
    let json = well(home, &[&line[..], &["--bn", "running", "--json"]].concat());
    let points: Vec<Value> =
        json.lines().map(|l| serde_json::from_str(l).unwrap()).filter(|l: &Value| l["event"] == "point").collect();
    let why: Vec<bool> = points.iter().map(|p| p["why"] == "running variance below 0").collect();
    let not: Vec<bool> = points.iter().map(|p| p["train_loss"] == "NaN").collect();
    assert_eq!(why, not);
    assert_eq!(why.iter().filter(|why| **why).count(), 1);
    for mode in ["batch", "recalibrated"] {
        let said = well(home, &[&line[..], &["--bn", mode]].concat());
        assert!(!said.contains("no loss") && !said.contains("NaN"), "{said}");
    }
    let plane = [
        "plane",
        "a.safetensors",
        "b.safetensors",
        "c.safetensors",
        "--net",
        net,
        "--grid",
        "5",
        "--train-count",
        "50",
    ];
    let json = well(home, &[&plane[..], &["--bn", "running", "--json"]].concat());
    let points: Vec<Value> =
        json.lines().map(|l| serde_json::from_str(l).unwrap()).filter(|l: &Value| l["event"] == "point").collect();
    assert!(points.iter().all(|p| (p["why"] == "running variance below 0") == (p["loss"] == "NaN")), "{json}");
}

#[test]
fn places_are_looked_at_before_anything_is_measured_and_one_does_not_lose_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    trained(home, "net.safetensors", &[]);
    let line = ["line", "net.safetensors", "--random", "1", "--alphas", "0:1:3"];
    for bad in ["none/x.csv", "net.safetensors/x.csv"] {
        let said = refused(home, &[&line[..], &["--out", "good.csv", "--out", bad]].concat());
        assert!(said.contains(bad) && said.contains("choose another place"), "{said}");
        assert!(!home.join("good.csv").exists(), "nothing was measured");
    }
    // A place that fails only when it is written to.
    if cfg!(target_os = "linux") {
        std::os::unix::fs::symlink("/dev/full", home.join("full.csv")).unwrap();
        let said = refused(home, &[&line[..], &["--out", "full.csv", "--out", "good.csv"]].concat());
        assert!(said.contains("full.csv"), "{said}");
        assert!(home.join("good.csv").exists(), "the others are written");
    }
}

#[test]
fn what_would_take_too_much_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    trained(home, "net.safetensors", &[]);
    for args in [
        &["walk", "--net", "linear(4000) relu linear(4000) relu linear(10)", "--steps", "1", "--memory", "200M"][..],
        &[
            "walk",
            "--net",
            "conv(1,1) relu conv(65536,1) relu tanh pool(2) linear(10)",
            "--steps",
            "1",
            "--memory",
            "100M",
        ],
        &["line", "net.safetensors", "--random", "90000", "--memory", "300M"],
    ] {
        let said = refused(home, args);
        assert!(
            said.contains("would take") && said.contains("are allowed (--memory)") && !said.contains("panicked"),
            "{said}"
        );
    }
    for (args, part) in [
        (&["line", "net.safetensors", "--random", "1000000000"][..], "at most 100000"),
        (&["valley", "net.safetensors", "--directions", "10000000"], "at most 100000"),
        (&["plane", "net.safetensors", "--grid", "100001"], "give a smaller count"),
        (&["escape", "net.safetensors", "--seeds", "1000000000", "--threshold", "0.5"], "at most"),
        (&["walk", "--memory", "lots", "--steps", "1"], "8G or 512M"),
    ] {
        let said = refused(home, args);
        assert!(said.contains(part) && !said.contains("panicked"), "{args:?}: {said}");
    }
    let stack = format!("{}linear(10)", "relu ".repeat(10_000));
    assert!(refused(home, &["walk", "--net", &stack, "--steps", "1"]).contains("more than 5000"));
}

/// Numbers may stay finite all the way to nowhere.
#[test]
fn a_run_that_ends_far_away_has_diverged() {
    let dir = tempfile::tempdir().unwrap();
    let walk = ["walk", "--data", "moons", "--net", "linear(2)", "--steps", "3", "--batch", "full", "--json", "--lr"];
    let far = run(dir.path(), &[&walk[..], &["1e20"]].concat());
    assert_eq!(far.status.code(), Some(3), "{}", text(&far.stderr));
    let done = event(&text(&far.stdout), "done");
    assert!(done["outcome"] == "diverged" && done["norm"].as_f64().unwrap() > 1e15 && done["loss"].is_f64(), "{done}");
    assert!(run(dir.path(), &[&walk[..], &["1"]].concat()).status.success());
}
