//! Which values an automatic range of y shows: all, or those that are left when some are so far beyond the others that these
//! could not be told apart beside them. A run that diverges is such a case.

/// From the least to the greatest.
type Range = (f64, f64);

/// Values that are larger than all usual ones by this factor are left out (our choice): the others would share a twentieth of
/// the height.
const FAR: f64 = 20.0;
/// A curve that is larger than all others by this factor has gone off; one that is larger by less is only larger (our choice).
const GONE: f64 = 1000.0;
/// What a curve that has gone off still shows: as much as is not larger than the others by this factor.
const NEAR: f64 = 2.0;
/// Beyond the quartiles by so many times their distance a value is "far out" (Tukey, Exploratory Data Analysis, 1977).
const FENCE: f64 = 3.0;
/// Fewer values have no quartiles that mean anything.
const LEAST: usize = 8;

/// What is usual of some curves, each a list of finite values in the order of x; `None` of no values.
///
/// Where a curve begins is usual, and so is all of it that is not far out. An end of the range is that of all values unless
/// these go beyond the usual ones by a factor of [`FAR`], so a range changes only when something leaves it.
pub(super) fn usual(curves: &[Vec<f64>]) -> Option<Range> {
    let whole = all(curves.iter().flatten().copied())?;
    let begin = all(curves.iter().filter_map(|curve| curve.first()).copied())?;
    // Most panels end here: nothing is much larger than where the curves come from.
    if size(whole) <= FAR * size(begin) {
        return Some(whole);
    }
    let mut cores: Vec<(Range, &Vec<f64>)> = curves.iter().filter_map(|curve| Some((core(curve)?, curve))).collect();
    cores.sort_by(|a, b| size(a.0).total_cmp(&size(b.0)));
    // The smallest curve is usual, and those that are not beyond the ones before it.
    let mut usual = begin;
    let mut gone: Vec<&Vec<f64>> = Vec::new();
    for (k, (core, curve)) in cores.into_iter().enumerate() {
        let limit = GONE * size(usual);
        if k > 0 && limit > 0.0 && size(core) > limit {
            gone.push(curve);
        } else {
            usual = joined(usual, core);
        }
    }
    let near = NEAR * size(usual);
    let shown = all(gone.into_iter().flatten().copied().filter(|y| y.abs() <= near));
    usual = shown.map_or(usual, |shown| joined(usual, shown));
    let limit = FAR * size(usual);
    if limit == 0.0 {
        return Some(whole);
    }
    let low = if whole.0 < -limit { usual.0 } else { whole.0 };
    let high = if whole.1 > limit { usual.1 } else { whole.1 };
    Some((low, high))
}

/// The values of a curve that are not far out.
fn core(values: &[f64]) -> Option<Range> {
    let whole = all(values.iter().copied())?;
    if values.len() < LEAST {
        return Some(whole);
    }
    let mut sorted = values.to_vec();
    let mut quartile = |share: usize| {
        let place = values.len() * share / 4;
        *sorted.select_nth_unstable_by(place, f64::total_cmp).1
    };
    let (low, high) = (quartile(1), quartile(3));
    let reach = FENCE * (high - low);
    // Half of the values are one: what differs from them is all that there is to see.
    if reach <= 0.0 {
        return Some(whole);
    }
    all(values.iter().copied().filter(|y| low - reach <= *y && *y <= high + reach)).or(Some(whole))
}

/// What some values cover.
fn all(values: impl Iterator<Item = f64>) -> Option<Range> {
    values.map(|y| (y, y)).reduce(joined)
}

fn joined(a: Range, b: Range) -> Range {
    (a.0.min(b.0), a.1.max(b.1))
}

/// How far from 0 a range goes.
fn size((low, high): Range) -> f64 {
    low.abs().max(high.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss that falls from 2.3 to 0.1.
    fn falling(n: usize) -> Vec<f64> {
        (0..n).map(|t| 0.1 + 2.2 * (-0.05 * t as f64).exp()).collect()
    }

    /// The same, which from the middle of its last quarter on grows up to 3.1e7.
    fn diverging(n: usize) -> Vec<f64> {
        let begin = n - n / 8;
        let at = |(t, y): (usize, f64)| match t.checked_sub(begin) {
            Some(k) => y * (3.1e7 / y).powf((k + 1) as f64 / (n - begin) as f64),
            None => y,
        };
        falling(n).into_iter().enumerate().map(at).collect()
    }

    #[test]
    fn a_tail_that_diverges_is_left_out() {
        let (low, high) = usual(&[diverging(200)]).unwrap();
        assert!((0.0..0.2).contains(&low) && (2.3..10.0).contains(&high), "{low} {high}");
        let mirrored: Vec<f64> = diverging(200).iter().map(|y| -y).collect();
        assert_eq!(usual(&[mirrored]), Some((-high, -low)), "downwards as upwards");
    }

    #[test]
    fn a_run_that_goes_off_flattens_no_other() {
        // Nearly all of its points are far away.
        let gone: Vec<f64> = (0..200).map(|t| if t < 10 { 2.3 } else { 3.1e7 }).collect();
        for other in [gone, diverging(200), (0..40).map(|t| 2.3 * 1.5f64.powi(t)).collect()] {
            let (low, high) = usual(&[falling(200), other]).unwrap();
            assert!((0.0..0.2).contains(&low) && (2.3..10.0).contains(&high), "{low} {high}");
        }
    }

    #[test]
    fn what_is_only_larger_is_seen() {
        let distance = |rate: f64| (0..300).map(|t| rate * f64::from(t).sqrt()).collect::<Vec<_>>();
        let largest = *distance(0.3).last().unwrap();
        assert_eq!(usual(&[distance(0.001), distance(0.3)]), Some((0.0, largest)), "three hundred times as far");
        let flat = vec![1e-6; 100];
        let first = falling(1)[0];
        assert_eq!(usual(&[flat, falling(100)]).unwrap().1, first, "a run that is done is no measure of the others");
        let warm: Vec<f64> = (0..100).map(|t| (f64::from(t + 1) * 1e-3).min(0.05)).collect();
        assert_eq!(usual(&[warm]), Some((1e-3, 0.05)));
        let mut spiked = vec![0.05; 100];
        spiked[60] = 0.9;
        assert_eq!(usual(&[spiked]).unwrap().1, 0.9);
        let mut sparse = vec![0.0; 100];
        sparse[60] = 3.0;
        assert_eq!(usual(&[sparse]), Some((0.0, 3.0)), "what differs from nothing");
    }

    #[test]
    fn every_set_of_values_has_a_range() {
        assert_eq!(usual(&[]), None);
        assert_eq!(usual(&[vec![], vec![]]), None);
        assert_eq!(usual(&[vec![2.0]]), Some((2.0, 2.0)));
        assert_eq!(usual(&[vec![0.0, 1e308, -1e308]]), Some((-1e308, 1e308)));
        let huge: Vec<f64> = (0..20).map(|k| if k % 2 == 0 { 1e308 } else { -1e308 }).collect();
        assert_eq!(usual(&[huge]), Some((-1e308, 1e308)));
    }

    #[test]
    fn a_range_holds_still_until_something_leaves_it() {
        let mut values = falling(100);
        let before = usual(&[values.clone()]).unwrap();
        for next in [2.0, 2.2, 2.29] {
            values.push(next);
            assert_eq!(usual(&[values.clone()]).unwrap().1, before.1);
        }
    }
}
