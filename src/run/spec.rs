//! The spec of a run: one struct behind the command line, the form in the window, recipes and run files.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::{fork_error::ForkError, net_file::net_label, weights::Weights};
use crate::{
    data::DataSpec,
    named::named_choice,
    optim::{
        AverageSpec, Constant, OptimizerError, OptimizerKind, OptimizerSpec, Schedule, SwitchError, SwitchPlan, Value,
        constants_of_a_line,
    },
    probe::{NormMode, ProbeSpec},
};

/// Everything that decides the numbers of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSpec {
    pub data: DataSpec,
    /// A name such as `mlp`, `mlp:784-128-64-10` or `resnet20`, a stack in one line, or a TOML description (its text, not
    /// its path: see [`net_text`](super::net_text)).
    pub net: String,
    pub loss: LossKind,
    pub optimizer: OptimizerSpec,
    /// When the run goes on with another kind of optimizer.
    #[serde(skip_serializing_if = "SwitchPlan::is_empty")]
    pub switch: SwitchPlan,
    /// Also average the iterates, beside the walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<AverageSpec>,
    /// Base learning rate η.
    pub lr: f64,
    pub schedule: Schedule,
    pub batch: BatchSize,
    pub order: Order,
    pub length: Length,
    pub seed: u64,
    pub device: DeviceChoice,
    pub probes: ProbeSpec,
    /// Batch-norm statistics of everything that is measured; steps always use those of their batch.
    #[serde(rename = "bn")]
    pub norm_mode: NormMode,
    /// How a fresh network's weights are drawn.
    #[serde(skip_serializing_if = "Weights::is_usual")]
    pub weights: Weights,
    /// Multiplies a fresh network's weights, not its biases.
    #[serde(skip_serializing_if = "is_one")]
    pub init_scale: f64,
    /// Start from the parameters in this checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
    /// Keep θ every so many iterations in the run file, besides the first and the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
    /// Go on from the middle of another run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
}

/// Where a run leaves another one: it begins in the state that its parent had at iteration `step`, with the same data in
/// the same order, and counts its iterations on from there. The parent may be a fork itself: see [`Fork::ancestors`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// The parent's [`Manifest::identity`](super::Manifest::identity).
    pub run: String,
    /// The parent's run file, as it was called then; `None` when it was not recorded.
    pub file: Option<PathBuf>,
    /// The first iteration that is the fork's own.
    pub step: u64,
    /// The parent's spec as it stood there: after live changes and past switches.
    pub base: Box<RunSpec>,
}

impl RunSpec {
    /// What a first-time user sees: the built-in digits, a small network, a rate high enough to meet the walls, and time
    /// enough, at the window's speed, to turn a knob and to fork.
    pub fn demonstration() -> RunSpec {
        RunSpec { lr: 0.5, length: Length::Steps(1000), ..RunSpec::default() }
    }
}

impl Default for RunSpec {
    fn default() -> Self {
        RunSpec {
            data: DataSpec::default(),
            net: "mlp".into(),
            loss: LossKind::CrossEntropy,
            optimizer: OptimizerSpec::default(),
            switch: SwitchPlan::default(),
            average: None,
            lr: 0.1,
            schedule: Schedule::Constant,
            batch: BatchSize::Of(100),
            order: Order::Shuffled,
            length: Length::Steps(200),
            seed: 0,
            device: DeviceChoice::Auto,
            probes: ProbeSpec::default(),
            norm_mode: NormMode::default(),
            weights: Weights::PyTorch,
            init_scale: 1.0,
            init: None,
            checkpoint_every: None,
            fork: None,
        }
    }
}

/// A spec that cannot be run, with the option to mend.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SpecError {
    #[error("the learning rate is {0}; give a positive, finite number, such as 0.1 (--lr 0.1)")]
    LearningRate(f64),
    #[error("the batch is 0; give 1 or more (--batch 1), or all (--batch full)")]
    EmptyBatch,
    #[error(
        "the batch of {batch} is larger than the {count} training images; give {count} or less (--batch {count}), or all (--batch full)"
    )]
    BatchTooLarge { batch: u64, count: u64 },
    #[error("gradient descent takes all training images in every step; use sgd to choose a batch (--optimizer sgd)")]
    GdBatch,
    #[error("the run is 0 iterations long; give 1 or more (--steps or --epochs)")]
    NoSteps,
    #[error("every 0 iterations nothing is measured; give 1 to measure all of them (--every 1)")]
    EveryZero,
    #[error("a checkpoint every 0 iterations is none; give 1 or more (--checkpoint-every 1), or leave it out")]
    CheckpointEveryZero,
    #[error(
        "weights are drawn ({0}) for a fresh network, and this run starts from a checkpoint; leave out one of the two (--weights, --init)"
    )]
    WeightsOfCheckpoint(Weights),
    #[error(
        "weights of a fresh network are multiplied by {0}, and this run starts from a checkpoint; leave out one of the two (--init-scale, --init)"
    )]
    ScaleOfCheckpoint(f64),
    #[error("weights cannot be multiplied by {0}; give a positive, finite number, such as 2 (--init-scale 2)")]
    InitScale(f64),
    #[error(
        "the noise is measured before the first iteration and cannot be changed later; start a new run with it (--noise)"
    )]
    NoiseIsFixed,
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    #[error(transparent)]
    Switch(#[from] SwitchError),
    #[error(transparent)]
    Fork(#[from] ForkError),
}

impl RunSpec {
    /// What can be said without looking at the data.
    pub fn check(&self) -> Result<(), SpecError> {
        check_learning_rate(self.lr)?;
        for kind in self.kinds() {
            OptimizerSpec { kind, ..self.optimizer }.check()?;
        }
        self.switch.check(self.optimizer.kind)?;
        match self.batch {
            BatchSize::Of(0) => return Err(SpecError::EmptyBatch),
            BatchSize::Of(_) | BatchSize::Full => {}
        }
        if matches!(self.length, Length::Steps(0) | Length::Epochs(0)) {
            return Err(SpecError::NoSteps);
        }
        if self.probes.step_every == 0 || self.probes.slice_every == 0 {
            return Err(SpecError::EveryZero);
        }
        if self.checkpoint_every == Some(0) {
            return Err(SpecError::CheckpointEveryZero);
        }
        if !(self.init_scale.is_finite() && self.init_scale > 0.0) {
            return Err(SpecError::InitScale(self.init_scale));
        }
        if self.init.is_some() && !self.weights.is_usual() {
            return Err(SpecError::WeightsOfCheckpoint(self.weights));
        }
        if self.init.is_some() && !is_one(&self.init_scale) {
            return Err(SpecError::ScaleOfCheckpoint(self.init_scale));
        }
        self.fork.iter().try_for_each(|fork| fork.check(self))?;
        Ok(())
    }

    /// The kinds of optimizer that the plan of the run goes through, the first one first.
    pub fn kinds(&self) -> impl Iterator<Item = OptimizerKind> + '_ {
        std::iter::once(self.optimizer.kind).chain(self.switch.switches().iter().map(|s| s.to))
    }

    /// Whether a constant means anything to one of the optimizers that the run comes to.
    pub fn has(&self, constant: &Constant) -> bool {
        self.kinds().any(|kind| kind.has(constant))
    }

    /// Whether a constant means anything beside the others to one of them.
    pub fn uses(&self, constant: &Constant) -> bool {
        self.kinds().any(|kind| OptimizerSpec { kind, ..self.optimizer }.uses(constant))
    }

    /// What a run of PSAM costs beyond its base optimizer, in units of SAM's extra cost, by the formula of the thesis; `None`
    /// for other optimizers, when the plan leaves PSAM, and for a fork, which was something else before.
    pub fn psam_cost(&self, steps: u64) -> Option<f64> {
        self.optimizer.psam_cost(steps).filter(|_| self.switch.is_empty() && self.fork.is_none())
    }

    /// Examples per batch of the first optimizer, with `count` training images.
    pub fn batch_size(&self, count: u64) -> Result<u64, SpecError> {
        self.batch_size_of(self.optimizer.kind, count)
    }

    /// Examples per batch with `count` training images. Gradient descent always takes them all.
    pub fn batch_size_of(&self, kind: OptimizerKind, count: u64) -> Result<u64, SpecError> {
        match self.batch {
            // The noise of a Langevin dynamics may be that of this batch.
            BatchSize::Of(0) if kind != OptimizerKind::Gd => Err(SpecError::EmptyBatch),
            BatchSize::Of(batch) if !kind.takes_all() => match batch > count {
                true => Err(SpecError::BatchTooLarge { batch, count }),
                false => Ok(batch),
            },
            BatchSize::Of(_) | BatchSize::Full => Ok(count),
        }
    }

    /// m, the examples of a batch of the SGD that the noise of the first optimizer is held against; `None` when that is no
    /// Langevin dynamics, or one whose noise has a size of its own.
    pub fn noise_batch(&self) -> Option<BatchSize> {
        let wanted = self.optimizer.langevin().filter(|wanted| wanted.sigma.is_none())?;
        Some(wanted.batch.map_or(self.batch, BatchSize::Of))
    }

    /// The arguments of `valleyscope walk` that repeat this run; defaults are left out, and of a fork what it has from its
    /// parent.
    pub fn arguments(&self) -> Vec<String> {
        if let Some(fork) = &self.fork {
            return fork.arguments(self);
        }
        let mut args = Vec::new();
        let mut give = |name: &str, value: String| args.extend([format!("--{name}"), value]);
        let plain = RunSpec::default();
        give("data", self.data.name.clone());
        if let Some(n) = self.data.train_count {
            give("train-count", n.to_string());
        }
        if let Some(n) = self.data.test_count {
            give("test-count", n.to_string());
        }
        if let Some(p) = self.data.pixels {
            give("pixels", p.to_string());
        }
        if let Some(mean) = &self.data.mean {
            give("mean", mean.to_string());
        }
        if let Some(std) = &self.data.std {
            give("std", std.to_string());
        }
        if let Some(layout) = self.data.images {
            give("images", layout.to_string());
        }
        if let Some(first) = self.data.first_label {
            give("first-label", first.to_string());
        }
        if let Some(p) = &self.data.labels {
            give("labels", p.display().to_string());
        }
        if self.data.corrupt > 0 {
            give("corrupt", self.data.corrupt.to_string());
        }
        if !self.data.corrupt_as.is_usual() {
            give("corrupt-as", self.data.corrupt_as.to_string());
        }
        if let Some(p) = &self.data.dir {
            give("data-dir", p.display().to_string());
        }
        give("net", self.net.clone());
        if self.loss != plain.loss {
            give("loss", self.loss.to_string());
        }
        give("optimizer", self.optimizer.kind.to_string());
        let mut switched_on = Vec::new();
        for constant in constants_of_a_line().into_iter().filter(|constant| self.has(constant)) {
            match constant.get(&self.optimizer) {
                Value::Flag(false) => {}
                Value::Flag(true) => switched_on.push(format!("--{}", constant.flag)),
                value if constant.always || constant.is_changed(&self.optimizer) => {
                    give(constant.flag, value.to_string());
                }
                _ => {}
            }
        }
        if !self.switch.is_empty() {
            give("switch", self.switch.to_string());
        }
        if let Some(average) = &self.average {
            give("average", average.to_string());
        }
        give("lr", self.lr.to_string());
        if self.schedule != plain.schedule {
            give("schedule", self.schedule.to_string());
        }
        if self.kinds().any(|kind| kind != OptimizerKind::Gd) {
            give("batch", self.batch.to_string());
        }
        if self.order != plain.order {
            give("order", self.order.to_string());
        }
        let (name, n) = self.length.argument();
        give(name, n.to_string());
        give("seed", self.seed.to_string());
        if self.device != plain.device {
            give("device", self.device.to_string());
        }
        if self.probes.names() != plain.probes.names() {
            give("probes", self.probes.names());
        }
        for every in self.probes.every_arguments() {
            give("every", every);
        }
        if self.norm_mode != plain.norm_mode {
            give("bn", self.norm_mode.to_string());
        }
        if self.weights != plain.weights {
            give("weights", self.weights.to_string());
        }
        if self.init_scale != plain.init_scale {
            give("init-scale", self.init_scale.to_string());
        }
        if let Some(p) = &self.init {
            give("init", p.display().to_string());
        }
        if let Some(n) = self.checkpoint_every {
            give("checkpoint-every", n.to_string());
        }
        args.extend(switched_on);
        if self.data.allow_partial {
            args.push("--allow-partial".into());
        }
        args
    }

    /// The whole command line, quoted for a shell.
    pub fn command_line(&self) -> String {
        let mut line = "valleyscope walk".to_string();
        for argument in self.arguments() {
            line.push(' ');
            line.push_str(&shell_quoted(&argument));
        }
        line
    }

    /// The same from the parameters in a checkpoint, in place of a fresh network.
    pub fn starting_from(self, checkpoint: PathBuf) -> RunSpec {
        RunSpec { weights: Weights::PyTorch, init_scale: 1.0, init: Some(checkpoint), ..self }
    }

    /// The same at another base learning rate, if one is given.
    pub fn at_rate(self, lr: Option<f64>) -> RunSpec {
        RunSpec { lr: lr.unwrap_or(self.lr), ..self }
    }

    /// A short name for legends: what a person would call the run.
    pub fn label(&self) -> String {
        let net = net_label(&self.net);
        let batch = match (self.noise_batch(), self.batch) {
            (Some(m), _) => format!(" · noise of batch {m}"),
            (None, _) if self.optimizer.kind.takes_all() => String::new(),
            (None, BatchSize::Full) => " · full batch".into(),
            (None, BatchSize::Of(n)) => format!(" · batch {n}"),
        };
        let mut optimizer = self.optimizer.title();
        for s in self.switch.switches() {
            optimizer += &format!(" → {} @{}", OptimizerSpec { kind: s.to, ..self.optimizer }.title(), s.at);
        }
        optimizer += &self.optimizer.suffix();
        if let Some(average) = &self.average {
            optimizer += &format!(" + {average}");
        }
        // Of a path to one's own data, the last part.
        let data = self.data.name.rsplit(std::path::is_separator).find(|part| !part.is_empty()).unwrap_or("data");
        let fork = self.fork.as_ref().map_or(String::new(), |fork| format!(" · from {}", fork.step));
        format!("{data} · {net} · {optimizer} · η {}{batch} · seed {}{fork}", self.lr, self.seed)
    }
}

/// Whether a factor changes nothing.
fn is_one(factor: &f64) -> bool {
    *factor == 1.0
}

/// Refuses what no step can be made with.
pub(super) fn check_learning_rate(lr: f64) -> Result<(), SpecError> {
    if lr.is_finite() && lr > 0.0 { Ok(()) } else { Err(SpecError::LearningRate(lr)) }
}

/// A word as a shell takes it.
pub fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Examples per step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BatchSize {
    Of(u64),
    /// All training examples.
    Full,
}

impl BatchSize {
    /// Examples, where there are `count`.
    pub fn of(self, count: u64) -> u64 {
        match self {
            BatchSize::Of(n) => n,
            BatchSize::Full => count,
        }
    }
}

impl fmt::Display for BatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchSize::Of(n) => write!(f, "{n}"),
            BatchSize::Full => write!(f, "full"),
        }
    }
}

impl FromStr for BatchSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "full" => Ok(BatchSize::Full),
            "0" => Err(SpecError::EmptyBatch.to_string()),
            n => n.parse().map(BatchSize::Of).map_err(|_| format!("\"{n}\" is no batch size; write a number or full")),
        }
    }
}

/// How long a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    Steps(u64),
    /// Passes over the training data.
    Epochs(u64),
}

impl Length {
    /// The name of its option, and the number.
    pub(super) fn argument(self) -> (&'static str, u64) {
        match self {
            Length::Steps(n) => ("steps", n),
            Length::Epochs(n) => ("epochs", n),
        }
    }

    /// Iterations, when an epoch has `steps_per_epoch` of them.
    pub fn steps(self, steps_per_epoch: u64) -> u64 {
        match self {
            Length::Steps(n) => n,
            Length::Epochs(n) => n.saturating_mul(steps_per_epoch),
        }
    }
}

named_choice! {
    /// What is minimised.
    LossKind as "loss" {
        /// Mean cross-entropy of softmax outputs, natural logarithm.
        #[default] CrossEntropy = "cross-entropy",
        /// Mean over examples and outputs of (f(x) − y)², y the one-hot label.
        MeanSquared = "mse",
    }
}

named_choice! {
    /// The order in which an epoch visits the training examples.
    Order as "order" {
        /// A new seeded permutation every epoch.
        #[default] Shuffled = "shuffled",
        /// File order, every epoch.
        Sequential = "sequential",
    }
}

named_choice! {
    /// Where tensors live.
    DeviceChoice as "device" {
        /// A real GPU if the machine has one, else the CPU.
        #[default] Auto = "auto",
        Cpu = "cpu",
        /// A GPU through wgpu, a software one included.
        Gpu = "gpu",
    }
}

impl Serialize for BatchSize {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            BatchSize::Of(n) => n.serialize(s),
            BatchSize::Full => "full".serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for BatchSize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u64),
            Word(String),
        }
        match Form::deserialize(d)? {
            Form::Number(n) => Ok(BatchSize::Of(n)),
            Form::Word(w) => w.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_to_ones_own_data_and_the_permission_for_a_part_are_arguments() {
        let data = DataSpec { name: "/my data/birds/".into(), allow_partial: true, ..DataSpec::default() };
        let spec = RunSpec { data, ..RunSpec::default() };
        let line = spec.command_line();
        assert!(line.starts_with("valleyscope walk --data '/my data/birds/' --net mlp "), "{line}");
        assert!(line.ends_with(" --allow-partial"), "{line}");
        assert!(!RunSpec::default().command_line().contains("partial"));
        assert!(spec.label().starts_with("birds · mlp · "), "{}", spec.label());
    }

    #[test]
    fn the_scheme_of_the_weights_and_their_scale_are_arguments() {
        for weights in Weights::examples() {
            let spec = RunSpec { weights: weights.parse().unwrap(), init_scale: 0.5, ..RunSpec::default() };
            assert_eq!(spec.check(), Ok(()));
            let line = spec.command_line();
            let said = line.contains(&format!(" --weights {weights} "));
            assert_eq!(said, weights != "pytorch", "{line}");
            assert!(line.contains(" --init-scale 0.5"), "{line}");
            let text = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<RunSpec>(&text).unwrap(), spec);
        }
        let plain = RunSpec::default();
        let json = serde_json::to_string(&plain).unwrap();
        assert!(!json.contains("weights") && !json.contains("init_scale"), "older programs read it: {json}");
        assert!(!plain.command_line().contains("weights") && !plain.command_line().contains("init-scale"));
    }

    #[test]
    fn weights_of_a_checkpoint_are_not_drawn() {
        let he = RunSpec { weights: Weights::He, ..RunSpec::default() };
        let from = |spec: &RunSpec| RunSpec { init: Some("a.pt".into()), ..spec.clone() };
        let error = from(&he).check().unwrap_err().to_string();
        assert!(error.contains("(he)") && error.ends_with("(--weights, --init)"), "{error}");
        let double = RunSpec { init_scale: 2.0, ..RunSpec::default() };
        let error = from(&double).check().unwrap_err().to_string();
        assert!(error.contains("multiplied by 2") && error.ends_with("(--init-scale, --init)"), "{error}");
        assert_eq!(from(&RunSpec::default()).check(), Ok(()));
        let started = RunSpec { init_scale: 2.0, ..he }.starting_from("a.pt".into());
        assert_eq!((started.check(), started), (Ok(()), from(&RunSpec::default())));
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = RunSpec { init_scale: scale, ..RunSpec::default() }.check().unwrap_err().to_string();
            assert!(error.contains("--init-scale 2"), "{error}");
        }
    }

    #[test]
    fn options_of_sam_are_arguments_where_they_mean_something() {
        let optimizer = OptimizerSpec { kind: OptimizerKind::Sam, momentum: 0.9, ..OptimizerSpec::default() };
        let sam = RunSpec { optimizer, ..RunSpec::default() };
        assert!(
            sam.command_line().contains(" --optimizer sam --momentum 0.9 --rho 0.05 --lr"),
            "{}",
            sam.command_line()
        );
        assert!(sam.label().contains(" · SAM ρ 0.05 μ 0.9 · "), "{}", sam.label());
        let plan = RunSpec {
            optimizer: OptimizerSpec { kind: OptimizerKind::Sgd, ..optimizer },
            switch: "sgd:psam@0.5".parse().unwrap(),
            average: Some("swa:0.75:10".parse().unwrap()),
            ..RunSpec::default()
        };
        let line = plan.command_line();
        for part in
            [" --rho 0.05", " --psam-until 75% --psam-period 20", " --switch sgd:psam@50%", " --average swa:75%:10"]
        {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert!(plan.label().contains("SGD → PSAM ρ 0.05 E 75% n 20 @50% μ 0.9 + swa:75%:10"), "{}", plan.label());
        assert!(!RunSpec::default().command_line().contains("rho"));
        let broken = RunSpec { switch: "sam:sgd@5".parse().unwrap(), ..RunSpec::default() };
        assert!(matches!(broken.check(), Err(SpecError::Switch(SwitchError::Chain { .. }))));
        let nesterov = RunSpec { switch: "sgd:nesterov@5".parse().unwrap(), ..RunSpec::default() };
        assert!(nesterov.check().unwrap_err().to_string().contains("--momentum 0.9"));
    }
}
