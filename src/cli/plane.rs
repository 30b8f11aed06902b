//! `valleyscope plane`: loss and error on a plane through parameter space.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Result, bail};
use clap::{Args, ValueHint};
use serde_json::json;

use super::{
    Ended,
    show::{Bar, interrupted, loss},
    subject::{DirectionArgs, SubjectArgs},
    table,
};
use crate::{
    explore::{Job as _, PlaneFound, PlaneJob, PlaneOf, PlaneRequest, Window},
    objective::Interrupt,
    present,
    probe::json::number,
    survey::{Axis, Basis, Grid, PlanePoint},
};

#[derive(Args, Debug)]
pub struct PlaneArgs {
    /// One checkpoint (random directions around it), three (the plane through them), or a folder of checkpoints or a run
    /// file with --pca.
    #[arg(value_hint = ValueHint::FilePath, num_args = 1..=3, required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    subject: SubjectArgs,
    /// The plane of a path's two leading principal components.
    #[arg(long, help_heading = "Plane")]
    pca: bool,
    /// Points along each side [default: 25].
    #[arg(long, value_name = "N", default_value_t = 25, help_heading = "Plane")]
    grid: usize,
    /// Places along the first direction; then --b, too.
    #[arg(long, value_name = "FROM:TO:N", allow_hyphen_values = true, requires = "b", help_heading = "Plane")]
    a: Option<Axis>,
    /// Places along the second direction.
    #[arg(long, value_name = "FROM:TO:N", allow_hyphen_values = true, requires = "a", help_heading = "Plane")]
    b: Option<Axis>,
    #[command(flatten)]
    directions: DirectionArgs,
    /// Take the first direction from this file instead of drawing it; then --direction-v, too.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "direction_v", help_heading = "Plane")]
    direction_u: Option<PathBuf>,
    /// Take the second direction from this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "direction_u", help_heading = "Plane")]
    direction_v: Option<PathBuf>,
    /// Axes through three checkpoints: orthonormal (true distances) or plain (A, B and C at (0,0), (1,0), (0,1)).
    #[arg(long, default_value_t = Basis::default(), help_heading = "Plane")]
    basis: Basis,
    /// Measure the test set, too.
    #[arg(long, help_heading = "Plane")]
    test: bool,
    /// Keep every point in FILE, and go on with those it has: a plane that was stopped is resumed exactly.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    record: Option<PathBuf>,
    /// Write the plane to these files: .csv, .npz, .png, .svg, .vtp, .glb.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    out: Vec<PathBuf>,
    /// Colours and heights of the pictures by the logarithm of the loss.
    #[arg(long, help_heading = "Output")]
    log: bool,
    /// Draw on a dark page.
    #[arg(long, help_heading = "Output")]
    dark: bool,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

impl PlaneArgs {
    fn request(&self) -> Result<PlaneRequest> {
        let directions = self.directions.directions(self.subject.seed);
        let of = match (self.files.as_slice(), &self.direction_u, &self.direction_v) {
            ([path], None, None) if self.pca => PlaneOf::Principal { path: path.clone() },
            _ if self.pca => bail!("--pca takes one folder of checkpoints or one run file, and no directions"),
            ([centre], Some(u), Some(v)) => PlaneOf::Given { centre: centre.clone(), u: u.clone(), v: v.clone() },
            ([centre], ..) => PlaneOf::Random { centre: centre.clone(), directions },
            ([a, b, c], None, None) => PlaneOf::Three { a: a.clone(), b: b.clone(), c: c.clone(), basis: self.basis },
            ([_, _], ..) => bail!("two checkpoints make a line: use valleyscope line, or give a third checkpoint"),
            _ => bail!("--direction-u and --direction-v go with one checkpoint"),
        };
        let window = match (self.a, self.b) {
            (Some(a), Some(b)) => Window::Axes { a, b },
            _ => Window::Auto { count: self.grid },
        };
        Ok(PlaneRequest { subject: self.subject.subject(), of, window, test: self.test, record: self.record.clone() })
    }

    pub fn run(&self) -> Result<Ended> {
        for path in &self.out {
            present::check_plane_format(path)?;
        }
        let request = self.request()?;
        let interrupt = Interrupt::default();
        interrupted(&interrupt)?;
        let preparing = Bar::new(self.json, "reading");
        let mut job = PlaneJob::open(&request, interrupt, &mut |share| preparing.share(share))?;
        preparing.done();
        let out = &mut io::stdout().lock();
        let grid = job.layout.grid;
        if self.json {
            let layout = &job.layout;
            let head = json!({
                "event": "plane", "title": layout.title, "norms": layout.norms, "cosine": layout.cosine,
                "explained": layout.explained, "a": grid.a().values(), "b": grid.b().values(),
                "resumed": job.resumed.len(), "about": job.setting.about,
            });
            writeln!(out, "{head}")?;
            for point in &job.resumed {
                writeln!(out, "{}", line(&grid, point))?;
            }
        }
        let bar = Bar::new(self.json, "points");
        bar.set(job.progress());
        while let Some(found) = job.advance()? {
            bar.set(job.progress());
            if let (true, PlaneFound::Points(points)) = (self.json, &found) {
                for point in points {
                    writeln!(out, "{}", line(&grid, point))?;
                }
            }
        }
        bar.done();
        if self.json {
            for place in &job.layout.places {
                let (loss, in_plane) = (place.loss.map(number), place.in_plane.map(number));
                let place = json!({
                    "event": "place", "name": place.name, "a": number(place.a), "b": number(place.b),
                    "off_plane": number(place.off_plane), "loss": loss, "in_plane": in_plane,
                });
                writeln!(out, "{place}")?;
            }
            writeln!(out, "{}", json!({ "event": "done", "points": job.progress().done }))?;
        } else {
            print(out, &job)?;
        }
        for path in &self.out {
            present::save_plane(path, &present::PlaneView::of(&job), self.log, self.dark)?;
            if !self.json {
                writeln!(out, "wrote {}", path.display())?;
            }
        }
        Ok(Ended::Well)
    }
}

fn line(grid: &Grid, point: &PlanePoint) -> serde_json::Value {
    let (a, b) = grid.at(point.node);
    let (train, test) = (point.measured.train, point.measured.test);
    let mut line = json!({
        "event": "point", "i": point.node.i, "j": point.node.j, "a": a, "b": b,
        "loss": number(train.loss), "error": number(train.error),
    });
    if let Some(test) = test {
        line["test_loss"] = number(test.loss);
        line["test_error"] = number(test.error);
    }
    line
}

fn print(out: &mut impl io::Write, job: &PlaneJob) -> io::Result<()> {
    let layout = &job.layout;
    writeln!(out, "{}", layout.title)?;
    writeln!(out, "{}", job.setting.about.caption())?;
    for note in &job.setting.about.notes {
        writeln!(out, "  ({note})")?;
    }
    writeln!(out)?;
    let points = job.plane.values().iter().flatten();
    let (mut low, mut high, mut odd) = (f64::INFINITY, f64::NEG_INFINITY, 0);
    for m in points {
        if m.train.loss.is_finite() {
            (low, high) = (low.min(m.train.loss), high.max(m.train.loss));
        } else {
            odd += 1;
        }
    }
    writeln!(
        out,
        "  {} × {} points, training loss {} to {}",
        layout.grid.a().count(),
        layout.grid.b().count(),
        loss(low),
        loss(high)
    )?;
    if odd > 0 {
        writeln!(out, "  {odd} points are not finite")?;
    }
    writeln!(
        out,
        "  directions of length {:.4} and {:.4}, cosine {:.4}",
        layout.norms[0], layout.norms[1], layout.cosine
    )?;
    if let Some([first, second]) = layout.explained {
        writeln!(out, "  they explain {:.1} % and {:.1} % of the path's variance", 100.0 * first, 100.0 * second)?;
    }
    writeln!(out)?;
    let number = |x: Option<f64>| x.map_or("–".into(), loss);
    let rows = table::thinned(&layout.places, 24).into_iter().map(|p| {
        vec![
            p.name.clone(),
            format!("{:.4}", p.a),
            format!("{:.4}", p.b),
            format!("{:.4}", p.off_plane),
            number(p.loss),
            number(p.in_plane),
        ]
    });
    table::print(out, &["checkpoint", "a", "b", "off the plane", "loss", "loss in the plane"], rows)
}
