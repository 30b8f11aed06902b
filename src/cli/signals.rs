//! Signals that ask for the end: Ctrl-C, `kill`, a terminal that closes. The first one lets the work end and keep what it has, the
//! second one ends the process at once. A signal that whoever started us had ignored (`nohup`) stays ignored.

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicI32, Ordering},
};

use anyhow::{Context as _, Result};

type Actions = Mutex<Vec<Box<dyn Fn() + Send>>>;

static ACTIONS: Actions = Mutex::new(Vec::new());
static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// What a process that a signal ended has beyond the signal's number, as shells count.
const STATUS: i32 = 128;

/// The signal that came first, if one came.
fn received() -> Option<i32> {
    Some(RECEIVED.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
}

/// The exit status of a command that a signal ended: 130 after Ctrl-C, 143 after `kill`, 129 when the terminal closed.
pub fn status() -> Option<u8> {
    received().and_then(|signal| u8::try_from(STATUS + signal).ok())
}

/// Lets the first signal call `action`; one that has come already calls it now.
///
/// # Errors
/// When the system does not let signals be caught.
pub fn on_end(action: impl Fn() + Send + 'static) -> Result<()> {
    static WATCHING: OnceLock<Result<(), String>> = OnceLock::new();
    if received().is_some() {
        action();
        return Ok(());
    }
    ACTIONS.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(action));
    let watching = WATCHING.get_or_init(|| watch().map_err(|e| e.to_string()));
    watching.clone().map_err(anyhow::Error::msg).context("Ctrl-C cannot be caught on this system")
}

/// A signal came.
fn came(signal: i32) {
    if RECEIVED.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        std::process::exit(STATUS + signal);
    }
    ACTIONS.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|action| action());
}

#[cfg(unix)]
fn watch() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // A shell that puts a command into the background lets it ignore Ctrl-C of its own; `kill -INT` still means it.
    let heard = [Some(SIGINT), Some(SIGTERM), Some(SIGHUP).filter(|signal| !is_ignored(*signal))];
    let heard: Vec<i32> = heard.into_iter().flatten().collect();
    let mut signals = signal_hook::iterator::Signals::new(heard)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(came)).map(drop)
}

/// Whether a signal was ignored when the process began. Where the system does not tell, it is left to its default.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let mask = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(line.trim(), 16).ok()
    });
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(not(unix))]
fn watch() -> Result<(), ctrlc::Error> {
    const SIGINT: i32 = 2;
    ctrlc::set_handler(|| came(SIGINT))
}
