//! Asymmetric directions, shifts and sharpness of networks whose valleys have closed forms, and of real ones.

use std::path::{Path, PathBuf};

use rand::Rng as _;
use safetensors::{Dtype, tensor::TensorView};
use serde_json::Value;
use valleyscope::{
    checkpoint::{self, Checkpoint},
    data::{self, DataSpec},
    explore::{Detector, Job as _, NoiseSpec, Origin, Scaling, Setting, Subject, ValleyJob, ValleyRequest},
    net::{Network, State, combine},
    objective::Interrupt,
    probe::{NormMode, vector::dot},
    random::stream,
    run::LossKind,
    survey::{Normalisation, Side, Vectors},
    valley::{Reason, Verdict},
};

use crate::{
    support::{close, program, shared},
    surveys::{expected, file, subject},
};

/// A data set of points on a line with two classes, for training and for testing.
fn two_classes(folder: &Path, train: &[(f32, i64)], test: &[(f32, i64)]) -> DataSpec {
    let bytes = |points: &[(f32, i64)]| {
        let images: Vec<u8> = points.iter().flat_map(|p| p.0.to_le_bytes()).collect();
        let labels: Vec<u8> = points.iter().flat_map(|p| p.1.to_le_bytes()).collect();
        (points.len(), images, labels)
    };
    let (sets, path) = ([("", bytes(train)), ("test_", bytes(test))], folder.join("points.safetensors"));
    let tensors = sets.iter().flat_map(|(prefix, (n, images, labels))| {
        let view = |dtype, shape: &[usize], data| TensorView::new(dtype, shape.to_vec(), data).unwrap();
        [
            (format!("{prefix}images"), view(Dtype::F32, &[*n, 1], images)),
            (format!("{prefix}labels"), view(Dtype::I64, &[*n], labels)),
        ]
    });
    std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    DataSpec { name: path.display().to_string(), ..DataSpec::default() }
}

/// So many ones among a hundred, all at x = 1.
fn ones(count: usize) -> Vec<(f32, i64)> {
    (0..100).map(|i| (1.0, i64::from(i < count))).collect()
}

fn save(folder: &Path, name: &str, network: &Network, theta: Vec<f32>) -> PathBuf {
    let path = folder.join(name);
    let state = State { theta, buffers: vec![0.0; network.buffers().len()] };
    checkpoint::save(&path, network.layout(), network.buffers(), &state).unwrap();
    path
}

fn question(data: DataSpec, net: &str, loss: LossKind, checkpoint: PathBuf) -> ValleyRequest {
    let subject = Subject { data, net: net.into(), loss, norm_mode: NormMode::Running, ..Subject::default() };
    ValleyRequest { subject, checkpoint, directions: 0, ..ValleyRequest::default() }
}

fn detector(slice: &str, origin: Origin) -> Detector {
    Detector { slice: slice.parse().unwrap(), origin, ..Detector::default() }
}

/// Measures everything; what is told on the way adds up to the report, and the progress to all.
fn measured(request: &ValleyRequest) -> ValleyJob {
    let mut job = ValleyJob::open(request, Interrupt::default(), &mut |_| {}).unwrap();
    let mut told = job.report().clone();
    while let Some(found) = job.advance().unwrap() {
        told.apply(found);
        let progress = job.progress();
        assert!(progress.done <= progress.total);
    }
    assert_eq!(&told, job.report());
    assert_eq!(job.progress().done, job.progress().total);
    job
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// Two parameters that matter, w₁ − w₀ = z: L(z) = −0.9 log σ(z) − 0.1 log σ(−z), L′(z) = σ(z) − 0.9. Going right from the
/// bottom the slope stays under 0.1, going left it grows to 0.9.
#[test]
fn a_logistic_network_has_the_c_of_its_closed_form() {
    let folder = tempfile::tempdir().unwrap();
    let data = two_classes(folder.path(), &ones(90), &ones(50));
    let network = Network::build("linear(2)", [1, 1, 1], 2).unwrap();
    let bottom = (0.9f64 / 0.1).ln();
    let centre = save(folder.path(), "w.safetensors", &network, vec![0.0, bottom as f32, 0.0, 0.0]);
    let given = save(folder.path(), "u.safetensors", &network, vec![0.0, 1.0, 0.0, 0.0]);
    let mut request = question(data, "linear(2)", LossKind::CrossEntropy, centre);
    (request.directions, request.subject.seed) = (30, 4);
    request.scaling = Scaling { normalise: Normalisation::None, biases: Vectors::Zero };
    let family = request.random();
    request.direction = vec![given];
    request.set_detector(&detector("2:4:17", Origin::Checkpoint));
    let job = measured(&request);
    let slope = |z: f64| logistic(bottom + z) - 0.9;
    // c of a direction that moves z by `along` per ℓ, and which side is flat.
    let expected = |along: f64| {
        let (zeta, r) = (2.0 * along.abs(), 4.0 * along.abs());
        let flat = if along > 0.0 { Side::Right } else { Side::Left };
        (-slope(-zeta) / slope(r), along.abs() * slope(r), flat)
    };
    let theta = [0.0, bottom as f32, 0.0, 0.0];
    let mut asymmetric = 0;
    for (number, found) in job.report().directions.iter().enumerate() {
        let along = match number.checked_sub(1) {
            None => 1.0,
            Some(index) => {
                let d = family.draw(&theta, network.layout(), index as u32);
                f64::from(d[1]) - f64::from(d[0])
            }
        };
        let (c, p, flat) = expected(along);
        match found.verdict.unwrap() {
            Verdict::Asymmetric(a) => {
                assert!((a.c / c - 1.0).abs() < 0.02 && a.flat == flat, "{number}: {a:?} instead of {c}, {along}");
                assert!((a.c - c).abs() <= a.error + 1e-3 * c, "the error is honest: {a:?}, {c}");
                assert!((a.p / p - 1.0).abs() < 0.02);
                asymmetric += 1;
            }
            Verdict::NotAsymmetric { reason } => {
                // On a slope of 1e−5 the noise of f32 is what is left.
                assert!(c < 1.03 || along.abs() < 0.05, "{number}: {reason:?}, expected {c}, {along}");
            }
        }
    }
    assert!(asymmetric > 20, "{asymmetric}");
    let share = job.report().share().unwrap();
    assert_eq!((share.asymmetric.runs, share.asymmetric.successes), (30, asymmetric - 1));
    assert_eq!(job.report().directions[0].rise().map(|r| r[0] > 3.0 * r[1]), Some(true));
}

#[test]
fn a_quadratic_loss_is_symmetric_about_the_bottom_of_every_slice() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::build("linear(10)", [1, 8, 8], 10).unwrap();
    let centre = save(folder.path(), "w.safetensors", &network, network.initial_state(3).theta);
    let data = DataSpec { train_count: Some(300), ..DataSpec::default() };
    let mut request = question(data, "linear(10)", LossKind::MeanSquared, centre);
    request.directions = 25;
    request.set_detector(&Detector { tolerance: 0.0, ..detector("1:2:9", Origin::Lowest) });
    let job = measured(&request);
    for d in &job.report().directions {
        // s(ℓ) = ℓ dᵀHd on both sides: the ratio is ζ/r.
        let Some(Verdict::NotAsymmetric { reason: Reason::Balanced { c, error } }) = d.verdict else {
            panic!("{:?}", d.verdict)
        };
        assert!((c - 0.5).abs() < 1e-3 && error < 0.02 && d.origin != 0.0, "{c} {error}");
    }
    let share = job.report().share().unwrap();
    assert_eq!((share.asymmetric.successes, share.others.balanced), (0, 25));
    assert!(share.asymmetric.high < 0.14, "Wilson: 0 of 25");
}

/// Along u = (+v on one of two equal hidden units, −v on the other) the loss is even in ℓ, because exchanging the units
/// changes nothing; rounding is not even. Far out it rises in straight lines: their ratio is 1, which is as near to
/// asymmetric as can be. With −v a little longer on the second unit it is no longer even.
fn twins(network: &Network, theta: &mut [f32], first: usize) -> impl Fn(u64, f32) -> Vec<f32> + use<> {
    let params = network.layout().params();
    let (rows, bias, after) = (&params[first], &params[first + 1], &params[first + 2]);
    let inputs = rows.count() / rows.shape[0];
    theta.copy_within(rows.offset..rows.offset + inputs, rows.offset + inputs);
    theta[bias.offset + 1] = theta[bias.offset];
    for row in 0..after.shape[0] {
        let at = after.offset + row * after.shape[1];
        theta[at + 1] = theta[at];
    }
    let (offset, len) = (rows.offset, theta.len());
    move |seed, uneven| {
        let (mut rng, mut u) = (stream(seed, "twins"), vec![0.0; len]);
        for i in 0..inputs {
            let v: f32 = rng.random_range(-1.0..1.0);
            (u[offset + i], u[offset + inputs + i]) = (v, -v * uneven);
        }
        u
    }
}

/// Judges even slices with tolerance 0: none may be asymmetric. Returns the largest ratio, and the largest relative
/// difference between L(ℓ) and L(−ℓ) as a share of the noise that was measured.
fn judge_even(request: &mut ValleyRequest, slices: &[&str]) -> (f64, f64) {
    let (mut ratio, mut uneven) = (0.0f64, 0.0f64);
    for slice in slices {
        request.set_detector(&Detector { tolerance: 0.0, ..detector(slice, Origin::Checkpoint) });
        let job = measured(request);
        for d in &job.report().directions {
            match d.verdict.unwrap() {
                Verdict::NotAsymmetric { reason: Reason::Balanced { c, .. } } => ratio = ratio.max(c),
                Verdict::NotAsymmetric { .. } => {}
                Verdict::Asymmetric(a) => panic!("{slice} {}: noise made {a:?}", d.name),
            }
            let noise = job.report().noise.unwrap();
            for (l, loss) in d.points.iter().filter(|p| p.0 > 0.0) {
                if let Some(mirrored) = d.points.iter().find(|p| p.0 == -l) {
                    uneven = uneven.max((loss - mirrored.1).abs() / loss / noise);
                }
            }
        }
    }
    (ratio, uneven)
}

#[test]
fn rounding_makes_no_direction_asymmetric_that_is_even() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::build("linear(40) relu linear(10)", [1, 8, 8], 10).unwrap();
    let mut theta: Vec<f32> = network.initial_state(5).theta.iter().map(|x| 3.0 * x).collect();
    let direction = twins(&network, &mut theta, 0);
    let data = DataSpec { train_count: Some(300), ..DataSpec::default() };
    let centre = save(folder.path(), "w.safetensors", &network, theta);
    let mut request = question(data, "linear(40) relu linear(10)", LossKind::CrossEntropy, centre);
    request.direction =
        (0..24).map(|k| save(folder.path(), &format!("u{k}.safetensors"), &network, direction(k, 1.0))).collect();
    let (ratio, uneven) = judge_even(&mut request, &["0.5:0.6:9", "5:6:17", "500:510:9", "5000:5060:17"]);
    println!("largest ratio {ratio}, unevenness {uneven} of the noise");
    assert!(ratio > 0.99, "as near to 1 as can be: {ratio}");
    assert!(uneven > 0.0, "the two sides are not the same to the bit, or nothing was tested");
    assert!(uneven < 2.0, "the noise that was measured bounds what two losses differ by: {uneven}");
    // Five percent are seen, where the loss rises on both sides at all.
    request.direction =
        (0..24).map(|k| save(folder.path(), &format!("o{k}.safetensors"), &network, direction(k, 1.05))).collect();
    request.set_detector(&Detector { tolerance: 0.0, ..detector("500:510:9", Origin::Checkpoint) });
    let job = measured(&request);
    let found = job.report().directions.iter().filter(|d| d.asymmetry().is_some_and(|a| a.c > 1.02)).count();
    assert!(found >= 16, "{found} of 24");
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn rounding_makes_no_direction_of_a_trained_lenet_asymmetric_that_is_even() {
    let folder = tempfile::tempdir().unwrap();
    let (mut subject, _held) = subject("lenet", NormMode::Running);
    (subject.data.train_count, subject.data.test_count, subject.data.labels) = (Some(250), Some(10), None);
    let path = file("lenet_a.pt");
    let checkpoint = Checkpoint::read(&path).unwrap();
    let setting = Setting::open(&subject, &checkpoint, Interrupt::default()).unwrap();
    let network = setting.objective.network();
    let mut theta = setting.state(&checkpoint).unwrap().theta;
    let first = network.layout().params().iter().position(|p| p.shape.len() == 2).unwrap();
    let direction = twins(network, &mut theta, first);
    let centre = save(folder.path(), "w.safetensors", network, theta);
    let mut request =
        ValleyRequest { subject, ..question(DataSpec::default(), "auto", LossKind::CrossEntropy, centre) };
    request.direction =
        (0..6).map(|k| save(folder.path(), &format!("u{k}.safetensors"), network, direction(k, 1.0))).collect();
    let (ratio, uneven) = judge_even(&mut request, &["0.5:0.6:9", "50:51:9"]);
    println!("largest ratio {ratio}, unevenness {uneven} of the noise");
    assert!(ratio > 0.9 && uneven < 2.0, "{ratio} {uneven}");
}

#[test]
fn a_shifted_regression_is_found_with_its_height() {
    let folder = tempfile::tempdir().unwrap();
    // ½ (b₁ − ȳ)² along b₁: ȳ is 0.9 in training and 0.6 in the test, so δ = −0.3 and nothing is left.
    let data = two_classes(folder.path(), &ones(90), &ones(60));
    let network = Network::build("linear(2)", [1, 1, 1], 2).unwrap();
    let centre = save(folder.path(), "w.safetensors", &network, vec![0.0, 0.0, 0.1, 0.9]);
    let other = save(folder.path(), "other.safetensors", &network, vec![0.0, 0.0, 0.1, 1.9]);
    let mut request = question(data, "linear(2)", LossKind::MeanSquared, centre);
    request.others = vec![other];
    request.shift = Some("1:0.5:9".parse().unwrap());
    let job = measured(&request);
    let shift = job.report().shifts[0].outcome.clone().unwrap().unwrap();
    assert!((shift.delta + 0.3).abs() < 1e-3 && shift.gap < 1e-5 && !shift.at_end, "{shift:?}");
    // (0.24 + 0.24 + 0.09)/2 − (0.09 + 0.09)/2: variances of both outputs, and (0.1 − 0.4)² of the one that stays.
    assert!((shift.height - 0.195).abs() < 1e-6, "{shift:?}");
    assert!((shift.unshifted_gap - 0.5 * (0.6 + 0.09)).abs() < 1e-5, "{shift:?}");
}

/// E[x̃x̃ᵀ] of the inputs with a 1 appended, row-major.
fn second_moments(images: &[f32], inputs: usize) -> Vec<f64> {
    let mut sum = vec![0.0; (inputs + 1) * (inputs + 1)];
    for image in images.chunks(inputs) {
        let x: Vec<f64> = image.iter().map(|v| f64::from(*v)).chain([1.0]).collect();
        for (i, row) in sum.chunks_mut(inputs + 1).enumerate() {
            row.iter_mut().zip(&x).for_each(|(s, v)| *s += x[i] * v);
        }
    }
    let n = (images.len() / inputs) as f64;
    sum.into_iter().map(|s| s / n).collect()
}

#[test]
fn expected_sharpness_of_a_quadratic_is_half_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    let spec = DataSpec { train_count: Some(400), ..DataSpec::default() };
    let data = data::load(&spec, 0).unwrap();
    let network = Network::build("linear(10)", data.shape, data.classes).unwrap();
    let centre = save(folder.path(), "w.safetensors", &network, network.initial_state(3).theta);
    let mut request = question(spec, "linear(10)", LossKind::MeanSquared, centre.clone());
    let (delta, draws) = (0.2, 300);
    (request.sharpness, request.subject.seed) = (vec![NoiseSpec { delta, draws }], 8);
    let job = measured(&request);
    let found = job.report().sharpness[0].estimate.unwrap();
    // H is (2/C) E[x̃x̃ᵀ], once for every output.
    let moments = second_moments(&data.train.images, 64);
    let trace: f64 = 2.0 * (0..65).map(|i| moments[66 * i]).sum::<f64>();
    let squares = 4.0 / 10.0 * moments.iter().map(|m| m * m).sum::<f64>();
    let state = job.setting.state(&Checkpoint::read(&centre).unwrap()).unwrap();
    let g = job.setting.objective.full_gradient(&state, NormMode::Running).unwrap().values;
    let expected = 0.5 * delta * delta * trace;
    let variance = delta * delta * dot(&g, &g) + 0.5 * delta.powi(4) * squares;
    let error = (variance / draws as f64).sqrt();
    let (mean, standard_error) = (found.mean.unwrap(), found.standard_error.unwrap());
    assert!((mean - expected).abs() < 4.0 * error, "{mean} instead of {expected} ± {error}");
    assert!((standard_error / error - 1.0).abs() < 0.25, "{standard_error} instead of {error}");
    assert_eq!((found.finite, found.not_finite), (draws, 0));
    // Another seed draws other noise, the same seed the same.
    assert_eq!(measured(&request).report(), job.report());
    request.subject.seed = 9;
    assert_ne!(measured(&request).report().sharpness[0].estimate.unwrap().mean, found.mean);
}

/// max of g·ε + ½ εᵀHε over ‖ε‖ ≤ ρ, H with eigenvalues `l` and g with components `g` along its vectors: ε = g/(λ − l) with
/// λ above all eigenvalues and ‖ε‖ = ρ.
fn ball_maximum(l: &[f64], g: &[f64], rho: f64) -> f64 {
    let length = |lambda: f64| l.iter().zip(g).map(|(l, g)| (g / (lambda - l)).powi(2)).sum::<f64>().sqrt();
    let top = l.iter().copied().fold(0.0, f64::max);
    let (mut low, mut high) = (top, top + 1e6);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if length(middle) > rho { low = middle } else { high = middle }
    }
    l.iter().zip(g).map(|(l, g)| g * g / (high - l) + 0.5 * l * (g / (high - l)).powi(2)).sum()
}

#[test]
fn the_sam_gap_of_a_quadratic_is_its_maximum_over_the_ball() {
    let folder = tempfile::tempdir().unwrap();
    let points: Vec<(f32, i64)> = (0..40).map(|i| (i as f32 / 10.0 - 1.0, i64::from(i % 3 == 0))).collect();
    let data = two_classes(folder.path(), &points, &points);
    let network = Network::build("linear(2)", [1, 1, 1], 2).unwrap();
    let theta = vec![0.4, -0.3, 0.2, 0.9];
    let centre = save(folder.path(), "w.safetensors", &network, theta.clone());
    let mut request = question(data, "linear(2)", LossKind::MeanSquared, centre);
    request.sam_gap = ["0.01:40", "0.3:40", "2:60", "0.3:1", "0.3:0"].map(|t| t.parse().unwrap()).into();
    let job = measured(&request);
    // L = ½ Σ_j mean (w_j x + b_j − y_j)², so H is E[x̃x̃ᵀ] twice.
    let x: Vec<f32> = points.iter().map(|p| p.0).collect();
    let m = second_moments(&x, 1);
    let (mean, half) = ((m[0] + m[3]) / 2.0, (m[0] - m[3]) / 2.0);
    let root = half.hypot(m[1]);
    let mut eigenvalues = vec![];
    let (mut along, mut g) = (vec![], vec![]);
    for j in 0..2 {
        let residual = |p: &(f32, i64)| {
            f64::from(theta[j]) * f64::from(p.0) + f64::from(theta[2 + j]) - f64::from(u8::from(p.1 == j as i64))
        };
        let n = points.len() as f64;
        let gradient = [
            points.iter().map(|p| residual(p) * f64::from(p.0)).sum::<f64>() / n,
            points.iter().map(residual).sum::<f64>() / n,
        ];
        g.push(gradient);
        for sign in [1.0, -1.0] {
            let l = mean + sign * root;
            let v = [m[1], l - m[0]];
            let length = v[0].hypot(v[1]);
            eigenvalues.push(l);
            along.push((gradient[0] * v[0] + gradient[1] * v[1]) / length);
        }
    }
    let norm = along.iter().map(|a| a * a).sum::<f64>().sqrt();
    let curvature: f64 = eigenvalues.iter().zip(&along).map(|(l, a)| l * a * a).sum::<f64>() / (norm * norm);
    for (report, converged) in job.report().gaps.iter().zip([true, true, true, false, false]) {
        let rho = report.spec.rho();
        let gap = report.gap.as_ref().unwrap();
        let one = rho * norm + 0.5 * rho * rho * curvature;
        assert!((report.gradient_norm.unwrap() / norm - 1.0).abs() < 1e-5);
        assert!((gap.one_step_gap().unwrap() / one - 1.0).abs() < 1e-4, "{gap:?} {one}");
        let best = ball_maximum(&eigenvalues, &along, rho);
        match gap.ascent_gap() {
            Some(found) if converged => {
                assert!((found / best - 1.0).abs() < 2e-3, "ρ = {rho}: {found} instead of {best}");
                assert!(found >= gap.one_step_gap().unwrap() - 1e-7);
            }
            // One step of ascent is SAM's own.
            Some(found) => assert!((found / gap.one_step_gap().unwrap() - 1.0).abs() < 1e-6),
            None => assert_eq!(report.spec.steps(), 0),
        }
    }
    // Where the loss is level, there is no way up.
    let level = save(folder.path(), "level.safetensors", &network, vec![0.0; 4]);
    let data = two_classes(folder.path(), &ones(50), &ones(50));
    let mut request = question(data, "linear(2)", LossKind::CrossEntropy, level);
    request.sam_gap = vec!["0.1:5".parse().unwrap()];
    let report = measured(&request).report().gaps[0].json();
    assert_eq!((&report["gap"], report["gradient_norm"].as_f64()), (&Value::Null, Some(0.0)), "{report}");
}

/// The definition, held against exact slopes: ∇L(w + ℓu)·u by backpropagation at places between those that were measured.
#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn asymmetric_directions_of_lenet_satisfy_the_definition() {
    let (subject, _held) = subject("lenet", NormMode::Running);
    let mut request = question(DataSpec::default(), "auto", LossKind::CrossEntropy, file("lenet_a.pt"));
    request.subject = subject;
    request.set_detector(&detector("0.5:1:9", Origin::Checkpoint));
    request.direction = vec![file("lenet_u1.safetensors")];
    request.directions = 9;
    let family = request.random();
    let job = measured(&request);
    let setting = &job.setting;
    let centre = setting.state(&Checkpoint::read(&request.checkpoint).unwrap()).unwrap();
    let layout = setting.objective.network().layout();
    let mut checked = 0;
    for (number, d) in job.report().directions.iter().enumerate() {
        let Some(a) = d.asymmetry() else { continue };
        let theta = match number.checked_sub(1) {
            None => setting.state(&Checkpoint::read(&request.direction[0]).unwrap()).unwrap().theta,
            Some(index) => family.draw(&centre.theta, layout, index as u32),
        };
        let u = State { theta, buffers: centre.buffers.clone() };
        let slope = |l: f64| {
            let at = combine(&[&centre, &u], &[1.0, l]);
            dot(&setting.objective.full_gradient(&at, NormMode::Running).unwrap().values, &u.theta)
        };
        let away = |l: f64| if l > 0.0 { slope(l) } else { -slope(l) };
        let sign = if a.flat == Side::Right { 1.0 } else { -1.0 };
        for (at, value) in [(a.p_at, a.p), (a.steep_at, a.steep)] {
            assert!((away(at) / value - 1.0).abs() < 0.02, "{}: {} instead of {value}", d.name, away(at));
        }
        for l in [0.52, 0.61, 0.77, 0.93, 0.98] {
            let (flat, steep) = (away(sign * l), away(-sign * l));
            assert!(flat > 0.0 && flat < 1.02 * a.p, "{}: {flat} at {l}, {a:?}", d.name);
            assert!(steep > 0.98 * a.steep, "{}: {steep} at {l}, {a:?}", d.name);
        }
        println!("{}: c {} ± {}, flat on the {:?}", d.name, a.c, a.error, a.flat);
        checked += 1;
    }
    assert!(checked >= 2, "{checked}");
}

#[test]
fn what_was_asked_to_stop_stops_and_what_cannot_be_measured_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = two_classes(folder.path(), &ones(90), &ones(60));
    let network = Network::build("linear(2)", [1, 1, 1], 2).unwrap();
    let centre = save(folder.path(), "w.safetensors", &network, vec![0.5; 4]);
    let zero = save(folder.path(), "zero.safetensors", &network, vec![0.0; 4]);
    let plain = question(data, "linear(2)", LossKind::CrossEntropy, centre.clone());
    let plain = ValleyRequest { directions: 1, ..plain };
    let interrupt = Interrupt::default();
    let mut job = ValleyJob::open(&plain, interrupt.clone(), &mut |_| {}).unwrap();
    interrupt.raise();
    assert!(job.advance().unwrap_err().is_interrupt());
    let refused = |request: &ValleyRequest| match ValleyJob::open(request, Interrupt::default(), &mut |_| {}) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("taken"),
    };
    let same = ValleyRequest { others: vec![centre], ..plain.clone() };
    assert!(refused(&same).contains("same point"));
    let given = ValleyRequest { direction: vec![zero], ..plain.clone() };
    assert!(refused(&given).contains("length 0"));
    let shift = ValleyRequest { shift: Some("1:1:9".parse().unwrap()), ..plain.clone() };
    assert!(refused(&shift).contains("another solution"));
    assert!(refused(&ValleyRequest { tolerance: -1.0, ..plain.clone() }).contains("tolerance"));
    let sharp = NoiseSpec { delta: -1.0, draws: 3 };
    assert!(refused(&ValleyRequest { sharpness: vec![sharp], ..plain }).contains("δ is -1"));
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_command_prints_the_documented_json_and_writes_every_format() {
    let home = tempfile::tempdir().unwrap();
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).unwrap();
    let files: Vec<PathBuf> = (1..=2)
        .map(|seed| save(home.path(), &format!("net-{seed}.safetensors"), &network, network.initial_state(seed).theta))
        .collect();
    let outs: Vec<PathBuf> = ["csv", "png", "svg", "json"].map(|e| home.path().join(format!("v.{e}"))).into();
    let mut arguments = vec!["valley", text(&files[0]), text(&files[1]), "--train-count", "200", "--directions", "3"];
    arguments.extend([
        "--shift",
        "--sharpness",
        "0.01:4",
        "--sharpness",
        "0.1:3",
        "--sam-gap",
        "0.05:2",
        "--seed",
        "6",
    ]);
    let run = |more: &[&str]| {
        let out = program(home.path()).args(&arguments).args(more).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let files_too: Vec<&str> = outs.iter().flat_map(|o| ["--out", text(o)]).chain(["--json"]).collect();
    let printed = run(&files_too);
    assert_eq!(printed, run(&["--json"]), "the same question has the same answer, to the bit");
    assert!(outs.iter().all(|o| std::fs::metadata(o).unwrap().len() > 100));
    let lines: Vec<Value> = printed.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let events: Vec<&str> = lines.iter().map(|l| l["event"].as_str().unwrap()).collect();
    let head = ["subject", "direction", "direction", "direction", "direction", "valley"];
    assert_eq!(events, [&head[..], &["share", "shift", "sharpness", "sharpness", "sam-gap"]].concat());
    for (number, (line, source)) in lines[1..5].iter().zip(["difference", "random", "random", "random"]).enumerate() {
        assert_eq!((line["number"].as_u64(), line["source"].as_str()), (Some(number as u64), Some(source)), "{line}");
        assert!(line["length"].as_f64().unwrap() > 0.1 && line["points"].as_array().unwrap().len() >= 19);
        let verdict = &line["verdict"];
        assert!(verdict["asymmetric"]["c"].is_f64() || verdict["not-asymmetric"]["reason"].is_object(), "{line}");
    }
    assert_eq!(lines[6]["asymmetric"]["runs"], 3);
    assert!(lines[7]["shift"]["delta"].is_number() || lines[7]["error"].is_string(), "{}", lines[7]);
    assert!(lines[8]["mean"].is_f64() && lines[8]["finite"] == 4 && lines[9]["delta"] == 0.1);
    assert!(lines[10]["one_step"].as_f64().unwrap() > 0.0 && lines[10]["ascent"].is_f64());
    let csv = std::fs::read_to_string(&outs[0]).unwrap();
    assert!(csv.lines().count() == 5 && csv.starts_with("number,source,name,length"));
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&outs[3]).unwrap()).unwrap();
    assert_eq!(saved["directions"][0]["verdict"], lines[1]["verdict"]);
    let table = run(&[]);
    for part in
        ["why not", "random directions are asymmetric", "shift along", "expected sharpness", "SAM gap, ρ = 0.05"]
    {
        assert!(table.contains(part), "{part} is missing: {table}");
    }
}

/// The fixture's `sam_step` is one step over the first 20 images, in float64.
#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn the_command_finds_the_reference_loss_after_sams_step() {
    let home = tempfile::tempdir().unwrap();
    let step = expected("lenet")["results"]["eval"]["sam_step"].take();
    let (rho, wanted) = (step["rho"].as_f64().unwrap(), step["perturbed_minibatch_loss"].as_f64().unwrap());
    let out = program(home.path())
        .args(["valley", text(&file("lenet_a.pt")), "--directions", "0", "--direction"])
        .arg(file("lenet_u1.safetensors"))
        .args([
            "--data",
            "fashion-mnist",
            "--pixels",
            "-1:1",
            "--train-count",
            "20",
            "--test-count",
            "10",
            "--data-dir",
        ])
        .arg(shared().join("data"))
        .args(["--sam-gap", &format!("{rho}:0"), "--json"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let printed = String::from_utf8(out.stdout).unwrap();
    let gap =
        printed.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()).find(|l| l["event"] == "sam-gap").unwrap();
    let found = gap["base"].as_f64().unwrap() + gap["one_step"].as_f64().unwrap();
    assert!(close(found, wanted, 1e-4), "{found} instead of {wanted}");
    assert!(printed.contains("lenet_u1.safetensors"));
}

#[test]
fn mistakes_get_an_answer_that_helps() {
    let home = tempfile::tempdir().unwrap();
    let network = Network::build("mlp", [1, 8, 8], 10).unwrap();
    let path = save(home.path(), "a.safetensors", &network, network.initial_state(1).theta);
    let a = text(&path);
    for (arguments, part) in [
        (vec!["valley", "no.pt"], "no.pt"),
        (vec!["valley", a, "--directions", "0"], "nothing to measure"),
        (vec!["valley", a, a], "same point"),
        (vec!["valley", a, "--shift"], "another solution"),
        (vec!["valley", a, "--zeta", "2"], "ζ"),
        (vec!["valley", a, "--points", "3"], "3"),
        (vec!["valley", a, "--sharpness", "0.1"], "0.01:100"),
        (vec!["valley", a, "--sam-gap", "0"], "0.05"),
        (vec!["valley", a, "--shift=1:2"], "R:reach:points"),
        (vec!["valley", a, "--unit", "distanse"], "did you mean \"distance\""),
        (vec!["valley", a, "--out", "v.npz"], "format of a valley"),
        (vec!["valley", a, "--tolerance", "NaN"], "tolerance"),
    ] {
        let out = program(home.path()).args(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && error.contains(part), "{arguments:?}: {error}");
    }
}
