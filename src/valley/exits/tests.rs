use super::*;

/// A cell with these runs and so many that were stopped.
pub fn cell(limit: u64, steps: &[u64], censored: usize) -> Exits {
    let mut exits = Exits::new(limit).unwrap();
    for s in steps {
        exits.record(Exit::Exited(*s)).unwrap();
    }
    for _ in 0..censored {
        exits.record(Exit::Censored(limit)).unwrap();
    }
    exits
}

#[test]
fn steps_are_written_with_the_decimals_that_are_asked_for() {
    let steps = [Steps::Exactly(1.9199999999999995), Steps::AtLeast(289.47999999999996), Steps::AtLeast(300.0)];
    assert_eq!(steps.map(|s| format!("{s:.1}")), ["1.9", "≥ 289.5", "≥ 300.0"]);
    assert_eq!(steps[2].to_string(), "≥ 300");
}

#[test]
fn a_cell_where_all_left_has_plain_numbers() {
    let exits = cell(100, &[9, 3, 5, 7], 0);
    assert_eq!(exits.exited(), [3, 5, 7, 9]);
    let mean = exits.mean().unwrap();
    assert_eq!((mean.mean, mean.is_lower_bound()), (6.0, false));
    assert!((mean.std.unwrap() - (20f64 / 3.0).sqrt()).abs() < 1e-12);
    assert_eq!(mean.to_string(), "6.00 ± 2.58");
    assert_eq!(exits.expected(), Some(Steps::Exactly(6.0)));
    assert_eq!(exits.expected().unwrap().times(0.5), Steps::Exactly(3.0));
    assert_eq!(exits.median(), Some(MedianSteps { median: Steps::Exactly(6.0), interval: None }));
    assert_eq!(cell(9, &[4], 0).mean().unwrap().to_string(), "4.00");
}

#[test]
fn runs_that_were_stopped_are_bounds_and_never_numbers() {
    let exits = cell(50, &[10, 20, 30], 1);
    let mean = exits.mean().unwrap();
    assert_eq!((mean.mean, mean.exited, mean.censored), (20.0, 3, 1));
    assert_eq!(mean.to_string(), "≥ 20.00 ± 10.00 (lower bound: 1 of 4 stayed for 50 steps)");
    // (10 + 20 + 30 + 50) / 4.
    assert_eq!(exits.expected(), Some(Steps::AtLeast(27.5)));
    assert_eq!(exits.expected().unwrap().times(0.1).to_string(), "≥ 2.75");
    assert_eq!(exits.median().unwrap().median, Steps::Exactly(25.0), "both middle ones left");
    assert_eq!(cell(50, &[10, 20], 2).median().unwrap().median, Steps::AtLeast(35.0));
    assert_eq!(cell(50, &[10], 2).median().unwrap().median, Steps::AtLeast(50.0));
    let none = cell(50, &[], 3);
    assert_eq!((none.mean(), none.expected()), (None, Some(Steps::AtLeast(50.0))));
    let empty = Exits::new(50).unwrap();
    assert_eq!((empty.mean(), empty.expected(), empty.median()), (None, None, None));
}

#[test]
fn the_interval_of_the_median_has_its_ranks() {
    // Ten runs: ranks 2 and 9.
    let all = cell(1000, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0).median().unwrap();
    assert_eq!(all.interval, Some([Steps::Exactly(2.0), Steps::Exactly(9.0)]));
    let some = cell(1000, &[1, 2, 3, 4, 5, 6, 7], 3).median().unwrap();
    assert_eq!(some.median, Steps::Exactly(5.5));
    assert_eq!(some.interval, Some([Steps::Exactly(2.0), Steps::AtLeast(1000.0)]));
}

#[test]
fn the_interval_of_the_median_covers_it() {
    use rand::Rng as _;
    // Geometric steps with p = 0.01, stopped at 100: the median is the 69th step, ⌈ln ½ / ln 0.99⌉. 30 runs, 1000 times.
    let mut rng = crate::random::stream(3, "test");
    let mut held = 0;
    for _ in 0..1000 {
        let mut exits = Exits::new(100).unwrap();
        for _ in 0..30 {
            let steps = (rng.random::<f64>().ln() / 0.99f64.ln()).ceil().max(1.0) as u64;
            exits.record(if steps > 100 { Exit::Censored(100) } else { Exit::Exited(steps) }).unwrap();
        }
        let [low, high] = exits.median().unwrap().interval.unwrap();
        held += usize::from(low.value() <= 69.0 && (high.value() >= 69.0 || high.is_bound()));
    }
    // Coverage of ranks 10 and 21 of 30 is 0.957; four standard errors are 0.026.
    assert!((931..=990).contains(&held), "{held}");
}

#[test]
fn runs_that_do_not_belong_are_refused() {
    let mut exits = cell(50, &[7], 0);
    assert_eq!(exits.record(Exit::Exited(0)), Err(ExitError::AtStart));
    assert_eq!(exits.record(Exit::Exited(51)), Err(ExitError::BeyondLimit { steps: 51, limit: 50 }));
    assert_eq!(exits.record(Exit::Censored(49)), Err(ExitError::OtherLimit { steps: 49, limit: 50 }));
    assert_eq!(exits, cell(50, &[7], 0));
    assert_eq!(Exits::new(0), Err(ExitError::NoLimit));
    let kept = cell(50, &[7, 3], 2);
    let json = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<Exits>(&json).unwrap(), kept);
    assert!(serde_json::from_str::<Exits>(r#"{"limit":5,"exited":[6],"censored":0}"#).is_err());
}

#[test]
fn histograms_share_their_bins() {
    let (a, b) = (cell(50, &[1, 2, 3, 50], 2).histogram(), cell(50, &[40], 0).histogram());
    assert_eq!(a.edges(), b.edges());
    assert_eq!((a.counts().iter().sum::<u64>(), a.above(), a.below()), (4, 0, 0));
    assert_eq!((a.counts()[0], a.counts()[2], a.counts()[3]), (1, 1, 1));
}
