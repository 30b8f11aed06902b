//! The options that describe a run.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueHint};

use super::optimizer::OptimizerArgs;
use crate::{
    data::DataSpec,
    probe::{DerivativeGroup, NormMode, ProbeId, ProbeSpec, Switch},
    run::{BatchSize, DeviceChoice, Length, LossKind, Order, RunSpec, WEIGHTS_FORM, Weights, net_text},
};

/// The options that make a [`RunSpec`]; every default is the spec's own.
#[derive(Args, Clone, Debug)]
pub struct SpecArgs {
    #[command(flatten)]
    pub data: DataSpec,
    /// Network: a name (mlp, mlp:784-128-64-10, lenet, resnet20, resnet18, vgg11, wrn28-10, …), a stack such as
    /// "conv(10,5) pool(2) relu flatten linear(10)", or a TOML file (docs/networks.md).
    #[arg(long, value_name = "NAME|STACK|FILE", default_value = "mlp", value_parser = net_text, help_heading = "Network")]
    pub net: String,
    /// What is minimised: cross-entropy or mse.
    #[arg(long, default_value_t = LossKind::default(), help_heading = "Network")]
    pub loss: LossKind,
    // Its help names every scheme.
    #[arg(
        long, value_name = "SCHEME", default_value_t = Weights::PyTorch, help = weights_help(), help_heading = "Network"
    )]
    pub weights: Weights,
    /// Multiply a fresh network's weights, not its biases, by this.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true, help_heading = "Network")]
    pub init_scale: f64,
    /// Start from the parameters in this checkpoint: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(long, value_name = "CKPT", value_hint = ValueHint::FilePath, help_heading = "Network")]
    pub init: Option<PathBuf>,

    #[command(flatten)]
    pub optimizer: OptimizerArgs,
    /// Images per batch, or full.
    #[arg(long, value_name = "N", default_value_t = BatchSize::Of(100), help_heading = "Optimizer")]
    pub batch: BatchSize,
    /// Order of the images: shuffled (seeded, anew every epoch) or sequential.
    #[arg(long, default_value_t = Order::default(), help_heading = "Optimizer")]
    pub order: Order,
    /// Iterations [default: 200].
    #[arg(long, value_name = "N", conflicts_with = "epochs", help_heading = "Optimizer")]
    pub steps: Option<u64>,
    /// Passes over the training data, instead of --steps.
    #[arg(long, value_name = "N", help_heading = "Optimizer")]
    pub epochs: Option<u64>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 0, help_heading = "Optimizer")]
    pub seed: u64,
    /// Processor: auto, cpu, gpu.
    #[arg(long, default_value_t = DeviceChoice::default(), help_heading = "Optimizer")]
    pub device: DeviceChoice,

    // Its help names the probes that there are.
    #[arg(long, value_name = "NAMES", default_value = "all", help = probes_help(), help_heading = "Probes")]
    pub probes: String,
    // Its help names the groups and the probes in them.
    #[arg(long, value_name = "NAME[:every=N]", value_delimiter = ',', help = probe_help(), help_heading = "Probes")]
    pub probe: Vec<String>,
    /// Measure only every N-th iteration; slice:N or step:N thins one kind of record. May be given twice.
    #[arg(long, value_name = "[KIND:]N", help_heading = "Probes")]
    pub every: Vec<String>,
    #[command(flatten)]
    pub norm_mode: NormMode,
    /// Keep θ in the run file every N iterations, besides the first and the last.
    #[arg(long, value_name = "N", help_heading = "Probes")]
    pub checkpoint_every: Option<u64>,
}

fn probes_help() -> String {
    let plain = || Switch::all().filter(|switch| switch.group().is_none());
    let extra: Vec<&str> = plain().filter(|switch| !switch.is_usual()).map(Switch::name).collect();
    let extra = extra.join(",");
    let names: Vec<&str> = plain().map(Switch::name).collect();
    format!(
        "Probes to run: all, none, or some of {}. {extra} costs whole losses and is not among all: all,{extra}",
        names.join(",")
    )
}

fn probe_help() -> String {
    let groups = DerivativeGroup::ALL.map(|group| {
        let names: Vec<&str> = ProbeId::of_group(group).map(|id| id.probe().name()).collect();
        format!("{} [every {}]: {}", group.name(), group.usual_interval(), names.join(","))
    });
    format!(
        "Measure curvature and gradient noise, too, every N iterations, as in curvature:every=10,lambda-max:every=5; none switches them off in \
         a fork. They take derivatives of the full loss, 50 to 300 passes over the training set at a time. {}",
        groups.join("; ")
    )
}

fn weights_help() -> String {
    format!(
        "How a fresh network's weights are drawn: {WEIGHTS_FORM}. Biases are 0, but for pytorch, zeros-last and what ends in \
         -all (docs/networks.md)"
    )
}

impl SpecArgs {
    /// The spec that the options describe.
    ///
    /// # Errors
    /// Unknown probes, bad thinning, options of an optimizer that is not used; the rest is checked when the run begins.
    pub fn spec(&self) -> Result<RunSpec> {
        let mut probes = ProbeSpec::default();
        probes.set_names(&self.probes).map_err(anyhow::Error::msg)?;
        for probe in &self.probe {
            probes.set_derivatives(probe).map_err(anyhow::Error::msg)?;
        }
        for every in &self.every {
            probes.set_every(every).map_err(anyhow::Error::msg)?;
        }
        let length = match (self.steps, self.epochs) {
            (_, Some(n)) => Length::Epochs(n),
            (Some(n), None) => Length::Steps(n),
            (None, None) => RunSpec::default().length,
        };
        Ok(RunSpec {
            data: self.data.clone(),
            net: self.net.clone(),
            loss: self.loss,
            optimizer: self.optimizer.spec()?,
            switch: self.optimizer.switch.clone(),
            average: self.optimizer.average,
            lr: self.optimizer.lr,
            schedule: self.optimizer.schedule.clone(),
            batch: self.batch,
            order: self.order,
            length,
            seed: self.seed,
            device: self.device,
            probes,
            norm_mode: self.norm_mode,
            weights: self.weights,
            init_scale: self.init_scale,
            init: self.init.clone(),
            checkpoint_every: self.checkpoint_every,
            fork: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;
    use crate::data::Corruption;

    /// From the options to the spec, to the command line that repeats the run, and back.
    #[test]
    fn initialisations_and_corrupted_labels_repeat_themselves() {
        let command = || SpecArgs::augment_args(clap::Command::new("walk").no_binary_name(true));
        for weights in Weights::examples() {
            for (init_scale, corrupt_as) in
                [(1.0, Corruption::Random), (0.25, Corruption::Wrong), (3.0, Corruption::Wrong)]
            {
                let data = DataSpec { corrupt: 3, corrupt_as, ..DataSpec::default() };
                let weights = weights.parse().unwrap();
                let spec = RunSpec { data, weights, init_scale, ..RunSpec::default() };
                let matches = command().try_get_matches_from(spec.arguments()).unwrap();
                let back = SpecArgs::from_arg_matches(&matches).unwrap().spec().unwrap();
                assert_eq!(back, spec, "{}", spec.command_line());
            }
        }
        for (words, part) in [
            (["--weights", "hee"], "did you mean \"he\""),
            (["--weights", "normal"], "write normal:0.02"),
            (["--corrupt-as", "wrog"], "did you mean \"wrong\""),
        ] {
            let error = command().try_get_matches_from(words).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let matches = command().try_get_matches_from(["--init-scale", "-1"]).unwrap();
        let spec = SpecArgs::from_arg_matches(&matches).unwrap().spec().unwrap();
        assert!(spec.check().unwrap_err().to_string().contains("--init-scale 2"));
        let help: String = command().render_long_help().to_string().split_whitespace().collect();
        for name in Weights::examples() {
            assert!(help.contains(name.split(':').next().unwrap()), "{name}: {help}");
        }
    }

    #[test]
    fn the_help_names_every_probe() {
        let help = SpecArgs::augment_args(clap::Command::new("walk")).render_long_help().to_string();
        let words: String = help.split_whitespace().collect();
        for switch in Switch::all() {
            assert!(words.contains(switch.name()), "{switch:?}: {help}");
        }
        let of_curvature =
            "curvature[every10]:lambda-max,lambda-max-residual,preconditioned-lambda-max,trace,batch-sharpness;";
        assert!(words.contains(of_curvature) && words.contains("noise[every50]:trace-sigma,"), "{help}");
        assert!(words.contains("isnotamongall:all,critical-sharpness"), "{help}");
        assert!(words.contains("Probestorun:all,none,orsomeofslice,cosine,distance,norm,gradient,"), "{help}");
    }

    /// From the option to the spec, to the command line that repeats the run, and back.
    #[test]
    fn probes_of_derivatives_repeat_themselves() {
        let command = || SpecArgs::augment_args(clap::Command::new("walk").no_binary_name(true));
        for (words, line) in [
            (vec!["--probe", "curvature"], " --probe curvature:every=10"),
            (vec!["--probe", "curvature:every=5,noise:every=20"], " --probe curvature:every=5,noise:every=20"),
            (vec!["--probe", "lambda-max:every=3", "--probe", "trace"], " --probe lambda-max:every=3,trace:every=10"),
            (vec!["--probes", "cosine,noise"], " --probes cosine --probe noise:every=50"),
            (vec!["--probes", "none", "--probe", "curvature:every=1"], " --probes none --probe curvature:every=1"),
        ] {
            let matches = command().try_get_matches_from(&words).unwrap();
            let spec = SpecArgs::from_arg_matches(&matches).unwrap().spec().unwrap();
            assert!(spec.command_line().contains(line), "{}", spec.command_line());
            let matches = command().try_get_matches_from(spec.arguments()).unwrap();
            let back = SpecArgs::from_arg_matches(&matches).unwrap().spec().unwrap();
            assert_eq!(back, spec, "{words:?}");
        }
        assert!(!RunSpec::default().command_line().contains("probe"));
        let matches = command().try_get_matches_from(["--probe", "curvture:every=4"]).unwrap();
        let error = SpecArgs::from_arg_matches(&matches).unwrap().spec().unwrap_err().to_string();
        assert!(error.contains("did you mean \"curvature\""), "{error}");
    }
}
