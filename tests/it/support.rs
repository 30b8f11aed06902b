//! What several tests need.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use valleyscope::engine::{Engine, Event, RecordTo, RunState};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The folder with real images and reference numbers; only called by tests that are ignored without it.
pub fn shared() -> PathBuf {
    std::env::var_os("VALLEYSCOPE_SHARED").expect("VALLEYSCOPE_SHARED is set, or this test is ignored").into()
}

/// The program, with its places in `home` and no display.
pub fn program(home: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_valleyscope"));
    command.env("HOME", home).env("XDG_DATA_HOME", home.join("data")).env("XDG_CACHE_HOME", home.join("cache"));
    for name in [
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env_remove(name);
    }
    command
}

/// |a − b| ≤ tolerance · |b|, with a floor for numbers near zero.
pub fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1e-6)
}

/// Events until `done` says so, that one included.
pub fn until(engine: &Engine, mut done: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    let begun = Instant::now();
    loop {
        let left = PATIENCE.checked_sub(begun.elapsed()).unwrap_or_default();
        let event = engine.events().recv_timeout(left).unwrap_or_else(|_| panic!("waited in vain after {seen:?}"));
        let end = done(&event);
        seen.push(event);
        if end {
            return seen;
        }
    }
}

pub fn is_over(e: &Event) -> bool {
    matches!(e, Event::Finished { .. } | Event::Failed { .. } | Event::Cancelled { .. })
}

pub fn is_held(e: &Event) -> bool {
    matches!(e, Event::State { state: RunState::Paused(_), .. })
}

pub fn to_file(path: &Path) -> RecordTo {
    RecordTo::File { path: path.into(), overwrite: false }
}
