//! Files of somebody else, and files of the user that have the names of ours.

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use valleyscope::runfile::Reader;

use crate::support::program;

/// Longer than any of it takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(home: &Path, args: &[&str]) -> Output {
    program(home).current_dir(home).args(args).stdin(Stdio::null()).output().unwrap()
}

fn well(home: &Path, args: &[&str]) -> String {
    let out = run(home, args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn refused(home: &Path, args: &[&str]) -> String {
    let begun = Instant::now();
    let out = run(home, args);
    assert_eq!(out.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&out.stdout));
    assert!(begun.elapsed() < PATIENCE, "{args:?}");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

const SMALL: [&str; 8] = ["walk", "--net", "linear(10)", "--train-count", "60", "--batch", "20", "--probes=none"];

fn recorded(home: &Path, name: &str, more: &[&str]) {
    well(home, &[&SMALL[..], &["--steps", "6", "--record", name], more].concat());
}

/// Iterations that a file only claims are not made again one by one.
#[test]
fn a_run_that_claims_to_have_come_far_is_not_followed_there() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for (name, change) in [
        (
            "step",
            "INSERT INTO steps SELECT 9223372036854775807, loss, batch_loss, learning_rate, batch FROM steps LIMIT 1",
        ),
        ("summary", "UPDATE summary SET steps = 9223372036854775807"),
        ("hole", "DELETE FROM steps WHERE t = 3"),
        ("shuffles", r#"UPDATE states SET numbers = json_set(numbers, '$.batches.shuffles', 9223372036854775807)"#),
        ("size", r#"UPDATE states SET numbers = json_set(numbers, '$.batches.size', 9223372036854775807)"#),
        ("nothing", r#"UPDATE states SET numbers = json_set(numbers, '$.batches.size', 0)"#),
    ] {
        let file = format!("{name}.valley");
        recorded(home, &file, &[]);
        // The last state is taken away where the way to the end is what is looked at.
        if ["step", "summary", "hole"].contains(&name) {
            let db = Connection::open(home.join(&file)).unwrap();
            db.execute_batch("DELETE FROM states WHERE t > 0").unwrap();
        }
        Connection::open(home.join(&file)).unwrap().execute_batch(change).unwrap();
        let at = if name == "hole" { format!("{file}@5") } else { file };
        let said = refused(home, &["walk", "--fork", &at, "--steps", "9223372036854775807"]);
        assert!(said.contains("is damaged") || said.contains("iterations"), "{name}: {said}");
    }
}

/// Thinned records are no hole.
#[test]
fn a_thinned_run_is_forked_where_it_has_no_record() {
    let home = tempfile::tempdir().unwrap();
    recorded(home.path(), "a.valley", &["--every", "step:4"]);
    for step in 1..6 {
        well(home.path(), &["walk", "--fork", &format!("a.valley@{step}"), "--steps", "8"]);
    }
}

/// A file that somebody sends names what lies on this machine: nothing of it is opened, and so nothing of it is shown.
#[test]
fn paths_in_received_files_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let [sender, receiver] = ["sender", "receiver"].map(|name| dir.path().join(name));
    [&sender, &receiver].into_iter().for_each(|home| fs::create_dir(home).unwrap());
    let secret = dir.path().join("secret.txt");
    let images = dir.path().join("images");
    fs::create_dir(&images).unwrap();
    let digits = "3\n".repeat(60);
    fs::write(&secret, &digits).unwrap();
    let labels = ["--labels", secret.to_str().unwrap()];
    recorded(&sender, "a.valley", &labels);
    // Its own user follows its paths, in another process, too.
    well(&sender, &["line", "a.valley", "a.valley@0", "--alphas", "0:1:3"]);
    well(&sender, &["walk", "--fork", "a.valley@3", "--steps", "8"]);
    fs::write(&secret, "the password is swordfish\n").unwrap();
    fs::copy(sender.join("a.valley"), receiver.join("a.valley")).unwrap();
    let recipe = "id = \"mine\"\ntitle = \"t\"\npaper = \"p\"\nfigure = \"f\"\nshows = \"s\"\nminutes = 1\nseeds = [1]\npicture = \"walk\"\nclaims = []\n\
                  [[runs]]\nname = \"a\"\n[runs.spec.data]\nname = \"digits\"\nlabels = \"SECRET\"\n";
    fs::write(receiver.join("mine.toml"), recipe.replace("SECRET", secret.to_str().unwrap())).unwrap();
    let asked = [
        &["line", "a.valley", "a.valley@0", "--alphas", "0:1:3"][..],
        &["plane", "a.valley", "--grid", "3"],
        &["valley", "a.valley", "--directions", "1"],
        &["escape", "a.valley", "--seeds", "1", "--steps", "2", "--threshold", "0.1"],
        &["walk", "--fork", "a.valley@3", "--steps", "8"],
        &["reproduce", "mine.toml"],
    ];
    for args in asked {
        let said = refused(&receiver, args);
        assert!(said.contains("--follow-paths") && said.contains("secret.txt"), "{args:?}: {said}");
        assert!(!said.contains("swordfish"), "{said}");
    }
    // Who asks for it gets it.
    fs::write(&secret, &digits).unwrap();
    for args in &asked[..5] {
        well(&receiver, &[args, &["--follow-paths"][..]].concat());
    }
    // Everything in it can be looked at without.
    well(&receiver, &["inspect", "a.valley"]);
    well(&receiver, &["export", "a.valley", "--csv", "tables"]);
    // A mark does not move to other paths, and no file makes its own.
    let db = Connection::open(sender.join("a.valley")).unwrap();
    let other = dir.path().join("other.txt");
    fs::write(&other, &digits).unwrap();
    let change = format!("UPDATE manifest SET json = replace(json, '{}', '{}')", secret.display(), other.display());
    db.execute_batch(&change).unwrap();
    drop(db);
    assert!(refused(&sender, asked[0]).contains("other.txt"));
}

/// Own folders with data are followed as well; those of others can be named anew.
#[test]
fn a_folder_with_data_is_named_by_whoever_reads() {
    let dir = tempfile::tempdir().unwrap();
    let [sender, receiver] = ["sender", "receiver"].map(|name| dir.path().join(name));
    for home in [&sender, &receiver] {
        fs::create_dir_all(home.join("data")).unwrap();
    }
    let folder = sender.join("data").display().to_string();
    recorded(&sender, "a.valley", &["--data-dir", &folder]);
    well(&sender, &["line", "a.valley", "a.valley@0", "--alphas", "0:1:3"]);
    fs::copy(sender.join("a.valley"), receiver.join("a.valley")).unwrap();
    assert!(refused(&receiver, &["line", "a.valley", "a.valley@0", "--alphas", "0:1:3"]).contains("--data-dir"));
    let own = receiver.join("data").display().to_string();
    // The data are still the run's: 60 images of its 60.
    let said = well(&receiver, &["line", "a.valley", "a.valley@0", "--alphas", "0:1:3", "--data-dir", &own]);
    assert!(said.contains("60 training"), "{said}");
}

/// What the user has called as we call ours is the user's.
#[cfg(unix)]
#[test]
fn files_of_the_user_with_names_of_ours_are_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("a.valley.new"), "mine").unwrap();
    recorded(home, "a.valley", &[]);
    assert_eq!(fs::read(home.join("a.valley.new")).unwrap(), b"mine");

    fs::write(home.join("diary"), "dear diary").unwrap();
    std::os::unix::fs::symlink(home.join("diary"), home.join("b.valley.lock")).unwrap();
    fs::write(home.join("c.valley.lock"), "a lock of somebody else's program").unwrap();
    assert!(std::process::Command::new("mkfifo").arg(home.join("d.valley.lock")).status().unwrap().success());
    let record = |name: &'static str| [&SMALL[..], &["--steps", "2", "--record", name]].concat();
    for name in ["b.valley", "c.valley", "d.valley"] {
        let said = refused(home, &record(name));
        assert!(said.contains(&format!("{name}.lock")) && said.contains("move it away"), "{said}");
        assert!(!home.join(name).exists());
    }
    assert_eq!(fs::read(home.join("diary")).unwrap(), b"dear diary");
    assert_eq!(fs::read(home.join("c.valley.lock")).unwrap(), b"a lock of somebody else's program");
    // One that a killed run has left is ours.
    fs::write(home.join("e.valley.lock"), "123456\n").unwrap();
    well(home, &record("e.valley"));
    assert!(!home.join("e.valley.lock").exists());
}

/// Whatever the command and the option: what was read is not what is written.
#[test]
fn nothing_is_written_over_what_was_read() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    recorded(home, "a.valley", &[]);
    well(home, &["export", "a.valley", "--safetensors", "a.safetensors"]);
    // A checkpoint may have any name.
    for name in ["a.npz", "b.csv", "c.json", "d.png"] {
        fs::copy(home.join("a.safetensors"), home.join(name)).unwrap();
    }
    fs::hard_link(home.join("a.safetensors"), home.join("hard.csv")).unwrap();
    fs::write(home.join("labels.csv"), "3\n".repeat(60)).unwrap();
    let short = ["--net", "linear(10)", "--train-count", "60"];
    for (args, kept) in [
        (&["line", "b.csv", "a.safetensors", "--alphas", "0:1:3", "--out", "b.csv"][..], "b.csv"),
        (&["line", "a.safetensors", "c.json", "--alphas", "0:1:3", "--out", "c.json"], "c.json"),
        (&["line", "a.safetensors", "--random", "1", "--alphas", "0:1:3", "--out", "hard.csv"], "a.safetensors"),
        (&["line", "a.safetensors", "--random", "1", "--labels", "labels.csv", "--out", "labels.csv"], "labels.csv"),
        (&["plane", "d.png", "--grid", "3", "--out", "d.png"], "d.png"),
        (&["plane", "a.npz", "--grid", "3", "--out", "a.npz"], "a.npz"),
        (&["valley", "b.csv", "--directions", "1", "--out", "b.csv"], "b.csv"),
        (&["escape", "b.csv", "--seeds", "1", "--steps", "2", "--threshold", "0.01", "--out", "b.csv"], "b.csv"),
    ] {
        let before = fs::read(home.join(kept)).unwrap();
        let said = refused(home, &[args, &short].concat());
        assert!(said.contains("was read") && said.contains("choose another"), "{args:?}: {said}");
        assert_eq!(fs::read(home.join(kept)).unwrap(), before, "{args:?}");
    }
    // A checkpoint that is read a second time, of the last step or of another.
    let before = Reader::open(&home.join("a.valley")).unwrap().reached().unwrap();
    for init in ["a.valley@0", "a.valley@6", "./a.valley"] {
        let said = refused(home, &[&SMALL[..], &["--init", init, "--record", "a.valley", "--overwrite"]].concat());
        assert!(said.contains("choose another name"), "{said}");
    }
    assert_eq!(Reader::open(&home.join("a.valley")).unwrap().reached().unwrap(), before);
}

/// A run of more parameters than its own is refused before anything is made for them.
#[test]
#[cfg(target_os = "linux")]
fn a_network_that_is_not_the_run_s_takes_no_memory() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    recorded(home, "a.valley", &[]);
    let db = Connection::open(home.join("a.valley")).unwrap();
    db.execute_batch(r#"UPDATE manifest SET json = json_set(json, '$.spec.net', 'linear(10000) relu linear(10000) relu linear(10000) relu linear(10000) relu linear(10)')"#)
        .unwrap();
    drop(db);
    // 300 million parameters; the limit is of addresses, which are taken before memory is.
    let limited = |args: &[&str]| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "ulimit -v 1500000 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_valleyscope")]).args(args);
        shell.current_dir(home).env("HOME", home).env_remove("DISPLAY").env("RAYON_NUM_THREADS", "2");
        shell.output().unwrap()
    };
    let out = limited(&["walk", "--fork", "a.valley@3", "--steps", "8"]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("parameters") && !said.contains("allocation"), "{said}");
}
