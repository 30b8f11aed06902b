//! What the program writes for the user to keep looks as if the user's own tools had written it: readable for those whom
//! the umask lets read, behind the link that stands in its place, and nothing beside it.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::{Command, Output, Stdio},
};

use valleyscope::{checkpoint, net::Network};

use crate::support::program;

/// Neither that of most machines nor that of a temporary file, so that a constant in the program would show.
const UMASK: &str = "027";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Lets the shell set the umask, since a process has only one and tests share theirs.
fn under_umask(home: &Path, command: &[&str]) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask \"$0\" && exec \"$@\"", UMASK]).args(command).stdin(Stdio::null());
    for (name, value) in program(home).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.output().unwrap()
}

fn valleyscope(home: &Path, arguments: &[&str]) {
    let mut command = vec![env!("CARGO_BIN_EXE_valleyscope")];
    command.extend(arguments);
    let out = under_umask(home, &command);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// A file as `cp`, an editor or `>` makes it.
fn plain(home: &Path, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(under_umask(home, &["cp", "/dev/null", text(path)]).status.success());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

/// `arguments` are those that write `files` into the folder that is put in the place of `{}`.
fn check(home: &Path, arguments: &[String], files: &[&str]) {
    let place = tempfile::tempdir_in(home).unwrap();
    let folder = |name: &str| place.path().join(name);
    let expected: BTreeSet<String> = files.iter().map(|f| (*f).to_string()).collect();
    let write = |into: &Path| {
        let filled: Vec<String> = arguments.iter().map(|a| a.replace("{}", text(into))).collect();
        valleyscope(home, &filled.iter().map(String::as_str).collect::<Vec<_>>());
    };

    let reference = folder("reference/plain");
    plain(home, &reference);
    assert_eq!(mode(&reference), 0o640, "the shell obeys the umask");
    let fresh = folder("fresh");
    fs::create_dir(&fresh).unwrap();
    write(&fresh);
    assert_eq!(names(&fresh), expected, "{arguments:?}");
    for file in files {
        assert_eq!(mode(&fresh.join(file)), mode(&reference), "{file} has the mode of any new file: {arguments:?}");
    }

    // Every file is a link already, relative as people make them, to one that lies elsewhere.
    let (linked, kept) = (folder("linked"), folder("kept"));
    fs::create_dir(&linked).unwrap();
    for file in files {
        plain(home, &kept.join(file));
        fs::write(kept.join(file), "old").unwrap();
        symlink(Path::new("../kept").join(file), linked.join(file)).unwrap();
    }
    write(&linked);
    assert_eq!((names(&linked), names(&kept)), (expected.clone(), expected), "{arguments:?}");
    for file in files {
        let link = linked.join(file);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{file} is still a link: {arguments:?}");
        let (new, same) = (fs::read(kept.join(file)).unwrap(), fs::read(fresh.join(file)).unwrap());
        assert!(new.len() > 20 && new[..8] == same[..8], "{file} is behind its link: {arguments:?}");
        assert_eq!(mode(&kept.join(file)), mode(&reference), "{file}: {arguments:?}");
    }
}

/// `command`, then `--out` for a file of every kind.
fn outs(command: &[&str], endings: &[&str]) -> Vec<String> {
    let out = endings.iter().flat_map(|e| ["--out".to_string(), format!("{{}}/x.{e}")]);
    command.iter().map(|c| (*c).to_string()).chain(out).collect()
}

fn checkpoints(folder: &Path) -> [String; 2] {
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).unwrap();
    [1, 2].map(|seed| {
        let path = folder.join(format!("net-{seed}.safetensors"));
        checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(seed)).unwrap();
        text(&path).to_string()
    })
}

#[test]
fn what_export_writes() {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run.valley");
    valleyscope(home.path(), &["walk", "--steps", "4", "--record", text(&run)]);
    let arguments = [
        "export",
        text(&run),
        "--csv",
        "{}",
        "--png",
        "{}",
        "--svg",
        "{}",
        "--pdf",
        "{}",
        "--safetensors",
        "{}/theta.safetensors",
    ];
    check(
        home.path(),
        &arguments.map(String::from),
        &[
            "steps.csv",
            "slices.csv",
            "epochs.csv",
            "walk.png",
            "epochs.png",
            "walk.svg",
            "epochs.svg",
            "walk.pdf",
            "epochs.pdf",
            "theta.safetensors",
        ],
    );
}

#[test]
fn what_line_and_plane_write() {
    let home = tempfile::tempdir().unwrap();
    let [a, b] = checkpoints(home.path());
    let (a, b) = (a.as_str(), b.as_str());
    let line = ["line", a, b, "--train-count", "100", "--alphas", "0:1:3"];
    check(
        home.path(),
        &outs(&line, &["csv", "npz", "png", "svg", "pdf", "json"]),
        &["x.csv", "x.npz", "x.png", "x.svg", "x.pdf", "x.json"],
    );
    let plane = ["plane", a, "--train-count", "100", "--grid", "3"];
    check(
        home.path(),
        &outs(&plane, &["csv", "npz", "png", "svg", "pdf", "vtp", "glb"]),
        &["x.csv", "x.npz", "x.png", "x.svg", "x.pdf", "x.vtp", "x.glb"],
    );
}

#[test]
fn what_valley_and_escape_write() {
    let home = tempfile::tempdir().unwrap();
    let [a, b] = checkpoints(home.path());
    let (a, b) = (a.as_str(), b.as_str());
    let valley = ["valley", a, b, "--train-count", "100", "--directions", "1"];
    check(
        home.path(),
        &outs(&valley, &["csv", "png", "svg", "pdf", "json"]),
        &["x.csv", "x.png", "x.svg", "x.pdf", "x.json"],
    );
    // Nothing has been trained here, and nothing has to be: what is right by chance is above this threshold.
    let escape =
        ["escape", a, "--train-count", "100", "--rho", "0.05", "--seeds", "2", "--steps", "3", "--threshold", "0.001"];
    check(home.path(), &outs(&escape, &["csv", "png", "svg", "pdf"]), &["x.csv", "x.png", "x.svg", "x.pdf"]);
}

#[test]
fn what_the_laboratory_writes() {
    let home = tempfile::tempdir().unwrap();
    let toy = ["toy", "sextic", "--dynamics", "gd", "--runs", "3", "--steps", "5"];
    check(home.path(), &outs(&toy, &["csv", "png", "svg", "pdf"]), &["x.csv", "x.png", "x.svg", "x.pdf"]);
    let recipe = ["reproduce", "sam-sharper", "--out", "{}"].map(String::from);
    check(home.path(), &recipe, &["sam-sharper.csv", "sam-sharper.png", "sam-sharper.svg"]);
}
