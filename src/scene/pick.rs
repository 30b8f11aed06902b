//! What is under the pointer.

use super::{
    Mesh, Ray, Scene, Vector,
    vector::{along, cross, dot, minus},
};

/// A measured point of a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Column and row of the grid point nearest to where the ray meets the surface.
    pub i: usize,
    pub j: usize,
    /// Its coordinates and its value, as measured.
    pub a: f64,
    pub b: f64,
    pub value: f64,
    /// Where it is in model space.
    pub place: Vector,
    /// Where the ray meets the surface.
    pub hit: Vector,
}

/// Slack at the edges of triangles, so that a ray at a seam meets one of the two.
const SLACK: f64 = 1e-9;

/// The first point of the surface that a ray meets: walks through the cells under the ray, a few hundred at most.
pub fn pick(scene: &Scene, mesh: &Mesh, ray: &Ray) -> Option<Pick> {
    let (from, to) = inside(mesh, ray)?;
    let start = along(ray.origin, from, ray.direction);
    let mut cell = [cell_of(mesh.xs(), start[0]), cell_of(mesh.ys(), start[1])];
    loop {
        // The ray may run along a seam, where rounding decides which side it is on: look at the neighbours too.
        let hit = around(cell, mesh)
            .flat_map(|(i, j)| mesh.cell(i, j))
            .flatten()
            .filter_map(|corners| meet(mesh, corners, ray).map(|t| (t, corners)))
            .min_by(|x, y| x.0.total_cmp(&y.0));
        if let Some((t, corners)) = hit {
            return measured(scene, mesh, corners, along(ray.origin, t, ray.direction));
        }
        cell = next(cell, mesh, ray, to)?;
    }
}

/// The stretch of a ray inside the box, in distances from its origin.
fn inside(mesh: &Mesh, ray: &Ray) -> Option<(f64, f64)> {
    let (mut from, mut to) = (0.0f64, f64::INFINITY);
    for (k, half) in mesh.space().half().into_iter().enumerate() {
        let (low, high) = (-half - SLACK, half + SLACK);
        let (o, d) = (ray.origin[k], ray.direction[k]);
        if d == 0.0 {
            if !(low..=high).contains(&o) {
                return None;
            }
        } else {
            let (s, t) = ((low - o) / d, (high - o) / d);
            from = from.max(s.min(t));
            to = to.min(s.max(t));
        }
    }
    (from <= to).then_some((from, to))
}

/// The cell that a coordinate is in.
fn cell_of(axis: &[f64], x: f64) -> usize {
    axis.partition_point(|v| *v <= x).saturating_sub(1).min(axis.len() - 2)
}

/// A cell and those that share a side or a corner with it.
fn around([i, j]: [usize; 2], mesh: &Mesh) -> impl Iterator<Item = (usize, usize)> {
    let side = |k: usize, points: usize| k.saturating_sub(1)..=(k + 1).min(points - 2);
    let (columns, rows) = (side(i, mesh.xs().len()), side(j, mesh.ys().len()));
    rows.flat_map(move |j| columns.clone().map(move |i| (i, j)))
}

/// The cell that a ray enters when it leaves this one.
fn next(cell: [usize; 2], mesh: &Mesh, ray: &Ray, to: f64) -> Option<[usize; 2]> {
    let leaves = [mesh.xs(), mesh.ys()].into_iter().enumerate().filter_map(|(k, axis)| {
        let d = ray.direction[k];
        let forward = d > 0.0;
        let wall = axis[if forward { cell[k] + 1 } else { cell[k] }];
        let entered = if forward { cell[k] + 1 } else { cell[k].checked_sub(1)? };
        (d != 0.0 && entered + 1 < axis.len()).then(|| ((wall - ray.origin[k]) / d, k, entered))
    });
    let (t, k, entered) = leaves.min_by(|x, y| x.0.total_cmp(&y.0))?;
    let mut entering = cell;
    entering[k] = entered;
    (t <= to).then_some(entering)
}

/// The distance at which a ray meets a triangle (Möller and Trumbore, 1997).
fn meet(mesh: &Mesh, corners: [usize; 3], ray: &Ray) -> Option<f64> {
    let [p, q, r] = corners.map(|k| mesh.point(k));
    let (p, q, r) = (p?, q?, r?);
    let (side, other) = (minus(q, p), minus(r, p));
    let h = cross(ray.direction, other);
    let determinant = dot(side, h);
    if determinant == 0.0 {
        return None;
    }
    let s = minus(ray.origin, p);
    let u = dot(s, h) / determinant;
    let n = cross(s, side);
    let v = dot(ray.direction, n) / determinant;
    let t = dot(other, n) / determinant;
    (u >= -SLACK && v >= -SLACK && u + v <= 1.0 + SLACK && t > 0.0).then_some(t)
}

/// The corner of a triangle that is nearest to a place on it.
fn measured(scene: &Scene, mesh: &Mesh, corners: [usize; 3], hit: Vector) -> Option<Pick> {
    let far = |p: Vector| dot(minus(p, hit), minus(p, hit));
    let points = corners.into_iter().filter_map(|k| mesh.point(k).map(|p| (k, p)));
    let (point, place) = points.min_by(|x, y| far(x.1).total_cmp(&far(y.1)))?;
    let (i, j) = mesh.column_row(point);
    Some(Pick { i, j, a: scene.a[i], b: scene.b[j], value: scene.values[point], place, hit })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Camera, mesh::tests::scene},
        *,
    };

    const SIZE: (f64, f64) = (900.0, 600.0);

    /// Every triangle, without any walking.
    fn all(mesh: &Mesh, ray: &Ray) -> Option<f64> {
        let triangles = mesh.indices();
        let hits = triangles.chunks(3).filter_map(|t| meet(mesh, [0, 1, 2].map(|k| t[k] as usize), ray));
        hits.min_by(f64::total_cmp)
    }

    #[test]
    fn what_is_seen_at_a_vertex_is_that_vertex() {
        let mut s = scene(17, 12, |a, b| (2.0 * a).sin() + b * b);
        s.a = s.a.iter().map(|a| a + 0.2 * a * a * a).collect();
        s.values[40] = f64::NAN;
        s.log = false;
        let mesh = Mesh::new(&s).unwrap();
        let mut turned = Camera::default();
        turned.orbit(1.0, 0.5);
        turned.zoom(2.0);
        turned.pan((60.0, -30.0), SIZE);
        let mut seen = 0;
        for camera in [Camera::default(), Camera::top(), turned] {
            for k in 0..mesh.count() {
                let Some(p) = mesh.point(k) else { continue };
                let ray = camera.ray(camera.project(p, SIZE).unwrap(), SIZE);
                let found = pick(&s, &mesh, &ray).expect("the ray goes through the surface");
                let distance = dot(minus(p, ray.origin), ray.direction);
                let first = all(&mesh, &ray).unwrap();
                if first < distance - 1e-6 {
                    // Something else is in front of the vertex.
                    assert!(dot(minus(found.hit, ray.origin), ray.direction) < distance - 1e-6);
                    continue;
                }
                seen += 1;
                assert_eq!((found.i, found.j), mesh.column_row(k));
                assert_eq!((found.a, found.b, found.value), (s.a[found.i], s.b[found.j], s.values[k]));
                assert!(minus(found.place, p).iter().all(|d| *d == 0.0));
                assert!(minus(found.hit, p).iter().all(|d| d.abs() < 1e-6));
            }
        }
        assert!(seen > 400, "only {seen} vertices are seen");
    }

    #[test]
    fn walking_finds_what_looking_everywhere_finds() {
        let mut s = scene(40, 31, |a, b| (5.0 * a).sin() * (4.0 * b).cos());
        (0..1240).step_by(17).for_each(|k| s.values[k] = f64::NAN);
        let mesh = Mesh::new(&s).unwrap();
        let mut camera = Camera::default();
        let (mut hits, mut misses) = (0, 0);
        for view in 0..6 {
            camera.orbit(1.1, if view % 2 == 0 { 0.35 } else { -0.6 });
            for k in 0..400 {
                let at = (f64::from(k % 20) * 45.0 + 3.7, f64::from(k / 20) * 30.0 + 1.3);
                let ray = camera.ray(at, SIZE);
                match (pick(&s, &mesh, &ray), all(&mesh, &ray)) {
                    (Some(found), Some(t)) => {
                        assert!((dot(minus(found.hit, ray.origin), ray.direction) - t).abs() < 1e-9);
                        hits += 1;
                    }
                    (None, None) => misses += 1,
                    (one, other) => panic!("view {view}, {at:?}: {one:?} but {other:?}"),
                }
            }
        }
        assert!(hits > 300 && misses > 300, "{hits} hits, {misses} misses");
    }

    #[test]
    fn nothing_is_found_beside_the_surface_or_through_a_hole() {
        let mut s = scene(5, 5, |a, b| a * a + b * b);
        s.values[12] = f64::NAN;
        let mesh = Mesh::new(&s).unwrap();
        let down = |x, y| Ray { origin: [x, y, 5.0], direction: [0.0, 0.0, -1.0] };
        assert!(pick(&s, &mesh, &down(0.0, 0.0)).is_none(), "the hole in the middle");
        assert!(pick(&s, &mesh, &down(1.2, 0.0)).is_none() && pick(&s, &mesh, &down(0.0, -1.1)).is_none());
        let up = Ray { origin: [0.5, 0.5, 5.0], direction: [0.0, 0.0, 1.0] };
        assert!(pick(&s, &mesh, &up).is_none(), "the surface is behind the ray");
        // (a² + b² from 0.25 to 2) at a corner: the top of the box.
        let corner = pick(&s, &mesh, &down(1.0, 1.0)).unwrap();
        assert_eq!((corner.i, corner.j, corner.value), (4, 4, 2.0));
        assert!((corner.hit[2] - 0.6).abs() < 1e-12);
    }
}
