//! What was done to pixels, as a paper says it.

use super::{DataSpec, Pixels, Scale, catalog};

/// What numbers that have no range of their own are.
const AS_THEY_ARE: &str = "inputs as they are";

impl Pixels {
    /// "pixels in [0, 1]".
    fn words(self) -> &'static str {
        match self {
            Pixels::Unit => "pixels in [0, 1]",
            Pixels::Signed => "pixels in [−1, 1]",
            Pixels::Standard => "pixels with mean 0 and standard deviation 1 over the training images",
            Pixels::Auto => "pixels in the range that suits the checkpoint",
        }
    }
}

/// How a data set's numbers came from its pixels; `None` is what was taken as it is.
pub fn scale_words(scale: Option<&Scale>) -> String {
    let Some(scale) = scale else { return AS_THEY_ARE.into() };
    let channels = scale.mean.len();
    let plain = [Pixels::Unit, Pixels::Signed];
    let known = plain.into_iter().find(|pixels| Scale::of(*pixels, channels).as_ref() == Some(scale));
    known.map_or_else(|| format!("pixels from 0 to 1 normalised by {}", scale.words()), |pixels| pixels.words().into())
}

/// The same for what was asked for, where the data are not at hand.
pub fn range_words(spec: &DataSpec) -> String {
    if spec.mean.is_some() || spec.std.is_some() {
        let [mean, std] = [(&spec.mean, "0"), (&spec.std, "1")]
            .map(|(given, usual)| given.as_ref().map_or(usual.into(), ToString::to_string));
        return format!("pixels from 0 to 1 normalised by mean {mean}, standard deviation {std}");
    }
    let known = spec.pixels.or_else(|| catalog::find(&spec.name).map(|set| set.pixels));
    match (known, spec.name.as_str()) {
        (Some(pixels), _) => pixels.words().into(),
        (None, "digits") => Pixels::default().words().into(),
        (None, "moons" | "spirals" | "separable") => AS_THEY_ARE.into(),
        (None, _) => "bytes as pixels in [0, 1], other numbers as they are".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_and_what_was_loaded_say_the_same() {
        for (name, pixels, part) in
            [("digits", None, "[0, 1]"), ("digits", Some(Pixels::Signed), "[−1, 1]"), ("moons", None, "as they are")]
        {
            let spec = DataSpec { name: name.into(), pixels, ..DataSpec::default() };
            let loaded = crate::data::load(&spec, 0).unwrap();
            assert_eq!(range_words(&spec), scale_words(loaded.scale.as_ref()));
            assert!(range_words(&spec).contains(part), "{}", range_words(&spec));
        }
        let spec = DataSpec { mean: Some("0.5".parse().unwrap()), ..DataSpec::default() };
        assert!(range_words(&spec).ends_with("by mean 0.5, standard deviation 1"));
        let loaded = crate::data::load(&spec, 0).unwrap();
        assert!(scale_words(loaded.scale.as_ref()).ends_with("by mean 0.5000, standard deviation 1.0000"));
        let cifar = DataSpec { name: "cifar-10".into(), ..DataSpec::default() };
        assert_eq!(range_words(&cifar), "pixels in [−1, 1]");
    }
}
