//! Planes to look at and to save.

use std::path::Path;

use serde_json::json;

use super::{
    error::PresentError,
    formats::{PLANE_FORMATS, format},
    plane_look::PlaneLook,
    save::{save_picture, theme},
};
use crate::{
    explore::{About, Eigenvector, Layout, Place, PlaneJob},
    export::{self, Field, Height},
    figure::{self, Color, Figure, PlaneMark, PlaneMarker, PlanePath, PlanePicture, Theme, plane_figure, run_color},
    scene::Scene,
    survey::Measured,
};

/// A plane, measured or being measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneView {
    pub about: About,
    pub layout: Layout,
    /// In the order of the grid's indices; `None` where nothing is measured yet.
    pub values: Vec<Option<Measured>>,
}

impl PlaneView {
    /// What a job has measured so far.
    pub fn of(job: &PlaneJob) -> PlaneView {
        PlaneView { about: job.setting.about.clone(), layout: job.layout.clone(), values: job.plane.values().to_vec() }
    }

    /// Training loss at every point.
    pub fn losses(&self) -> Vec<Option<f64>> {
        self.values.iter().map(|m| m.map(|m| m.train.loss)).collect()
    }

    /// The lowest finite measured point: (a, b, loss).
    pub fn lowest(&self) -> Option<(f64, f64, f64)> {
        lowest(&self.layout, &self.values)
    }

    /// The picture: a heat map with contours, checkpoints and the path.
    ///
    /// # Errors
    /// A grid that makes no picture.
    pub fn picture(&self, look: PlaneLook, theme: Theme) -> Result<PlanePicture, PresentError> {
        let grid = self.layout.grid;
        let shown = figure::Grid::new(grid.a().values(), grid.b().values(), self.losses())?;
        let plain = PlanePicture::new(shown);
        Ok(PlanePicture {
            title: self.layout.title.clone(),
            caption: self.about.caption(),
            a_label: self.layout.a_label.clone(),
            b_label: self.layout.b_label.clone(),
            value_label: "training loss".into(),
            scale: look.scale,
            map: look.map,
            contours: if look.contours { plain.contours } else { 0 },
            equal: look.equal && plain.equal,
            markers: plane_markers(&self.layout, self.lowest()),
            paths: plane_path(&self.layout).into_iter().collect(),
            theme,
            ..plain
        })
    }

    /// The same as a surface to be turned.
    ///
    /// # Errors
    /// A grid that makes no picture.
    pub fn surface(&self, look: PlaneLook) -> Result<Scene, PresentError> {
        Ok(Scene::of(&self.picture(look, Theme::default())?))
    }

    /// The same as a figure to be saved.
    ///
    /// # Errors
    /// A grid that makes no picture.
    pub fn figure(&self, look: PlaneLook, theme: Theme) -> Result<Figure, PresentError> {
        Ok(plane_figure(&self.picture(look, theme)?))
    }
}

/// Checkpoints are white with a dark rim wherever they lie.
const MARK: Color = Color { r: 255, g: 255, b: 255 };

/// The lowest finite measured point of a plane: (a, b, loss).
pub fn lowest(layout: &Layout, values: &[Option<Measured>]) -> Option<(f64, f64, f64)> {
    let grid = layout.grid;
    let width = grid.a().count();
    let finite = values.iter().enumerate().filter_map(|(k, m)| Some((k, m.as_ref()?.train.loss)));
    let (k, loss) = finite.filter(|(_, l)| l.is_finite()).min_by(|x, y| x.1.total_cmp(&y.1))?;
    Some((grid.a().at(k % width), grid.b().at(k / width), loss))
}

/// What is marked: the checkpoints (of a path its first and last), and the lowest point.
fn plane_markers(layout: &Layout, lowest: Option<(f64, f64, f64)>) -> Vec<PlaneMarker> {
    let checkpoints: Vec<(&Place, PlaneMark)> = match (layout.is_path, layout.places.as_slice()) {
        (true, [first, .., last]) => vec![(first, PlaneMark::Init), (last, PlaneMark::Checkpoint)],
        (_, places) => places.iter().map(|p| (p, PlaneMark::Checkpoint)).collect(),
    };
    let marker = |(place, mark): (&Place, PlaneMark)| {
        let [a, b, height] = on_surface(place);
        PlaneMarker { name: place.name.clone(), a, b, height, mark, color: MARK }
    };
    let mut markers: Vec<PlaneMarker> = checkpoints.into_iter().map(marker).collect();
    markers.extend(lowest.map(|(a, b, height)| {
        let (name, mark) = (String::new(), PlaneMark::Minimum);
        PlaneMarker { name, a, b, height, mark, color: MARK }
    }));
    markers
}

/// The path through the checkpoints, if they are one.
fn plane_path(layout: &Layout) -> Option<PlanePath> {
    layout.is_path.then(|| PlanePath {
        name: "path".into(),
        color: run_color(0),
        points: layout.places.iter().map(on_surface).collect(),
    })
}

/// Where a checkpoint is in the plane, as high as the plane is there.
fn on_surface(place: &Place) -> [f64; 3] {
    [place.a, place.b, place.in_plane.unwrap_or(f64::NAN)]
}

/// Writes a plane in the format that the name's ending says; pictures and surfaces as `look` has it.
///
/// # Errors
/// An ending that means no format, and what can go wrong in writing.
pub fn save_plane(path: &Path, view: &PlaneView, look: PlaneLook, dark: bool) -> Result<(), PresentError> {
    let kind = format(path, &PLANE_FORMATS, "plane")?;
    if matches!(kind, "png" | "svg" | "pdf") {
        return save_picture(path, &view.figure(look, theme(dark))?, kind);
    }
    let metadata = json!({
        "title": view.layout.title, "a": view.layout.a_label, "b": view.layout.b_label, "norms": view.layout.norms,
        "cosine": view.layout.cosine, "explained": view.layout.explained, "places": view.layout.places,
        "eigen": view.layout.eigen.iter().map(Eigenvector::json).collect::<Vec<_>>(), "about": view.about,
    })
    .to_string();
    let paths: Vec<PlanePath> = plane_path(&view.layout).into_iter().collect();
    let height = Height { field: "train_loss", log10: look.is_log() };
    with_table(view, |table| {
        match kind {
            "csv" => export::csv::write_plane(path, table)?,
            "npz" => export::npz::write_plane(path, table, &metadata)?,
            "vtp" => export::vtp::write(path, table, &height, &metadata)?,
            _ => export::gltf::write(path, table, &height, look.map, &paths, &metadata)?,
        }
        Ok(())
    })
}

/// All numbers as CSV, as they are saved.
///
/// # Errors
/// A grid that makes no table.
pub fn plane_csv(view: &PlaneView) -> Result<String, PresentError> {
    with_table(view, |table| Ok(export::csv::plane_text(table)))
}

/// What was measured at every point, as columns.
fn with_table<T>(
    view: &PlaneView,
    write: impl FnOnce(&export::Plane<'_>) -> Result<T, PresentError>,
) -> Result<T, PresentError> {
    let grid = view.layout.grid;
    let (a, b) = (grid.a().values(), grid.b().values());
    let of = |f: fn(&Measured) -> Option<f64>| view.values.iter().map(|m| m.as_ref().and_then(f)).collect::<Vec<_>>();
    let mut columns = vec![("train_loss", of(|m| Some(m.train.loss))), ("train_error", of(|m| Some(m.train.error)))];
    if view.values.iter().flatten().any(|m| m.test.is_some()) {
        columns.push(("test_loss", of(|m| m.test.map(|t| t.loss))));
        columns.push(("test_error", of(|m| m.test.map(|t| t.error))));
    }
    let fields: Vec<Field<'_>> = columns.iter().map(|(name, values)| Field { name, values }).collect();
    write(&export::Plane::new(&a, &b, &fields)?)
}
