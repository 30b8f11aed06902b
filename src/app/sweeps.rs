//! Which runs were started in one sweep, for windows of another day. A run is known by its identity, wherever its file lies; the file
//! itself knows nothing of it, because in whose company a run was started is no part of what it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Sweeps that are remembered; those before are forgotten.
const MOST: usize = 100;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sweeps(BTreeMap<u32, BTreeSet<String>>);

impl Sweeps {
    /// The sweep of the run with this identity.
    pub fn of(&self, run: &str) -> Option<u32> {
        self.0.iter().find(|(_, runs)| runs.contains(run)).map(|(sweep, _)| *sweep)
    }

    /// Remembers a run of a sweep.
    pub fn put(&mut self, sweep: u32, run: String) {
        self.0.entry(sweep).or_default().insert(run);
        while self.0.len() > MOST {
            self.0.pop_first();
        }
    }

    /// The newest sweep's number, from which on new ones are counted.
    pub fn newest(&self) -> u32 {
        self.0.last_key_value().map_or(0, |(sweep, _)| *sweep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_sweep_are_known_on_another_day() {
        let mut sweeps = Sweeps::default();
        assert_eq!((sweeps.newest(), sweeps.of("a")), (0, None));
        sweeps.put(1, "a".into());
        sweeps.put(1, "b".into());
        sweeps.put(2, "c".into());
        let text = serde_json::to_string(&sweeps).unwrap();
        assert_eq!(text, r#"{"1":["a","b"],"2":["c"]}"#);
        let mut again: Sweeps = serde_json::from_str(&text).unwrap();
        assert_eq!((again.of("b"), again.of("c"), again.of("d"), again.newest()), (Some(1), Some(2), None, 2));
        (3..200).for_each(|sweep| again.put(sweep, format!("run {sweep}")));
        assert_eq!((again.0.len(), again.of("a"), again.newest()), (MOST, None, 199));
    }
}
