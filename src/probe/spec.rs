//! Which probes run, and how often.

use std::sync::LazyLock;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeStruct as _,
};

use super::{
    intervals::Intervals,
    step::DerivativeGroup,
    values::{ProbeId, ProbeSet},
};
use crate::suggest;

/// The switches of what is measured. What costs nothing (batch loss, learning rate) is always recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeSpec {
    /// The 10-point slice of the full training loss, with floor, height and barriers.
    pub slice: bool,
    /// What is measured at every step.
    pub steps: ProbeSet,
    /// Training and test loss and error after every epoch.
    pub epoch: bool,
    /// Write a step record every so many iterations.
    pub step_every: u64,
    /// Measure a slice every so many iterations.
    pub slice_every: u64,
    /// How often what asks for derivatives is measured, while it is among `steps`.
    pub intervals: Intervals,
}

impl Default for ProbeSpec {
    fn default() -> Self {
        ProbeSpec {
            slice: true,
            steps: ProbeSet::usual(),
            epoch: true,
            step_every: 1,
            slice_every: 1,
            intervals: Intervals::default(),
        }
    }
}

/// One thing that can be measured or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    Slice,
    Step(ProbeId),
    Epoch,
}

impl Switch {
    /// Every switch, in the order in which they are offered.
    pub fn all() -> impl Iterator<Item = Switch> {
        std::iter::once(Switch::Slice).chain(ProbeId::all().map(Switch::Step)).chain([Switch::Epoch])
    }

    /// The word for it in `--probes` and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Switch::Slice => "slice",
            Switch::Step(id) => id.probe().name(),
            Switch::Epoch => "epoch",
        }
    }

    /// Whether it is measured unless told otherwise; `all` means those.
    pub fn is_usual(self) -> bool {
        match self {
            Switch::Slice | Switch::Epoch => true,
            Switch::Step(id) => id.probe().is_usual(),
        }
    }

    /// Its group, when it asks for derivatives.
    pub fn group(self) -> Option<DerivativeGroup> {
        match self {
            Switch::Step(id) => id.group(),
            Switch::Slice | Switch::Epoch => None,
        }
    }

    /// What is measured, in a line.
    pub fn about(self) -> &'static str {
        match self {
            Switch::Slice => {
                "Full training loss at 10 points between consecutive iterates, with floor, height and barriers"
            }
            Switch::Step(id) => id.probe().about(),
            Switch::Epoch => "Training and test loss and accuracy after every epoch",
        }
    }
}

impl ProbeSpec {
    /// The names of all switches, as `--probes` knows them.
    pub fn known() -> Vec<&'static str> {
        Switch::all().map(Switch::name).collect()
    }

    /// Whether it is measured.
    pub fn has(&self, switch: Switch) -> bool {
        match switch {
            Switch::Slice => self.slice,
            Switch::Step(id) => self.steps.has(id),
            Switch::Epoch => self.epoch,
        }
    }

    /// Measures it, or not. What asks for derivatives is measured as often as is usual with it.
    pub fn set(&mut self, switch: Switch, on: bool) {
        match switch {
            Switch::Slice => self.slice = on,
            Switch::Step(id) => {
                self.steps.set(id, on);
                self.intervals.reset(id);
            }
            Switch::Epoch => self.epoch = on,
        }
    }

    /// How often a probe is measured that asks for derivatives; `None` when it is not, and for all others.
    pub fn interval(&self, id: ProbeId) -> Option<u64> {
        id.group().filter(|_| self.steps.has(id))?;
        Some(self.intervals.get(id))
    }

    /// How often a group is measured: as often as the most frequent of its probes; `None` when none of them is.
    pub fn group_interval(&self, group: DerivativeGroup) -> Option<u64> {
        ProbeId::of_group(group).filter_map(|id| self.interval(id)).min()
    }

    /// Measures a probe that asks for derivatives every so many iterations (0 counts as 1), or not; for others nothing happens.
    pub fn set_interval(&mut self, id: ProbeId, every: Option<u64>) {
        if id.group().is_some() {
            self.set(Switch::Step(id), every.is_some());
            every.into_iter().for_each(|every| self.intervals.put(id, every));
        }
    }

    /// Measures all of a group every so many iterations, or none of them.
    pub fn set_group(&mut self, group: DerivativeGroup, every: Option<u64>) {
        ProbeId::of_group(group).for_each(|id| self.set_interval(id, every));
    }

    /// The probes that take derivatives at iteration `t`. Those of thinned steps wait for the next one that has a record.
    pub fn due(&self, t: u64) -> ProbeSet {
        let mut due = ProbeSet::NONE;
        if self.wants_step(t) {
            for id in self.steps.ids() {
                due.set(id, self.interval(id).is_some_and(|every| t % every < self.step_every));
            }
        }
        due
    }

    /// `none`, or probes and groups that take derivatives, with commas between them and each with its interval, as in
    /// `curvature:every=10,trace-sigma:every=50`; without one it is the usual. They are measured beside what is measured already.
    pub fn set_derivatives(&mut self, text: &str) -> Result<(), String> {
        for item in text.split(',').map(str::trim) {
            let (name, setting) = item.split_once(':').map_or((item, None), |(name, setting)| (name, Some(setting)));
            let bad = || format!("\"{item}\" is no interval; write {name}:every=10 (--probe {name}:every=10)");
            let every = match setting {
                None => None,
                Some(setting) => {
                    let number = setting.strip_prefix("every=").and_then(|n| n.parse::<u64>().ok());
                    Some(number.filter(|n| *n > 0).ok_or_else(bad)?)
                }
            };
            if name == "none" {
                DerivativeGroup::ALL.iter().for_each(|group| self.set_group(*group, None));
                continue;
            }
            let known = derivative_names();
            let ids = named(name).ok_or_else(|| suggest::unknown("probe of derivatives", name, &known))?;
            for id in ids {
                let usual = id.group().map_or(1, DerivativeGroup::usual_interval);
                self.set_interval(id, Some(every.unwrap_or(usual)));
            }
        }
        Ok(())
    }

    /// The same, and nothing that takes derivatives beside it; after an error nothing has changed.
    pub fn replace_derivatives(&mut self, text: &str) -> Result<(), String> {
        let mut probes = *self;
        probes.set_derivatives("none")?;
        probes.set_derivatives(text)?;
        *self = probes;
        Ok(())
    }

    /// The inverse of [`ProbeSpec::set_derivatives`], from a spec without any; `None` when there are none. A group that is measured
    /// together is named together.
    pub fn derivatives(&self) -> Option<String> {
        let mut items = Vec::new();
        for group in DerivativeGroup::ALL {
            let all: Vec<(ProbeId, Option<u64>)> = ProbeId::of_group(group).map(|id| (id, self.interval(id))).collect();
            let first = all.first().and_then(|(_, every)| *every);
            match first {
                Some(every) if all.iter().all(|(_, other)| *other == first) => {
                    items.push(format!("{}:every={every}", group.name()));
                }
                _ => items.extend(
                    all.iter().filter_map(|(id, every)| Some(format!("{}:every={}", id.probe().name(), (*every)?))),
                ),
            }
        }
        (!items.is_empty()).then(|| items.join(","))
    }

    /// What `--probe` has to say for what is asked for derivatives here, where `before` was; `None` where nothing differs.
    pub fn derivatives_beside(&self, before: &ProbeSpec) -> Option<String> {
        let (now, was) = (self.derivatives(), before.derivatives());
        match (now, was) {
            (now, was) if now == was => None,
            (Some(now), None) => Some(now),
            (Some(now), Some(_)) => Some(format!("none,{now}")),
            (None, _) => Some("none".into()),
        }
    }

    /// `none`, or names with commas between them. `all` is the name of everything that is usual: what costs much more is
    /// named beside it, as in `all,critical-sharpness`. What asks for derivatives, or a group of it, is measured as often as is usual
    /// with it: see [`ProbeSpec::set_derivatives`].
    pub fn set_names(&mut self, text: &str) -> Result<(), String> {
        for switch in Switch::all() {
            self.set(switch, false);
        }
        if text == "none" {
            return Ok(());
        }
        for name in text.split(',').map(str::trim) {
            if name == "all" {
                Switch::all().filter(|switch| switch.is_usual()).for_each(|switch| self.set(switch, true));
                continue;
            }
            if let Some(ids) = named(name) {
                ids.into_iter().for_each(|id| self.set(Switch::Step(id), true));
                continue;
            }
            let switch = Switch::all().find(|switch| switch.name() == name);
            self.set(switch.ok_or_else(|| suggest::unknown("probe", name, &ProbeSpec::known()))?, true);
        }
        Ok(())
    }

    /// The inverse of [`ProbeSpec::set_names`], without what asks for derivatives: that is [`ProbeSpec::derivatives`].
    pub fn names(&self) -> String {
        let has_usual = Switch::all().filter(|switch| switch.is_usual()).all(|switch| self.has(switch));
        let plain = Switch::all().filter(|switch| switch.group().is_none());
        let on = plain.filter(|switch| self.has(*switch) && !(has_usual && switch.is_usual()));
        let names: Vec<_> = has_usual.then_some("all").into_iter().chain(on.map(Switch::name)).collect();
        if names.is_empty() { "none".into() } else { names.join(",") }
    }

    /// `10` thins everything; `slice:10` or `step:10` thins one kind of record.
    pub fn set_every(&mut self, text: &str) -> Result<(), String> {
        let bad = || format!("\"{text}\" is no thinning; write 10, slice:10 or step:10 (--every 10)");
        let (kind, number) = text.split_once(':').unwrap_or(("", text));
        let n: u64 = number.parse().ok().filter(|n| *n > 0).ok_or_else(bad)?;
        match kind {
            "" => (self.step_every, self.slice_every) = (n, n),
            "slice" => self.slice_every = n,
            "step" => self.step_every = n,
            _ => return Err(bad()),
        }
        Ok(())
    }

    /// The inverse of [`ProbeSpec::set_every`].
    pub fn every_arguments(&self) -> Vec<String> {
        match (self.step_every, self.slice_every) {
            (1, 1) => vec![],
            (a, b) if a == b => vec![a.to_string()],
            (1, b) => vec![format!("slice:{b}")],
            (a, 1) => vec![format!("step:{a}")],
            (a, b) => vec![format!("step:{a}"), format!("slice:{b}")],
        }
    }

    /// Whether iteration `t` gets a slice.
    pub fn wants_slice(&self, t: u64) -> bool {
        self.slice && t.is_multiple_of(self.slice_every)
    }

    /// Whether iteration `t` gets a step record.
    pub fn wants_step(&self, t: u64) -> bool {
        t.is_multiple_of(self.step_every)
    }
}

/// The probes that a name means which ask for derivatives: a group, or one.
fn named(name: &str) -> Option<Vec<ProbeId>> {
    if let Some(group) = DerivativeGroup::ALL.into_iter().find(|group| group.name() == name) {
        return Some(ProbeId::of_group(group).collect());
    }
    ProbeId::named(name).filter(|id| id.group().is_some()).map(|id| vec![id])
}

/// The names of groups and probes that ask for derivatives.
fn derivative_names() -> Vec<&'static str> {
    let groups = DerivativeGroup::ALL.map(DerivativeGroup::name);
    groups.into_iter().chain(ProbeId::all().filter(|id| id.group().is_some()).map(|id| id.probe().name())).collect()
}

/// What a file says of a probe that asks for derivatives: whether it is measured, or how often.
#[derive(Deserialize)]
#[serde(untagged)]
enum Setting {
    On(bool),
    Every(u64),
}

/// Whether a switch is written even when it is as it usually is. A probe that came later is not: it reads the same, and
/// earlier versions refuse a manifest with a name that they do not know.
fn is_always_written(switch: Switch) -> bool {
    !matches!(switch, Switch::Step(id) if !ProbeId::FIRST.contains(&id))
}

/// A boolean for each switch, or how often it is measured, and the two numbers.
impl Serialize for ProbeSpec {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let written = || Switch::all().filter(move |s| is_always_written(*s) || self.has(*s) != s.is_usual());
        let mut out = s.serialize_struct("ProbeSpec", written().count() + 2)?;
        for switch in written() {
            let interval = if let Switch::Step(id) = switch { self.interval(id) } else { None };
            match interval {
                Some(every) => out.serialize_field(switch.name(), &every)?,
                None => out.serialize_field(switch.name(), &self.has(switch))?,
            }
        }
        out.serialize_field("step_every", &self.step_every)?;
        out.serialize_field("slice_every", &self.slice_every)?;
        out.end()
    }
}

static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let groups = DerivativeGroup::ALL.map(DerivativeGroup::name);
    ProbeSpec::known().into_iter().chain(groups).chain(["step_every", "slice_every"]).collect()
});

/// What is not there is as in [`ProbeSpec::default`]; what is not known is an error.
impl<'de> Deserialize<'de> for ProbeSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = ProbeSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("struct ProbeSpec")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ProbeSpec, A::Error> {
                let mut spec = ProbeSpec::default();
                while let Some(key) = map.next_key::<String>()? {
                    if let Some(ids) = named(&key) {
                        let every = match map.next_value()? {
                            Setting::On(false) => None,
                            Setting::On(true) => {
                                ids.first().and_then(|id| id.group()).map(DerivativeGroup::usual_interval)
                            }
                            Setting::Every(0) => {
                                return Err(de::Error::custom(format!("{key} = 0 is no interval; give 1 or more")));
                            }
                            Setting::Every(every) => Some(every),
                        };
                        ids.into_iter().for_each(|id| spec.set_interval(id, every));
                        continue;
                    }
                    match (key.as_str(), Switch::all().find(|switch| switch.name() == key)) {
                        (_, Some(switch)) => spec.set(switch, map.next_value()?),
                        ("step_every", None) => spec.step_every = map.next_value()?,
                        ("slice_every", None) => spec.slice_every = map.next_value()?,
                        (unknown, None) => return Err(de::Error::unknown_field(unknown, FIELDS.as_slice())),
                    }
                }
                Ok(spec)
            }
        }

        d.deserialize_struct("ProbeSpec", FIELDS.as_slice(), Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_thinning_survive_a_round_trip() {
        for text in ["all", "none", "slice,cosine", "epoch", "all,critical-sharpness", "slice,critical-sharpness"] {
            let mut p = ProbeSpec::default();
            p.set_names(text).unwrap();
            assert_eq!(p.names(), text);
        }
        for text in ["10", "slice:10", "step:3"] {
            let mut p = ProbeSpec::default();
            p.set_every(text).unwrap();
            assert_eq!(p.every_arguments(), [text]);
        }
        let mut p = ProbeSpec::default();
        assert!(p.set_names("slize").unwrap_err().contains("\"slice\""));
        assert!(p.set_every("0").is_err() && p.set_every("floor:3").is_err());
        for switch in Switch::all() {
            p.set_names(switch.name()).unwrap();
            assert!(p.has(switch) && !switch.about().is_empty());
            let names = if switch.group().is_some() { "none" } else { switch.name() };
            assert_eq!(p.names(), names, "what asks for derivatives is said apart");
        }
    }

    /// What costs whole losses is not among all.
    #[test]
    fn all_is_what_is_usual_and_the_rest_is_asked_for() {
        let mut p = ProbeSpec::default();
        assert_eq!(p.names(), "all");
        p.set_names("all").unwrap();
        assert_eq!(p, ProbeSpec::default());
        for switch in Switch::all() {
            assert_eq!(p.has(switch), switch.is_usual(), "{switch:?}");
        }
        p.set_names("critical-sharpness, all").unwrap();
        assert_eq!(p.names(), "all,critical-sharpness");
        let text = serde_json::to_string(&p).unwrap();
        assert!(text.contains(r#""critical-sharpness":true"#), "{text}");
        let text = serde_json::to_string(&ProbeSpec::default()).unwrap();
        assert!(!text.contains("critical-sharpness") && !text.contains("slope"), "as it usually is: {text}");
        p.set(Switch::Step(ProbeId::COSINE), false);
        assert!(
            p.names().starts_with("slice,distance,")
                && p.names().ends_with(",critical-sharpness,langevin-noise-norm,sgd-noise-norm,epoch")
        );
    }

    #[test]
    fn a_manifest_names_every_switch_as_it_always_has() {
        let text = r#"{"slice":true,"cosine":false,"distance":true,"norm":true,"gradient":true,"epoch":false,"step_every":3,"slice_every":1}"#;
        let spec: ProbeSpec = serde_json::from_str(text).unwrap();
        assert_eq!((spec.names().contains("cosine"), spec.epoch, spec.step_every), (false, false, 3));
        assert_eq!(serde_json::to_string(&spec).unwrap(), text);
        let part: ProbeSpec = serde_json::from_str(r#"{"norm":false}"#).unwrap();
        let mut expected = ProbeSpec::default();
        expected.steps.set(ProbeId::NORM, false);
        assert_eq!(part, expected);
        let refused = serde_json::from_str::<ProbeSpec>(r#"{"slize":true}"#).unwrap_err().to_string();
        assert!(
            refused.starts_with("unknown field `slize`, expected one of `slice`, `cosine`, `distance`"),
            "{refused}"
        );
    }

    /// Off and on again, every set of switches comes back, those of probes that came later included.
    #[test]
    fn every_switch_survives_json() {
        for switch in Switch::all() {
            let mut spec = ProbeSpec::default();
            spec.set(switch, false);
            let text = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<ProbeSpec>(&text).unwrap(), spec);
            spec.set_names(switch.name()).unwrap();
            let text = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<ProbeSpec>(&text).unwrap(), spec);
        }
    }

    #[test]
    fn derivatives_and_their_intervals_survive_a_round_trip() {
        for text in [
            "curvature:every=10",
            "noise:every=7",
            "curvature:every=3,noise:every=50",
            "lambda-max:every=5",
            "lambda-max:every=5,trace:every=20,mean-gradient-norm:every=1",
        ] {
            let mut p = ProbeSpec::default();
            p.set_derivatives(text).unwrap();
            assert_eq!((p.derivatives().as_deref(), p.names().as_str()), (Some(text), "all"));
            let json = serde_json::to_string(&p).unwrap();
            assert_eq!(serde_json::from_str::<ProbeSpec>(&json).unwrap(), p, "{json}");
            assert_eq!(p.derivatives_beside(&ProbeSpec::default()).as_deref(), Some(text));
            assert_eq!(ProbeSpec::default().derivatives_beside(&p).as_deref(), Some("none"));
            // From anything that was before.
            let mut before = ProbeSpec::default();
            before.set_derivatives("curvature,noise-ratio:every=2").unwrap();
            let told = p.derivatives_beside(&before).unwrap();
            before.set_derivatives(&told).unwrap();
            assert_eq!(before, p, "{told}");
        }
        let mut p = ProbeSpec::default();
        p.set_names("all,curvature, trace-sigma").unwrap();
        assert_eq!(p.derivatives().unwrap(), "curvature:every=10,trace-sigma:every=50", "as often as is usual");
        p.set_derivatives("none").unwrap();
        assert_eq!(p, ProbeSpec::default(), "an interval of what is off is no difference");
        for (text, part) in [
            ("lambda-mx", "\"lambda-max\""),
            ("cosine", "unknown probe of derivatives"),
            ("noise:every=0", "noise:every=10"),
            ("noise:10", "noise:every=10"),
        ] {
            let error = p.set_derivatives(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        let toml: ProbeSpec = toml::from_str("curvature = 5\nnoise = true\ntrace = false").unwrap();
        assert_eq!((toml.interval(ProbeId::LAMBDA_MAX), toml.interval(ProbeId::TRACE)), (Some(5), None));
        assert_eq!(toml.group_interval(DerivativeGroup::Noise), Some(50));
        assert!(toml::from_str::<ProbeSpec>("curvature = 0").is_err());
    }

    /// Each interval has one measurement, at its first iteration with a record; thinner records have one each.
    #[test]
    fn an_interval_has_one_measurement() {
        let mut p = ProbeSpec::default();
        for every in [1, 2, 5, 10, 13] {
            for step_every in [1, 2, 3, 7, 20] {
                p.set_derivatives(&format!("lambda-max:every={every}")).unwrap();
                p.step_every = step_every;
                let due: Vec<u64> = (0..400).filter(|t| p.due(*t).has(ProbeId::LAMBDA_MAX)).collect();
                let first = |m: u64| (m * every).div_ceil(step_every) * step_every;
                let mut expected: Vec<u64> = (0..400).map(first).filter(|t| *t < 400).collect();
                if step_every > every {
                    expected = (0..400).step_by(step_every as usize).collect();
                }
                expected.dedup();
                assert_eq!(due, expected, "every {every} of {step_every}");
            }
        }
        assert_eq!(ProbeSpec::default().due(0), ProbeSet::NONE);
    }
}
