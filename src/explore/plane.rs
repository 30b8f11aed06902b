//! Planes, measured coarse to fine.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    About, ExploreError, Job, PlaneOf, PlaneRequest, Progress, Setting, Window,
    subject::{read, short},
    sum::sum,
};
use crate::{
    checkpoint,
    net::State,
    objective::{Interrupt, Subset},
    probe::Evaluation,
    survey::{
        Axis, Frame, Grid, Identity, Node, Plane, PlaneFile, PlanePoint, ReadError, ThreePoints, Trajectory,
        principal_plane,
    },
};

/// Points measured between two looks at what else there is to do.
const STRIDE: usize = 12;

/// A checkpoint seen from the plane.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Place {
    pub name: String,
    pub a: f64,
    pub b: f64,
    /// Distance from the plane, in parameter space.
    pub off_plane: f64,
    /// Training loss at the checkpoint itself.
    pub loss: Option<f64>,
    /// Training loss at the nearest point of the plane.
    pub in_plane: Option<f64>,
}

/// How a plane lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// What it is, in words.
    pub title: String,
    pub a_label: String,
    pub b_label: String,
    pub grid: Grid,
    /// ‖u‖ and ‖v‖: what a coordinate of 1 is worth in parameter space.
    pub norms: [f64; 2],
    /// cos(u, v).
    pub cosine: f64,
    /// Shares of the path's variance along both axes.
    pub explained: Option<[f64; 2]>,
    /// Whether the places are a path, in order.
    pub is_path: bool,
    pub places: Vec<Place>,
}

/// A plane, before it is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneHead {
    pub about: About,
    pub layout: Layout,
    /// Points that the file had already.
    pub resumed: Vec<PlanePoint>,
}

/// What a step of a [`PlaneJob`] found.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaneFound {
    Points(Vec<PlanePoint>),
    /// A checkpoint's own loss, and the plane's nearest to it.
    Place {
        index: usize,
        loss: f64,
        in_plane: f64,
    },
}

/// How a point of the plane is made of points of parameter space.
enum Weights {
    /// origin, u, v
    Frame,
    /// A, B, C
    Corners(ThreePoints),
}

/// A plane in the making.
pub struct PlaneJob {
    pub setting: Setting,
    pub layout: Layout,
    pub plane: Plane,
    /// Points that the file had already.
    pub resumed: Vec<PlanePoint>,
    anchors: [State; 3],
    weights: Weights,
    sources: Vec<PathBuf>,
    /// Places whose losses are measured.
    placed: usize,
    test: bool,
    file: Option<PlaneFile>,
}

/// Geometry before the grid is chosen.
struct Site {
    title: String,
    labels: [String; 2],
    anchors: [State; 3],
    weights: Weights,
    frame: Frame,
    explained: Option<[f64; 2]>,
    places: Vec<Place>,
    sources: Vec<PathBuf>,
    is_path: bool,
    window: [[f64; 2]; 2],
}

impl PlaneJob {
    fn weights_at(&self, a: f64, b: f64) -> Vec<f64> {
        match &self.weights {
            Weights::Frame => vec![1.0, a, b],
            Weights::Corners(three) => three.weights(a, b).to_vec(),
        }
    }

    fn advance_places(&mut self) -> Result<PlaneFound, ExploreError> {
        let index = self.placed;
        let state = self.setting.state(&read(&self.sources[index])?)?;
        let loss = self.setting.objective.evaluate(&state, Subset::Train, self.setting.norm_mode)?.loss;
        let (a, b) = (self.layout.places[index].a, self.layout.places[index].b);
        let anchors: Vec<&State> = self.anchors.iter().collect();
        let in_plane = self.setting.measure(&anchors, &[self.weights_at(a, b)], false)?;
        let in_plane = in_plane.first().map_or(f64::NAN, |m| m.train.loss);
        let place = &mut self.layout.places[index];
        (place.loss, place.in_plane) = (Some(loss), Some(in_plane));
        self.placed += 1;
        Ok(PlaneFound::Place { index, loss, in_plane })
    }

    /// The measured point nearest to the middle, for a first impression.
    pub fn centre(&self) -> Option<Evaluation> {
        let node = Node { i: self.layout.grid.a().count() / 2, j: self.layout.grid.b().count() / 2 };
        self.plane.get(node).map(|m| m.train)
    }
}

impl Job for PlaneJob {
    type Request = PlaneRequest;
    type Head = PlaneHead;
    type Found = PlaneFound;

    const COUNTS: &'static str = "points";

    /// Goes on with a file that has some of the points.
    fn open(
        request: &PlaneRequest,
        interrupt: Interrupt,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<PlaneJob, ExploreError> {
        let (setting, site) = survey_site(request, interrupt, preparing)?;
        let grid = match request.window {
            Window::Axes { a, b } => Grid::new(a, b)?,
            Window::Auto { count } => {
                let [[left, right], [bottom, top]] = site.window;
                Grid::new(Axis::new(left, right, count)?, Axis::new(bottom, top, count)?)?
            }
        };
        let mut plane = Plane::new(grid);
        let (file, resumed) = match &request.record {
            Some(path) => {
                let identity = identity(request, &setting, &site, &grid);
                let (file, known) = PlaneFile::create_or_resume(path, &identity, &grid)?;
                for point in &known {
                    plane.record(point.node, point.measured);
                }
                (Some(file), known)
            }
            None => (None, Vec::new()),
        };
        let layout = Layout {
            title: site.title,
            a_label: site.labels[0].clone(),
            b_label: site.labels[1].clone(),
            grid,
            norms: site.frame.norms(),
            cosine: site.frame.cosine(),
            explained: site.explained,
            is_path: site.is_path,
            places: site.places,
        };
        Ok(PlaneJob {
            setting,
            layout,
            plane,
            resumed,
            anchors: site.anchors,
            weights: site.weights,
            sources: site.sources,
            placed: 0,
            test: request.test,
            file,
        })
    }

    fn head(&self) -> PlaneHead {
        PlaneHead { about: self.setting.about.clone(), layout: self.layout.clone(), resumed: self.resumed.clone() }
    }

    /// Measures a little: first the coarse grid, then the checkpoints, then the rest. `None` when all is done.
    fn advance(&mut self) -> Result<Option<PlaneFound>, ExploreError> {
        let coarse_done = self.plane.progress().0 >= self.plane.coarse_points();
        if coarse_done && self.placed < self.sources.len() {
            return self.advance_places().map(Some);
        }
        if self.plane.is_done() {
            return Ok(None);
        }
        let nodes: Vec<Node> = self.plane.next(STRIDE);
        let places: Vec<(f64, f64)> = nodes.iter().map(|node| self.layout.grid.at(*node)).collect();
        let weights: Vec<Vec<f64>> = places.iter().map(|(a, b)| self.weights_at(*a, *b)).collect();
        let anchors: Vec<&State> = self.anchors.iter().collect();
        let found = self.setting.measure(&anchors, &weights, self.test)?;
        let mut points = Vec::new();
        for (node, measured) in nodes.into_iter().zip(found) {
            self.plane.record(node, measured);
            points.push(PlanePoint { node, measured });
        }
        if let Some(file) = &mut self.file {
            file.record(&points)?;
        }
        Ok(Some(PlaneFound::Points(points)))
    }

    /// Points measured, of all.
    fn progress(&self) -> Progress {
        let (done, total) = self.plane.progress();
        Progress { done: done as u64, total: total as u64 }
    }

    fn given(&self) -> u64 {
        self.resumed.len() as u64
    }
}

fn survey_site(
    request: &PlaneRequest,
    interrupt: Interrupt,
    progress: &mut dyn FnMut(f64),
) -> Result<(Setting, Site), ExploreError> {
    match &request.of {
        PlaneOf::Random { centre, directions } => {
            let (setting, state) = scene_at(request, centre, interrupt)?;
            let frame = Frame::random(&state.theta, setting.objective.network().layout(), directions)?;
            let title = format!(
                "Around {}, {}-normalised random directions, seed {}",
                short(centre),
                directions.normalisation,
                directions.seed
            );
            let site = around(&setting, centre, state, frame, title, ["direction 0", "direction 1"]);
            Ok((setting, site))
        }
        PlaneOf::Given { centre, u, v } => {
            let (setting, state) = scene_at(request, centre, interrupt)?;
            let [du, dv] = [setting.direction(u)?, setting.direction(v)?];
            let frame = Frame::new(state.theta.clone(), du.theta, dv.theta)?;
            let title = format!("Around {}, directions {} and {}", short(centre), short(u), short(v));
            let site = around(&setting, centre, state, frame, title, [&short(u), &short(v)]);
            Ok((setting, site))
        }
        PlaneOf::Three { a, b, c, basis } => {
            let files = [read(a)?, read(b)?, read(c)?];
            let setting = Setting::open(&request.subject, &files[0], interrupt)?;
            let [sa, sb, sc] = [setting.state(&files[0])?, setting.state(&files[1])?, setting.state(&files[2])?];
            let three = ThreePoints::new(&sa.theta, &sb.theta, &sc.theta, *basis)?;
            let names = [short(a), short(b), short(c)];
            let place = |(name, [a, b]): (&String, [f64; 2])| Place::at(name.clone(), a, b, 0.0);
            let site = Site {
                title: format!("Through {}, {} and {}", names[0], names[1], names[2]),
                labels: axis_labels(*basis),
                window: three.window(0.25),
                frame: three.frame().clone(),
                places: names.iter().zip(three.places()).map(place).collect(),
                weights: Weights::Corners(three),
                anchors: [sa, sb, sc],
                explained: None,
                sources: vec![a.clone(), b.clone(), c.clone()],
                is_path: false,
            };
            Ok((setting, site))
        }
        PlaneOf::Principal { path } => principal(request, path, interrupt, progress),
    }
}

fn axis_labels(basis: crate::survey::Basis) -> [String; 2] {
    match basis {
        crate::survey::Basis::Orthonormal => ["distance along B − A", "distance beside it, towards C"],
        crate::survey::Basis::Plain => ["share of B − A", "share of C − A"],
    }
    .map(String::from)
}

fn scene_at(request: &PlaneRequest, centre: &Path, interrupt: Interrupt) -> Result<(Setting, State), ExploreError> {
    let file = read(centre)?;
    let setting = Setting::open(&request.subject, &file, interrupt)?;
    let state = setting.state(&file)?;
    Ok((setting, state))
}

fn around(setting: &Setting, centre: &Path, state: State, frame: Frame, title: String, labels: [&str; 2]) -> Site {
    let [u, v] = [frame.u(), frame.v()].map(|d| setting.along(d.to_vec()));
    Site {
        title,
        labels: labels.map(String::from),
        anchors: [state, u, v],
        weights: Weights::Frame,
        frame,
        explained: None,
        places: vec![Place::at(short(centre), 0.0, 0.0, 0.0)],
        sources: vec![centre.into()],
        is_path: false,
        window: [[-1.0, 1.0], [-1.0, 1.0]],
    }
}

fn principal(
    request: &PlaneRequest,
    path: &Path,
    interrupt: Interrupt,
    progress: &mut dyn FnMut(f64),
) -> Result<(Setting, Site), ExploreError> {
    let found = checkpoint::trajectory(path)?;
    let points: Vec<PathBuf> = found.points.iter().map(|p| p.path.clone()).collect();
    let Some(last) = points.last() else { return Err(ExploreError::EmptyPath { path: path.into() }) };
    let (mut setting, state) = scene_at(request, last, interrupt.clone())?;
    setting.about.notes.extend(found.notes);
    let mut reader = Files { setting: &setting, paths: &points, held: None };
    let principal = principal_plane(&mut reader, &mut |share| {
        progress(share);
        if interrupt.is_raised() { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    })?;
    let places = found.points.iter().zip(&principal.path);
    let places: Vec<Place> = places.map(|(p, at)| Place::at(p.name.clone(), at.a, at.b, at.off_plane)).collect();
    let [u, v] = [principal.frame.u(), principal.frame.v()].map(|d| setting.along(d.to_vec()));
    let percent = |i: usize| format!("principal component {} ({:.1} %)", i + 1, 100.0 * principal.explained[i]);
    let site = Site {
        title: format!("Path of {}, {} points", short(path), points.len()),
        labels: [percent(0), percent(1)],
        anchors: [state, u, v],
        weights: Weights::Frame,
        explained: Some(principal.explained),
        window: [spread(places.iter().map(|p| p.a)), spread(places.iter().map(|p| p.b))],
        frame: principal.frame,
        places,
        sources: points,
        is_path: true,
    };
    Ok((setting, site))
}

/// From the smallest to the largest value, and a quarter of that more on both sides.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let margin = 0.25 * (high - low);
    [low - margin, high + margin]
}

impl Place {
    fn at(name: String, a: f64, b: f64, off_plane: f64) -> Place {
        Place { name, a, b, off_plane, loss: None, in_plane: None }
    }
}

/// A path of checkpoint files, one of them in memory at a time.
struct Files<'a> {
    setting: &'a Setting,
    paths: &'a [PathBuf],
    held: Option<(usize, Vec<f32>)>,
}

impl Trajectory for Files<'_> {
    fn points(&self) -> usize {
        self.paths.len()
    }

    fn dimension(&self) -> usize {
        self.setting.objective.network().layout().len()
    }

    fn read(&mut self, point: usize, from: usize, into: &mut [f32]) -> Result<(), ReadError> {
        let held = match self.held.take() {
            Some((index, theta)) if index == point => theta,
            _ => self.setting.state(&read(&self.paths[point])?)?.theta,
        };
        into.copy_from_slice(&held[from..from + into.len()]);
        self.held = Some((point, held));
        Ok(())
    }
}

/// Everything that decides a plane's numbers.
fn identity(request: &PlaneRequest, setting: &Setting, site: &Site, grid: &Grid) -> Identity {
    let about = &setting.about;
    let anchors: Vec<String> = site.anchors.iter().map(sum).collect();
    let data = serde_json::to_value(&request.subject.data).unwrap_or_default();
    Identity(json!({
        "title": site.title,
        "net": about.net,
        "data": data,
        "train_count": about.train_count,
        "test_count": about.test_count,
        "loss": about.loss,
        "bn": request.subject.norm_mode.to_string(),
        "seed": request.subject.seed,
        "test": request.test,
        "a": [grid.a().start(), grid.a().end(), grid.a().count()],
        "b": [grid.b().start(), grid.b().end(), grid.b().count()],
        "anchors": anchors,
    }))
}
