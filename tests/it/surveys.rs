//! Lines and planes against PyTorch's float64 numbers: losses, errors, barriers, distances, cosines, and every way to
//! take batch-norm statistics.

use serde_json::Value;
use tempfile::NamedTempFile;
use valleyscope::{
    checkpoint::Checkpoint,
    data::{self, DataSpec, Pixels},
    explore::{Job as _, LineJob, LineRequest, PlaneJob, PlaneRequest, Subject},
    net::State,
    objective::{Interrupt, Subset},
    probe::{NormBatch, NormMode},
    survey::{Axis, CurveSummary},
};

use crate::support::{close, shared};

const LOSS: f64 = 1e-5;

pub fn expected(name: &str) -> Value {
    let text = std::fs::read_to_string(shared().join("fixtures/expected.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["archs"][name].take()
}

pub fn file(name: &str) -> std::path::PathBuf {
    shared().join("fixtures").join(name)
}

/// What the fixture of a network was measured on; the file holds replaced labels while it lives.
pub fn subject(name: &str, mode: NormMode) -> (Subject, Option<NamedTempFile>) {
    let (set, dir, pixels) = match name {
        "mlp" => ("mnist", "data", Pixels::Unit),
        "lenet" => ("fashion-mnist", "data", Pixels::Signed),
        _ => ("cifar-10", "data/cifar-10-subset", Pixels::Signed),
    };
    let images = &expected(name)["images"]["train"];
    let mut spec = DataSpec {
        name: set.into(),
        train_count: Some(images["count"].as_u64().unwrap() as usize),
        test_count: Some(1000),
        pixels: Some(pixels),
        dir: Some(shared().join(dir)),
        allow_partial: name == "resnet8",
        ..DataSpec::default()
    };
    let mut held = None;
    let corrupted = &images["corrupted_labels"];
    if !corrupted.is_null() {
        let plain = data::load(&spec, 0).unwrap();
        let mut lines: Vec<String> = plain.train.labels.iter().map(u32::to_string).collect();
        let first = corrupted["first_index"].as_u64().unwrap() as usize;
        for (i, label) in corrupted["labels"].as_array().unwrap().iter().enumerate() {
            lines[first + i] = label.to_string();
        }
        let labels = NamedTempFile::new().unwrap();
        std::fs::write(labels.path(), lines.join("\n")).unwrap();
        spec.labels = Some(labels.path().into());
        held = Some(labels);
    }
    (Subject { data: spec, norm_mode: mode, ..Subject::default() }, held)
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap_or_else(|| panic!("{v} is no list")).iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

fn line(name: &str, mode: NormMode, a: &str, b: &str) -> LineJob {
    let (subject, _held) = subject(name, mode);
    let request = LineRequest {
        a: file(a),
        b: Some(file(b)),
        subject,
        alphas: Some(Axis::new(-0.5, 1.5, 21).unwrap()),
        ..LineRequest::default()
    };
    let mut job = LineJob::open(&request, Interrupt::default(), &mut |_| {}).unwrap();
    while job.advance().unwrap().is_some() {}
    job
}

fn assert_line(job: &LineJob, want: &Value) {
    let points = job.curves[0].line.points();
    let count = |subset| job.setting.objective.count(subset) as f64;
    let same = |found: f64, want: f64, what: &str| {
        assert!(close(found, want, LOSS) || (found.is_nan() && want.is_nan()), "{what}: {found} instead of {want}");
    };
    let (train, test) = (numbers(&want["train_loss"]), numbers(&want["test_loss"]));
    let (train_error, test_error) = (numbers(&want["train_error"]), numbers(&want["test_error"]));
    for (k, alpha) in numbers(&want["alphas"]).into_iter().enumerate() {
        let p = points[k];
        assert!((p.alpha - alpha).abs() < 1e-15);
        let (m, t) = (p.measured.train, p.measured.test.unwrap());
        same(m.loss, train[k], &format!("training loss at {alpha}"));
        same(t.loss, test[k], &format!("test loss at {alpha}"));
        // Two outputs that are nearly the same may swap in single precision.
        assert!((m.error - train_error[k]).abs() <= 1.0 / count(Subset::Train) + 1e-12, "training error at {alpha}");
        assert!((t.error - test_error[k]).abs() <= 1.0 / count(Subset::Test) + 1e-12, "test error at {alpha}");
    }
    let barrier = |found: &CurveSummary, want: &Value, scale: f64| {
        let found = found.barrier.unwrap();
        for (found, name) in [(found.above_chord, "above_chord"), (found.above_higher_end, "above_higher_end")] {
            let want = want[name].as_f64().unwrap();
            // A difference of losses: it is as good as they are.
            assert!((found - want).abs() < 4.0 * LOSS * scale, "barrier {name}: {found} instead of {want}");
        }
    };
    let summary = job.summary(0);
    barrier(&summary.train, &want["barrier_train"], train.iter().copied().fold(0.0, f64::max));
    barrier(&summary.test.unwrap(), &want["barrier_test"], test.iter().copied().fold(0.0, f64::max));
}

fn assert_between(job: &LineJob, want: &Value) {
    let summary = job.summary(0);
    assert!(close(summary.distance, want["distance_ab"].as_f64().unwrap(), 1e-6));
    let cosine = want["full_gradient"]["cosine_ab"].as_f64().unwrap();
    assert!((summary.gradient_cosine.unwrap() - cosine).abs() < 1e-4, "{summary:?} instead of {cosine}");
    assert_line(job, &want["slice"]);
}

/// The same numbers come out of PyTorch's own file.
fn assert_same_in_pt(name: &str, job: &LineJob) {
    for state in ["a", "b"] {
        let read = |ending: &str| Checkpoint::read(&file(&format!("{name}_{state}.{ending}"))).unwrap();
        let [ours, theirs]: [State; 2] = [read("safetensors"), read("pt")].map(|c| job.setting.state(&c).unwrap());
        assert_eq!(ours, theirs, "{name}_{state}");
    }
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn lines_of_networks_without_batch_norm_match_pytorch() {
    for name in ["mlp", "lenet"] {
        let want = expected(name)["results"]["eval"].take();
        let job = line(name, NormMode::default(), &format!("{name}_a.safetensors"), &format!("{name}_b.pt"));
        assert_between(&job, &want);
        assert_same_in_pt(name, &job);
        if name == "lenet" {
            let job = line(name, NormMode::default(), "lenet_a.pt", "lenet_c.safetensors");
            assert_line(&job, &want["slice_a_to_c"]);
            assert!(close(job.summary(0).distance, want["slice_a_to_c"]["distance"].as_f64().unwrap(), 1e-6));
        }
    }
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn lines_of_a_residual_network_match_pytorch_with_running_statistics() {
    let job = line("resnet8", NormMode::Running, "resnet8_a.safetensors", "resnet8_b.safetensors");
    assert_eq!(job.setting.about.net, "resnet8", "recognised from names and shapes");
    assert_between(&job, &expected("resnet8")["results"]["eval"]);
    assert_same_in_pt("resnet8", &job);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn lines_of_a_residual_network_match_pytorch_with_batch_statistics() {
    let mode = NormMode::Batch(NormBatch::All);
    let job = line("resnet8", mode, "resnet8_a.safetensors", "resnet8_b.safetensors");
    assert_between(&job, &expected("resnet8")["results"]["train"]);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn recalibrated_statistics_match_pytorch() {
    let want = expected("resnet8")["results"]["eval"]["slice_bn_recomputed"].take();
    let (subject, _held) = subject("resnet8", NormMode::Running);
    let a = Checkpoint::read(&file("resnet8_a.safetensors")).unwrap();
    let setting = valleyscope::explore::Setting::open(&subject, &a, Interrupt::default()).unwrap();
    let b = setting.state(&Checkpoint::read(&file("resnet8_b.pt")).unwrap()).unwrap();
    let a = setting.state(&a).unwrap();
    let statistics = setting.objective.recalibrated(&a, NormBatch::All).unwrap().buffers;
    for (name, numbers_at_a) in want["one_batch_statistics_at_a"].as_object().unwrap() {
        let p = setting.objective.network().buffers().params().iter().find(|p| p.name == *name).unwrap().clone();
        for (found, want) in statistics[p.range()].iter().zip(numbers(numbers_at_a)) {
            assert!(
                (f64::from(*found) - want).abs() < 1e-5 * want.abs().max(1e-2),
                "{name}: {found} instead of {want}"
            );
        }
    }
    for (name, batch) in [("one_batch", NormBatch::All), ("batches_of_100", NormBatch::Of(100))] {
        let (want, mode) = (&want[name], NormMode::Recalibrated(batch));
        let alphas = numbers(&want["alphas"]);
        let (train, test) = (numbers(&want["train_loss"]), numbers(&want["test_loss"]));
        for k in [0, alphas.len() / 2, alphas.len() - 1] {
            let weights = [vec![1.0 - alphas[k], alphas[k]]];
            for (subset, want) in [(Subset::Train, &train), (Subset::Test, &test)] {
                let found = setting.objective.evaluate_fan(&[&a, &b], &weights, subset, mode).unwrap()[0].loss;
                assert!(close(found, want[k], LOSS), "{name} at {}: {found} instead of {}", alphas[k], want[k]);
            }
        }
    }
}

fn plane(name: &str, mode: NormMode) -> (PlaneJob, State) {
    let (subject, _held) = subject(name, mode);
    let axis = Axis::new(-1.0, 1.0, 5).unwrap();
    let request = PlaneRequest {
        files: vec![file(&format!("{name}_a.pt"))],
        subject,
        direction_u: Some(file(&format!("{name}_dir_x.safetensors"))),
        direction_v: Some(file(&format!("{name}_dir_y.safetensors"))),
        a: Some(axis),
        b: Some(axis),
        ..PlaneRequest::default()
    };
    let mut job = PlaneJob::open(&request, Interrupt::default(), &mut |_| {}).unwrap();
    while job.advance().unwrap().is_some() {}
    let centre = job.setting.state(&Checkpoint::read(&file(&format!("{name}_a.safetensors"))).unwrap()).unwrap();
    (job, centre)
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn planes_match_pytorch_and_their_centre_is_the_model() {
    let cases = [
        ("mlp", NormMode::default(), "eval"),
        ("lenet", NormMode::default(), "eval"),
        ("resnet8", NormMode::Running, "eval"),
        ("resnet8", NormMode::Batch(NormBatch::All), "train"),
    ];
    for (name, mode, key) in cases {
        let want = expected(name)["results"][key]["plane"].take();
        let (job, centre) = plane(name, mode);
        let losses: Vec<f64> = want["train_loss"].as_array().unwrap().iter().flat_map(numbers).collect();
        let errors: Vec<f64> = want["train_error"].as_array().unwrap().iter().flat_map(numbers).collect();
        let count = job.setting.objective.count(Subset::Train) as f64;
        for (k, measured) in job.plane.values().iter().enumerate() {
            let found = measured.unwrap().train;
            assert!(
                close(found.loss, losses[k], LOSS),
                "{name} {key} point {k}: {} instead of {}",
                found.loss,
                losses[k]
            );
            assert!((found.error - errors[k]).abs() <= 1.0 / count + 1e-12, "{name} {key} point {k}: error");
        }
        let layout = &job.layout;
        assert!(close(layout.norms[0], want["norm_x"].as_f64().unwrap(), 1e-6));
        assert!(close(layout.norms[1], want["norm_y"].as_f64().unwrap(), 1e-6));
        assert!((layout.cosine - want["cosine_xy"].as_f64().unwrap()).abs() < 1e-6);
        let model = job.setting.objective.evaluate(&centre, Subset::Train, mode).unwrap();
        let middle = job.centre().unwrap();
        assert_eq!(middle.loss.to_bits(), model.loss.to_bits(), "{name} {key}: the centre is the model to the bit");
    }
}
