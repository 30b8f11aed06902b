//! Downloads from a server on loopback that fails in every way that servers fail.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::catalog::{Form, OfficialFile, OfficialSet};
use super::fetch::{FetchProgress, FetchReport, Fetched, Fetcher, Outcome, config};
use super::{DataError, Pixels, fetch, hash, unpack_tests};

/// What the server was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    /// The first byte of the `Range`, if there was one.
    pub from: Option<usize>,
}

/// What the server does with a request for a file.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// Sends it, by ranges too.
    Good,
    /// Sends the first bytes of what was asked for, then closes.
    Cut(usize),
    /// Sends the first bytes of what was asked for, then nothing more, and stays connected.
    Stall(usize),
    /// Sends another file of the same size.
    Wrong,
    /// Sends a page of another size.
    Page,
    /// Sends it whole, whatever range is asked for.
    WholeOnly,
    /// Answers a range with another one.
    OtherRange,
    /// Answers this status; 416 to a range only.
    Status(u16),
    /// Sends too much, without saying how much.
    Endless,
    /// Sends it without saying how much.
    NoLength,
}

/// A server that answers each request by `script`, given the request's number, and keeps what it was asked.
pub struct Server {
    pub base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(script: impl Fn(usize, &Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/files/", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // The thread ends with the test process; it holds nothing but the socket.
        let serve = move || {
            let mut stalled = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read_request(&stream);
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push(request.clone());
                    log.len() - 1
                };
                // A client that has seen enough may close first.
                let reply = script(number, &request);
                let _ = answer(&mut stream, &request, reply);
                if matches!(reply, Reply::Stall(_)) {
                    stalled.push(stream);
                }
            }
        };
        thread::Builder::new().name("server".into()).spawn(serve).unwrap();
        Self { base, asked }
    }

    pub fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The ranges asked for of the first file.
    fn ranges(&self) -> Vec<Option<usize>> {
        self.asked()
            .into_iter()
            .filter(|asked| asked.path.ends_with("train-images.gz"))
            .map(|asked| asked.from)
            .collect()
    }
}

fn read_request(stream: &TcpStream) -> Asked {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let mut from = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(range) = line.to_lowercase().strip_prefix("range: bytes=") {
            from = Some(range.trim_end_matches('-').parse().unwrap());
        }
    }
    Asked { path, from }
}

fn answer(stream: &mut TcpStream, asked: &Asked, reply: Reply) -> std::io::Result<()> {
    let name = asked.path.strip_prefix("/files/").unwrap();
    let file = content(name);
    let whole = file.len();
    let mut from = asked.from.unwrap_or(0);
    let (mut status, mut body, mut length) = ("200 OK".to_owned(), file, true);
    let mut keep = usize::MAX;
    match reply {
        Reply::Good => {}
        Reply::Cut(n) | Reply::Stall(n) => keep = n,
        Reply::Wrong => body = vec![b'x'; whole],
        Reply::Page => (body, from) = (b"<html>moved</html>".to_vec(), 0),
        Reply::WholeOnly => from = 0,
        Reply::OtherRange => from = from.min(1),
        Reply::Status(416) if asked.from.is_none() => {}
        Reply::Status(code) => (status, body, from) = (format!("{code} Sorry"), Vec::new(), 0),
        Reply::Endless => (body, length) = (vec![b'x'; whole + 1], false),
        Reply::NoLength => length = false,
    }
    let body = &body[from..];
    let mut head = String::new();
    if from > 0 {
        status = "206 Partial Content".to_owned();
        head = format!("Content-Range: bytes {from}-{}/{whole}\r\n", whole - 1);
    }
    if length {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    write!(stream, "HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n")?;
    stream.write_all(&body[..body.len().min(keep)])
}

const NAMES: [&str; 4] = ["train-images.gz", "train-labels.gz", "t10k-images.gz", "t10k-labels.gz"];
/// Some pieces of a body, so that breaking off within it is possible.
const SIZES: [usize; 4] = [300_000, 40, 100_000, 40];

fn content(name: &str) -> Vec<u8> {
    if name == unpack_tests::ARCHIVE {
        return unpack_tests::archive();
    }
    let index = NAMES.iter().position(|known| *known == name).unwrap();
    (0..SIZES[index]).map(|i| (i * (index + 7) % 251) as u8).collect()
}

/// A catalogue of the server's files. Leaked, as the real one is static; it is a few hundred bytes per test.
fn set(bases: &[&str]) -> OfficialSet {
    let bases: Vec<&'static str> = bases.iter().map(|base| &*String::leak((*base).to_owned())).collect();
    OfficialSet {
        name: "tiny",
        description: "files for tests",
        train: 1,
        test: 1,
        shape: [1, 1, 1],
        classes: 10,
        pixels: Pixels::Unit,
        form: Form::Idx(NAMES.map(official)),
        bases: Vec::leak(bases),
    }
}

/// The catalogued form of one of the server's files.
pub fn official(name: &'static str) -> OfficialFile {
    let content = content(name);
    OfficialFile { name, size: content.len() as u64, sha256: String::leak(hash::of_bytes(&content)) }
}

/// Fetches into `dir`, past any proxy of the environment.
fn run(dir: &TempDir, bases: &[&str], mirror: Option<&str>) -> Result<FetchReport, DataError> {
    run_with(dir, bases, mirror, &mut |_| {}, &AtomicBool::new(false))
}

fn run_with(
    dir: &TempDir,
    bases: &[&str],
    mirror: Option<&str>,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &AtomicBool,
) -> Result<FetchReport, DataError> {
    let agent = config().proxy(None).build().new_agent();
    Fetcher { agent, progress, cancel }.set(&set(bases), dir.path(), mirror)
}

fn folder(dir: &TempDir) -> PathBuf {
    dir.path().join("tiny")
}

/// All files are there, right, and nothing else.
fn assert_complete(dir: &TempDir) {
    for name in NAMES {
        assert!(fs::read(folder(dir).join(name)).unwrap() == content(name), "{name}");
    }
    assert_eq!(names(&folder(dir)).len(), 4, "{:?}", names(&folder(dir)));
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The resumed bytes of the first file.
fn resumed(report: &FetchReport) -> u64 {
    match &report.files[0].outcome {
        Outcome::Downloaded { resumed, .. } => *resumed,
        other => panic!("{other:?}"),
    }
}

/// Puts `bytes` where a download of the first file would have left them.
fn leave_part(dir: &TempDir, bytes: &[u8]) {
    fs::create_dir_all(folder(dir)).unwrap();
    fs::write(folder(dir).join("train-images.gz.valleyscope-part"), bytes).unwrap();
}

#[test]
fn missing_files_are_downloaded_with_progress_and_then_kept() {
    let dir = tempfile::tempdir().unwrap();
    for reply in [Reply::Good, Reply::NoLength] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::always(reply);
        run(&dir, &[&server.base], None).unwrap();
        assert_complete(&dir);
    }
    let server = Server::always(Reply::Good);
    let mut told = Vec::new();
    let report =
        run_with(&dir, &[&server.base], None, &mut |progress| told.push(progress), &AtomicBool::new(false)).unwrap();
    assert_complete(&dir);
    assert_eq!((report.folder.clone(), report.files.len()), (folder(&dir), 4));
    let url = Some(format!("{}train-images.gz", server.base));
    let first = Fetched {
        file: NAMES[0],
        path: folder(&dir).join(NAMES[0]),
        outcome: Outcome::Downloaded { url, resumed: 0, replaced: false },
    };
    assert_eq!(report.files[0], first);
    assert!(told.windows(2).all(|pair| pair[0].file != pair[1].file || pair[0].done_bytes <= pair[1].done_bytes));
    assert!(NAMES.iter().zip(SIZES).all(|(file, size)| {
        let size = size as u64;
        told.contains(&FetchProgress { file, done_bytes: size, total_bytes: size })
    }));

    let again = run(&dir, &[&server.base], None).unwrap();
    assert!(again.files.iter().all(|file| file.outcome == Outcome::Kept));
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn right_files_in_the_folder_itself_are_kept_too() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    fs::write(dir.path().join(NAMES[0]), content(NAMES[0])).unwrap();
    let report = run(&dir, &[&server.base], None).unwrap();
    assert_eq!(report.files[0].path, dir.path().join(NAMES[0]));
    assert_eq!((server.asked().len(), names(&folder(&dir)).len()), (3, 3));
}

#[test]
fn a_wrong_file_in_the_way_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    fs::create_dir(folder(&dir)).unwrap();
    fs::write(folder(&dir).join(NAMES[0]), b"half").unwrap();
    let report = run(&dir, &[&server.base], None).unwrap();
    assert!(matches!(report.files[0].outcome, Outcome::Downloaded { replaced: true, .. }));
    assert_complete(&dir);
}

#[test]
fn a_connection_that_breaks_off_is_resumed_by_range_within_one_fetch() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|number, _| if number == 0 { Reply::Cut(123_456) } else { Reply::Good });
    run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!(server.ranges(), [None, Some(123_456)]);
}

#[test]
fn a_server_that_falls_silent_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|number, _| if number == 0 { Reply::Stall(123_456) } else { Reply::Good });
    let agent = config().proxy(None).timeout_per_read(Some(Duration::from_millis(500))).build().new_agent();
    let fetcher = Fetcher { agent, progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
    fetcher.set(&set(&[&server.base]), dir.path(), None).unwrap();
    assert_complete(&dir);
    assert_eq!(server.ranges(), [None, Some(123_456)]);
}

#[test]
fn a_download_that_broke_off_is_resumed_by_the_next_fetch() {
    let dir = tempfile::tempdir().unwrap();
    // The first connection brings something, the second nothing: the fetch gives up.
    let server = Server::start(|number, _| match number {
        0 => Reply::Cut(123_456),
        1 => Reply::Status(503),
        _ => Reply::Good,
    });
    let text = run(&dir, &[&server.base], None).unwrap_err().to_string();
    assert!(text.contains("503") && text.contains(&server.base), "{text}");
    assert_eq!(names(&folder(&dir)), ["train-images.gz.valleyscope-part"]);

    let report = run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!(server.ranges(), [None, Some(123_456), Some(123_456)]);
    assert_eq!(resumed(&report), 123_456);
}

#[test]
fn a_server_that_always_breaks_off_is_left_after_a_few_connections() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Cut(10));
    let text = run(&dir, &[&server.base], None).unwrap_err().to_string();
    assert!(text.contains("of 300000 bytes"), "{text}");
    assert_eq!(server.ranges(), [None, Some(10), Some(20), Some(30)]);
}

#[test]
fn a_part_goes_on_at_the_next_mirror() {
    let dir = tempfile::tempdir().unwrap();
    let broken = Server::start(|number, _| if number == 0 { Reply::Cut(100_000) } else { Reply::Status(500) });
    let good = Server::always(Reply::Good);
    run(&dir, &[&broken.base, &good.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!(good.ranges(), [Some(100_000)]);
}

#[test]
fn a_server_that_will_not_resume_starts_over() {
    for (reply, requests) in [(Reply::WholeOnly, 1), (Reply::Status(416), 2)] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::always(reply);
        leave_part(&dir, &content(NAMES[0])[..1000]);
        let report = run(&dir, &[&server.base], None).unwrap();
        assert_complete(&dir);
        assert_eq!(server.ranges().len(), requests);
        assert_eq!(resumed(&report), 0, "{reply:?}");
    }
}

#[test]
fn a_range_that_was_not_asked_for_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::OtherRange);
    leave_part(&dir, &content(NAMES[0])[..1000]);
    run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!(server.ranges(), [Some(1000), None]);
}

#[test]
fn bytes_left_by_an_earlier_download_that_are_wrong_are_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    leave_part(&dir, &[b'x'; 1000]);
    let report = run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!((server.ranges(), resumed(&report)), (vec![Some(1000), None], 0));
}

#[test]
fn a_whole_part_is_used_and_a_too_long_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    leave_part(&dir, &content(NAMES[0]));
    let report = run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!((server.ranges(), resumed(&report)), (vec![], 300_000));

    let dir = tempfile::tempdir().unwrap();
    leave_part(&dir, &[b'x'; 300_001]);
    run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!(server.ranges(), [None]);
}

#[test]
fn a_wrong_sum_is_an_error_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Wrong);
    let text = run(&dir, &[&server.base], None).unwrap_err().to_string();
    let wrong = hash::of_bytes(&vec![b'x'; SIZES[0]]);
    assert!(text.contains(&format!("wrong content: SHA-256 {wrong}")), "{text}");
    assert!(names(&folder(&dir)).is_empty(), "{:?}", names(&folder(&dir)));
}

#[test]
fn a_page_in_place_of_the_file_is_seen_by_its_size() {
    for (reply, cause) in [(Reply::Page, "offers 18 bytes"), (Reply::Endless, "sends more than")] {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::always(reply);
        let text = run(&dir, &[&server.base], None).unwrap_err().to_string();
        assert!(text.contains(cause), "{text}");
        assert!(names(&folder(&dir)).is_empty());
    }
}

#[test]
fn a_page_does_not_cost_the_bytes_that_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let (page, good) = (Server::always(Reply::Page), Server::always(Reply::Good));
    leave_part(&dir, &content(NAMES[0])[..1000]);
    run(&dir, &[&page.base, &good.base], None).unwrap();
    assert_eq!(good.ranges(), [Some(1000)]);
}

#[test]
fn the_next_address_is_tried_and_all_are_named_if_none_will_do() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = Server::always(Reply::Wrong);
    let gone = Server::always(Reply::Status(404));
    // A port that was free a moment ago: nothing listens there.
    let closed = format!("http://{}/", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let bases = [wrong.base.as_str(), &gone.base, &closed];
    let error = run(&dir, &bases, None).unwrap_err();
    let DataError::NoAddress { attempts, .. } = &error else { panic!("{error}") };
    assert_eq!(attempts.len(), 3);
    let text = error.to_string();
    assert!(bases.iter().all(|base| text.contains(base)), "{text}");
    assert!(text.contains("404") && text.contains("wrong content") && text.contains("refused"), "{text}");

    let good = Server::always(Reply::Good);
    run(&dir, &[&wrong.base, &gone.base, &closed, &good.base], None).unwrap();
    assert_complete(&dir);
}

#[test]
fn a_mirror_goes_first_with_or_without_a_final_slash() {
    for cut in [0, 1] {
        let dir = tempfile::tempdir().unwrap();
        let (official, mirror) = (Server::always(Reply::Good), Server::always(Reply::Good));
        let address = &mirror.base[..mirror.base.len() - cut];
        run(&dir, &[&official.base], Some(address)).unwrap();
        assert_eq!((official.asked().len(), mirror.asked().len()), (0, 4));
    }
    let dir = tempfile::tempdir().unwrap();
    let (official, mirror) = (Server::always(Reply::Good), Server::always(Reply::Status(404)));
    run(&dir, &[&official.base], Some(&mirror.base)).unwrap();
    assert_complete(&dir);
}

#[test]
fn a_mirror_that_is_no_web_address_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    for mirror in ["mirror.example", "ftp://mirror.example/", ""] {
        assert!(matches!(run(&dir, &[], Some(mirror)), Err(DataError::Mirror(_))));
    }
}

#[test]
fn cancelling_keeps_what_has_arrived_for_the_next_time() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    let cancel = AtomicBool::new(false);
    let mut stop = |progress: FetchProgress| cancel.store(progress.done_bytes > 0, Ordering::Relaxed);
    let error = run_with(&dir, &[&server.base], None, &mut stop, &cancel).unwrap_err();
    let DataError::Cancelled { done, total: 300_000, .. } = error else { panic!("{error}") };
    assert!((1..300_000).contains(&done));
    let report = run(&dir, &[&server.base], None).unwrap();
    assert_complete(&dir);
    assert_eq!((resumed(&report), server.ranges()), (done, vec![None, Some(done as usize)]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_download_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (Server::always(Reply::Good), Server::always(Reply::Good));
    fs::create_dir(folder(&dir)).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder(&dir).join("train-images.gz.valleyscope-part")).unwrap();
    let error = run(&dir, &[&first.base, &second.base], None).unwrap_err();
    assert!(matches!(error, DataError::DiskFull { .. }), "{error}");
    assert_eq!((first.asked().len(), second.asked().len()), (1, 0));
}

#[test]
fn sets_without_files_are_not_fetched() {
    let cancel = AtomicBool::new(false);
    assert!(matches!(fetch("digits", None, None, &mut |_| {}, &cancel), Err(DataError::NoFiles(_))));
    assert!(matches!(fetch("mnits", None, None, &mut |_| {}, &cancel), Err(DataError::Unknown(_))));
}
