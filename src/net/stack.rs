//! A network in one line, such as `conv(10,5) pool(2) relu flatten linear(10)`.

use super::{
    arch,
    builder::{Builder, Built, ConvSpec},
    layer::{Activation, Pool},
};
use crate::suggest;

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

/// One layer of a stack as it is written: its name and the numbers in brackets.
pub(super) struct Word {
    name: String,
    args: Vec<usize>,
}

/// Builds a stack; names are indices, as in `nn.Sequential`.
pub(super) fn build(b: &mut Builder, text: &str) -> Built {
    let words = words(text)?;
    match words.as_slice() {
        [] => Err(format!(
            "it is empty; write one of {}, or a stack such as \"linear(64) relu linear(10)\"",
            arch::NAMES.join(", ")
        )),
        [word] if !LAYERS.contains(&word.name.as_str()) => Err(suggest::unknown("network", &word.name, &arch::NAMES)),
        words => words.iter().enumerate().try_for_each(|(index, word)| word.build(b, &index.to_string())),
    }
}

impl Word {
    /// Adds the layer under `name`.
    pub(super) fn build(&self, b: &mut Builder, name: &str) -> Built {
        match (self.name.as_str(), self.args.as_slice()) {
            ("linear", [out]) => b.linear(name, *out),
            ("conv", [out, k]) => b.conv(name, ConvSpec::new(*out, *k)),
            ("conv", [out, k, stride]) => b.conv(name, ConvSpec::new(*out, *k).stride(*stride)),
            ("conv", [out, k, stride, pad]) => b.conv(name, ConvSpec::new(*out, *k).stride(*stride).pad(*pad)),
            ("pool" | "maxpool", [k]) => b.pool(Pool::Max, *k),
            ("avgpool", [k]) => b.pool(Pool::Average, *k),
            ("batchnorm", []) => b.batch_norm(name),
            ("globalavg", []) => b.global_average(),
            ("flatten", []) => {
                b.flatten();
                Ok(())
            }
            (word, []) if let Some((_, a)) = Activation::ALL.iter().find(|(n, _)| *n == word) => {
                b.activation(*a);
                Ok(())
            }
            (word, _) if LAYERS.contains(&word) => Err(format!(
                "{word} has the wrong number of arguments; write linear(OUT), conv(OUT,K[,STRIDE[,PAD]]), pool(K), \
                 avgpool(K), globalavg, batchnorm, flatten, relu, tanh, sigmoid or softplus"
            )),
            (word, _) => Err(suggest::unknown("layer", word, &LAYERS)),
        }
    }

    /// Whether the layer has parameters, which then need a name of their own.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.name.as_str(), "linear" | "conv" | "batchnorm")
    }
}

/// Splits `conv(10, 5) relu` into names and numbers.
pub(super) fn words(text: &str) -> Result<Vec<Word>, String> {
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
        out.push(Word { name: name.to_string(), args });
    }
    Ok(out)
}
