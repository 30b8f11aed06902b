//! Mean and spread of a stream of numbers.

use serde::{Deserialize, Serialize};

use super::interval::{Interval, Z_95};
use crate::probe::json::finite_or_name;

/// Count, mean and spread of numbers seen one by one (B. P. Welford, 1962); nothing else is kept.
///
/// A number that is not finite makes mean and spread not finite: who wants to describe the finite ones counts the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    #[serde(with = "finite_or_name")]
    mean: f64,
    /// Σ (x − mean)².
    #[serde(with = "finite_or_name")]
    squares: f64,
}

impl Moments {
    /// Takes one more number.
    pub fn push(&mut self, x: f64) {
        self.count += 1;
        let before = x - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (x - self.mean);
    }

    /// How many numbers were seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Σ (x − mean)² / (n − 1); `None` with fewer than two.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// The sample standard deviation.
    pub fn std(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// The standard error of the mean, std / √n.
    pub fn standard_error(&self) -> Option<f64> {
        self.variance().map(|v| (v / self.count as f64).sqrt())
    }

    /// Student's 95 % interval of the mean: exact for normal numbers, approximate for others.
    pub fn interval(&self) -> Option<Interval> {
        let half = self.standard_error()? * student_95(self.count - 1);
        Some(Interval { low: self.mean - half, high: self.mean + half })
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Moments {
        let mut moments = Moments::default();
        numbers.into_iter().for_each(|x| moments.push(x));
        moments
    }
}

/// t with P(|T| ≤ t) = 0.95 for Student's T with so many degrees of freedom; infinite with none.
pub fn student_95(degrees: u64) -> f64 {
    if degrees == 0 {
        return f64::INFINITY;
    }
    if degrees > 200 {
        // The expansion in 1/ν (Abramowitz and Stegun 26.7.5); its next term is below 1e−6 here.
        let (z, v) = (Z_95, degrees as f64);
        return z + (z.powi(3) + z) / (4.0 * v) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * v * v);
    }
    let (mut low, mut high) = (1.0, 16.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if student_within(middle, degrees) < 0.95 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// P(|T| ≤ t), as a finite sum (Abramowitz and Stegun 26.7.3 and 26.7.4).
fn student_within(t: f64, degrees: u64) -> f64 {
    let angle = (t / (degrees as f64).sqrt()).atan();
    let (sin, cos) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    // Odd: cos + 2/3 cos³ + …; even: 1 + 1/2 cos² + …; up to the power ν − 2.
    let (mut power, mut term) = if odd { (1, cos) } else { (0, 1.0) };
    let mut sum = 0.0;
    while power + 2 <= degrees {
        sum += term;
        term *= cos * cos * (power + 1) as f64 / (power + 2) as f64;
        power += 2;
    }
    if odd { std::f64::consts::FRAC_2_PI * (angle + sin * sum) } else { sin * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_definition_far_from_zero() {
        let numbers = [4.0, 7.0, 13.0, 16.0].map(|x| x + 1e9);
        let moments: Moments = numbers.into_iter().collect();
        assert_eq!((moments.count(), moments.mean(), moments.variance()), (4, Some(1e9 + 10.0), Some(30.0)));
        assert!((moments.standard_error().unwrap() - 7.5f64.sqrt()).abs() < 1e-12);
        let one: Moments = [3.0].into_iter().collect();
        assert_eq!((one.mean(), one.std(), one.interval()), (Some(3.0), None, None));
        assert_eq!(Moments::default().mean(), None);
        let broken: Moments = [1.0, f64::INFINITY, 2.0].into_iter().collect();
        assert!(!broken.mean().unwrap().is_finite());
        let json = serde_json::to_string(&moments).unwrap();
        assert_eq!(serde_json::from_str::<Moments>(&json).unwrap(), moments);
    }

    #[test]
    fn students_t_is_the_tables() {
        // Closed forms for 1 and 2 degrees: tan(0.95 π/2) and 0.95 √(2 / (1 − 0.95²)).
        let cauchy = (0.95 * std::f64::consts::FRAC_PI_2).tan();
        let two = 0.95 * (2.0 / (1.0 - 0.95f64 * 0.95)).sqrt();
        // The rest from printed tables.
        for (degrees, t) in [(1, cauchy), (2, two), (3, 3.182446), (5, 2.570582), (9, 2.262157), (30, 2.042272)] {
            assert!((student_95(degrees) - t).abs() < 1e-6, "{degrees}: {}", student_95(degrees));
        }
        assert!((student_95(200) - 1.971896).abs() < 1e-6 && (student_95(201) - student_95(200)).abs() < 1e-4);
        assert!((student_within(student_95(301), 301) - 0.95).abs() < 1e-7);
        assert!(student_95(0).is_infinite());
    }
}
