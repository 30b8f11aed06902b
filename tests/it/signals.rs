//! What signals, closed pipes and files that are taken away do to a run on the command line, with real processes.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use valleyscope::runfile::Reader;

use crate::support::program;

/// Longer than any of it takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A run that goes on for hours.
fn endless(home: &Path, file: &Path) -> Command {
    let mut command = program(home);
    command.args(["walk", "--net", "mlp:64-16-10", "--steps", "100000000", "--record"]).arg(file);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}

fn steps(file: &Path) -> usize {
    Reader::open(file).and_then(|reader| reader.steps(0..u64::MAX)).map_or(0, |steps| steps.len())
}

/// How it ended, and what it said.
fn ended(mut child: Child) -> (ExitStatus, String) {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let mut said = String::new();
            child.stderr.take().into_iter().for_each(|mut e| drop(e.read_to_string(&mut said)));
            return (status, said);
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it goes on for ever");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_signal_ends_a_run_keeps_it_and_is_the_exit_status() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("run.valley");
        let child = endless(home.path(), &file).spawn().unwrap();
        until("steps", || steps(&file) > 20);
        send(&child, signal);
        let (found, said) = ended(child);
        assert_eq!(found.code(), Some(status), "{signal}: {said}");
        let reader = Reader::open(&file).unwrap();
        assert!(reader.summary().unwrap().is_some(), "{signal}: the run is whole");
    }
}

#[test]
fn a_hangup_that_was_ignored_stays_ignored() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("run.valley");
    let plain = endless(home.path(), &file);
    // As nohup does it.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(plain.get_program()).args(plain.get_args());
    command.envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("steps", || steps(&file) > 20);
    send(&child, "HUP");
    let before = steps(&file);
    until("more steps", || steps(&file) > before + 20);
    send(&child, "TERM");
    assert_eq!(ended(child).0.code(), Some(143));
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = format!("http://{}/", listener.local_addr().unwrap());
    let mut command = program(home.path());
    command.args(["data", "fetch", "mnist", "--mirror", &mirror, "--data-dir"]).arg(home.path());
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // It is connected, and hears nothing.
    let _silent = listener.accept().unwrap();
    let begun = Instant::now();
    send(&child, "INT");
    let (status, said) = ended(child);
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(15) && said.contains("cancelled"), "{said}");
}

#[test]
fn a_pipe_that_closes_does_not_end_a_recording() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("run.valley");
    let run = |record: bool| {
        let mut command = program(home.path());
        command.args(["walk", "--net", "mlp:64-16-10", "--steps", "3000", "--json"]);
        if record {
            command.arg("--record").arg(&file);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with('{'), "{first}");
        ended(child)
    };
    let (status, said) = run(true);
    assert!(status.success() && said.contains("the run goes on into"), "{said}");
    assert_eq!(steps(&file), 3000);
    // Without a record there is nobody left to run for.
    assert!(run(false).0.success());
}

#[test]
fn a_run_whose_file_is_taken_away_says_so_and_does_not_end_well() {
    let home = tempfile::tempdir().unwrap();
    for folder_too in [false, true] {
        let folder = home.path().join(format!("runs-{folder_too}"));
        fs::create_dir(&folder).unwrap();
        let file = folder.join("run.valley");
        let child = endless(home.path(), &file).spawn().unwrap();
        until("steps", || steps(&file) > 20);
        if folder_too {
            fs::remove_dir_all(&folder).unwrap();
        } else {
            fs::remove_file(&file).unwrap();
        }
        std::thread::sleep(Duration::from_secs(2));
        send(&child, "INT");
        let (status, said) = ended(child);
        assert!(!status.success(), "{said}");
        assert!(said.contains("is not there any more") && said.contains("tries again"), "{said}");
    }
}

/// What would be read is never what is written, whatever it is called.
#[test]
fn a_run_is_not_written_over_by_what_is_made_of_it() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("run.valley");
    let run = |args: &[&str]| program(home.path()).current_dir(home.path()).args(args).output().unwrap();
    assert!(run(&["walk", "--net", "mlp:64-16-10", "--steps", "20", "--record", "run.valley"]).status.success());
    std::os::unix::fs::symlink(&file, home.path().join("link.valley")).unwrap();
    let before = fs::read(&file).unwrap();
    for args in [
        &["export", "run.valley", "--safetensors", "run.valley"][..],
        &["export", "run.valley", "--safetensors", "link.valley"],
        &["walk", "--fork", "run.valley@10", "--steps", "30", "--record", "run.valley", "--overwrite"],
        &["walk", "--fork", "run.valley@10", "--steps", "30", "--record", "./link.valley", "--overwrite"],
        &[
            "walk",
            "--init",
            "run.valley",
            "--net",
            "mlp:64-16-10",
            "--steps",
            "3",
            "--record",
            "run.valley",
            "--overwrite",
        ],
    ] {
        let out = run(args);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains("choose another name"), "{args:?}: {said}");
        assert_eq!(fs::read(&file).unwrap(), before, "{args:?}");
    }
}

/// Nothing that somebody names makes a command wait without end.
#[test]
fn pipes_in_the_place_of_files_are_refused() {
    let home = tempfile::tempdir().unwrap();
    for name in ["run.valley", "labels.txt", "line.csv", "a.plane"] {
        assert!(Command::new("mkfifo").arg(home.path().join(name)).status().unwrap().success());
    }
    let start = home.path().join("start.valley");
    let mut made = program(home.path());
    assert!(
        made.args(["walk", "--net", "mlp:64-16-10", "--steps", "2", "--record"])
            .arg(&start)
            .output()
            .unwrap()
            .status
            .success()
    );
    for args in [
        &["walk", "--steps", "2", "--record", "run.valley"][..],
        &["walk", "--steps", "2", "--record", "run.valley", "--overwrite"],
        &["walk", "--steps", "2", "--labels", "labels.txt"],
        &["line", "start.valley", "start.valley", "--out", "line.csv"],
        &["plane", "start.valley", "--grid", "3", "--record", "a.plane"],
    ] {
        let mut command = program(home.path());
        let child =
            command.current_dir(home.path()).args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (status, said) = ended(child);
        assert!(!status.success(), "{args:?}");
        assert!(said.contains("no regular file") || said.contains("nobody reads"), "{args:?}: {said}");
    }
}

/// However early a recording is killed: what there is opens, with its settings and θ_0, and can be gone on from.
#[test]
fn a_run_that_is_killed_at_once_keeps_where_it_began() {
    let home = tempfile::tempdir().unwrap();
    for delay in [0, 5, 20, 60] {
        let file = home.path().join(format!("run-{delay}.valley"));
        let mut child = endless(home.path(), &file).spawn().unwrap();
        until("the file", || file.exists());
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let Ok(reader) = Reader::open(&file) else { panic!("{delay} ms: the file does not open") };
        if reader.last_step().unwrap().is_some() {
            assert!(!reader.checkpoint(0).unwrap().is_empty(), "{delay} ms: no θ_0");
        }
    }
}

/// A file system of 2 MiB, gone with the value; `None` where mounting is not allowed.
struct Small(tempfile::TempDir);

impl Small {
    fn new() -> Option<Small> {
        let place = tempfile::tempdir().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(place.path()).output();
        mount.is_ok_and(|out| out.status.success()).then_some(Small(place))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: whoever still looks at it does not hold it.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

/// A disk that is full holds a run; it goes on when there is room again, and ends whole. What is written for the user leaves the old file.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_holds_a_run_and_keeps_old_files() {
    let Some(disk) = Small::new() else {
        println!("skipped: mounting a file system is not allowed here");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let file = disk.path("run.valley");
    let filler = disk.path("filler");
    fs::write(&filler, vec![0; 1 << 20]).unwrap();
    let mut command = endless(home.path(), &file);
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("is held and tries again") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended without a word of the disk");
    }
    assert!(line.contains("the disk is full"), "{line}");
    let held = steps(&file);
    assert!(held > 0 && child.try_wait().unwrap().is_none(), "held, not ended");
    // Nothing is written meanwhile, and an old picture stays.
    let picture = disk.path("walk.png");
    let before = b"an old picture".to_vec();
    fs::write(&picture, &before).ok();
    let toy =
        program(home.path()).args(["toy", "escape2d", "--runs", "5", "--steps", "5", "--out"]).arg(&picture).output();
    let toy = toy.unwrap();
    if picture.metadata().is_ok_and(|found| found.len() == before.len() as u64) {
        assert!(!toy.status.success(), "there is no room for a picture");
        assert_eq!(fs::read(&picture).unwrap(), before);
    }
    fs::remove_file(&filler).unwrap();
    until("it to go on", || steps(&file) > held);
    send(&child, "INT");
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(begun.elapsed() < PATIENCE),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(130));
    let reader = Reader::open(&file).unwrap();
    let all = reader.steps(0..u64::MAX).unwrap();
    assert!(all.iter().enumerate().all(|(i, step)| step.t == i as u64), "no step is lost");
}
