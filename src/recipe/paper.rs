//! The paper's own numbers, beside which a recipe's are put.

use serde::Deserialize;

use super::{claim::Measured, measure::Window, number::Asked, planned::Planned};

/// A number that the paper prints, and which of ours is nearest to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperNumber {
    /// What the paper's number is of.
    pub label: String,
    /// As it is printed.
    pub value: String,
    /// The table or section that has it.
    pub source: String,
    /// The run of this recipe that stands for it; nothing where there is none.
    #[serde(default)]
    run: Option<String>,
    #[serde(default)]
    measure: Option<String>,
    /// A measure that is the spread; see [`Asked::std`].
    #[serde(default)]
    std: Option<String>,
    #[serde(default)]
    over: Option<Window>,
    #[serde(default)]
    percent: bool,
}

/// The paper's number and this run's.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    pub label: String,
    pub source: String,
    /// As the paper prints it.
    pub theirs: String,
    /// In the unit of `theirs`; `None` where this recipe has no such run, or nothing was measured.
    pub ours: Option<f64>,
    /// The same with its spread, and of which run it is; a dash for nothing.
    pub ours_text: String,
}

impl PaperNumber {
    /// Whether it is a number with a source, and ours can be measured.
    pub(super) fn check(&self, planned: &[Planned]) -> Result<(), String> {
        let fail = |cause: String| format!("paper's number \"{}\": {cause}", self.label);
        if self.label.is_empty() || self.source.is_empty() {
            return Err(fail("it needs a label, and the table that has it as its source".into()));
        }
        if !self.value.contains(|c: char| c.is_ascii_digit()) {
            return Err(fail(format!("its value is \"{}\"; write it as it is printed", self.value)));
        }
        match (self.asked(), self.run.is_some() || self.measure.is_some()) {
            (Some(asked), _) => asked.check(planned).map_err(fail),
            (None, false) => Ok(()),
            (None, true) => Err(fail("a run needs a measure, and a measure a run".into())),
        }
    }

    /// It and ours.
    pub(super) fn compared(&self, runs: &[Measured<'_>]) -> Compared {
        let ours = self.asked().map(|asked| (asked, asked.of(runs)));
        let of = |asked: &Asked<'_>| match asked.over {
            Some(over) if over != Window::All => format!("{}, {over}", asked.run),
            _ => asked.run.to_string(),
        };
        let text = ours.as_ref().filter(|(_, n)| n.mean.is_finite());
        Compared {
            label: self.label.clone(),
            source: self.source.clone(),
            theirs: self.value.clone(),
            ours: text.map(|(_, n)| n.mean),
            ours_text: text.map_or("—".into(), |(asked, n)| format!("{} ({})", n.text(), of(asked))),
        }
    }

    fn asked(&self) -> Option<Asked<'_>> {
        let (run, measure) = (self.run.as_deref()?, self.measure.as_deref()?);
        Some(Asked { run, measure, std: self.std.as_deref(), over: self.over, percent: self.percent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::number::tests::found;

    fn read(text: &str) -> PaperNumber {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn theirs_stand_beside_ours() {
        let products = [found(1.0, 0.0), found(3.0, 0.0)];
        let runs: Vec<Measured<'_>> =
            products.iter().zip([1, 2]).map(|(product, seed)| Measured { name: "a", seed, product }).collect();
        let both = read("label='VGG'\nvalue='95.40 ± 0.14'\nsource='Table 5.2'\nrun='a'\nmeasure='m'").compared(&runs);
        assert_eq!((both.theirs.as_str(), both.ours), ("95.40 ± 0.14", Some(2.0)));
        assert_eq!(both.ours_text, "2.000 ± 1.414 (a)");
        let alone = read("label='VGG'\nvalue='5'\nsource='Table 1'").compared(&runs);
        assert_eq!((alone.ours, alone.ours_text.as_str()), (None, "—"));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("label='x'\nvalue='many'\nsource='Table 1'", "many"),
            ("label='x'\nvalue='1'\nsource=''", "source"),
            ("label='x'\nvalue='1'\nsource='Table 1'\nrun='a'", "needs a measure"),
            ("label='x'\nvalue='1'\nsource='Table 1'\nrun='a'\nmeasure='m'", "no run is called a"),
        ] {
            let error = read(text).check(&[]).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
