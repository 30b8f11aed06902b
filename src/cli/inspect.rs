//! `valleyscope inspect`: what is in a checkpoint.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::Result;
use clap::{Args, ValueHint};
use serde_json::json;

use super::{Ended, show::loss, table};
use crate::{
    checkpoint::{self, Checkpoint, Summary},
    net::recognise,
    probe::json::number,
};

#[derive(Args, Debug)]
pub struct InspectArgs {
    /// Checkpoint: safetensors, PyTorch, burnpack, a run file or RUN@STEP; or a folder of them.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl InspectArgs {
    pub fn run(&self) -> Result<Ended> {
        let out = &mut io::stdout().lock();
        if self.file.is_dir() {
            return self.folder(out);
        }
        let checkpoint = Checkpoint::read(&self.file)?;
        let summary = checkpoint.summary();
        let recognised = recognise(&checkpoint.shapes(), None);
        if self.json {
            let (net, miss) = match &recognised {
                Ok(found) => (Some(&found.net), None),
                Err(miss) => (None, Some(miss.to_string())),
            };
            let tensors: Vec<_> = summary.tensors.iter().map(|t| {
                json!({
                    "name": t.name, "shape": t.shape, "dtype": t.dtype.to_string(), "count": t.count,
                    "norm": number(t.norm), "min": t.range.map(|r| number(r.0.into())), "max": t.range.map(|r| number(r.1.into())),
                    "not_finite": t.non_finite,
                })
            }).collect();
            let all = json!({
                "file": self.file, "format": checkpoint.format.to_string(), "parameters": summary.parameters,
                "buffers": summary.buffers, "command": checkpoint.run.as_ref().map(|run| &run.command), "network": net, "nearest_miss": miss, "notes": checkpoint.notes,
                "tensors": tensors,
            });
            writeln!(out, "{all}")?;
            return Ok(Ended::Well);
        }
        self.print(out, &checkpoint, &summary)?;
        match recognised {
            Ok(found) => writeln!(out, "  network: {}", found.net)?,
            Err(miss) => writeln!(out, "  network not recognised: {miss}")?,
        }
        Ok(Ended::Well)
    }

    fn print(&self, out: &mut impl io::Write, checkpoint: &Checkpoint, summary: &Summary) -> io::Result<()> {
        writeln!(out, "{}: {}", self.file.display(), checkpoint.format)?;
        for note in &checkpoint.notes {
            writeln!(out, "  ({})", table::shown(note))?;
        }
        if let Some(run) = &checkpoint.run {
            writeln!(out, "  made with: {}", table::shown(&run.command))?;
        }
        writeln!(out)?;
        let rows = summary.tensors.iter().map(|t| {
            let shape: Vec<String> = t.shape.iter().map(usize::to_string).collect();
            vec![
                t.name.clone(),
                shape.join("×"),
                t.dtype.to_string(),
                t.count.to_string(),
                loss(t.norm),
                t.range.map_or("–".into(), |r| loss(r.0.into())),
                t.range.map_or("–".into(), |r| loss(r.1.into())),
                t.non_finite.to_string(),
            ]
        });
        table::print(out, &["tensor", "shape", "type", "count", "norm", "min", "max", "not finite"], rows)?;
        writeln!(out)?;
        writeln!(out, "  parameters: {}, running statistics: {}", summary.parameters, summary.buffers)
    }

    fn folder(&self, out: &mut impl io::Write) -> Result<Ended> {
        let found = checkpoint::trajectory(&self.file)?;
        if self.json {
            let points: Vec<_> =
                found.points.iter().map(|p| json!({ "path": p.path, "name": p.name, "step": p.step })).collect();
            writeln!(out, "{}", json!({ "folder": self.file, "points": points, "notes": found.notes }))?;
            return Ok(Ended::Well);
        }
        writeln!(out, "{}: a path of {} checkpoints", self.file.display(), found.points.len())?;
        for note in &found.notes {
            writeln!(out, "  ({note})")?;
        }
        for point in &found.points {
            writeln!(out, "  {}", point.name)?;
        }
        Ok(Ended::Well)
    }
}
