//! The table of runs in the window.

use std::path::{Path, PathBuf};

use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable as _},
};
use valleyscope::{app::App, runfile::Reader};

use crate::window::{click, wait, window};

/// Records a short run.
fn record(folder: &Path, name: &str, rate: &str, seed: &str) -> PathBuf {
    let file = folder.join(name);
    let status = crate::support::program(folder)
        .args(["walk", "--steps", "30", "--lr", rate, "--seed", seed, "--record"])
        .arg(&file)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    file
}

/// The runs of the table from top to bottom, by their names.
fn lines(w: &Harness<'static, App>) -> Vec<String> {
    let mut found: Vec<(f32, String)> = w
        .query_all_by_label_contains("Show curves of ")
        .filter_map(|node| Some((node.rect().top(), NodeT::accesskit_node(&node).label()?)))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, label)| label.replace("Show curves of ", "")).collect()
}

#[test]
fn three_runs_are_sorted_grouped_and_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let of = [("slow", "0.001", "0"), ("fast", "0.1", "0"), ("other", "0.1", "1")];
    let files = of.map(|(name, rate, seed)| record(folder.path(), &format!("{name}.valley"), rate, seed));
    let mut by_loss: Vec<(f64, String)> = files
        .iter()
        .map(|file| {
            let run = Reader::open(file).unwrap();
            (run.summary().unwrap().unwrap().loss.unwrap(), run.manifest().spec.label())
        })
        .collect();
    by_loss.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut by_loss: Vec<String> = by_loss.into_iter().map(|(_, label)| label).collect();

    let mut w = window(folder.path(), true, files.to_vec());
    // Every run that is read brings the Walk panel to the front.
    wait(&mut w, "all runs", |w| w.query_all_by_label_contains("Curves of ").count() == 3);
    click(&mut w, "Table");
    wait(&mut w, "the table", |w| lines(w).len() == 3);
    assert!(lines(&w)[0].contains("η 0.001"), "as they came: {:?}", lines(&w));
    click(&mut w, "Sort by final training loss");
    assert_eq!(lines(&w), by_loss);
    assert!(by_loss[2].contains("η 0.001"), "the lowest rate gets least far");
    click(&mut w, "Sort by final training loss");
    by_loss.reverse();
    assert_eq!(lines(&w), by_loss);

    click(&mut w, "Group by");
    click(&mut w, "Group by Learning rate η");
    // The list stays open until its button is clicked again.
    click(&mut w, "Group by");
    assert!(w.query_by_label("Fold η 0.001 (1 run)").is_some());
    click(&mut w, "Fold η 0.1 (2 runs)");
    assert_eq!(lines(&w).len(), 1);
    click(&mut w, "Unfold η 0.1 (2 runs)");
    assert_eq!(lines(&w).len(), 3);

    let slow = by_loss[0].clone();
    click(&mut w, &format!("More about {slow}"));
    click(&mut w, "Rename");
    w.get_by_label("New name of the run").type_text(" tortoise");
    w.run_steps(2);
    w.key_press(egui::Key::Enter);
    wait(&mut w, "the new name", |w| lines(w).iter().any(|name| name.contains("tortoise")));
    click(&mut w, "Undo rename");
    wait(&mut w, "the old name", |w| lines(w).contains(&slow));
}
