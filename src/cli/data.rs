//! `valleyscope data`: list, download and verify data sets.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::{Args, Subcommand, ValueHint};
use crossbeam_channel::RecvTimeoutError;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;

use super::Ended;
use crate::data::{self, DataError, Outcome, Place, State};

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// What data sets there are, and which are here.
    List(ListArgs),
    /// Download a data set, check it, unpack it, and keep it in the cache. A broken download goes on where it stopped.
    Fetch(FetchArgs),
    /// Check the files that are here against the official checksums.
    Verify(VerifyArgs),
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct PlaceArgs {
    /// Folder with the data files [default: the user's cache directory].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    data_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct FetchArgs {
    /// mnist, fashion-mnist, cifar-10 or cifar-100.
    name: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// Try this address before the known ones: a folder that holds the official files.
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
}

#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Data set [default: all that have files].
    name: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl DataCommand {
    pub fn run(&self) -> Result<Ended> {
        match self {
            DataCommand::List(args) => args.run(),
            DataCommand::Fetch(args) => args.run(),
            DataCommand::Verify(args) => args.run(),
        }
    }
}

impl ListArgs {
    fn run(&self) -> Result<Ended> {
        let mut out = io::stdout().lock();
        for s in data::status(self.place.data_dir.as_deref()) {
            if self.json {
                let line = json!({"event": "data", "name": s.name, "description": s.description, "train": s.train,
                    "test": s.test, "present": s.is_present(), "place": s.place.to_string()});
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "{:<14} {} ({} training, {} test)", s.name, s.description, s.train, s.test)?;
                writeln!(out, "{:<14} {}", "", s.place)?;
                if matches!(s.place, Place::Missing { .. }) {
                    writeln!(out, "{:<14} get it with: valleyscope data fetch {}", "", s.name)?;
                }
            }
        }
        Ok(Ended::Well)
    }
}

/// How often a signal is looked for while a server is silent, and how long it may go on after one.
const LOOK: Duration = Duration::from_millis(100);
const GRACE: Duration = Duration::from_secs(1);

/// What a download tells.
enum News {
    Progress(data::FetchProgress),
    Done(Box<Result<data::FetchReport, DataError>>),
}

impl FetchArgs {
    fn run(&self) -> Result<Ended> {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = cancel.clone();
        super::signals::on_end(move || flag.store(true, Ordering::Relaxed))?;
        let (told, news) = crossbeam_channel::bounded(64);
        let (name, mirror, dir) = (self.name.clone(), self.mirror.clone(), self.place.data_dir.clone());
        let asked = cancel.clone();
        // A server that says nothing is waited for elsewhere: the end is not.
        let work = move || {
            let mut progress = |p: data::FetchProgress| drop(told.send(News::Progress(p)));
            let report = data::fetch(&name, dir.as_deref(), mirror.as_deref(), &mut progress, &asked);
            told.send(News::Done(Box::new(report))).ok();
        };
        std::thread::Builder::new().name("download".into()).spawn(work)?;
        let bars = MultiProgress::new();
        let style =
            ProgressStyle::with_template("  {msg:28} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}")?;
        let mut shown: BTreeMap<&'static str, ProgressBar> = BTreeMap::new();
        let mut asked = None;
        let mut last = None;
        let silent = |last: Option<data::FetchProgress>| DataError::Cancelled {
            file: last.map_or(&*self.name, |p| p.file).to_string(),
            done: last.map_or(0, |p| p.done_bytes),
            total: last.map_or(0, |p| p.total_bytes),
        };
        let report = loop {
            match news.recv_timeout(LOOK) {
                Ok(News::Progress(p)) => {
                    let bar = shown.entry(p.file).or_insert_with(|| {
                        bars.add(ProgressBar::new(p.total_bytes).with_style(style.clone()).with_message(p.file))
                    });
                    bar.set_position(p.done_bytes);
                    last = Some(p);
                }
                Ok(News::Done(report)) => break *report,
                Err(RecvTimeoutError::Timeout) if cancel.load(Ordering::Relaxed) => {
                    // It may still be writing what has come.
                    if asked.get_or_insert_with(Instant::now).elapsed() > GRACE {
                        break Err(silent(last));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Err(silent(last)),
            }
        };
        drop(bars.clear());
        let report = report?;
        let mut out = io::stdout().lock();
        for f in &report.files {
            let what = match &f.outcome {
                Outcome::Kept => "already here, checksum right".to_string(),
                Outcome::Unpacked { replaced: false } => "unpacked".to_string(),
                Outcome::Unpacked { replaced: true } => "unpacked, a wrong file was replaced".to_string(),
                Outcome::Downloaded { url, resumed, replaced } => {
                    let mut text = "downloaded, checksum right".to_string();
                    if let Some(url) = url {
                        text += &format!(", from {url}");
                    }
                    if *resumed > 0 {
                        text += &format!(", resumed at byte {resumed}");
                    }
                    if *replaced {
                        text += ", a wrong file was replaced";
                    }
                    text
                }
            };
            writeln!(out, "{:<28} {what}", f.file)?;
        }
        writeln!(out, "{} is ready in {}", self.name, report.folder.display())?;
        Ok(Ended::Well)
    }
}

impl VerifyArgs {
    fn run(&self) -> Result<Ended> {
        let dir = self.place.data_dir.as_deref();
        let names = match &self.name {
            Some(name) => vec![name.as_str()],
            None => data::NAMES.to_vec(),
        };
        let mut out = io::stdout().lock();
        let mut all_right = true;
        for name in names {
            let files = match data::verify(name, dir) {
                // Asked for all sets, those that are built in are none.
                Err(DataError::NoFiles(_)) if self.name.is_none() => continue,
                files => files?,
            };
            for f in files {
                all_right &= matches!(f.state, State::Right);
                let place = f.path.as_ref().map_or(String::new(), |p| format!("  {}", p.display()));
                writeln!(out, "{name:<14} {:<28} {}{place}", f.file, f.state)?;
            }
        }
        Ok(if all_right { Ended::Well } else { Ended::No })
    }
}
