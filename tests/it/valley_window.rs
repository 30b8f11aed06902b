//! The Valley panel, driven through its accessible names.

use egui_kittest::kittest::Queryable as _;
use valleyscope::{checkpoint, net::Network};

use crate::{
    explore_window::{export, fill, has, press, wait_for},
    window::{click, show, window},
};

#[test]
fn a_valley_is_measured_looked_at_exported_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).unwrap();
    let files = [1, 2].map(|seed| {
        let path = folder.path().join(format!("net-{seed}.safetensors"));
        checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(seed)).unwrap();
        path
    });
    let mut w = window(folder.path(), true, vec![]);
    show(&mut w, "Valley");
    assert!(has(&w, "Here the valley around a checkpoint is judged"), "the empty panel teaches");
    assert!(has(&w, "make it A"), "and says what is missing");
    drop(w);
    let mut w = window(folder.path(), true, files.into());
    wait_for(&mut w, "measured in");
    fill(&mut w, "Training images", "200");
    show(&mut w, "Valley");
    fill(&mut w, "K", "12");
    fill(&mut w, "draws", "5");
    fill(&mut w, "ascent steps", "3");
    click(&mut w, "Measure valley");
    wait_for(&mut w, "of 12 random directions asymmetric");
    wait_for(&mut w, "3 of 3 steps");
    wait_for(&mut w, "measured in");
    // Small pictures: the way to B and ten of the twelve.
    assert_eq!(w.query_all_by_label_contains("Enlarge ").count(), 11);
    assert!(w.query_by_label("Slice along net-1.safetensors – net-2.safetensors").is_some());
    click(&mut w, "Shift");
    assert!(w.query_by_label("Test against training loss").is_some() && has(&w, "gap ξ"));
    let small = w.query_all_by_label_contains("Enlarge direction ").next().unwrap();
    small.click();
    w.run_steps(3);
    assert!(w.query_all_by_label_contains("Slice along direction ").next().is_some(), "a click enlarges");
    let csv = export(&mut w, &folder.path().join("valley.csv"));
    assert_eq!(csv.lines().count(), 14, "a head, the way to B and twelve directions");
    click(&mut w, "Remove valley");
    assert!(!has(&w, "random directions asymmetric"));
    press(&mut w, "Bring back the valley");
    assert!(has(&w, "random directions asymmetric"));
    click(&mut w, "Explain Valley");
    assert!(w.query_by_label("asymmetric direction").is_some(), "the card explains the numbers");
}
