//! L̃ in the plane: branch and bound over the disc.
//!
//! The disc is cut into triangles and caps (the pieces between a chord and its arc). [`Surface::hull_bound`] bounds L over
//! a triangle; a cap lies in the triangle of its ends and the meeting point of their tangents. The piece with the largest
//! bound is halved until no bound exceeds the best value seen by more than the tolerance. Only values at points of the disc
//! count, so the result is a value of L, and the largest bound left is its error. A convex L loses all triangles at once,
//! and a cap's excess falls fourfold with every halving.
//!
//! Where a surface knows no bound (user formulas) the maximum is looked for on a polar grid and polished by pattern
//! search; it carries no error bound.

use std::{cmp::Ordering, collections::BinaryHeap, f64::consts::TAU};

use super::{
    cut,
    extremes::{Bottom, Peak},
};
use crate::toy::surface::{Corner, Surface};

/// How hard the search tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Effort {
    /// The relative error it is content with.
    pub relative: f64,
    /// Pieces that are halved before it gives what it has. Ties all around the circle, as at the exact centre of an
    /// isotropic well, and ridges come near it.
    pub pieces: usize,
}

/// For a number that is reported.
pub(super) const EXACT: Effort = Effort { relative: 1e-10, pieces: 5000 };
/// For one of hundreds of values on the way to a minimum.
const SEARCH: Effort = Effort { relative: 1e-10, pieces: 1000 };
/// For one of thousands of values of a picture.
pub(super) const SKETCH: Effort = Effort { relative: 1e-3, pieces: 200 };

/// Corners of the polygon that the search starts from.
const CORNERS: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Shape {
    Triangle([Corner; 3]),
    /// The ends of the arc and their angles.
    Cap([(f64, Corner); 2]),
}

/// A piece and the bound of L over it; the heap's largest is the largest bound.
#[derive(Clone, Copy, Debug)]
struct Piece {
    bound: f64,
    shape: Shape,
}

impl PartialEq for Piece {
    fn eq(&self, other: &Piece) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Piece {}

impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Piece) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Piece {
    fn cmp(&self, other: &Piece) -> Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

struct Search<'a> {
    surface: &'a dyn Surface,
    centre: [f64; 2],
    rho: f64,
    effort: Effort,
    best: Corner,
    open: BinaryHeap<Piece>,
}

/// The maximum over the disc of radius `rho`.
pub(super) fn peak(surface: &dyn Surface, centre: [f64; 2], rho: f64, effort: Effort) -> Peak {
    let middle = Corner::of(surface, centre);
    let mut search = Search { surface, centre, rho, effort, best: middle, open: BinaryHeap::new() };
    let around: Vec<(f64, Corner)> = (0..CORNERS)
        .map(|k| {
            let angle = TAU * k as f64 / CORNERS as f64;
            (angle, search.look(search.polar(angle, rho)))
        })
        .collect();
    for (k, &a) in around.iter().enumerate() {
        // The last arc ends at 2π, not at 0.
        let b = around.get(k + 1).copied().unwrap_or((TAU, around[0].1));
        if !search.push(Shape::Cap([a, b])) || !search.push(Shape::Triangle([middle, a.1, b.1])) {
            return scan(surface, centre, rho);
        }
    }
    for _ in 0..effort.pieces {
        let Some(piece) = search.open.pop() else { break };
        if !search.is_worth(piece.bound) || piece.bound.is_infinite() {
            search.open.push(piece);
            break;
        }
        search.halve(piece.shape);
    }
    let best = search.best;
    let bound = search.open.peek().map_or(best.value, |piece| piece.bound);
    Peak { value: best.value, at: best.at.to_vec(), error: Some((bound - best.value).max(0.0)) }
}

impl Search<'_> {
    fn polar(&self, angle: f64, radius: f64) -> [f64; 2] {
        let (sin, cos) = angle.sin_cos();
        [self.centre[0] + radius * cos, self.centre[1] + radius * sin]
    }

    /// Takes the value at a point of the disc.
    fn look(&mut self, at: [f64; 2]) -> Corner {
        let corner = Corner::of(self.surface, at);
        if corner.value > self.best.value || corner.value.is_nan() {
            self.best = corner;
        }
        corner
    }

    /// Whether a piece with this bound may hold something better by more than the tolerance. With a NaN for the best value
    /// nothing is.
    fn is_worth(&self, bound: f64) -> bool {
        bound - self.best.value > self.effort.relative * (self.best.value.abs() + f64::MIN_POSITIVE)
    }

    /// Opens a piece; false where the surface knows no bound. Pieces that cannot exceed the best value are dropped, those
    /// within the tolerance kept, so that the error is known.
    fn push(&mut self, shape: Shape) -> bool {
        let hull = match shape {
            Shape::Triangle(corners) => corners,
            Shape::Cap([(a, left), (b, right)]) => {
                let meeting = self.polar(0.5 * (a + b), self.rho / (0.5 * (b - a)).cos());
                [left, Corner::of(self.surface, meeting), right]
            }
        };
        let Some(bound) = self.surface.hull_bound(&hull) else { return false };
        if bound > self.best.value || bound.is_nan() {
            self.open.push(Piece { bound, shape });
        }
        true
    }

    fn halve(&mut self, shape: Shape) {
        match shape {
            Shape::Cap([a, b]) => {
                let angle = 0.5 * (a.0 + b.0);
                let top = (angle, self.look(self.polar(angle, self.rho)));
                self.push(Shape::Cap([a, top]));
                self.push(Shape::Cap([top, b]));
                self.push(Shape::Triangle([a.1, top.1, b.1]));
            }
            Shape::Triangle(t) => {
                let side = |k: usize| {
                    let (a, b) = (t[k].at, t[(k + 1) % 3].at);
                    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
                };
                let k = (0..3).max_by(|&i, &j| side(i).total_cmp(&side(j))).unwrap_or(0);
                let (a, b, c) = (t[k], t[(k + 1) % 3], t[(k + 2) % 3]);
                let middle = self.look([0.5 * (a.at[0] + b.at[0]), 0.5 * (a.at[1] + b.at[1])]);
                self.push(Shape::Triangle([a, middle, c]));
                self.push(Shape::Triangle([middle, b, c]));
            }
        }
    }
}

/// Without bounds: the best of 16 × 64 points of the disc and its centre, polished.
fn scan(surface: &dyn Surface, centre: [f64; 2], rho: f64) -> Peak {
    const RINGS: usize = 16;
    const RAYS: usize = 64;
    let at = |radius: f64, angle: f64| [centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()];
    let value = |radius: f64, angle: f64| surface.value(&at(radius, angle));
    let mut best = (0.0, 0.0, surface.value(&centre));
    let better = |new: f64, old: f64| new > old || (new.is_nan() && !old.is_nan());
    for ring in 1..=RINGS {
        for ray in 0..RAYS {
            let (radius, angle) = (rho * ring as f64 / RINGS as f64, TAU * ray as f64 / RAYS as f64);
            let v = value(radius, angle);
            if better(v, best.2) {
                best = (radius, angle, v);
            }
        }
    }
    let mut step = [rho / RINGS as f64, TAU / RAYS as f64];
    while step[1] > 1e-10 {
        let (r, a, v) = best;
        for (dr, da) in [(step[0], 0.0), (-step[0], 0.0), (0.0, step[1]), (0.0, -step[1])] {
            let (radius, angle) = ((r + dr).clamp(0.0, rho), a + da);
            let new = value(radius, angle);
            if new > best.2 {
                best = (radius, angle, new);
            }
        }
        if best.2 == v || best.2.is_nan() {
            step = step.map(|s| 0.5 * s);
        }
    }
    Peak { value: best.2, at: at(best.0, best.1).to_vec(), error: None }
}

/// The minimum of L̃ next to `near`, by [`super::cut`]. ∇L at a maximiser is a subgradient of L̃.
pub(super) fn minimum(surface: &dyn Surface, near: [f64; 2], rho: f64) -> Bottom {
    let whole = rho.max(1e-3);
    let (at, value) = cut::descend(near, whole, 1e-9 * whole, |w| {
        let peak = peak(surface, w, rho, SEARCH);
        let mut slope = [0.0; 2];
        surface.gradient(&peak.at, &mut slope);
        (peak.value, slope)
    });
    Bottom { at: at.to_vec(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{
        formula::Formula,
        perturbed::{Perturbed, quadratic_peak},
        surfaces::{Quadratic, SurfaceSpec},
    };

    /// The largest of 400 × 1600 polar grid points.
    fn brute(surface: &dyn Surface, centre: [f64; 2], rho: f64) -> f64 {
        let mut best = surface.value(&centre);
        for ring in 1..=400 {
            for ray in 0..1600 {
                let (r, a) = (rho * f64::from(ring) / 400.0, TAU * f64::from(ray) / 1600.0);
                best = best.max(surface.value(&[centre[0] + r * a.cos(), centre[1] + r * a.sin()]));
            }
        }
        best
    }

    #[test]
    fn certified_against_brute_force_on_every_surface() {
        for name in ["escape2d", "quadratic", "bias2d", "clipped", "logistic", "rosenbrock", "himmelblau"] {
            let surface = SurfaceSpec::named(name).unwrap().build(4, 0).unwrap();
            let window = surface.about().window;
            for (u, v, share) in [(0.3, 0.4, 0.05), (0.55, 0.52, 0.2), (0.8, 0.7, 0.1), (0.47, 0.41, 0.02)] {
                let width = window[0][1] - window[0][0];
                let centre = [window[0][0] + u * width, window[1][0] + v * (window[1][1] - window[1][0])];
                let rho = share * width;
                let found = peak(&*surface, centre, rho, EXACT);
                let (grid, error) = (brute(&*surface, centre, rho), found.error.unwrap());
                let scale = 1.0 + found.value.abs();
                assert!(error < 1e-8 * scale, "{name} {centre:?} error {error}");
                assert!(found.value >= grid - 1e-9 * scale, "{name} {centre:?}: {} below {grid}", found.value);
                assert!(found.value <= grid + 2e-3 * scale, "{name} {centre:?}: {} above {grid}", found.value);
                let off = (found.at[0] - centre[0]).hypot(found.at[1] - centre[1]);
                assert!(off <= rho * (1.0 + 1e-12) && surface.value(&found.at) == found.value);
            }
        }
    }

    #[test]
    fn a_grid_is_its_points_and_needs_a_plane() {
        let surface = SurfaceSpec::named("bias2d").unwrap().build(0, 0).unwrap();
        let perturbed = Perturbed::new(&*surface, 0.2).unwrap();
        let (xs, ys) = ([-0.5, 0.0, 1.0], [0.3, 0.7]);
        let grid = perturbed.grid(&xs, &ys).unwrap();
        for (k, value) in grid.iter().enumerate() {
            let exact = perturbed.at(&[xs[k % 3], ys[k / 3]]).value;
            assert!(*value <= exact * (1.0 + 1e-12) && *value >= exact * (1.0 - 1e-3), "{k} {value} {exact}");
        }
        assert!(grid.len() == 6 && perturbed.curve(&xs).is_err());
    }

    #[test]
    fn a_maximum_inside_the_disc_is_found() {
        // Himmelblau's local maximum, published as 181.617 at (−0.270845, −0.923039).
        let surface = SurfaceSpec::named("himmelblau").unwrap().build(0, 0).unwrap();
        let found = peak(&*surface, [-0.3, -0.8], 0.5, EXACT);
        assert!((found.value - 181.617).abs() < 1e-3 && (found.at[0] + 0.270845).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn the_trust_region_solution_agrees() {
        let well = Quadratic::with(&[3.0, 0.4]).unwrap();
        for at in [[0.3, -0.2], [1.0, 0.0], [1e-6, 0.7], [-0.4, 2.0]] {
            let (search, exact) = (peak(&well, at, 0.5, EXACT), quadratic_peak(&[3.0, 0.4], &at, 0.5));
            assert!((search.value - exact.value).abs() < 1e-10, "{at:?} {search:?} {exact:?}");
        }
    }

    #[test]
    fn without_bounds_the_scan_still_finds_it_and_says_so() {
        let typed = Formula::new("(x^2+y-11)^2 + (x+y^2-7)^2").unwrap();
        let closed = SurfaceSpec::named("himmelblau").unwrap().build(0, 0).unwrap();
        for (centre, rho) in [([-0.3, -0.8], 0.5), ([3.0, 2.0], 0.7), ([0.0, 3.0], 0.2)] {
            let (a, b) = (peak(&typed, centre, rho, EXACT), peak(&*closed, centre, rho, EXACT));
            assert!(a.error.is_none() && (a.value - b.value).abs() < 1e-9 * b.value, "{a:?} {b:?}");
        }
        let bad = Formula::new("sqrt(x) + y").unwrap();
        assert!(peak(&bad, [0.0, 0.0], 0.1, EXACT).value.is_nan());
    }

    #[test]
    fn a_tie_all_around_ends_with_a_small_error() {
        let found = peak(&Quadratic::with(&[2.0, 2.0]).unwrap(), [0.0, 0.0], 0.3, EXACT);
        assert!((found.value - 0.09).abs() < 1e-15 && found.error.unwrap() < 1e-7, "{found:?}");
    }

    #[test]
    fn minima_are_those_of_a_fine_search() {
        let well = Quadratic::with(&[4.0, 1.0]).unwrap();
        let bottom = Perturbed::new(&well, 0.3).unwrap().minimum(&[0.1, -0.07]);
        assert!(bottom.at[0].abs() < 1e-8 && bottom.at[1].abs() < 1e-4, "{bottom:?}");
        assert!((bottom.value - 0.5 * 4.0 * 0.09).abs() < 1e-10);
        // Curved valleys and creases: no point of a grid around, and of a finer one inside it, is lower.
        for (name, near, rho) in [
            ("rosenbrock", [1.0, 1.0], 0.1),
            ("himmelblau", [3.0, 2.0], 0.4),
            ("bias2d", [0.0, 0.0], 0.4),
            ("logistic", [-1.3, 0.0], 0.4),
        ] {
            let surface = SurfaceSpec::named(name).unwrap().build(1, 0).unwrap();
            let perturbed = Perturbed::new(&*surface, rho).unwrap();
            let bottom = perturbed.minimum(&near);
            for reach in [rho, 0.1 * rho, 1e-3 * rho] {
                for k in 0..900 {
                    let (i, j) = (f64::from(k % 30) / 14.5 - 1.0, f64::from(k / 30) / 14.5 - 1.0);
                    let value = perturbed.at(&[bottom.at[0] + reach * i, bottom.at[1] + reach * j]).value;
                    assert!(value >= bottom.value - 1e-9 * bottom.value, "{name} {bottom:?} {value} {reach} {i} {j}");
                }
            }
        }
    }
}
