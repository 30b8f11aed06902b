//! Three synthetic sets of points in the plane, two classes each, shape `[2, 1, 1]`: a record is `(x, y)`.
//!
//! Record `i` has class `c = i mod 2`, so that every prefix is balanced, and does not depend on how many records are
//! asked for. Draws come from the seed's ChaCha8 stream of the split: of `moons` and `spirals` per record one `u` evenly from
//! `[0, 1)`, then normal noise `ε` for `x`, then for `y`; of `separable` `u`, then `v`, evenly from `[0, 1)`. All is computed
//! in `f64` and rounded once to `f32`.
//!
//! - `moons`: two half circles of radius 1 that reach into each other, centred on the origin. With `t = πu`:
//!   class 0 `(cos t − 0.5, sin t − 0.25)`, class 1 `(0.5 − cos t, 0.25 − sin t)`; `ε` has standard deviation 0.1.
//! - `spirals`: two arms of one and a half turns, half a turn apart. With `s = √u`, `r = 0.1 + 0.9 s` and
//!   `θ = 3πs + πc`: `(r cos θ, r sin θ)`; `ε` has standard deviation 0.03. The root spreads the points evenly along
//!   the arms.
//! - `separable`: two rectangles on the two sides of the line `x + y = 0`, every point at least 0.1 from it, class 1 above.
//!   With `a = 2u − 1` along the line and `d = 0.1 + 0.9 v` away from it, `±` plus for class 1:
//!   `((a ± d) / √2, (−a ± d) / √2)`. "The Anisotropic Noise in Stochastic Gradient Descent" (5.2) has 1,000 linearly
//!   separable points in the plane and does not say which; these are our choice.
//!
//! The same seed gives the same bits on one platform; sine and cosine may differ in the last bit between platforms.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{DataError, DataSpec, Dataset, Split, half::Half, stream};

/// Records of a split when no count is given.
pub const TRAIN: usize = 1000;
/// Test records when no count is given.
pub const TEST: usize = 500;
/// The most records of a split.
const MOST: usize = 1_000_000;

/// Where the points lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Two half circles.
    Moons,
    /// Two spiral arms.
    Spirals,
    /// Two sides of a line.
    Separable,
}

/// The least distance of a separable point from the line.
const GAP: f64 = 0.1;

impl Shape {
    /// The next point of class `class`.
    fn draw(self, class: u32, rng: &mut ChaCha8Rng) -> [f64; 2] {
        let u = rng.random::<f64>();
        let deviation = match self {
            Self::Moons => 0.1,
            Self::Spirals => 0.03,
            Self::Separable => return beside_the_line(class, u, rng.random::<f64>()),
        };
        self.point(class, u).map(|exact| {
            let noise: f64 = rng.sample(StandardNormal);
            exact + deviation * noise
        })
    }

    /// The point of class `class` at `u` in `[0, 1)`, without noise.
    fn point(self, class: u32, u: f64) -> [f64; 2] {
        match self {
            Self::Moons => {
                let (sin, cos) = (PI * u).sin_cos();
                let side = 1.0 - 2.0 * f64::from(class);
                [side * (cos - 0.5), side * (sin - 0.25)]
            }
            Self::Spirals => {
                let s = u.sqrt();
                let (sin, cos) = (3.0 * PI * s + PI * f64::from(class)).sin_cos();
                let r = 0.1 + 0.9 * s;
                [r * cos, r * sin]
            }
            // In the middle of its rectangle's breadth.
            Self::Separable => beside_the_line(class, u, 0.5),
        }
    }
}

/// The point of class `class` at `u` along the line and `v` away from it, both in `[0, 1)`.
fn beside_the_line(class: u32, u: f64, v: f64) -> [f64; 2] {
    let along = 2.0 * u - 1.0;
    let away = (2.0 * f64::from(class) - 1.0) * (GAP + (1.0 - GAP) * v);
    [(along + away) * FRAC_1_SQRT_2, (away - along) * FRAC_1_SQRT_2]
}

/// Draws the points.
///
/// # Errors
///
/// [`DataError::Count`] and [`DataError::NoPixels`].
pub fn load(shape: Shape, spec: &DataSpec, seed: u64) -> Result<Dataset, DataError> {
    if spec.pixels.is_some() {
        return Err(DataError::NoPixels { set: spec.name.clone() });
    }
    let train = Half::Train.count(spec, MOST, TRAIN)?;
    let test = Half::Test.count(spec, MOST, TEST)?;
    Ok(Dataset {
        name: spec.name.clone(),
        shape: [2, 1, 1],
        classes: 2,
        train: draw(shape, train, seed, stream::TRAIN),
        test: draw(shape, test, seed, stream::TEST),
        files: Vec::new(),
        pixels: None,
        scale: None,
        notes: Vec::new(),
    })
}

fn draw(shape: Shape, count: usize, seed: u64, stream: u64) -> Split {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let mut split = Split { images: Vec::with_capacity(2 * count), labels: Vec::with_capacity(count) };
    for i in 0..count {
        let class = (i % 2) as u32;
        split.images.extend(shape.draw(class, &mut rng).map(|x| x as f32));
        split.labels.push(class);
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Pixels, load};

    fn spec(name: &str) -> DataSpec {
        DataSpec { name: name.to_owned(), ..DataSpec::default() }
    }

    #[test]
    fn the_defaults_are_balanced_points_in_the_plane() {
        for name in ["moons", "spirals", "separable"] {
            let set = load(&spec(name), 1).unwrap();
            assert_eq!((set.shape, set.classes, set.pixels, set.files.len()), ([2, 1, 1], 2, None, 0));
            assert_eq!((set.train.len(), set.test.len(), set.train.images.len()), (1000, 500, 2000));
            assert_eq!(set.train.labels.iter().sum::<u32>(), 500);
            assert!(set.train.images.iter().all(|x| x.abs() < 2.0));
        }
    }

    #[test]
    fn the_seed_decides_and_the_splits_differ() {
        for name in ["moons", "spirals", "separable"] {
            let (a, b, c) =
                (load(&spec(name), 1).unwrap(), load(&spec(name), 1).unwrap(), load(&spec(name), 2).unwrap());
            assert_eq!(a, b);
            assert_ne!(a.train.images, c.train.images);
            assert_ne!(a.train.images[..1000], a.test.images);
        }
    }

    #[test]
    fn counts_are_prefixes_and_corruption_leaves_the_points_alone() {
        let all = load(&spec("moons"), 3).unwrap();
        let few = DataSpec { train_count: Some(10), test_count: Some(4), corrupt: 5, ..spec("moons") };
        let few = load(&few, 3).unwrap();
        assert_eq!(few.train.images, all.train.images[..20]);
        assert_eq!(few.test.images, all.test.images[..8]);
        let many = DataSpec { train_count: Some(5000), ..spec("moons") };
        assert_eq!(load(&many, 3).unwrap().train.images[..2000], all.train.images);
    }

    #[test]
    fn the_points_lie_on_the_documented_curves() {
        assert_eq!(Shape::Moons.point(0, 0.0), [0.5, -0.25]);
        assert_eq!(Shape::Moons.point(1, 0.0), [-0.5, 0.25]);
        let [x, y] = Shape::Spirals.point(0, 0.25);
        // s = 1/2, θ = 3π/2, r = 0.55: straight down.
        assert!(x.abs() < 1e-12 && (y + 0.55).abs() < 1e-12, "{x} {y}");
        let train = load(&spec("moons"), 9).unwrap().train;
        // Distance to the own circle is the noise: its standard deviation is 0.1, along the radius.
        let squares = train.images.as_chunks::<2>().0.iter().zip(&train.labels).map(|(&[x, y], &class)| {
            let side = 1.0 - 2.0 * class as f32;
            let distance = (x + side * 0.5).hypot(y + side * 0.25) - 1.0;
            distance * distance
        });
        let deviation = (squares.sum::<f32>() / 1000.0).sqrt();
        assert!((0.085..0.115).contains(&deviation), "{deviation}");
    }

    /// The line itself tells the classes apart, with the gap that is promised, at any count and seed; and the points fill both
    /// rectangles: the mean distance is 0.55, the mean place 0, each within five deviations.
    #[test]
    fn separable_points_keep_their_distance_from_the_line() {
        for (seed, count) in [(0, 1), (1, 1000), (2, 20_000)] {
            let spec = DataSpec { train_count: Some(count), ..spec("separable") };
            let train = load(&spec, seed).unwrap().train;
            let (mut away, mut along) = (0.0, 0.0);
            for (&[x, y], &class) in train.images.as_chunks::<2>().0.iter().zip(&train.labels) {
                let (x, y) = (f64::from(x), f64::from(y));
                let side = (2.0 * f64::from(class) - 1.0) * (x + y) * FRAC_1_SQRT_2;
                assert!((0.1 - 1e-6..1.0 + 1e-6).contains(&side), "{x} {y} {class}");
                let place = (x - y) * FRAC_1_SQRT_2;
                assert!(place.abs() < 1.0 + 1e-6);
                (away, along) = (away + side, along + place);
            }
            let n = count as f64;
            // Deviations of even numbers over a length of 0.9 and of 2.
            assert!((away / n - 0.55).abs() < 5.0 * 0.9 / (12.0 * n).sqrt());
            assert!((along / n).abs() < 5.0 * 2.0 / (12.0 * n).sqrt());
        }
    }

    #[test]
    fn a_pixel_range_and_counts_out_of_range_are_errors() {
        let text = load(&DataSpec { pixels: Some(Pixels::Unit), ..spec("spirals") }, 0).unwrap_err().to_string();
        assert!(text.contains("spirals has no pixels"), "{text}");
        for asked in [0, MOST + 1] {
            let error = load(&DataSpec { test_count: Some(asked), ..spec("moons") }, 0).unwrap_err();
            assert!(matches!(error, DataError::Count { available: MOST, .. }), "{error}");
        }
    }
}
