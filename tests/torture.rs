//! `kill -9` at random moments of every long job: nothing that was kept is lost, nothing half is left under a name, and what can go on
//! goes on to the same end.
//!
//! Three kills a job in the ordinary tests; `./x torture` makes a hundred, or as many as it is told.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use valleyscope::runfile::Reader;

/// No job of these takes as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// Kills of each job.
fn kills() -> u64 {
    std::env::var("VALLEYSCOPE_TORTURE").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// A folder in which jobs run, with places of its own.
struct Chamber {
    home: tempfile::TempDir,
}

impl Chamber {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("tmp")).unwrap();
        Chamber { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let home = self.home.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_valleyscope"));
        command.args(args).current_dir(home).env("HOME", home).env("TMPDIR", home.join("tmp"));
        command.env("XDG_DATA_HOME", home.join("data")).env("XDG_CACHE_HOME", home.join("cache"));
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Lets a job come to its end, and says how long that took.
    fn whole(&self, args: &[&str]) -> Duration {
        let begun = Instant::now();
        let mut child = self.command(args).spawn().unwrap();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("{args:?} does not end");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let out = child.wait_with_output().unwrap();
        // A verdict is no failure.
        let ended = matches!(out.status.code(), Some(0 | 1));
        assert!(ended, "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        begun.elapsed()
    }

    /// Lets a job run for so long, and kills it; false when it had come to its end.
    fn killed(&self, args: &[&str], after: Duration) -> bool {
        let mut child = self.command(args).spawn().unwrap();
        std::thread::sleep(after);
        child.kill().unwrap();
        let out = child.wait_with_output().unwrap();
        let ended = matches!(out.status.code(), Some(0 | 1));
        assert!(ended || out.status.code().is_none(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        !ended
    }

    /// Names of temporary files that are left in a folder.
    fn left(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(".valleyscope-") || name.starts_with("valleyscope-recipe-")).collect()
    }

    /// Makes what was left so old that it counts as left.
    fn age(&self, folder: &str) {
        for name in self.left(folder) {
            let path = self.path(folder).join(name);
            let file = if path.is_dir() { path.join("lock") } else { path };
            if let Ok(file) = fs::File::options().write(true).open(file) {
                file.set_modified(SystemTime::now() - Duration::from_secs(600)).unwrap();
            }
        }
    }
}

/// Kills a job at random moments of its time, and calls `look` after each.
fn torture(chamber: &Chamber, job: &str, args: &[&str], takes: Duration, mut look: impl FnMut(u64)) {
    let seed = rand::rngs::OsRng.try_next_u64_or(7);
    println!("{job}: seed {seed}, {:.2} s undisturbed", takes.as_secs_f64());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut hits = 0;
    for kill in 0..kills() {
        // The first half is hit as often as the second; a few come before anything is written.
        let after = takes.mul_f64(rng.random_range(0.0..1.05));
        hits += u64::from(chamber.killed(args, after));
        look(kill);
    }
    println!("{job}: {hits} of {} were killed before their end", kills());
}

/// A seed of chance.
trait Chance {
    fn try_next_u64_or(self, otherwise: u64) -> u64;
}

impl Chance for rand::rngs::OsRng {
    fn try_next_u64_or(mut self, otherwise: u64) -> u64 {
        rand::TryRngCore::try_next_u64(&mut self).unwrap_or(otherwise)
    }
}

/// Everything that a file keeps of iterations below `below`, to the bit.
fn kept(path: &Path, below: u64) -> Vec<String> {
    let reader = Reader::open(path).unwrap();
    let steps = reader.steps(0..below).unwrap().into_iter().map(|r| format!("{r:?}"));
    steps.chain(reader.slices(0..below).unwrap().into_iter().map(|r| format!("{r:?}"))).collect()
}

/// A recording that was killed is one of the undisturbed one's beginnings, and can be gone on from.
fn look_at_run(chamber: &Chamber, path: &Path, whole: &Path, begins: u64) {
    if !path.exists() {
        return;
    }
    let reader = Reader::open(path).unwrap();
    let steps = reader.steps(0..u64::MAX).unwrap();
    for (i, step) in steps.iter().enumerate() {
        assert_eq!(step.t, begins + i as u64, "{}: a hole", path.display());
    }
    // The last step may have been made without being measured.
    let to = reader.reached().unwrap();
    assert!(steps.is_empty() || to >= begins + steps.len() as u64 - 1);
    let of_whole: Vec<String> = kept(whole, to);
    for record in kept(path, to) {
        assert!(of_whole.contains(&record), "{}: {record} is not the undisturbed run's", path.display());
    }
    if !steps.is_empty() {
        assert!(!reader.checkpoint(begins).unwrap().is_empty(), "{}: no θ to begin with", path.display());
        let at = format!("{}@{to}", path.display());
        chamber.whole(&["walk", "--fork", &at, "--steps", &(to + 1).to_string()]);
    }
}

const WALK: [&str; 10] = [
    "walk",
    "--net",
    "mlp:64-16-10",
    "--train-count",
    "300",
    "--steps",
    "2000",
    "--checkpoint-every",
    "200",
    "--record",
];

#[test]
fn walks() {
    let chamber = Chamber::new();
    let takes = chamber.whole(&[&WALK[..], &["whole.valley"]].concat());
    let path = chamber.path("run.valley");
    torture(&chamber, "walk", &[&WALK[..], &["run.valley", "--overwrite"]].concat(), takes, |_| {
        look_at_run(&chamber, &path, &chamber.path("whole.valley"), 0);
    });
    chamber.age(".");
    chamber.whole(&[&WALK[..9], &["--record", "run.valley", "--overwrite"]].concat());
    assert_eq!(kept(&path, u64::MAX), kept(&chamber.path("whole.valley"), u64::MAX));
    assert_eq!(chamber.left("."), [""; 0], "what killed recordings left is gone");
}

#[test]
fn forks() {
    let chamber = Chamber::new();
    chamber.whole(&[&WALK[..], &["parent.valley"]].concat());
    let before = fs::read(chamber.path("parent.valley")).unwrap();
    let fork = ["walk", "--fork", "parent.valley@1500", "--optimizer", "sam", "--steps", "2300", "--record"];
    let takes = chamber.whole(&[&fork[..], &["whole.valley"]].concat());
    torture(&chamber, "fork", &[&fork[..], &["run.valley", "--overwrite"]].concat(), takes, |_| {
        look_at_run(&chamber, &chamber.path("run.valley"), &chamber.path("whole.valley"), 1500);
        assert_eq!(fs::read(chamber.path("parent.valley")).unwrap(), before, "a parent is only read");
    });
}

/// Measurements that are recorded go on where they were killed, and end in what the undisturbed one says.
#[test]
fn planes_and_escapes_go_on() {
    let chamber = Chamber::new();
    let walk =
        ["walk", "--net", "mlp:64-16-10", "--train-count", "300", "--steps", "150", "--lr", "0.5", "--probes", "none"];
    chamber.whole(&[&walk[..], &["--record", "a.valley"]].concat());
    let plane = ["plane", "a.valley", "--grid", "61", "--out"];
    let escape =
        ["escape", "a.valley", "--steps", "150", "--seeds", "8", "--rho", "0.05,0.5", "--threshold", "0.3", "--out"];
    for (job, args) in [("plane", &plane[..]), ("escape", &escape[..])] {
        let takes = chamber.whole(&[args, &["whole.csv"]].concat());
        let again = [args, &["part.csv", "--record", "part.record"]].concat();
        let mut rounds = 0;
        torture(&chamber, job, &again, takes, |_| {
            if chamber.path("part.csv").exists() {
                let [whole, part] = ["whole.csv", "part.csv"].map(|name| fs::read(chamber.path(name)).unwrap());
                assert!(whole == part, "{job}: the resumed one ends otherwise");
                ["part.csv", "part.record"].iter().for_each(|name| fs::remove_file(chamber.path(name)).unwrap());
                rounds += 1;
            }
        });
        chamber.whole(&again);
        let [whole, part] = ["whole.csv", "part.csv"].map(|name| fs::read(chamber.path(name)).unwrap());
        assert!(whole == part, "{job}: the resumed one ends otherwise");
        println!("{job}: came to its end {} times", rounds + 1);
        ["part.csv", "part.record"].iter().for_each(|name| fs::remove_file(chamber.path(name)).unwrap());
        chamber.age(".");
    }
}

/// Every file under a folder, and what it holds.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let whole = |path: &PathBuf| !path.file_name().unwrap().to_str().unwrap().starts_with(".valleyscope-");
    entries.filter(whole).map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap())).collect()
}

/// Files for the user are whole or not there, and the next one clears away what was left of others.
#[test]
fn files_are_whole_or_not_there() {
    let chamber = Chamber::new();
    chamber.whole(&[&WALK[..], &["a.valley"]].concat());
    let jobs: [(&str, &[&str], &str); 4] = [
        ("export", &["export", "a.valley", "--csv", "out", "--png", "out", "--svg", "out"], "out"),
        ("export", &["export", "a.valley", "--safetensors", "out/a.safetensors"], "out"),
        (
            "valley",
            &["valley", "a.valley", "--directions", "4", "--out", "out/valley.csv", "--out", "out/valley.png"],
            "out",
        ),
        ("reproduce", &["reproduce", "--all", "--out", "out"], "out"),
    ];
    for (job, args, folder) in jobs {
        let out = chamber.path(folder);
        fs::remove_dir_all(&out).ok();
        fs::create_dir(&out).unwrap();
        let own = chamber.path("mine.toml");
        // One that trains into temporary run files.
        let args: Vec<&str> = match job {
            "reproduce" => {
                fs::write(&own, RECIPE).unwrap();
                vec!["reproduce", "mine.toml", "--out", "out"]
            }
            _ => args.to_vec(),
        };
        let takes = chamber.whole(&args);
        let whole = files(&out);
        assert!(!whole.is_empty());
        torture(&chamber, job, &args, takes, |kill| {
            for (name, content) in files(&out) {
                assert!(whole.get(&name) == Some(&content), "{job}: {} is not whole", name.display());
            }
            // Now and then there is no old one.
            if kill % 3 == 0 {
                fs::remove_dir_all(&out).unwrap();
                fs::create_dir(&out).unwrap();
            }
        });
        chamber.age("out");
        chamber.age("tmp");
        chamber.whole(&args);
        assert!(files(&out) == whole, "{job}");
        for place in ["out", "tmp"] {
            assert_eq!(chamber.left(place), [""; 0], "{job}: left in {place}");
        }
    }
}

const RECIPE: &str = r#"
id = "mine"
title = "Two walks and the line between them"
paper = "none"
figure = "none"
shows = "A line."
minutes = 0.1
seeds = [1]
picture = "findings"
claims = []

[base]
net = "mlp:64-16-10"
length = { steps = 300 }
data = { name = "digits", train_count = 300 }

[[runs]]
name = "a"

[[runs]]
name = "b"
spec = { optimizer = { kind = "sam" } }

[[runs]]
name = "line"
kind = "study"
spec = { study = "line", from = "a", to = "b", alphas = "0:1:5" }
"#;
