//! Dependencies point one way: a module may only use those above it in `src/lib.rs`, inside a folder nothing uses what
//! the folder's own file defines, and nothing goes round in a circle.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

#[path = "layers/arrows.rs"]
mod arrows;
#[path = "layers/house.rs"]
mod house;
#[path = "layers/tokens.rs"]
mod tokens;
#[path = "layers/use_tree.rs"]
mod use_tree;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use arrows::{Arrows, circles};
use house::House;
use valleyscope::aside::without_asides;

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

/// Every file of the crate by its name below `src`; `main.rs` is a crate of its own.
fn files() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    let name = |path: &Path| {
        let names: Vec<_> = path
            .strip_prefix(&root)
            .unwrap()
            .components()
            .map(|c| c.as_os_str().to_string_lossy().into_owned())
            .collect();
        names.join("/")
    };
    found.iter().map(|p| (name(p), fs::read_to_string(p).unwrap())).filter(|(name, _)| name != "main.rs").collect()
}

/// Every module, and all arrows: the tests below are worth nothing when they see nothing.
#[test]
fn every_file_is_read_and_every_path_is_followed() {
    let files = files();
    let house = House::read(&files);
    let read: BTreeSet<&str> = house.modules.iter().map(|m| m.file.as_str()).collect();
    let unread: Vec<&String> = files.keys().filter(|f| !read.contains(f.as_str())).collect();
    assert!(unread.is_empty(), "no module leads to {unread:?}");
    let arrows = Arrows::of(&house);
    let lost: Vec<String> = arrows.lost.iter().map(ToString::to_string).collect();
    assert!(lost.is_empty(), "cannot see what this is (does a new macro define it?):\n{}", lost.join("\n"));
    // Counted without a parser: lines that are a whole import from this crate.
    let plain = |line: &str| {
        let import = ["use crate::", "use super::", "use self::"].iter().any(|u| line.trim_start().starts_with(u));
        import && line.ends_with(';') && !line.contains('{')
    };
    let lines: usize = files.values().map(|text| text.lines().filter(|l| plain(l)).count()).sum();
    assert!(lines > 200 && arrows.inner > 10 * lines, "{} paths, where {lines} lines are imports", arrows.inner);
    let inside: usize = arrows.folders.values().map(BTreeMap::len).sum();
    assert!(inside > 500 && arrows.top.len() > 4000, "{inside} arrows in folders, {} above", arrows.top.len());
}

#[test]
fn no_import_points_upward() {
    let files = files();
    let names = files["lib.rs"].lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let order: Vec<&str> = names.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    let place = |module: &str| order.iter().position(|m| *m == module).unwrap_or_else(|| panic!("no mod {module}"));
    let arrows = Arrows::of(&House::read(&files));
    let upward = arrows.top.iter().filter(|(from, to, _)| place(to) > place(from));
    let wrong: BTreeSet<String> = upward.map(|(_, to, arrow)| format!("{arrow}: {to} stands below it")).collect();
    assert!(wrong.is_empty(), "imports that point upward:\n{}", Vec::from_iter(wrong).join("\n"));
}

/// What several files of a folder share has a file of its own; the folder's `mod.rs` (or `folder.rs`) brings things
/// together and passes them on.
#[test]
fn nothing_uses_what_its_own_folder_defines() {
    let arrows = Arrows::of(&House::read(&files()));
    let who = |by: &BTreeSet<String>| by.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let wrong: Vec<String> = arrows.up.iter().map(|(what, by)| format!("{what}, used in {}", who(by))).collect();
    assert!(wrong.is_empty(), "these belong in files of their own:\n{}", wrong.join("\n"));
}

/// Inside a folder as at the top.
#[test]
fn nothing_goes_round_in_a_circle() {
    let arrows = Arrows::of(&House::read(&files()));
    let mut wrong = String::new();
    for (name, folder) in &arrows.folders {
        for circle in circles(folder) {
            let parts = circle.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            wrong += &format!("\n{}: {parts}", if name.is_empty() { "src" } else { name.as_str() });
            for ((from, to), arrow) in folder.iter().filter(|((a, b), _)| circle.contains(a) && circle.contains(b)) {
                wrong += &format!("\n    {from} → {to}: {arrow}");
            }
        }
    }
    assert!(wrong.is_empty(), "these use each other in a circle:{wrong}");
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
        for core in ["net/", "objective/", "optim/", "probe/", "spectral/", "toy/"] {
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

/// Files that somebody names are opened by `door` and written by `whole_file`; what is there for a time is `temporary`'s, and what the
/// system tells of itself is no file of anybody.
#[test]
fn files_are_opened_through_one_door() {
    const DOORS: [&str; 5] = ["door.rs", "whole_file.rs", "temporary.rs", "memory.rs", "cli/signals.rs"];
    const OPENING: [[&str; 2]; 8] = [
        ["File", "open"],
        ["File", "create"],
        ["File", "create_new"],
        ["OpenOptions", "new"],
        ["fs", "read"],
        ["fs", "read_to_string"],
        ["fs", "write"],
        ["fs", "copy"],
    ];
    let house = House::read(&files());
    let opens = |path: &[String]| OPENING.iter().any(|known| path.ends_with(&known.map(String::from)));
    let of = |seen: fn(&str) -> bool| {
        let modules = house.modules.iter().filter(|m| !m.test && seen(&m.file));
        let mentions = modules.flat_map(|m| m.mentions.iter().map(|mention| (&m.file, mention)));
        mentions
            .filter(|(_, mention)| !mention.test && opens(&mention.path))
            .map(|(file, mention)| format!("{file}: {}", mention.path.join("::")))
            .collect::<BTreeSet<_>>()
    };
    let wrong = of(|file| !DOORS.contains(&file));
    assert!(wrong.is_empty(), "these open files by themselves:\n{}", Vec::from_iter(wrong).join("\n"));
    assert!(of(|file| DOORS.contains(&file)).len() >= DOORS.len(), "the test sees nothing");
}

/// Who reads a message in the window has no command line at hand: settings are named in words, and what the command line
/// calls them stands where `aside` finds it.
#[test]
fn options_stand_aside_in_messages() {
    let is_option = |word: &str| word.starts_with("--") || word.starts_with('{');
    let names_option = |text: &str| {
        text.match_indices("--").any(|(at, _)| text[at + 2..].starts_with(|c: char| c.is_ascii_lowercase()))
    };
    // A command line, or a piece of one.
    let is_line = |text: &str| text.starts_with("valleyscope ") || text.split_whitespace().all(is_option);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    let files = files();
    let house = House::read(&files);
    let read = house.modules.iter().filter(|m| !m.test && !m.inline && !m.file.starts_with("cli/"));
    for file in read.map(|m| &m.file) {
        let source = files[file].split("#[cfg(test)]\nmod tests").next().unwrap();
        for token in tokens::tokens(source) {
            let tokens::Token::Text(text) = token else { continue };
            let left = without_asides(&text);
            seen += usize::from(left != text);
            if names_option(&left) && !is_line(&left) {
                wrong.push(format!("{file}: {left}"));
            }
        }
    }
    assert!(wrong.is_empty(), "write these in words, with the option (--like this) behind them:\n{}", wrong.join("\n"));
    assert!(seen > 50, "the test sees nothing");
}

#[test]
fn there_is_one_wgpu() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    assert_eq!(lock.lines().filter(|l| *l == "name = \"wgpu\"").count(), 1);
}
