//! Lines and planes in the window: those being measured, those that are done, and which of them are shown.

use std::time::{Duration, Instant};

use crate::{
    engine::{Answer, Explorer, Question},
    explore::{About, LineFound, LineRequest, PlaneFound, PlaneRequest, Progress},
    figure::{Color, colors::run_color},
    present::{CurveView, LineView, PlaneView},
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
    /// 0..1; `None` while nothing is known.
    pub share: Option<f64>,
    pub progress: Option<Progress>,
    pub remaining: Option<Duration>,
}

impl Measuring {
    fn new(explorer: Explorer) -> Measuring {
        Measuring { explorer, what: "reading", share: None, progress: None, remaining: None }
    }
}

impl Phase {
    pub fn measuring(&self) -> Option<&Measuring> {
        if let Phase::Measuring(m) = self { Some(m) } else { None }
    }

    /// Applies what every survey tells; gives back the rest.
    fn apply(&mut self, answer: Answer) -> Option<Answer> {
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

/// One question about lines, and its answer: one curve, or several random directions.
pub struct LineEntry {
    pub id: SurveyId,
    pub request: LineRequest,
    pub color: Color,
    pub visible: bool,
    pub phase: Phase,
    /// `None` until the files are read.
    pub about: Option<About>,
    pub curves: Vec<CurveView>,
    cosine: Option<f64>,
    band: Option<[Band; 2]>,
}

impl LineEntry {
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
        bn.map(|_| self.request.subject.norm_mode.to_string())
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

    /// Points measured so far.
    fn measured(&self) -> usize {
        self.curves.iter().map(|c| c.points.len()).sum()
    }

    /// It alone, as a picture.
    pub fn view(&self) -> LineView {
        let caption = self.about.as_ref().map_or(String::new(), About::caption);
        LineView { title: self.name(), caption, curves: self.curves.clone(), log: false }
    }

    fn apply(&mut self, answer: Answer) {
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
    pub layout: crate::explore::Layout,
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

    fn apply(&mut self, answer: Answer) {
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

/// All lines and planes, oldest first.
#[derive(Default)]
pub struct Explorations {
    pub lines: Vec<LineEntry>,
    pub planes: Vec<PlaneEntry>,
    next_id: SurveyId,
    /// The line whose numbers are read out.
    active: Option<SurveyId>,
    /// The plane that is shown.
    current: Option<SurveyId>,
    removed_lines: Vec<LineEntry>,
    removed_planes: Vec<PlaneEntry>,
}

impl Explorations {
    /// Starts measuring. `wake` is called whenever something is found.
    ///
    /// # Errors
    /// When the system gives no thread, in words.
    pub fn ask(&mut self, question: Question, wake: impl Fn() + Send + 'static) -> Result<SurveyId, String> {
        let explorer = Explorer::start(question.clone(), wake)
            .map_err(|e| format!("nothing can be measured: the system gives no thread ({e}); close other programs"))?;
        self.next_id += 1;
        let id = self.next_id;
        let phase = Phase::Measuring(Measuring::new(explorer));
        match question {
            Question::Line(request) => {
                // What has failed has nothing to show beside the new one.
                self.lines.retain(|l| !matches!(l.phase, Phase::Failed(_)));
                let taken = |c: &Color| self.lines.iter().any(|l| l.color == *c);
                let color = (0..6).map(run_color).find(|c| !taken(c)).unwrap_or_else(|| run_color(self.lines.len()));
                self.active = Some(id);
                self.lines.push(LineEntry {
                    id,
                    request,
                    color,
                    visible: true,
                    phase,
                    about: None,
                    curves: Vec::new(),
                    cosine: None,
                    band: None,
                });
            }
            Question::Plane(request) => {
                self.planes.retain(|p| !matches!(p.phase, Phase::Failed(_)));
                self.current = Some(id);
                self.planes.push(PlaneEntry { id, request, phase, found: None, version: 0 });
            }
        }
        Ok(id)
    }

    /// Takes in what was found, until `until`.
    pub fn take_in(&mut self, until: Instant) {
        for line in &mut self.lines {
            let before = line.measured();
            while Instant::now() < until
                && let Some(answer) = next(&line.phase)
            {
                line.apply(answer);
            }
            if line.measured() != before && line.is_band() {
                line.band = Some(line.view().band());
            }
        }
        for plane in &mut self.planes {
            while Instant::now() < until
                && let Some(answer) = next(&plane.phase)
            {
                plane.apply(answer);
            }
        }
    }

    /// Whether answers are waiting that the last look had no time for.
    pub fn is_behind(&self) -> bool {
        let phases = self.lines.iter().map(|l| &l.phase).chain(self.planes.iter().map(|p| &p.phase));
        phases.filter_map(Phase::measuring).any(|m| !m.explorer.answers().is_empty())
    }

    /// Ends a survey; what was found stays.
    pub fn stop(&self, id: SurveyId) {
        let line = self.lines.iter().find(|l| l.id == id).map(|l| &l.phase);
        let plane = self.planes.iter().find(|p| p.id == id).map(|p| &p.phase);
        if let Some(m) = line.or(plane).and_then(Phase::measuring) {
            m.explorer.stop();
        }
    }

    /// Lines that are shown and have something to show.
    pub fn shown(&self) -> impl Iterator<Item = &LineEntry> {
        self.lines.iter().filter(|l| l.visible && !l.curves.is_empty())
    }

    /// The line whose numbers are read out.
    pub fn active(&self) -> Option<&LineEntry> {
        let chosen = self.lines.iter().find(|l| Some(l.id) == self.active);
        chosen.or(self.lines.last())
    }

    pub fn set_active(&mut self, id: SurveyId) {
        self.active = Some(id);
    }

    /// The plane that is shown.
    pub fn current(&self) -> Option<&PlaneEntry> {
        let chosen = self.planes.iter().find(|p| Some(p.id) == self.current);
        chosen.or(self.planes.last())
    }

    pub fn set_current(&mut self, id: SurveyId) {
        self.current = Some(id);
    }

    /// All shown lines in one picture.
    pub fn picture(&self) -> LineView {
        let views: Vec<LineView> = self.shown().map(LineEntry::view).collect();
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
        let names: Vec<String> = self.shown().map(LineEntry::name).collect();
        let curves = views.into_iter().zip(names).flat_map(|(view, name)| {
            let single = view.curves.len() == 1;
            view.curves.into_iter().map(move |c| if single { CurveView { name: name.clone(), ..c } } else { c })
        });
        LineView { title, caption: captions.join("\n"), curves: curves.collect(), log: false }
    }

    /// Takes a line or a plane out of the window.
    pub fn remove(&mut self, id: SurveyId) {
        self.stop(id);
        if let Some(index) = self.lines.iter().position(|l| l.id == id) {
            self.removed_lines.push(self.lines.remove(index));
        }
        if let Some(index) = self.planes.iter().position(|p| p.id == id) {
            self.removed_planes.push(self.planes.remove(index));
        }
    }

    /// Brings back the line that was removed last.
    pub fn restore_line(&mut self) {
        if let Some(line) = self.removed_lines.pop() {
            self.active = Some(line.id);
            self.lines.push(line);
        }
    }

    pub fn can_restore_line(&self) -> bool {
        !self.removed_lines.is_empty()
    }

    /// Brings back the plane that was removed last.
    pub fn restore_plane(&mut self) {
        if let Some(plane) = self.removed_planes.pop() {
            self.current = Some(plane.id);
            self.planes.push(plane);
        }
    }

    pub fn can_restore_plane(&self) -> bool {
        !self.removed_planes.is_empty()
    }
}

/// The next answer of a survey that is going on.
fn next(phase: &Phase) -> Option<Answer> {
    use crossbeam_channel::TryRecvError;
    match phase.measuring()?.explorer.answers().try_recv() {
        Ok(answer) => Some(answer),
        Err(TryRecvError::Empty) => None,
        Err(TryRecvError::Disconnected) => Some(Answer::Failed("the measurement met an internal error".into())),
    }
}
