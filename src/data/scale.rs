//! Pixels on another scale: (p − mean) / std for every channel, where p goes from 0 to 1.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Pixels;

/// One number for all channels of an image, or one for each. Text form, also in files: `0.1307` or `0.485,0.456,0.406`.
#[derive(Clone, Debug, PartialEq)]
pub struct PerChannel(Vec<f64>);

impl PerChannel {
    /// One number for each channel.
    pub fn new(numbers: Vec<f64>) -> PerChannel {
        PerChannel(numbers)
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// For so many channels; `None` if there are others.
    pub(super) fn spread(&self, channels: usize) -> Option<Vec<f64>> {
        match self.0.as_slice() {
            [one] => Some(vec![*one; channels]),
            each => (each.len() == channels).then(|| each.to_vec()),
        }
    }
}

impl fmt::Display for PerChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(f64::to_string).collect();
        f.pad(&texts.join(","))
    }
}

impl FromStr for PerChannel {
    type Err = String;

    /// Reads numbers with commas between them.
    ///
    /// # Errors
    /// Anything else, in words.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse().ok().filter(|x: &f64| x.is_finite());
        let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
        numbers.map(PerChannel).ok_or_else(|| {
            format!("\"{text}\" is no number for all channels nor one for each; write 0.1307 or 0.485,0.456,0.406")
        })
    }
}

impl Serialize for PerChannel {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PerChannel {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(f64),
            Each(Vec<f64>),
            Text(String),
        }
        match Form::deserialize(d)? {
            Form::One(x) => Ok(PerChannel(vec![x])),
            Form::Each(numbers) => Ok(PerChannel(numbers)),
            Form::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// How a data set's numbers come from pixels p between 0 and 1: x = (p − mean) / std, `[C]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
}

impl Scale {
    /// That of a plain range; `None` for ranges that the data decide.
    pub fn of(pixels: Pixels, channels: usize) -> Option<Scale> {
        let [mean, std] = match pixels {
            Pixels::Unit => [0.0, 1.0],
            Pixels::Signed => [0.5, 0.5],
            Pixels::Standard | Pixels::Auto => return None,
        };
        Some(Scale { mean: vec![mean; channels], std: vec![std; channels] })
    }

    /// Mean and standard deviation of every channel of images `[N, C, H, W]`, in f64; two sweeps, so that nothing cancels.
    pub fn statistics(images: &[f32], [channels, h, w]: [usize; 3]) -> Scale {
        let planes = || images.chunks_exact((h * w).max(1)).enumerate();
        let count = (images.len() / channels.max(1)).max(1) as f64;
        let mut mean = vec![0.0; channels];
        for (i, plane) in planes() {
            mean[i % channels] += plane.iter().map(|x| f64::from(*x)).sum::<f64>();
        }
        mean.iter_mut().for_each(|m| *m /= count);
        let mut std = vec![0.0; channels];
        for (i, plane) in planes() {
            let mean = mean[i % channels];
            std[i % channels] += plane.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>();
        }
        std.iter_mut().for_each(|s| *s = (*s / count).sqrt());
        Scale { mean, std }
    }

    /// Brings numbers of images `[N, C, H, W]` from this scale to another one.
    pub fn to(&self, other: &Scale, images: &mut [f32], [channels, h, w]: [usize; 3]) {
        for (i, plane) in images.chunks_exact_mut((h * w).max(1)).enumerate() {
            let ch = i % channels;
            let factor = self.std[ch] / other.std[ch];
            let shift = (self.mean[ch] - other.mean[ch]) / other.std[ch];
            plane.iter_mut().for_each(|x| *x = (f64::from(*x) * factor + shift) as f32);
        }
    }

    fn numbers(values: &[f64]) -> String {
        let rounded: Vec<String> = values.iter().map(|x| format!("{x:.4}")).collect();
        match rounded.as_slice() {
            [first, rest @ ..] if rest.iter().all(|x| x == first) => first.clone(),
            all => all.join(", "),
        }
    }

    /// `mean 0.1307, standard deviation 0.3081`.
    pub fn words(&self) -> String {
        format!("mean {}, standard deviation {}", Scale::numbers(&self.mean), Scale::numbers(&self.std))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_survive() {
        for text in ["0.1307", "0.485,0.456,0.406", "-1,2,0"] {
            let numbers: PerChannel = text.parse().unwrap();
            assert_eq!(numbers.to_string(), text);
            assert_eq!(serde_json::from_str::<PerChannel>(&serde_json::to_string(&numbers).unwrap()).unwrap(), numbers);
        }
        assert_eq!(serde_json::from_str::<PerChannel>("0.5").unwrap(), PerChannel(vec![0.5]));
        assert_eq!(serde_json::from_str::<PerChannel>("[1, 2]").unwrap(), PerChannel(vec![1.0, 2.0]));
        for bad in ["", "a", "1,,2", "1;2", "nan", "inf"] {
            assert!(bad.parse::<PerChannel>().unwrap_err().contains("0.1307"), "{bad}");
        }
    }

    /// Three channels, each with numbers of its own; and back again.
    #[test]
    fn channels_have_their_own() {
        let shape = [3, 2, 2];
        let images: Vec<f32> = (0..5 * 12).map(|i| (i * 7 % 13) as f32 / 13.0).collect();
        let scale = Scale { mean: vec![0.1, 0.2, 0.3], std: vec![0.5, 0.25, 2.0] };
        let unit = Scale::of(Pixels::Unit, 3).unwrap();
        let mut scaled = images.clone();
        unit.to(&scale, &mut scaled, shape);
        for (i, (p, x)) in images.iter().zip(&scaled).enumerate() {
            let ch = i / 4 % 3;
            let want = (f64::from(*p) - scale.mean[ch]) / scale.std[ch];
            assert!((f64::from(*x) - want).abs() < 1e-6, "{i}");
        }
        scale.to(&unit, &mut scaled, shape);
        assert!(images.iter().zip(&scaled).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
