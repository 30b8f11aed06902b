//! A landscape with its rules as a scene in three dimensions.

use super::{map, session::Session, view::Bounds};
use crate::{
    figure::{Color, Colormap, Scale, colors::dynamics_color},
    scene::{MarkerKind, Scene, SceneMarker, ScenePath},
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
    let sides = bounds.map(|[low, high]| high - low);
    let cells = sides.map(|side| ((side / sides[0].max(sides[1]) * CELLS) as usize).max(12));
    let heat = map::heat(session, bounds, cells, scale)?;
    let values: Vec<f64> = heat.grid.values().iter().map(|v| v.unwrap_or(f64::NAN)).collect();
    let inside =
        |[x, y]: [f64; 2]| (bounds[0][0]..=bounds[0][1]).contains(&x) && (bounds[1][0]..=bounds[1][1]).contains(&y);
    let (mut paths, mut markers) = (Vec::new(), Vec::new());
    let cut = session.cut();
    let height = |at: [f64; 2]| session.surface().value(&cut.lift(at));
    let marker = |at: [f64; 2], name: &str, kind, color| {
        let (a, b, value) = (at[0], at[1], height(at));
        SceneMarker { a, b, value, name: name.into(), kind, color }
    };
    let white = Color { r: 255, g: 255, b: 255 };
    for minimum in &session.about().minima {
        let at = cut.place(&minimum.at);
        if inside(at) {
            markers.push(marker(at, minimum.name, MarkerKind::Minimum, white));
        }
    }
    let start = cut.place(session.start());
    if inside(start) {
        markers.push(marker(start, "start", MarkerKind::Init, white));
    }
    for trail in session.trails() {
        let color = dynamics_color(trail.spec().kind);
        let step = trail.points().len().div_ceil(DRAWN).max(1);
        let last = trail.points().len() - 1;
        let kept = trail.points().iter().enumerate().filter(|(t, _)| t % step == 0 || *t == last);
        let point = |at: [f64; 2]| if inside(at) { [at[0], at[1], height(at)] } else { [f64::NAN; 3] };
        paths.push(ScenePath { points: kept.map(|(_, p)| point(p.at)).collect(), color });
        let now = trail.now().at;
        if inside(now) {
            markers.push(marker(now, "", MarkerKind::Point, color));
        }
    }
    let [a_label, b_label] = cut.labels();
    Some(Scene {
        a: heat.grid.a().to_vec(),
        b: heat.grid.b().to_vec(),
        values,
        log: scale == Scale::Log10,
        lut: Colormap::default().lut(),
        paths,
        markers,
        a_label,
        b_label,
        value_label: "L(w)".into(),
        contours: 14,
    })
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
