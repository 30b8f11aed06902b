//! Layer norm and group norm: every example is brought to mean 0 and variance 1 by its own numbers, then γ and β.

use burn::tensor::Tensor;

use valleyscope_kernels::LANES;

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built, positive},
    host_act::HostAct,
    init::Init,
    keys::Fault,
    layout::ParamKind,
    op::{Along, Local},
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

/// The numbers of an example that are taken together: features, and the γ and β of each.
type Set = Vec<(usize, usize)>;

impl ExampleNorm {
    /// Every set of an example.
    fn sets(&self, [c, h, w]: [usize; 3]) -> Vec<Set> {
        let plane = h * w;
        match self.0 {
            Over::All => vec![(0..c * plane).map(|i| (i, i)).collect()],
            Over::Groups(groups) => {
                let size = c / groups * plane;
                (0..groups).map(|g| (g * size..(g + 1) * size).map(|i| (i, i / plane)).collect()).collect()
            }
            Over::Channels => (0..plane).map(|p| (0..c).map(|ch| (ch * plane + p, ch)).collect()).collect(),
        }
    }
}

/// One number for each of [`LANES`] examples.
type Lanes = [f64; LANES];

/// The lanes of a batch, so many at a time.
fn groups(x: &HostAct) -> impl Iterator<Item = usize> + use<> {
    (0..x.width()).step_by(LANES)
}

/// The numbers of one feature in some lanes.
fn lanes(x: &HostAct, feature: usize, first: usize) -> Lanes {
    let mut wide = [0.0; LANES];
    let from = &x.data[feature * x.width() + first..][..LANES];
    wide.iter_mut().zip(from).for_each(|(wide, x)| *wide = f64::from(*x));
    wide
}

/// f of every lane.
fn each(f: impl FnMut(usize) -> f64) -> Lanes {
    std::array::from_fn(f)
}

/// Mean and 1 / √(σ² + ε) of a set; two sweeps, so that nothing cancels.
fn moments(set: &Set, x: &HostAct, first: usize) -> (Lanes, Lanes) {
    let count = set.len() as f64;
    let mut mean = [0.0; LANES];
    for (feature, _) in set {
        mean.iter_mut().zip(lanes(x, *feature, first)).for_each(|(sum, x)| *sum += x / count);
    }
    let mut variance = [0.0; LANES];
    for (feature, _) in set {
        let x = lanes(x, *feature, first);
        variance.iter_mut().zip(each(|i| (x[i] - mean[i]).powi(2))).for_each(|(sum, x)| *sum += x / count);
    }
    (mean, each(|i| (variance[i] + EPSILON).sqrt().recip()))
}

/// A set whose numbers change along a direction.
struct Moving<'a> {
    along: &'a Along<'a>,
    first: usize,
    mean: Lanes,
    mean_change: Lanes,
    /// s = 1 / √(σ² + ε)
    inverse: Lanes,
    /// s˙ = −s³ mean((x − μ) x˙)
    inverse_change: Lanes,
}

impl<'a> Moving<'a> {
    fn of(set: &Set, along: &'a Along<'a>, first: usize) -> Moving<'a> {
        let ((mean, inverse), count) = (moments(set, along.x, first), set.len() as f64);
        let (mut mean_change, mut covariance) = ([0.0; LANES], [0.0; LANES]);
        for (feature, _) in set {
            let (x, dx) = (lanes(along.x, *feature, first), lanes(along.dx, *feature, first));
            for i in 0..LANES {
                mean_change[i] += dx[i] / count;
                covariance[i] += (x[i] - mean[i]) * dx[i] / count;
            }
        }
        let inverse_change = each(|i| -inverse[i].powi(3) * covariance[i]);
        Moving { along, first, mean, mean_change, inverse, inverse_change }
    }

    /// x̂ = (x − μ) s of a feature, and its change.
    fn normalised(&self, feature: usize) -> (Lanes, Lanes) {
        let (x, dx) = (lanes(self.along.x, feature, self.first), lanes(self.along.dx, feature, self.first));
        let apart = each(|i| x[i] - self.mean[i]);
        let change = |i: usize| (dx[i] - self.mean_change[i]) * self.inverse[i] + apart[i] * self.inverse_change[i];
        (each(|i| apart[i] * self.inverse[i]), each(change))
    }
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
        let (mut y, width) = (HostAct::any(x.n, x.shape), x.width());
        for (set, first) in self.sets(x.shape).iter().flat_map(|set| groups(x).map(move |first| (set, first))) {
            let (mean, inverse) = moments(set, x, first);
            for (feature, affine) in set {
                let x = lanes(x, *feature, first);
                for (lane, y) in y.data[feature * width + first..][..LANES].iter_mut().enumerate() {
                    *y = ((x[lane] - mean[lane]) * inverse[lane]) as f32 * gamma[*affine] + beta[*affine];
                }
            }
        }
        y
    }

    /// dx = (g − mean(g) − x̂ · mean(g x̂)) / √(σ² + ε) with g = γ dy.
    fn back(&self, x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> HostAct {
        let [gamma, _] = pair(parameters);
        let (mut dx, width) = (HostAct::any(x.n, x.shape), x.width());
        for (set, first) in self.sets(x.shape).iter().flat_map(|set| groups(x).map(move |first| (set, first))) {
            let ((mean, inverse), count) = (moments(set, x, first), set.len() as f64);
            let slope = |feature: usize, affine: usize| lanes(dy, feature, first).map(|d| d * f64::from(gamma[affine]));
            let normalised = |feature: usize| {
                let x = lanes(x, feature, first);
                each(|i| (x[i] - mean[i]) * inverse[i])
            };
            let (mut alone, mut with_x) = ([0.0; LANES], [0.0; LANES]);
            for (feature, affine) in set {
                let (g, x) = (slope(*feature, *affine), normalised(*feature));
                for lane in 0..LANES {
                    alone[lane] += g[lane] / count;
                    with_x[lane] += g[lane] * x[lane] / count;
                }
            }
            for (feature, affine) in set {
                let (g, x) = (slope(*feature, *affine), normalised(*feature));
                for (lane, dx) in dx.data[feature * width + first..][..LANES].iter_mut().enumerate() {
                    *dx = (inverse[lane] * (g[lane] - alone[lane] - x[lane] * with_x[lane])) as f32;
                }
            }
        }
        dx
    }

    fn parameter_gradients(&self, x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> Vec<Vec<f64>> {
        let mut sums = vec![vec![0.0; parameters[0].len()]; 2];
        for (set, first) in self.sets(x.shape).iter().flat_map(|set| groups(x).map(move |first| (set, first))) {
            let (mean, inverse) = moments(set, x, first);
            for (feature, affine) in set {
                let (x, d) = (lanes(x, *feature, first), lanes(dy, *feature, first));
                sums[0][*affine] += each(|i| d[i] * (x[i] - mean[i]) * inverse[i]).iter().sum::<f64>();
                sums[1][*affine] += d.iter().sum::<f64>();
            }
        }
        sums
    }

    /// dy = γ dx̂ + dγ x̂ + dβ
    fn tangent(&self, along: &Along<'_>) -> HostAct {
        let ([gamma, _], [gamma_change, beta_change]) = (pair(along.parameters), pair(along.changes));
        let (mut dy, width) = (HostAct::any(along.x.n, along.x.shape), along.x.width());
        for (set, first) in self.sets(along.x.shape).iter().flat_map(|s| groups(along.x).map(move |first| (s, first))) {
            let moving = Moving::of(set, along, first);
            for (feature, affine) in set {
                let (x, dx) = moving.normalised(*feature);
                let by = [gamma[*affine], gamma_change[*affine], beta_change[*affine]].map(f64::from);
                for (lane, dy) in dy.data[feature * width + first..][..LANES].iter_mut().enumerate() {
                    *dy = (by[0] * dx[lane] + by[1] * x[lane] + by[2]) as f32;
                }
            }
        }
        dy
    }

    /// With s = 1/√(σ² + ε), g = γ dy, a = mean(g) and b = mean(g x̂), each with its change:
    /// s˙ (g − a − x̂ b) + s (g˙ − a˙ − x̂˙ b − x̂ b˙).
    fn back_tangent(&self, along: &Along<'_>, dy: &HostAct, ddy: &HostAct) -> HostAct {
        let ([gamma, _], [gamma_change, _]) = (pair(along.parameters), pair(along.changes));
        let (mut change, width) = (HostAct::any(along.x.n, along.x.shape), along.x.width());
        for (set, first) in self.sets(along.x.shape).iter().flat_map(|s| groups(along.x).map(move |first| (s, first))) {
            let (moving, count) = (Moving::of(set, along, first), set.len() as f64);
            let slopes = |feature: usize, affine: usize| {
                let (d, dd) = (lanes(dy, feature, first), lanes(ddy, feature, first));
                let (by, change) = (f64::from(gamma[affine]), f64::from(gamma_change[affine]));
                (d.map(|d| by * d), each(|i| by * dd[i] + change * d[i]))
            };
            // a, b and their changes.
            let mut means = [[0.0; 4]; LANES];
            for (feature, affine) in set {
                let ((x, dx), (g, dg)) = (moving.normalised(*feature), slopes(*feature, *affine));
                for (i, [a, b, da, db]) in means.iter_mut().enumerate() {
                    *a += g[i] / count;
                    *b += g[i] * x[i] / count;
                    *da += dg[i] / count;
                    *db += (dg[i] * x[i] + g[i] * dx[i]) / count;
                }
            }
            for (feature, affine) in set {
                let ((x, dx), (g, dg)) = (moving.normalised(*feature), slopes(*feature, *affine));
                for (i, change) in change.data[feature * width + first..][..LANES].iter_mut().enumerate() {
                    let [a, b, da, db] = means[i];
                    let by_scale = moving.inverse_change[i] * (g[i] - a - x[i] * b);
                    *change = (by_scale + moving.inverse[i] * (dg[i] - da - dx[i] * b - x[i] * db)) as f32;
                }
            }
        }
        change
    }

    fn parameter_gradients_tangent(&self, along: &Along<'_>, dy: &HostAct, ddy: &HostAct) -> Vec<Vec<f64>> {
        let mut sums = vec![vec![0.0; along.parameters[0].len()]; 2];
        for (set, first) in self.sets(along.x.shape).iter().flat_map(|s| groups(along.x).map(move |first| (s, first))) {
            let moving = Moving::of(set, along, first);
            for (feature, affine) in set {
                let (x, dx) = moving.normalised(*feature);
                let (d, dd) = (lanes(dy, *feature, first), lanes(ddy, *feature, first));
                sums[0][*affine] += each(|i| dd[i] * x[i] + d[i] * dx[i]).iter().sum::<f64>();
                sums[1][*affine] += dd.iter().sum::<f64>();
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
