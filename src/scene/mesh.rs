//! The surface as triangles.

use super::{
    Scene, Space, Vector,
    error::{LARGEST, SceneError},
};

/// A grid of points in model space and the triangles between those that have a height.
///
/// Point (i, j) is at `a[i]`, `b[j]` and has number i + j·columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    space: Space,
    xs: Vec<f64>,
    ys: Vec<f64>,
    /// `None` is a hole.
    heights: Vec<Option<f64>>,
    holes: usize,
}

impl Mesh {
    /// Checks a scene and lays its surface out.
    ///
    /// # Errors
    /// When the axes do not grow, the values do not fill the plane, or none of them has a height.
    pub fn new(scene: &Scene) -> Result<Mesh, SceneError> {
        let (a, b, values) = (scene.a.len(), scene.b.len(), scene.values.len());
        if a < 2 || b < 2 {
            return Err(SceneError::TooFew { a, b });
        }
        if a > LARGEST || b > LARGEST {
            return Err(SceneError::TooMany { a, b });
        }
        if values != a * b {
            return Err(SceneError::Shape { a, b, values });
        }
        grows("a", &scene.a)?;
        grows("b", &scene.b)?;
        let space = Space::around(scene)?;
        let xs = scene.a.iter().map(|a| space.x(*a)).collect();
        let ys = scene.b.iter().map(|b| space.y(*b)).collect();
        let heights: Vec<Option<f64>> = scene.values.iter().map(|v| space.height(*v)).collect();
        let holes = heights.iter().filter(|h| h.is_none()).count();
        Ok(Mesh { space, xs, ys, heights, holes })
    }

    pub fn space(&self) -> &Space {
        &self.space
    }

    /// x of the columns.
    pub fn xs(&self) -> &[f64] {
        &self.xs
    }

    /// y of the rows.
    pub fn ys(&self) -> &[f64] {
        &self.ys
    }

    /// How many points have no height.
    pub fn holes(&self) -> usize {
        self.holes
    }

    /// Number of points.
    pub fn count(&self) -> usize {
        self.heights.len()
    }

    /// Column and row of a point.
    pub fn column_row(&self, point: usize) -> (usize, usize) {
        (point % self.xs.len(), point / self.xs.len())
    }

    /// A point in model space; `None` for a hole.
    pub fn point(&self, point: usize) -> Option<Vector> {
        let (i, j) = self.column_row(point);
        self.heights[point].map(|z| [self.xs[i], self.ys[j], z])
    }

    /// The triangles between columns i and i+1 and rows j and j+1 as numbers of points, counter-clockwise from above.
    ///
    /// A cell with one hole is one triangle, with more holes it is none. Of the two diagonals the more level one is
    /// taken, which follows ridges and valleys.
    pub fn cell(&self, i: usize, j: usize) -> [Option<[usize; 3]>; 2] {
        let n = self.xs.len();
        let [p, q, r, s] = [i + j * n, i + 1 + j * n, i + 1 + (j + 1) * n, i + (j + 1) * n];
        match [p, q, r, s].map(|k| self.heights[k]) {
            [Some(zp), Some(zq), Some(zr), Some(zs)] => {
                if (zp - zr).abs() <= (zq - zs).abs() {
                    [Some([p, q, r]), Some([p, r, s])]
                } else {
                    [Some([p, q, s]), Some([q, r, s])]
                }
            }
            [Some(_), Some(_), Some(_), None] => [Some([p, q, r]), None],
            [Some(_), Some(_), None, Some(_)] => [Some([p, q, s]), None],
            [Some(_), None, Some(_), Some(_)] => [Some([p, r, s]), None],
            [None, Some(_), Some(_), Some(_)] => [Some([q, r, s]), None],
            _ => [None, None],
        }
    }

    /// All triangles, three numbers of points each.
    pub fn indices(&self) -> Vec<u32> {
        let mut out = Vec::with_capacity(6 * self.count());
        for j in 0..self.ys.len() - 1 {
            for i in 0..self.xs.len() - 1 {
                // The number of points is at most LARGEST², which fits.
                out.extend(self.cell(i, j).into_iter().flatten().flatten().map(|k| k as u32));
            }
        }
        out
    }

    /// The upward unit normal at a point with a height: from the slopes through its neighbours along both axes, exact
    /// where the surface is a parabola between them. At a rim the slope is one-sided.
    pub fn normal(&self, point: usize) -> Option<Vector> {
        let (i, j) = self.column_row(point);
        let n = self.xs.len();
        let here = self.heights[point]?;
        let neighbour =
            |there: bool, k: usize, at: f64| there.then(|| self.heights[k]).flatten().map(|z| (z - here) / at);
        let left = neighbour(i > 0, point.wrapping_sub(1), step(&self.xs, i, -1));
        let right = neighbour(i + 1 < n, point + 1, step(&self.xs, i, 1));
        let below = neighbour(j > 0, point.wrapping_sub(n), step(&self.ys, j, -1));
        let above = neighbour(j + 1 < self.ys.len(), point + n, step(&self.ys, j, 1));
        let dx = slope(left, right, step(&self.xs, i, -1), step(&self.xs, i, 1));
        let dy = slope(below, above, step(&self.ys, j, -1), step(&self.ys, j, 1));
        Some(super::vector::unit([-dx, -dy, 1.0]))
    }
}

/// Distance from coordinate `k` to the next (+1) or the one before (−1, negative); 0 past the end.
fn step(axis: &[f64], k: usize, to: isize) -> f64 {
    k.checked_add_signed(to).and_then(|m| axis.get(m)).map_or(0.0, |there| there - axis[k])
}

/// The slope at the middle of three points from the slopes to its two neighbours, at signed distances `to_before` and
/// `to_after`.
fn slope(before: Option<f64>, after: Option<f64>, to_before: f64, to_after: f64) -> f64 {
    match (before, after) {
        (Some(s), Some(t)) => (s * to_after - t * to_before) / (to_after - to_before),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => 0.0,
    }
}

fn grows(axis: &'static str, values: &[f64]) -> Result<(), SceneError> {
    let wrong = |k: usize| !values[k].is_finite() || (k > 0 && values[k] <= values[k - 1]);
    match (0..values.len()).find(|k| wrong(*k)) {
        Some(index) => Err(SceneError::Axis { axis, index }),
        None => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A scene over [−1, 1]².
    pub fn scene(na: usize, nb: usize, f: impl Fn(f64, f64) -> f64) -> Scene {
        let axis = |n: usize| (0..n).map(|k| 2.0 * k as f64 / (n - 1) as f64 - 1.0).collect::<Vec<_>>();
        let (a, b) = (axis(na), axis(nb));
        let values = b.iter().flat_map(|y| a.iter().map(|x| f(*x, *y)).collect::<Vec<_>>()).collect();
        Scene {
            a,
            b,
            values,
            log: false,
            lut: std::array::from_fn(|k| [k as u8, 128, 255 - k as u8, 255]),
            paths: vec![],
            markers: vec![],
            a_label: "a".into(),
            b_label: "b".into(),
            value_label: "loss".into(),
            contours: 10,
        }
    }

    fn close(u: Vector, v: Vector) {
        assert!(u.iter().zip(v).all(|(a, b)| (a - b).abs() < 1e-12), "{u:?} is not {v:?}");
    }

    #[test]
    fn normals_of_a_plane_and_of_a_paraboloid_are_the_closed_form() {
        // Heights of values v are z = 0.6 (v − middle) / half range, x = a, y = b.
        let plane = Mesh::new(&scene(7, 5, |a, b| 0.3 * a - 0.2 * b)).unwrap();
        for k in 0..plane.count() {
            let s = 0.6 / 0.5;
            close(plane.normal(k).unwrap(), super::super::vector::unit([-0.3 * s, 0.2 * s, 1.0]));
        }
        let mut bent = scene(9, 9, |_, _| 0.0);
        // Uneven steps, and still exact inside.
        bent.a = vec![-1.0, -0.9, -0.5, -0.4, 0.0, 0.1, 0.6, 0.7, 1.0];
        let f = |a: f64, b: f64| a * a + 0.5 * b * b;
        bent.values = (0..81).map(|k| f(bent.a[k % 9], bent.b[k / 9])).collect();
        let mesh = Mesh::new(&bent).unwrap();
        let mut inside = 0;
        for k in 0..mesh.count() {
            let (i, j) = mesh.column_row(k);
            if (1..8).contains(&i) && (1..8).contains(&j) {
                let s = 1.2 / 1.5;
                let slopes = [-2.0 * bent.a[i] * s, -bent.b[j] * s, 1.0];
                close(mesh.normal(k).unwrap(), super::super::vector::unit(slopes));
                inside += 1;
            }
        }
        assert_eq!(inside, 49);
    }

    #[test]
    fn a_hole_takes_its_own_corner_of_four_cells() {
        let mut s = scene(3, 3, |a, b| a * b);
        let whole = Mesh::new(&s).unwrap();
        assert_eq!((whole.indices().len(), whole.holes()), (8 * 3, 0));
        s.values[4] = f64::NAN;
        let holed = Mesh::new(&s).unwrap();
        assert_eq!((holed.indices().len(), holed.holes()), (4 * 3, 1));
        assert!(!holed.indices().contains(&4));
        assert_eq!((holed.point(4), holed.normal(4)), (None, None));
        s.values[0] = f64::INFINITY;
        assert_eq!(Mesh::new(&s).unwrap().indices().len(), 3 * 3, "two holes in a cell leave nothing of it");
        s.values = vec![f64::NAN; 9];
        assert_eq!(Mesh::new(&s), Err(SceneError::Empty));
    }

    #[test]
    fn triangles_turn_counter_clockwise_and_cover_the_plane_once() {
        let mesh = Mesh::new(&scene(13, 8, |a, b| (3.0 * a).sin() * b + a)).unwrap();
        let mut area = 0.0;
        for t in mesh.indices().chunks(3) {
            let [p, q, r] = [t[0], t[1], t[2]].map(|k| mesh.point(k as usize).unwrap());
            let twice = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
            assert!(twice > 0.0);
            area += twice / 2.0;
        }
        assert!((area - 4.0).abs() < 1e-12, "{area}");
    }

    #[test]
    fn the_diagonal_follows_a_valley() {
        let mut s = scene(2, 2, |_, _| 0.0);
        s.values = vec![0.0, 1.0, 1.0, 0.0];
        assert_eq!(Mesh::new(&s).unwrap().cell(0, 0), [Some([0, 1, 3]), Some([0, 3, 2])]);
        s.values = vec![1.0, 0.0, 0.0, 1.0];
        s.values[0] = 2.0;
        assert_eq!(Mesh::new(&s).unwrap().cell(0, 0), [Some([0, 1, 2]), Some([1, 3, 2])]);
    }

    #[test]
    fn scenes_that_are_none_say_why() {
        let ok = scene(4, 3, |a, _| a);
        let with = |change: &dyn Fn(&mut Scene)| {
            let mut s = ok.clone();
            change(&mut s);
            Mesh::new(&s).unwrap_err().to_string()
        };
        assert_eq!(with(&|s| s.a = vec![0.0]), "a surface needs at least 2 × 2 points, this plane has 1 × 3");
        assert_eq!(with(&|s| s.values.truncate(11)), "11 values do not fill a plane of 4 × 3 points");
        assert!(with(&|s| s.b[2] = f64::NAN).starts_with("coordinate 2 of axis b"));
        assert!(with(&|s| s.a[1] = s.a[0]).starts_with("coordinate 1 of axis a"));
        assert!(
            with(&|s| s.a = (0..3000).map(f64::from).collect()).starts_with("a surface is drawn up to 2048 × 2048")
        );
    }
}
