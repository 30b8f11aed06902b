//! Command line → window or command.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;
use valleyscope::{
    app,
    cli::{Cli, Ended, commands, demonstrate, on_end, status},
    memory,
    net::Kernels,
    run::paths,
    runfile, suggest,
};

fn main() -> ExitCode {
    let code = code();
    // What a signal ended says so, whatever it had to say besides.
    status().map_or(code, ExitCode::from)
}

fn code() -> ExitCode {
    match run(Cli::parse()) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::No) => ExitCode::from(1),
        Ok(Ended::Diverged) => ExitCode::from(3),
        // Whoever reads our output has seen enough: `valleyscope walk --json | head`.
        Err(e) if is_broken_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("valleyscope: {}", said_once(&e));
            ExitCode::from(2)
        }
    }
}

/// An error and its causes; a cause whose words stand in the error already is not said again.
fn said_once(e: &anyhow::Error) -> String {
    e.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        before if before.contains(&cause) => said,
        before => format!("{before}: {cause}"),
    })
}

fn is_broken_pipe(e: &anyhow::Error) -> bool {
    e.chain().filter_map(|c| c.downcast_ref::<std::io::Error>()).any(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(cli: Cli) -> Result<Ended> {
    Kernels::chosen().map_err(anyhow::Error::msg)?;
    if let Some(size) = cli.memory {
        memory::allow(size);
    }
    if cli.durable {
        runfile::be_durable();
    }
    if cli.follow_paths {
        paths::follow_all();
    }
    if let Some(command) = cli.command {
        return command.run();
    }
    for file in &cli.files {
        if !file.exists() {
            let word = file.to_string_lossy();
            let known = commands();
            match suggest::closest(&word, known.iter().map(String::as_str)) {
                Some(command) => bail!("there is no file or command {word}; did you mean \"valleyscope {command}\"?"),
                None => bail!("there is no file {word}; give a run file, or see valleyscope --help"),
            }
        }
    }
    // It is remembered, so it must mean the same wherever the program is started next.
    let data_dir = cli.data_dir.map(|dir| std::path::absolute(&dir).unwrap_or(dir));
    if let Some(dir) = data_dir.as_ref().filter(|dir| !dir.is_dir()) {
        bail!("there is no folder {}; make it first, or name another one with --data-dir", dir.display());
    }
    if has_display() {
        let ending = app::Ending::default();
        let end = ending.clone();
        // Where signals cannot be caught they end the process, as they would without this.
        on_end(move || end.ask()).ok();
        let probe_budget = cli.probe_budget;
        let options =
            app::Options { files: cli.files, coach: true, data_dir, probe_budget, ending, ..app::Options::default() };
        return app::run(options)
            .map(|()| Ended::Well)
            .context("the window could not be opened; the command line works without one (valleyscope walk --help)");
    }
    if !cli.files.is_empty() {
        bail!("there is no display to show {} on; use valleyscope export on it", cli.files[0].display());
    }
    println!(
        "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): running the demonstration in the terminal."
    );
    demonstrate()
}

/// Whether a window could be shown.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    cfg!(any(target_os = "macos", target_os = "windows")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
