//! Brings the pixels of a data set to the scale that is asked for.

use super::{DataError, DataSpec, Dataset, PerChannel, Pixels, Scale, Split};

/// What a spec asks for beyond a plain range.
enum Wanted {
    /// The training images' own.
    Standard,
    Given(Option<PerChannel>, Option<PerChannel>),
}

fn wanted(spec: &DataSpec) -> Result<Option<Wanted>, DataError> {
    let is_given = spec.mean.is_some() || spec.std.is_some();
    match spec.pixels {
        Some(Pixels::Auto) => Err(DataError::Scale(
            "the automatic range of pixels is that in which a checkpoint is right most often, and here is none; give the range \
             (--pixels 0:1, -1:1 or standard), or mean and deviation (--mean, --std)"
                .into(),
        )),
        Some(range @ (Pixels::Signed | Pixels::Standard)) if is_given => Err(DataError::Scale(format!(
            "mean and deviation (--mean, --std) are for pixels from 0 to 1, so they do not go with the range {range} (--pixels \
             {range}); give one or the other"
        ))),
        Some(Pixels::Standard) => Ok(Some(Wanted::Standard)),
        _ => Ok(is_given.then(|| Wanted::Given(spec.mean.clone(), spec.std.clone()))),
    }
}

/// Loads by `read` what `spec` describes, and brings it to the scale that it asks for.
///
/// # Errors
/// Those of `read`; ranges that contradict each other, numbers of channels that differ, deviations that are not above 0.
pub(super) fn scaled(
    spec: &DataSpec,
    is_own: bool,
    read: impl FnOnce(&DataSpec) -> Result<Dataset, DataError>,
) -> Result<Dataset, DataError> {
    let Some(wanted) = wanted(spec)? else {
        let mut set = read(spec)?;
        set.scale = set.pixels.and_then(|pixels| Scale::of(pixels, set.shape[0]));
        return Ok(set);
    };
    let is_standard = matches!(wanted, Wanted::Standard);
    // Floating-point images of one's own have no range; all others begin with pixels from 0 to 1. Statistics are those of all
    // training images, however many are used.
    let pixels = (!is_own).then_some(Pixels::Unit);
    let train_count = spec.train_count.filter(|_| !is_standard);
    let mut set = read(&DataSpec { pixels, train_count, mean: None, std: None, ..spec.clone() })?;
    let all = set.train.len();
    let scale = match wanted {
        Wanted::Standard => Scale::statistics(&set.train.images, set.shape),
        Wanted::Given(mean, std) => given(mean, std, set.shape[0])?,
    };
    if let Some(channel) = scale.std.iter().position(|s| s.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater)) {
        let std = scale.std[channel];
        return Err(DataError::Scale(format!(
            "the standard deviation of channel {channel} is {std}; give numbers above 0 (--std)"
        )));
    }
    if is_standard && let Some(asked) = spec.train_count {
        if asked == 0 || asked > all {
            return Err(DataError::Count { set: spec.name.clone(), half: "training", asked, available: all });
        }
        let area = set.shape.iter().product::<usize>();
        set.train =
            Split { images: set.train.images[..asked * area].to_vec(), labels: set.train.labels[..asked].to_vec() };
    }
    let before = Scale { mean: vec![0.0; set.shape[0]], std: vec![1.0; set.shape[0]] };
    before.to(&scale, &mut set.train.images, set.shape);
    before.to(&scale, &mut set.test.images, set.shape);
    let of = if is_standard { format!(", those of all {all} training images") } else { String::new() };
    let what = if set.pixels.is_some() { "Pixels from 0 to 1" } else { "The numbers" };
    set.notes.push(format!("{what} are brought to mean 0 and deviation 1: {}{of}.", scale.words()));
    if set.pixels.is_some() {
        set.scale = Some(scale);
        set.pixels = if is_standard { Some(Pixels::Standard) } else { None };
    }
    Ok(set)
}

fn given(mean: Option<PerChannel>, std: Option<PerChannel>, channels: usize) -> Result<Scale, DataError> {
    let spread = |what: &str, option: &str, numbers: Option<PerChannel>, usual: f64| {
        let numbers = numbers.unwrap_or_else(|| PerChannel::new(vec![usual]));
        numbers.spread(channels).ok_or_else(|| {
            let (n, s) = (numbers.count(), if channels == 1 { "" } else { "s" });
            DataError::Scale(format!(
                "the {what} has {n} numbers (--{option}), the images have {channels} channel{s}; give 1 or {channels}"
            ))
        })
    };
    Ok(Scale { mean: spread("mean", "mean", mean, 0.0)?, std: spread("standard deviation", "std", std, 1.0)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::load;

    fn digits(change: impl FnOnce(&mut DataSpec)) -> Result<Dataset, String> {
        let mut spec = DataSpec::default();
        change(&mut spec);
        load(&spec, 0).map_err(|e| e.to_string())
    }

    /// The formula on every pixel, and that the plain ranges are special cases.
    #[test]
    fn given_numbers_are_used_as_they_are() {
        let plain = digits(|_| {}).unwrap();
        let set = digits(|s| (s.mean, s.std) = (Some("0.25".parse().unwrap()), Some("0.5".parse().unwrap()))).unwrap();
        let both =
            plain.train.images.iter().zip(&set.train.images).chain(plain.test.images.iter().zip(&set.test.images));
        assert!(both.into_iter().all(|(p, x)| *x == (*p - 0.25) / 0.5));
        let signed =
            digits(|s| (s.mean, s.std) = (Some("0.5".parse().unwrap()), Some("0.5".parse().unwrap()))).unwrap();
        assert_eq!(signed.train.images, digits(|s| s.pixels = Some(Pixels::Signed)).unwrap().train.images);
        let shifted = digits(|s| s.mean = Some("1".parse().unwrap())).unwrap();
        assert_eq!(shifted.train.images[0], plain.train.images[0] - 1.0);
        assert!(set.notes[0].contains("mean 0.2500, standard deviation 0.5000"), "{:?}", set.notes);
    }

    #[test]
    fn standard_pixels_have_mean_0_and_deviation_1_over_all_training_images() {
        let all = digits(|s| s.pixels = Some(Pixels::Standard)).unwrap();
        let found = Scale::statistics(&all.train.images, all.shape);
        assert!(found.mean[0].abs() < 1e-7 && (found.std[0] - 1.0).abs() < 1e-6, "{found:?}");
        // By another way: sums of x and x² over bytes.
        let plain = digits(|_| {}).unwrap();
        let (n, sum, squares) = plain.train.images.iter().fold((0.0, 0.0, 0.0), |(n, s, q), x| {
            let x = f64::from(*x);
            (n + 1.0, s + x, q + x * x)
        });
        let (mean, std) = (sum / n, (squares / n - (sum / n) * (sum / n)).sqrt());
        let scale = all.scale.as_ref().unwrap();
        assert!((scale.mean[0] - mean).abs() < 1e-9 && (scale.std[0] - std).abs() < 1e-9);
        // Few images are on the scale of all.
        let few = digits(|s| (s.pixels, s.train_count) = (Some(Pixels::Standard), Some(7))).unwrap();
        assert_eq!(few.train.images, all.train.images[..7 * 64]);
        assert_eq!((few.train.labels.as_slice(), &few.test), (&all.train.labels[..7], &all.test));
        assert!(few.notes[0].contains("those of all 1437 training images"), "{:?}", few.notes);
        let error = digits(|s| (s.pixels, s.train_count) = (Some(Pixels::Standard), Some(1438))).unwrap_err();
        assert!(error.contains("1437 training"), "{error}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_remedy() {
        let one = |text: &str| Some(text.parse::<PerChannel>().unwrap());
        for (spec, part) in [
            (
                DataSpec { mean: one("1,2,3"), ..DataSpec::default() },
                "the mean has 3 numbers (--mean), the images have 1 channel; give 1 or 1",
            ),
            (DataSpec { std: one("0"), ..DataSpec::default() }, "give numbers above 0 (--std)"),
            (DataSpec { std: one("-1"), ..DataSpec::default() }, "give numbers above 0 (--std)"),
            (DataSpec { mean: one("1"), pixels: Some(Pixels::Signed), ..DataSpec::default() }, "give one or the other"),
            (
                DataSpec { std: one("1"), pixels: Some(Pixels::Standard), ..DataSpec::default() },
                "give one or the other",
            ),
            (DataSpec { pixels: Some(Pixels::Auto), ..DataSpec::default() }, "give the range"),
            (DataSpec { name: "moons".into(), mean: one("1"), ..DataSpec::default() }, "moons has no pixels"),
        ] {
            let error = load(&spec, 0).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn mnists_own_statistics_are_the_known_ones() {
        let dir = std::path::PathBuf::from(std::env::var_os("VALLEYSCOPE_SHARED").unwrap()).join("data");
        let spec = DataSpec {
            name: "mnist".into(),
            dir: Some(dir),
            pixels: Some(Pixels::Standard),
            train_count: Some(3),
            ..DataSpec::default()
        };
        let set = load(&spec, 0).unwrap();
        let scale = set.scale.unwrap();
        assert_eq!(scale.words(), "mean 0.1307, standard deviation 0.3081");
        assert_eq!(set.train.len(), 3);
    }
}
