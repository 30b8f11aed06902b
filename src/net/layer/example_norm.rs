//! Layer norm and group norm: every example is brought to mean 0 and variance 1 by its own numbers, then γ and β.

use burn::tensor::Tensor;

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    buffer::Buffer,
    builder::{Builder, Built, positive},
    host_act::{Form, HostAct},
    init::Init,
    keys::Fault,
    layout::ParamKind,
    op::Local,
    shape::Shape,
};

/// ε, PyTorch's default for both.
const EPSILON: f64 = 1e-5;

/// `layernorm`: over all numbers of an example, `nn.LayerNorm` of its shape; in a description also over the channels of every pixel.
pub(super) struct LayerNorm;

impl Layer for LayerNorm {
    fn beside(&self) -> &'static [&'static str] {
        &["over"]
    }

    fn is_named(&self) -> bool {
        true
    }

    fn usage(&self) -> Vec<&'static str> {
        vec!["layernorm"]
    }

    fn in_stack(&self, b: &mut Builder, name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.example_norm(name, Over::All))
    }

    fn in_description(&self, b: &mut Builder, name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        entry.is_on()?;
        let over = if entry.over_channels()? { Over::Channels } else { Over::All };
        b.example_norm(name, over)?;
        Ok(())
    }
}

/// `groupnorm(G)`: over G groups of channels each; with G = channels, instance norm with γ and β.
pub(super) struct GroupNorm;

impl Layer for GroupNorm {
    fn is_named(&self) -> bool {
        true
    }

    fn usage(&self) -> Vec<&'static str> {
        vec!["groupnorm(GROUPS)"]
    }

    fn in_stack(&self, b: &mut Builder, name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        match numbers {
            [groups] => Some(b.example_norm(name, Over::Groups(*groups))),
            _ => None,
        }
    }
}

impl Builder {
    fn example_norm(&mut self, name: &str, over: Over) -> Built {
        if let Over::Groups(groups) = over {
            positive("groupnorm", groups)?;
            let channels = self.channels();
            if !channels.is_multiple_of(groups) {
                return Err(format!(
                    "groupnorm({groups}) needs a number of channels that is a multiple of it, not {channels}"
                ));
            }
        }
        if over == Over::Channels {
            self.image("layernorm over channels")?;
        }
        let shape = match (over, self.shape) {
            (Over::All, Shape::Image(sides)) => sides.to_vec(),
            _ => vec![self.channels()],
        };
        let weight = self.parameter(format!("{name}.weight"), shape.clone(), ParamKind::Norm, Init::Ones);
        let bias = self.parameter(format!("{name}.bias"), shape, ParamKind::Norm, Init::Zeros);
        self.local(ExampleNorm(over), vec![weight, bias]);
        self.gives(self.shape, 0);
        Ok(())
    }
}

/// Which numbers of an example are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    All,
    /// Equal groups of channels.
    Groups(usize),
    /// The channels of a pixel.
    Channels,
}

/// γ (x − μ) / √(σ² + ε) + β with the mean and biased variance of each set of numbers; γ and β for every channel, and for every number
/// where all are taken together.
#[derive(Debug)]
struct ExampleNorm(Over);

/// Numbers one after the other in a buffer, and where their γ and β begin. Without `step` all have the same.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    affine: usize,
    step: usize,
}

impl Run {
    fn places(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.len).map(move |i| (self.start + i, self.affine + i * self.step))
    }
}

/// The numbers that are taken together, as runs.
type Set = Vec<Run>;

impl ExampleNorm {
    /// Every set of a batch.
    fn sets(&self, x: &HostAct) -> Vec<Set> {
        let n = x.n;
        match (x.form, self.0) {
            (Form::Rows { f }, over) => {
                let groups = if let Over::Groups(groups) = over { groups } else { 1 };
                let len = f / groups;
                let set = |example: usize, group: usize| {
                    vec![Run { start: example * f + group * len, len, affine: group * len, step: 1 }]
                };
                (0..n).flat_map(|example| (0..groups).map(move |group| set(example, group))).collect()
            }
            (Form::Planes { c, h, w }, over) => {
                let plane = h * w;
                let run = move |channel: usize, example: usize, pixel: usize| {
                    let start = (channel * n + example) * plane + pixel;
                    match over {
                        Over::All => Run { start, len: plane, affine: channel * plane, step: 1 },
                        Over::Groups(_) => Run { start, len: plane, affine: channel, step: 0 },
                        Over::Channels => Run { start, len: 1, affine: channel, step: 0 },
                    }
                };
                let (groups, pixels) = match over {
                    Over::All => (1, 1),
                    Over::Groups(groups) => (groups, 1),
                    Over::Channels => (1, plane),
                };
                let of = c / groups;
                let set = move |example: usize, part: usize| {
                    let (group, pixel) = (part / pixels, part % pixels);
                    (group * of..(group + 1) * of).map(|channel| run(channel, example, pixel)).collect::<Set>()
                };
                (0..n).flat_map(|example| (0..groups * pixels).map(move |part| set(example, part))).collect()
            }
        }
    }
}

fn places(set: &Set) -> impl Iterator<Item = (usize, usize)> + '_ {
    set.iter().flat_map(|run| run.places())
}

/// Mean and 1 / √(σ² + ε) of a set; two sweeps, so that nothing cancels.
fn moments(set: &Set, x: &[f32]) -> (f64, f64) {
    let count = set.iter().map(|run| run.len).sum::<usize>() as f64;
    let mean = places(set).map(|(i, _)| f64::from(x[i])).sum::<f64>() / count;
    let variance = places(set).map(|(i, _)| (f64::from(x[i]) - mean).powi(2)).sum::<f64>() / count;
    (mean, (variance + EPSILON).sqrt().recip())
}

impl Local for ExampleNorm {
    fn words(&self) -> String {
        match self.0 {
            Over::All => "layer norm".into(),
            Over::Groups(groups) => format!("group norm {groups}"),
            Over::Channels => "layer norm over channels".into(),
        }
    }

    fn on_host(&self, x: &HostAct, parameters: &[&[f32]]) -> HostAct {
        let [gamma, beta] = pair(parameters);
        let mut data = Buffer::any(x.data.len());
        for set in self.sets(x) {
            let (mean, inverse) = moments(&set, &x.data);
            for (i, affine) in places(&set) {
                data[i] = ((f64::from(x.data[i]) - mean) * inverse) as f32 * gamma[affine] + beta[affine];
            }
        }
        x.like(data)
    }

    /// dx = (g − mean(g) − x̂ · mean(g x̂)) / √(σ² + ε) with g = γ dy.
    fn back(&self, x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> HostAct {
        let [gamma, _] = pair(parameters);
        let mut data = Buffer::any(x.data.len());
        for set in self.sets(x) {
            let (mean, inverse) = moments(&set, &x.data);
            let (mut count, mut alone, mut with_x) = (0.0, 0.0, 0.0);
            for (i, affine) in places(&set) {
                let g = f64::from(dy.data[i]) * f64::from(gamma[affine]);
                count += 1.0;
                alone += g;
                with_x += g * (f64::from(x.data[i]) - mean) * inverse;
            }
            for (i, affine) in places(&set) {
                let g = f64::from(dy.data[i]) * f64::from(gamma[affine]);
                let normalised = (f64::from(x.data[i]) - mean) * inverse;
                data[i] = (inverse * (g - alone / count - normalised * with_x / count)) as f32;
            }
        }
        x.like(data)
    }

    fn parameter_gradients(&self, x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> Vec<Vec<f64>> {
        let mut sums = vec![vec![0.0; parameters[0].len()]; 2];
        for set in self.sets(x) {
            let (mean, inverse) = moments(&set, &x.data);
            for (i, affine) in places(&set) {
                let d = f64::from(dy.data[i]);
                sums[0][affine] += d * (f64::from(x.data[i]) - mean) * inverse;
                sums[1][affine] += d;
            }
        }
        sums
    }

    fn on_tensors(&self, x: Act, parameters: &[&Tensor<1>]) -> Act {
        let [gamma, beta] = [parameters[0].clone(), parameters[1].clone()];
        match (x, self.0) {
            (Act::Flat(x), over) => {
                let [n, f] = x.dims();
                let groups = if let Over::Groups(groups) = over { groups } else { 1 };
                let y = normalised(x.reshape([n * groups, f / groups])).reshape([n, f]);
                Act::Flat(y * gamma.reshape([1, f]) + beta.reshape([1, f]))
            }
            (Act::Image(x), over) => {
                let [n, c, h, w] = x.dims();
                let y = match over {
                    Over::All => normalised(x.reshape([n, c * h * w])).reshape([n, c, h, w]),
                    Over::Groups(groups) => {
                        normalised(x.reshape([n * groups, c / groups * h * w])).reshape([n, c, h, w])
                    }
                    Over::Channels => {
                        let pixels = x.permute([0, 2, 3, 1]).reshape([n * h * w, c]);
                        normalised(pixels).reshape([n, h, w, c]).permute([0, 3, 1, 2])
                    }
                };
                let shape = if over == Over::All { [1, c, h, w] } else { [1, c, 1, 1] };
                Act::Image(y * gamma.reshape(shape) + beta.reshape(shape))
            }
        }
    }
}

/// γ and β.
fn pair<'a>(parameters: &[&'a [f32]]) -> [&'a [f32]; 2] {
    [parameters[0], parameters[1]]
}

/// Every row brought to mean 0 and variance 1.
fn normalised(x: Tensor<2>) -> Tensor<2> {
    let x = x.clone() - x.mean_dim(1);
    let variance = x.clone().square().mean_dim(1);
    x / (variance + EPSILON as f32).sqrt()
}
