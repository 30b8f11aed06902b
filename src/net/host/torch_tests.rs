//! Losses and gradients of layers of every kind against PyTorch in float64 (`torch.json`): parameters, images and running
//! statistics are the closed forms below, so that nothing but the numbers that came out had to be kept.

use serde_json::Value;

use super::{
    Host,
    tests::{MIXER, parts},
};
use crate::net::{Network, Statistics};

/// θ_i = 0.3 sin(0.7 i + 0.3), rounded to f32.
fn theta(n: usize) -> Vec<f32> {
    (0..n).map(|i| (0.3 * (0.7 * i as f64 + 0.3).sin()) as f32).collect()
}

/// Means 0.1 sin i and variances 1 + cos² i / 2, counted through all layers.
fn buffers(network: &Network) -> Vec<f32> {
    let mut at = 0.0_f64;
    let mut all = Vec::new();
    for buffer in network.buffers().params() {
        let is_variance = buffer.name.ends_with("running_var");
        for _ in 0..buffer.count() {
            all.push(if is_variance { 1.0 + 0.5 * at.cos().powi(2) } else { 0.1 * at.sin() } as f32);
            at += 1.0;
        }
    }
    all
}

#[test]
fn layers_of_every_kind_are_pytorchs() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("torch.json")).unwrap();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let text = case["net"].as_str().unwrap();
        let input: [usize; 3] = serde_json::from_value(case["input"].clone()).unwrap();
        let network = Network::build(if text == "MIXER" { MIXER } else { text }, input, 4).unwrap();
        assert_eq!(network.layout().len() as u64, case["parameters"].as_u64().unwrap(), "{name}");
        let (theta, buffers) = (theta(network.layout().len()), buffers(&network));
        let count = 6 * input.iter().product::<usize>();
        let images: Vec<f32> =
            (0..count).map(|i| (0.37 * i as f64 + 0.05 * (i as f64).powf(1.5)).cos() as f32).collect();
        for (mode, statistics) in [("running", Statistics::Running), ("batch", Statistics::Batch)] {
            let Some(want) = case.get(mode) else { continue };
            let mut host = Host::at(&network, &theta, &buffers, statistics).recording();
            let out = network.forward(&mut host, parts(&images, input, 4)).into_outputs();
            let (mut loss, mut slopes) = (0.0, Vec::new());
            for (i, z) in out.chunks_exact(4).enumerate() {
                let exp: Vec<f64> = z.iter().map(|z| f64::from(*z).exp()).collect();
                let sum: f64 = exp.iter().sum();
                loss -= (exp[i % 4] / sum).ln() / 6.0;
                slopes.extend(
                    exp.iter().enumerate().map(|(j, e)| ((e / sum - f64::from(u8::from(j == i % 4))) / 6.0) as f32),
                );
            }
            let mut gradient = vec![0.0; theta.len()];
            let slopes = slopes.chunks(4 * 4).map(<[f32]>::to_vec).collect();
            host.into_tape().backward(&network, &theta, slopes, &mut gradient);
            let close = |found: f64, key: &str, tolerance: f64| {
                let want = want[key].as_f64().unwrap();
                assert!((found - want).abs() < tolerance * want.abs(), "{name}, {mode}: {key} {found}, not {want}");
            };
            close(loss, "loss", 2e-6);
            let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            close(norm, "norm", 1e-5);
            let last = gradient.len() - 1;
            for (j, want) in want["gradient"].as_array().unwrap().iter().enumerate() {
                let at = (j as f64 * last as f64 / 24.0).round_ties_even() as usize;
                let (found, want) = (gradient[at], want.as_f64().unwrap());
                assert!((found - want).abs() < 2e-5 * norm, "{name}, {mode}: {found} at {at}, not {want}");
            }
        }
    }
}
