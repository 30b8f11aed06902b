//! `valleyscope escape`: steps until SGD and SAM leave a minimum.

mod live;
mod report;

use std::{io::Write as _, path::Path};

use anyhow::Result;
use clap::Args;

use super::{
    Ended,
    measure::{End, Measure, Out, Watch, measure},
    output::OutputArgs,
};
use crate::{
    explore::{self, EscapeJob, EscapeRequest, Job as _, Progress},
    present::{self, PresentError},
};

#[derive(Args, Debug)]
#[command(mut_arg("out", |out| out.help("Write the table to these files: .csv (one row per run), .png, .svg, .pdf")))]
pub struct EscapeArgs {
    #[command(flatten)]
    request: EscapeRequest,
    #[command(flatten)]
    output: OutputArgs,
}

impl EscapeArgs {
    pub fn run(&self) -> Result<Ended> {
        measure(self)
    }
}

impl Measure for EscapeArgs {
    type Request = EscapeRequest;
    type Job = EscapeJob;

    /// The runs that ended are numbers of their own, and a record goes on.
    const KEEPS_WHAT_IT_HAS: bool = true;

    fn request(&self) -> &EscapeRequest {
        &self.request
    }

    fn output(&self) -> &OutputArgs {
        &self.output
    }

    fn check_format(path: &Path) -> Result<(), PresentError> {
        present::check_escape_format(path)
    }

    fn watch(&self, job: &EscapeJob) -> Box<dyn Watch<EscapeJob>> {
        Box::new(live::Live::new(self.output.json, job))
    }

    fn begin(&self, out: &mut Out, job: &EscapeJob) -> Result<()> {
        if !self.output.json {
            report::print_head(out, job)?;
            return Ok(());
        }
        writeln!(out, "{}", report::head(job))?;
        for ended in job.resumed() {
            writeln!(out, "{}", report::exit(job, ended))?;
        }
        Ok(())
    }

    fn found(&self, out: &mut Out, job: &EscapeJob, found: Vec<explore::Ended>) -> Result<()> {
        for ended in &found {
            writeln!(out, "{}", report::exit(job, ended))?;
        }
        Ok(())
    }

    fn end(&self, out: &mut Out, job: &EscapeJob, end: End) -> Result<()> {
        if end.stopped {
            let Progress { done, total } = job.progress();
            let way = match &self.request.record {
                Some(path) => format!("; the same command goes on with {}", path.display()),
                None => "; with --record FILE a table can go on".into(),
            };
            eprintln!("stopped: {done} of {total} runs are made, and these numbers are theirs{way}");
        }
        if self.output.json {
            report::rows(out, job, end.took, end.stopped)?;
        } else {
            report::print(out, job, end.took)?;
        }
        Ok(())
    }

    fn save(&self, path: &Path, job: &EscapeJob) -> Result<(), PresentError> {
        present::save_escape(path, &present::EscapeView::of(job), self.output.dark)
    }
}
