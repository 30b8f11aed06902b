//! Statistics of a few numbers, in f64. What is not a number shows in all of them.

/// Arithmetic mean; `NaN` of nothing.
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0u32), |(s, n), x| (s + x, n + 1));
    sum / f64::from(n)
}

/// Standard deviation of a sample (n − 1); `NaN` of fewer than two.
pub fn deviation(values: &[f64]) -> f64 {
    let m = mean(values.iter().copied());
    (values.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

/// The middle one, or the mean of the two in the middle; `NaN` of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    if values.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => values[n / 2],
        _ => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

/// The smallest; `NaN` of nothing.
pub fn smallest(values: impl Iterator<Item = f64>) -> f64 {
    // `f64::min` leaves a NaN out.
    values.reduce(|a, b| if a.is_nan() || a < b { a } else { b }).unwrap_or(f64::NAN)
}

/// The largest; `NaN` of nothing.
pub fn largest(values: impl Iterator<Item = f64>) -> f64 {
    -smallest(values.map(|x| -x))
}

/// Pearson's correlation of pairs; `NaN` of fewer than two, and where one side does not vary.
pub fn correlation(pairs: &[[f64; 2]]) -> f64 {
    let middle = [0, 1].map(|side: usize| mean(pairs.iter().map(|pair| pair[side])));
    let product =
        |a: usize, b: usize| -> f64 { pairs.iter().map(|pair| (pair[a] - middle[a]) * (pair[b] - middle[b])).sum() };
    if pairs.len() < 2 { f64::NAN } else { product(0, 1) / (product(0, 0) * product(1, 1)).sqrt() }
}

/// Spearman's rank correlation of pairs: 1 where one rises with the other throughout, −1 where it falls. Equal numbers have the
/// mean of their ranks.
pub fn rank_correlation(pairs: &[[f64; 2]]) -> f64 {
    let [x, y] = [0, 1].map(|side: usize| ranks(&pairs.iter().map(|pair| pair[side]).collect::<Vec<f64>>()));
    correlation(&x.iter().zip(&y).map(|(x, y)| [*x, *y]).collect::<Vec<_>>())
}

/// The rank of each number from 1; `NaN` for what is not one.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |x: f64| {
        let below = values.iter().filter(|y| **y < x).count() as f64;
        let equal = values.iter().filter(|y| **y == x).count() as f64;
        if x.is_nan() { f64::NAN } else { below + (equal + 1.0) / 2.0 }
    };
    values.iter().map(|x| rank(*x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_numbers() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan() && mean([].into_iter()).is_nan());
        assert_eq!(deviation(&[1.0, 3.0]), 2f64.sqrt());
        assert_eq!((smallest([2.0, -1.0, 3.0].into_iter()), largest([2.0, -1.0, 3.0].into_iter())), (-1.0, 3.0));
        assert!(smallest([].into_iter()).is_nan() && largest([].into_iter()).is_nan());
    }

    #[test]
    fn what_is_not_a_number_shows() {
        for at in 0..3 {
            let mut values = [1.0, 2.0, 3.0];
            values[at] = f64::NAN;
            assert!(median(values.to_vec()).is_nan() && mean(values.into_iter()).is_nan());
            assert!(smallest(values.into_iter()).is_nan() && largest(values.into_iter()).is_nan(), "at {at}");
            assert!(rank_correlation(&values.map(|x| [x, 2.0 * x])).is_nan());
        }
    }

    #[test]
    fn correlations_are_those_of_the_textbook() {
        let line: Vec<[f64; 2]> = (0..9).map(|i| [f64::from(i), 3.0 - 2.0 * f64::from(i)]).collect();
        assert!((correlation(&line) + 1.0).abs() < 1e-12);
        // Of (1, 2), (2, 1), (3, 3): covariance 0.5, both variances 1.
        assert!((correlation(&[[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]) - 0.5).abs() < 1e-12);
        // Rises throughout, though not on a line.
        let bent: Vec<[f64; 2]> = (0..9).map(|i| [f64::from(i), f64::from(i).exp()]).collect();
        assert!((rank_correlation(&bent) - 1.0).abs() < 1e-12 && correlation(&bent) < 0.9);
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 9.0]), [2.5, 1.0, 2.5, 4.0]);
        assert!(correlation(&[[1.0, 2.0]]).is_nan() && correlation(&[[1.0, 2.0], [1.0, 3.0]]).is_nan());
    }
}
