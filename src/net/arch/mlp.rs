//! Chains of linear layers with ReLU between them: `mlp`, `mlp:784-128-64-10`, and chains under other names.

use std::fmt;

use super::family::{Arch, Guess};
use crate::net::{
    builder::{Builder, Built},
    shapes::Shapes,
};

/// Widths of the hidden layers of plain `mlp`.
const HIDDEN: [usize; 2] = [128, 64];

/// A multilayer perceptron named as in `nn.Sequential(Linear, ReLU, Linear, …)`: every second index has parameters.
enum Mlp {
    /// As wide as the data at its ends, [`HIDDEN`] between.
    Plain,
    /// Input, hidden layers, output.
    Widths(Vec<usize>),
}

pub(super) fn read(name: &str, options: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    let mlp = match (name, options) {
        ("mlp", None) => Ok(Mlp::Plain),
        ("mlp", Some(text)) => widths(text).map(Mlp::Widths),
        _ => return None,
    };
    Some(mlp.map(|m| Box::new(m) as Box<dyn Arch>))
}

fn widths(text: &str) -> Result<Vec<usize>, String> {
    let number = |w: &str| w.parse().map_err(|_| format!("\"{w}\" is no width; write mlp:784-128-64-10"));
    let widths = text.split('-').map(number).collect::<Result<Vec<usize>, _>>()?;
    if widths.len() < 2 {
        return Err("an mlp needs at least two widths, input and output, such as mlp:784-10".into());
    }
    Ok(widths)
}

impl Arch for Mlp {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        let count = b.shape.count();
        let hidden = match self {
            Mlp::Plain => &HIDDEN,
            Mlp::Widths(widths) => match widths.as_slice() {
                [first, ..] if *first != count => {
                    let shape = b.shape;
                    return Err(format!(
                        "it takes {first} numbers, an example has {count} ({shape}); write mlp:{count}-…"
                    ));
                }
                [.., last] if *last != classes => {
                    return Err(format!(
                        "it ends in {last} outputs, the data has {classes} classes; write mlp:…-{classes}"
                    ));
                }
                [_, hidden @ .., _] => hidden,
                [] | [_] => &[],
            },
        };
        for (i, &width) in hidden.iter().enumerate() {
            b.linear(&(2 * i).to_string(), width)?;
            b.relu();
        }
        b.linear(&(2 * hidden.len()).to_string(), classes)
    }

    fn assumes(&self) -> Option<&'static str> {
        Some(RELU_ASSUMED)
    }
}

impl fmt::Display for Mlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mlp::Plain => f.write_str("mlp"),
            Mlp::Widths(widths) => {
                let widths: Vec<String> = widths.iter().map(usize::to_string).collect();
                write!(f, "mlp:{}", widths.join("-"))
            }
        }
    }
}

const RELU_ASSUMED: &str = "a checkpoint does not tell what is between linear layers; ReLU is assumed";

/// A chain whose layers have names of their own; its text is a TOML description.
struct Chain(Vec<Link>);

struct Link {
    name: String,
    input: usize,
    output: usize,
    bias: bool,
}

impl Arch for Chain {
    fn build(&self, b: &mut Builder, _: usize) -> Built {
        for (i, link) in self.0.iter().enumerate() {
            if i > 0 {
                b.relu();
            }
            b.linear_map(&link.name, link.output, link.bias)?;
        }
        Ok(())
    }

    fn assumes(&self) -> Option<&'static str> {
        Some(RELU_ASSUMED)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "layers = [")?;
        for (i, link) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f, "  \"relu\",")?;
            }
            let name = toml::Value::String(link.name.clone());
            let bias = if link.bias { "" } else { ", bias = false" };
            writeln!(f, "  {{ linear = {}, name = {name}{bias} }},", link.output)?;
        }
        write!(f, "]")
    }
}

/// Nothing but matrices and their biases, each matrix as wide as the one before it is high.
pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let links = shapes.orders().iter().find_map(|order| chain(order, shapes))?;
    let (first, last) = (links.first()?, links.last()?);
    let (input, classes) = (image_of(first.input), last.output);
    let usual = links.iter().enumerate().all(|(i, link)| link.bias && link.name == (2 * i).to_string());
    let arch: Box<dyn Arch> = if usual {
        let widths = std::iter::once(first.input).chain(links.iter().map(|l| l.output)).collect();
        Box::new(Mlp::Widths(widths))
    } else {
        Box::new(Chain(links))
    };
    Some(Guess { arch, input, classes })
}

fn chain(order: &[(&str, &[usize])], shapes: &Shapes<'_>) -> Option<Vec<Link>> {
    let mut links: Vec<Link> = Vec::new();
    for (tensor, shape) in order {
        if let (Some(name), [output, input]) = (tensor.strip_suffix(".weight"), shape) {
            if links.last().is_some_and(|before| before.output != *input) {
                return None;
            }
            let bias = shapes.dim(&format!("{name}.bias"), 0) == Some(*output);
            links.push(Link { name: name.into(), input: *input, output: *output, bias });
        } else if !tensor.ends_with(".bias") {
            return None;
        }
    }
    Some(links)
}

/// The image that `count` numbers most likely are: a square one, a square one in three colours, or a row.
fn image_of(count: usize) -> [usize; 3] {
    for channels in [1, 3] {
        let side = (count / channels).isqrt();
        if side > 1 && channels * side * side == count {
            return [channels, side, side];
        }
    }
    [1, 1, count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_images_where_they_can_be() {
        assert_eq!(image_of(784), [1, 28, 28]);
        assert_eq!(image_of(64), [1, 8, 8]);
        assert_eq!(image_of(3072), [3, 32, 32]);
        assert_eq!(image_of(2), [1, 1, 2]);
        assert_eq!(image_of(3), [1, 1, 3]);
        assert_eq!(image_of(usize::MAX), [1, 1, usize::MAX]);
    }
}
