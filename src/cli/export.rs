//! `valleyscope export`: a run file as tables or pictures.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::{Args, ValueHint};

use super::Ended;
use crate::{
    checkpoint::{self, Checkpoint},
    figure::{Theme, colors, epochs_figure, to_pdf, to_png, to_svg, walk_figure},
    history::History,
    net::{Network, recognise},
    runfile::{Reader, write_csv},
    whole_file,
};

#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Run file; with --safetensors also a checkpoint of any kind, or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    run: PathBuf,
    /// Write steps.csv, slices.csv and epochs.csv into this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, required_unless_present_any = ["png", "svg", "pdf", "safetensors"])]
    csv: Option<PathBuf>,
    /// Write walk.png and epochs.png into this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    png: Option<PathBuf>,
    /// Write walk.svg and epochs.svg into this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    svg: Option<PathBuf>,
    /// Write walk.pdf and epochs.pdf into this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pdf: Option<PathBuf>,
    /// Write the last (or RUN@STEP) parameters as a file that PyTorch loads.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    safetensors: Option<PathBuf>,
    /// Iterations to draw: FROM:TO [default: all].
    #[arg(long, value_name = "FROM:TO", value_parser = range)]
    iterations: Option<(f64, f64)>,
    /// Draw on a dark page.
    #[arg(long)]
    dark: bool,
}

fn range(text: &str) -> Result<(f64, f64), String> {
    let parsed = text.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    match parsed {
        Some((a, b)) if a < b => Ok((a, b)),
        _ => Err(format!("\"{text}\" is no range of iterations; write FROM:TO, such as 0:40")),
    }
}

impl ExportArgs {
    pub fn run(&self) -> Result<Ended> {
        let mut files = Vec::new();
        if let Some(folder) = &self.csv {
            files.extend(write_csv(&Reader::open(&self.run)?, folder)?);
        }
        if let Some(path) = &self.safetensors {
            save_checkpoint(&self.run, path)?;
            files.push(path.clone());
        }
        if self.png.is_some() || self.svg.is_some() || self.pdf.is_some() {
            let history = History::read(&self.run)?;
            let label = history.manifest().spec.label();
            let theme = if self.dark { Theme::Dark } else { Theme::Light };
            let color = colors::optimizer_color(history.manifest().spec.optimizer.kind);
            let runs = [(&history, label.as_str(), color)];
            let figures =
                [("walk", walk_figure(&runs, self.iterations, theme)), ("epochs", epochs_figure(&runs, theme))];
            for (name, figure) in figures {
                if let Some(folder) = &self.png {
                    files.push(write(folder, name, "png", &to_png(&figure, 2.0)?)?);
                }
                if let Some(folder) = &self.svg {
                    files.push(write(folder, name, "svg", to_svg(&figure).as_bytes())?);
                }
                if let Some(folder) = &self.pdf {
                    files.push(write(folder, name, "pdf", &to_pdf(&figure)?)?);
                }
            }
        }
        let mut out = io::stdout().lock();
        for file in files {
            writeln!(out, "{}", file.display())?;
        }
        Ok(Ended::Well)
    }
}

/// A checkpoint of any kind as safetensors; its network must be known, for the order and the kinds of its tensors.
fn save_checkpoint(from: &Path, to: &Path) -> Result<()> {
    let checkpoint = Checkpoint::read(from)?;
    let network = match &checkpoint.run {
        Some(run) => Network::build(&run.spec.net, run.input, run.classes as usize)?,
        None => {
            let found = recognise(&checkpoint.shapes(), None)
                .with_context(|| format!("{} is of no network that is known", from.display()))?;
            Network::build(&found.net, found.input, found.classes)?
        }
    };
    let state = checkpoint.fit(network.layout(), network.buffers())?;
    Ok(checkpoint::save(to, network.layout(), network.buffers(), &state)?)
}

fn write(folder: &Path, name: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| format!("could not make the folder {}", folder.display()))?;
    let path = folder.join(name).with_extension(extension);
    whole_file::write_bytes(&path, bytes).with_context(|| format!("could not write {}", path.display()))?;
    Ok(path)
}
