//! Checkpoints, lines, planes, the surface and escapes: everything about other people's networks that the window holds.

use std::{path::PathBuf, sync::Arc, time::Instant};

use serde::{Deserialize, Serialize};

use super::{
    background::{Background, Job},
    escape::EscapeForm,
    explorations::Explorations,
    heatmap::HeatMap,
    library::{Entry, Library, Role},
    opened::Item,
    questions::{LineForm, LineKind, PlaneForm, PlaneKind},
    recent::Recent,
    run_lines::RunLines,
    store::Store,
    subject::SubjectForm,
    surface::SurfaceView,
    survey::SurveyId,
    valley::ValleyForm,
};
use crate::{
    engine::{Question, Snapshots},
    explore::Subject,
    figure::{Colormap, Scale},
    probe::NormMode,
};

/// How lines are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineLook {
    /// Loss on a logarithmic axis.
    pub log: bool,
}

/// How planes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneLook {
    pub scale: Scale,
    pub map: Colormap,
    pub contours: bool,
    /// A unit of a is as long as a unit of b.
    pub equal: bool,
}

impl Default for PlaneLook {
    fn default() -> Self {
        PlaneLook { scale: Scale::Log10, map: Colormap::default(), contours: true, equal: true }
    }
}

impl PlaneLook {
    pub fn is_log(&self) -> bool {
        self.scale == Scale::Log10
    }
}

/// What is remembered between two starts of the window.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    recent: Recent,
    subject: SubjectForm,
    line: LineForm,
    plane: PlaneForm,
    escape: EscapeForm,
    valley: ValleyForm,
    line_look: LineLook,
    plane_look: PlaneLook,
}

/// What a surface was made of: plane, version of its numbers, look.
type SurfaceKey = (SurveyId, u64, PlaneLook);

/// See the module.
#[derive(Default)]
pub struct Desk {
    pub library: Library,
    pub recent: Recent,
    pub subject: SubjectForm,
    pub surveys: Explorations,
    pub line: LineForm,
    /// The runs between which lines are to be measured.
    pub runs: RunLines,
    pub plane: PlaneForm,
    pub escape: EscapeForm,
    pub valley: ValleyForm,
    pub line_look: LineLook,
    pub plane_look: PlaneLook,
    pub heat: HeatMap,
    pub surface: SurfaceView,
    on_surface: Option<(SurfaceKey, Instant)>,
}

/// A surface is made anew so many times a second while its plane is being measured.
const SURFACE_SECONDS: f64 = 0.25;

impl Desk {
    /// With what was remembered as `text`, or with defaults.
    pub fn remembering(text: Option<&str>) -> Desk {
        let kept: Kept = text.and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let Kept { recent, subject, line, plane, escape, valley, line_look, plane_look } = kept;
        Desk { recent, subject, line, plane, escape, valley, line_look, plane_look, ..Desk::default() }
    }

    /// What is to be remembered.
    pub fn kept(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Kept {
            recent: self.recent.clone(),
            subject: self.subject.clone(),
            line: self.line.clone(),
            plane: self.plane.clone(),
            escape: self.escape.clone(),
            valley: self.valley.clone(),
            line_look: self.line_look,
            plane_look: self.plane_look,
        })
    }

    /// Reads files in the background, all of them together.
    pub fn open(&mut self, jobs: Vec<Job>, background: &Background, ctx: &egui::Context) {
        for job in &jobs {
            self.library.begin(&job.path, job.role);
        }
        background.open(jobs, ctx);
    }

    /// Takes a checkpoint or a path of checkpoints that was read. Returns what is to be opened next: the end of a path,
    /// as A, when nothing is A yet, since most people who open a run ask about where it ended.
    pub fn insert(&mut self, item: Item) -> Option<Job> {
        match item {
            Item::Point(point) => self.library.insert(Entry::Point(Arc::from(point))),
            Item::Trail(trail) => {
                if trail.has_plane() {
                    (self.plane.kind, self.plane.path) = (PlaneKind::Path, Some(trail.path.clone()));
                }
                let end = trail.last.as_ref().ok().map(|last| last.path.clone());
                if let Ok(last) = &trail.last {
                    self.subject.suit(last);
                }
                self.library.insert(Entry::Trail(Arc::from(trail)));
                let is_free = self.library.at(Role::A).is_none();
                return end.filter(|_| is_free).map(|path| Job { role: Some(Role::A), ..Job::new(path) });
            }
            Item::Run(_) => {}
        }
        None
    }

    /// All files that were opened together are here: gives them their roles. Returns whether the line from A to B can be
    /// measured at once.
    pub fn opened(&mut self, together: Vec<PathBuf>) -> bool {
        let ended = together.into_iter().map(|path| {
            let role = self.library.end(&path);
            (path, role)
        });
        let ended: Vec<(PathBuf, Option<Role>)> = ended.collect();
        let together: Vec<_> = ended.into_iter().filter(|(path, _)| self.library.point(path).is_some()).collect();
        let is_new_pair = !together.is_empty() && self.library.assign(&together);
        if !together.is_empty() {
            self.suit();
        }
        if is_new_pair {
            self.line.kind = LineKind::Between;
        }
        is_new_pair && self.obstacle().is_none() && self.subject.check().is_ok()
    }

    /// Chooses data that A takes.
    pub fn suit(&mut self) {
        if let Some(a) = self.library.at(Role::A) {
            self.subject.suit(a);
        }
    }

    /// What stands in the way of measuring with A (and B), in words.
    pub fn obstacle(&self) -> Option<String> {
        [Role::A, Role::B].into_iter().filter_map(|r| self.library.at(r)).find_map(|p| self.subject.mismatch(p))
    }

    /// Measures the line that is set.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn measure_line(&mut self, ctx: &egui::Context) -> Result<(), String> {
        let request = self.line.request(&self.library, self.subject.finished()?)?;
        self.ask(Question::Line(request), ctx)
    }

    /// Measures the lines between the runs that are chosen.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn measure_runs(&mut self, store: &Store, snapshots: &Snapshots, ctx: &egui::Context) -> Result<(), String> {
        let questions = self.runs.questions(store, self.line.spec()?, self.line.test, snapshots)?;
        questions.into_iter().try_for_each(|question| self.ask(question, ctx))
    }

    /// Measures the plane that is set.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn measure_plane(&mut self, ctx: &egui::Context) -> Result<(), String> {
        let request = self.plane.request(&self.library, self.subject.finished()?)?;
        self.ask(Question::Plane(request), ctx)
    }

    /// Fills the escape table that is set.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn measure_escape(&mut self, ctx: &egui::Context) -> Result<(), String> {
        let request = self.escape.request(&self.library, self.subject.finished()?)?;
        self.ask(Question::Escape(request), ctx)
    }

    /// Measures the valley that is set.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn measure_valley(&mut self, ctx: &egui::Context) -> Result<(), String> {
        let request = self.valley.request(&self.library, self.subject.finished()?)?;
        self.ask(Question::Valley(request), ctx)
    }

    /// Measures the line, plane or valley `id` again with other batch-norm statistics.
    ///
    /// # Errors
    /// When the system gives no thread, in words.
    pub fn measure_again(&mut self, id: SurveyId, norm_mode: NormMode, ctx: &egui::Context) -> Result<(), String> {
        let with = |subject: &Subject| Subject { norm_mode, ..subject.clone() };
        let line = self.surveys.lines.iter().find(|l| l.id == id).map(|l| l.asked.with(norm_mode).question());
        let plane = self.surveys.planes.iter().find(|p| p.id == id).map(|p| {
            let mut request = p.request.clone();
            request.subject = with(&request.subject);
            // A record belongs to one question; the other needs a file of its own.
            request.record = None;
            Question::Plane(request)
        });
        let valley = self.surveys.valleys.iter().find(|v| v.id == id).map(|v| {
            let mut request = v.request.clone();
            request.subject = with(&request.subject);
            Question::Valley(request)
        });
        line.or(plane).or(valley).map_or(Ok(()), |question| self.ask(question, ctx))
    }

    fn ask(&mut self, question: Question, ctx: &egui::Context) -> Result<(), String> {
        let ctx = ctx.clone();
        self.surveys.ask(question, move || ctx.request_repaint()).map(drop)
    }

    /// Takes in what was measured, and compares A with B when they are new.
    pub fn take_in(&mut self, until: Instant, background: &Background, ctx: &egui::Context) {
        self.surveys.take_in(until);
        if self.surveys.is_behind() {
            ctx.request_repaint();
        }
        if let Some((a, b)) = self.library.movement_wanted() {
            background.compare(a, b, ctx);
        }
    }

    /// Hands the plane that is shown to the surface, when its numbers or its look are new.
    pub fn update_surface(&mut self, ctx: &egui::Context) {
        let Some(entry) = self.surveys.current() else { return };
        let Some(found) = &entry.found else { return };
        let key = (entry.id, entry.version, self.plane_look);
        if let Some((shown, at)) = &self.on_surface {
            if *shown == key {
                return;
            }
            let is_same = (shown.0, shown.2) == (key.0, key.2);
            if is_same && entry.phase.measuring().is_some() && at.elapsed().as_secs_f64() < SURFACE_SECONDS {
                return ctx.request_repaint_after_secs(SURFACE_SECONDS as f32);
            }
        }
        let scene = found.view().surface(self.plane_look.is_log(), self.plane_look.map);
        self.surface.show(Arc::new(scene));
        self.on_surface = Some((key, Instant::now()));
    }
}
