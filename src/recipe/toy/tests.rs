//! Facts about every experiment. Their numbers are checked beside them.

use super::*;
use crate::objective::Interrupt;

/// Makes an experiment from TOML.
pub(super) fn made(text: &str, seed: u64) -> Findings {
    let experiment: Experiment = toml::from_str(text).unwrap();
    experiment.check().unwrap();
    let mut shares = Vec::new();
    let findings = {
        let mut moves = |share| shares.push(share);
        let stop = Interrupt::default();
        let task = Task { name: "run", place: 2, seed };
        experiment.find(&task, &mut Watch::new(&stop, &mut moves)).unwrap()
    };
    let names: Vec<&str> = findings.numbers.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, experiment.measures(), "{text}");
    assert!(!shares.is_empty() && shares.is_sorted() && shares.iter().all(|s| (0.0..=1.0).contains(s)), "{shares:?}");
    assert!(!findings.panels.is_empty() && findings.panels.iter().all(|p| !p.title.is_empty()), "{text}");
    findings
}

/// The number of this name.
pub(super) fn number(findings: &Findings, name: &str) -> f64 {
    findings.number(name).unwrap().unwrap()
}

#[test]
fn every_experiment_stops_when_asked() {
    let texts = ["experiment='escape'\nruns=1000000", "experiment='ou'"];
    for text in texts {
        let experiment: Experiment = toml::from_str(text).unwrap();
        let stop = Interrupt::default();
        let mut calls = 0;
        let mut moves = |_| {
            calls += 1;
            stop.raise();
        };
        let task = Task { name: "run", place: 0, seed: 1 };
        let ended = experiment.find(&task, &mut Watch::new(&stop, &mut moves));
        assert!(matches!(ended, Err(Unfinished::Stopped)), "{text}");
        assert_eq!(calls, 1, "{text}");
    }
}
