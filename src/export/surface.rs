//! A plane as a surface of triangles.

use super::{ExportError, Field, Plane};

/// What makes the height of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Height<'a> {
    /// Name of a field.
    pub field: &'a str,
    /// Its decimal logarithm; values at or below 0 then have no height.
    pub log10: bool,
}

/// Triangles over the points that have a height. A cell of the grid has two triangles, one if one of its four points is
/// missing, none if more are. Points of no triangle are left out.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    /// The field that makes the height.
    pub field: Field<'a>,
    /// Number of the point in the plane's fields.
    pub points: Vec<usize>,
    /// `[a, b, height]` of every one of `points`.
    pub positions: Vec<[f64; 3]>,
    /// Indices into `points`, anticlockwise seen from above.
    pub triangles: Vec<[u32; 3]>,
}

impl Height<'_> {
    /// Height of a value; `None` when it has none.
    pub(super) fn of(&self, value: f64) -> Option<f64> {
        let height = match self.log10 {
            true if value <= 0.0 => return None,
            true => value.log10(),
            false => value,
        };
        height.is_finite().then_some(height)
    }
}

impl<'a> Surface<'a> {
    /// # Errors
    /// When the plane has no such field. A surface without triangles is not an error here.
    pub fn new(plane: &Plane<'a>, height: &Height<'_>) -> Result<Surface<'a>, ExportError> {
        let field = plane.field(height.field)?;
        let heights: Vec<Option<f64>> = field.values.iter().map(|v| v.and_then(|v| height.of(v))).collect();
        let (a, b) = (plane.a(), plane.b());
        let mut corners: Vec<[usize; 3]> = Vec::new();
        for j in 1..b.len() {
            for i in 1..a.len() {
                let low = (j - 1) * a.len() + i - 1;
                let high = low + a.len();
                corners.extend(triangles([low, low + 1, high + 1, high], &heights));
            }
        }
        let mut index = vec![None; heights.len()];
        let mut surface = Surface { field, points: vec![], positions: vec![], triangles: vec![] };
        for triangle in corners {
            surface.triangles.push(triangle.map(|k| {
                *index[k].get_or_insert_with(|| {
                    surface.points.push(k);
                    let at = [a[k % a.len()], b[k / a.len()], heights[k].unwrap_or_default()];
                    surface.positions.push(at);
                    (surface.points.len() - 1) as u32
                })
            }));
        }
        Ok(surface)
    }
}

/// The triangles of a cell with these corners, anticlockwise.
fn triangles([p, q, r, s]: [usize; 4], heights: &[Option<f64>]) -> Vec<[usize; 3]> {
    match [p, q, r, s].map(|k| heights[k]) {
        // Along the flatter diagonal, so that a ridge or a ditch along it is not cut into teeth.
        [Some(hp), Some(hq), Some(hr), Some(hs)] if (hp - hr).abs() <= (hq - hs).abs() => vec![[p, q, r], [p, r, s]],
        [Some(_), Some(_), Some(_), Some(_)] => vec![[p, q, s], [q, r, s]],
        [None, Some(_), Some(_), Some(_)] => vec![[q, r, s]],
        [Some(_), None, Some(_), Some(_)] => vec![[p, r, s]],
        [Some(_), Some(_), None, Some(_)] => vec![[p, q, s]],
        [Some(_), Some(_), Some(_), None] => vec![[p, q, r]],
        _ => vec![],
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A bowl over 5 × 4 positions; `hole` has no value.
    pub fn bowl(hole: Option<(usize, usize)>) -> (Vec<f64>, Vec<f64>, Vec<Option<f64>>) {
        let (a, b) = (vec![-2.0, -1.0, 0.0, 1.0, 2.0], vec![-1.0, 0.0, 1.0, 3.0]);
        let values = (0..20).map(|k| {
            let (i, j) = (k % 5, k / 5);
            (hole != Some((i, j))).then_some(a[i] * a[i] + b[j] * b[j])
        });
        let values = values.collect();
        (a, b, values)
    }

    #[test]
    fn triangles_cover_the_plane_and_face_up() {
        let (a, b, values) = bowl(None);
        let fields = [Field { name: "loss", values: &values }];
        let plane = Plane::new(&a, &b, &fields).unwrap();
        let surface = Surface::new(&plane, &Height { field: "loss", log10: false }).unwrap();
        assert_eq!((surface.points.len(), surface.triangles.len()), (20, 2 * 4 * 3));
        let mut area = 0.0;
        for t in &surface.triangles {
            let [p, q, r] = t.map(|k| surface.positions[k as usize]);
            let twice = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
            assert!(twice > 0.0, "anticlockwise");
            area += twice / 2.0;
        }
        assert_eq!(area, 4.0 * 4.0);
        assert!(surface.positions.iter().all(|[x, y, z]| *z == x * x + y * y));
    }

    #[test]
    fn a_missing_point_takes_its_own_corner_of_each_cell() {
        let (a, b, mut values) = bowl(Some((2, 1)));
        let fields = [Field { name: "loss", values: &values }];
        let plane = Plane::new(&a, &b, &fields).unwrap();
        let surface = Surface::new(&plane, &Height { field: "loss", log10: false }).unwrap();
        assert_eq!((surface.points.len(), surface.triangles.len()), (19, 2 * 12 - 4));
        // Not finite is as good as missing; so is a value without a logarithm.
        for (value, log10) in [(f64::NAN, false), (f64::INFINITY, true), (0.0, true), (-1.0, true)] {
            values[7] = Some(value);
            let fields = [Field { name: "loss", values: &values }];
            let plane = Plane::new(&a, &b, &fields).unwrap();
            let same = Surface::new(&plane, &Height { field: "loss", log10 }).unwrap();
            assert_eq!((same.points.len(), same.triangles.len()), (19, 20), "{value}");
            assert!(!same.points.contains(&7));
        }
        let empty = [None; 20];
        let fields = [Field { name: "loss", values: &empty }];
        let plane = Plane::new(&a, &b, &fields).unwrap();
        assert!(Surface::new(&plane, &Height { field: "loss", log10: false }).unwrap().triangles.is_empty());
        assert!(Surface::new(&plane, &Height { field: "error", log10: false }).is_err());
    }
}
