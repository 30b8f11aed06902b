//! `line`, `plane` and `inspect` as a user runs them.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use valleyscope::{checkpoint, net::Network};

use crate::support::program;

/// Checkpoints of a small network on the digits, each from another seed.
fn checkpoints(folder: &Path, net: &str, count: u64) -> Vec<PathBuf> {
    let network = Network::build(net, [1, 8, 8], 10).unwrap();
    let save = |seed: u64| {
        let path = folder.join(format!("net-{seed}.safetensors"));
        checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(seed)).unwrap();
        path
    };
    (1..=count).map(save).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(home: &Path, arguments: &[&str]) -> Vec<Value> {
    let out = program(home).args(arguments).output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    let lines = String::from_utf8(out.stdout).unwrap();
    lines.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

fn events<'a>(lines: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |l| l["event"] == name)
}

#[test]
fn a_line_prints_the_documented_json_and_writes_every_format() {
    let home = tempfile::tempdir().unwrap();
    let files = checkpoints(home.path(), "mlp", 2);
    let outs: Vec<PathBuf> = ["csv", "npz", "png", "svg", "json"].map(|e| home.path().join(format!("l.{e}"))).into();
    let mut arguments = vec!["line", text(&files[0]), text(&files[1]), "--json", "--alphas", "-0.5:1.5:5"];
    outs.iter().for_each(|o| arguments.extend(["--out", text(o)]));
    let lines = json(home.path(), &arguments);
    let points: Vec<&Value> = events(&lines, "point").collect();
    assert_eq!(points.len(), 5);
    for (p, alpha) in points.iter().zip([-0.5, 0.0, 0.5, 1.0, 1.5]) {
        assert_eq!(p["alpha"].as_f64(), Some(alpha));
        for key in ["train_loss", "train_error", "test_loss", "test_error"] {
            assert!(p[key].is_f64(), "{p}");
        }
    }
    let summary = events(&lines, "line").next().unwrap();
    assert!(summary["distance"].as_f64().unwrap() > 1.0);
    assert!(summary["gradient_cosine"].as_f64().unwrap().abs() <= 1.0);
    assert!(summary["train"]["barrier"]["above_chord"].is_f64());
    assert!(outs.iter().all(|o| std::fs::metadata(o).unwrap().len() > 100));
}

#[test]
fn random_lines_have_a_band_and_refinement_adds_points() {
    let home = tempfile::tempdir().unwrap();
    let files = checkpoints(home.path(), "mlp", 1);
    let lines = json(home.path(), &["line", text(&files[0]), "--random", "3", "--json", "--alphas", "-1:1:3"]);
    assert_eq!(events(&lines, "point").count(), 9);
    assert_eq!(events(&lines, "line").count(), 3);
    let at_zero: Vec<f64> =
        events(&lines, "point").filter(|p| p["alpha"] == 0.0).map(|p| p["train_loss"].as_f64().unwrap()).collect();
    assert!(at_zero.iter().all(|l| l.to_bits() == at_zero[0].to_bits()), "all lines go through the model");
    let refined = json(
        home.path(),
        &["line", text(&files[0]), "--random", "1", "--json", "--alphas", "-1:1:3", "--refine", "0.01:4"],
    );
    assert_eq!(events(&refined, "point").count(), 7);
}

/// The points of a plane by place.
fn plane_points(lines: &[Value]) -> std::collections::BTreeMap<(u64, u64), (u64, u64)> {
    let bits = |v: &Value| v.as_f64().unwrap().to_bits();
    events(lines, "point")
        .map(|p| ((p["i"].as_u64().unwrap(), p["j"].as_u64().unwrap()), (bits(&p["loss"]), bits(&p["error"]))))
        .collect()
}

#[test]
fn a_plane_that_is_killed_goes_on_where_it_was() {
    let home = tempfile::tempdir().unwrap();
    let files = checkpoints(home.path(), "conv(8,3) relu conv(8,3) relu linear(10)", 1);
    let record = home.path().join("p.plane");
    let plain =
        ["plane", text(&files[0]), "--net", "conv(8,3) relu conv(8,3) relu linear(10)", "--grid", "15", "--json"];
    let whole = plane_points(&json(home.path(), &plain));
    assert_eq!(whole.len(), 225);
    let recorded = [&plain[..], &["--record", text(&record)]].concat();
    let mut killed = program(home.path()).args(&recorded).stdout(Stdio::piped()).spawn().unwrap();
    let mut seen = BufReader::new(killed.stdout.take().unwrap()).lines();
    let mut before = 0;
    while before < 40 {
        before += usize::from(seen.next().expect("it goes on").unwrap().contains("\"point\""));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let resumed = json(home.path(), &recorded);
    let kept = events(&resumed, "plane").next().unwrap()["resumed"].as_u64().unwrap();
    assert!((40..225).contains(&kept), "{kept} points were kept");
    assert_eq!(plane_points(&resumed), whole, "killed and resumed is the same to the bit");
    assert_eq!(events(&resumed, "point").count(), 225, "every point once");
    // Another question must not go into the same file.
    let other = program(home.path()).args(&recorded).args(["--seed", "5"]).output().unwrap();
    assert!(!other.status.success());
    assert!(String::from_utf8_lossy(&other.stderr).contains("p.plane"));
}

#[test]
fn a_path_of_checkpoints_has_a_plane_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run.valley");
    let walked = program(home.path())
        .args(["walk", "--steps", "30", "--checkpoint-every", "5", "--lr", "0.5", "--json", "--record", text(&run)])
        .output()
        .unwrap();
    assert!(walked.status.success());
    let steps: Vec<Value> =
        String::from_utf8(walked.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let lines = json(home.path(), &["plane", text(&run), "--pca", "--grid", "5", "--json"]);
    let head = events(&lines, "plane").next().unwrap();
    let explained: Vec<f64> = head["explained"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    assert!(explained[0] > explained[1] && explained[0] + explained[1] > 0.7, "{explained:?}");
    let places: Vec<&Value> = events(&lines, "place").collect();
    assert_eq!(places.len(), 7, "θ_0, θ_5, …, θ_30");
    // The last point is the origin; its own loss is the plane's there, and that of the run.
    let last = places[6];
    assert_eq!((last["a"].as_f64(), last["off_plane"].as_f64()), (Some(0.0), Some(0.0)));
    assert_eq!(last["loss"], last["in_plane"]);
    // Away from the plane a point's own loss is another one, and it is the loss that the walk had there.
    let at_ten = steps.iter().find(|s| s["event"] == "step" && s["t"] == 10).unwrap();
    let own = places[2]["loss"].as_f64().unwrap();
    assert!((own - at_ten["loss"].as_f64().unwrap()).abs() < 1e-6 * own);
    assert!(places[2]["off_plane"].as_f64().unwrap() > 0.0);
}

#[test]
fn inspect_says_what_is_in_a_file() {
    let home = tempfile::tempdir().unwrap();
    let files = checkpoints(home.path(), "mlp", 2);
    let found = &json(home.path(), &["inspect", text(&files[0]), "--json"])[0];
    assert_eq!((&found["network"], &found["parameters"]), (&"mlp:64-128-64-10".into(), &17226.into()));
    let first = found["tensors"].as_array().unwrap().iter().find(|t| t["name"] == "0.weight").unwrap();
    assert_eq!(first["shape"], serde_json::json!([128, 64]));
    let folder = &json(home.path(), &["inspect", text(home.path()), "--json"])[0];
    assert_eq!(folder["points"].as_array().unwrap().len(), 2);
}

#[test]
fn mistakes_in_lines_and_planes_get_an_answer_that_helps() {
    let home = tempfile::tempdir().unwrap();
    let files = checkpoints(home.path(), "mlp", 2);
    let other = home.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let small = checkpoints(&other, "mlp:64-32-10", 1);
    let (a, b, c) = (text(&files[0]), text(&files[1]), text(&small[0]));
    let nowhere = text(home.path()).to_string() + "/no.pt";
    for (arguments, part) in [
        (vec!["line", a, &nowhere], "no.pt"),
        (vec!["line", a, c], "other"),
        (vec!["line", a, b, "--out", "l.pgn"], "did you mean \"png\""),
        (vec!["line", a, b, "--alphas", "0:1"], "0:1"),
        (vec!["line", a, b, "--bn", "batched"], "did you mean \"batch\""),
        (vec!["line", a, b, "--net", "lenet"], "lenet"),
        (vec!["plane", a, b], "valleyscope line"),
        (vec!["plane", a, b, a], "same point"),
        (vec!["plane", a, "--grid", "1"], "1"),
        (vec!["plane", text(&other), "--pca"], "1 point"),
        (vec!["line", a, "--random", "0"], "number of directions"),
        // Looked at before any file is read.
        (vec!["plane", &nowhere, "--record", "/no/such/p.valley"], "--record /no/such/p.valley"),
        (vec!["plane", &nowhere, "--out", "/no/such/p.csv"], "--out /no/such/p.csv"),
        (vec!["inspect", "Cargo.toml"], "Cargo.toml"),
    ] {
        let out = program(home.path()).args(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && error.contains(part), "{arguments:?}: {error}");
    }
}
