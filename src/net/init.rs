//! PyTorch's default initialisation, seeded.
//!
//! `nn.Linear` and `nn.Conv2d` draw weights from `kaiming_uniform_(a = √5)`, which is U(−b, b) with b = 1/√fan_in, and
//! biases from the same interval (torch.nn.Linear and Conv2d, `reset_parameters`). The distribution is PyTorch's; the
//! stream of random numbers is our own, so the same seed does not give PyTorch's bits.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{Network, ParamId, State, layer::Layer};
use crate::random;

impl Network {
    /// A fresh θ_0 of length D from `seed`.
    pub fn initial_parameters(&self, seed: u64) -> Vec<f32> {
        let mut theta = vec![0.0; self.layout.len()];
        self.draw(&self.layers, &mut random::stream(seed, "init"), &mut theta);
        theta
    }

    /// θ_0 and the running statistics beside it: mean 0, variance 1.
    pub fn initial_state(&self, seed: u64) -> State {
        let one = |name: &str| if name.ends_with("var") { 1.0 } else { 0.0 };
        let buffers = self.buffers.params().iter().flat_map(|p| std::iter::repeat_n(one(&p.name), p.count())).collect();
        State { theta: self.initial_parameters(seed), buffers }
    }

    fn draw(&self, layers: &[Layer], rng: &mut ChaCha8Rng, theta: &mut [f32]) {
        for layer in layers {
            match layer {
                Layer::Linear(l) => self.draw_uniform(l.weight, l.bias, rng, theta),
                Layer::Conv2d(c) => self.draw_uniform(c.weight, c.bias, rng, theta),
                // γ = 1, β = 0.
                Layer::BatchNorm(b) => theta[self.layout.get(b.weight).range()].fill(1.0),
                Layer::Residual(r) => {
                    self.draw(&r.body, rng, theta);
                    self.draw(&r.shortcut, rng, theta);
                }
                Layer::Activation(_)
                | Layer::Pool(..)
                | Layer::Subsample(_)
                | Layer::PadChannels { .. }
                | Layer::Flatten => {}
            }
        }
    }

    fn draw_uniform(&self, weight: ParamId, bias: Option<ParamId>, rng: &mut ChaCha8Rng, theta: &mut [f32]) {
        let fan_in: usize = self.layout.get(weight).shape[1..].iter().product();
        let bound = 1.0 / (fan_in as f32).sqrt();
        for id in [Some(weight), bias].into_iter().flatten() {
            for x in &mut theta[self.layout.get(id).range()] {
                *x = rng.random_range(-bound..bound);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_uniform_within_one_over_root_fan_in() {
        let net = Network::build("lenet", [1, 28, 28], 10).unwrap();
        let theta = net.initial_parameters(7);
        assert_eq!(theta, net.initial_parameters(7));
        assert_ne!(theta, net.initial_parameters(8));
        for (name, fan_in) in [("conv1.weight", 25.0), ("conv2.bias", 250.0), ("fc1.weight", 160.0), ("fc2.bias", 50.0)]
        {
            let p = net.layout().params().iter().find(|p| p.name == name).unwrap();
            let bound = 1.0 / f64::sqrt(fan_in);
            let x: Vec<f64> = theta[p.range()].iter().map(|&x| x as f64).collect();
            assert!(x.iter().all(|v| v.abs() <= bound), "{name}");
            // The variance of U(−b, b) is b²/3; its sampling error is about b²·√(4/45n).
            let variance = x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64;
            let tolerance = 5.0 * bound * bound * (4.0 / (45.0 * x.len() as f64)).sqrt();
            assert!((variance - bound * bound / 3.0).abs() < tolerance, "{name}: {variance}");
        }
    }
}
