//! Lines in the window: between two checkpoints, along random directions, between runs.

use serde::{Deserialize, Serialize};

use super::{eigen::EigenForm, range::Range};
use crate::{
    app::{
        library::{Library, Role},
        plain::plain,
        run_lines::RunLines,
        shelf::{Asking, Entry, Kind, Shelf},
    },
    engine::{AnyLineJob, LineAnswer, LineQuestion, LiveFound},
    explore::{About, Eigenvector, LineFound, LineHead, LineOf, LineRequest, Request as _, Scaling, Subject},
    figure::Color,
    present::{CurveView, LineView, line_methods, live_line_methods},
    survey::{Band, Directions, LinePoint, LineSpec, LineSummary, Refine, Widen},
};

/// Where a line lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineKind {
    /// From A to B.
    #[default]
    Between,
    /// Random directions through A.
    Random,
    /// Eigenvectors of the Hessian through A.
    Eigen,
    /// Between runs, while they go on or where they ended.
    Runs,
}

/// A line being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineForm {
    pub kind: LineKind,
    pub between: Range,
    pub along: Range,
    pub widen: bool,
    pub ratio: f64,
    pub refine: bool,
    /// Percent of the curve's range.
    pub tolerance: f64,
    /// Points that refinement may add.
    pub extra: usize,
    pub count: u32,
    pub directions: Directions,
    /// Those of [`LineKind::Eigen`].
    pub eigen: EigenForm,
    pub test: bool,
    /// The runs of [`LineKind::Runs`].
    #[serde(skip)]
    pub runs: RunLines,
}

impl Default for LineForm {
    fn default() -> Self {
        LineForm {
            kind: LineKind::Between,
            between: Range::new(-0.5, 1.5, 21),
            along: Range::new(-1.0, 1.0, 21),
            widen: false,
            ratio: 2.0,
            refine: false,
            tolerance: 1.0,
            extra: 40,
            count: 10,
            directions: Directions::default(),
            eigen: EigenForm::of("1, -1"),
            test: true,
            runs: RunLines::default(),
        }
    }
}

impl LineForm {
    /// Whether random directions are meant.
    pub fn is_random(&self) -> bool {
        self.kind == LineKind::Random
    }

    /// Whether lines through A along directions are meant.
    pub fn is_along(&self) -> bool {
        matches!(self.kind, LineKind::Random | LineKind::Eigen)
    }

    /// The range that is meant at present.
    pub fn range_mut(&mut self) -> &mut Range {
        if self.is_along() { &mut self.along } else { &mut self.between }
    }

    /// The line, without its subject.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn of(&self, library: &Library) -> Result<LineOf, String> {
        let a = library.at(Role::A).ok_or("Open a checkpoint and make it A.")?.path.clone();
        if self.is_random() {
            return Ok(LineOf::Random { centre: a, directions: self.directions, count: self.count.max(1) });
        }
        if self.kind == LineKind::Eigen {
            let spec = self.eigen.spec()?;
            if spec.is_empty() {
                return Err("Give at least one eigenvector, such as 1 or 1, -1.".into());
            }
            return Ok(LineOf::Eigen { centre: a, spec, seed: self.eigen.seed });
        }
        let b = library.at(Role::B).ok_or("Open a second checkpoint and make it B.")?.path.clone();
        if a == b { Err("A and B are the same file.".into()) } else { Ok(LineOf::Between { a, b }) }
    }

    /// Which points are measured.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn spec(&self) -> Result<LineSpec, String> {
        let range = if self.is_along() { self.along } else { self.between };
        let widen = (self.widen && !self.is_along()).then(|| Widen::new(self.ratio).map_err(plain));
        let refine =
            (self.refine && !self.is_along()).then(|| Refine::new(self.tolerance / 100.0, self.extra).map_err(plain));
        Ok(LineSpec { alphas: range.axis()?, widen: widen.transpose()?, refine: refine.transpose()? })
    }
}

/// Lines, as a kind of measurement.
pub struct Lines;

/// One question about lines, and its answer: one curve, or several random directions.
pub type LineEntry = Entry<Lines>;

/// How far a line between runs that go on has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Live {
    /// Iterations of A and of B at the last measurement; `None` for a checkpoint.
    pub at: [Option<u64>; 2],
    /// Measurements so far.
    pub count: u64,
    /// Of the last one.
    pub seconds: f64,
}

/// What is known of a line, or of several along random directions.
pub struct LineShown {
    pub about: About,
    pub curves: Vec<CurveView>,
    /// Of a line between runs, once it was measured.
    pub live: Option<Live>,
    cosine: Option<f64>,
    band: Option<[Band; 2]>,
}

impl Kind for Lines {
    type Job = AnyLineJob;
    type Found = LineShown;
    type Form = LineForm;

    const KEY: &'static str = "line";
    const WORD: &'static str = "line";

    fn questions(form: &LineForm, asking: &Asking<'_>) -> Result<Vec<LineQuestion>, String> {
        let line = form.spec()?;
        if form.kind == LineKind::Runs {
            return form.runs.questions(asking.store, line, form.test, asking.snapshots);
        }
        let of = form.of(asking.library)?;
        let mut subject = asking.subject.finished()?;
        let plain = LineRequest {
            alphas: Some(line.alphas),
            widen: line.widen,
            refine: line.refine,
            test: form.test,
            gradients: !form.is_along(),
            ..LineRequest::default()
        };
        let request = match of {
            LineOf::Between { a, b } => LineRequest { a, b: Some(b), ..plain },
            LineOf::Eigen { centre, spec, seed } => {
                subject.seed = seed;
                LineRequest { a: centre, eigen: spec, ..plain }
            }
            LineOf::Random { centre, directions, count } => {
                subject.seed = directions.seed;
                LineRequest { a: centre, random: Some(count), scaling: Scaling::of(&directions), ..plain }
            }
        };
        Ok(vec![LineQuestion::Files(LineRequest { subject, ..request })])
    }

    fn begun(_question: &LineQuestion, head: LineHead, color: Color) -> LineShown {
        let curve = |head: crate::explore::CurveHead| CurveView {
            name: head.name,
            ends: head.ends,
            distance: head.distance,
            eigen: head.eigen,
            points: Vec::new(),
            summary: LineSummary::of(&[], head.distance, None),
            color,
        };
        let curves = head.curves.into_iter().map(curve).collect();
        LineShown { about: head.about, curves, live: None, cosine: None, band: None }
    }

    fn take(found: &mut LineShown, news: LineAnswer) -> Result<(), String> {
        match news {
            LineAnswer::Files(LineFound::Points { curve, points }) => {
                if let Some(c) = found.curves.get_mut(curve) {
                    points.into_iter().for_each(|p| insert(&mut c.points, p));
                    c.summary = LineSummary::of(&c.points, c.distance, found.cosine);
                }
            }
            LineAnswer::Files(LineFound::Cosine(cosine)) => {
                found.cosine = Some(cosine);
                for c in &mut found.curves {
                    c.summary = LineSummary::of(&c.points, c.distance, found.cosine);
                }
            }
            LineAnswer::Live(news) => found.replace(*news),
        }
        Ok(())
    }

    fn settle(found: &mut LineShown) {
        if found.is_band() {
            found.band = Some(found.view(String::new()).band());
        }
    }

    fn under_way(found: &LineShown) -> Option<String> {
        found.live.map(|live| format!("live, {} so far, {:.2} s each", live.count, live.seconds))
    }

    fn name(line: &LineEntry) -> String {
        line.mode_words().map_or(line.title(), |mode| format!("{} · {mode}", line.title()))
    }

    fn command(question: &LineQuestion) -> Option<Box<dyn Fn() -> String + '_>> {
        match question {
            LineQuestion::Files(request) => Some(Box::new(|| request.command_line())),
            LineQuestion::Live(_) => None,
        }
    }

    fn about(found: &Self::Found) -> &About {
        &found.about
    }

    fn subject(question: &LineQuestion) -> &Subject {
        question.subject()
    }

    fn subject_mut(question: &mut LineQuestion) -> &mut Subject {
        question.subject_mut()
    }
}

impl LineShown {
    /// Random directions are drawn as a band.
    pub fn is_band(&self) -> bool {
        self.curves.len() > 2 && self.curves.iter().all(|c| c.ends[1].is_none() && c.eigen.is_none())
    }

    /// Spread of training loss and error over random directions.
    pub fn band(&self) -> Option<&[Band; 2]> {
        self.band.as_ref().filter(|_| self.is_band())
    }

    /// Between what it runs.
    pub fn title(&self) -> String {
        match self.curves.as_slice() {
            [] => "line".into(),
            [one] => one.name.clone(),
            [first, ..] if first.eigen.is_some() => {
                format!("{} eigenvectors at {}", self.curves.len(), first.ends[0].as_deref().unwrap_or("A"))
            }
            [first, ..] => format!("{} directions at {}", self.curves.len(), first.ends[0].as_deref().unwrap_or("A")),
        }
    }

    /// It alone, as a picture.
    fn view(&self, title: String) -> LineView {
        LineView { title, caption: self.about.caption(), curves: self.curves.clone(), log: false }
    }

    /// Takes a measurement of the whole line, in the place of the one before.
    fn replace(&mut self, found: LiveFound) {
        let LiveFound { at, points, summary, seconds } = found;
        let count = self.live.map_or(0, |live| live.count) + 1;
        self.live = Some(Live { at, count, seconds });
        if let Some(curve) = self.curves.first_mut() {
            (curve.points, curve.distance, curve.summary) = (points, summary.distance, summary);
        }
    }

    /// What is known of when the ends of a live line were measured.
    pub fn moment(&self) -> Option<String> {
        let live = self.live?;
        let at = |end: Option<u64>| end.map_or("–".to_string(), |t| t.to_string());
        let [a, b] = live.at.map(at);
        Some(format!("A at iteration {a}, B at {b}; measurement {}, {:.2} s", live.count, live.seconds))
    }
}

impl LineEntry {
    /// Between what it runs.
    pub fn title(&self) -> String {
        self.found.as_ref().map_or("line".into(), LineShown::title)
    }

    /// How it was measured, for a paper.
    fn methods(&self, found: &LineShown) -> String {
        let points = found.curves.first().map_or(&[][..], |c| c.points.as_slice());
        let places = match (points.first(), points.last()) {
            (Some(first), Some(last)) => (points.len(), first.alpha, last.alpha),
            _ => (0, 0.0, 0.0),
        };
        match &self.request {
            LineQuestion::Files(request) => {
                let eigen: Vec<Eigenvector> = found.curves.iter().filter_map(|c| c.eigen).collect();
                line_methods(&found.about, request, &eigen, places)
            }
            LineQuestion::Live(request) => {
                live_line_methods(&found.about, &request.ends.clone().map(|end| end.name), places, request.test)
            }
        }
    }

    /// Its batch-norm statistics, where they matter.
    pub fn mode_words(&self) -> Option<String> {
        let bn = self.found.as_ref()?.about.bn.as_ref();
        bn.map(|_| self.mode().to_string())
    }

    /// Its curves; none until the files are read.
    pub fn curves(&self) -> &[CurveView] {
        self.found.as_ref().map_or(&[], |found| &found.curves)
    }
}

impl Shelf<Lines> {
    /// Lines that are shown and have something to show.
    pub fn shown(&self) -> impl Iterator<Item = (&LineEntry, &LineShown)> {
        self.entries.iter().filter(|l| l.visible).filter_map(|l| Some((l, l.found.as_ref()?)))
    }

    /// How all shown lines were measured, for a paper: a sentence for each.
    pub fn methods(&self) -> String {
        let sentences: Vec<String> = self.shown().map(|(entry, found)| entry.methods(found)).collect();
        sentences.join(" ")
    }

    /// All shown lines in one picture.
    pub fn picture(&self) -> LineView {
        let views: Vec<LineView> = self.shown().map(|(entry, found)| found.view(entry.name())).collect();
        let title = match views.as_slice() {
            [one] => one.title.clone(),
            several => format!("{} lines", several.len()),
        };
        let mut captions: Vec<String> = Vec::new();
        for view in &views {
            if !captions.contains(&view.caption) {
                captions.push(view.caption.clone());
            }
        }
        let names: Vec<String> = self.shown().map(|(entry, _)| entry.name()).collect();
        let curves = views.into_iter().zip(names).flat_map(|(view, name)| {
            let single = view.curves.len() == 1;
            view.curves.into_iter().map(move |c| if single { CurveView { name: name.clone(), ..c } } else { c })
        });
        LineView { title, caption: captions.join("\n"), curves: curves.collect(), log: false }
    }
}

/// Puts a point in its place, rising in α.
fn insert(points: &mut Vec<LinePoint>, point: LinePoint) {
    let place = points.partition_point(|p| p.alpha < point.alpha);
    points.insert(place, point);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        probe::Evaluation,
        survey::{Axis, Measured},
    };

    #[test]
    fn points_find_their_place_whatever_their_order() {
        let mut points = Vec::new();
        for alpha in [0.5, -0.5, 1.5, 0.0, 1.0] {
            let measured = Measured { train: Evaluation { loss: alpha * alpha, error: 0.0 }, test: None };
            insert(&mut points, LinePoint { alpha, measured });
        }
        assert_eq!(points.iter().map(|p| p.alpha).collect::<Vec<_>>(), [-0.5, 0.0, 0.5, 1.0, 1.5]);
        assert!(points.iter().all(|p| p.measured.train.loss == p.alpha * p.alpha));
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(LineForm::default().of(&Library::default()).unwrap_err().contains("make it A"));
        let spec = LineForm { refine: true, tolerance: 2.0, extra: 7, ..LineForm::default() }.spec().unwrap();
        assert_eq!(
            (spec.alphas.to_string(), spec.refine.unwrap().to_string()),
            ("-0.5:1.5:21".into(), "0.02:7".into())
        );
        let odd = LineForm { between: Range::new(1.0, 0.0, 5), ..LineForm::default() };
        assert!(odd.spec().unwrap_err().contains("does not rise"));
        assert!(LineForm { widen: true, ratio: 1.0, ..LineForm::default() }.spec().unwrap_err().contains("above 1"));
        let eigen = LineForm { kind: LineKind::Eigen, widen: true, ..LineForm::default() }.spec().unwrap();
        assert_eq!(eigen, LineSpec::plain(Axis::new(-1.0, 1.0, 21).unwrap()));
        // Random directions share their places, so that they can be summed up.
        let random =
            LineForm { kind: LineKind::Random, widen: true, refine: true, ..LineForm::default() }.spec().unwrap();
        assert_eq!(random, LineSpec::plain(Axis::new(-1.0, 1.0, 21).unwrap()));
    }
}
