//! Dependencies point one way: a module may only use those above it in `src/lib.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules in reading order. Those on one line may use each other.
const LAYERS: [&[&str]; 18] = [
    &["named", "random", "suggest"],
    &["data"],
    &["optim"],
    &["probe"],
    &["toy"],
    &["run"],
    &["device", "net"],
    &["objective"],
    &["checkpoint", "runfile"],
    &["survey"],
    &["valley"],
    &["explore"],
    &["history", "places"],
    &["engine"],
    &["export", "figure"],
    &["recipe", "scene"],
    &["present"],
    &["app", "cli"],
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|l| l.contains(&module))
}

/// Modules named in `use crate::{a, b::c}` and in `crate::a::b`.
fn used(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for part in text.split("crate::").skip(1) {
        if let Some(list) = part.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && c == ',') {
                    out.push(std::mem::take(&mut item));
                    if depth == 0 {
                        break;
                    }
                } else {
                    item.push(c);
                }
            }
        } else {
            out.push(part.to_string());
        }
    }
    let word = |s: &String| s.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    out.iter().map(word).filter(|w| !w.is_empty()).collect()
}

#[test]
fn no_import_points_upward() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut checked = 0;
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let module = first.trim_end_matches(".rs");
        if module == "lib" || module == "main" {
            continue;
        }
        let own = layer(module).unwrap_or_else(|| panic!("{module} has no layer in tests/layers.rs"));
        for target in used(&fs::read_to_string(&file).unwrap()) {
            let Some(other) = layer(&target) else { continue };
            checked += 1;
            if other > own {
                wrong.push(format!("{} uses {target}", relative.display()));
            }
        }
    }
    assert!(checked > 50, "the parser found only {checked} imports");
    assert!(wrong.is_empty(), "imports that point upward:\n{}", wrong.join("\n"));
}

#[test]
fn the_engine_and_below_know_no_widgets_and_the_core_no_threads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        if !relative.starts_with("app/") {
            assert!(!text.contains("egui::") && !text.contains("eframe::"), "{relative} knows widgets");
        }
        for core in ["net/", "objective/", "optim/", "probe/", "toy/"] {
            if relative.starts_with(core) {
                for word in ["std::thread", "std::fs", "crossbeam"] {
                    assert!(!text.contains(word), "{relative} knows {word}");
                }
            }
        }
        if relative == "engine/protocol.rs" {
            assert!(!text.contains("burn"), "the protocol is plain data");
        }
    }
}

#[test]
fn there_is_one_wgpu() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    assert_eq!(lock.lines().filter(|l| *l == "name = \"wgpu\"").count(), 1);
}
