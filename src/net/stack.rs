//! A network in one line, such as `conv(10,5) pool(2) relu flatten linear(10)`.

use super::{
    arch,
    builder::{Builder, Built},
    layer::{LAYERS, Layer},
    pointwise::Pointwise,
};
use crate::suggest;

/// The words that messages name first; others follow as they are listed.
const FIRST: [&str; 7] = ["linear", "conv", "pool", "maxpool", "avgpool", "globalavg", "batchnorm"];

/// Layers at most: more is a slip of the finger.
const LONGEST: usize = 5000;

/// One layer of a stack as it is written: its name and the numbers in brackets.
pub(super) struct Word {
    name: String,
    args: Vec<Number>,
}

/// A number as it is written.
#[derive(Clone, Copy)]
enum Number {
    Whole(usize),
    Decimal(f32),
}

impl Number {
    fn read(text: &str) -> Option<Number> {
        let decimal = || text.parse().ok().filter(|x: &f32| x.is_finite()).map(Number::Decimal);
        text.parse().ok().map(Number::Whole).or_else(decimal)
    }
}

/// Builds a stack; names are indices, as in `nn.Sequential`.
pub(super) fn build(b: &mut Builder, text: &str) -> Built {
    let words = words(text)?;
    match words.as_slice() {
        [] => Err(format!(
            "it is empty; write one of {}, or a stack such as \"linear(64) relu linear(10)\"",
            arch::NAMES.join(", ")
        )),
        [word] if word.layer().is_none() => Err(suggest::unknown("network", &word.name, &arch::NAMES)),
        words if words.len() > LONGEST => Err(format!("{} layers are more than {LONGEST}; use fewer", words.len())),
        words => words.iter().enumerate().try_for_each(|(index, word)| word.build(b, &index.to_string())),
    }
}

impl Word {
    fn layer(&self) -> Option<&'static dyn Layer> {
        LAYERS.iter().copied().find(|layer| layer.words().contains(&self.name.as_str()))
    }

    /// Adds the layer under `name`.
    pub(super) fn build(&self, b: &mut Builder, name: &str) -> Built {
        let whole = |number: &Number| match number {
            Number::Whole(n) => Some(*n),
            Number::Decimal(_) => None,
        };
        let whole: Option<Vec<usize>> = self.args.iter().map(whole).collect();
        match self.layer() {
            Some(layer) => match (whole, self.args.as_slice()) {
                (Some(numbers), _) => layer.in_stack(b, name, &self.name, &numbers),
                (None, [Number::Decimal(x)]) => layer.with_decimal(b, &self.name, *x),
                (None, _) => None,
            }
            .unwrap_or_else(|| Err(format!("{} has the wrong number of arguments; write {}", self.name, usage()))),
            None => Err(suggest::unknown("layer", &self.name, &known())),
        }
    }

    /// Whether the layer has parameters, which then need a name of their own.
    pub(super) fn is_named(&self) -> bool {
        self.layer().is_some_and(|layer| layer.is_named())
    }
}

/// Every word of a stack.
fn known() -> Vec<&'static str> {
    let mut words: Vec<&str> = LAYERS.iter().flat_map(|layer| layer.words()).collect();
    words.sort_by_key(|word| place(word));
    words
}

/// How each layer is written, activations last.
fn usage() -> String {
    let mut usages: Vec<&str> = LAYERS.iter().flat_map(|layer| layer.usage()).collect();
    usages.sort_by_key(|usage| {
        let word = usage.split(['(', '[']).next().unwrap_or(usage);
        (Pointwise::named(word).is_some(), place(word))
    });
    match usages.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => usages.concat(),
    }
}

/// Where messages name a word.
fn place(word: &str) -> usize {
    FIRST.iter().position(|first| *first == word).unwrap_or(FIRST.len())
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
                args.push(Number::read(number).ok_or_else(|| format!("\"{number}\" in {name}(…) is no number"))?);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is added, messages say the rest as they always did.
    #[test]
    fn messages_name_the_layers_in_their_order() {
        let always =
            ["linear", "conv", "pool", "maxpool", "avgpool", "globalavg", "batchnorm", "relu", "tanh", "sigmoid"];
        let known: Vec<&str> = known().into_iter().filter(|word| always.contains(word)).collect();
        assert_eq!(known, always);
        let usage = usage();
        let first = "linear(OUT), conv(OUT,K[,STRIDE[,PAD]]), pool(K[,STRIDE[,PAD]]), avgpool(K[,STRIDE[,PAD]]), globalavg, batchnorm, ";
        assert!(usage.starts_with(first) && usage.contains("flatten, relu, tanh, sigmoid"), "{usage}");
    }
}
