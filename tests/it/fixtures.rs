//! Losses, slices, gradients and steps against PyTorch's float64 numbers, on the CPU and on the software GPU.
//!
//! Compared: loss, error, per-example loss, logits, full and mini-batch gradient, one SGD step with its slice, a walk of
//! several steps, the line between two states, products with the Hessian and derivatives of every example along a direction.

use serde_json::Value;
use valleyscope::{
    checkpoint::Checkpoint,
    data,
    data::DataSpec,
    device,
    net::{Network, State, Statistics},
    objective::{Curvature, Gradient, Objective, Subset},
    optim::{Blocks, Optimizer, OptimizerSpec},
    probe::{
        NormMode, SLICE_POINTS, SliceRecord, slice_alpha,
        vector::{cosine, distance, dot, norm},
    },
    run::{DeviceChoice, LossKind},
};

use crate::support::{close, shared};

/// What f32 allows a loss on the CPU, and on a GPU.
const LOSS: [f64; 2] = [1e-6, 1e-5];
const GRADIENT: f64 = 1e-4;

/// Neither network has batch norm.
const MODE: NormMode = NormMode::Running;
const STATISTICS: Statistics = Statistics::Running;

struct Case {
    objective: Objective,
    /// How near its losses are to PyTorch's.
    loss: f64,
    expected: Value,
    a: State,
    b: State,
}

fn case(name: &str, choice: DeviceChoice) -> Case {
    let fixtures = shared().join("fixtures");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(fixtures.join("expected.json")).unwrap()).unwrap();
    let arch = &all["archs"][name];
    let (set, net, pixels) = match name {
        "mlp" => ("mnist", "mlp:784-128-64-10", data::Pixels::Unit),
        _ => ("fashion-mnist", "lenet", data::Pixels::Signed),
    };
    let count = arch["images"]["train"]["count"].as_u64().unwrap() as usize;
    let labels = tempfile::NamedTempFile::new().unwrap();
    let mut spec = DataSpec {
        name: set.into(),
        train_count: Some(count),
        test_count: Some(1000),
        pixels: Some(pixels),
        dir: Some(shared().join("data")),
        ..DataSpec::default()
    };
    let corrupted = &arch["images"]["train"]["corrupted_labels"];
    if !corrupted.is_null() {
        let plain = data::load(&spec, 0).unwrap();
        let mut lines: Vec<String> = plain.train.labels.iter().map(u32::to_string).collect();
        let first = corrupted["first_index"].as_u64().unwrap() as usize;
        for (i, label) in corrupted["labels"].as_array().unwrap().iter().enumerate() {
            lines[first + i] = label.to_string();
        }
        std::fs::write(labels.path(), lines.join("\n")).unwrap();
        spec.labels = Some(labels.path().into());
    }
    let dataset = data::load(&spec, 0).unwrap();
    let network = Network::build(net, dataset.shape, dataset.classes).unwrap();
    let state = |state: &str| {
        let file = Checkpoint::read(&fixtures.join(format!("{name}_{state}.safetensors"))).unwrap();
        file.fit(network.layout(), network.buffers()).unwrap()
    };
    let (a, b) = (state("a"), state("b"));
    let chosen = device::choose(choice).unwrap();
    let loss = LOSS[usize::from(!chosen.is_cpu)];
    let objective = Objective::new(network, &dataset, LossKind::CrossEntropy, chosen.device, chosen.is_cpu).unwrap();
    Case { objective, loss, expected: arch["results"]["eval"].clone(), a, b }
}

fn stepped(optimizer: &mut Optimizer, from: &State, gradient: &[f32], lr: f64) -> State {
    State { theta: optimizer.step(&Blocks::default(), &from.theta, gradient, lr), buffers: from.buffers.clone() }
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

fn assert_all_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(close(*f, *e, tolerance), "{what}[{i}]: {f} instead of {e}");
    }
}

fn points(case: &Case) {
    for (state, theta) in [("a", &case.a), ("b", &case.b)] {
        for (subset, name) in [(Subset::Train, "train"), (Subset::Test, "test")] {
            let want = &case.expected["points"][state][name];
            let found = case.objective.evaluate(theta, subset, MODE).unwrap();
            assert!(close(found.loss, number(&want["loss"]), case.loss), "{state} {name}: {found:?} instead of {want}");
            let tie = 1.0 / case.objective.count(subset) as f64 + 1e-12;
            assert!((1.0 - found.error - number(&want["accuracy"])).abs() <= tie, "{state} {name}: {found:?}");
        }
    }
    let want = &case.expected["points"]["a"]["train"];
    let losses = case.objective.per_example_loss(&case.a, Subset::Train, MODE).unwrap();
    let expected = numbers(&want["per_example_loss_first20"]);
    // A single example's loss of 1e-3 has lost three digits in its f32 logits; compare against the scale of the mean.
    for (f, e) in losses.iter().zip(&expected) {
        assert!((f - e).abs() < 1e-5 * e.abs().max(1.0), "{f} instead of {e}");
    }
    let logits = case.objective.outputs(&case.a, Subset::Train, MODE).unwrap();
    let expected: Vec<f64> = want["logits_first3"].as_array().unwrap().iter().flat_map(numbers).collect();
    for (f, e) in logits.iter().zip(&expected) {
        assert!((f64::from(*f) - e).abs() < 1e-4, "{f} instead of {e}");
    }
}

fn gradients(case: &Case) {
    let full = &case.expected["full_gradient"];
    let Gradient { loss, values: g, .. } = case.objective.full_gradient(&case.a, MODE).unwrap();
    assert!(close(loss, number(&case.expected["points"]["a"]["train"]["loss"]), case.loss));
    let g_b = case.objective.full_gradient(&case.b, MODE).unwrap().values;
    assert!(close(norm(&g), number(&full["norm_a"]), GRADIENT), "{} instead of {}", norm(&g), full["norm_a"]);
    assert!(close(norm(&g_b), number(&full["norm_b"]), GRADIENT));
    assert!((dot(&g, &g_b) - number(&full["dot_ab"])).abs() < GRADIENT * norm(&g) * norm(&g_b));
    assert!((cosine(&g, &g_b) - number(&full["cosine_ab"])).abs() < GRADIENT);
    largest(&g, &full["largest8_a"]);
    for p in case.objective.network().layout().params() {
        let want = number(&full["norm_a_by_tensor"][&p.name]);
        assert!(close(norm(&g[p.range()]), want, GRADIENT), "{}: {} instead of {want}", p.name, norm(&g[p.range()]));
    }
    let mini = &case.expected["minibatch"];
    let batch: Vec<u32> = (0..20).collect();
    let Gradient { loss, values: m, .. } = case.objective.gradient(&case.a, &batch, STATISTICS).unwrap();
    assert!(close(loss, number(&mini["loss"]), case.loss));
    assert!(close(norm(&m), number(&mini["gradient_norm"]), GRADIENT));
    assert!((cosine(&m, &g) - number(&mini["cosine_with_full_gradient"])).abs() < GRADIENT);
    largest(&m, &mini["gradient_largest8"]);
}

fn largest(g: &[f32], want: &Value) {
    let scale = numbers(&want["values"])[0].abs();
    for (i, v) in want["indices"].as_array().unwrap().iter().zip(numbers(&want["values"])) {
        let found = f64::from(g[i.as_u64().unwrap() as usize]);
        assert!((found - v).abs() < GRADIENT * scale, "g[{i}] is {found} instead of {v}");
    }
}

fn step_and_slice(case: &Case) {
    let want = &case.expected["sgd_step"];
    let lr = number(&want["lr"]);
    let batch: Vec<u32> = (0..20).collect();
    let g = case.objective.gradient(&case.a, &batch, STATISTICS).unwrap().values;
    let next = stepped(&mut Optimizer::new(OptimizerSpec::default()), &case.a, &g, lr);
    assert!(close(distance(&next.theta, &case.a.theta), number(&want["update_norm"]), GRADIENT));
    let alphas: Vec<f64> = (0..SLICE_POINTS).map(slice_alpha).collect();
    let (values, end) = case.objective.evaluate_line(&case.a, &next, &alphas, MODE, None).unwrap();
    let losses: Vec<f64> = values.iter().map(|e| e.loss).collect();
    assert_all_close(&losses, &numbers(&want["interpolated_train_loss"]), case.loss, "slice");
    let slice = SliceRecord { t: 0, loss: losses.try_into().unwrap() };
    // The height is a small difference of losses: it is as good as they are.
    assert!((slice.height() - number(&want["valley_floor_height"])).abs() < 2.0 * case.loss * slice.start());
    assert!(close(slice.floor(), number(&want["lowest_loss"]), case.loss));
    // The slice that starts where this one ended, with the product handed over and without.
    let (with, _) = case.objective.evaluate_line(&next, &case.b, &alphas, MODE, end).unwrap();
    let (without, _) = case.objective.evaluate_line(&next, &case.b, &alphas, MODE, None).unwrap();
    assert_eq!(with, without, "a product that is handed over is the same product");
}

fn walk(case: &Case) {
    let want = &case.expected["walk"];
    let (lr, size) = (number(&want["lr"]), want["batch"].as_u64().unwrap() as u32);
    let mut optimizer = Optimizer::new(OptimizerSpec::default());
    let mut here = case.a.clone();
    let mut before: Option<Vec<f32>> = None;
    let alphas: Vec<f64> = (0..SLICE_POINTS).map(slice_alpha).collect();
    for (s, step) in want["steps"].as_array().unwrap().iter().enumerate() {
        let batch: Vec<u32> = (s as u32 * size..(s as u32 + 1) * size).collect();
        let Gradient { loss, values: g, .. } = case.objective.gradient(&here, &batch, STATISTICS).unwrap();
        // Rounding of f32 steps adds up along the walk.
        let drift = 1.0 + s as f64;
        assert!(close(loss, number(&step["minibatch_loss"]), drift * case.loss), "step {s}: {loss}");
        assert!(close(norm(&g), number(&step["gradient_norm"]), drift * GRADIENT), "step {s}");
        if let Some(before) = &before {
            let found = cosine(before, &g);
            assert!(
                (found - number(&step["cosine_with_previous_gradient"])).abs() < drift * GRADIENT,
                "step {s}: {found}"
            );
        }
        let next = stepped(&mut optimizer, &here, &g, lr);
        let (values, _) = case.objective.evaluate_line(&here, &next, &alphas, MODE, None).unwrap();
        let losses: Vec<f64> = values.iter().map(|e| e.loss).collect();
        assert_all_close(&losses, &numbers(&step["interpolated_train_loss"]), drift * case.loss, "walk slice");
        here = next;
        let far = number(&step["distance_from_a_after_step"]);
        assert!(close(distance(&here.theta, &case.a.theta), far, drift * GRADIENT), "step {s}");
        before = Some(g);
    }
}

fn line(case: &Case) {
    let want = &case.expected["slice"];
    let alphas = numbers(&want["alphas"]);
    let (values, _) = case.objective.evaluate_line(&case.a, &case.b, &alphas, MODE, None).unwrap();
    let losses: Vec<f64> = values.iter().map(|e| e.loss).collect();
    assert_all_close(&losses, &numbers(&want["train_loss"]), case.loss, "line a→b");
    let tie = 1.0 / case.objective.count(Subset::Train) as f64 + 1e-12;
    for (v, e) in values.iter().zip(numbers(&want["train_error"])) {
        assert!((v.error - e).abs() <= tie);
    }
    assert!(close(distance(&case.a.theta, &case.b.theta), number(&case.expected["distance_ab"]), 1e-6));
    assert!(close(norm(&case.a.theta), number(&case.expected["norm_a"]), 1e-6));
}

/// H v, the top eigenvector, directional derivatives of every example and the noise along a direction.
fn curvature(case: &Case) {
    let (hessian, noise) = (&case.expected["hessian"], &case.expected["gradient_noise"]);
    let wide = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let apart: Vec<f64> = wide(&case.b.theta).iter().zip(wide(&case.a.theta)).map(|(b, a)| b - a).collect();
    let length = dot(&apart, &apart).sqrt();
    let v: Vec<f32> = apart.iter().map(|x| (x / length) as f32).collect();
    let g = case.objective.full_gradient(&case.a, MODE).unwrap().values;
    let directions: [&[f32]; 2] = [&v, &g];
    let product = |of| case.objective.full_curvature_products(&case.a, &directions, of, MODE, &mut |_, _| ()).unwrap();
    let products = product(Curvature::Hessian);
    assert!(close(dot(&wide(&v), &products[0]), number(&hessian["v_H_v"]), GRADIENT));
    assert!(close(dot(&products[0], &products[0]).sqrt(), number(&hessian["H_v_norm"]), GRADIENT));
    assert!(close(dot(&wide(&g), &products[1]), number(&noise["g_H_g"]), GRADIENT));
    let narrow: Vec<f32> = products[0].iter().map(|x| *x as f32).collect();
    largest(&narrow, &hessian["H_v_largest8"]);
    // G is positive, and v H v = v G v plus what the network itself bends.
    let gauss_newton = product(Curvature::GaussNewton);
    assert!(dot(&wide(&v), &gauss_newton[0]) > 0.0);
    let file = shared().join("fixtures").join(hessian["top1_eigenvector_file"].as_str().unwrap());
    let top =
        Checkpoint::read(&file).unwrap().fit(case.objective.network().layout(), case.objective.network().buffers());
    let top = top.unwrap().theta;
    let of = Curvature::Hessian;
    let h = &case.objective.full_curvature_products(&case.a, &[&top], of, MODE, &mut |_, _| ()).unwrap()[0];
    let lambda = number(&hessian["top10"][0]);
    let off = h.iter().zip(wide(&top)).map(|(h, u)| (h - lambda * u).powi(2)).sum::<f64>().sqrt();
    assert!(off < GRADIENT * lambda, "{off} from an eigenvector of {lambda}");
    let all: Vec<u32> = (0..case.objective.count(Subset::Train) as u32).collect();
    let each = &case.objective.directional_derivatives(&case.a, &[&v], &all, STATISTICS).unwrap()[0];
    let (n, along) = (each.len() as f64, dot(&wide(&g), &wide(&v)));
    assert!(close(each.iter().sum::<f64>() / n, along, GRADIENT));
    assert!(close(dot(each, each) / n - along * along, number(&noise["v_Sigma1_v"]), GRADIENT));
}

fn everything(name: &str, choice: DeviceChoice) {
    let case = case(name, choice);
    points(&case);
    gradients(&case);
    step_and_slice(&case);
    walk(&case);
    line(&case);
    curvature(&case);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn mlp_on_the_cpu_matches_pytorch() {
    everything("mlp", DeviceChoice::Cpu);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn lenet_on_the_cpu_matches_pytorch() {
    everything("lenet", DeviceChoice::Cpu);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn mlp_on_the_gpu_path_matches_pytorch() {
    everything("mlp", DeviceChoice::Gpu);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn lenet_on_the_gpu_path_matches_pytorch() {
    everything("lenet", DeviceChoice::Gpu);
}
