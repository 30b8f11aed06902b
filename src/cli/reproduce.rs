//! `valleyscope reproduce`: a figure of a paper, made again, with a verdict on every claim.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Ended, measure::can_be_written};
use crate::{
    figure::{Theme, to_csv, to_png, to_svg},
    objective::Interrupt,
    probe::json::number,
    recipe::{self, Happening, Picture, Product, Recipe, Report, Scale},
    whole_file,
};

#[derive(Args, Debug)]
pub struct ReproduceArgs {
    /// Recipe to make, see --list; or a recipe file of your own, NAME.toml.
    #[arg(required_unless_present_any = ["list", "all"], value_hint = ValueHint::FilePath)]
    id: Option<String>,
    /// List the recipes.
    #[arg(long, conflicts_with_all = ["id", "all"])]
    list: bool,
    /// Print the text of the recipe, to be changed into one of your own.
    #[arg(long, conflicts_with_all = ["list", "all", "full", "scale", "out", "data_dir", "json"])]
    print: bool,
    /// Make every recipe, one after the other.
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// Scale: quick (small networks; what the gallery makes), paper (the paper's networks on as much data as fits 40 minutes on
    /// two cores), or full (the paper's own data and constants, meant for a GPU). Not every recipe has all.
    #[arg(long, value_name = "SCALE", default_value_t = Scale::default(), conflicts_with = "list")]
    scale: Scale,
    /// The same as --scale full.
    #[arg(long, conflicts_with_all = ["list", "scale"])]
    full: bool,
    /// Save the picture (PNG, SVG) and its numbers (CSV) in this folder.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Folder with the data files [default: the user's cache directory].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    data_dir: Option<PathBuf>,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

impl ReproduceArgs {
    pub fn run(&self) -> Result<Ended> {
        if self.list {
            return self.list();
        }
        if let (true, Some(id)) = (self.print, &self.id) {
            write!(io::stdout().lock(), "{}", recipe::source(id)?)?;
            return Ok(Ended::Well);
        }
        let stop = Interrupt::default();
        let flag = stop.clone();
        super::signals::on_end(move || flag.raise())?;
        let own = self.id.as_deref().filter(|id| id.ends_with(".toml"));
        let own = own.map(|path| Recipe::open(Path::new(path))).transpose()?;
        let chosen: Vec<&Recipe> = match (&own, &self.id) {
            (Some(own), _) => vec![own],
            (None, Some(id)) => vec![recipe::find(id)?],
            (None, None) => recipe::builtin()?.iter().collect(),
        };
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not make the folder {}", folder.display()))?;
            for recipe in &chosen {
                can_be_written(("--out", &folder.join(&recipe.id).with_extension("png")))?;
            }
        }
        let mut all_pass = true;
        for recipe in chosen {
            let scale = if self.full { Scale::Full } else { self.scale };
            let recipe = match recipe.at(scale) {
                Some(recipe) => recipe,
                // Of all recipes, those that have no such scale are made as they are.
                None if self.all => recipe,
                None => bail!("{} has no scale called {scale}; it has {}", recipe.id, scales(recipe)),
            };
            let report = self.make(recipe, &stop)?;
            all_pass &= report.verdicts.iter().all(|v| v.passed());
        }
        Ok(if all_pass { Ended::Well } else { Ended::No })
    }

    fn list(&self) -> Result<Ended> {
        let mut out = io::stdout().lock();
        for r in recipe::builtin()? {
            if self.json {
                let line = json!({"event": "recipe", "id": r.id, "title": r.title, "paper": r.paper, "figure": r.figure,
                    "minutes": r.minutes, "paper_scale": r.paper_scale.is_some(), "full": r.full.is_some(), "claims": r.claims.iter().map(|c| &c.text).collect::<Vec<_>>()});
                writeln!(out, "{line}")?;
            } else {
                let scales = if r.scales().count() > 1 { format!("; scales {}", scales(r)) } else { String::new() };
                writeln!(out, "{:<18} {} ({}, {}{scales})", r.id, r.title, r.paper, r.figure)?;
            }
        }
        Ok(Ended::Well)
    }

    fn make(&self, recipe: &Recipe, stop: &Interrupt) -> Result<Report> {
        let mut out = io::stdout().lock();
        if !self.json {
            writeln!(
                out,
                "{}: {}\n  {}, {}\n  {}\n",
                recipe.id, recipe.title, recipe.paper, recipe.figure, recipe.shows
            )?;
        }
        let bar = ProgressBar::new(1000);
        if let Ok(style) = ProgressStyle::with_template("  {wide_bar} {percent} %  {eta} left  {msg}") {
            bar.set_style(style);
        }
        let mut told = Ok(());
        let report = recipe::reproduce(recipe, self.data_dir.as_deref(), stop, &mut |happening| match happening {
            Happening::Begins { number, of, name, seed } => {
                bar.set_message(format!("run {number}/{of} {name}, seed {seed}"));
            }
            Happening::Moves { share } => bar.set_position((share * 1000.0) as u64),
            Happening::Ended { run } if self.json => {
                let mut line =
                    json!({"event": "run", "recipe": recipe.id, "name": run.name, "seed": run.seed, "what": run.what});
                match &run.product {
                    Product::Walk(history) => line["summary"] = json!(history.summary()),
                    Product::Findings(findings) => {
                        line["findings"] = findings.numbers.iter().map(|(k, x)| (*k, x.map(number))).collect();
                    }
                }
                told = writeln!(out, "{line}");
            }
            Happening::Ended { .. } => {}
        });
        bar.finish_and_clear();
        told?;
        let report = match report {
            Ok(report) => report,
            Err(recipe::ReproduceError::Stopped) => bail!("stopped; no claim was decided"),
            Err(e) => return Err(e.into()),
        };
        for v in &report.verdicts {
            let word = if v.passed() { "PASS" } else { "FAIL" };
            if self.json {
                let parts: Vec<_> = v
                    .parts
                    .iter()
                    .map(|p| json!({"label": p.label, "mean": number(p.mean), "std": number(p.deviation), "n": p.n, "bound": p.bound, "holds": p.holds}))
                    .collect();
                let line = json!({"event": "claim", "recipe": recipe.id, "text": v.text, "threshold": v.threshold, "verdict": word, "parts": parts});
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "  {word}  {}  [{}]", v.text, v.threshold)?;
                for p in &v.parts {
                    writeln!(out, "        {} {}: {}", if p.holds { " " } else { "✗" }, p.label, p.number())?;
                }
            }
        }
        tell_paper(&mut out, self.json, recipe, &report)?;
        if !self.json {
            if !recipe.note.is_empty() {
                writeln!(out, "\n  note: {}", recipe.note)?;
            }
            writeln!(out, "\n  {} runs in {:.1} s", report.runs.len(), report.seconds)?;
        }
        if let Some(folder) = &self.out {
            let files = save(recipe, &report, folder)?;
            for file in files {
                if self.json {
                    writeln!(out, "{}", json!({"event": "file", "path": file.display().to_string()}))?;
                } else {
                    writeln!(out, "  wrote {}", file.display())?;
                }
            }
        }
        if self.json {
            let line =
                json!({"event": "done", "recipe": recipe.id, "seconds": report.seconds, "runs": report.runs.len()});
            writeln!(out, "{line}")?;
        }
        Ok(report)
    }
}

/// The scales that a recipe has, by name.
fn scales(recipe: &Recipe) -> String {
    let has: Vec<String> =
        Scale::ALL.iter().filter(|scale| recipe.at(**scale).is_some()).map(Scale::to_string).collect();
    has.join(", ")
}

/// Tells the paper's numbers beside this run's.
fn tell_paper(out: &mut impl io::Write, json: bool, recipe: &Recipe, report: &Report) -> Result<()> {
    let all = recipe::compared(recipe, report);
    if json {
        for c in &all {
            let line = json!({"event": "paper", "recipe": recipe.id, "label": c.label, "source": c.source, "paper": c.theirs,
                "ours": c.ours, "this_run": c.ours_text});
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    if all.is_empty() {
        return Ok(());
    }
    let names = widest(all.iter().map(|c| c.label.as_str()));
    let ours = widest(all.iter().map(|c| c.ours_text.as_str()).chain(["this run"]));
    writeln!(out, "\n  Beside the paper's own numbers, which are at its own scale:")?;
    writeln!(out, "        {:names$}  {:ours$}  paper", "", "this run")?;
    for c in &all {
        writeln!(out, "        {:names$}  {:ours$}  {} ({})", c.label, c.ours_text, c.theirs, c.source)?;
    }
    Ok(())
}

/// Characters of the longest text.
fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// The picture of the first seed as ID.png, .svg and .csv; findings have one for each further seed, ID-SEED.png and so on.
fn save(recipe: &Recipe, report: &Report, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (i, seed) in recipe.seeds.iter().enumerate() {
        if i > 0 && recipe.picture != Picture::Findings {
            break;
        }
        let name = if i == 0 { recipe.id.clone() } else { format!("{}-{seed}", recipe.id) };
        let figure = recipe::figure(recipe, report, *seed, Theme::Light);
        let files = [
            ("png", to_png(&figure, 2.0)?),
            ("svg", to_svg(&figure).into_bytes()),
            ("csv", to_csv(&figure).into_bytes()),
        ];
        for (extension, bytes) in files {
            let path = folder.join(&name).with_extension(extension);
            whole_file::write_bytes(&path, &bytes).with_context(|| format!("could not write {}", path.display()))?;
            written.push(path);
        }
    }
    Ok(written)
}
