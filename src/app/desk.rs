//! Everything about networks that were opened: checkpoints, what is measured on them, and the surface.

use std::{path::PathBuf, sync::Arc, time::Instant};

use serde::{Deserialize, Serialize};

use super::{
    autopsy::Autopsy,
    background::{Background, Job},
    data_folders::DataFolders,
    downloads::Downloads,
    fits::Fits,
    heatmap::HeatMap,
    kinds::{
        line::{LineKind, Lines},
        plane::{PlaneKind, Planes},
    },
    library::{Entry, Library, Role},
    look::LineLook,
    measure::Measure,
    opened::Item,
    recent::Recent,
    samples::Samples,
    shelf::{Asking, SurveyId},
    store::Store,
    subject::SubjectForm,
    surface::SurfaceView,
    surveys::Surveys,
};
use crate::{engine::Snapshots, present::PlaneLook};

/// What is remembered between two starts of the window.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    recent: Recent,
    folders: DataFolders,
    subject: SubjectForm,
    line_look: LineLook,
    plane_look: PlaneLook,
    /// The forms of measurements, under the names of their kinds.
    #[serde(flatten)]
    forms: serde_json::Map<String, serde_json::Value>,
}

/// What a surface was made of: plane, version of its numbers, look.
type SurfaceKey = (SurveyId, u64, PlaneLook);

/// See the module.
#[derive(Default)]
pub struct Desk {
    pub library: Library,
    pub recent: Recent,
    pub subject: SubjectForm,
    pub fits: Fits,
    pub folders: DataFolders,
    pub downloads: Downloads,
    pub samples: Samples,
    pub surveys: Surveys,
    pub autopsy: Autopsy,
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
        let Kept { recent, folders, subject, line_look, plane_look, forms } = kept;
        let mut surveys = Surveys::default();
        surveys.set_forms(forms);
        Desk { recent, folders, subject, surveys, line_look, plane_look, ..Desk::default() }
    }

    /// Everything that is set, as text.
    ///
    /// # Errors
    /// When a form cannot be written as JSON.
    pub fn settings(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.as_kept(Recent::default())?)
    }

    /// Takes what was set, as text.
    pub fn set_settings(&mut self, text: &str) {
        let Ok(kept) = serde_json::from_str::<Kept>(text) else { return };
        (self.subject, self.line_look, self.plane_look) = (kept.subject, kept.line_look, kept.plane_look);
        self.surveys.set_forms(kept.forms);
    }

    fn as_kept(&self, recent: Recent) -> serde_json::Result<Kept> {
        Ok(Kept {
            recent,
            folders: self.folders.clone(),
            subject: self.subject.clone(),
            line_look: self.line_look,
            plane_look: self.plane_look,
            forms: self.surveys.forms()?,
        })
    }

    /// What is to be remembered.
    pub fn kept(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.as_kept(self.recent.clone())?)
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
                    let form = &mut self.surveys.of_mut::<Planes>().form;
                    (form.kind, form.path) = (PlaneKind::Path, Some(trail.path.clone()));
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
            self.surveys.of_mut::<Lines>().form.kind = LineKind::Between;
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

    /// What may decide the questions of forms.
    pub fn asking<'a>(&'a self, store: &'a Store, snapshots: &'a Snapshots) -> Asking<'a> {
        Asking { library: &self.library, subject: &self.subject, store, snapshots }
    }

    /// Starts what a form asks.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn measure(
        &mut self,
        measure: Measure,
        store: &Store,
        snapshots: &Snapshots,
        ctx: &egui::Context,
    ) -> Result<(), String> {
        let asking = Asking { library: &self.library, subject: &self.subject, store, snapshots };
        measure(&mut self.surveys, ctx, asking)
    }

    /// Takes in what was measured, and compares A with B when they are new.
    pub fn take_in(&mut self, until: Instant, background: &Background, ctx: &egui::Context) {
        self.surveys.take_in(until);
        self.autopsy.take_in();
        if self.surveys.is_behind() {
            ctx.request_repaint();
        }
        if let Some((a, b)) = self.library.movement_wanted() {
            background.compare(a, b, ctx);
        }
        if let Some((path, subject)) = self.fits.wanted(&self.library, &self.subject, self.downloads.ended(), ctx) {
            background.fit(path, subject, self.surveys.settings(), ctx);
        }
    }

    /// Hands the plane that is shown to the surface, when its numbers or its look are new.
    pub fn update_surface(&mut self, ctx: &egui::Context) {
        let Some((entry, found)) = self.surveys.of::<Planes>().found() else { return };
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
        // The grid of a survey is always one that makes a picture.
        let Ok(scene) = found.view().surface(self.plane_look) else { return };
        self.surface.show(Arc::new(scene));
        self.on_surface = Some((key, Instant::now()));
    }
}
