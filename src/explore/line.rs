//! Lines, measured a few points at a time.

mod request;

use std::path::Path;

pub use request::{LineOf, LineRequest};

use super::{
    About, Context, EigenSpec, Eigenvector, ExploreError, Job, Progress, Setting, eigen,
    subject::{read, short, told_apart},
};
use crate::{
    net::State,
    objective::needs,
    probe::vector::{cosine, distance, norm},
    survey::{Directions, Line, LinePoint, LineSpec, LineSummary},
};

/// Points measured between two looks at what else there is to do.
const STRIDE: usize = 6;

/// One line: where it lies, and what is known of it.
pub struct Curve {
    /// What to call it: "a.pt – b.pt", "direction 0".
    pub name: String,
    /// What stands at α = 0 and α = 1; a direction has no checkpoint at 1.
    pub ends: [Option<String>; 2],
    anchors: [State; 2],
    /// Whether the second anchor is a direction and not a point.
    is_direction: bool,
    /// ‖θ(1) − θ(0)‖.
    pub distance: f64,
    /// The eigenvector that the direction is.
    pub eigen: Option<Eigenvector>,
    pub line: Line,
}

impl Curve {
    fn between(names: [String; 2], anchors: [State; 2], line: LineSpec) -> Curve {
        let distance = distance(&anchors[0].theta, &anchors[1].theta);
        let [a, b] = names;
        Curve {
            name: format!("{a} – {b}"),
            ends: [Some(a), Some(b)],
            anchors,
            is_direction: false,
            distance,
            eigen: None,
            line: Line::new(line),
        }
    }

    fn weights(&self, alpha: f64) -> Vec<f64> {
        vec![if self.is_direction { 1.0 } else { 1.0 - alpha }, alpha]
    }
}

/// One of the curves of a line, before it is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveHead {
    pub name: String,
    /// What stands at α = 0 and α = 1.
    pub ends: [Option<String>; 2],
    pub distance: f64,
    /// The eigenvector that it goes along.
    pub eigen: Option<Eigenvector>,
}

/// Lines, before they are measured.
#[derive(Clone, Debug, PartialEq)]
pub struct LineHead {
    pub about: About,
    pub curves: Vec<CurveHead>,
}

/// What a step of a [`LineJob`] found.
#[derive(Clone, Debug, PartialEq)]
pub enum LineFound {
    /// cos(∇L(A), ∇L(B)) of the full training loss.
    Cosine(f64),
    /// Points of one of the curves.
    Points { curve: usize, points: Vec<LinePoint> },
}

/// Lines in the making.
pub struct LineJob {
    pub setting: Setting,
    pub curves: Vec<Curve>,
    test: bool,
    /// Not yet measured, and wanted.
    gradients: bool,
    cosine: Option<f64>,
}

impl LineJob {
    /// A line between two points that are in no file; `names` are what they are called. Without gradients.
    pub fn between(setting: Setting, names: [String; 2], ends: [State; 2], line: LineSpec, test: bool) -> LineJob {
        let curve = Curve::between(names, ends, line);
        LineJob { setting, curves: vec![curve], test, gradients: false, cosine: None }
    }

    /// The same line between two other points, of which nothing is measured yet.
    pub fn restart(&mut self, ends: [State; 2]) {
        for curve in &mut self.curves {
            let [a, b] = curve.ends.clone().map(Option::unwrap_or_default);
            *curve = Curve::between([a, b], ends.clone(), *curve.line.spec());
        }
        (self.gradients, self.cosine) = (false, None);
    }

    fn measure_gradients(&mut self) -> Result<Option<LineFound>, ExploreError> {
        if !std::mem::take(&mut self.gradients) {
            return Ok(None);
        }
        let gradient = |at: &State| self.setting.objective.full_gradient(at, self.setting.norm_mode);
        let [a, b] = &self.curves[0].anchors;
        let cosine = cosine(&gradient(a)?.values, &gradient(b)?.values);
        self.cosine = Some(cosine);
        Ok(Some(LineFound::Cosine(cosine)))
    }

    /// What a curve says so far.
    pub fn summary(&self, curve: usize) -> LineSummary {
        let curve = &self.curves[curve];
        LineSummary::of(curve.line.points(), curve.distance, self.cosine)
    }
}

impl Job for LineJob {
    type Request = LineRequest;
    type Head = LineHead;
    type Found = LineFound;

    const COUNTS: &'static str = "points";

    fn open(
        request: &LineRequest,
        context: impl Into<Context>,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<LineJob, ExploreError> {
        let context = context.into();
        let (of, line) = (request.of()?, request.line()?);
        let (setting, curves) = match &of {
            LineOf::Between { a, b } => between(request, a, b, line, context)?,
            LineOf::Random { centre, directions, count } => {
                let file = read(centre)?;
                let setting = Setting::open(&request.subject, &file, context)?;
                let state = setting.state(&file)?;
                needs::of_a_measurement(setting.objective.network(), (*count).into())?;
                let curves = random(&setting, &short(centre), &state, directions, *count, line);
                (setting, curves)
            }
            LineOf::Eigen { centre, spec, seed } => {
                let file = read(centre)?;
                let mut setting = Setting::open(&request.subject, &file, context)?;
                let state = setting.state(&file)?;
                needs::of_a_measurement(setting.objective.network(), spec.eigen.len() as u64)?;
                let curves = along(&mut setting, &short(centre), &state, (spec, *seed), line, preparing)?;
                (setting, curves)
            }
        };
        let gradients = request.gradients && matches!(of, LineOf::Between { .. });
        Ok(LineJob { setting, curves, test: request.test, gradients, cosine: None })
    }

    fn head(&self) -> LineHead {
        let head =
            |c: &Curve| CurveHead { name: c.name.clone(), ends: c.ends.clone(), distance: c.distance, eigen: c.eigen };
        LineHead { about: self.setting.about.clone(), curves: self.curves.iter().map(head).collect() }
    }

    /// Measures a little: some points, or the gradients once all points are there. `None` when all is done.
    fn advance(&mut self) -> Result<Option<LineFound>, ExploreError> {
        let Some(index) = self.curves.iter().position(|c| !c.line.is_done()) else {
            return self.measure_gradients();
        };
        let curve = &mut self.curves[index];
        let alphas: Vec<f64> = curve.line.next().into_iter().take(STRIDE).collect();
        let weights: Vec<Vec<f64>> = alphas.iter().map(|alpha| curve.weights(*alpha)).collect();
        let [a, b] = &curve.anchors;
        let found = self.setting.measure(&[a, b], &weights, self.test)?;
        let mut points = Vec::new();
        for (alpha, measured) in alphas.into_iter().zip(found) {
            curve.line.record(alpha, measured);
            points.push(LinePoint { alpha, measured });
        }
        Ok(Some(LineFound::Points { curve: index, points }))
    }

    /// Points measured, of those known to be needed.
    fn progress(&self) -> Progress {
        let done: usize = self.curves.iter().map(|c| c.line.points().len()).sum();
        let open: usize = self.curves.iter().map(|c| c.line.next().len()).sum();
        Progress { done: done as u64, total: (done + open) as u64 }
    }
}

fn between(
    request: &LineRequest,
    a: &Path,
    b: &Path,
    line: LineSpec,
    context: Context,
) -> Result<(Setting, Vec<Curve>), ExploreError> {
    let (file_a, file_b) = (read(a)?, read(b)?);
    let mut setting = Setting::open(&request.subject, &file_a, context)?;
    setting.note_second(&file_b);
    let anchors = [setting.state(&file_a)?, setting.state(&file_b)?];
    let names = request.names.clone().unwrap_or_else(|| told_apart([a, b]));
    if anchors[0] == anchors[1] {
        let same = format!(
            "{} and {} are one point: there is no line between them, and all numbers are those of it",
            names[0], names[1]
        );
        setting.about.notes.push(same);
    }
    let curve = Curve::between(names, anchors, line);
    let [from, to] = &curve.anchors;
    setting.limited(
        &[from, to],
        |alpha, _| curve.weights(alpha),
        curve.line.next().into_iter().map(|alpha| (alpha, 0.0)),
    );
    Ok((setting, vec![curve]))
}

/// Lines through a point, along directions number 0, 1, ….
fn random(
    setting: &Setting,
    name: &str,
    centre: &State,
    directions: &Directions,
    count: u32,
    line: LineSpec,
) -> Vec<Curve> {
    let curves = (0..count).map(|index| {
        let direction = directions.draw(&centre.theta, setting.objective.network().layout(), index);
        Curve {
            name: format!("direction {index}"),
            ends: [Some(name.into()), None],
            distance: norm(&direction),
            anchors: [centre.clone(), setting.along(direction)],
            is_direction: true,
            eigen: None,
            line: Line::new(line),
        }
    });
    curves.collect()
}

/// Lines through a point, along eigenvectors of the Hessian there.
fn along(
    setting: &mut Setting,
    name: &str,
    centre: &State,
    (spec, seed): (&EigenSpec, u64),
    line: LineSpec,
    preparing: &mut dyn FnMut(f64),
) -> Result<Vec<Curve>, ExploreError> {
    let found = eigen::search(setting, centre, spec, seed, preparing)?;
    let curves = found.into_iter().map(|(eigen, direction)| Curve {
        name: eigen.name(),
        ends: [Some(name.into()), None],
        distance: norm(&direction),
        anchors: [centre.clone(), setting.along(direction)],
        is_direction: true,
        eigen: Some(eigen),
        line: Line::new(line),
    });
    Ok(curves.collect())
}
