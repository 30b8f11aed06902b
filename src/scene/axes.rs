//! The box around a surface: its floor, the walls behind it, and the round numbers along its edges.

use super::{Camera, Space, Vector, vector::along};
use crate::figure::ticks::{self, Tick};

/// About so many numbers along an edge.
const NUMBERS: usize = 5;
/// How far a tick reaches out of the box.
const TICK: f64 = 0.035;

/// Sine of the pitch from which on the upright edges are looked at from above.
const STEEP: f64 = 0.985;

/// A straight line of the box in model space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    pub from: Vector,
    pub to: Vector,
    pub weight: Weight,
}

/// How strong a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Behind the data.
    Grid,
    /// Edges and ticks.
    Frame,
}

/// A number along an edge: the place of its tick in model space and its text in markup.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    pub place: Vector,
    pub text: String,
}

/// An edge of the box with numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub from: Vector,
    pub to: Vector,
    /// Out of the box, where the numbers stand.
    pub out: Vector,
    pub numbers: Vec<Number>,
}

/// The box as it is seen from somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    pub a: Edge,
    pub b: Edge,
    /// Along the one of the two upright edges at the sides that is further left.
    pub value: Edge,
    pub segments: Vec<Segment>,
}

impl Axes {
    /// Turns the box so that its walls are behind the surface.
    pub fn new(space: &Space, camera: &Camera) -> Axes {
        let half = space.half();
        let [right, _, back] = camera.basis();
        // The sign of the side that faces the camera. From straight above the numbers stand as on a map: below and left.
        let side = |k: usize| if back[k] > 1e-9 { 1.0 } else { -1.0 };
        let (sx, sy) = (side(0), side(1));
        // From under the floor its place is taken by the ceiling.
        let floor = if camera.eye()[2] < -half[2] { half[2] } else { -half[2] };
        let front = [sx * half[0], sy * half[1], floor];
        let rear = [-front[0], -front[1], -floor];

        let a_ticks = ticks::linear(space.range(0), count(NUMBERS, half[0]));
        let b_ticks = ticks::linear(space.range(1), count(NUMBERS, half[1]));
        let values = space.range(2);
        let v_ticks = if space.log() { ticks::logarithmic(values, NUMBERS) } else { ticks::linear(values, NUMBERS) };
        let xs = places(&a_ticks, |v| Some(space.x(v)), half[0]);
        let ys = places(&b_ticks, |v| Some(space.y(v)), half[1]);
        let zs = places(&v_ticks, |v| space.height(v), half[2]);

        let mut segments = Vec::new();
        let mut line = |from, to, weight| segments.push(Segment { from, to, weight });
        let ends = |h: f64| [-h, h];
        for (x, _) in &xs {
            line([*x, rear[1], floor], [*x, front[1], floor], Weight::Grid);
            line([*x, rear[1], -half[2]], [*x, rear[1], half[2]], Weight::Grid);
            line([*x, front[1], floor], [*x, front[1] + sy * TICK, floor], Weight::Frame);
        }
        for (y, _) in &ys {
            line([rear[0], *y, floor], [front[0], *y, floor], Weight::Grid);
            line([rear[0], *y, -half[2]], [rear[0], *y, half[2]], Weight::Grid);
            line([front[0], *y, floor], [front[0] + sx * TICK, *y, floor], Weight::Frame);
        }
        // Which of the two upright edges at the sides is further left on screen.
        let (one, other) = ([front[0], rear[1]], [rear[0], front[1]]);
        let across = |p: [f64; 2]| p[0] * right[0] + p[1] * right[1];
        let upright = if across(one) < across(other) { one } else { other };
        let out = if upright == one { [0.0, -sy, 0.0] } else { [-sx, 0.0, 0.0] };
        for (z, _) in &zs {
            line([-half[0], rear[1], *z], [half[0], rear[1], *z], Weight::Grid);
            line([rear[0], -half[1], *z], [rear[0], half[1], *z], Weight::Grid);
            // Seen from above all of them would be one blot.
            if back[2].abs() < STEEP {
                let p = [upright[0], upright[1], *z];
                line(p, along(p, TICK, out), Weight::Frame);
            }
        }
        for x in ends(half[0]) {
            line([x, -half[1], floor], [x, half[1], floor], Weight::Frame);
            line([x, rear[1], -half[2]], [x, rear[1], half[2]], Weight::Frame);
        }
        for y in ends(half[1]) {
            line([-half[0], y, floor], [half[0], y, floor], Weight::Frame);
            line([rear[0], y, -half[2]], [rear[0], y, half[2]], Weight::Frame);
        }
        line([-half[0], rear[1], -floor], [half[0], rear[1], -floor], Weight::Frame);
        line([rear[0], -half[1], -floor], [rear[0], half[1], -floor], Weight::Frame);

        let numbers = |list: Vec<(f64, String)>, place: &dyn Fn(f64) -> Vector| {
            list.into_iter().map(|(at, text)| Number { place: place(at), text }).collect()
        };
        let (ox, oy) = ([sx, 0.0, 0.0], [0.0, sy, 0.0]);
        Axes {
            a: Edge {
                from: [-half[0], front[1], floor],
                to: [half[0], front[1], floor],
                out: oy,
                numbers: numbers(xs, &|x| along([x, front[1], floor], TICK, oy)),
            },
            b: Edge {
                from: [front[0], -half[1], floor],
                to: [front[0], half[1], floor],
                out: ox,
                numbers: numbers(ys, &|y| along([front[0], y, floor], TICK, ox)),
            },
            value: Edge {
                from: [upright[0], upright[1], -half[2]],
                to: [upright[0], upright[1], half[2]],
                out,
                numbers: numbers(zs, &|z| along([upright[0], upright[1], z], TICK, out)),
            },
            segments,
        }
    }
}

/// Fewer numbers along a short side.
fn count(whole: usize, half: f64) -> usize {
    ((whole as f64 * half).round() as usize).max(2)
}

/// Ticks with their coordinate in model space, as far as they are in the box.
fn places(ticks: &[Tick], place: impl Fn(f64) -> Option<f64>, half: f64) -> Vec<(f64, String)> {
    let inside = |at: &f64| at.abs() <= half * (1.0 + 1e-9);
    ticks.iter().filter_map(|t| place(t.value).filter(inside).map(|at| (at, t.label.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{mesh::tests::scene, vector::dot},
        *,
    };

    fn space() -> Space {
        Space::around(&scene(5, 5, |a, b| 10.0 * (a + b))).unwrap()
    }

    #[test]
    fn walls_are_behind_the_surface_from_everywhere() {
        let mut camera = Camera::default();
        for k in 0..40 {
            camera.orbit(0.37, if k < 20 { 0.03 } else { -0.08 });
            let axes = Axes::new(&space(), &camera);
            let back = camera.basis()[2];
            // Every line of a wall or the floor touches a side of the box that faces away from the camera.
            for s in axes.segments.iter().filter(|s| s.weight == Weight::Grid) {
                let hidden = |k: usize| {
                    s.from[k] == s.to[k] && s.from[k].abs() == space().half()[k] && s.from[k] * back[k] <= 1e-9
                };
                let floor = s.from[2] == s.to[2] && s.from[2].abs() == 0.6;
                assert!(hidden(0) || hidden(1) || hidden(2) || floor, "{s:?}");
            }
            // Numbers of both directions stand on the sides that face it.
            for edge in [&axes.a, &axes.b] {
                assert!(dot(edge.out, back) >= -1e-9);
            }
            let size = (800.0, 600.0);
            let x = |p| camera.project(p, size).unwrap().0;
            let half = space().half();
            let others =
                [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)].map(|(u, v)| [u * half[0], v * half[1], 0.0]);
            let left = others.into_iter().map(x).fold(f64::INFINITY, f64::min);
            let upright = [axes.value.from[0], axes.value.from[1], 0.0];
            assert!(x(upright) <= left + 30.0, "the upright numbers stand at the left");
        }
    }

    #[test]
    fn numbers_are_where_their_values_are() {
        let axes = Axes::new(&space(), &Camera::default());
        let texts: Vec<&str> = axes.value.numbers.iter().map(|n| n.text.as_str()).collect();
        assert_eq!(texts, ["−20", "−10", "0", "10", "20"]);
        // 10 of −20 … 20 is three quarters up.
        assert!((axes.value.numbers[3].place[2] - 0.3).abs() < 1e-12);
        let a: Vec<(&str, f64)> = axes.a.numbers.iter().map(|n| (n.text.as_str(), n.place[0])).collect();
        assert_eq!(a, [("−1.0", -1.0), ("−0.5", -0.5), ("0", 0.0), ("0.5", 0.5), ("1.0", 1.0)]);
    }

    #[test]
    fn on_the_map_the_numbers_are_below_and_at_the_left() {
        let axes = Axes::new(&space(), &Camera::top());
        assert_eq!((axes.a.out, axes.b.out), ([0.0, -1.0, 0.0], [-1.0, 0.0, 0.0]));
    }
}
