//! Options that several commands share: data, network and how the loss is measured.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::{
    data::{DataSpec, Pixels},
    explore::{AUTO, Subject},
    probe::{NormBatch, NormMode},
    run::{DeviceChoice, LossKind, net_text},
    survey::{Directions, Normalisation, Vectors},
};

/// The options that make a [`DataSpec`].
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// Data set: digits (built in), mnist, fashion-mnist, cifar-10, cifar-100, moons, spirals; or the path of your own:
    /// a .safetensors file with "images" and "labels" (also "test_images" and "test_labels"), a folder with
    /// train.safetensors and test.safetensors, or a folder with IDX files named as those of MNIST.
    #[arg(long, value_name = "NAME|PATH", default_value = "digits", value_hint = ValueHint::AnyPath, help_heading = "Data")]
    data: String,
    /// Train on the first N images only.
    #[arg(long, value_name = "N", help_heading = "Data")]
    train_count: Option<usize>,
    /// Test on the first N images only.
    #[arg(long, value_name = "N", help_heading = "Data")]
    test_count: Option<usize>,
    /// Range that pixels are scaled to: 0:1 or -1:1 [default: 0:1, for CIFAR -1:1]. Floating-point images of your own
    /// are taken as they are.
    #[arg(long, value_name = "LOW:HIGH", allow_hyphen_values = true, help_heading = "Data")]
    pixels: Option<Pixels>,
    /// Replace the training labels by those in FILE, one per line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Data")]
    labels: Option<PathBuf>,
    /// Give the last N training images random labels (seeded).
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Data")]
    corrupt: usize,
    /// Accept CIFAR files with fewer images than the official ones.
    #[arg(long, help_heading = "Data")]
    allow_partial: bool,
    /// Folder with the data files [default: the user's cache directory].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Data")]
    data_dir: Option<PathBuf>,
}

impl DataArgs {
    /// What the options describe.
    pub fn spec(&self) -> DataSpec {
        DataSpec {
            name: self.data.clone(),
            train_count: self.train_count,
            test_count: self.test_count,
            pixels: self.pixels,
            labels: self.labels.clone(),
            corrupt: self.corrupt,
            allow_partial: self.allow_partial,
            dir: self.data_dir.clone(),
        }
    }
}

/// The options that make a [`Subject`].
#[derive(Args, Clone, Debug)]
pub struct SubjectArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Network: auto (recognised from the checkpoint's names and shapes), or as for walk.
    #[arg(long, default_value = AUTO, value_parser = net_text, help_heading = "Network")]
    net: String,
    /// What is measured: cross-entropy or mse.
    #[arg(long, default_value_t = LossKind::default(), help_heading = "Network")]
    loss: LossKind,
    #[command(flatten)]
    norm: NormArgs,
    /// Processor: auto, cpu, gpu.
    #[arg(long, default_value_t = DeviceChoice::default(), help_heading = "Network")]
    device: DeviceChoice,
    /// Seed of random directions and of --corrupt.
    #[arg(long, default_value_t = 0, help_heading = "Network")]
    pub seed: u64,
}

impl SubjectArgs {
    /// What the options describe.
    pub fn subject(&self) -> Subject {
        Subject {
            data: self.data.spec(),
            net: self.net.clone(),
            loss: self.loss,
            norm_mode: self.norm.mode(),
            device: self.device,
            seed: self.seed,
        }
    }
}

/// The options that make a [`NormMode`].
#[derive(Args, Clone, Debug)]
pub struct NormArgs {
    /// Batch-norm statistics of what is measured: running, batch or recalibrated.
    #[arg(long, value_name = "MODE", default_value_t = NormMode::default(), help_heading = "Network")]
    bn: NormMode,
    /// Images whose statistics are taken together: a number or all [default: all, up to 4096].
    #[arg(long, value_name = "N", help_heading = "Network")]
    bn_batch: Option<NormBatch>,
}

impl NormArgs {
    /// The mode that the options describe.
    pub fn mode(&self) -> NormMode {
        self.of(self.bn)
    }

    /// Another mode with the images that were given.
    pub fn of(&self, mode: NormMode) -> NormMode {
        self.bn_batch.map_or(mode, |batch| mode.with_batch(batch))
    }
}

/// The options that make [`Directions`].
#[derive(Args, Clone, Debug)]
pub struct DirectionArgs {
    /// Length of random directions: filter (each filter's own), layer, or none.
    #[arg(long, default_value_t = Normalisation::default(), help_heading = "Directions")]
    normalise: Normalisation,
    /// Biases and norm parameters in random directions: zero, or keep.
    #[arg(long, default_value_t = Vectors::default(), help_heading = "Directions")]
    biases: Vectors,
}

impl DirectionArgs {
    /// What the options describe.
    pub fn directions(&self, seed: u64) -> Directions {
        Directions { seed, normalisation: self.normalise, vectors: self.biases }
    }
}
