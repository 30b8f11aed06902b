//! The settings of runs: what columns are about, and what groups have in common.

use serde::{Deserialize, Serialize};

use super::said::Said;
use crate::{
    optim::{Constant, OptimizerKind, constants},
    run::{BatchSize, Length, RunSpec, net_title},
};

/// A setting: a row of the table below, or a constant of the optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Setting(u8);

/// What there is to say about a setting that is no constant of the optimizer.
struct Plain {
    /// Its name in what is remembered; stays as it is for ever.
    key: &'static str,
    /// What the head of its column says, and groups before the value.
    name: &'static str,
    title: &'static str,
    /// Its value in words; empty where it means nothing.
    read: fn(&RunSpec, Option<u32>) -> String,
}

const fn plain(
    key: &'static str,
    name: &'static str,
    title: &'static str,
    read: fn(&RunSpec, Option<u32>) -> String,
) -> Plain {
    Plain { key, name, title, read }
}

/// How many training or test images there are.
fn count(n: Option<usize>) -> String {
    n.map_or("all".into(), |n| n.to_string())
}

/// The constants of [`Setting`] are places in this table.
static TABLE: [Plain; 21] = [
    plain("sweep", "sweep", "The sweep that it was started in", |_, sweep| {
        sweep.map_or(String::new(), |n| n.to_string())
    }),
    plain("seed", "seed", "Seed", |s, _| s.seed.to_string()),
    plain("rate", "η", "Learning rate η", |s, _| s.lr.to_string()),
    plain("batch", "batch", "Batch size", |s, _| match (s.optimizer.kind, s.batch) {
        (OptimizerKind::Gd, _) if s.switch.is_empty() => BatchSize::Full.to_string(),
        (_, batch) => batch.to_string(),
    }),
    plain("optimizer", "optimizer", "Optimizer", |s, _| s.optimizer.kind.to_string()),
    plain("net", "network", "Network", |s, _| net_title(&s.net)),
    plain("data", "data", "Data set", |s, _| s.data.name.clone()),
    plain("schedule", "schedule", "Schedule of the learning rate", |s, _| s.schedule.to_string()),
    plain("length", "length", "Length", |s, _| match s.length {
        Length::Steps(n) => format!("{n} iterations"),
        Length::Epochs(n) => format!("{n} epochs"),
    }),
    plain("loss", "loss", "Loss that is minimised", |s, _| s.loss.to_string()),
    plain("switch", "switch", "Planned switches of the optimizer", |s, _| {
        if s.switch.is_empty() { String::new() } else { s.switch.to_string() }
    }),
    plain("average", "average", "Average of the iterates", |s, _| s.average.map_or(String::new(), |a| a.to_string())),
    plain("order", "order", "Order of the training images", |s, _| s.order.to_string()),
    plain("train-images", "training images", "Number of training images", |s, _| count(s.data.train_count)),
    plain("test-images", "test images", "Number of test images", |s, _| count(s.data.test_count)),
    plain("corrupt", "random labels", "Training images with random labels", |s, _| s.data.corrupt.to_string()),
    plain("bn", "batch norm", "Batch-norm statistics of what is measured", |s, _| s.norm_mode.to_string()),
    plain("start", "start", "Where it started, or what it is a fork of", |s, _| match (&s.fork, &s.init) {
        (Some(fork), _) => format!("from {}", fork.step),
        (None, Some(path)) => path.display().to_string(),
        (None, None) => String::new(),
    }),
    plain("device", "device", "Device", |s, _| s.device.to_string()),
    plain("weights", "weights", "How a fresh network's weights are drawn", |s, _| s.weights.to_string()),
    plain("init-scale", "init scale", "What a fresh network's weights are multiplied by", |s, _| {
        s.init_scale.to_string()
    }),
];

impl Setting {
    pub const SWEEP: Setting = Setting(0);
    pub const SEED: Setting = Setting(1);

    /// How many there are.
    pub fn count() -> usize {
        TABLE.len() + constants().len()
    }

    /// Every setting; the constants of optimizers come last.
    pub fn all() -> impl Iterator<Item = Setting> {
        (0..Setting::count()).filter_map(|place| u8::try_from(place).ok().map(Setting))
    }

    /// The setting that is remembered under a key; constants have their names in files.
    pub fn named(key: &str) -> Option<Setting> {
        Setting::all().find(|setting| setting.key() == key)
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    fn constant(self) -> Option<&'static Constant> {
        constants().get(self.index().checked_sub(TABLE.len())?).copied()
    }

    fn plain(self) -> Option<&'static Plain> {
        TABLE.get(self.index())
    }

    pub fn key(self) -> &'static str {
        self.plain().map(|p| p.key).or(self.constant().map(|c| c.key)).unwrap_or_default()
    }

    /// What the head of its column says, and groups before the value.
    pub fn name(self) -> &'static str {
        // Rules may call constants of theirs by the same letter; a table has them side by side.
        let is_alone = |c: &Constant| constants().iter().filter(|other| other.symbol == c.symbol).count() == 1;
        let is_letter = |c: &Constant| c.symbol.chars().count() == 1 && is_alone(c);
        let short = |c: &Constant| if is_letter(c) { c.symbol } else { c.field.short };
        self.plain().map(|p| p.name).or(self.constant().map(short)).unwrap_or_default()
    }

    /// What it is, in words.
    pub fn title(self) -> &'static str {
        self.plain().map(|p| p.title).or(self.constant().map(|c| c.field.label)).unwrap_or_default()
    }

    /// What a run has of it.
    pub fn of(self, spec: &RunSpec, sweep: Option<u32>) -> Said {
        let constant = |c: &'static Constant| match spec.uses(c) {
            true => c.get(&spec.optimizer).to_string(),
            false => String::new(),
        };
        Said::new(match self.plain() {
            Some(plain) => (plain.read)(spec, sweep),
            None => self.constant().map(constant).unwrap_or_default(),
        })
    }
}

impl From<Setting> for String {
    fn from(setting: Setting) -> String {
        setting.key().into()
    }
}

impl TryFrom<String> for Setting {
    type Error = String;

    fn try_from(key: String) -> Result<Setting, String> {
        Setting::named(&key).ok_or_else(|| format!("there is no setting {key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::OptimizerSpec;

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        let all: Vec<Setting> = Setting::all().collect();
        assert_eq!(all.len(), Setting::count());
        for (i, one) in all.iter().enumerate() {
            assert_eq!(Setting::named(one.key()), Some(*one));
            assert!(!one.name().is_empty() && !one.title().is_empty(), "{} has no words", one.key());
            assert!(all[..i].iter().all(|other| other.name() != one.name()), "two are called {}", one.name());
        }
        assert_eq!((Setting::SWEEP.key(), Setting::SEED.key()), ("sweep", "seed"));
    }

    #[test]
    fn constants_are_said_where_they_mean_something() {
        let said = |key: &str, spec: &RunSpec| Setting::named(key).unwrap().of(spec, None).text;
        let sgd = RunSpec::default();
        let optimizer = OptimizerSpec { kind: OptimizerKind::Sam, ..OptimizerSpec::default() };
        let sam = RunSpec { optimizer, ..RunSpec::default() };
        assert_eq!([said("rho", &sgd), said("rho", &sam)], ["", "0.05"]);
        assert_eq!([said("rate", &sam), said("batch", &sam), said("length", &sam)], ["0.1", "100", "200 iterations"]);
        let optimizer = OptimizerSpec { kind: OptimizerKind::Gd, ..OptimizerSpec::default() };
        assert_eq!(said("batch", &RunSpec { optimizer, ..RunSpec::default() }), "full");
        assert_eq!(Setting::SWEEP.of(&sgd, Some(2)).text, "2");
    }

    #[test]
    fn settings_are_remembered_by_their_keys() {
        let rho = Setting::named("rho").unwrap();
        let text = serde_json::to_string(&[Setting::SEED, rho]).unwrap();
        assert_eq!(text, r#"["seed","rho"]"#);
        assert_eq!(serde_json::from_str::<Vec<Setting>>(&text).unwrap(), [Setting::SEED, rho]);
        assert!(serde_json::from_str::<Setting>("\"nothing\"").is_err());
    }
}
