//! What several tests need.

use std::{path::PathBuf, process::Command};

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
