//! K lines through one point in random directions, summed up as a band.

use serde::{Deserialize, Serialize};

/// What K curves have in common, at every α.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// In the order of the α given.
    pub points: Vec<BandPoint>,
    /// K.
    pub curves: usize,
}

/// The spread of K values at one α.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandPoint {
    pub alpha: f64,
    /// How many of the K values are finite; only these are described.
    pub finite: usize,
    /// `None` when no value is finite.
    pub spread: Option<Spread>,
}

/// Order statistics and mean. Quartiles are interpolated linearly between the sorted values (Hyndman and Fan's type 7,
/// the default of NumPy and R).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub min: f64,
    pub lower_quartile: f64,
    pub median: f64,
    pub upper_quartile: f64,
    pub max: f64,
    pub mean: f64,
}

impl Band {
    /// The band of K curves of as many values each as there are α; a value that is missing counts as not finite.
    pub fn of(alphas: &[f64], curves: &[Vec<f64>]) -> Band {
        let point = |(k, alpha): (usize, &f64)| {
            let mut values: Vec<f64> =
                curves.iter().filter_map(|c| c.get(k).copied()).filter(|x| x.is_finite()).collect();
            values.sort_by(f64::total_cmp);
            BandPoint { alpha: *alpha, finite: values.len(), spread: Spread::of_sorted(&values) }
        };
        Band { points: alphas.iter().enumerate().map(point).collect(), curves: curves.len() }
    }
}

impl Spread {
    fn of_sorted(values: &[f64]) -> Option<Spread> {
        let (min, max) = (*values.first()?, *values.last()?);
        let quantile = |quarters: usize| {
            // Whole numbers up to the last step: quartiles that fall on a value are that value.
            let place = (values.len() - 1) * quarters;
            let (below, share) = (values[place / 4], (place % 4) as f64 / 4.0);
            match values.get(place / 4 + 1) {
                Some(above) if share > 0.0 => below + share * (above - below),
                _ => below,
            }
        };
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let [lower_quartile, median, upper_quartile] = [1, 2, 3].map(quantile);
        Some(Spread { min, lower_quartile, median, upper_quartile, max, mean })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_the_definition() {
        // numpy.quantile([1, 2, 4, 8], [0.25, 0.5, 0.75]) = 1.75, 3, 5.
        let curves: Vec<Vec<f64>> =
            [[8.0, 5.0], [1.0, f64::NAN], [4.0, f64::INFINITY], [2.0, 7.0]].map(Vec::from).into();
        let band = Band::of(&[0.0, 0.5, 1.0], &curves);
        assert_eq!(band.curves, 4);
        let spread = Spread { min: 1.0, lower_quartile: 1.75, median: 3.0, upper_quartile: 5.0, max: 8.0, mean: 3.75 };
        assert_eq!(band.points[0], BandPoint { alpha: 0.0, finite: 4, spread: Some(spread) });
        let two = band.points[1].spread.unwrap();
        assert_eq!((band.points[1].finite, two.min, two.median, two.lower_quartile), (2, 5.0, 6.0, 5.5));
        assert_eq!(band.points[2], BandPoint { alpha: 1.0, finite: 0, spread: None });
        let one = Spread::of_sorted(&[3.0]).unwrap();
        assert_eq!((one.min, one.lower_quartile, one.upper_quartile, one.mean), (3.0, 3.0, 3.0, 3.0));
        let five = Spread::of_sorted(&[1.0, 10.0, 100.0, 1000.0, 10_000.0]).unwrap();
        assert_eq!((five.lower_quartile, five.median, five.upper_quartile), (10.0, 100.0, 1000.0));
        let json = serde_json::to_string(&band).unwrap();
        assert_eq!(serde_json::from_str::<Band>(&json).unwrap(), band);
    }
}
