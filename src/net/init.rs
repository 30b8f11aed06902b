//! The parameters of a fresh network: PyTorch's default initialisation and the field's others, seeded.
//!
//! `nn.Linear` and `nn.Conv2d` draw weights from `kaiming_uniform_(a = √5)`, which is U(−b, b) with b = 1/√fan_in, and
//! biases from the same interval (torch.nn.Linear and Conv2d, `reset_parameters`). The distributions are PyTorch's; the
//! stream of random numbers is our own, so the same seed does not give PyTorch's bits.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{
    layout::{Param, ParamKind, ParamLayout},
    orthogonal::orthonormal,
};
use crate::run::{Spread, Weights};

/// What a tensor of a fresh network holds under PyTorch's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Init {
    Zeros,
    Ones,
    /// U(−b, b) with b = 1/√fan_in.
    Uniform {
        fan_in: usize,
    },
}

impl Init {
    fn fill(self, values: &mut [f32], rng: &mut ChaCha8Rng) {
        match self {
            Init::Zeros => values.fill(0.0),
            Init::Ones => values.fill(1.0),
            Init::Uniform { fan_in } => {
                let bound = 1.0 / (fan_in as f32).sqrt();
                for x in values {
                    *x = rng.random_range(-bound..bound);
                }
            }
        }
    }
}

/// A fresh vector: the tensors of `layout` one after the other, each by its rule.
pub(super) fn fresh(layout: &ParamLayout, rules: &[Init], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut vector = vec![0.0; layout.len()];
    for (tensor, rule) in layout.params().iter().zip(rules) {
        rule.fill(&mut vector[tensor.range()], rng);
    }
    vector
}

/// The same under a scheme, its weights multiplied by `scale`; biases and normalisation layers are not.
pub(super) fn drawn(
    layout: &ParamLayout,
    rules: &[Init],
    weights: Weights,
    scale: f64,
    rng: &mut ChaCha8Rng,
) -> Vec<f32> {
    let mut vector = vec![0.0; layout.len()];
    for (tensor, rule) in layout.params().iter().zip(rules) {
        let values = &mut vector[tensor.range()];
        match (tensor.kind, weights) {
            (ParamKind::Norm, _) | (_, Weights::PyTorch | Weights::ZerosLast) => rule.fill(values, rng),
            (ParamKind::Weight, Weights::Orthogonal) => fill_orthogonal(values, tensor, rng),
            (ParamKind::Weight, _) => Law::of(weights, tensor).fill(values, rng),
            (
                ParamKind::Bias,
                Weights::Normal(Spread { biases: true, .. }) | Weights::Truncated(Spread { biases: true, .. }),
            ) => Law::of(weights, tensor).fill(values, rng),
            (ParamKind::Bias, _) => values.fill(0.0),
        }
        // So that 1 changes no bit.
        if tensor.kind == ParamKind::Weight && scale != 1.0 {
            values.iter_mut().for_each(|x| *x = (f64::from(*x) * scale) as f32);
        }
    }
    if weights == Weights::ZerosLast {
        clear_last(layout, &mut vector);
    }
    vector
}

/// Sets the last weight, and the bias that follows it, to 0.
fn clear_last(layout: &ParamLayout, vector: &mut [f32]) {
    let params = layout.params();
    let Some(last) = params.iter().rposition(|p| p.kind == ParamKind::Weight) else { return };
    vector[params[last].range()].fill(0.0);
    if let Some(bias) = params.get(last + 1).filter(|p| p.kind == ParamKind::Bias) {
        vector[bias.range()].fill(0.0);
    }
}

/// A distribution with mean 0.
#[derive(Clone, Copy, Debug)]
enum Law {
    /// Standard deviation.
    Normal(f64),
    /// Standard deviation before what is beyond twice of it is drawn again.
    Truncated(f64),
    /// Bound.
    Uniform(f64),
}

impl Law {
    /// That of a weight `[out, in, k, k]` or `[out, in]`; a bias has it only where the layer's shape does not count.
    fn of(weights: Weights, tensor: &Param) -> Law {
        let [fan_in, fan_out] = fans(&tensor.shape);
        match weights {
            Weights::He => Law::Normal((2.0 / fan_in).sqrt()),
            Weights::HeUniform => Law::Uniform((6.0 / fan_in).sqrt()),
            Weights::Xavier => Law::Normal((2.0 / (fan_in + fan_out)).sqrt()),
            Weights::XavierUniform => Law::Uniform((6.0 / (fan_in + fan_out)).sqrt()),
            Weights::Lecun => Law::Normal((1.0 / fan_in).sqrt()),
            Weights::LecunUniform => Law::Uniform((3.0 / fan_in).sqrt()),
            Weights::Normal(spread) => Law::Normal(spread.deviation),
            Weights::Truncated(spread) => Law::Truncated(spread.deviation),
            // Drawn by their own rules.
            Weights::PyTorch | Weights::ZerosLast | Weights::Orthogonal => Law::Uniform((1.0 / fan_in).sqrt()),
        }
    }

    fn fill(self, values: &mut [f32], rng: &mut ChaCha8Rng) {
        for value in values {
            *value = match self {
                Law::Normal(deviation) => deviation * rng.sample::<f64, _>(StandardNormal),
                Law::Truncated(deviation) => deviation * within_two(rng),
                Law::Uniform(bound) => rng.random_range(-bound..bound),
            } as f32;
        }
    }
}

/// A standard normal number, drawn again until it is within ±2.
fn within_two(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let x: f64 = rng.sample(StandardNormal);
        if x.abs() <= 2.0 {
            return x;
        }
    }
}

/// Numbers that one output of a weight `[out, in / groups, …]` is made of, and that one input goes into, as PyTorch counts
/// them.
fn fans(shape: &[usize]) -> [f64; 2] {
    let places: usize = shape.iter().skip(2).product();
    let along = |axis: usize| shape.get(axis).copied().unwrap_or(1) * places;
    [along(1) as f64, along(0) as f64]
}

fn fill_orthogonal(values: &mut [f32], tensor: &Param, rng: &mut ChaCha8Rng) {
    let rows = tensor.shape.first().copied().unwrap_or(1).max(1);
    let columns = values.len() / rows;
    let vectors = orthonormal(rows.min(columns), rows.max(columns), rng);
    for (i, value) in values.iter_mut().enumerate() {
        let (row, column) = (i / columns, i % columns);
        // The vectors are the rows, or the columns where those are fewer.
        *value = (if rows <= columns { vectors[row * columns + column] } else { vectors[column * rows + row] }) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Network;

    /// Linear layers and convolutions of several sizes, strides, groups and kernels, with and without biases and norms.
    const NETS: [(&str, [usize; 3]); 5] = [
        ("linear(300) relu linear(40) relu linear(10)", [1, 8, 8]),
        ("conv(32,5) relu conv(48,3,2,1) batchnorm relu linear(10)", [3, 16, 12]),
        ("conv(64,1) layernorm relu conv(16,7,1,3) linear(64) linear(10)", [8, 9, 9]),
        (
            "layers = [{ conv = 64, kernel = 3, groups = 4, bias = false }, \"relu\", { linear = 30, over = \"channels\" }, \
             \"globalavg\", { linear = 10, bias = false }]",
            [16, 7, 7],
        ),
        ("resnet8", [3, 8, 8]),
    ];

    fn every_scheme() -> Vec<Weights> {
        Weights::examples().map(|text| text.parse().unwrap()).collect()
    }

    fn networks() -> impl Iterator<Item = Network> {
        NETS.iter().map(|(net, input)| Network::build(net, *input, 10).unwrap())
    }

    /// Fan-in and fan-out by hand, from the layers and not from the code under test.
    fn fans_by_hand(shape: &[usize]) -> [f64; 2] {
        match *shape {
            [out, seen] => [seen as f64, out as f64],
            [out, seen, k, l] => [(seen * k * l) as f64, (out * k * l) as f64],
            _ => panic!("{shape:?} is no weight"),
        }
    }

    /// Variance, fourth moment over the square of the variance, and the largest number there may be.
    fn expected(weights: Weights, shape: &[usize]) -> (f64, f64, f64) {
        let [fan_in, fan_out] = fans_by_hand(shape);
        let uniform = |variance: f64| (variance, 1.8, (3.0 * variance).sqrt());
        let normal = |variance: f64| (variance, 3.0, f64::INFINITY);
        match weights {
            Weights::PyTorch | Weights::ZerosLast => uniform(1.0 / (3.0 * fan_in)),
            Weights::He => normal(2.0 / fan_in),
            Weights::HeUniform => uniform(2.0 / fan_in),
            Weights::Xavier => normal(2.0 / (fan_in + fan_out)),
            Weights::XavierUniform => uniform(2.0 / (fan_in + fan_out)),
            Weights::Lecun => normal(1.0 / fan_in),
            Weights::LecunUniform => uniform(1.0 / fan_in),
            Weights::Normal(spread) => normal(spread.deviation * spread.deviation),
            // Of a standard normal within ±2: 1 − 4 φ(2) / (2 Φ(2) − 1), and a fourth moment of
            // 3 − 28 φ(2) / (2 Φ(2) − 1), by parts.
            Weights::Truncated(spread) => {
                let (density, inside) = (0.053_990_966_513_188_06, 0.954_499_736_103_641_6);
                let (second, fourth) = (1.0 - 4.0 * density / inside, 3.0 - 28.0 * density / inside);
                let square = spread.deviation * spread.deviation;
                (second * square, fourth / (second * second), 2.0 * spread.deviation)
            }
            Weights::Orthogonal => panic!("it has a test of its own"),
        }
    }

    fn draws_biases(weights: Weights) -> bool {
        matches!(
            weights,
            Weights::PyTorch
                | Weights::ZerosLast
                | Weights::Normal(Spread { biases: true, .. })
                | Weights::Truncated(Spread { biases: true, .. })
        )
    }

    /// Mean and variance of every weight are within six standard errors of what its scheme says, and no number is beyond the
    /// bound; biases are 0 where they should be; norms begin as the identity.
    #[test]
    fn every_scheme_has_its_moments_in_every_layer() {
        for network in networks() {
            let params = network.layout().params();
            let last = params.iter().rposition(|p| p.kind == ParamKind::Weight).unwrap();
            for weights in every_scheme().into_iter().filter(|w| *w != Weights::Orthogonal) {
                let theta = network.initial_state_by(5, weights, 1.0).theta;
                for (i, p) in params.iter().enumerate() {
                    let what = format!("{}, {weights}, {} {:?}", network.describe(), p.name, p.shape);
                    let x: Vec<f64> = theta[p.range()].iter().map(|x| f64::from(*x)).collect();
                    let is_cleared = weights == Weights::ZerosLast && i >= last;
                    match p.kind {
                        ParamKind::Norm => {
                            let begins = f64::from(u8::from(p.name.ends_with("weight")));
                            assert!(x.iter().all(|x| *x == begins), "{what}");
                        }
                        _ if is_cleared => assert!(x.iter().all(|x| *x == 0.0), "{what}"),
                        ParamKind::Bias if draws_biases(weights) => {
                            assert!(x.iter().any(|x| *x != 0.0), "{what}");
                        }
                        ParamKind::Bias => assert!(x.iter().all(|x| *x == 0.0), "{what}"),
                        ParamKind::Weight => {
                            let (variance, kurtosis, most) = expected(weights, &p.shape);
                            let n = x.len() as f64;
                            let mean = x.iter().sum::<f64>() / n;
                            let square = x.iter().map(|x| x * x).sum::<f64>() / n;
                            assert!(mean.abs() < 6.0 * (variance / n).sqrt(), "{what}: mean {mean}");
                            let error = variance * ((kurtosis - 1.0) / n).sqrt();
                            assert!((square - variance).abs() < 6.0 * error, "{what}: {square}, not {variance}");
                            assert!(x.iter().all(|x| x.abs() <= most * (1.0 + 1e-6)), "{what}: beyond {most}");
                        }
                    }
                }
            }
        }
    }

    /// W Wᵀ = 1 or Wᵀ W = 1, whichever is smaller.
    #[test]
    fn orthogonal_weights_are() {
        for network in networks() {
            let theta = network.initial_state_by(2, Weights::Orthogonal, 1.0).theta;
            for p in network.layout().params() {
                let x = &theta[p.range()];
                match p.kind {
                    ParamKind::Norm => {}
                    ParamKind::Bias => assert!(x.iter().all(|x| *x == 0.0), "{}", p.name),
                    ParamKind::Weight => {
                        let (rows, columns) = (p.shape[0], x.len() / p.shape[0]);
                        let at = |row: usize, column: usize| f64::from(x[row * columns + column]);
                        let count = rows.min(columns);
                        for i in 0..count {
                            for j in 0..=i {
                                let product: f64 = if rows <= columns {
                                    (0..columns).map(|c| at(i, c) * at(j, c)).sum()
                                } else {
                                    (0..rows).map(|r| at(r, i) * at(r, j)).sum()
                                };
                                let want = f64::from(u8::from(i == j));
                                assert!((product - want).abs() < 1e-6, "{} {i} {j}: {product}", p.name);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn seeds_reproduce_and_differ() {
        for network in networks() {
            for weights in every_scheme() {
                let theta = |seed| network.initial_state_by(seed, weights, 1.0).theta;
                assert_eq!(theta(3), theta(3), "{weights}");
                assert_ne!(theta(3), theta(4), "{weights}");
            }
        }
    }

    /// Weights, and nothing else, are multiplied: powers of two exactly.
    #[test]
    fn the_scale_multiplies_the_weights_alone() {
        for network in networks() {
            for weights in every_scheme() {
                let at = |scale| network.initial_state_by(6, weights, scale);
                let (plain, double, tenth) = (at(1.0), at(2.0), at(0.1));
                for p in network.layout().params() {
                    let factor = if p.kind == ParamKind::Weight { 2.0 } else { 1.0 };
                    for i in p.range() {
                        assert_eq!(double.theta[i], factor * plain.theta[i], "{weights}, {}", p.name);
                        let small = if p.kind == ParamKind::Weight { 0.1 } else { 1.0 } * f64::from(plain.theta[i]);
                        assert!(
                            (f64::from(tenth.theta[i]) - small).abs() <= 1e-7 * small.abs(),
                            "{weights}, {}",
                            p.name
                        );
                    }
                }
                assert_eq!(plain.buffers, double.buffers);
            }
        }
    }

    /// The default draws what it always drew.
    #[test]
    fn pytorchs_default_is_the_initial_state_to_the_bit() {
        for network in networks() {
            let (plain, named) = (network.initial_state(9), network.initial_state_by(9, Weights::PyTorch, 1.0));
            assert_eq!(plain, named);
            assert_eq!(plain.theta, network.initial_parameters(9));
            assert_eq!(plain.theta, fresh(&network.layout, &network.init, &mut crate::random::stream(9, "init")));
        }
    }
}
