//! Planes to look at and to save.

use std::path::Path;

use serde_json::json;

use super::{
    error::PresentError,
    formats::{PLANE_FORMATS, format},
    save::{save_picture, theme},
};
use crate::{
    explore::{About, Layout, Place, PlaneJob},
    export::{self, Field, Height, gltf::SurfacePath},
    figure::{
        self, Color, Colormap, Figure, PlaneMark, PlaneMarker, PlanePath, PlanePicture, Scale, Theme, plane_figure,
        run_color,
    },
    scene::{MarkerKind, Scene, SceneMarker, ScenePath},
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
        let grid = self.layout.grid;
        let width = grid.a().count();
        let finite = self.losses().into_iter().enumerate().filter_map(|(k, loss)| loss.map(|l| (k, l)));
        let (k, loss) = finite.filter(|(_, l)| l.is_finite()).min_by(|x, y| x.1.total_cmp(&y.1))?;
        Some((grid.a().at(k % width), grid.b().at(k / width), loss))
    }

    /// What is marked: the checkpoints (of a path its first and last), and the lowest point.
    fn marks(&self) -> Vec<(&Place, PlaneMark)> {
        let places = &self.layout.places;
        match (self.layout.is_path, places.as_slice()) {
            (true, [first, .., last]) => vec![(first, PlaneMark::Init), (last, PlaneMark::Checkpoint)],
            _ => places.iter().map(|p| (p, PlaneMark::Checkpoint)).collect(),
        }
    }

    /// The picture: a heat map with contours, checkpoints and the path.
    ///
    /// # Errors
    /// A grid that makes no picture.
    pub fn picture(&self, log: bool, map: Colormap, theme: Theme) -> Result<PlanePicture, PresentError> {
        let grid = self.layout.grid;
        let shown = figure::Grid::new(grid.a().values(), grid.b().values(), self.losses())?;
        let markers = self.marks().into_iter().map(|(place, mark)| PlaneMarker {
            name: place.name.clone(),
            a: place.a,
            b: place.b,
            mark,
            color: MARK,
        });
        let mut markers: Vec<PlaneMarker> = markers.collect();
        markers.extend(self.lowest().map(|(a, b, _)| PlaneMarker {
            name: String::new(),
            a,
            b,
            mark: PlaneMark::Minimum,
            color: MARK,
        }));
        let path = PlanePath {
            name: "path".into(),
            color: run_color(0),
            points: self.layout.places.iter().map(|p| [p.a, p.b]).collect(),
        };
        Ok(PlanePicture {
            title: self.layout.title.clone(),
            caption: self.about.caption(),
            a_label: self.layout.a_label.clone(),
            b_label: self.layout.b_label.clone(),
            value_label: "training loss".into(),
            scale: if log { Scale::Log10 } else { Scale::Linear },
            map,
            markers,
            paths: if self.layout.is_path { vec![path] } else { vec![] },
            theme,
            ..PlanePicture::new(shown)
        })
    }

    /// The same as a surface to be turned.
    pub fn surface(&self, log: bool, map: Colormap) -> Scene {
        let grid = self.layout.grid;
        let markers = self.marks().into_iter().map(|(place, mark)| SceneMarker {
            a: place.a,
            b: place.b,
            value: place.in_plane.unwrap_or(f64::NAN),
            name: place.name.clone(),
            kind: kind(mark),
            color: MARK,
        });
        let mut markers: Vec<SceneMarker> = markers.collect();
        markers.extend(self.lowest().map(|(a, b, value)| SceneMarker {
            a,
            b,
            value,
            name: String::new(),
            kind: MarkerKind::Minimum,
            color: MARK,
        }));
        let path = ScenePath {
            points: self.layout.places.iter().map(|p| [p.a, p.b, p.in_plane.unwrap_or(f64::NAN)]).collect(),
            color: run_color(0),
        };
        Scene {
            a: grid.a().values(),
            b: grid.b().values(),
            values: self.losses().into_iter().map(|l| l.unwrap_or(f64::NAN)).collect(),
            log,
            lut: map.lut(),
            paths: if self.layout.is_path { vec![path] } else { vec![] },
            markers,
            a_label: self.layout.a_label.clone(),
            b_label: self.layout.b_label.clone(),
            value_label: "training loss".into(),
            contours: 14,
        }
    }

    /// The same as a figure to be saved.
    ///
    /// # Errors
    /// A grid that makes no picture.
    pub fn figure(&self, log: bool, theme: Theme) -> Result<Figure, PresentError> {
        Ok(plane_figure(&self.picture(log, Colormap::default(), theme)?))
    }
}

/// Checkpoints are white with a dark rim wherever they lie.
const MARK: Color = Color { r: 255, g: 255, b: 255 };

fn kind(mark: PlaneMark) -> MarkerKind {
    match mark {
        PlaneMark::Init => MarkerKind::Init,
        PlaneMark::Minimum => MarkerKind::Minimum,
        PlaneMark::Checkpoint => MarkerKind::Point,
    }
}

/// Writes a plane in the format that the name's ending says; pictures and surfaces by the logarithm of the loss with
/// `log`.
///
/// # Errors
/// An ending that means no format, and what can go wrong in writing.
pub fn save_plane(path: &Path, view: &PlaneView, log: bool, dark: bool) -> Result<(), PresentError> {
    let kind = format(path, &PLANE_FORMATS, "plane")?;
    if matches!(kind, "png" | "svg") {
        return save_picture(path, &view.figure(log, theme(dark))?, kind);
    }
    let grid = view.layout.grid;
    let (a, b) = (grid.a().values(), grid.b().values());
    let of = |f: fn(&Measured) -> Option<f64>| view.values.iter().map(|m| m.as_ref().and_then(f)).collect::<Vec<_>>();
    let mut columns = vec![("train_loss", of(|m| Some(m.train.loss))), ("train_error", of(|m| Some(m.train.error)))];
    if view.values.iter().flatten().any(|m| m.test.is_some()) {
        columns.push(("test_loss", of(|m| m.test.map(|t| t.loss))));
        columns.push(("test_error", of(|m| m.test.map(|t| t.error))));
    }
    let fields: Vec<Field<'_>> = columns.iter().map(|(name, values)| Field { name, values }).collect();
    let table = export::Plane::new(&a, &b, &fields)?;
    let metadata = json!({
        "title": view.layout.title, "a": view.layout.a_label, "b": view.layout.b_label, "norms": view.layout.norms,
        "cosine": view.layout.cosine, "explained": view.layout.explained, "places": view.layout.places,
        "about": view.about,
    })
    .to_string();
    let on_surface = |p: &Place| [p.a, p.b, p.in_plane.unwrap_or(f64::NAN)];
    let points = view.layout.places.iter().map(on_surface).collect();
    let line = SurfacePath { name: "path".into(), color: run_color(0), points };
    let paths = if view.layout.is_path { vec![line] } else { vec![] };
    let height = Height { field: "train_loss", log10: log };
    match kind {
        "csv" => export::csv::write_plane(path, &table)?,
        "npz" => export::npz::write_plane(path, &table, &metadata)?,
        "vtp" => export::vtp::write(path, &table, &height, &metadata)?,
        _ => export::gltf::write(path, &table, &height, Colormap::default(), &paths, &metadata)?,
    }
    Ok(())
}
