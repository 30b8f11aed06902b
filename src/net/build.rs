//! From a name or a line of text to a network: `mlp`, `mlp:784-128-64-10`, `lenet`, or any sequential stack.

use super::{
    Network,
    builder::{Builder, ConvSpec},
    layer::{Activation, Pool},
};
use crate::suggest;

/// A network that cannot be built, with what to write instead.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("--net {text}: {cause}")]
pub struct NetError {
    text: String,
    cause: String,
}

/// Architectures known by name.
pub const NAMES: [&str; 2] = ["mlp", "lenet"];

/// The layers a stack is written with.
const LAYERS: [&str; 12] = [
    "linear",
    "conv",
    "pool",
    "maxpool",
    "avgpool",
    "globalavg",
    "batchnorm",
    "relu",
    "tanh",
    "sigmoid",
    "softplus",
    "flatten",
];

/// Widths of the hidden layers of plain `mlp`.
const MLP_HIDDEN: [usize; 2] = [128, 64];

impl Network {
    /// Builds the network written as `text` for images of `input` = `[C, H, W]` and `classes` outputs.
    ///
    /// # Errors
    /// Unknown names and layers (with a suggestion), windows larger than their input, widths that do not fit the data.
    pub fn build(text: &str, input: [usize; 3], classes: usize) -> Result<Network, NetError> {
        let mut b = Builder::new(input);
        let trimmed = text.trim();
        let made = match trimmed.split_once(':') {
            Some(("mlp", widths)) => explicit_mlp(&mut b, widths, classes),
            _ if trimmed == "mlp" => mlp(&mut b, &MLP_HIDDEN, classes),
            _ if trimmed == "lenet" => lenet(&mut b, classes),
            _ => stack(&mut b, trimmed),
        };
        let fail = |cause| NetError { text: text.to_string(), cause };
        made.map_err(fail)?;
        b.finish(classes).map_err(fail)
    }
}

fn mlp(b: &mut Builder, hidden: &[usize], classes: usize) -> Result<(), String> {
    // Names as in nn.Sequential(Linear, ReLU, Linear, …): every second index has parameters.
    for (i, &width) in hidden.iter().enumerate() {
        b.linear(&(2 * i).to_string(), width)?;
        b.activation(Activation::Relu);
    }
    b.linear(&(2 * hidden.len()).to_string(), classes)
}

fn explicit_mlp(b: &mut Builder, widths: &str, classes: usize) -> Result<(), String> {
    let widths = widths
        .split('-')
        .map(|w| w.parse().map_err(|_| format!("\"{w}\" is no width; write mlp:784-128-64-10")))
        .collect::<Result<Vec<usize>, _>>()?;
    let [first, hidden @ .., last] = widths.as_slice() else {
        return Err("an mlp needs at least two widths, input and output, such as mlp:784-10".into());
    };
    if *first != b.shape.count() {
        return Err(format!(
            "it takes {first} numbers, an example has {} ({}); write mlp:{}-…",
            b.shape.count(),
            b.shape,
            b.shape.count()
        ));
    }
    if *last != classes {
        return Err(format!("it ends in {last} outputs, the data has {classes} classes; write mlp:…-{classes}"));
    }
    mlp(b, hidden, *last)
}

/// The LeNet-like network of "The Anisotropic Noise in SGD" (D.3); 11,330 parameters on 1×28×28 and 10 classes.
fn lenet(b: &mut Builder, classes: usize) -> Result<(), String> {
    b.conv("conv1", ConvSpec::new(10, 5))?;
    b.pool(Pool::Max, 2)?;
    b.activation(Activation::Relu);
    b.conv("conv2", ConvSpec::new(10, 5))?;
    b.pool(Pool::Max, 2)?;
    b.activation(Activation::Relu);
    b.flatten();
    b.linear("fc1", 50)?;
    b.activation(Activation::Relu);
    b.linear("fc2", classes)
}

/// A stack such as `conv(10,5) pool(2) relu flatten linear(10)`; names are indices, as in `nn.Sequential`.
fn stack(b: &mut Builder, text: &str) -> Result<(), String> {
    let words = words(text)?;
    if words.is_empty() {
        return Err(format!(
            "it is empty; write {}, or a stack such as \"linear(64) relu linear(10)\"",
            NAMES.join(", ")
        ));
    }
    for (index, (name, args)) in words.iter().enumerate() {
        let id = index.to_string();
        match (name.as_str(), args.as_slice()) {
            ("linear", [out]) => b.linear(&id, *out)?,
            ("conv", [out, k]) => b.conv(&id, ConvSpec::new(*out, *k))?,
            ("conv", [out, k, stride]) => b.conv(&id, ConvSpec::new(*out, *k).stride(*stride))?,
            ("conv", [out, k, stride, pad]) => b.conv(&id, ConvSpec::new(*out, *k).stride(*stride).pad(*pad))?,
            ("pool" | "maxpool", [k]) => b.pool(Pool::Max, *k)?,
            ("avgpool", [k]) => b.pool(Pool::Average, *k)?,
            ("batchnorm", []) => b.batch_norm(&id)?,
            ("globalavg", []) => b.global_average()?,
            ("flatten", []) => b.flatten(),
            (name, []) if let Some((_, a)) = Activation::ALL.iter().find(|(n, _)| *n == name) => b.activation(*a),
            (name, _) if LAYERS.contains(&name) => {
                return Err(format!(
                    "{name} has the wrong number of arguments; write linear(OUT), conv(OUT,K[,STRIDE[,PAD]]), pool(K), \
                     avgpool(K), globalavg, batchnorm, flatten, relu, tanh, sigmoid or softplus"
                ));
            }
            (name, _) if index == 0 && words.len() == 1 => return Err(suggest::unknown("network", name, &NAMES)),
            (name, _) => return Err(suggest::unknown("layer", name, &LAYERS)),
        }
    }
    Ok(())
}

/// Splits `conv(10, 5) relu` into names and numbers.
fn words(text: &str) -> Result<Vec<(String, Vec<usize>)>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        let mut args = Vec::new();
        rest = tail.trim_start();
        if let Some(inside) = rest.strip_prefix('(') {
            let Some((list, after)) = inside.split_once(')') else {
                return Err(format!("{name}( has no closing bracket"));
            };
            for number in list.split(',').map(str::trim).filter(|n| !n.is_empty()) {
                args.push(number.parse().map_err(|_| format!("\"{number}\" in {name}(…) is no whole number"))?);
            }
            rest = after.trim_start();
        }
        if name.is_empty() {
            return Err("a bracket without a layer name before it".into());
        }
        out.push((name.to_string(), args));
    }
    Ok(out)
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
            ("pool(2,3) linear(10)", "wrong number"),
            ("linear(99999999999999999)", "too large"),
            ("linear(1000000000) linear(10)", "too large"),
            ("conv(10,5,1,9223372036854775807) linear(10)", "pads more"),
        ] {
            let error = Network::build(text, MNIST, 10).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
