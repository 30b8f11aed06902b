//! A step of a recorded run, made again: it is the recorded one to the bit, and what is told of it agrees with measurements of its ends.

use std::path::{Path, PathBuf};

use egui_kittest::kittest::Queryable as _;
use serde_json::Value;
use valleyscope::{
    checkpoint::Checkpoint,
    engine::{AutopsyJob, AutopsyRequest, Command, Delivery, Engine},
    explore::{Job as _, Setting, Subject, WORST},
    objective::{Curvature, Interrupt, Subset},
    optim::{OptimizerKind, OptimizerSpec},
    probe::NormMode,
    run::{BatchSize, DeviceChoice, Length, RunSpec},
    runfile::Reader,
};

use crate::{
    explore_window::{has, press, wait_for},
    fork_files::run,
    support::{close, is_held, is_over, program, to_file, until},
    window::{click, show, wait, window},
};

/// The iteration whose step has a rate that is much too large.
const HUGE: u64 = 30;

/// A run on the digits with one step of a huge rate, changed by hand.
fn jumping(path: &Path) {
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let spec = RunSpec {
        length: Length::Steps(40),
        batch: BatchSize::Of(50),
        lr: 0.05,
        device: DeviceChoice::Cpu,
        checkpoint_every: Some(1),
        ..RunSpec::default()
    };
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: to_file(path), paused: true });
    until(&engine, is_held);
    engine.send(Command::Step(HUGE));
    until(&engine, is_held);
    engine.send(Command::SetLearningRate(20.0));
    engine.send(Command::Step(1));
    until(&engine, is_held);
    engine.send(Command::SetLearningRate(0.05));
    engine.send(Command::Resume);
    until(&engine, is_over);
}

fn request(file: &Path, step: u64) -> AutopsyRequest {
    AutopsyRequest { file: file.into(), step, data_dir: None, device: Some(DeviceChoice::Cpu) }
}

/// Measures all of it; what is told on the way adds up to the report, and the progress to all.
fn looked(file: &Path, step: u64) -> AutopsyJob {
    let mut job = AutopsyJob::open(&request(file, step), Interrupt::default(), &mut |_| {}).unwrap();
    let mut told = job.report().clone();
    while let Some(found) = job.advance().unwrap() {
        told.apply(found);
        assert!(job.progress().done <= job.progress().total);
    }
    assert_eq!((&told, job.progress().done), (job.report(), job.progress().total));
    job
}

#[test]
fn a_step_made_again_is_the_recorded_one_and_its_parts_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.valley");
    jumping(&file);
    let reader = Reader::open(&file).unwrap();
    let at = |t: u64| PathBuf::from(format!("{}@{t}", file.display()));
    for t in [0, 10, HUGE, HUGE + 1, 39] {
        let job = looked(&file, t);
        let report = job.report();
        let made = report.step.as_ref().unwrap();
        assert_eq!(made.is_recorded(), Some(true), "iteration {t}");
        let (step, slice) = (reader.steps(t..t + 1).unwrap()[0], reader.slices(t..t + 1).unwrap()[0]);
        assert_eq!(made.step.batch_loss.to_bits(), step.batch_loss.to_bits());
        assert_eq!(made.slice.unwrap().loss.map(f64::to_bits), slice.loss.map(f64::to_bits), "iteration {t}");
        assert_eq!(made.step.learning_rate, if t == HUGE { 20.0 } else { 0.05 });
        // The examples, at the checkpoint.
        let subject = Subject { device: DeviceChoice::Cpu, ..Subject::default() };
        let checkpoint = Checkpoint::read(&at(t)).unwrap();
        let setting = Setting::open(&subject, &checkpoint, Interrupt::default()).unwrap();
        let (here, next) = (setting.state(&checkpoint).unwrap(), Checkpoint::read(&at(t + 1)).unwrap());
        let next = setting.state(&next).unwrap();
        let losses = setting.objective.per_example_loss(&here, Subset::Train, NormMode::Running).unwrap();
        assert_eq!(report.worst.len(), WORST);
        assert!(report.worst.is_sorted_by(|a, b| a.loss >= b.loss) && report.worst[0].loss >= step.batch_loss);
        for e in &report.worst {
            assert!(close(e.loss, losses[e.index as usize], 1e-5), "iteration {t}: {e:?}");
        }
        // Curvature, by one product with the whole step.
        let u: Vec<f32> = next.theta.iter().zip(&here.theta).map(|(b, a)| b - a).collect();
        let of = Curvature::Hessian;
        let product = setting
            .objective
            .full_curvature_products(&here, &[&u], of, NormMode::Running, &mut |_, _| ())
            .unwrap()
            .remove(0);
        let bend: f64 = u.iter().zip(&product).map(|(u, p)| f64::from(*u) * p).sum();
        let scale: f64 = report.layers.iter().map(|layer| layer.share.unwrap().abs()).sum();
        assert!((report.bend().unwrap() - bend).abs() <= 1e-4 * scale, "iteration {t}: {:?}, {bend}", report.bend());
        let squared: f64 = u.iter().map(|u| f64::from(*u) * f64::from(*u)).sum();
        let parts: f64 = report.layers.iter().map(|layer| layer.step * layer.step).sum();
        assert!(
            close(parts, squared, 1e-6) && close(report.curvature().unwrap() * squared, report.bend().unwrap(), 1e-6)
        );
        assert!(report.layers.iter().all(|layer| layer.squares.is_none()), "SGD expects nothing");
    }
}

#[test]
fn adam_is_told_what_it_expected_of_the_gradient() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("adam.valley");
    let optimizer = OptimizerSpec { kind: OptimizerKind::Adam, ..OptimizerSpec::default() };
    let spec =
        RunSpec { optimizer, lr: 1e-3, length: Length::Steps(8), device: DeviceChoice::Cpu, ..RunSpec::default() };
    run(spec, &file).unwrap();
    assert!(looked(&file, 0).report().layers.iter().all(|layer| layer.squares.is_none()), "nothing yet");
    let job = looked(&file, 5);
    for layer in &job.report().layers {
        let [expected, came] = layer.squares.unwrap();
        assert!(expected > 0.0 && close(came * layer.parameters as f64, layer.gradient * layer.gradient, 1e-9));
    }
    let names: Vec<&str> = job.head().forks.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["half the learning rate", "another optimizer"]);
    // The way there is made again: the file keeps the first state and the last.
    assert_eq!(job.report().step.as_ref().unwrap().is_recorded(), Some(true));
    let head = job.head();
    let [(_, half), (_, other)] = &head.forks[..] else { panic!("two forks") };
    assert_eq!((half.lr, half.optimizer.kind, other.optimizer.kind), (5e-4, OptimizerKind::Adam, OptimizerKind::Sgd));
    assert!(half.fork.as_ref().is_some_and(|fork| fork.step == 5) && half.check().is_ok() && other.check().is_ok());
    let Err(late) = AutopsyJob::open(&request(&file, 8), Interrupt::default(), &mut |_| {}) else {
        panic!("there is no such step")
    };
    assert!(late.to_string().contains("has made 8 iterations"), "{late}");
}

#[test]
fn the_command_line_lists_the_jumps_and_looks_into_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.valley");
    jumping(&file);
    let text = |arguments: &[&str]| {
        let out = program(home.path()).args(arguments).output().unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let json = |arguments: &[&str]| serde_json::from_str::<Value>(&text(arguments)).unwrap();
    let jumps = json(&["autopsy", file.to_str().unwrap(), "--json"]);
    assert!(jumps["jumps"].as_array().unwrap().contains(&Value::from(HUGE + 1)), "{jumps}");
    let at = format!("{}@{}", file.display(), HUGE + 1);
    let found = json(&["autopsy", &at, "--json"]);
    assert_eq!(found["step"]["as_recorded"], true, "{found}");
    assert_eq!(
        (found["step"]["slice"].as_array().unwrap().len(), found["worst"].as_array().unwrap().len()),
        (10, WORST)
    );
    let layers = found["layers"].as_array().unwrap();
    let shares: f64 = layers.iter().map(|layer| layer["share_of_bend"].as_f64().unwrap()).sum();
    assert!(close(shares, found["bend"].as_f64().unwrap(), 1e-9));
    let forks = found["forks"].as_array().unwrap();
    assert!(forks.iter().all(|fork| fork["command"].as_str().unwrap().contains("--fork")), "{found}");
    let words = text(&["autopsy", &at]);
    for part in
        ["these are the recorded numbers to the bit", "the largest losses of the batch", "half the learning rate"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn the_window_looks_into_a_step_and_offers_what_might_have_been_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.valley");
    jumping(&file);
    let mut w = window(folder.path(), true, vec![file]);
    wait(&mut w, "the run", |w| w.query_all_by_label("Timeline").next().is_some());
    w.run_steps(3);
    show(&mut w, "Slice");
    click(&mut w, "Pin");
    press(&mut w, "Look into this step");
    wait_for(&mut w, "the recorded numbers to the bit");
    wait_for(&mut w, "share of u·Hu");
    wait_for(&mut w, "Fork with half the learning rate");
    assert!(has(&w, "Worst examples of the batch") && has(&w, "Fork with another optimizer"));
    w.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::P);
    w.run_steps(2);
    let jump = HUGE + 1;
    w.get_by_label("Command palette").type_text(&format!("look into the jump at {jump}"));
    w.run_steps(2);
    w.key_press(egui::Key::Enter);
    w.run_steps(3);
    assert!(has(&w, &format!("Step from iteration {jump}")));
    wait_for(&mut w, "the recorded numbers to the bit");
    assert!(!has(&w, "Look into the jump"), "it is looked into");
}
