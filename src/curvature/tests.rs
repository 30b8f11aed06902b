//! Operators and measurements against closed forms, and against matrices that are written out.

use nalgebra::{DMatrix, SymmetricEigen};

use super::{
    BatchSharpness, NetworkCurvature, NoiseCovariance, NoiseCurvature, NoiseGram, NoiseMeasure, NoiseReport, NoiseSpec,
    Operator, Place, SpectrumMeasure, SpectrumReport, SpectrumSpec, directional_sharpness,
};
use crate::{
    net::{Network, State},
    objective::{Curvature, Interrupt, Objective, ObjectiveError},
    probe::{NormBatch, NormMode},
    run::LossKind,
    spectral::{DensitySpec, LinearOperator, TraceSpec},
};

const EXAMPLES: usize = 21;
const CLASSES: usize = 10;
const LOSSES: [LossKind; 2] = [LossKind::CrossEntropy, LossKind::MeanSquared];

/// Column by column; more vectors at once than go into a pass.
fn dense<O: LinearOperator<Error = ObjectiveError>>(mut operator: O) -> DMatrix<f64> {
    let d = operator.dimension();
    let units: Vec<Vec<f64>> = (0..d).map(|j| (0..d).map(|k| f64::from(u8::from(k == j))).collect()).collect();
    let columns = operator.apply(&units).unwrap();
    DMatrix::from_fn(d, d, |row, column| columns[column][row])
}

fn assert_near(found: &DMatrix<f64>, want: &DMatrix<f64>, tolerance: f64, what: &str) {
    assert_eq!(found.shape(), want.shape(), "{what}");
    let (apart, size) = ((found - want).amax(), want.amax());
    assert!(size > 1e-4 && apart < tolerance * size, "{what}: {apart} apart, of {size}");
}

/// Gradients [N, D] of a linear map, and the Hessian of its mean loss, in closed form.
fn linear_model(at: &State, features: usize, loss: LossKind) -> (DMatrix<f64>, DMatrix<f64>) {
    let images = Network::sample_images(EXAMPLES, [1, 1, features]);
    let d = at.theta.len();
    let place = |class: usize, feature: usize| {
        if feature == features { CLASSES * features + class } else { class * features + feature }
    };
    let (mut gradients, mut hessian) = (DMatrix::zeros(EXAMPLES, d), DMatrix::zeros(d, d));
    for (i, image) in images.chunks_exact(features).enumerate() {
        let x: Vec<f64> = image.iter().map(|x| f64::from(*x)).chain([1.0]).collect();
        let z: Vec<f64> = (0..CLASSES)
            .map(|k| x.iter().enumerate().map(|(f, x)| x * f64::from(at.theta[place(k, f)])).sum())
            .collect();
        let sum: f64 = z.iter().map(|z| z.exp()).sum();
        let target = |k: usize| f64::from(u8::from(k == i * 7 % CLASSES));
        let is_same = |k: usize, l: usize| f64::from(u8::from(k == l));
        let scale = 2.0 / CLASSES as f64;
        for k in 0..CLASSES {
            let p = z[k].exp() / sum;
            let slope = match loss {
                LossKind::CrossEntropy => p - target(k),
                LossKind::MeanSquared => scale * (z[k] - target(k)),
            };
            for (f, x) in x.iter().enumerate() {
                gradients[(i, place(k, f))] = slope * x;
            }
            for l in 0..CLASSES {
                let bend = match loss {
                    LossKind::CrossEntropy => p * (is_same(k, l) - z[l].exp() / sum),
                    LossKind::MeanSquared => scale * is_same(k, l),
                };
                for (f, a) in x.iter().enumerate() {
                    for (g, b) in x.iter().enumerate() {
                        hessian[(place(k, f), place(l, g))] += bend * a * b / EXAMPLES as f64;
                    }
                }
            }
        }
    }
    (gradients, hessian)
}

/// Rows g_i − g.
fn centred(gradients: &DMatrix<f64>) -> DMatrix<f64> {
    let mean = gradients.row_mean();
    DMatrix::from_fn(gradients.nrows(), gradients.ncols(), |i, j| gradients[(i, j)] - mean[j])
}

fn assert_operators(place: &Place, gradients: &DMatrix<f64>, hessian: &DMatrix<f64>, what: &str) {
    let g = centred(gradients);
    for m in [1, 5] {
        let share = 1.0 / (EXAMPLES as f64 * m as f64);
        let (sigma, gram) = (g.transpose() * &g * share, &g * g.transpose() * share);
        let bent = &g * hessian * g.transpose() * share;
        assert_near(&dense(NoiseCovariance::new(place, m)), &sigma, 1e-4, &format!("{what}: Σ at m = {m}"));
        assert_near(&dense(NoiseGram::new(place, m)), &gram, 1e-4, &format!("{what}: K at m = {m}"));
        let found = dense(NoiseCurvature::new(place, Curvature::Hessian, m));
        assert_near(&found, &bent, 2e-4, &format!("{what}: M at m = {m}"));
        let (trace, want) = (found.trace(), (hessian * &sigma).trace());
        assert!((trace - want).abs() < 3e-4 * bent.amax(), "{what}: Tr(HΣ) {trace}, not {want}");
    }
}

/// Softmax regression and least squares, where gradients and Hessian are known in f64.
#[test]
fn operators_of_a_linear_map_are_its_closed_forms() {
    for loss in LOSSES {
        let network = Network::build("flatten linear(10)", [1, 1, 6], CLASSES).unwrap();
        let at = network.initial_state(3);
        let objective = Objective::sample(network, EXAMPLES, loss);
        let (gradients, hessian) = linear_model(&at, 6, loss);
        let place = Place::new(&objective, &at, NormMode::Running).unwrap();
        // The outputs are linear in θ, so that nothing but G is left of H.
        for of in [Curvature::Hessian, Curvature::GaussNewton] {
            assert_near(&dense(NetworkCurvature::new(&place, of)), &hessian, 1e-5, &format!("{loss:?}, {of:?}"));
        }
        assert_operators(&place, &gradients, &hessian, &format!("{loss:?}"));
        let g = gradients.row_mean().transpose();
        let want = (g.transpose() * &hessian * &g)[(0, 0)] / g.norm_squared();
        let found = directional_sharpness(&place).unwrap();
        assert!((found - want).abs() < 1e-5 * want, "{loss:?}: {found}, not {want}");
    }
}

fn networks() -> Vec<(Network, Vec<NormMode>)> {
    let build = |net: &str, input| Network::build(net, input, CLASSES).unwrap();
    let modes = || {
        let batch = NormBatch::Of(8);
        vec![NormMode::Running, NormMode::Batch(NormBatch::All), NormMode::Batch(batch), NormMode::Recalibrated(batch)]
    };
    vec![
        (build("conv(2,3) tanh pool(2) flatten linear(10)", [1, 6, 6]), vec![NormMode::Running]),
        (build("conv(2,3) batchnorm softplus flatten linear(10)", [1, 4, 4]), modes()),
    ]
}

#[test]
fn operators_are_symmetric_linear_and_made_of_gradients_and_hessian() {
    for (network, modes) in networks() {
        let at = network.initial_state(5);
        let words = network.describe();
        let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
        for mode in modes {
            let what = format!("{words}, {mode:?}");
            let place = Place::new(&objective, &at, mode).unwrap();
            let hessian = dense(NetworkCurvature::new(&place, Curvature::Hessian));
            assert_near(&hessian, &hessian.transpose(), 5e-5, &format!("{what}: H is symmetric"));
            let d = at.theta.len();
            let units: Vec<Vec<f32>> = (0..d).map(|j| (0..d).map(|k| f32::from(u8::from(k == j))).collect()).collect();
            let units: Vec<&[f32]> = units.iter().map(Vec::as_slice).collect();
            let along = objective.full_directional_derivatives(&at, &units, mode).unwrap();
            let gradients = DMatrix::from_fn(EXAMPLES, d, |i, j| along[j][i]);
            assert_operators(&place, &gradients, &hessian, &what);
            let mean = gradients.row_mean();
            let g = place.gradient().unwrap();
            assert!(g.iter().zip(mean.iter()).all(|(a, b)| (a - b).abs() < 2e-5), "{what}: the gradient");
            linear(NetworkCurvature::new(&place, Curvature::Hessian), &what);
            linear(NetworkCurvature::new(&place, Curvature::GaussNewton), &what);
            linear(NoiseCovariance::new(&place, 1), &what);
            linear(NoiseGram::new(&place, 1), &what);
            linear(NoiseCurvature::new(&place, Curvature::Hessian, 1), &what);
        }
    }
}

/// A (2u − v) = 2 A u − A v.
fn linear<O: LinearOperator<Error = ObjectiveError>>(mut operator: O, what: &str) {
    let wave = |seed: f64| (0..operator.dimension()).map(|i| (0.8 * i as f64 + seed).sin()).collect::<Vec<f64>>();
    let (u, v) = (wave(0.3), wave(1.9));
    let both = u.iter().zip(&v).map(|(u, v)| 2.0 * u - v).collect();
    let products = operator.apply(&[u, v, both]).unwrap();
    let size = products.iter().flatten().fold(0.0f64, |a, x| a.max(x.abs()));
    for ((sum, u), v) in products[2].iter().zip(&products[0]).zip(&products[1]) {
        assert!((sum - 2.0 * u + v).abs() < 1e-4 * size, "{what}: {sum}, {u}, {v} of {size}");
    }
}

/// A batch of everything is the full loss; smaller ones are drawn by the seed, and an interrupt changes nothing.
#[test]
fn batch_sharpness_of_everything_is_the_directional_one() {
    for (network, modes) in networks() {
        let at = network.initial_state(5);
        let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
        for mode in modes {
            if mode == NormMode::Batch(NormBatch::Of(8)) {
                // There the full loss is over batches of eight, and a batch of everything has statistics of its own.
                continue;
            }
            let place = Place::new(&objective, &at, mode).unwrap();
            let want = directional_sharpness(&place).unwrap();
            let mut whole = BatchSharpness::new(&place, 1000, 3, 7);
            while whole.advance().unwrap() {}
            let found = whole.found();
            assert_eq!(whole.progress(), (3, 3));
            assert!((found.value - want).abs() < 1e-4 * want.abs(), "{mode:?}: {found:?}, not {want}");
            assert!(found.standard_error < 1e-9 * want.abs(), "{mode:?}: {found:?}");
        }
    }
}

#[test]
fn batches_are_drawn_by_the_seed_whatever_interrupts_them() {
    let network = Network::build("flatten linear(10)", [1, 1, 6], CLASSES).unwrap();
    let at = network.initial_state(3);
    let interrupt = Interrupt::default();
    let objective = Objective::sample(network, EXAMPLES, LossKind::MeanSquared).interrupted_by(interrupt.clone());
    let place = Place::new(&objective, &at, NormMode::Running).unwrap();
    let measure = |seed: u64, interrupted: bool| {
        let mut measure = BatchSharpness::new(&place, 4, 40, seed);
        loop {
            if interrupted && measure.progress().0 == 11 {
                interrupt.raise();
                assert!(matches!(measure.advance(), Err(ObjectiveError::Interrupted)));
                interrupt.answer();
            }
            if !measure.advance().unwrap() {
                return measure.found();
            }
        }
    };
    assert_eq!(measure(1, false), measure(1, true));
    assert_ne!(measure(1, false), measure(2, false));
    // H_B is (2/10) I ⊗ the mean of x̃x̃ᵀ, so no quotient is above 2/10 of the largest ‖x̃‖²: six pixels of at most 2, and 1.
    let found = measure(1, false);
    let bound = 0.2 * 25.0;
    assert!(found.value > 0.0 && found.value < bound && found.standard_error > 0.0, "{found:?}");
}

/// Eigenvalues, the largest first.
fn eigenvalues(matrix: &DMatrix<f64>) -> Vec<f64> {
    let symmetric = (matrix + matrix.transpose()) * 0.5;
    let mut values = SymmetricEigen::new(symmetric).eigenvalues.as_slice().to_vec();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

fn spectrum(place: &Place, spec: SpectrumSpec) -> SpectrumReport {
    let mut measure = SpectrumMeasure::new(place, spec, None);
    let mut before = measure.progress().0;
    while measure.advance().unwrap() {
        let (done, total) = measure.progress();
        assert!(before <= done && done < total, "{before}, {done} of {total}");
        before = done;
    }
    let (done, total) = measure.progress();
    assert_eq!(done, total, "all is done");
    measure.into_report()
}

/// Ends, traces and layers of every matrix against those of the matrix that is written out.
#[test]
fn spectra_are_those_of_the_dense_matrices() {
    for (network, modes) in networks() {
        let at = network.initial_state(5);
        let layout = network.layout().clone();
        let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
        for mode in modes {
            let place = Place::new(&objective, &at, mode).unwrap();
            for operator in Operator::ALL {
                let what = format!("{operator}, {mode:?}");
                let matrix = dense(operator.at(&place, 3));
                let want = eigenvalues(&matrix);
                let (size, d) = (want[0].abs(), want.len());
                let spec = SpectrumSpec {
                    operator: *operator,
                    batch: 3,
                    top: 4,
                    smallest: 2,
                    density: Some(DensitySpec { vectors: 4, steps: d, ..DensitySpec::default() }),
                    trace: Some(TraceSpec { most_products: d, ..TraceSpec::default() }),
                    layers: true,
                    tolerance: 1e-5,
                    ..SpectrumSpec::default()
                };
                let report = spectrum(&place, spec);
                let ranks: Vec<usize> = report.eigenvalues.iter().map(|e| e.rank).collect();
                assert_eq!(ranks, [1, 2, 3, 4, d - 1, d], "{what}");
                assert!(report.is_found, "{what}");
                for (found, vector) in report.eigenvalues.iter().zip(&report.vectors) {
                    let near = want[found.rank - 1];
                    assert!((found.value - near).abs() < 1e-4 * size, "{what}: {found:?}, not {near}");
                    let v = nalgebra::DVector::from_column_slice(vector);
                    let off = (&matrix * &v - &v * found.value).norm();
                    assert!(off < 1e-4 * size && (v.norm() - 1.0).abs() < 1e-9, "{what}: {found:?} {off}");
                }
                let trace = report.trace.unwrap();
                assert!((trace.value - matrix.trace()).abs() < 1e-4 * size, "{what}: {trace:?}");
                assert_eq!(trace.standard_error, 0.0, "{what}: all directions were asked");
                let density = report.density.unwrap();
                let (low, high) = density.range().unwrap();
                assert!((low - want[d - 1]).abs() < 1e-4 * size && (high - want[0]).abs() < 1e-4 * size, "{what}");
                assert_eq!(density.nodes.len(), 4, "{what}");
                let names: Vec<&str> = report.layers.iter().map(|layer| layer.name.as_str()).collect();
                let mut places = Vec::new();
                for name in &names {
                    let own = layout.params().iter().filter(|p| p.name.starts_with(&format!("{name}.")));
                    let own: Vec<usize> = own.flat_map(|p| p.range()).collect();
                    let block = matrix.select_rows(&own).select_columns(&own);
                    let layer = &report.layers[names.iter().position(|n| n == name).unwrap()];
                    let (largest, want) = (layer.largest.unwrap().value, eigenvalues(&block)[0]);
                    assert!((largest - want).abs() < 1e-4 * size, "{what}, {name}: {largest}, not {want}");
                    let found = layer.trace.unwrap().value;
                    assert!((found - block.trace()).abs() < 1e-4 * size, "{what}, {name}: {found}");
                    places.extend(own);
                }
                assert_eq!(places, (0..d).collect::<Vec<_>>(), "{what}: {names:?} are all of θ");
            }
        }
    }
}

fn noise(place: &Place, spec: NoiseSpec) -> NoiseReport {
    let mut measure = NoiseMeasure::new(place, spec);
    let mut before = measure.progress().0;
    while measure.advance().unwrap() {
        let (done, total) = measure.progress();
        assert!(before <= done && done < total, "{before}, {done} of {total}");
        before = done;
    }
    let (done, total) = measure.progress();
    assert_eq!(done, total, "all is done");
    measure.report()
}

/// Every number of the report from Σ and H that are written out.
#[test]
fn a_report_of_noise_is_that_of_the_dense_matrices() {
    for (network, modes) in networks() {
        let at = network.initial_state(5);
        let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
        for mode in modes {
            for batch in [1, 4] {
                let what = format!("{mode:?}, m = {batch}");
                let place = Place::new(&objective, &at, mode).unwrap();
                let (h, sigma) = (dense(Operator::Hessian.at(&place, 1)), dense(Operator::Sigma.at(&place, batch)));
                let trace = TraceSpec { most_products: h.nrows(), ..TraceSpec::default() };
                let spec = NoiseSpec { batch, leading: 3, tolerance: 1e-6, trace, ..NoiseSpec::default() };
                let found = noise(&place, spec);
                let near = |x: f64, y: f64, word: &str| {
                    assert!((x - y).abs() < 1e-3 * y.abs().max(1e-3), "{what}: {word} {x}, not {y}");
                };
                let d = h.nrows() as f64;
                near(found.trace_sigma.value, sigma.trace(), "Tr Σ");
                near(found.trace_h.value, h.trace(), "Tr H");
                near(found.trace_h_sigma.value, (&h * &sigma).trace(), "Tr HΣ");
                near(found.trace_h_sigma_bar.value, h.trace() * sigma.trace() / d, "Tr HΣ̄");
                near(found.ratio, (&h * &sigma).trace() * d / (h.trace() * sigma.trace()), "the ratio");
                for measured in [found.trace_sigma, found.trace_h, found.trace_h_sigma, found.trace_h_sigma_bar] {
                    assert_eq!(measured.standard_error, 0.0, "{what}: all directions were asked");
                }
                let pairs = |a: &DMatrix<f64>| {
                    let solved = SymmetricEigen::new((a + a.transpose()) * 0.5);
                    let mut order: Vec<usize> = (0..a.nrows()).collect();
                    order.sort_by(|i, j| solved.eigenvalues[*j].total_cmp(&solved.eigenvalues[*i]));
                    (solved.eigenvalues.select_rows(&order[..3]), solved.eigenvectors.select_columns(&order[..3]))
                };
                let ((h_values, u), (sigma_values, v)) = (pairs(&h), pairs(&sigma));
                for i in 0..3 {
                    near(found.h_values[i], h_values[i], "λ");
                    near(found.sigma_values[i], sigma_values[i], "γ");
                }
                let first = u.column(0).into_owned();
                let along = (first.transpose() * &sigma * &first)[(0, 0)];
                near(found.along_first, along, "u₁ᵀΣu₁");
                near(found.alignment, along * h.trace() / (h_values[0] * sigma.trace()), "â");
                near(found.angle.cos(), u.column(0).dot(&v.column(0)).abs(), "the angle");
                near(found.overlap, (u.transpose() * &v).norm_squared() / 3.0, "the overlap");
                near(found.noise_norm, sigma.trace().sqrt(), "the noise");
                let g = nalgebra::DVector::from_vec(place.gradient().unwrap());
                near(found.gradient_norm, g.norm(), "‖g‖");
                near(found.gradient_curvature, (g.transpose() * &h * &g)[(0, 0)], "gᵀHg");
            }
        }
    }
}

/// Estimates from fewer products than there are dimensions say how far off they are.
#[test]
fn traces_of_few_products_lie_within_their_errors() {
    let network = Network::build("conv(4,3) tanh pool(2) flatten linear(10)", [1, 8, 8], CLASSES).unwrap();
    let at = network.initial_state(5);
    let objective = Objective::sample(network, 60, LossKind::CrossEntropy);
    let place = Place::new(&objective, &at, NormMode::Running).unwrap();
    let (h, sigma) = (dense(Operator::Hessian.at(&place, 1)), dense(Operator::Sigma.at(&place, 1)));
    for seed in 0..4 {
        let trace = TraceSpec { share: 0.0, most_products: 40, seed, ..TraceSpec::default() };
        let found = noise(&place, NoiseSpec { leading: 1, trace, seed, ..NoiseSpec::default() });
        for (measured, want) in [(found.trace_h, h.trace()), (found.trace_h_sigma, (&h * &sigma).trace())] {
            let error = measured.standard_error;
            assert!(error > 0.0 && error < 0.5 * want, "seed {seed}: {measured:?} of {want}");
            assert!((measured.value - want).abs() < 5.0 * error, "seed {seed}: {measured:?}, not {want}");
        }
    }
}

#[test]
fn a_point_that_is_no_number_has_a_report_that_is_none() {
    let network = Network::build("conv(2,3) tanh flatten linear(10)", [1, 4, 4], CLASSES).unwrap();
    let mut at = network.initial_state(5);
    at.theta[0] = f32::NAN;
    let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
    let place = Place::new(&objective, &at, NormMode::Running).unwrap();
    let found = noise(&place, NoiseSpec::default());
    let numbers = [
        found.trace_sigma.value,
        found.trace_h.value,
        found.trace_h_sigma.value,
        found.trace_h_sigma_bar.value,
        found.ratio,
        found.alignment,
        found.angle,
        found.overlap,
        found.gradient_norm,
        found.noise_norm,
        found.gradient_curvature,
    ];
    assert!(numbers.iter().chain(&found.h_values).chain(&found.sigma_values).all(|x| x.is_nan()), "{found:?}");
    let spec = SpectrumSpec { trace: Some(TraceSpec::default()), layers: true, ..SpectrumSpec::default() };
    let found = spectrum(&place, spec);
    assert!(!found.is_found && found.eigenvalues.iter().all(|e| e.value.is_nan()), "{found:?}");
    assert!(found.trace.unwrap().value.is_nan() && found.layers.iter().all(|l| l.trace.unwrap().value.is_nan()));
    let mut batches = BatchSharpness::new(&place, 4, 3, 1);
    while batches.advance().unwrap() {}
    assert!(batches.found().value.is_nan() && directional_sharpness(&place).unwrap().is_nan());
}

/// An interrupt at any look ends the step, and the step after it goes on as if nothing had been.
#[test]
fn measurements_go_on_after_an_interrupt() {
    let network = Network::build("conv(2,3) batchnorm tanh flatten linear(10)", [1, 4, 4], CLASSES).unwrap();
    let at = network.initial_state(5);
    let interrupt = Interrupt::default();
    let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy).interrupted_by(interrupt.clone());
    let place = Place::new(&objective, &at, NormMode::Running).unwrap();
    let spec = NoiseSpec {
        leading: 2,
        trace: TraceSpec { share: 0.0, most_products: 16, ..TraceSpec::default() },
        ..NoiseSpec::default()
    };
    let want = noise(&place, spec);
    let mut measure = NoiseMeasure::new(&place, spec);
    for step in 0.. {
        interrupt.raise_at_look(if step % 3 == 2 { 2 } else { 1 });
        match measure.advance() {
            Ok(true) => {}
            Ok(false) => break,
            Err(ObjectiveError::Interrupted) => interrupt.answer(),
            Err(e) => panic!("{e}"),
        }
        interrupt.raise_at_look(0);
        if !measure.advance().unwrap() {
            break;
        }
    }
    assert_eq!(measure.report(), want);
}
