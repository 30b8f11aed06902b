//! Forward mode and the way back over it, for layers of every kind: they are each other's adjoints, H is symmetric, and both are
//! what differences of the plain readings say.

use super::{
    Host, Moved, OutputSlopes, Tangent,
    tests::{images, networks, parts, somewhere},
};
use crate::net::{Network, State, Statistics};

const EXAMPLES: usize = 7;
/// Of outputs, in all networks of the tests.
const CLASSES: usize = 10;

/// A direction in θ, of length 1.
fn direction(n: usize, seed: f64) -> Vec<f32> {
    let v: Vec<f64> = (0..n).map(|i| (0.7 * seed * i as f64 + seed).sin()).collect();
    let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    v.iter().map(|x| (x / length) as f32).collect()
}

fn dot(a: impl IntoIterator<Item = f64>, b: impl IntoIterator<Item = f64>) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| a * b).sum()
}

fn wide(x: &[f32]) -> impl Iterator<Item = f64> + '_ {
    x.iter().map(|x| f64::from(*x))
}

/// dL/dz of L = Σ_i −log softmax(z_i)_{i mod 10}, and its change along dz.
fn slopes(z: &[f32], dz: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (mut slopes, mut changes) = (Vec::new(), Vec::new());
    for (i, (z, dz)) in z.chunks_exact(CLASSES).zip(dz.chunks_exact(CLASSES)).enumerate() {
        let sum: f64 = wide(z).map(f64::exp).sum();
        let p: Vec<f64> = wide(z).map(|z| z.exp() / sum).collect();
        let mean = dot(p.iter().copied(), wide(dz));
        slopes.extend(p.iter().enumerate().map(|(j, p)| (p - f64::from(u8::from(j == i % CLASSES))) as f32));
        changes.extend(p.iter().zip(wide(dz)).map(|(p, dz)| (p * (dz - mean)) as f32));
    }
    (slopes, changes)
}

fn cut(rows: &[f32], size: usize) -> Vec<Vec<f32>> {
    rows.chunks(size * CLASSES).map(<[f32]>::to_vec).collect()
}

fn gradient(network: &Network, at: &State, size: usize, statistics: Statistics) -> (Vec<f32>, Vec<f64>) {
    let x = parts(&images(EXAMPLES, network.input()), network.input(), size);
    let mut host = Host::at(network, &at.theta, &at.buffers, statistics).recording();
    let z = network.forward(&mut host, x).into_outputs();
    let mut sum = vec![0.0; at.theta.len()];
    host.into_tape().backward(network, &at.theta, cut(&slopes(&z, &z).0, size), &mut sum);
    (z, sum)
}

/// Outputs, J v and H v for every direction.
type Products = (Vec<f32>, Vec<Vec<f32>>, Vec<Vec<f64>>);

fn products(network: &Network, at: &State, directions: &[&[f32]], size: usize, statistics: Statistics) -> Products {
    let x = parts(&images(EXAMPLES, network.input()), network.input(), size);
    let mut reading = Tangent::at(network, &at.theta, &at.buffers, statistics, directions).recording();
    let (z, moved) = network.forward(&mut reading, Moved::images(x, directions.len())).into_outputs();
    let changes = moved.iter().map(|dz| cut(&slopes(&z, dz).1, size)).collect();
    let outputs = OutputSlopes { slopes: cut(&slopes(&z, &z).0, size), changes };
    let mut sums = vec![vec![0.0; at.theta.len()]; directions.len()];
    let mut lent: Vec<&mut [f64]> = sums.iter_mut().map(|sum| &mut sum[..]).collect();
    reading.into_tape().backward(network, &at.theta, directions, &outputs, &mut lent);
    (z, moved, sums)
}

fn everywhere(mut check: impl FnMut(&Network, &State, Statistics, &str)) {
    for network in networks() {
        let at = somewhere(&network);
        for statistics in [Statistics::Running, Statistics::Batch] {
            if statistics == Statistics::Batch && !network.has_batch_norm() {
                continue;
            }
            check(&network, &at, statistics, &format!("{}, {statistics:?}", network.describe()));
        }
    }
}

/// Σ_i dL/dz_i · (J v)_i = g · v: forward and reverse mode are adjoints of each other. And the values are those of the host.
#[test]
fn the_tangent_is_the_adjoint_of_the_gradient() {
    everywhere(|network, at, statistics, what| {
        let n = at.theta.len();
        let [u, v] = [1.0, 2.3].map(|seed| direction(n, seed));
        for size in [EXAMPLES, 3] {
            let (z, g) = gradient(network, at, size, statistics);
            let (same, moved, _) = products(network, at, &[&u, &v], size, statistics);
            assert_eq!(z, same, "{what}");
            let slopes = slopes(&z, &z).0;
            let length = dot(g.iter().copied(), g.iter().copied()).sqrt();
            for (v, moved) in [&u, &v].into_iter().zip(&moved) {
                let (forward, reverse) = (dot(wide(&slopes), wide(moved)), dot(wide(v), g.iter().copied()));
                assert!((forward - reverse).abs() < 2e-5 * length, "{what}: {forward}, {reverse} of {length}");
            }
        }
    });
}

/// u · H v = v · H u, and H (u + 2 v) = H u + 2 H v.
#[test]
fn the_hessian_is_symmetric_and_linear() {
    everywhere(|network, at, statistics, what| {
        let n = at.theta.len();
        let [u, v] = [1.0, 2.3].map(|seed| direction(n, seed));
        let both: Vec<f32> = u.iter().zip(&v).map(|(u, v)| u + 2.0 * v).collect();
        let (_, _, h) = products(network, at, &[&u, &v, &both], 3, statistics);
        let size = h.iter().flatten().fold(1e-3, |a: f64, b| a.max(b.abs())) * (n as f64).sqrt();
        let (left, right) = (dot(wide(&u), h[1].iter().copied()), dot(wide(&v), h[0].iter().copied()));
        assert!((left - right).abs() < 1e-5 * size, "{what}: {left}, {right} of {size}");
        for ((sum, a), b) in h[2].iter().zip(&h[0]).zip(&h[1]) {
            assert!((sum - a - 2.0 * b).abs() < 1e-5 * size, "{what}: {sum}, {a}, {b} of {size}");
        }
        // One direction alone, and all examples in one part.
        let (_, _, alone) = products(network, at, &[&v], EXAMPLES, statistics);
        assert!(alone[0].iter().zip(&h[1]).all(|(a, b)| (a - b).abs() < 1e-5 * size), "{what}");
    });
}

/// (g(θ + εv) − g(θ − εv)) / 2ε, where no unit turns on or off in between.
#[test]
fn products_are_the_differences_of_gradients() {
    const STEP: f32 = 2e-3;
    everywhere(|network, at, statistics, what| {
        let v = direction(at.theta.len(), 1.7);
        let beside = |sign: f32| {
            let theta = at.theta.iter().zip(&v).map(|(t, v)| t + sign * STEP * v).collect();
            gradient(network, &State { theta, buffers: at.buffers.clone() }, EXAMPLES, statistics).1
        };
        let (below, above) = (beside(-1.0), beside(1.0));
        let (_, _, h) = products(network, at, &[&v], EXAMPLES, statistics);
        let difference: Vec<f64> = above.iter().zip(&below).map(|(a, b)| (a - b) / f64::from(2.0 * STEP)).collect();
        let length = |x: &[f64]| dot(x.iter().copied(), x.iter().copied()).sqrt();
        let apart: Vec<f64> = difference.iter().zip(&h[0]).map(|(a, b)| a - b).collect();
        let (apart, size) = (length(&apart), length(&h[0]).max(0.05));
        assert!(apart < 0.02 * size, "{what}: {apart} apart, of {size}");
    });
}

/// The loss of a linear map is quadratic or convex in θ with known derivatives: H v of softmax regression in closed form.
#[test]
fn softmax_regression_has_the_products_of_its_closed_form() {
    let network = Network::build("flatten linear(10)", [2, 3, 3], CLASSES).unwrap();
    let at = network.initial_state(5);
    let v = direction(at.theta.len(), 0.9);
    let x = images(EXAMPLES, network.input());
    let mut want = vec![0.0; v.len()];
    let features = 18;
    for x in x.chunks_exact(features) {
        let row = |w: &[f32], k: usize| dot(wide(&w[k * features..][..features]), wide(x)) + f64::from(w[180 + k]);
        let z: Vec<f64> = (0..CLASSES).map(|k| row(&at.theta, k)).collect();
        let dz: Vec<f64> = (0..CLASSES).map(|k| row(&v, k)).collect();
        let sum: f64 = z.iter().map(|z| z.exp()).sum();
        let p: Vec<f64> = z.iter().map(|z| z.exp() / sum).collect();
        let mean = dot(p.iter().copied(), dz.iter().copied());
        for k in 0..CLASSES {
            let change = p[k] * (dz[k] - mean);
            want[180 + k] += change;
            want[k * features..][..features].iter_mut().zip(wide(x)).for_each(|(w, x)| *w += change * x);
        }
    }
    let (_, _, h) = products(&network, &at, &[&v], 3, Statistics::Running);
    let size = want.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    for (found, want) in h[0].iter().zip(&want) {
        assert!((found - want).abs() < 2e-6 * size, "{found}, not {want}");
    }
}
