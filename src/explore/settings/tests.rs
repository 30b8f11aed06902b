//! What is in memory is what would be loaded.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use super::*;
use crate::{
    explore::{context::Context, request::Subject, subject::Setting},
    objective::{Gradient, Subset},
    probe::{Evaluation, NormMode},
};

const IMAGES: usize = 60;

fn subject(labels: Option<&Path>) -> Subject {
    let data = DataSpec { train_count: Some(IMAGES), labels: labels.map(Into::into), ..DataSpec::default() };
    let net = "linear(8) tanh linear(10)".to_string();
    Subject { data, net, device: DeviceChoice::Cpu, ..Subject::default() }
}

fn open(subject: &Subject, settings: &Settings) -> Setting {
    Setting::of(subject, Context { settings: settings.clone(), ..Context::default() }).unwrap()
}

fn numbers(setting: &Setting) -> (Evaluation, Vec<Evaluation>, Gradient) {
    let objective = &setting.objective;
    let [a, b] = [3, 4].map(|seed| objective.network().initial_state(seed));
    let weights = [vec![0.25, 0.75], vec![1.0, 0.0]];
    let mode = NormMode::default();
    (
        objective.evaluate(&a, Subset::Test, mode).unwrap(),
        objective.evaluate_fan(&[&a, &b], &weights, Subset::Train, mode).unwrap(),
        objective.full_gradient(&a, mode).unwrap(),
    )
}

/// The data that are kept, oldest first.
fn kept(settings: &Settings) -> Vec<Arc<Dataset>> {
    settings.lock().0.iter().map(|entry| entry.data.dataset.clone()).collect()
}

/// Writes labels, as if `age` seconds ago.
fn write(path: &Path, label: u32, age: u64) {
    fs::write(path, format!("{label}\n").repeat(IMAGES)).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
}

#[test]
fn the_second_measurement_loads_nothing_and_has_the_same_bits() {
    let (settings, asked) = (Settings::default(), subject(None));
    let first = open(&asked, &settings);
    let [loaded]: [Arc<Dataset>; 1] = kept(&settings).try_into().unwrap();
    let holders = Arc::strong_count(&loaded);
    let second = open(&asked, &settings);
    assert!(Arc::strong_count(&loaded) > holders, "the second one is on the same data");
    let [still]: [Arc<Dataset>; 1] = kept(&settings).try_into().unwrap();
    assert!(Arc::ptr_eq(&loaded, &still));
    let alone = [open(&asked, &Settings::default()), open(&asked, &Settings::default())];
    let expected = numbers(&alone[0]);
    // Not only one after the other: the first one goes on after the second one began.
    for setting in [&second, &first, &alone[1], &second] {
        assert_eq!(numbers(setting), expected);
    }
    assert_eq!((&first.about, &second.about), (&alone[0].about, &alone[1].about));
}

#[test]
fn each_measurement_has_its_own_interrupt() {
    let (settings, asked) = (Settings::default(), subject(None));
    let interrupt = Interrupt::default();
    let context = Context { interrupt: interrupt.clone(), settings: settings.clone() };
    let stopped = Setting::of(&asked, context).unwrap();
    let other = open(&asked, &settings);
    interrupt.raise();
    let at = other.objective.network().initial_state(1);
    assert!(stopped.objective.evaluate(&at, Subset::Train, NormMode::Running).is_err());
    assert!(other.objective.evaluate(&at, Subset::Train, NormMode::Running).is_ok());
    assert!(open(&asked, &settings).objective.evaluate(&at, Subset::Train, NormMode::Running).is_ok());
}

#[test]
fn whatever_decides_the_numbers_is_looked_at() {
    let (settings, asked) = (Settings::default(), subject(None));
    let first = numbers(&open(&asked, &settings));
    // Another loss on the same data.
    let squared = Subject { loss: LossKind::MeanSquared, ..asked.clone() };
    assert_eq!(numbers(&open(&squared, &settings)), numbers(&open(&squared, &Settings::default())));
    assert_ne!(numbers(&open(&squared, &settings)).0, first.0);
    let both = kept(&settings);
    assert!(both.len() == 2 && Arc::ptr_eq(&both[0], &both[1]), "the data are loaded once");
    // Other data; what was used longest ago goes.
    let mut fewer = asked.clone();
    fewer.data.train_count = Some(IMAGES - 1);
    let about = open(&fewer, &settings).about;
    assert_eq!(about.train_count, IMAGES as u64 - 1);
    let two = kept(&settings);
    assert!(two.len() == COUNT && Arc::ptr_eq(&two[0], &both[1]) && !Arc::ptr_eq(&two[0], &two[1]));
    // Another seed draws other points and other labels.
    let moons = |seed| {
        let data = DataSpec { name: "moons".into(), train_count: Some(IMAGES), ..DataSpec::default() };
        let settings = &settings;
        open(&Subject { data, seed, net: "linear(2)".into(), ..asked.clone() }, settings)
    };
    assert_ne!(numbers(&moons(1)).0, numbers(&moons(2)).0);
    assert_eq!(numbers(&moons(1)).0, numbers(&moons(1)).0);
}

#[test]
fn a_file_that_was_written_anew_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.txt");
    let (settings, asked) = (Settings::default(), subject(Some(&labels)));
    write(&labels, 1, 3600);
    open(&asked, &settings);
    let before = kept(&settings);
    open(&asked, &settings);
    assert!(Arc::ptr_eq(&before[0], &kept(&settings)[0]));
    // As long as before.
    write(&labels, 2, 1800);
    let changed = open(&asked, &settings);
    let after = kept(&settings);
    assert_eq!((before[0].train.labels[0], after[1].train.labels[0]), (1, 2));
    assert_eq!(numbers(&changed), numbers(&open(&asked, &Settings::default())));
    // Of a file that was written just now nobody can tell.
    write(&labels, 3, 0);
    open(&asked, &settings);
    assert!(kept(&settings).iter().all(|data| data.train.labels[0] != 3));
    fs::remove_file(&labels).unwrap();
    let context = Context { settings, ..Context::default() };
    assert!(Setting::of(&asked, context).is_err(), "nothing in memory hides that it is gone");
}
