//! A landscape with its rules as a scene in three dimensions.

use super::{
    picture::{height, is_inside, marker, picture},
    session::Session,
    view::Bounds,
};
use crate::{
    figure::{PlaneMark, PlanePath, Scale, colors::dynamics_color},
    scene::Scene,
};

/// Cells along the longer side.
const CELLS: f64 = 110.0;
/// Points of a path that are drawn.
const DRAWN: usize = 1500;

/// What is in view; `None` on a line, or where the bounds are no window.
pub fn scene(session: &Session, bounds: Bounds, scale: Scale) -> Option<Scene> {
    if session.is_line() {
        return None;
    }
    let mut picture = picture(session, bounds, CELLS, scale)?;
    for trail in session.trails() {
        let color = dynamics_color(trail.spec().kind);
        let step = trail.points().len().div_ceil(DRAWN).max(1);
        let last = trail.points().len() - 1;
        let kept = trail.points().iter().enumerate().filter(|(t, _)| t % step == 0 || *t == last);
        let point =
            |at: [f64; 2]| if is_inside(bounds, at) { [at[0], at[1], height(session, at)] } else { [f64::NAN; 3] };
        let points = kept.map(|(_, p)| point(p.at)).collect();
        picture.paths.push(PlanePath { name: trail.spec().kind.to_string(), color, points });
        let now = trail.now().at;
        if is_inside(bounds, now) {
            picture.markers.push(marker(session, "", now, PlaneMark::Checkpoint, color));
        }
    }
    Some(Scene::of(&picture))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::lab::setup::Setup, scene::Mesh, toy::surfaces::SurfaceSpec};

    #[test]
    fn paths_lie_on_the_landscape() {
        let mut session = Session::new(&Setup::default()).unwrap();
        (0..40).for_each(|_| session.step());
        let scene = scene(&session, [[-2.0, 2.0], [-2.0, 2.0]], Scale::Log10).unwrap();
        assert_eq!((scene.paths.len(), scene.paths[0].points.len()), (6, 41));
        for [x, y, value] in scene.paths.iter().flat_map(|p| &p.points) {
            assert_eq!(*value, session.surface().value(&[*x, *y]));
        }
        assert_eq!(scene.markers.len(), 2 + 1 + 6);
        assert!(Mesh::new(&scene).is_ok());
        let line = Session::new(&Setup::of(SurfaceSpec::Sextic {})).unwrap();
        assert!(super::scene(&line, [[0.0, 1.0], [0.0, 1.0]], Scale::Linear).is_none());
    }
}
