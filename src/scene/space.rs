//! How data becomes model space, and back.

use super::{Scene, SceneError, Vector};

/// Half the length of the longer side of the plane.
const HALF: f64 = 1.0;
/// Half the height of the box: the surface is 0.6 times as high as the plane is wide.
const HALF_HEIGHT: f64 = 0.6;
/// The shorter side of the plane is drawn at least this long relative to the longer one.
const NARROWEST: f64 = 0.5;

/// A box around a scene: the ranges of the data and the half lengths of their sides in model space.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    a: (f64, f64),
    b: (f64, f64),
    /// Lowest and highest of everything drawn, on the scale of the heights.
    height: (f64, f64),
    /// Lowest and highest of the surface alone, on the scale of the heights: the ends of its colours.
    surface: (f64, f64),
    log: bool,
    half: Vector,
}

impl Space {
    /// The box around the surface, its paths and markers.
    ///
    /// Both directions are drawn on one scale, unless one is less than half as long as the other.
    ///
    /// # Errors
    /// When no value can be shown.
    pub fn around(scene: &Scene) -> Result<Space, SceneError> {
        let surface = range(scene.values.iter().filter_map(|v| scaled(*v, scene.log)));
        let surface = surface.ok_or(if scene.log { SceneError::EmptyLog } else { SceneError::Empty })?;
        let points = scene.paths.iter().flat_map(|p| &p.points).map(|p| p[2]);
        let above = points.chain(scene.markers.iter().map(|m| m.height)).filter_map(|v| scaled(v, scene.log));
        let height = range(above.chain([surface.0, surface.1])).unwrap_or(surface);
        let ends = |axis: &[f64]| (axis.first().copied().unwrap_or(0.0), axis.last().copied().unwrap_or(0.0));
        let (a, b) = (ends(&scene.a), ends(&scene.b));
        let (wide, deep) = (a.1 - a.0, b.1 - b.0);
        let side = |own: f64| HALF * (own / wide.max(deep)).max(NARROWEST);
        Ok(Space { a, b, height, surface, log: scene.log, half: [side(wide), side(deep), HALF_HEIGHT] })
    }

    /// Half the lengths of the box; its centre is the origin.
    pub fn half(&self) -> Vector {
        self.half
    }

    /// Whether heights are log₁₀ of the values.
    pub fn log(&self) -> bool {
        self.log
    }

    /// The range of an axis in data, 0 and 1 for the directions; 2 for the values, which are on their own scale.
    pub fn range(&self, axis: usize) -> (f64, f64) {
        let value = |h: f64| if self.log { 10f64.powf(h) } else { h };
        [self.a, self.b, (value(self.height.0), value(self.height.1))][axis]
    }

    /// The values at the two ends of the colours.
    pub fn color_range(&self) -> (f64, f64) {
        let value = |h: f64| if self.log { 10f64.powf(h) } else { h };
        (value(self.surface.0), value(self.surface.1))
    }

    /// The two ends of the colours as z.
    pub fn color_z(&self) -> (f64, f64) {
        (self.z(self.surface.0), self.z(self.surface.1))
    }

    /// Where a value stands between the ends of the colours, from 0 to 1; `None` if it has no height.
    pub fn color_share(&self, value: f64) -> Option<f64> {
        scaled(value, self.log).map(|h| share(h, self.surface))
    }

    pub fn x(&self, a: f64) -> f64 {
        (2.0 * share(a, self.a) - 1.0) * self.half[0]
    }

    pub fn y(&self, b: f64) -> f64 {
        (2.0 * share(b, self.b) - 1.0) * self.half[1]
    }

    /// Where a height on the scale stands; a surface that is all level is half way up.
    fn z(&self, height: f64) -> f64 {
        (2.0 * share(height, self.height) - 1.0) * self.half[2]
    }

    /// z of a value; `None` for what has no height: not finite, or not positive on a logarithmic scale.
    pub fn height(&self, value: f64) -> Option<f64> {
        scaled(value, self.log).map(|h| self.z(h))
    }

    /// (a, b, value) in model space; `None` where one of them is not finite or has no height.
    pub fn place(&self, [a, b, value]: [f64; 3]) -> Option<Vector> {
        let z = self.height(value)?;
        (a.is_finite() && b.is_finite()).then(|| [self.x(a), self.y(b), z])
    }
}

/// A value on the scale of the heights.
fn scaled(value: f64, log: bool) -> Option<f64> {
    let height = if log { value.log10() } else { value };
    // The logarithm of what is not positive is NaN or −∞.
    height.is_finite().then_some(height)
}

/// Where x is in a range, 0 to 1. Halves first: the width of a range may overflow.
fn share(x: f64, (from, to): (f64, f64)) -> f64 {
    if from == to { 0.5 } else { (x / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0) }
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .fold(None, |range: Option<(f64, f64)>, v| Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v)))))
}

#[cfg(test)]
mod tests {
    use super::{super::mesh::tests::scene, *};

    #[test]
    fn corners_go_to_the_corners_of_the_box() {
        let mut s = scene(3, 3, |a, b| a + b);
        s.b = vec![-1.0, 0.0, 2.0];
        s.values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 11.0];
        let space = Space::around(&s).unwrap();
        // a is 2 long, b is 3: one scale for both.
        assert_eq!(space.half(), [2.0 / 3.0, 1.0, 0.6]);
        assert_eq!(space.place([-1.0, -1.0, 1.0]), Some([-2.0 / 3.0, -1.0, -0.6]));
        assert_eq!(space.place([1.0, 2.0, 11.0]), Some([2.0 / 3.0, 1.0, 0.6]));
        assert_eq!(space.place([0.0, 0.5, 6.0]), Some([0.0, 0.0, 0.0]));
        assert_eq!(space.place([0.0, 0.0, f64::NAN]), None);
        s.a = vec![0.0, 1e-3, 2e-3];
        assert_eq!(Space::around(&s).unwrap().half(), [0.5, 1.0, 0.6], "a narrow strip is widened");
    }

    #[test]
    fn a_logarithm_has_even_decades_and_no_place_for_zero() {
        let mut s = scene(2, 2, |_, _| 0.0);
        s.log = true;
        assert_eq!(Space::around(&s), Err(SceneError::EmptyLog));
        s.values = vec![0.01, 1.0, 100.0, -3.0];
        let space = Space::around(&s).unwrap();
        let z = |v| space.height(v).unwrap();
        assert!((z(0.1) + 0.3).abs() < 1e-12 && (z(10.0) - 0.3).abs() < 1e-12 && z(1.0).abs() < 1e-12);
        assert_eq!((space.height(0.0), space.height(-1.0), space.height(f64::INFINITY)), (None, None, None));
        let (low, high) = space.color_range();
        assert!((low - 0.01).abs() < 1e-15 && (high - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_path_above_the_surface_fits_in_the_box_and_keeps_the_colours() {
        let mut s = scene(2, 2, |a, _| a);
        let (name, color) = (String::new(), crate::figure::colors::SGD);
        s.paths.push(crate::figure::PlanePath { name, color, points: vec![[0.0, 0.0, 3.0]] });
        let space = Space::around(&s).unwrap();
        assert_eq!(space.range(2), (-1.0, 3.0));
        assert_eq!(space.color_range(), (-1.0, 1.0));
        assert_eq!(space.color_share(0.0), Some(0.5));
        assert_eq!(space.height(3.0), Some(0.6));
    }

    #[test]
    fn huge_and_level_surfaces_have_heights() {
        let huge = scene(2, 2, |a, _| a * f64::MAX);
        assert_eq!(Space::around(&huge).unwrap().height(0.0), Some(0.0));
        let level = scene(2, 2, |_, _| 7.0);
        assert_eq!(Space::around(&level).unwrap().height(7.0), Some(0.0));
    }
}
