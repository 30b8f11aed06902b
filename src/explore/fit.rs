//! Whether a checkpoint's network is right about the images as they are prepared here. How images were prepared is in no
//! checkpoint, and a wrong range of pixels shows in nothing but a network that is wrong too often.

use std::sync::Arc;

use serde::Serialize;

use super::error::ExploreError;
use crate::{
    data::{DataSpec, Dataset, PerChannel, Pixels, Scale, Split},
    device::Chosen,
    net::{Network, State},
    objective::{Interrupt, Objective, Subset},
    probe::{NormMode, json::finite_or_name},
    run::LossKind,
};

/// Images of each half that are looked at, at most and at least.
const IMAGES: [u64; 2] = [500, 32];

/// Multiplications that all images of a look may cost: some tenths of a second on one core.
const WORK: u64 = 2_000_000_000;

/// A network that is right at least so often has its images as it wants them.
const SURE: f64 = 0.9;

/// Another range is worth mentioning from so much more on.
const BETTER: f64 = 0.05;

/// What ImageNet's networks subtract from pixels between 0 and 1, and what they divide by.
const IMAGENET: [[f64; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/// How often a network is right on a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Share of images that are answered rightly, 0..1; `NaN` when an output is not a number.
    #[serde(with = "finite_or_name")]
    pub right: f64,
    /// Images.
    pub of: u64,
}

impl Share {
    /// `92.4 %`
    pub fn percent(&self) -> String {
        if self.right.is_nan() { "NaN".into() } else { format!("{:.1} %", 100.0 * self.right) }
    }

    /// Right enough to say nothing more.
    fn is_sure(&self) -> bool {
        self.right >= SURE
    }

    /// For comparisons: what is not a number is never right.
    fn known(&self) -> f64 {
        if self.right.is_nan() { 0.0 } else { self.right }
    }
}

/// A way to scale pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Range {
    pub pixels: Option<Pixels>,
    pub mean: Option<PerChannel>,
    pub std: Option<PerChannel>,
}

impl Range {
    fn plain(pixels: Pixels) -> Range {
        Range { pixels: Some(pixels), mean: None, std: None }
    }

    fn imagenet() -> Range {
        let [mean, std] = IMAGENET.map(|numbers| Some(PerChannel::new(numbers.to_vec())));
        Range { pixels: None, mean, std }
    }

    /// The one that data were loaded with, where they have one.
    fn of(spec: &DataSpec, data: &Dataset) -> Range {
        Range { pixels: data.pixels, mean: spec.mean.clone(), std: spec.std.clone() }
    }

    /// Puts it into a spec.
    pub fn put(&self, spec: &mut DataSpec) {
        (spec.pixels, spec.mean, spec.std) = (self.pixels, self.mean.clone(), self.std.clone());
    }

    /// In a word or two: `-1:1`, `standard`, `mean 0.1307`.
    pub fn words(&self) -> String {
        match (&self.pixels, &self.mean, &self.std) {
            (_, None, None) => self.pixels.map_or("the numbers as they are".into(), |pixels| pixels.to_string()),
            (_, _, _) if *self == Range::imagenet() => "ImageNet's mean and deviation".into(),
            (_, mean, std) => {
                let part = |name: &str, of: &Option<PerChannel>| of.as_ref().map(|of| format!("{name} {of}"));
                [part("mean", mean), part("std", std)].into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// The options that ask for it.
    pub fn options(&self) -> String {
        let pixels = self.pixels.map(|pixels| format!("--pixels={pixels}"));
        let mean = self.mean.as_ref().map(|mean| format!("--mean {mean}"));
        let std = self.std.as_ref().map(|std| format!("--std {std}"));
        [pixels, mean, std].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// What a look at a sample found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// How pixels were scaled; `None` for what is taken as it is.
    pub range: Option<Range>,
    pub train: Share,
    pub test: Option<Share>,
    /// A range with which the network is right clearly more often, and how often on the training images.
    pub better: Option<(Range, Share)>,
}

impl Fit {
    /// `98.4 % of 500 training, 97.0 % of 500 test images`
    pub fn short(&self) -> String {
        let train = format!("{} of {} training", self.train.percent(), self.train.of);
        let test = self.test.map_or(String::new(), |test| format!(", {} of {} test", test.percent(), test.of));
        format!("{train}{test} images")
    }

    /// For people; where another range is better, with the options for it aside.
    pub fn words(&self) -> String {
        let train = format!("{} of {} training", self.train.percent(), self.train.of);
        let test = self.test.map_or(String::new(), |test| format!(" and {} of {} test", test.percent(), test.of));
        let with =
            |range: &Option<Range>| range.as_ref().map_or(String::new(), |r| format!(" with pixels {}", r.words()));
        match &self.better {
            Some((range, share)) => format!(
                "{train}{test} images right{}; {} of the training images with {}: give that range ({})",
                with(&self.range),
                share.percent(),
                range.words(),
                range.options()
            ),
            None if self.train.known() < 0.5 && self.range.is_some() => {
                format!("{train}{test} images right{}, and not more with another usual range", with(&self.range))
            }
            None => format!("{train}{test} images right"),
        }
    }
}

/// Everything that a look needs.
pub(super) struct Look<'a> {
    pub network: &'a Network,
    pub state: &'a State,
    pub spec: &'a DataSpec,
    pub data: &'a Dataset,
    pub loss: LossKind,
    pub norm_mode: NormMode,
    pub device: &'a Chosen,
    pub interrupt: &'a Interrupt,
    /// Whether the best range is wanted, however good the present one is.
    pub best: bool,
}

impl Look<'_> {
    /// Looks at a sample of both halves, and where the network is wrong too often, at other ranges of pixels.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn fit(&self) -> Result<Fit, ExploreError> {
        let range = self.data.scale.as_ref().map(|_| Range::of(self.spec, self.data));
        let sample = self.sample();
        let train = self.share(&sample, Subset::Train)?;
        let test = if sample.test.is_empty() { None } else { Some(self.share(&sample, Subset::Test)?) };
        let mut better: Option<(Range, Share)> = None;
        let margin = if self.best { 0.0 } else { BETTER };
        if let (Some(scale), true) = (&self.data.scale, self.best || !train.is_sure()) {
            for (candidate, other) in self.candidates(scale) {
                if range.as_ref() == Some(&candidate) {
                    continue;
                }
                let mut set = sample.clone();
                scale.to(&other, &mut set.train.images, set.shape);
                let share = self.share(&set, Subset::Train)?;
                let best = better.as_ref().map_or(train.known() + margin, |(_, best)| best.known());
                if share.known() > best {
                    better = Some((candidate, share));
                }
            }
        }
        Ok(Fit { range, train, test, better })
    }

    /// The usual ranges.
    fn candidates(&self, scale: &Scale) -> Vec<(Range, Scale)> {
        let channels = self.data.shape[0];
        let plain = [Pixels::Unit, Pixels::Signed].into_iter();
        let mut all: Vec<(Range, Scale)> =
            plain.filter_map(|pixels| Some((Range::plain(pixels), Scale::of(pixels, channels)?))).collect();
        // Statistics of pixels from those of the numbers in memory, x = (p − m) / s.
        let Scale { mean, std } = Scale::statistics(&self.data.train.images, self.data.shape);
        let of = |(x, (m, s)): (&f64, (&f64, &f64))| x * s + m;
        let standard = Scale {
            mean: mean.iter().zip(scale.mean.iter().zip(&scale.std)).map(of).collect(),
            std: std.iter().zip(&scale.std).map(|(x, s)| x * s).collect(),
        };
        if standard.std.iter().all(|s| *s > 0.0) {
            all.push((Range::plain(Pixels::Standard), standard));
        }
        if channels == 3 {
            let [mean, std] = IMAGENET.map(|numbers| numbers.to_vec());
            all.push((Range::imagenet(), Scale { mean, std }));
        }
        all
    }

    /// Some images of both halves, from all over them: files may be sorted by class.
    fn sample(&self) -> Dataset {
        let [most, least] = IMAGES;
        let count = (WORK / self.network.multiplications().max(1)).clamp(least, most) as usize;
        let area = self.data.shape.iter().product::<usize>();
        let of = |split: &Split| {
            let (all, n) = (split.len(), split.len().min(count));
            let places = (0..n).map(|i| i * all / n);
            let mut part = Split::default();
            for i in places {
                part.images.extend_from_slice(&split.images[i * area..][..area]);
                part.labels.push(split.labels[i]);
            }
            part
        };
        let (train, test) = (of(&self.data.train), of(&self.data.test));
        Dataset {
            name: self.data.name.clone(),
            shape: self.data.shape,
            classes: self.data.classes,
            train,
            test,
            files: Vec::new(),
            pixels: self.data.pixels,
            scale: self.data.scale.clone(),
            notes: Vec::new(),
        }
    }

    fn share(&self, sample: &Dataset, subset: Subset) -> Result<Share, ExploreError> {
        let (device, on_host) = (self.device.device.clone(), self.device.is_cpu);
        let objective = Objective::over(self.network.clone(), Arc::new(sample.clone()), self.loss, device, on_host)?
            .interrupted_by(self.interrupt.clone());
        let found = objective.evaluate(self.state, subset, self.norm_mode)?;
        Ok(Share { right: 1.0 - found.error, of: objective.count(subset) as u64 })
    }
}
