//! A data set is downloaded from the window: from a server on this machine that breaks off once.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use egui_kittest::kittest::Queryable as _;
use valleyscope::{app, data};

use crate::{
    explore_window::{fill, has, press, wait_for},
    window::{opened, wait},
};

/// What the first answer has before the server falls silent.
const FIRST: usize = 1 << 20;

/// Serves the files of a folder until the program ends; its address. The first answer stays unfinished.
fn serve(folder: PathBuf, answers: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let named = |name: &str| std::thread::Builder::new().name(name.into());
    let serve = move || {
        for stream in listener.incoming().flatten() {
            let (folder, number) = (folder.clone(), answers.fetch_add(1, Ordering::SeqCst));
            named("answer").spawn(move || answer(stream, &folder, number == 0)).unwrap();
        }
    };
    named("server").spawn(serve).unwrap();
    address
}

fn answer(mut stream: TcpStream, folder: &Path, is_first: bool) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let name = line.split_whitespace().nth(1)?.trim_start_matches('/').to_string();
    let mut from = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(range) = header.to_lowercase().strip_prefix("range: bytes=") {
            from = range.trim().trim_end_matches('-').parse().ok()?;
        }
    }
    let all = fs::read(folder.join(name)).ok()?;
    let body = &all[from..];
    let (status, range) = match from {
        0 => ("200 OK", String::new()),
        _ => ("206 Partial Content", format!("Content-Range: bytes {from}-{}/{}\r\n", all.len() - 1, all.len())),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{range}Connection: close\r\n\r\n", body.len()).ok()?;
    if is_first {
        stream.write_all(&body[..FIRST.min(body.len())]).ok()?;
        stream.flush().ok()?;
        // Until whoever asked has gone.
        stream.read_exact(&mut [0]).ok()?;
        return None;
    }
    stream.write_all(body).ok()
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn a_missing_set_is_downloaded_stopped_and_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let shared = crate::support::shared();
    let answers = Arc::new(AtomicUsize::new(0));
    let mirror = serve(shared.join("data/fashion-mnist"), Arc::clone(&answers));
    let files = vec![shared.join("fixtures/lenet_a.safetensors")];
    let mut w = opened(app::Options {
        files,
        runs_folder: Some(folder.path().into()),
        quiet: true,
        mirror: Some(mirror),
        ..Default::default()
    });
    wait_for(&mut w, "takes 28×28 in 10 classes");
    fill(&mut w, "Data folder", folder.path().to_str().unwrap());
    wait_for(&mut w, "fashion-mnist is not on this machine.");
    press(&mut w, "Download 29.4 MiB");
    wait_for(&mut w, "Cancel download");
    // So much has come, and no more will.
    let part = || {
        fs::read_dir(folder.path().join("fashion-mnist"))
            .ok()?
            .flatten()
            .map(|e| e.path())
            .find(|p| p.extension().is_some_and(|e| e == "valleyscope-part"))
    };
    wait(&mut w, "the first piece", |_| part().is_some_and(|p| p.metadata().is_ok_and(|m| m.len() >= FIRST as u64)));
    press(&mut w, "Cancel download");
    wait_for(&mut w, "fashion-mnist is not on this machine.");
    assert!(part().is_some(), "what has come is kept");
    press(&mut w, "Download 29.4 MiB");
    wait(&mut w, "the set", |w| {
        !has(w, "fashion-mnist is not on this machine.") && w.query_by_label("Cancel download").is_none()
    });
    // Four files, the first one in two answers; all as they should be.
    assert_eq!(answers.load(Ordering::SeqCst), 5);
    let states = data::verify("fashion-mnist", Some(folder.path())).unwrap();
    assert!(states.len() == 4 && states.iter().all(|file| file.state == data::State::Right), "{states:?}");
    // What could not be looked at for want of data is looked at now: this network wants other pixels than the usual ones.
    wait_for(&mut w, "Use -1:1");
}
