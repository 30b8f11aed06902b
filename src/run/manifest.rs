//! The first and the last thing a run writes: what it was, and how it ended.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::RunSpec;
use crate::{
    data::FileSum,
    probe::json::{finite_or_name, finite_or_name_option},
};

/// Everything needed to repeat a run, and to read its numbers rightly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of Valleyscope that made the run.
    pub version: String,
    pub spec: RunSpec,
    /// The command line that repeats the run.
    pub command: String,
    /// The device in words.
    pub device: String,
    /// The network in words, one layer after the other.
    pub network: String,
    /// `[C, H, W]` of one example.
    #[serde(default)]
    pub input: [usize; 3],
    /// Dimension D of θ.
    pub parameters: u64,
    /// Running statistics of batch norm kept beside θ.
    #[serde(default)]
    pub buffers: u64,
    pub train_count: u64,
    pub test_count: u64,
    pub classes: u64,
    pub steps_per_epoch: u64,
    /// Iterations the run will make.
    pub steps: u64,
    /// Source files of the data and their checksums.
    pub data_files: Vec<FileSum>,
    /// What a reader must know about the data, in sentences: a part of a set, test images held out. Empty for the
    /// usual case, and in files of earlier versions.
    #[serde(default)]
    pub data_notes: Vec<String>,
    /// What a reader must know about how the run came to be, in sentences: a fork that cannot be exact. Empty for the usual
    /// case, and in files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Seconds since 1970-01-01 UTC at which the run was started.
    pub started: u64,
}

impl Manifest {
    /// A name that no other run has: 16 hexadecimal digits of what was run, when and where. Runs of one second with the
    /// same command line are the same run, bit for bit.
    pub fn identity(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.version, &self.command, &self.device] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(self.started.to_le_bytes());
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Why a run came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// All iterations were made.
    Finished,
    /// The user stopped it.
    Stopped,
    /// The loss or the gradient was no longer a number at iteration `t`, or θ had become 10⁸ times as long as it was.
    Diverged { t: u64 },
}

/// How a run ended and what it cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Wall-clock seconds, pauses not counted.
    pub seconds: f64,
    /// Iterations made.
    pub steps: u64,
    /// Gradients computed, mini-batch and full alike.
    pub gradient_evaluations: u64,
    /// Passes over the whole training set for a loss (every point of a slice counts).
    pub full_loss_evaluations: u64,
    /// Passes over the training set that took derivatives for probes, such as a product of the Hessian with a vector; nothing is written
    /// where there were none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub derivative_passes: u64,
    /// Full training loss at the last iterate.
    #[serde(with = "finite_or_name_option")]
    pub loss: Option<f64>,
    /// ‖θ_T − θ_0‖₂.
    #[serde(with = "finite_or_name")]
    pub distance: f64,
    /// ‖θ_T‖₂.
    #[serde(with = "finite_or_name")]
    pub norm: f64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Summary {
    /// Gradients beyond one per iteration, as a share of the iterations: 0 of SGD, 1 of SAM. `None` before the first
    /// iteration. The gradients that measure the scale of noise count too.
    pub fn extra_cost(&self) -> Option<f64> {
        let extra = self.gradient_evaluations.checked_sub(self.steps)?;
        (self.steps > 0).then(|| extra as f64 / self.steps as f64)
    }
}
