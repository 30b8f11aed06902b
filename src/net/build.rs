//! From a name, a line of text or a TOML description to a network.

use super::{arch, builder::Builder, description, network::Network, stack};

/// A network that cannot be built, with what to write instead.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("network {text}: {cause}")]
pub struct NetError {
    text: String,
    cause: String,
}

impl Network {
    /// Builds the network written as `text` for images of `input` = `[C, H, W]` and `classes` outputs.
    ///
    /// `text` is one of [`NAMES`](super::NAMES) or a relative of it (`resnet32`, `resnet20:8`, `mlp:784-128-10`), a stack
    /// in one line, or a TOML description (`docs/networks.md`). It is never a path: whoever takes a path from a person
    /// puts the file's text in its place, so that a record of a run holds all of the network.
    ///
    /// # Errors
    /// Unknown names and layers (with a suggestion), windows larger than their input, widths that do not fit the data.
    pub fn build(text: &str, input: [usize; 3], classes: usize) -> Result<Network, NetError> {
        let trimmed = text.trim();
        let mut b = Builder::new(input);
        let built = match arch::read(trimmed) {
            Some(arch) => arch.and_then(|arch| {
                arch.build(&mut b, classes)?;
                b.about = arch.about();
                Ok(())
            }),
            None if description::is_description(trimmed) => description::build(&mut b, text, classes),
            None if trimmed == "auto" => Err("the network can only be recognised from a checkpoint; name it".into()),
            None if trimmed.ends_with(".toml") => Err("that is a path; give the text of the file".into()),
            None => stack::build(&mut b, trimmed),
        };
        built.and_then(|()| b.finish(classes)).map_err(|cause| NetError { text: shown(text), cause })
    }
}

/// The text in an error: a description is too long to be repeated.
fn shown(text: &str) -> String {
    if description::is_description(text) { "(TOML description)".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MNIST: [usize; 3] = [1, 28, 28];

    #[test]
    fn parameter_counts_are_exact() {
        for (text, count) in [
            ("mlp:784-128-64-10", 109_386),
            ("mlp", 109_386),
            ("lenet", 11_330),
            ("conv(10,5) pool(2) relu conv(10,5) pool(2) relu flatten linear(50) relu linear(10)", 11_330),
            ("linear(10)", 7_850),
            ("layers = [{ linear = 6 }, { clip = 0.25 }, { fixedsum = true }, { pair = true }, \"linear(10)\"]", 4_740),
            ("conv(4,3,2,1) tanh avgpool(2) softplus linear(10) sigmoid", 4 * 9 + 4 + 4 * 49 * 10 + 10),
        ] {
            assert_eq!(Network::build(text, MNIST, 10).unwrap().layout().len(), count, "{text}");
        }
    }

    #[test]
    fn names_and_shapes_are_pytorchs() {
        let names = |text| {
            let net = Network::build(text, MNIST, 10).unwrap();
            net.layout().params().iter().map(|p| (p.name.clone(), p.shape.clone())).collect::<Vec<_>>()
        };
        let mlp = names("mlp:784-128-64-10");
        assert_eq!(mlp[2], ("2.weight".into(), vec![64, 128]));
        assert_eq!(mlp[5], ("4.bias".into(), vec![10]));
        let lenet = names("lenet");
        assert_eq!(lenet[2], ("conv2.weight".into(), vec![10, 10, 5, 5]));
        assert_eq!(lenet[4], ("fc1.weight".into(), vec![50, 160]));
        let stack = names("conv(10,5) pool(2) relu flatten linear(10)");
        assert_eq!(stack[2].0, "4.weight");
    }

    #[test]
    fn the_initial_distribution_is_uniform_within_one_over_root_fan_in() {
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

    #[test]
    fn batch_norm_begins_as_the_identity() {
        let net = Network::build("conv(2,3) batchnorm linear(10)", MNIST, 10).unwrap();
        let state = net.initial_state(7);
        let norm: Vec<&[f32]> = ["1.weight", "1.bias"]
            .iter()
            .map(|name| &state.theta[net.layout().params().iter().find(|p| p.name == *name).unwrap().range()])
            .collect();
        assert_eq!((norm[0], norm[1]), (&[1.0f32, 1.0][..], &[0.0f32, 0.0][..]));
        assert_eq!(state.buffers, [0.0, 0.0, 1.0, 1.0]);
        // It draws nothing: the layers after it begin as without it.
        let without = Network::build("conv(2,3) linear(10)", MNIST, 10).unwrap().initial_parameters(7);
        assert_eq!(state.theta[state.theta.len() - 100..], without[without.len() - 100..]);
    }

    /// What is linear in its weight and sees the images alone is shared along a line; nothing else is.
    #[test]
    fn the_first_product_is_that_of_what_sees_the_images_alone() {
        for (text, size) in [
            ("linear(7) relu linear(10)", Some(7)),
            ("flatten linear(10)", Some(10)),
            ("conv(4,5,2) relu linear(10)", Some(4 * 12 * 12)),
            ("pool(2) linear(10)", None),
            ("batchnorm linear(10)", None),
            ("layers = [{ body = [{ conv = 1, kernel = 3, padding = 1 }] }, \"linear(10)\"]", None),
        ] {
            let network = Network::build(text, MNIST, 10).unwrap();
            assert_eq!(network.first_product_size(), size, "{text}");
            assert_eq!(network.shared_first_weight().is_empty(), size.is_none(), "{text}");
        }
    }

    #[test]
    fn gradients_are_wanted_where_parameters_act() {
        let network = Network::build("pool(2) flatten linear(5) relu linear(10)", MNIST, 10).unwrap();
        let depends: Vec<bool> = (0..6).map(|value| network.graph().depends(value)).collect();
        assert_eq!(depends, [false, false, false, true, true, true]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("lenett", "did you mean \"lenet\""),
            ("linear(5) rellu linear(10)", "did you mean \"relu\""),
            ("linear(5)", "end it with linear(10)"),
            ("mlp:100-10", "takes 100 numbers"),
            ("mlp:784-x-10", "\"x\" is no width"),
            ("conv(10,50) flatten linear(10)", "larger than its 1×28×28 input"),
            ("flatten conv(3,3) linear(10)", "put it before flatten"),
            ("conv(3", "no closing bracket"),
            ("relu(3) linear(10)", "wrong number of arguments"),
            ("linear(0) linear(10)", "give 1 or more"),
            ("", "it is empty"),
            ("pool(2,3,0,1) linear(10)", "wrong number"),
            ("auto", "only be recognised from a checkpoint"),
            ("net.toml", "give the text of the file"),
            ("linear(99999999999999999)", "too large"),
            ("linear(1000000000) linear(10)", "too large"),
            ("conv(10,5,1,9223372036854775807) linear(10)", "pads more"),
            ("linear(3) fixedsum linear(10)", "fixedsum gets 3 numbers"),
            ("fixedsum(2) linear(10)", "wrong number of arguments"),
            ("linear(2) pair linear(10)", "pair needs one number but gets 2; put fixedsum or linear(1) before it"),
            ("linear(2) fixedsum pair", "it ends in 2 outputs, the data has 10 classes"),
            ("clip linear(10)", "wrong number of arguments"),
            ("clip(0.5) linear(10)", "less than 0.5"),
            ("clip(1) linear(10)", "less than 0.5"),
            ("clip(-0.1) linear(10)", "give 0 or more"),
            ("layers = [{ clip = true }, \"linear(10)\"]", "clip = 0.001"),
        ] {
            let error = Network::build(text, MNIST, 10).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
