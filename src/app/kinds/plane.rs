//! Planes in the window: around a checkpoint, through three of them, or along a path.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{eigen::EigenForm, range::Range};
use crate::{
    app::{
        library::{Library, Role},
        shelf::{Asking, Entry, Kind},
    },
    explore::{
        About, Layout, PlaneFound, PlaneHead, PlaneJob, PlaneOf, PlaneRequest, Request as _, Scaling, Subject, Window,
    },
    figure::Color,
    present::{PlaneView, plane_methods},
    probe::NormMode,
    survey::{Basis, Directions, Plane},
};

/// Where a plane lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaneKind {
    #[default]
    Around,
    Eigen,
    Through,
    Path,
}

impl PlaneKind {
    pub const ALL: [PlaneKind; 4] = [PlaneKind::Around, PlaneKind::Eigen, PlaneKind::Through, PlaneKind::Path];

    pub fn name(self) -> &'static str {
        match self {
            PlaneKind::Around => "Around A",
            PlaneKind::Eigen => "Along eigenvectors",
            PlaneKind::Through => "Through A, B, C",
            PlaneKind::Path => "Along a path",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            PlaneKind::Around => "Two directions through A: random, or from files",
            PlaneKind::Eigen => {
                "Two eigenvectors of the Hessian at A: the two with the largest eigenvalues, or the largest and the smallest"
            }
            PlaneKind::Through => "The one plane that holds A, B and C",
            PlaneKind::Path => {
                "The two leading principal components of a folder of checkpoints, or of a run's checkpoints"
            }
        }
    }
}

/// A plane being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneForm {
    pub kind: PlaneKind,
    /// Points along each side, for a window that is chosen by itself.
    pub grid: usize,
    /// The window is given by hand.
    pub by_hand: bool,
    pub a: Range,
    pub b: Range,
    pub directions: Directions,
    /// Files with the two directions of [`PlaneKind::Around`]; empty for random ones.
    pub u: String,
    pub v: String,
    /// The two of [`PlaneKind::Eigen`].
    pub eigen: EigenForm,
    pub basis: Basis,
    pub test: bool,
    /// Keep the points in this file; empty for none.
    pub record: String,
    /// The folder or run of [`PlaneKind::Path`].
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

impl Default for PlaneForm {
    fn default() -> Self {
        PlaneForm {
            kind: PlaneKind::Around,
            grid: 25,
            by_hand: false,
            a: Range::new(-1.0, 1.0, 25),
            b: Range::new(-1.0, 1.0, 25),
            directions: Directions::default(),
            u: String::new(),
            v: String::new(),
            eigen: EigenForm::of("1, 2"),
            basis: Basis::default(),
            test: false,
            record: String::new(),
            path: None,
        }
    }
}

impl PlaneForm {
    /// The path that is meant: the chosen one, or the only one there is.
    pub fn trail(&self, library: &Library) -> Option<PathBuf> {
        let all: Vec<PathBuf> = library.trails().map(|t| t.path.clone()).collect();
        self.path.clone().filter(|p| all.contains(p)).or_else(|| all.last().cloned())
    }

    /// The plane, without its subject.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn of(&self, library: &Library) -> Result<PlaneOf, String> {
        let at = |role: Role| {
            let point = library.at(role).ok_or_else(|| format!("Open a checkpoint and make it {}.", role.name()))?;
            Ok::<_, String>(point.path.clone())
        };
        Ok(match self.kind {
            PlaneKind::Around => {
                let centre = at(Role::A)?;
                match [self.u.trim(), self.v.trim()] {
                    ["", ""] => PlaneOf::Random { centre, directions: self.directions },
                    ["", _] | [_, ""] => return Err("Give a file for u and one for v, or none.".into()),
                    [u, v] => PlaneOf::Given { centre, u: u.into(), v: v.into() },
                }
            }
            PlaneKind::Eigen => {
                let (centre, spec) = (at(Role::A)?, self.eigen.spec()?);
                if spec.eigen.len() != 2 {
                    return Err("Give two eigenvectors, such as 1, 2 or 1, -1.".into());
                }
                PlaneOf::Eigen { centre, spec, seed: self.eigen.seed }
            }
            PlaneKind::Through => {
                PlaneOf::Three { a: at(Role::A)?, b: at(Role::B)?, c: at(Role::C)?, basis: self.basis }
            }
            PlaneKind::Path => {
                let path = self.trail(library).ok_or("Open a folder of checkpoints, or take a run's checkpoints.")?;
                PlaneOf::Principal { path }
            }
        })
    }

    /// The part of the plane that is measured.
    ///
    /// # Errors
    /// When an axis is none, in words.
    pub fn window(&self) -> Result<Window, String> {
        Ok(match self.by_hand {
            true => Window::Axes { a: self.a.axis()?, b: self.b.axis()? },
            false => Window::Auto { count: self.grid },
        })
    }
}

/// Planes, as a kind of measurement.
pub struct Planes;

/// One question about a plane, and its answer.
pub type PlaneEntry = Entry<Planes>;

/// What is known of a plane.
pub struct PlaneShown {
    pub about: About,
    pub layout: Layout,
    pub plane: Plane,
    /// Points that a file had already.
    pub resumed: usize,
}

impl PlaneShown {
    /// As a picture.
    pub fn view(&self) -> PlaneView {
        PlaneView { about: self.about.clone(), layout: self.layout.clone(), values: self.plane.values().to_vec() }
    }
}

impl PlaneShown {
    /// What it is around, without how directions were drawn.
    pub fn short_title(&self) -> &str {
        let title = self.layout.title.as_str();
        if title.starts_with("Around") { title.split(',').next().unwrap_or(title) } else { title }
    }
}

impl PlaneEntry {
    /// How it was measured, for a paper.
    pub fn methods(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        Some(plane_methods(&found.about, &self.request, &found.layout))
    }
}

impl Kind for Planes {
    type Job = PlaneJob;
    type Found = PlaneShown;
    type Form = PlaneForm;

    const KEY: &'static str = "plane";
    const WORD: &'static str = "plane";

    fn questions(form: &PlaneForm, asking: &Asking<'_>) -> Result<Vec<PlaneRequest>, String> {
        let of = form.of(asking.library)?;
        let mut subject = asking.subject.finished()?;
        let record = (!form.record.trim().is_empty()).then(|| form.record.trim().into());
        let plain = PlaneRequest { test: form.test, record, ..PlaneRequest::default() };
        let plain = match form.window()? {
            Window::Axes { a, b } => PlaneRequest { a: Some(a), b: Some(b), ..plain },
            Window::Auto { count } => PlaneRequest { grid: count, ..plain },
        };
        let request = match of {
            PlaneOf::Random { centre, directions } => {
                subject.seed = directions.seed;
                PlaneRequest { files: vec![centre], scaling: Scaling::of(&directions), ..plain }
            }
            PlaneOf::Given { centre, u, v } => {
                PlaneRequest { files: vec![centre], direction_u: Some(u), direction_v: Some(v), ..plain }
            }
            PlaneOf::Eigen { centre, spec, seed } => {
                subject.seed = seed;
                PlaneRequest { files: vec![centre], eigen: spec, ..plain }
            }
            PlaneOf::Three { a, b, c, basis } => PlaneRequest { files: vec![a, b, c], basis, ..plain },
            PlaneOf::Principal { path } => PlaneRequest { files: vec![path], pca: true, ..plain },
        };
        Ok(vec![PlaneRequest { subject, ..request }])
    }

    fn begun(_request: &PlaneRequest, head: PlaneHead, _color: Color) -> PlaneShown {
        let PlaneHead { about, layout, resumed } = head;
        let mut plane = Plane::new(layout.grid);
        for point in &resumed {
            plane.record(point.node, point.measured);
        }
        PlaneShown { about, layout, plane, resumed: resumed.len() }
    }

    fn take(found: &mut PlaneShown, news: PlaneFound) -> Result<(), String> {
        match news {
            PlaneFound::Points(points) => {
                for point in points {
                    found.plane.record(point.node, point.measured);
                }
            }
            PlaneFound::Place { index, loss, in_plane } => {
                if let Some(place) = found.layout.places.get_mut(index) {
                    (place.loss, place.in_plane) = (Some(loss), Some(in_plane));
                }
            }
        }
        Ok(())
    }

    /// The batch-norm statistics are named where they matter.
    fn name(entry: &PlaneEntry) -> String {
        let Some(found) = &entry.found else { return "plane".into() };
        match &found.about.bn {
            Some(_) => format!("{} · {}", found.layout.title, entry.mode()),
            None => found.layout.title.clone(),
        }
    }

    fn command(request: &PlaneRequest) -> Option<Box<dyn Fn() -> String + '_>> {
        Some(Box::new(|| request.command_line()))
    }

    fn about(found: &Self::Found) -> &About {
        &found.about
    }

    fn subject(request: &PlaneRequest) -> &Subject {
        &request.subject
    }

    fn subject_mut(request: &mut PlaneRequest) -> &mut Subject {
        &mut request.subject
    }

    /// A record belongs to one question; the other needs a file of its own.
    fn with_mode(request: &PlaneRequest, norm_mode: NormMode) -> PlaneRequest {
        let subject = Subject { norm_mode, ..request.subject.clone() };
        PlaneRequest { subject, record: None, ..request.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        for (kind, words) in [
            (PlaneKind::Around, "make it A"),
            (PlaneKind::Eigen, "make it A"),
            (PlaneKind::Through, "make it A"),
            (PlaneKind::Path, "folder of checkpoints"),
        ] {
            let form = PlaneForm { kind, ..PlaneForm::default() };
            assert!(form.of(&Library::default()).unwrap_err().contains(words));
        }
    }

    #[test]
    fn a_form_of_before_there_were_directions_from_files_is_understood() {
        let mut kept = serde_json::to_value(PlaneForm { grid: 9, ..PlaneForm::default() }).unwrap();
        let fields = kept.as_object_mut().unwrap();
        assert!(["u", "v", "eigen"].iter().all(|key| fields.remove(*key).is_some()));
        let form: PlaneForm = serde_json::from_value(kept).unwrap();
        assert_eq!(form, PlaneForm { grid: 9, ..PlaneForm::default() });
    }
}
