//! An ensemble in files.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::{
    figure::{
        Figure, PlaneMark, PlaneMarker, PlanePath, PlanePicture, Theme, colors, ensemble_figure, landscape,
        plane_figure, to_pdf, to_png, to_svg,
    },
    runfile::Cell,
    suggest,
    toy::{
        ensemble::{Ensemble, SuccessRule},
        walker::Walker,
    },
    whole_file,
};

const FORMATS: [&str; 4] = ["png", "svg", "pdf", "csv"];

fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Refuses a file name whose ending says no format, before any work is done for it.
pub fn check(path: &Path) -> Result<()> {
    match ending(path).as_str() {
        "" => bail!("{}: the name has no ending; end it with .{}", path.display(), FORMATS.join(", .")),
        known if FORMATS.contains(&known) => Ok(()),
        other => bail!("{}: {}", path.display(), suggest::unknown("format of an ensemble", other, &FORMATS)),
    }
}

/// Writes the ensemble in the format that the ending says.
pub fn save(path: &Path, ensemble: &Ensemble, rule: SuccessRule) -> Result<()> {
    let bytes = match ending(path).as_str() {
        "csv" => csv(ensemble).into_bytes(),
        "svg" => to_svg(&figure(ensemble, rule)?).into_bytes(),
        "pdf" => to_pdf(&figure(ensemble, rule)?)?,
        _ => to_png(&figure(ensemble, rule)?, 2.0)?,
    };
    whole_file::write_bytes(path, &bytes)
        .with_context(|| format!("could not write {}; choose a folder that can be written", path.display()))
}

/// One row per run: the first step in the region, how many were in it, whether the last was, and where it ended.
fn csv(ensemble: &Ensemble) -> String {
    let dim = ensemble.start().len();
    let axes: String = (1..=dim).map(|d| format!(",w{d}")).collect();
    let mut text = format!("dynamics,run,first_passage,steps_inside,inside_at_end{axes}\n");
    for results in ensemble.results() {
        for (run, (outcome, end)) in results.outcomes().iter().zip(results.ends()).enumerate() {
            let first = Cell(outcome.first.map(f64::from));
            let (inside, at_end) = (outcome.inside, u8::from(outcome.at_end));
            // Writing to a String cannot fail.
            let _ = write!(text, "{},{run},{first},{inside},{at_end}", results.spec().kind);
            for w in end {
                let _ = write!(text, ",{}", Cell(Some(*w)));
            }
            text.push('\n');
        }
    }
    text
}

/// Run 0 of every dynamics over a surface of the plane; elsewhere rates, arrivals and Tr(HΣ).
fn figure(ensemble: &Ensemble, rule: SuccessRule) -> Result<Figure> {
    let spec = ensemble.spec();
    let surface = spec.surface.build(spec.seed, 0)?;
    let about = surface.about();
    let Some(picture) = landscape(&*surface)? else {
        let figure = ensemble_figure(ensemble.results(), rule, Theme::Light);
        return Ok(Figure { title: about.title.into(), subtitle: format!("L(w) = {}", about.formula), ..figure });
    };
    let mut paths = Vec::new();
    for dynamics in &spec.dynamics {
        let mut walker = Walker::new(surface.clone(), *dynamics, ensemble.start(), spec.seed, 0)?;
        let mut points = vec![[walker.position()[0], walker.position()[1]]];
        for _ in 0..spec.steps {
            walker.step();
            points.push([walker.position()[0], walker.position()[1]]);
        }
        paths.push(PlanePath::flat(dynamics.kind.to_string(), colors::dynamics_color(dynamics.kind), points));
    }
    let mut markers = picture.markers.clone();
    let start = ensemble.start();
    markers.push(PlaneMarker {
        name: String::new(),
        a: start[0],
        b: start[1],
        height: f64::NAN,
        mark: PlaneMark::Init,
        color: colors::GD,
    });
    let caption = format!(
        "the first of {} runs of each dynamics, {} steps, seed {} · {}",
        spec.runs, spec.steps, spec.seed, about.source
    );
    Ok(plane_figure(&PlanePicture { paths, markers, caption, ..picture }))
}
