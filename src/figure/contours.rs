//! Isolines of a grid (marching squares), broken where a value is missing.

use contour::ContourBuilder;

/// Lines along which the grid has `level`, for every level, as points `[a, b]`; a closed line ends where it began.
///
/// `values` are in rows of equal b, NaN where there is none. A cell, the rectangle between four neighbouring positions,
/// has a line only if all four values are finite. Along the cell's edges the value is taken as linear.
pub(super) fn isolines(a: &[f64], b: &[f64], values: &[f64], levels: &[f64]) -> Vec<Vec<Vec<[f64; 2]>>> {
    if a.len() < 2 || b.len() < 2 || values.len() != a.len() * b.len() {
        return vec![vec![]; levels.len()];
    }
    // Unsmoothed rings come in half steps of the grid, so each of their points names the edge that it crosses exactly.
    let rings = ContourBuilder::new(a.len(), b.len(), false).lines(values, levels).unwrap_or_default();
    let crossing = Crossing { a, b, values };
    rings
        .into_iter()
        .map(|line| {
            let level = line.threshold();
            let (rings, _) = line.into_inner();
            rings
                .into_iter()
                .flat_map(|ring| crossing.pieces(&ring.into_iter().map(|c| (c.x, c.y)).collect::<Vec<_>>(), level))
                .collect()
        })
        .collect()
}

struct Crossing<'a> {
    a: &'a [f64],
    b: &'a [f64],
    values: &'a [f64],
}

impl Crossing<'_> {
    /// The parts of a ring that run through cells with four finite values. Position `i` of the grid is at `i + 0.5` on
    /// the ring; outside of the grid everything counts as low, so rings also run along its border.
    fn pieces(&self, ring: &[(f64, f64)], level: f64) -> Vec<Vec<[f64; 2]>> {
        let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
        let mut joined = false;
        for step in ring.windows(2) {
            let (from, to) = (step[0], step[1]);
            if !self.is_whole((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0) {
                joined = false;
                continue;
            }
            match pieces.last_mut() {
                Some(piece) if joined => piece.push(self.at(to, level)),
                _ => pieces.push(vec![self.at(from, level), self.at(to, level)]),
            }
            joined = true;
        }
        // The ring's own start is no break.
        let first = pieces.first().and_then(|p| p.first()).copied();
        if pieces.len() > 1 && joined && pieces.last().and_then(|p| p.last()).copied() == first {
            let mut last = pieces.pop().unwrap_or_default();
            last.extend_from_slice(&pieces[0][1..]);
            pieces[0] = last;
        }
        pieces
    }

    /// Whether the cell around a point of the ring's coordinates has four finite values.
    fn is_whole(&self, x: f64, y: f64) -> bool {
        let (i, j) = ((x - 0.5).floor(), (y - 0.5).floor());
        if i < 0.0 || j < 0.0 {
            return false;
        }
        let (i, j, n) = (i as usize, j as usize, self.a.len());
        i + 1 < n
            && j + 1 < self.b.len()
            && [j * n + i, j * n + i + 1, (j + 1) * n + i, (j + 1) * n + i + 1]
                .iter()
                .all(|k| self.values[*k].is_finite())
    }

    /// Where the edge that the ring's point is on has the level.
    fn at(&self, (x, y): (f64, f64), level: f64) -> [f64; 2] {
        let n = self.a.len();
        let share = |from: f64, to: f64| ((level - from) / (to - from)).clamp(0.0, 1.0);
        if x.fract() == 0.0 {
            let (i, j) = (x as usize - 1, (y - 0.5) as usize);
            let t = share(self.values[j * n + i], self.values[j * n + i + 1]);
            [self.a[i] + t * (self.a[i + 1] - self.a[i]), self.b[j]]
        } else {
            let (i, j) = ((x - 0.5) as usize, y as usize - 1);
            let t = share(self.values[j * n + i], self.values[(j + 1) * n + i]);
            [self.a[i], self.b[j] + t * (self.b[j + 1] - self.b[j])]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// −2 to 2 in steps of 4/(n−1), wider on the right.
    fn axis(n: usize) -> Vec<f64> {
        (0..n).map(|i| -2.0 + 4.0 * i as f64 / (n - 1) as f64).map(|x| if x > 0.0 { 1.5 * x } else { x }).collect()
    }

    fn over(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        b.iter().flat_map(|y| a.iter().map(|x| f(*x, *y)).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn a_bowl_has_circles() {
        let (a, b) = (axis(81), axis(61));
        let lines = isolines(&a, &b, &over(&a, &b, |x, y| x * x + y * y), &[0.25, 1.0, 99.0]);
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 0]);
        for (line, radius) in [(&lines[0][0], 0.5), (&lines[1][0], 1.0)] {
            assert_eq!(line.first(), line.last(), "closed");
            // Linear in the cell, so off by at most h²/(8·2r)·f″, which is below 0.01 here.
            assert!(line.iter().all(|[x, y]| (x.hypot(*y) - radius).abs() < 0.01));
            let length: f64 = line.windows(2).map(|w| (w[1][0] - w[0][0]).hypot(w[1][1] - w[0][1])).sum();
            assert!((length / (std::f64::consts::TAU * radius) - 1.0).abs() < 0.02, "{length}");
        }
    }

    #[test]
    fn a_slope_has_straight_open_lines_exactly_on_the_level() {
        let (a, b) = (axis(9), axis(7));
        let lines = isolines(&a, &b, &over(&a, &b, |x, y| 2.0 * x - y), &[0.3]);
        assert_eq!(lines[0].len(), 1, "the border of the grid is no isoline: {:?}", lines[0]);
        let line = &lines[0][0];
        assert!(line.first() != line.last() && line.iter().all(|[x, y]| (2.0 * x - y - 0.3).abs() < 1e-12));
        let ends = [line[0], line[line.len() - 1]].map(|[_, y]| y);
        assert!(ends.contains(&-2.0) && ends.contains(&3.0), "from border to border: {ends:?}");
    }

    #[test]
    fn cells_with_a_value_missing_have_no_line() {
        let (a, b) = (axis(41), axis(41));
        for hole in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut values = over(&a, &b, |x, y| x * x + y * y);
            // On the right of the circle of radius 1: position 27 is 1.05, row 20 is 0.
            let (i, j) = (27, 20);
            assert!((a[i] - 1.05).abs() < 1e-12 && b[j] == 0.0);
            values[j * 41 + i] = hole;
            let lines = &isolines(&a, &b, &values, &[1.0])[0];
            assert_eq!(lines.len(), 1, "{hole}: one open line");
            let line = &lines[0];
            assert!(line[0] != line[line.len() - 1]);
            let inside = |p: &[f64; 2]| a[i - 1] < p[0] && p[0] < a[i + 1] && b[j - 1] < p[1] && p[1] < b[j + 1];
            assert!(!line.iter().any(inside), "{hole}: a line through a cell with the hole");
            assert!(line.iter().all(|[x, y]| (x.hypot(*y) - 1.0).abs() < 0.01), "{hole}");
        }
        assert!(isolines(&a, &b, &vec![f64::NAN; 41 * 41], &[0.0])[0].is_empty());
        assert!(isolines(&a, &[0.0], &[1.0; 41], &[1.0])[0].is_empty());
    }
}
