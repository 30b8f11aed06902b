//! What lines and planes are measured on: data, network and batch norm, as they are being set.

use serde::{Deserialize, Serialize};

use super::opened::{Point, short};
use crate::{
    data::{self, DataSpec, PerChannel},
    explore::{AUTO, Range, Subject},
    net::recognise,
    probe::{NormBatch, NormMode},
    run::{DeviceChoice, LossKind},
};

/// The data sets of 28×28 images, which no checkpoint tells apart.
const GREY: [&str; 2] = ["fashion-mnist", "mnist"];

/// Training and test images of a large data set that show a line within seconds.
const QUICK: [usize; 2] = [2000, 1000];

/// A subject being edited. Texts stay texts until they parse, so that typing is never fought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectForm {
    pub data: DataSpec,
    pub labels: String,
    pub data_dir: String,
    /// Of pixels between 0 and 1; empty for a plain range.
    pub mean: String,
    pub std: String,
    /// `auto`, or as for a run.
    pub net: String,
    pub loss: LossKind,
    /// One of [`NormMode::NAMES`].
    pub norm: String,
    /// Images whose statistics are taken together.
    pub batch: String,
    pub device: DeviceChoice,
    /// The set of 28×28 images that was chosen last.
    grey: String,
    /// Why the form has chosen a data set by itself.
    #[serde(skip)]
    pub note: Option<String>,
}

impl Default for SubjectForm {
    fn default() -> Self {
        SubjectForm {
            data: DataSpec::default(),
            labels: String::new(),
            data_dir: String::new(),
            mean: String::new(),
            std: String::new(),
            net: AUTO.into(),
            loss: LossKind::default(),
            norm: "batch".into(),
            batch: "auto".into(),
            device: DeviceChoice::default(),
            grey: GREY[0].into(),
            note: None,
        }
    }
}

/// Whether a checkpoint's network takes a data set's images; `None` when that is not known before the data is read.
fn fits(point: &Point, name: &str) -> Option<bool> {
    let (shape, classes) = data::shape_of(name)?;
    match &point.run {
        Some(run) => Some(run.data.name == name),
        None => Some(recognise(&point.shapes, Some(shape)).is_ok_and(|r| r.input == shape && r.classes == classes)),
    }
}

/// Numbers for channels as text, empty for none.
pub fn numbers(numbers: Option<&PerChannel>) -> String {
    numbers.map_or(String::new(), PerChannel::to_string)
}

/// Numbers for channels out of a text.
///
/// # Errors
/// What is wrong with it, in words.
pub fn per_channel(text: &str) -> Result<Option<PerChannel>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    }
}

fn by(shape: [usize; 3]) -> String {
    match shape {
        [1, h, w] => format!("{h}×{w}"),
        [n, 1, 1] => format!("{n} numbers"),
        [c, h, w] => format!("{c}×{h}×{w}"),
    }
}

impl SubjectForm {
    /// Whether the data is a person's own files.
    pub fn has_own_data(&self) -> bool {
        !data::NAMES.contains(&self.data.name.as_str())
    }

    /// Remembers a choice made by hand.
    pub fn chosen(&mut self) {
        self.note = None;
        if GREY.contains(&self.data.name.as_str()) {
            self.grey = self.data.name.clone();
        }
    }

    /// Chooses data that a checkpoint's network takes, and says so, when the present ones do not fit.
    pub fn suit(&mut self, point: &Point) {
        let file = short(&point.path);
        if let Some(run) = &point.run {
            if self.data == run.data {
                return;
            }
            self.note = Some(format!("Taken over from {file}: the data that the run was trained on."));
            let text = |p: &Option<std::path::PathBuf>| p.as_ref().map_or(String::new(), |p| p.display().to_string());
            (self.labels, self.data_dir) = (text(&run.data.labels), text(&run.data.dir));
            (self.mean, self.std) = (numbers(run.data.mean.as_ref()), numbers(run.data.std.as_ref()));
            (self.data, self.loss) = (run.data.clone(), run.loss);
            return;
        }
        if point.network.is_err() || fits(point, &self.data.name) != Some(false) {
            return;
        }
        let others = data::NAMES.into_iter().filter(|n| *n != self.data.name && *n != self.grey);
        let candidates = std::iter::once(self.grey.as_str()).chain(others);
        let fitting = candidates.into_iter().find(|name| fits(point, name) == Some(true)).map(String::from);
        let takes =
            point.network.as_ref().map_or(String::new(), |r| format!("{} in {} classes", by(r.input), r.classes));
        let had = data::shape_of(&self.data.name).map_or(String::new(), |(shape, n)| format!("{} in {n}", by(shape)));
        self.note = Some(match &fitting {
            Some(name) => {
                let few = "Its first images are enough for a quick look; 0 takes all.";
                format!("{file} takes {takes}, {} has {had}: {name} was chosen instead. {few}", self.data.name)
            }
            None => format!("{file} takes {takes}, {} has {had}. Choose other data.", self.data.name),
        });
        if let Some(name) = fitting {
            // Counts and labels were meant for the other set.
            let [train_count, test_count] = QUICK.map(|n| (name != "digits").then_some(n));
            self.data = DataSpec { name, train_count, test_count, ..DataSpec::default() };
            self.labels.clear();
            self.mean.clear();
            self.std.clear();
        }
    }

    /// What stands in the way of measuring this checkpoint, in words.
    pub fn mismatch(&self, point: &Point) -> Option<String> {
        if self.net != AUTO {
            return None;
        }
        if let Err(miss) = &point.network {
            return Some(format!("{} is of no known network: {miss}", short(&point.path)));
        }
        let words = "takes other images than these; choose other data";
        (fits(point, &self.data.name) == Some(false)).then(|| format!("{} {words}", short(&point.path)))
    }

    /// Batch-norm statistics as they are set.
    ///
    /// # Errors
    /// A batch that is none, in words.
    pub fn norm_mode(&self) -> Result<NormMode, String> {
        let mode: NormMode = self.norm.parse()?;
        let batch = match self.batch.trim() {
            "" => NormBatch::Auto,
            text => text.parse()?,
        };
        Ok(mode.with_batch(batch))
    }

    /// Whether it is complete, as far as that can be told without reading a file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn check(&self) -> Result<(), String> {
        if self.data.name.trim().is_empty() {
            return Err("Give the folder or the file of your own data.".into());
        }
        per_channel(&self.mean)?;
        per_channel(&self.std)?;
        self.norm_mode().map(drop)
    }

    /// Takes over a way to scale pixels.
    pub fn scale(&mut self, range: &Range) {
        range.put(&mut self.data);
        (self.mean, self.std) = (numbers(range.mean.as_ref()), numbers(range.std.as_ref()));
    }

    /// The subject; of a network in a file, the path.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn finished(&self) -> Result<Subject, String> {
        self.check()?;
        let path = |text: &str| (!text.trim().is_empty()).then(|| text.trim().into());
        let mut data = DataSpec { labels: path(&self.labels), dir: path(&self.data_dir), ..self.data.clone() };
        data.name = data.name.trim().into();
        (data.mean, data.std) = (per_channel(&self.mean)?, per_channel(&self.std)?);
        data.allow_partial &= data.name.starts_with("cifar");
        Ok(Subject {
            data,
            net: Some(self.net.trim()).filter(|net| !net.is_empty()).unwrap_or(AUTO).into(),
            loss: self.loss,
            norm_mode: self.norm_mode()?,
            device: self.device,
            seed: 0,
        })
    }

    /// One line that says on what is measured.
    pub fn words(&self) -> String {
        let count = self.data.train_count.map_or(String::new(), |n| format!(", first {n}"));
        format!("{}{count}", self.data.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::{Format, Summary},
        net::Network,
    };

    fn point(net: &str, input: [usize; 3], classes: usize) -> Point {
        let network = Network::build(net, input, classes).unwrap();
        let shapes: Vec<_> = network.layout().params().iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
        Point {
            path: "dir/x.pt".into(),
            format: Format::PytorchZip,
            summary: Summary { tensors: vec![], parameters: 0, buffers: 0 },
            network: recognise(&shapes, None).map_err(crate::app::plain::plain),
            shapes,
            notes: vec![],
            others: vec![],
            run: None,
        }
    }

    #[test]
    fn data_that_do_not_fit_are_replaced_and_it_is_said() {
        let mut form = SubjectForm::default();
        form.data.train_count = Some(5);
        form.suit(&point("lenet", [1, 28, 28], 10));
        assert_eq!((form.data.name.as_str(), form.data.train_count), ("fashion-mnist", Some(QUICK[0])));
        let note = form.note.clone().unwrap();
        assert!(
            note.contains("x.pt takes 28×28 in 10 classes, digits has 8×8") && note.contains("was chosen"),
            "{note}"
        );
        // What a person chose stays, and is remembered for the next file of the kind.
        form.data.name = "mnist".into();
        form.chosen();
        form.suit(&point("lenet", [1, 28, 28], 10));
        assert_eq!((form.data.name.as_str(), &form.note), ("mnist", &None));
        form.suit(&point("resnet8", [3, 32, 32], 10));
        assert_eq!(form.data.name, "cifar-10");
        form.suit(&point("lenet", [1, 28, 28], 10));
        assert_eq!(form.data.name, "mnist");
        form.suit(&point("resnet8", [3, 32, 32], 100));
        assert_eq!(form.data.name, "cifar-100");
        form.suit(&point("mlp:64-32-10", [1, 8, 8], 10));
        assert_eq!((form.data.name.as_str(), form.data.train_count), ("digits", None));
        assert_eq!(form.mismatch(&point("mlp:64-32-10", [1, 8, 8], 10)), None);
        assert!(form.mismatch(&point("lenet", [1, 28, 28], 10)).unwrap().contains("other images"));
    }

    #[test]
    fn own_data_are_left_alone() {
        let mut form = SubjectForm::default();
        form.data.name = "/my/data".into();
        form.suit(&point("lenet", [1, 28, 28], 10));
        assert!(form.data.name == "/my/data" && form.note.is_none() && form.has_own_data());
    }

    #[test]
    fn batches_of_statistics_are_checked() {
        let mut form = SubjectForm { norm: "recalibrated".into(), batch: "100".into(), ..SubjectForm::default() };
        assert_eq!(form.finished().unwrap().norm_mode, NormMode::Recalibrated(NormBatch::Of(100)));
        form.batch = "1".into();
        assert!(form.finished().unwrap_err().contains("2 or more"));
        form.norm = "running".into();
        form.batch = "auto".into();
        assert_eq!(form.norm_mode(), Ok(NormMode::Running));
    }
}
