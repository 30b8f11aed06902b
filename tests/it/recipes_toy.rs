//! Recipes of the toy laboratory, as a user runs them.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    support::program,
    window::{click, show, wait, window},
};

fn reproduce(home: &std::path::Path, arguments: &[&str]) -> Vec<Value> {
    let out = program(home).arg("reproduce").args(arguments).arg("--json").output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    let lines = String::from_utf8(out.stdout).unwrap();
    lines.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

#[test]
fn every_toy_recipe_is_listed() {
    let home = tempfile::tempdir().unwrap();
    let lines = reproduce(home.path(), &["--list"]);
    for id in [
        "noise-toy",
        "noise-ou",
        "sam-perturbed",
        "sam-sharper",
        "sam-bias2d",
        "sam-exit",
        "valleys-cases",
        "valleys-theorem1",
        "valleys-theorem2",
        "valleys-logistic",
        "walk-rates",
    ] {
        let found = lines.iter().find(|l| l["id"] == id).unwrap_or_else(|| panic!("{id} is not listed"));
        assert!(!found["claims"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_recipe_of_ones_own_is_printed_changed_and_made() {
    let home = tempfile::tempdir().unwrap();
    let out = program(home.path()).args(["reproduce", "--print", "sam-sharper"]).output().unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    let file = home.path().join("mine.toml");
    std::fs::write(&file, text.replace("id = \"sam-sharper\"", "id = \"mine\"")).unwrap();
    let claims = |lines: Vec<Value>| -> Vec<Value> { lines.into_iter().filter(|l| l["event"] == "claim").collect() };
    let own = claims(reproduce(home.path(), &[file.to_str().unwrap(), "--out", home.path().to_str().unwrap()]));
    let built_in = claims(reproduce(home.path(), &["sam-sharper"]));
    assert_eq!(own.len(), built_in.len());
    for (own, built_in) in own.iter().zip(&built_in) {
        assert_eq!((&own["parts"], &own["verdict"]), (&built_in["parts"], &built_in["verdict"]));
    }
    assert!(home.path().join("mine.png").is_file());
    std::fs::write(&file, text.replace("measure", "mesure")).unwrap();
    let out = program(home.path()).args(["reproduce", file.to_str().unwrap()]).output().unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.code() == Some(2) && error.contains("mine.toml"), "{error}");
}

#[test]
fn an_exact_recipe_passes_with_its_numbers_and_leaves_a_picture() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("pictures");
    let lines = reproduce(home.path(), &["sam-sharper", "--out", folder.to_str().unwrap()]);
    let claims: Vec<&Value> = lines.iter().filter(|l| l["event"] == "claim").collect();
    assert_eq!(claims.len(), 2);
    assert!(claims.iter().all(|c| c["verdict"] == "PASS" && c["parts"].as_array().unwrap().len() == 5), "{claims:?}");
    assert!(claims[0]["parts"][0]["mean"].as_f64().unwrap() < 1e-12);
    // λ (1 + 2ρ/(r − ρ)) over the bound is (r + ρ)/r, here 1.01 at its least.
    let ratio = claims[1]["parts"][4]["mean"].as_f64().unwrap();
    assert!((ratio - 1.01).abs() < 1e-9, "{ratio}");
    let run = lines.iter().find(|l| l["event"] == "run").unwrap();
    assert_eq!((&run["name"], run["findings"]["least-curvature-ratio"].as_f64()), (&"D = 1".into(), Some(ratio)));
    let files: Vec<&str> = lines.iter().filter(|l| l["event"] == "file").filter_map(|l| l["path"].as_str()).collect();
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|f| std::fs::metadata(f).is_ok_and(|m| m.len() > 1000)), "{files:?}");
    let csv = std::fs::read_to_string(folder.join("sam-sharper.csv")).unwrap();
    assert!(csv.starts_with("panel,series,x,y\n") && csv.contains("D = 100,0.9,"), "{}", &csv[..200]);
}

#[test]
fn a_simulated_recipe_passes_and_repeats() {
    let home = tempfile::tempdir().unwrap();
    let claims = |lines: Vec<Value>| lines.into_iter().filter(|l| l["event"] == "claim").collect::<Vec<_>>();
    let first = claims(reproduce(home.path(), &["noise-ou"]));
    assert!(!first.is_empty() && first.iter().all(|c| c["verdict"] == "PASS"), "{first:?}");
    let worst = first[0]["parts"][0]["mean"].as_f64().unwrap();
    assert!(worst > 0.0 && worst <= 1.0, "{worst}");
    assert_eq!(first, claims(reproduce(home.path(), &["noise-ou"])));
}

/// One picture for every seed of a recipe whose findings are a seed's own, and a number from those that have one.
#[test]
fn each_seed_of_the_logistic_recipe_has_its_picture() {
    let home = tempfile::tempdir().unwrap();
    let lines = reproduce(home.path(), &["valleys-logistic", "--out", home.path().to_str().unwrap()]);
    let pictures = lines.iter().filter(|l| l["path"].as_str().is_some_and(|p| p.ends_with(".png"))).count();
    assert_eq!(pictures, 50);
    let shares = lines.iter().filter(|l| l["event"] == "run").filter(|l| l["findings"]["share"].is_number()).count();
    let claim = lines.iter().find(|l| l["event"] == "claim").unwrap();
    assert!(claim["threshold"] == "reported" && claim["parts"][0]["n"] == shares && shares < 50, "{claim}");
}

#[cfg(unix)]
#[test]
fn a_recipe_that_is_stopped_decides_nothing_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut child = program(home.path())
        .args(["reproduce", "sam-exit", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Nine of its ten items are still to come.
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&first["event"], &first["name"]), (&"run".into(), &"SGD".into()));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(error.contains("stopped; no claim was decided"), "{error}");
    assert!(rest.len() < 9 && rest.iter().all(|l| !l.contains("\"claim\"")), "{rest:?}");
}

#[test]
fn the_gallery_makes_a_toy_recipe_and_shows_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    show(&mut w, "Gallery");
    use egui_kittest::kittest::Queryable as _;
    w.get_by_label("Figure valleys-cases").scroll_to_me();
    w.run_steps(30);
    click(&mut w, "Run valleys-cases");
    wait(&mut w, "the badge", |w| w.query_by_label("2 of 2 claims").is_some());
    click(&mut w, "Figure valleys-cases");
    wait(&mut w, "the verdicts", |w| w.query_all_by_label("PASS").count() == 2);
    assert!(w.query_by_label("Picture of valleys-cases").is_some());
    assert!(w.query_by_label_contains("LINEX, α = −0.8: −0.0377").is_some());
    drop(w);
    // Another day.
    let mut w = window(folder.path(), true, vec![]);
    show(&mut w, "Gallery");
    w.get_by_label("Figure valleys-cases").scroll_to_me();
    w.run_steps(30);
    wait(&mut w, "what was kept", |w| w.query_by_label("2 of 2 claims").is_some());
    click(&mut w, "Figure valleys-cases");
    wait(&mut w, "the picture that was kept", |w| w.query_by_label("Picture of valleys-cases").is_some());
    assert_eq!(w.query_all_by_label("PASS").count(), 2);
}
