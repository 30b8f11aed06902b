//! `toy` as a user runs it.

use serde_json::Value;

use crate::support::program;

fn toy(home: &std::path::Path, arguments: &[&str]) -> Vec<Value> {
    let out = program(home).arg("toy").args(arguments).arg("--json").output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    let lines = String::from_utf8(out.stdout).unwrap();
    lines.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

/// Success rates of 2,000 runs over 500 iterations, against independent simulations of the noise paper's figure.
#[test]
fn the_noise_papers_six_escape_as_often_as_they_should() {
    let home = tempfile::tempdir().unwrap();
    let lines = toy(home.path(), &["escape2d", "--dynamics", "all", "--runs", "2000", "--steps", "500", "--seed", "1"]);
    let bands = [
        ("gd", 0.0, 0.0),
        ("const", 0.0, 0.03),
        ("diag", 0.0, 0.03),
        ("leading", 0.30, 0.35),
        ("hessian", 0.24, 0.29),
        ("eigvec", 0.38, 0.45),
    ];
    for (name, low, high) in bands {
        let found = lines.iter().find(|l| l["event"] == "ensemble" && l["dynamics"] == name).unwrap();
        let rate = found["success"].as_f64().unwrap();
        assert!((low..=high).contains(&rate), "{name}: {rate}");
        assert_eq!(found["runs"], 2000);
        let interval = (found["low"].as_f64().unwrap(), found["high"].as_f64().unwrap());
        assert!(interval.0 <= rate && rate <= interval.1 && interval.1 - interval.0 < 0.05, "{found}");
        assert!(found["mean_trace_h_sigma"].is_number() && found.get("median_first_passage").is_some(), "{found}");
    }
}

#[test]
fn a_seed_repeats_an_ensemble() {
    let home = tempfile::tempdir().unwrap();
    let run = |seed: &str| toy(home.path(), &["escape2d", "--dynamics", "leading", "--runs", "200", "--seed", seed]);
    assert_eq!(run("3"), run("3"));
    assert_ne!(run("3"), run("4"));
}

#[test]
fn bad_input_gets_an_answer_that_helps() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (vec!["escape3d"], "did you mean \"escape2d\""),
        (vec!["escape2d", "--dynamics", "leadin"], "did you mean \"leading\""),
        (vec!["escape2d", "--runs", "0"], "0"),
        (vec!["escape2d", "--lr", "-0.1"], "-0.1"),
        (vec!["escape2d", "--lr", "NaN"], "NaN"),
        (vec!["sextic", "--dynamics", "sam", "--rho", "-1"], "-1"),
        (vec!["formula", "--formula", "x^2 + * y"], "7"),
    ] {
        let out = program(home.path()).arg("toy").args(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && error.contains(part) && !error.contains("panicked"), "{arguments:?}: {error}");
    }
}
