//! Which probes run, and how often.

use std::sync::LazyLock;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeStruct as _,
};

use super::values::{ProbeId, ProbeSet};
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
}

impl Default for ProbeSpec {
    fn default() -> Self {
        ProbeSpec { slice: true, steps: ProbeSet::usual(), epoch: true, step_every: 1, slice_every: 1 }
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

    /// Measures it, or not.
    pub fn set(&mut self, switch: Switch, on: bool) {
        match switch {
            Switch::Slice => self.slice = on,
            Switch::Step(id) => self.steps.set(id, on),
            Switch::Epoch => self.epoch = on,
        }
    }

    /// `none`, or names with commas between them. `all` is the name of everything that is usual: what costs much more is
    /// named beside it, as in `all,critical-sharpness`.
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
            let switch = Switch::all().find(|switch| switch.name() == name);
            self.set(switch.ok_or_else(|| suggest::unknown("probe", name, &ProbeSpec::known()))?, true);
        }
        Ok(())
    }

    /// The inverse of [`ProbeSpec::set_names`].
    pub fn names(&self) -> String {
        let has_usual = Switch::all().filter(|switch| switch.is_usual()).all(|switch| self.has(switch));
        let on = Switch::all().filter(|switch| self.has(*switch) && !(has_usual && switch.is_usual()));
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

/// Whether a switch is written even when it is as it usually is. A probe that came later is not: it reads the same, and
/// earlier versions refuse a manifest with a name that they do not know.
fn is_always_written(switch: Switch) -> bool {
    !matches!(switch, Switch::Step(id) if !ProbeId::FIRST.contains(&id))
}

/// A boolean for each switch, and the two numbers.
impl Serialize for ProbeSpec {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let written = || Switch::all().filter(move |s| is_always_written(*s) || self.has(*s) != s.is_usual());
        let mut out = s.serialize_struct("ProbeSpec", written().count() + 2)?;
        for switch in written() {
            out.serialize_field(switch.name(), &self.has(switch))?;
        }
        out.serialize_field("step_every", &self.step_every)?;
        out.serialize_field("slice_every", &self.slice_every)?;
        out.end()
    }
}

static FIELDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| ProbeSpec::known().into_iter().chain(["step_every", "slice_every"]).collect());

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
            assert!(p.has(switch) && p.names() == switch.name() && !switch.about().is_empty());
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
                && p.names().ends_with(",critical-sharpness,noise-norm,sgd-noise-norm,epoch")
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
}
