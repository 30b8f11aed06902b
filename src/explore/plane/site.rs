//! Where a plane lies: its anchors, directions and checkpoints, before its grid is chosen.

use std::path::{Path, PathBuf};

use super::{
    place::Place,
    request::{PlaneOf, PlaneRequest},
};
use crate::{
    checkpoint,
    explore::{
        Context, Eigenvector, ExploreError, PlaneRequestError, Setting, eigen,
        subject::{read, short, told_apart},
    },
    net::State,
    survey::{Basis, Frame, ReadError, ThreePoints, Trajectory, principal_plane},
};

/// How a point of the plane is made of points of parameter space.
pub(super) enum Weights {
    /// origin, u, v
    Frame,
    /// A, B, C
    Corners(ThreePoints),
}

impl Weights {
    /// Those of the anchors at a point of the plane.
    pub fn at(&self, a: f64, b: f64) -> Vec<f64> {
        match self {
            Weights::Frame => vec![1.0, a, b],
            Weights::Corners(three) => three.weights(a, b).to_vec(),
        }
    }
}

/// Geometry before the grid is chosen.
pub(super) struct Site {
    pub title: String,
    pub labels: [String; 2],
    pub anchors: [State; 3],
    pub weights: Weights,
    pub frame: Frame,
    pub explained: Option<[f64; 2]>,
    /// Those that the directions are.
    pub eigen: Vec<Eigenvector>,
    pub places: Vec<Place>,
    pub sources: Vec<PathBuf>,
    pub is_path: bool,
    pub window: [[f64; 2]; 2],
}

impl Site {
    /// Reads the files of a request and finds out how its plane lies; `of` is [`PlaneRequest::of`].
    ///
    /// # Errors
    /// Files, data, network or device that do not fit, with what to do about it.
    pub fn survey(
        request: &PlaneRequest,
        of: &PlaneOf,
        context: Context,
        progress: &mut dyn FnMut(f64),
    ) -> Result<(Setting, Site), ExploreError> {
        match of {
            PlaneOf::Random { centre, directions } => {
                let (setting, state) = scene_at(request, centre, context)?;
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
                let (setting, state) = scene_at(request, centre, context)?;
                let [du, dv] = [setting.direction(u)?, setting.direction(v)?];
                let frame = Frame::new(state.theta.clone(), du.theta, dv.theta)?;
                let title = format!("Around {}, directions {} and {}", short(centre), short(u), short(v));
                let site = around(&setting, centre, state, frame, title, [&short(u), &short(v)]);
                Ok((setting, site))
            }
            PlaneOf::Eigen { centre, spec, seed } => {
                let (mut setting, state) = scene_at(request, centre, context)?;
                let (eigen, directions): (Vec<Eigenvector>, Vec<Vec<f32>>) =
                    eigen::search(&mut setting, &state, spec, *seed, progress)?.into_iter().unzip();
                let ([first, second], Ok([u, v])) = (&eigen[..], <[Vec<f32>; 2]>::try_from(directions)) else {
                    return Err(PlaneRequestError::Eigenvectors.into());
                };
                let frame = Frame::new(state.theta.clone(), u, v)?;
                let title =
                    format!("Around {}, eigenvectors {} and {} of the Hessian", short(centre), first.rank, second.rank);
                let labels = [first.name(), second.name()];
                let site = around(&setting, centre, state, frame, title, [&labels[0], &labels[1]]);
                Ok((setting, Site { eigen, ..site }))
            }
            PlaneOf::Three { a, b, c, basis } => {
                let files = [read(a)?, read(b)?, read(c)?];
                let setting = Setting::open(&request.subject, &files[0], context)?;
                let [sa, sb, sc] = [setting.state(&files[0])?, setting.state(&files[1])?, setting.state(&files[2])?];
                let three = ThreePoints::new(&sa.theta, &sb.theta, &sc.theta, *basis)?;
                let names = told_apart([a, b, c]);
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
                    eigen: vec![],
                    sources: vec![a.clone(), b.clone(), c.clone()],
                    is_path: false,
                };
                Ok((setting, site))
            }
            PlaneOf::Principal { path } => principal(request, path, context, progress),
        }
    }
}

fn axis_labels(basis: Basis) -> [String; 2] {
    match basis {
        Basis::Orthonormal => ["distance along B − A", "distance beside it, towards C"],
        Basis::Plain => ["share of B − A", "share of C − A"],
    }
    .map(String::from)
}

fn scene_at(request: &PlaneRequest, centre: &Path, context: Context) -> Result<(Setting, State), ExploreError> {
    let file = read(centre)?;
    let setting = Setting::open(&request.subject, &file, context)?;
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
        eigen: vec![],
        places: vec![Place::at(short(centre), 0.0, 0.0, 0.0)],
        sources: vec![centre.into()],
        is_path: false,
        window: [[-1.0, 1.0], [-1.0, 1.0]],
    }
}

fn principal(
    request: &PlaneRequest,
    path: &Path,
    context: Context,
    progress: &mut dyn FnMut(f64),
) -> Result<(Setting, Site), ExploreError> {
    let found = checkpoint::trajectory(path)?;
    let points: Vec<PathBuf> = found.points.iter().map(|p| p.path.clone()).collect();
    let Some(last) = points.last() else { return Err(ExploreError::EmptyPath { path: path.into() }) };
    let (mut setting, state) = scene_at(request, last, context.clone())?;
    setting.about.notes.extend(found.notes);
    let mut reader = Files { setting: &setting, paths: &points, held: None };
    let principal = principal_plane(&mut reader, &mut |share| {
        progress(share);
        if context.interrupt.is_raised() {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
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
        eigen: vec![],
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
            _ => self.setting.state(&self.setting.read(&self.paths[point])?)?.theta,
        };
        into.copy_from_slice(&held[from..from + into.len()]);
        self.held = Some((point, held));
        Ok(())
    }
}
