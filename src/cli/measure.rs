//! The frame of every command that measures something on networks: check, read, measure with a progress bar, print, save.

use std::{
    io::{self, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use super::{
    Ended,
    output::OutputArgs,
    show::{Bar, interrupted},
};
use crate::{
    explore::{Job, Request},
    objective::Interrupt,
    present::PresentError,
    whole_file,
};

/// Standard output, held by a command.
pub type Out = io::StdoutLock<'static>;

/// Who shows on the terminal how far a job is.
pub trait Watch<J> {
    fn show(&self, job: &J, elapsed: Duration);
    fn done(self: Box<Self>);
}

impl<J: Job> Watch<J> for Bar {
    fn show(&self, job: &J, _elapsed: Duration) {
        self.set(job.progress());
    }

    fn done(self: Box<Self>) {
        Bar::done(*self);
    }
}

/// How a measurement ended.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub took: Duration,
    /// By Ctrl-C, before everything was measured.
    pub stopped: bool,
}

/// What a command that measures has of its own.
pub trait Measure {
    type Request: Request;
    type Job: Job<Request = Self::Request>;

    /// Whether what was measured before Ctrl-C is worth printing.
    const KEEPS_WHAT_IT_HAS: bool = false;

    fn request(&self) -> &Self::Request;

    fn output(&self) -> &OutputArgs;

    /// Refuses a file name whose ending means no format.
    fn check_format(path: &Path) -> Result<(), PresentError>;

    /// Shows how far it is; silent with `--json`.
    fn watch(&self, _job: &Self::Job) -> Box<dyn Watch<Self::Job>> {
        Box::new(Bar::new(self.output().json, <Self::Job as Job>::COUNTS))
    }

    /// Says what is known before anything is measured.
    fn begin(&self, _out: &mut Out, _job: &Self::Job) -> Result<()> {
        Ok(())
    }

    /// With `--json`, says what was found.
    fn found(&self, out: &mut Out, job: &Self::Job, found: <Self::Job as Job>::Found) -> Result<()>;

    /// Says what all of it comes to.
    fn end(&self, out: &mut Out, job: &Self::Job, end: End) -> Result<()>;

    /// Writes it to a file.
    fn save(&self, path: &Path, job: &Self::Job) -> Result<(), PresentError>;
}

/// Refuses a place for a file before the work for it is done.
pub fn can_be_written((option, path): (&str, &Path)) -> Result<()> {
    whole_file::check(path)
        .with_context(|| format!("{option} {}: nothing can be written there; choose another place", path.display()))
}

/// Measures what a command asks for.
pub fn measure<M: Measure>(command: &M) -> Result<Ended> {
    let OutputArgs { out: files, json, .. } = command.output();
    files.iter().try_for_each(|path| M::check_format(path))?;
    command.request().check()?;
    let places = files.iter().map(|path| ("--out", path.as_path()));
    let places: Vec<_> = places.chain(command.request().record().map(|path| ("--record", path))).collect();
    places.iter().try_for_each(|place| can_be_written(*place))?;
    let interrupt = Interrupt::default();
    interrupted(&interrupt)?;
    let reading = Bar::new(*json, "reading");
    let mut job = <M::Job as Job>::open(command.request(), interrupt, &mut |share| reading.share(share))?;
    reading.done();
    // Once more, now that it is known what was read.
    files.iter().try_for_each(|path| can_be_written(("--out", path)))?;
    let out = &mut io::stdout().lock();
    command.begin(out, &job)?;
    let begun = Instant::now();
    let watch = command.watch(&job);
    let stopped = loop {
        watch.show(&job, begun.elapsed());
        match job.advance() {
            Ok(Some(found)) if *json => command.found(out, &job, found)?,
            Ok(Some(_)) => {}
            Ok(None) => break false,
            Err(e) if M::KEEPS_WHAT_IT_HAS && e.is_interrupt() => break true,
            Err(e) => return Err(e.into()),
        }
    };
    watch.done();
    command.end(out, &job, End { took: begun.elapsed(), stopped })?;
    // What is measured is not measured again because one of the places is full.
    let mut failed = None;
    for path in files {
        match command.save(path, &job) {
            Ok(()) if *json => {}
            Ok(()) => writeln!(out, "wrote {}", path.display())?,
            Err(error) => {
                if let Some(before) = failed.replace(anyhow::Error::new(error)) {
                    out.flush()?;
                    eprintln!("error: {before:#}");
                }
            }
        }
    }
    failed.map_or(Ok(Ended::Well), Err)
}
