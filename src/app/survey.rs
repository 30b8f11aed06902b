//! A line or a plane in the window: what was asked, how far it is, what was found.

use std::time::Duration;

use crate::{
    engine::{Answer, Explorer, LiveFound, LiveRequest, Question},
    explore::{About, Layout, LineFound, LineRequest, PlaneFound, PlaneRequest, Progress},
    figure::Color,
    present::{CurveView, LineView, PlaneView},
    probe::NormMode,
    survey::{Band, LinePoint, LineSummary, Plane},
};

pub type SurveyId = u64;

/// How far a survey is.
pub enum Phase {
    Measuring(Measuring),
    Done {
        seconds: f64,
    },
    Stopped,
    /// Why, in words.
    Failed(String),
}

/// A survey that is going on.
pub struct Measuring {
    explorer: Explorer,
    pub what: &'static str,
    /// Instead of that, of a line that is measured again and again.
    pub words: Option<String>,
    /// 0..1; `None` while nothing is known.
    pub share: Option<f64>,
    pub progress: Option<Progress>,
    pub remaining: Option<Duration>,
}

impl Measuring {
    pub fn new(explorer: Explorer) -> Measuring {
        Measuring { explorer, what: "reading", words: None, share: None, progress: None, remaining: None }
    }

    /// Whether answers are waiting.
    pub fn is_behind(&self) -> bool {
        !self.explorer.answers().is_empty()
    }

    pub fn stop(&self) {
        self.explorer.stop();
    }
}

impl Phase {
    pub fn measuring(&self) -> Option<&Measuring> {
        if let Phase::Measuring(m) = self { Some(m) } else { None }
    }

    /// The next answer of a survey that is going on.
    pub fn next(&self) -> Option<Answer> {
        use crossbeam_channel::TryRecvError;
        match self.measuring()?.explorer.answers().try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Answer::Failed("the measurement met an internal error".into())),
        }
    }

    /// Applies what every survey tells; gives back the rest.
    pub fn apply(&mut self, answer: Answer) -> Option<Answer> {
        match (answer, &mut *self) {
            (Answer::Preparing(share), Phase::Measuring(m)) => {
                (m.what, m.share) = ("reading the path", Some(share));
            }
            (Answer::Progress { progress, remaining }, Phase::Measuring(m)) => {
                m.what = "measuring";
                m.share = Some(progress.done as f64 / progress.total.max(1) as f64);
                (m.progress, m.remaining) = (Some(progress), remaining);
            }
            (Answer::Done { seconds }, _) => *self = Phase::Done { seconds },
            (Answer::Stopped, _) => *self = Phase::Stopped,
            (Answer::Failed(why), _) => *self = Phase::Failed(why),
            (other, _) => return Some(other),
        }
        None
    }
}

/// What was asked about a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    Files(LineRequest),
    /// A line between runs, of which one at least was going on.
    Live(LiveRequest),
}

impl Asked {
    /// Batch-norm statistics of the numbers.
    pub fn norm_mode(&self) -> NormMode {
        match self {
            Asked::Files(request) => request.subject.norm_mode,
            Asked::Live(request) => request.subject.norm_mode,
        }
    }

    /// The same with other batch-norm statistics.
    pub fn with(&self, norm_mode: NormMode) -> Asked {
        let mut other = self.clone();
        let subject = match &mut other {
            Asked::Files(request) => &mut request.subject,
            Asked::Live(request) => &mut request.subject,
        };
        subject.norm_mode = norm_mode;
        other
    }

    pub fn question(self) -> Question {
        match self {
            Asked::Files(request) => Question::Line(request),
            Asked::Live(request) => Question::Live(request),
        }
    }
}

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

/// One question about lines, and its answer: one curve, or several random directions.
pub struct LineEntry {
    pub id: SurveyId,
    pub asked: Asked,
    pub color: Color,
    pub visible: bool,
    pub phase: Phase,
    /// `None` until the files are read.
    pub about: Option<About>,
    pub curves: Vec<CurveView>,
    /// Of a line between runs, once it was measured.
    pub live: Option<Live>,
    cosine: Option<f64>,
    band: Option<[Band; 2]>,
}

impl LineEntry {
    pub fn new(id: SurveyId, asked: Asked, color: Color, explorer: Explorer) -> LineEntry {
        LineEntry {
            id,
            asked,
            color,
            visible: true,
            phase: Phase::Measuring(Measuring::new(explorer)),
            about: None,
            curves: Vec::new(),
            live: None,
            cosine: None,
            band: None,
        }
    }

    /// Between what it runs.
    pub fn title(&self) -> String {
        match self.curves.as_slice() {
            [] => "line".into(),
            [one] => one.name.clone(),
            [first, ..] => format!("{} directions at {}", self.curves.len(), first.ends[0].as_deref().unwrap_or("A")),
        }
    }

    /// Its batch-norm statistics, where they matter.
    pub fn mode(&self) -> Option<String> {
        let bn = self.about.as_ref()?.bn.as_ref();
        bn.map(|_| self.asked.norm_mode().to_string())
    }

    /// Both together.
    pub fn name(&self) -> String {
        self.mode().map_or(self.title(), |mode| format!("{} · {mode}", self.title()))
    }

    /// Random directions are drawn as a band.
    pub fn is_band(&self) -> bool {
        self.curves.len() > 2 && self.curves.iter().all(|c| c.ends[1].is_none())
    }

    /// Spread of training loss and error over random directions.
    pub fn band(&self) -> Option<&[Band; 2]> {
        self.band.as_ref().filter(|_| self.is_band())
    }

    /// Sums up random directions anew, after points were added.
    pub fn sum_up(&mut self) {
        if self.is_band() {
            self.band = Some(self.view().band());
        }
    }

    /// Points measured so far.
    pub fn measured(&self) -> usize {
        self.curves.iter().map(|c| c.points.len()).sum()
    }

    /// It alone, as a picture.
    pub fn view(&self) -> LineView {
        let caption = self.about.as_ref().map_or(String::new(), About::caption);
        LineView { title: self.name(), caption, curves: self.curves.clone(), log: false }
    }

    /// Takes an answer.
    pub fn apply(&mut self, answer: Answer) {
        match self.phase.apply(answer) {
            Some(Answer::LineBegun { about, curves }) => {
                self.about = Some(*about);
                self.curves = curves
                    .into_iter()
                    .map(|head| CurveView {
                        name: head.name,
                        ends: head.ends,
                        distance: head.distance,
                        points: Vec::new(),
                        summary: LineSummary::of(&[], head.distance, None),
                        color: self.color,
                    })
                    .collect();
            }
            Some(Answer::Line(LineFound::Points { curve, points })) => {
                if let Some(c) = self.curves.get_mut(curve) {
                    points.into_iter().for_each(|p| insert(&mut c.points, p));
                    c.summary = LineSummary::of(&c.points, c.distance, self.cosine);
                }
            }
            Some(Answer::Live(found)) => self.replace(*found),
            Some(Answer::Line(LineFound::Cosine(cosine))) => {
                self.cosine = Some(cosine);
                for c in &mut self.curves {
                    c.summary = LineSummary::of(&c.points, c.distance, self.cosine);
                }
            }
            Some(Answer::Summary { curve, summary }) => {
                if let Some(c) = self.curves.get_mut(curve) {
                    c.summary = *summary;
                }
            }
            _ => {}
        }
    }
}

impl LineEntry {
    /// Takes a measurement of the whole line, in the place of the one before.
    fn replace(&mut self, found: LiveFound) {
        let LiveFound { at, points, summary, seconds } = found;
        let count = self.live.map_or(0, |live| live.count) + 1;
        self.live = Some(Live { at, count, seconds });
        if let Some(curve) = self.curves.first_mut() {
            (curve.points, curve.distance, curve.summary) = (points, summary.distance, summary);
        }
        if let Phase::Measuring(m) = &mut self.phase {
            m.words = Some(format!("live, {count} so far, {seconds:.2} s each"));
            m.share = Some(1.0);
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

/// Puts a point in its place, rising in α.
fn insert(points: &mut Vec<LinePoint>, point: LinePoint) {
    let place = points.partition_point(|p| p.alpha < point.alpha);
    points.insert(place, point);
}

/// One question about a plane, and its answer.
pub struct PlaneEntry {
    pub id: SurveyId,
    pub request: PlaneRequest,
    pub phase: Phase,
    /// `None` until the files are read.
    pub found: Option<Found>,
    /// Grows with every change of the numbers.
    pub version: u64,
}

/// What is known of a plane.
pub struct Found {
    pub about: About,
    pub layout: Layout,
    pub plane: Plane,
    /// Points that a file had already.
    pub resumed: usize,
}

impl Found {
    /// As a picture.
    pub fn view(&self) -> PlaneView {
        PlaneView { about: self.about.clone(), layout: self.layout.clone(), values: self.plane.values().to_vec() }
    }
}

impl PlaneEntry {
    /// What it is called, and the batch-norm statistics where they matter.
    pub fn name(&self) -> String {
        let Some(found) = &self.found else { return "plane".into() };
        match &found.about.bn {
            Some(_) => format!("{} · {}", found.layout.title, self.request.subject.norm_mode),
            None => found.layout.title.clone(),
        }
    }

    /// Takes an answer.
    pub fn apply(&mut self, answer: Answer) {
        match self.phase.apply(answer) {
            Some(Answer::PlaneBegun { about, layout, resumed }) => {
                let mut plane = Plane::new(layout.grid);
                for point in &resumed {
                    plane.record(point.node, point.measured);
                }
                self.found = Some(Found { about: *about, layout: *layout, plane, resumed: resumed.len() });
                self.version += 1;
            }
            Some(Answer::Plane(found)) => {
                let Some(known) = &mut self.found else { return };
                match found {
                    PlaneFound::Points(points) => {
                        for point in points {
                            known.plane.record(point.node, point.measured);
                        }
                    }
                    PlaneFound::Place { index, loss, in_plane } => {
                        if let Some(place) = known.layout.places.get_mut(index) {
                            (place.loss, place.in_plane) = (Some(loss), Some(in_plane));
                        }
                    }
                }
                self.version += 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{probe::Evaluation, survey::Measured};

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
    fn a_phase_follows_what_is_told() {
        let mut phase = Phase::Stopped;
        assert!(phase.apply(Answer::Done { seconds: 2.0 }).is_none());
        assert!(matches!(phase, Phase::Done { seconds } if seconds == 2.0) && phase.measuring().is_none());
        assert!(phase.apply(Answer::Failed("why".into())).is_none());
        assert!(matches!(&phase, Phase::Failed(why) if why == "why"));
        assert!(phase.apply(Answer::Line(LineFound::Cosine(0.5))).is_some(), "the rest is for the line");
    }
}
