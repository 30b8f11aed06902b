//! Planes, measured coarse to fine.

mod identity;
mod place;
mod request;
mod row;
mod site;

use std::path::PathBuf;

pub use place::Place;
pub use request::{PlaneOf, PlaneRequest, Window};
use site::{Site, Weights};

use super::{About, Context, Eigenvector, ExploreError, Job, Progress, Setting, sum::sum};
use crate::{
    net::State,
    objective::Subset,
    probe::Evaluation,
    record::Record,
    survey::{Axis, Grid, Node, Plane, PlanePoint},
};

/// Points measured between two looks at what else there is to do.
const STRIDE: usize = 12;

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
    /// The eigenvectors that both directions are; none where they are others.
    pub eigen: Vec<Eigenvector>,
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
    record: Option<Record<PlanePoint>>,
}

impl PlaneJob {
    fn advance_places(&mut self) -> Result<PlaneFound, ExploreError> {
        let index = self.placed;
        let state = self.setting.state(&self.setting.read(&self.sources[index])?)?;
        let loss = self.setting.objective.evaluate(&state, Subset::Train, self.setting.norm_mode)?.loss;
        let (a, b) = (self.layout.places[index].a, self.layout.places[index].b);
        let anchors: Vec<&State> = self.anchors.iter().collect();
        let in_plane = self.setting.measure(&anchors, &[self.weights.at(a, b)], false)?;
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
        context: impl Into<Context>,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<PlaneJob, ExploreError> {
        let of = request.of()?;
        let (mut setting, site) = Site::survey(request, &of, context.into(), preparing)?;
        let grid = match request.window() {
            Window::Axes { a, b } => Grid::new(a, b)?,
            Window::Auto { count } => {
                let [[left, right], [bottom, top]] = site.window;
                Grid::new(Axis::new(left, right, count)?, Axis::new(bottom, top, count)?)?
            }
        };
        let anchors: Vec<&State> = site.anchors.iter().collect();
        let nodes = (0..grid.b().count()).flat_map(|j| (0..grid.a().count()).map(move |i| Node { i, j }));
        let points = nodes.map(|node| grid.at(node));
        setting.limited(&anchors, |a, b| site.weights.at(a, b), points);
        let mut plane = Plane::new(grid);
        let (record, resumed) = match &request.record {
            Some(path) => {
                let sums: Vec<String> = site.anchors.iter().map(sum).collect();
                let decisive = identity::decisive(request, &of, &setting.about, &setting.loaded, &sums)?;
                let settle = |stored| decisive.settled(stored);
                let (record, known) =
                    Record::<PlanePoint>::create_or_resume(path, &decisive.identity(), &grid, settle)?;
                for PlanePoint { node, measured } in &known {
                    plane.record(*node, *measured);
                }
                (Some(record), known)
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
            eigen: site.eigen,
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
            record,
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
        let weights: Vec<Vec<f64>> = places.iter().map(|(a, b)| self.weights.at(*a, *b)).collect();
        let anchors: Vec<&State> = self.anchors.iter().collect();
        let found = self.setting.measure(&anchors, &weights, self.test)?;
        let mut points = Vec::new();
        for (node, measured) in nodes.into_iter().zip(found) {
            self.plane.record(node, measured);
            points.push(PlanePoint { node, measured });
        }
        if let Some(record) = &mut self.record {
            record.append(&points)?;
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
