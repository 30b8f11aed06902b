//! Several curves as one: their mean, and one standard deviation to both sides.

use crate::probe::statistics::Moments;

/// Mean and spread of curves at the places that all of them have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Band {
    pub(super) mean: Vec<[f64; 2]>,
    /// One standard deviation below the mean.
    pub(super) low: Vec<[f64; 2]>,
    pub(super) high: Vec<[f64; 2]>,
}

impl Band {
    /// Of curves with rising x. Where one of them is not a number, neither are mean and spread.
    pub(super) fn of(curves: &[Vec<[f64; 2]>]) -> Band {
        let mut band = Band::default();
        let Some((first, others)) = curves.split_first() else { return band };
        for [x, y] in first {
            let at = |curve: &Vec<[f64; 2]>| {
                curve.binary_search_by(|point| point[0].total_cmp(x)).ok().map(|place| curve[place][1])
            };
            let Some(rest) = others.iter().map(at).collect::<Option<Vec<f64>>>() else { continue };
            let moments: Moments = std::iter::once(*y).chain(rest).collect();
            let (mean, std) = (moments.mean().unwrap_or(f64::NAN), moments.std().unwrap_or(0.0));
            band.mean.push([*x, mean]);
            band.low.push([*x, mean - std]);
            band.high.push([*x, mean + std]);
        }
        band
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_all_have_count() {
        let curves = [vec![[0.0, 1.0], [1.0, 2.0], [2.0, 9.0]], vec![[0.0, 3.0], [2.0, 9.0], [3.0, 7.0]]];
        let band = Band::of(&curves);
        assert_eq!(band.mean, [[0.0, 2.0], [2.0, 9.0]]);
        let deviation = 2.0_f64.sqrt();
        assert_eq!(band.low, [[0.0, 2.0 - deviation], [2.0, 9.0]]);
        assert_eq!(band.high, [[0.0, 2.0 + deviation], [2.0, 9.0]]);
        assert_eq!(Band::of(&[]), Band::default());
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let band = Band::of(&[vec![[0.0, 1.0], [1.0, f64::NAN]], vec![[0.0, 1.0], [1.0, 2.0]]]);
        assert_eq!(band.mean[0], [0.0, 1.0]);
        assert!(band.mean[1][1].is_nan() && band.low[1][1].is_nan() && band.high[1][1].is_nan());
    }

    #[test]
    fn a_curve_alone_has_no_spread() {
        let band = Band::of(&[vec![[0.0, 1.0]]]);
        assert!(band.mean == [[0.0, 1.0]] && band.low == band.mean && band.high == band.mean);
    }
}
