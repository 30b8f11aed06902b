//! A camera that orbits a point, and its matrices.

use std::f64::consts::{FRAC_PI_2, PI};

use super::vector::{Vector, along, dot, minus};

/// A 4×4 matrix, column after column, as a GPU reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [[f64; 4]; 4]);

impl Matrix {
    /// self · other.
    pub fn times(&self, other: &Matrix) -> Matrix {
        let entry = |column: &[f64; 4], row: usize| (0..4).map(|k| self.0[k][row] * column[k]).sum();
        Matrix(other.0.map(|column| [0, 1, 2, 3].map(|row| entry(&column, row))))
    }

    /// self · (x, y, z, 1).
    pub fn apply(&self, p: Vector) -> [f64; 4] {
        [0, 1, 2, 3].map(|row| self.0[0][row] * p[0] + self.0[1][row] * p[1] + self.0[2][row] * p[2] + self.0[3][row])
    }

    /// For the GPU, which computes in single precision.
    pub fn single(&self) -> [[f32; 4]; 4] {
        self.0.map(|column| column.map(|x| x as f32))
    }
}

/// A half-line from the eye into the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    pub origin: Vector,
    /// Of length 1.
    pub direction: Vector,
}

/// Half the angle of view along the shorter side of the picture: a long lens, so that heights compare well.
const HALF_ANGLE: f64 = 14.0 * PI / 180.0;
/// The same from straight above: as good as parallel, so that it is a map.
const HALF_ANGLE_OF_MAP: f64 = 0.8 * PI / 180.0;
/// From this pitch on the lens gets longer.
const LENGTHENS: f64 = 72.0 * PI / 180.0;
/// A picture this much wider than high has its height as the shorter side: numbers at both sides need room.
const WIDER: f64 = 1.2;
/// Three quarters from the front, from above: `a` runs to the right, `b` into the depth.
const HOME: Camera = Camera { yaw: -PI * 0.32, pitch: PI * 0.205, reach: 1.62, target: [0.0, 0.0, -0.1] };
/// How near and far one can go; the box reaches about 1.5 from its middle.
const REACHES: (f64, f64) = (0.08, 12.0);
/// How far the target may be moved along each axis.
const FARTHEST: f64 = 2.0;

/// A camera on a sphere around its target, in perspective. z is always up on screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Where it stands around the z axis, in radians: 0 is on the side of growing x.
    yaw: f64,
    /// How high it stands, in radians: 0 is level with the target, π/2 above it.
    pitch: f64,
    /// What is seen from the middle of the picture to the end of its shorter side, at the target.
    reach: f64,
    /// What is in the middle of the picture.
    target: Vector,
}

impl Default for Camera {
    fn default() -> Self {
        HOME
    }
}

impl Camera {
    /// Straight down, `a` to the right and `b` up, as on a map.
    pub fn top() -> Camera {
        Camera { yaw: -FRAC_PI_2, pitch: FRAC_PI_2, reach: 1.35, target: [0.0; 3] }
    }

    /// Walks around the target by angles in radians. Over the top it stops.
    pub fn orbit(&mut self, yaw: f64, pitch: f64) {
        self.yaw = (self.yaw + yaw).rem_euclid(2.0 * PI);
        self.pitch = (self.pitch + pitch).clamp(-FRAC_PI_2, FRAC_PI_2);
    }

    /// Moves what is seen by pixels to the right and down, in a picture of `size`.
    pub fn pan(&mut self, (right, down): (f64, f64), size: (f64, f64)) {
        let pixel = self.pixel(size) * self.distance();
        let [x, y, _] = self.basis();
        let moved = along(along(self.target, -right * pixel, x), down * pixel, y);
        self.target = moved.map(|v| v.clamp(-FARTHEST, FARTHEST));
    }

    /// Goes nearer by `factor` (> 1) or away (< 1).
    pub fn zoom(&mut self, factor: f64) {
        self.reach = (self.reach / factor).clamp(REACHES.0, REACHES.1);
    }

    /// Where the camera stands.
    pub fn eye(&self) -> Vector {
        along(self.target, self.distance(), self.basis()[2])
    }

    /// Tangent of half the angle of view. Towards the top and the bottom the angle shrinks while the camera moves away, so
    /// that what is in the middle keeps its size.
    fn tangent(&self) -> f64 {
        let t = ((self.pitch.abs() - LENGTHENS) / (FRAC_PI_2 - LENGTHENS)).clamp(0.0, 1.0);
        let smooth = t * t * (3.0 - 2.0 * t);
        (HALF_ANGLE + (HALF_ANGLE_OF_MAP - HALF_ANGLE) * smooth).tan()
    }

    /// From the eye to the target.
    fn distance(&self) -> f64 {
        self.reach / self.tangent()
    }

    /// Unit vectors to the right, up, and back from the target to the eye. Defined at the poles too.
    pub fn basis(&self) -> [Vector; 3] {
        let (sy, cy) = self.yaw.sin_cos();
        let (sp, cp) = self.pitch.sin_cos();
        [[-sy, cy, 0.0], [-sp * cy, -sp * sy, cp], [cp * cy, cp * sy, sp]]
    }

    /// From model space to the camera's: x right, y up, looking along −z.
    pub fn view(&self) -> Matrix {
        let [x, y, z] = self.basis();
        let eye = self.eye();
        let column = |k: usize| [x[k], y[k], z[k], 0.0];
        Matrix([column(0), column(1), column(2), [-dot(x, eye), -dot(y, eye), -dot(z, eye), 1.0]])
    }

    /// Perspective with depths from 0 (near) to 1 (far). The angle of view holds along the shorter side, so that a
    /// narrow picture shows the whole surface too. `aspect` is width over height.
    pub fn projection(&self, aspect: f64) -> Matrix {
        let f = 1.0 / self.tangent();
        let (fx, fy) = if aspect >= WIDER { (f / aspect, f) } else { (f / WIDER, f * aspect / WIDER) };
        // Everything there is lies within this distance of the target.
        let around = 2.0 + dot(self.target, self.target).sqrt();
        let distance = self.distance();
        let (near, far) = ((distance - around).max(0.05 * distance), distance + around);
        let depth = far / (near - far);
        Matrix([[fx, 0.0, 0.0, 0.0], [0.0, fy, 0.0, 0.0], [0.0, 0.0, depth, -1.0], [0.0, 0.0, near * depth, 0.0]])
    }

    /// From model space to clip space.
    pub fn view_projection(&self, aspect: f64) -> Matrix {
        self.projection(aspect).times(&self.view())
    }

    /// Where `p` is seen in a picture of `size` (width, height), from its top left corner; `None` behind the eye.
    pub fn project(&self, p: Vector, size: (f64, f64)) -> Option<(f64, f64)> {
        let [x, y, _, w] = self.view_projection(size.0 / size.1).apply(p);
        (w > 1e-9).then(|| ((x / w * 0.5 + 0.5) * size.0, (0.5 - y / w * 0.5) * size.1))
    }

    /// The half-line that is seen at a place in a picture of `size`.
    pub fn ray(&self, (x, y): (f64, f64), size: (f64, f64)) -> Ray {
        let unit = self.pixel(size);
        let [right, up, back] = self.basis();
        let toward = along(along([0.0; 3], (x - size.0 / 2.0) * unit, right), (size.1 / 2.0 - y) * unit, up);
        Ray { origin: self.eye(), direction: super::vector::unit(minus(toward, back)) }
    }

    /// Length in model space that one pixel covers at unit distance from the eye.
    pub fn pixel(&self, size: (f64, f64)) -> f64 {
        2.0 * self.tangent() / shorter(size)
    }
}

/// The shorter side of a picture, as far as it is used.
fn shorter(size: (f64, f64)) -> f64 {
    size.1.min(size.0 / WIDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(u: &[f64], v: &[f64]) {
        assert!(u.len() == v.len() && u.iter().zip(v).all(|(a, b)| (a - b).abs() < 1e-12), "{u:?} is not {v:?}");
    }

    /// Straight in front, level, two away: everything can be written down by hand.
    fn level() -> Camera {
        Camera { yaw: -FRAC_PI_2, pitch: 0.0, reach: 2.0 * HALF_ANGLE.tan(), target: [0.0, 0.0, 0.5] }
    }

    #[test]
    fn matrices_are_those_computed_by_hand() {
        close(&level().eye(), &[0.0, -2.0, 0.5]);
        let by_hand = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, -0.5, -2.0, 1.0]];
        for (column, expected) in level().view().0.iter().zip(&by_hand) {
            close(column, expected);
        }
        // near = max(2 − 2.5, 0.1) = 0.1 and far = 4.5: depth = 4.5 / (0.1 − 4.5).
        let f = 1.0 / HALF_ANGLE.tan();
        let depth = -4.5 / 4.4;
        let p = level().projection(2.0);
        close(&p.0[0], &[f / 2.0, 0.0, 0.0, 0.0]);
        close(&p.0[1], &[0.0, f, 0.0, 0.0]);
        close(&p.0[2], &[0.0, 0.0, depth, -1.0]);
        close(&p.0[3], &[0.0, 0.0, 0.1 * depth, 0.0]);
        // The near plane has depth 0, the far plane 1.
        let [.., z, w] = p.apply([0.0, 0.0, -0.1]);
        close(&[z / w], &[0.0]);
        let [.., z, w] = p.apply([0.0, 0.0, -4.5]);
        close(&[z / w], &[1.0]);
        // In a narrow picture the width has the angle of view, and a little more.
        close(&[level().projection(0.5).0[0][0]], &[f / WIDER]);
    }

    #[test]
    fn products_and_the_point_one_to_the_right() {
        let shift =
            |x, y, z| Matrix([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [x, y, z, 1.0]]);
        assert_eq!(shift(1.0, 2.0, 3.0).times(&shift(4.0, 5.0, 6.0)), shift(5.0, 7.0, 9.0));
        let scale = Matrix([[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0], [0.0, 0.0, 0.0, 1.0]]);
        assert_eq!(scale.times(&shift(1.0, 1.0, 1.0)).apply([0.0, 0.0, 0.0]), [2.0, 3.0, 4.0, 1.0]);
        // At the target's distance 2, half the height of 100 pixels is 2·tan(14°): a point that far right of the middle
        // is seen half a height to the right.
        let right = 2.0 * HALF_ANGLE.tan();
        let (x, y) = level().project([right, 0.0, 0.5], (300.0, 100.0)).unwrap();
        close(&[x, y], &[200.0, 50.0]);
        assert!(level().project([0.0, -3.0, 0.5], (300.0, 100.0)).is_none(), "behind the eye");
    }

    #[test]
    fn the_target_stays_in_the_middle_and_up_stays_up() {
        let size = (640.0, 480.0);
        let mut camera = Camera::default();
        for k in 0..500 {
            let t = f64::from(k);
            camera.orbit(0.3 * t.sin(), 0.2 * (t * 0.7).cos());
            camera.pan((20.0 * (t * 1.3).sin(), 20.0 * (t * 0.4).cos()), size);
            camera.zoom(1.0 + 0.3 * (t * 0.9).sin());
            let (x, y) = camera.project(camera.target, size).unwrap();
            assert!((x - 320.0).abs() < 1e-6 && (y - 240.0).abs() < 1e-6);
            let [r, u, b] = camera.basis();
            close(&super::super::vector::cross(r, u), &b);
            assert!(u[2] >= 0.0 && camera.reach >= REACHES.0 && camera.reach <= REACHES.1);
        }
    }

    #[test]
    fn a_ray_passes_through_the_point_it_was_cast_at() {
        let mut camera = Camera::default();
        camera.orbit(0.4, -0.3);
        camera.pan((40.0, -80.0), (500.0, 400.0));
        for size in [(800.0, 450.0), (300.0, 900.0)] {
            for p in [[0.3, -0.8, 0.2], [-1.0, 1.0, -0.6], [0.0, 0.0, 0.0]] {
                let ray = camera.ray(camera.project(p, size).unwrap(), size);
                let to = minus(p, ray.origin);
                close(&along(ray.origin, dot(to, ray.direction), ray.direction), &p);
            }
        }
    }

    #[test]
    fn from_the_top_it_is_a_map() {
        let size = (500.0, 500.0);
        let at = |p| Camera::top().project(p, size).unwrap();
        let (middle, right, ahead) = (at([0.0; 3]), at([0.5, 0.0, 0.0]), at([0.0, 0.5, 0.0]));
        close(&[middle.0, middle.1], &[250.0, 250.0]);
        assert!(right.0 > middle.0 + 10.0 && (right.1 - middle.1).abs() < 1e-9);
        assert!(ahead.1 < middle.1 - 10.0 && (ahead.0 - middle.0).abs() < 1e-9);
        close(&[right.0 - middle.0], &[middle.1 - ahead.1]);
        // As good as parallel: the top of the box covers its floor.
        let (high, low) = (at([1.0, 1.0, 0.6]), at([1.0, 1.0, -0.6]));
        assert!((high.0 - low.0).hypot(high.1 - low.1) < 4.0, "{high:?} {low:?}");
        // On the way up the middle keeps its size.
        let mut camera = Camera { pitch: 0.0, ..Camera::top() };
        for _ in 0..40 {
            let half = camera.project(along([0.0; 3], 0.001, camera.basis()[0]), size).unwrap().0 - 250.0;
            assert!((half - 0.001 / 1.35 * 250.0 / WIDER).abs() < 1e-3 * half, "{half}");
            camera.orbit(0.0, PI / 80.0);
        }
    }

    #[test]
    fn panning_moves_the_picture_with_the_hand() {
        for size in [(500.0, 400.0), (200.0, 400.0)] {
            let mut camera = Camera::default();
            let p = camera.target;
            camera.pan((40.0, 80.0), size);
            let (x, y) = camera.project(p, size).unwrap();
            close(&[x, y], &[size.0 / 2.0 + 40.0, size.1 / 2.0 + 80.0]);
        }
    }
}
