//! Gradients of single examples and their sums, for layers of every kind, by reverse mode, by forward mode and one by one.

use super::{Gradient, GradientSquares, Objective};
use crate::{
    net::{Network, State, Statistics},
    probe::{NormBatch, NormMode},
    run::LossKind,
};

const EXAMPLES: usize = 21;
const CLASSES: usize = 10;

fn objective(network: Network, loss: LossKind) -> Objective {
    Objective::sample(network, EXAMPLES, loss)
}

fn everywhere(mut check: impl FnMut(&Objective, &State, Statistics, &str)) {
    for (network, at) in Network::samples() {
        let words = network.describe();
        let has_batch_norm = network.has_batch_norm();
        let objective = objective(network, LossKind::CrossEntropy);
        check(&objective, &at, Statistics::Running, &words);
        if has_batch_norm {
            check(&objective, &at, Statistics::Batch, &format!("{words}, batch statistics"));
        }
    }
}

fn indices() -> Vec<u32> {
    // Not in the order of the data, and not all of them.
    (0..EXAMPLES as u32 - 2).map(|i| i * 8 % EXAMPLES as u32).collect()
}

fn coefficients(n: usize, seed: f64) -> Vec<f64> {
    (0..n).map(|i| (1.3 * i as f64 + seed).sin()).collect()
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|x| f64::from(*x)).collect()
}

fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    length(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

fn nothing(_: u64, _: u64) {}

/// Σ c_i g_i against single gradients (running statistics), against forward mode (both), and with c_i = 1/N against the gradient.
#[test]
fn weighted_gradients_are_the_sums_of_single_ones() {
    everywhere(|objective, at, statistics, what| {
        let indices = indices();
        let n = indices.len();
        let sets = [coefficients(n, 0.4), coefficients(n, 2.0), vec![1.0 / n as f64; n], vec![0.0; n]];
        let sets: Vec<&[f64]> = sets.iter().map(Vec::as_slice).collect();
        let mut told = (0, 0);
        let mut progress = |done, total| told = (done, total);
        let found = objective.weighted_gradient(at, &sets, &indices, statistics, &mut progress).unwrap();
        assert_eq!(told, (n as u64, n as u64));
        let Gradient { values, .. } = objective.gradient(at, &indices, statistics).unwrap();
        let size = found.iter().map(|x| length(x)).fold(length(&wide(&values)), f64::max).max(1e-3);
        assert!(apart(&found[2], &wide(&values)) < 1e-5 * size, "{what}: the mean");
        assert!(found[3].iter().all(|x| *x == 0.0), "{what}: nothing of all");
        let v: Vec<f32> = coefficients(at.theta.len(), 0.9).iter().map(|x| *x as f32).collect();
        let along = &objective.directional_derivatives(at, &[&v], &indices, statistics).unwrap()[0];
        for (c, sum) in sets.iter().zip(&found) {
            let forward: f64 = c.iter().zip(along).map(|(c, d)| c * d).sum();
            let reverse: f64 = sum.iter().zip(&v).map(|(s, v)| s * f64::from(*v)).sum();
            assert!((forward - reverse).abs() < 2e-5 * size * length(&wide(&v)), "{what}: {forward}, {reverse}");
        }
        if statistics == Statistics::Running {
            let singles: Vec<Vec<f64>> =
                indices.iter().map(|i| wide(&objective.gradient(at, &[*i], statistics).unwrap().values)).collect();
            for (c, sum) in sets.iter().zip(&found) {
                let mut want = vec![0.0; sum.len()];
                for (c, g) in c.iter().zip(&singles) {
                    want.iter_mut().zip(g).for_each(|(w, g)| *w += c * g);
                }
                assert!(apart(sum, &want) < 1e-5 * size, "{what}: {} of {size}", apart(sum, &want));
            }
        }
    });
}

/// ‖g_i‖² as Σ_j (g_i·e_j)² by forward mode along every coordinate; mean and squares of coordinates from the same numbers.
#[test]
fn squares_of_gradients_are_those_of_forward_mode() {
    let nets = [
        ("linear(4) tanh linear(10)", [1, 3, 3]),
        ("conv(2,3) batchnorm relu flatten linear(10)", [1, 4, 4]),
        ("linear(4) batchnorm silu linear(10)", [1, 2, 3]),
    ];
    for (net, input) in nets {
        for loss in [LossKind::CrossEntropy, LossKind::MeanSquared] {
            let network = Network::build(net, input, CLASSES).unwrap();
            let at = network.initial_state(4);
            let objective = objective(network, loss);
            let batches = NormMode::Batch(NormBatch::Of(8));
            for mode in [NormMode::Running, batches, NormMode::Recalibrated(NormBatch::Of(8))] {
                let what = format!("{net}, {loss:?}, {mode:?}");
                let mut told = (0, 0);
                let found =
                    objective.full_gradient_squares(&at, mode, &mut |done, total| told = (done, total)).unwrap();
                assert_eq!(told, (EXAMPLES as u64, EXAMPLES as u64), "{what}");
                let GradientSquares { norms, mean, diagonal } = found;
                let d = at.theta.len();
                let units: Vec<Vec<f32>> =
                    (0..d).map(|j| (0..d).map(|k| f32::from(u8::from(k == j))).collect()).collect();
                let units: Vec<&[f32]> = units.iter().map(Vec::as_slice).collect();
                let rows = objective.full_directional_derivatives(&at, &units, mode).unwrap();
                let near = |x: f64, y: f64| assert!((x - y).abs() < 3e-5 * y.abs().max(1.0), "{what}: {x}, not {y}");
                for (i, norm) in norms.iter().enumerate() {
                    near(*norm, rows.iter().map(|row| row[i] * row[i]).sum());
                }
                for ((row, mean), square) in rows.iter().zip(&mean).zip(&diagonal) {
                    near(*mean, row.iter().sum::<f64>() / EXAMPLES as f64);
                    near(*square, row.iter().map(|g| g * g).sum::<f64>() / EXAMPLES as f64);
                }
                let whole = objective.full_gradient(&at, mode).unwrap().values;
                mean.iter().zip(&whole).for_each(|(mean, g)| near(*mean, f64::from(*g)));
                if mode == NormMode::Running {
                    let largest = objective.largest_gradient_variance(&at, &mut nothing).unwrap();
                    near(largest, diagonal.iter().zip(&mean).map(|(q, g)| q - g * g).fold(0.0, f64::max));
                }
            }
        }
    }
}

/// Sums over all examples, of batches with their own statistics, are those of forward mode in the order of the data.
#[test]
fn sums_over_batches_are_those_of_forward_mode() {
    let network = Network::build("conv(2,3) batchnorm relu flatten linear(10)", [1, 4, 4], CLASSES).unwrap();
    let at = network.initial_state(2);
    let objective = objective(network, LossKind::CrossEntropy);
    let c = coefficients(EXAMPLES, 0.2);
    let v: Vec<f32> = coefficients(at.theta.len(), 1.1).iter().map(|x| *x as f32).collect();
    for mode in [NormMode::Running, NormMode::Batch(NormBatch::Of(8)), NormMode::Batch(NormBatch::All)] {
        let mut told = Vec::new();
        let mut progress = |done, total| told.push((done, total));
        let sum = &objective.full_weighted_gradient(&at, &[&c], mode, &mut progress).unwrap()[0];
        assert_eq!(told.last(), Some(&(EXAMPLES as u64, EXAMPLES as u64)), "{mode:?}");
        let along = &objective.full_directional_derivatives(&at, &[&v], mode).unwrap()[0];
        let forward: f64 = c.iter().zip(along).map(|(c, d)| c * d).sum();
        let reverse: f64 = sum.iter().zip(&v).map(|(s, v)| s * f64::from(*v)).sum();
        assert!((forward - reverse).abs() < 1e-5 * length(sum) * length(&wide(&v)), "{mode:?}: {forward}, {reverse}");
    }
}

#[test]
fn a_point_that_is_no_number_has_gradients_that_are_none() {
    let network = Network::build("linear(4) tanh linear(10)", [1, 3, 3], CLASSES).unwrap();
    let mut at = network.initial_state(1);
    at.theta[0] = f32::NAN;
    let objective = objective(network, LossKind::CrossEntropy);
    let found = objective.full_gradient_squares(&at, NormMode::Running, &mut nothing).unwrap();
    assert!(found.norms.iter().all(|norm| norm.is_nan()));
    let c = vec![1.0; EXAMPLES];
    let sum = &objective.full_weighted_gradient(&at, &[&c], NormMode::Running, &mut nothing).unwrap()[0];
    assert!(sum.iter().any(|x| x.is_nan()));
}

/// What is cut into parts, so that it can be interrupted, is what its pieces are together.
#[test]
fn many_examples_of_a_large_network_are_cut_and_nothing_is_lost() {
    const MANY: usize = 150;
    let net = "conv(32,5,1,2) relu conv(16,5,1,2) tanh flatten linear(10)";
    let network = Network::build(net, [1, 16, 16], CLASSES).unwrap();
    let at = network.initial_state(2);
    let objective = Objective::sample(network, MANY, LossKind::CrossEntropy);
    let all: Vec<u32> = (0..MANY as u32).rev().collect();
    let (c, other) = (coefficients(MANY, 0.3), coefficients(MANY, 1.0));
    let v: Vec<f32> = coefficients(at.theta.len(), 0.7).iter().map(|x| *x as f32).collect();
    let statistics = Statistics::Running;
    let mut parts = 0;
    let mut progress = |_, _| parts += 1;
    let sums = objective.weighted_gradient(&at, &[&c, &other], &all, statistics, &mut progress).unwrap();
    assert!(parts > 1, "the test cuts nothing");
    let along = objective.directional_derivatives(&at, &[&v], &all, statistics).unwrap().remove(0);
    let (mut pieces, mut derivatives) = (vec![vec![0.0; at.theta.len()]; 2], Vec::new());
    for (piece, c) in all.chunks(30).zip(c.chunks(30).zip(other.chunks(30))) {
        let found = objective.weighted_gradient(&at, &[c.0, c.1], piece, statistics, &mut nothing).unwrap();
        for (sum, found) in pieces.iter_mut().zip(found) {
            sum.iter_mut().zip(found).for_each(|(s, g)| *s += g);
        }
        derivatives.extend(objective.directional_derivatives(&at, &[&v], piece, statistics).unwrap().remove(0));
    }
    for (sum, pieces) in sums.iter().zip(&pieces) {
        assert!(apart(sum, pieces) < 1e-5 * length(pieces), "{} of {}", apart(sum, pieces), length(pieces));
    }
    assert!(apart(&along, &derivatives) < 1e-5 * length(&derivatives));
    assert_eq!((along.len(), derivatives.len()), (MANY, MANY));
}
