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
    let texts = [
        "experiment='escape'\nruns=1000000",
        "experiment='ou'",
        "experiment='exit'\neigenvalues=[0.1]\ndepth=1.0\neta=0.1\nratios=[100.0]\nruns=10",
        "experiment='averaging'\neta=0.05\nflat=[1.0, 1.0]\nc=16.0\nsteepest=16.0\nnoise=1.0\nsteps=1000000\nruns=1000",
        "experiment='shift'\nvalleys=1000000\ndirections=4",
        "experiment='rates'\ndim=50\nlargest=2.0\ncondition=10.0\netas=10000\nend=1.3\nsteps=10000",
    ];
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
