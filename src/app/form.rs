//! The form that sets up a run: the spec under edit, and what is wrong with it right now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    plain::plain,
    subject::{numbers, per_channel},
    sweep::Lists,
};
use crate::{
    data::DataSpec,
    net::Network,
    optim::{At, Constant, OptimizerKind, OptimizerSpec, Schedule, SwitchPlan, constants},
    probe::SLICE_POINTS,
    run::{BatchSize, Length, RunSpec, Weights, net_text},
};

/// A spec being edited. Texts stay texts until they parse, so that typing is never fought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    pub spec: RunSpec,
    pub schedule: String,
    pub switch: String,
    pub average: String,
    /// Of the optimizer's constants, those that are written, by their names in files.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    pub labels: String,
    /// Empty for PyTorch's default.
    #[serde(default)]
    pub weights: String,
    pub init: String,
    pub data_dir: String,
    /// Of pixels between 0 and 1; empty for a plain range.
    #[serde(default)]
    pub mean: String,
    #[serde(default)]
    pub std: String,
    /// What a sweep goes over.
    #[serde(default)]
    pub sweep: Lists,
}

impl Default for Form {
    fn default() -> Self {
        Form::from(RunSpec::demonstration())
    }
}

impl From<RunSpec> for Form {
    fn from(spec: RunSpec) -> Form {
        let path = |p: &Option<std::path::PathBuf>| p.as_ref().map_or(String::new(), |p| p.display().to_string());
        Form {
            schedule: spec.schedule.to_string(),
            switch: spec.switch.to_string(),
            average: spec.average.map_or(String::new(), |a| a.to_string()),
            constants: written().map(|c| (c.key.to_string(), c.get(&spec.optimizer).to_string())).collect(),
            labels: path(&spec.data.labels),
            weights: if spec.weights.is_usual() { String::new() } else { spec.weights.to_string() },
            init: path(&spec.init),
            data_dir: path(&spec.data.dir),
            mean: numbers(spec.data.mean.as_ref()),
            std: numbers(spec.data.std.as_ref()),
            sweep: Lists::default(),
            spec,
        }
    }
}

/// Constants that a form has as text.
fn written() -> impl Iterator<Item = &'static Constant> {
    constants().iter().copied().filter(|constant| matches!(constant.at, At::Norm(_) | At::Moment(_)))
}

/// Multiplications that a thread makes in a second, with all that stands around them: measured with LeNet.
const PER_THREAD: f64 = 8e9;
/// Steps that take longer are warned of.
const LONG: f64 = 2.0;

/// What a slice costs, when that is much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub multiplications: f64,
    /// On the processor, with `threads`.
    pub seconds: f64,
    pub threads: usize,
    /// Whether there is one at every step.
    pub every_step: bool,
}

impl Cost {
    /// "At most about 170 billion multiplications a step: some 11 s on 2 threads."
    pub fn words(&self) -> String {
        let (amount, unit) = match self.multiplications {
            n if n >= 1e12 => (n / 1e12, "trillion"),
            n => (n / 1e9, "billion"),
        };
        let digits = usize::from(amount < 10.0);
        let of = if self.every_step { "step" } else { "slice" };
        let threads = if self.threads == 1 { "1 thread".into() } else { format!("{} threads", self.threads) };
        let seconds = super::theme::duration(self.seconds);
        format!("At most about {amount:.digits$} {unit} multiplications a {of}: some {seconds} on {threads}.")
    }
}

/// Puts what was written into `optimizer`. What the optimizer does not have is not shown, so it cannot be wrong either.
///
/// # Errors
/// What is wrong with a text, in words.
pub fn read_written(
    texts: &BTreeMap<String, String>,
    optimizer: &mut OptimizerSpec,
    has: impl Fn(&Constant) -> bool,
) -> Result<(), String> {
    for constant in written().filter(|constant| has(constant)) {
        if let Some(text) = texts.get(constant.key) {
            constant.set(optimizer, constant.default_value().parse_like(text.trim())?);
        }
    }
    Ok(())
}

/// What each data set's examples look like, for checking a network before anything is loaded: `[C, H, W]` and classes.
fn known_shape(data: &DataSpec) -> Option<([usize; 3], usize)> {
    crate::data::shape_of(&data.name)
}

impl Form {
    /// The spec, or why it cannot be run.
    pub fn finished(&self) -> Result<RunSpec, String> {
        let path = |text: &str| (!text.trim().is_empty()).then(|| text.trim().into());
        let mut spec = self.spec.clone();
        spec.schedule = self.schedule.parse::<Schedule>()?;
        spec.switch = self.switch.parse::<SwitchPlan>()?;
        spec.average = match self.average.trim() {
            "" => None,
            text => Some(text.parse()?),
        };
        read_written(&self.constants, &mut spec.optimizer, |constant| self.has(constant))?;
        spec.data.labels = path(&self.labels);
        spec.data.dir = path(&self.data_dir);
        (spec.data.mean, spec.data.std) = (per_channel(&self.mean)?, per_channel(&self.std)?);
        spec.weights = match self.weights.trim() {
            "" => Weights::PyTorch,
            text => text.parse()?,
        };
        spec.init = path(&self.init);
        spec.net = net_text(&spec.net).map_err(plain)?;
        spec.check().map_err(plain)?;
        self.network()?;
        Ok(spec)
    }

    /// The network in words, or why it cannot be built.
    pub fn network(&self) -> Result<String, String> {
        let Some((shape, classes)) = known_shape(&self.spec.data) else { return Ok(String::new()) };
        let text = net_text(&self.spec.net).map_err(plain)?;
        let net = Network::build(&text, shape, classes).map_err(plain)?;
        Ok(format!("{} parameters: {}", super::theme::grouped(net.layout().len() as u64), net.describe()))
    }

    /// What the slices of the run cost on `threads` threads, when steps take long because of them; of data whose size is known.
    pub fn cost(&self, threads: usize) -> Option<Cost> {
        let (probes, images) = (&self.spec.probes, crate::data::official_count(&self.spec.data)?);
        let (shape, classes) = known_shape(&self.spec.data)?;
        let net = Network::build(&net_text(&self.spec.net).ok()?, shape, classes).ok()?;
        // One end of a slice is that of the slice before; layers that points share make it cheaper.
        let passes = (SLICE_POINTS - 1) as f64;
        let multiplications = net.multiplications() as f64 * images as f64 * passes;
        let seconds = multiplications / (PER_THREAD * threads.max(1) as f64);
        let is_long = probes.slice && seconds / probes.slice_every.max(1) as f64 > LONG;
        is_long.then_some(Cost { multiplications, seconds, threads, every_step: probes.slice_every == 1 })
    }

    /// Whether the run begins with such an optimizer, or switches to one.
    pub fn uses(&self, f: fn(OptimizerKind) -> bool) -> bool {
        let plan = self.switch.parse::<SwitchPlan>().unwrap_or_default();
        f(self.spec.optimizer.kind) || plan.switches().iter().any(|s| f(s.to))
    }

    /// Whether a constant means anything to the run.
    pub fn has(&self, constant: &Constant) -> bool {
        let plan = self.switch.parse::<SwitchPlan>().unwrap_or_default();
        self.spec.optimizer.kind.has(constant) || plan.switches().iter().any(|s| s.to.has(constant))
    }

    /// Whether a constant means anything to an optimizer of the run, beside the other constants: a form shows it then.
    pub fn shows(&self, constant: &Constant) -> bool {
        let plan = self.switch.parse::<SwitchPlan>().unwrap_or_default();
        let optimizer = self.spec.optimizer;
        let mut kinds = std::iter::once(optimizer.kind).chain(plan.switches().iter().map(|s| s.to));
        kinds.any(|kind| OptimizerSpec { kind, ..optimizer }.uses(constant))
    }

    /// Whether the batch is all images.
    pub fn is_full_batch(&self) -> bool {
        self.spec.batch == BatchSize::Full
    }

    /// Iterations or epochs as one number to edit.
    pub fn length_mut(&mut self) -> &mut u64 {
        match &mut self.spec.length {
            Length::Steps(n) | Length::Epochs(n) => n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_the_scheme_of_the_weights_and_says_what_is_wrong_with_it() {
        for weights in Weights::examples() {
            let spec = RunSpec { weights: weights.parse().unwrap(), init_scale: 2.0, ..RunSpec::demonstration() };
            assert_eq!(Form::from(spec.clone()).finished().unwrap(), spec);
        }
        assert_eq!(Form::default().weights, "");
        let wrong = Form { weights: "hee".into(), ..Form::default() };
        assert!(wrong.finished().unwrap_err().contains("did you mean \"he\""));
        let both = Form { weights: "he".into(), init: "a.pt".into(), ..Form::default() };
        assert!(both.finished().unwrap_err().contains("starts from a checkpoint"));
    }

    #[test]
    fn steps_that_take_long_are_known_beforehand() {
        let mut form = Form::default();
        assert_eq!(form.cost(2), None, "digits are few");
        (form.spec.data.name, form.spec.net) = ("fashion-mnist".into(), "lenet".into());
        let cost = form.cost(2).unwrap();
        assert!((1.6e11..1.8e11).contains(&cost.multiplications) && (9.0..12.0).contains(&cost.seconds), "{cost:?}");
        let words = cost.words();
        assert!(
            words.contains("billion multiplications a step: some 1") && words.ends_with("on 2 threads."),
            "{words}"
        );
        form.spec.data.train_count = Some(2000);
        assert_eq!(form.cost(2), None);
        form.spec.data.train_count = None;
        form.spec.probes.slice_every = 100;
        assert_eq!(form.cost(2), None, "on average it is little");
        form.spec.probes = crate::probe::ProbeSpec { slice: false, ..form.spec.probes };
        assert_eq!(form.cost(1), None);
        form.spec.data.name = "/my/own".into();
        assert_eq!(form.cost(1), None, "nobody knows how many there are");
    }
}
