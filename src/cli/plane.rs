//! `valleyscope plane`: loss and error on a plane through parameter space.

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{
    Ended,
    measure::{End, Measure, Out, measure},
    output::OutputArgs,
    show::loss,
    table,
};
use crate::{
    explore::{Eigenvector, Job as _, PlaneFound, PlaneJob, PlaneRequest},
    figure::Scale,
    present::{self, PlaneLook, PresentError},
    probe::json::number,
    survey::{Grid, PlanePoint},
};

// `--log` has its place in the help between `--out` and `--dark`.
#[derive(Args, Debug)]
#[command(
    mut_arg("out", |out| out.help("Write the plane to these files: .csv, .npz, .png, .svg, .pdf, .vtp, .glb")),
    mut_arg("dark", |dark| dark.display_order(901)),
    mut_arg("json", |json| json.display_order(902))
)]
pub struct PlaneArgs {
    #[command(flatten)]
    request: PlaneRequest,
    #[command(flatten)]
    output: OutputArgs,
    /// Colours and heights of the pictures by the logarithm of the loss.
    #[arg(long, help_heading = "Output", display_order = 900)]
    log: bool,
}

impl PlaneArgs {
    pub fn run(&self) -> Result<Ended> {
        measure(self)
    }
}

impl Measure for PlaneArgs {
    type Request = PlaneRequest;
    type Job = PlaneJob;

    fn request(&self) -> &PlaneRequest {
        &self.request
    }

    fn output(&self) -> &OutputArgs {
        &self.output
    }

    fn check_format(path: &Path) -> Result<(), PresentError> {
        present::check_plane_format(path)
    }

    fn begin(&self, out: &mut Out, job: &PlaneJob) -> Result<()> {
        if !self.output.json {
            return Ok(());
        }
        let layout = &job.layout;
        let grid = layout.grid;
        let mut head = json!({
            "event": "plane", "title": layout.title, "norms": layout.norms, "cosine": layout.cosine,
            "explained": layout.explained, "a": grid.a().values(), "b": grid.b().values(),
            "resumed": job.resumed.len(), "about": job.setting.about,
        });
        if !layout.eigen.is_empty() {
            head["eigen"] = layout.eigen.iter().map(Eigenvector::json).collect();
        }
        writeln!(out, "{head}")?;
        for point in &job.resumed {
            writeln!(out, "{}", line(job, &grid, point))?;
        }
        Ok(())
    }

    fn found(&self, out: &mut Out, job: &PlaneJob, found: PlaneFound) -> Result<()> {
        let PlaneFound::Points(points) = found else { return Ok(()) };
        for point in &points {
            writeln!(out, "{}", line(job, &job.layout.grid, point))?;
        }
        Ok(())
    }

    fn end(&self, out: &mut Out, job: &PlaneJob, _end: End) -> Result<()> {
        if !self.output.json {
            print(out, job)?;
            return Ok(());
        }
        for place in &job.layout.places {
            let (loss, in_plane) = (place.loss.map(number), place.in_plane.map(number));
            let place = json!({
                "event": "place", "name": place.name, "a": number(place.a), "b": number(place.b),
                "off_plane": number(place.off_plane), "loss": loss, "in_plane": in_plane,
            });
            writeln!(out, "{place}")?;
        }
        writeln!(out, "{}", json!({ "event": "done", "points": job.progress().done }))?;
        Ok(())
    }

    fn save(&self, path: &Path, job: &PlaneJob) -> Result<(), PresentError> {
        let scale = if self.log { Scale::Log10 } else { Scale::Linear };
        let look = PlaneLook { scale, ..PlaneLook::default() };
        present::save_plane(path, &present::PlaneView::of(job), look, self.output.dark)
    }
}

fn line(job: &PlaneJob, grid: &Grid, point: &PlanePoint) -> serde_json::Value {
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
    if let Some(why) = job.setting.about.limits.why(a, b).filter(|_| !train.loss.is_finite()) {
        line["why"] = why.into();
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
    for eigen in &layout.eigen {
        writeln!(out, "  {}", eigen.words())?;
    }
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
