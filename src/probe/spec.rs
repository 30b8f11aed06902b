//! Which probes run, and how often.

use serde::{Deserialize, Serialize};

use crate::suggest;

/// The switches of the per-step probes. What costs nothing (batch loss, learning rate) is always recorded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProbeSpec {
    /// The 10-point slice of the full training loss, with floor, height and barriers.
    pub slice: bool,
    /// cos(g_{t−1}, g_t).
    pub cosine: bool,
    /// ‖θ_t − θ_0‖.
    pub distance: bool,
    /// ‖θ_t‖.
    pub norm: bool,
    /// ‖g_t‖.
    pub gradient: bool,
    /// Training and test loss and error after every epoch.
    pub epoch: bool,
    /// Write a step record every so many iterations.
    pub step_every: u64,
    /// Measure a slice every so many iterations.
    pub slice_every: u64,
}

impl Default for ProbeSpec {
    fn default() -> Self {
        ProbeSpec {
            slice: true,
            cosine: true,
            distance: true,
            norm: true,
            gradient: true,
            epoch: true,
            step_every: 1,
            slice_every: 1,
        }
    }
}

/// Every probe that `--probes` knows.
pub const PROBES: [&str; 6] = ["slice", "cosine", "distance", "norm", "gradient", "epoch"];

impl ProbeSpec {
    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "slice" => &mut self.slice,
            "cosine" => &mut self.cosine,
            "distance" => &mut self.distance,
            "norm" => &mut self.norm,
            "gradient" => &mut self.gradient,
            "epoch" => &mut self.epoch,
            _ => return None,
        })
    }

    /// `all`, `none`, or names with commas between them.
    pub fn set_names(&mut self, text: &str) -> Result<(), String> {
        for name in PROBES {
            if let Some(on) = self.switch(name) {
                *on = text == "all";
            }
        }
        if text == "all" || text == "none" {
            return Ok(());
        }
        for name in text.split(',') {
            *self.switch(name.trim()).ok_or_else(|| suggest::unknown("probe", name, &PROBES))? = true;
        }
        Ok(())
    }

    /// The inverse of [`ProbeSpec::set_names`].
    pub fn names(&self) -> String {
        let mut probes = *self;
        let on: Vec<_> = PROBES.into_iter().filter(|name| probes.switch(name).is_some_and(|on| *on)).collect();
        match on.len() {
            0 => "none".into(),
            n if n == PROBES.len() => "all".into(),
            _ => on.join(","),
        }
    }

    /// `10` thins everything; `slice:10` or `step:10` thins one kind of record.
    pub fn set_every(&mut self, text: &str) -> Result<(), String> {
        let bad = || format!("\"{text}\" is no thinning; write --every 10, --every slice:10 or --every step:10");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_thinning_survive_a_round_trip() {
        for text in ["all", "none", "slice,cosine", "epoch"] {
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
    }
}
