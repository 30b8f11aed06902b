//! The two-parameter logistic regression of the asymmetric-valleys experiments: 10 points of each class on a line.
//!
//! x ~ N(1, 1) has label 0, x ~ N(−1, 1) label 1; the model is σ(a x + b), w = (a, b), the loss binary cross-entropy, mean
//! over the points: L(w) = (1/N) Σ softplus(zᵢ) − yᵢ zᵢ, zᵢ = a xᵢ + b.

use rand::Rng as _;
use rand_distr::StandardNormal;

use crate::{
    random,
    toy::{
        error::ToyError,
        matrix::norm,
        surface::{About, Corner, Minimum, Samples, Surface, highest},
    },
};

/// The loss over one draw of points; convex.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// (x, y) with y 0 or 1.
    points: Vec<[f64; 2]>,
}

impl Logistic {
    /// `count` points, half of each class, of run `run`.
    ///
    /// # Errors
    ///
    /// [`ToyError::Count`] unless `count` is even and 2 to 100,000.
    pub fn draw(count: usize, seed: u64, run: u64) -> Result<Logistic, ToyError> {
        if !(2..=100_000).contains(&count) || count % 2 == 1 {
            let remedy = "an even number from 2 to 100000; the original has 20";
            return Err(ToyError::Count { name: "points", value: count as u64, remedy });
        }
        let mut rng = random::stream(seed, &format!("toy logistic points {run}"));
        let mut draw = |class: f64| {
            let z: f64 = rng.sample(StandardNormal);
            [1.0 - 2.0 * class + z, class]
        };
        let half = count / 2;
        Ok(Logistic { points: (0..count).map(|i| draw(if i < half { 0.0 } else { 1.0 })).collect() })
    }

    /// Over given (x, y), y 0 or 1.
    pub fn over(points: &[[f64; 2]]) -> Logistic {
        Logistic { points: points.to_vec() }
    }

    /// Whether a threshold on x separates the classes: then L has no minimum, it falls for ever along a ray.
    pub fn is_separable(&self) -> bool {
        let of = |class: f64| self.points.iter().filter(move |p| p[1] == class).map(|p| p[0]);
        let low = |class| of(class).fold(f64::INFINITY, f64::min);
        let high = |class| of(class).fold(f64::NEG_INFINITY, f64::max);
        high(1.0) <= low(0.0) || high(0.0) <= low(1.0)
    }

    /// The minimiser by damped Newton steps, to ‖∇L‖ ≤ 1e−13; `None` if the classes are separable.
    pub fn minimiser(&self) -> Option<[f64; 2]> {
        if self.is_separable() {
            return None;
        }
        let mut w = [0.0; 2];
        for _ in 0..200 {
            let (mut g, mut h) = ([0.0; 2], [0.0; 4]);
            self.gradient(&w, &mut g);
            if norm(&g) <= 1e-13 {
                break;
            }
            self.hessian(&w, &mut h);
            let det = h[0] * h[3] - h[1] * h[1];
            let step = [(h[3] * g[0] - h[1] * g[1]) / det, (h[0] * g[1] - h[1] * g[0]) / det];
            let (here, mut t) = (self.value(&w), 1.0);
            let moved = |t: f64| [w[0] - t * step[0], w[1] - t * step[1]];
            while self.value(&moved(t)) > here && t > 1e-10 {
                t *= 0.5;
            }
            w = moved(t);
        }
        Some(w)
    }

    fn logit(&self, i: usize, w: &[f64]) -> f64 {
        w[0] * self.points[i][0] + w[1]
    }
}

/// 1 / (1 + e^{−z}), without overflow.
fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

impl Surface for Logistic {
    fn dim(&self) -> usize {
        2
    }

    fn value(&self, w: &[f64]) -> f64 {
        (0..self.points.len()).map(|i| self.value_of(i, w)).sum::<f64>() / self.points.len() as f64
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        let (mut sum, mut one) = ([0.0; 2], [0.0; 2]);
        for i in 0..self.points.len() {
            self.gradient_of(i, w, &mut one);
            sum = [sum[0] + one[0], sum[1] + one[1]];
        }
        out.copy_from_slice(&sum.map(|x| x / self.points.len() as f64));
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (i, [x, _]) in self.points.iter().enumerate() {
            let s = sigmoid(self.logit(i, w));
            let k = s * (1.0 - s) / self.points.len() as f64;
            out[0] += k * x * x;
            out[1] += k * x;
            out[3] += k;
        }
        out[2] = out[1];
    }

    fn samples(&self) -> Option<&dyn Samples> {
        Some(self)
    }

    fn about(&self) -> About {
        let minima = self.minimiser().map(|w| Minimum::of(self, "minimum", w.to_vec()));
        About {
            name: "logistic",
            title: "Logistic regression",
            formula: "mean of softplus(a x + b) − y (a x + b), w = (a, b)".into(),
            description: "asymmetric directions without any network; separable points leave no minimum at all",
            source: "Asymmetric Valleys, the two-parameter logistic regression of the released experiments",
            parameters: vec![("N", self.points.len() as f64)],
            window: vec![[-8.0, 4.0], [-4.0, 4.0]],
            start: vec![0.0, 0.0],
            minima: minima.into_iter().collect(),
        }
    }

    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        Some(highest(triangle))
    }
}

impl Samples for Logistic {
    fn count(&self) -> usize {
        self.points.len()
    }

    fn value_of(&self, i: usize, w: &[f64]) -> f64 {
        let z = self.logit(i, w);
        // softplus(z) = max(z, 0) + ln(1 + e^{−|z|}); f64::max would drop a NaN.
        let positive = if z < 0.0 { 0.0 } else { z };
        positive + (-z.abs()).exp().ln_1p() - self.points[i][1] * z
    }

    fn gradient_of(&self, i: usize, w: &[f64], out: &mut [f64]) {
        let [x, y] = self.points[i];
        let k = sigmoid(self.logit(i, w)) - y;
        out.copy_from_slice(&[k * x, k]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_mirrored_points_is_known() {
        // Three of four points of class 1 at x = −1 and of class 0 at x = 1: σ(−a) = 3/4, b = 0, so a = −ln 3.
        let points: Vec<[f64; 2]> = (0..4).flat_map(|i| [[-1.0, f64::from(i < 3)], [1.0, f64::from(i >= 3)]]).collect();
        let w = Logistic::over(&points).minimiser().unwrap();
        assert!((w[0] + 3f64.ln()).abs() < 1e-12 && w[1].abs() < 1e-12, "{w:?}");
    }

    #[test]
    fn separable_points_have_no_minimum() {
        let l = Logistic::over(&[[2.0, 0.0], [1.0, 0.0], [-1.0, 1.0], [0.5, 1.0]]);
        assert!(l.is_separable() && l.minimiser().is_none() && l.about().minima.is_empty());
        assert!(l.value(&[-400.0, 300.0]) < 1e-20);
        assert!(l.value(&[f64::NAN, 0.0]).is_nan());
    }

    #[test]
    fn draws_are_half_and_half_and_belong_to_their_run() {
        let l = Logistic::draw(20, 5, 2).unwrap();
        assert_eq!(l.points.iter().map(|p| p[1]).sum::<f64>(), 10.0);
        assert_eq!(l, Logistic::draw(20, 5, 2).unwrap());
        assert_ne!(l, Logistic::draw(20, 5, 3).unwrap());
        assert!(Logistic::draw(7, 0, 0).is_err());
        let many = Logistic::draw(40_000, 5, 0).unwrap();
        let mean = many.points[..20_000].iter().map(|p| p[0]).sum::<f64>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }
}
