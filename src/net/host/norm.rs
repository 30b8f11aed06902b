//! Batch norm on the host: statistics in f64 over all parts of a batch.

use valleyscope_kernels::{sum_lanes, wide};

use crate::net::{buffer::Buffer, host_act::HostAct, network::Network, op::BatchNorm, parts::Parts};

/// Mean and variance of every channel.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub mean: Vec<f64>,
    pub variance: Vec<f64>,
}

impl Moments {
    /// Mean and biased variance over all examples and pixels of a batch.
    pub fn of(x: &Parts) -> Moments {
        Moments::merged(&x.each(part_moments))
    }

    /// Those of a batch from those of its parts (Chan, Golub and LeVeque 1983): nothing cancels, as squares are of distances from
    /// means only.
    pub fn merged(parts: &[PartMoments]) -> Moments {
        let count: f64 = parts.iter().map(|part| part.count).sum();
        let channels = parts.first().map_or(0, |part| part.mean.len());
        let mean = |ch: usize| parts.iter().map(|part| part.count * part.mean[ch]).sum::<f64>() / count;
        let mean: Vec<f64> = (0..channels).map(mean).collect();
        let squares =
            |part: &PartMoments, ch: usize| part.squares[ch] + part.count * (part.mean[ch] - mean[ch]).powi(2);
        let variance = |ch: usize| parts.iter().map(|part| squares(part, ch)).sum::<f64>() / count;
        let variance = (0..channels).map(variance).collect();
        Moments { mean, variance }
    }

    /// Writes what a layer saw, `count` numbers per channel, to its place among the buffers; unbiased, as running variances are kept.
    pub fn note(&self, network: &Network, layer: BatchNorm, count: f64, seen: &mut [f32]) {
        let buffers = network.buffers();
        let unbiased = count / (count - 1.0);
        for (out, m) in seen[buffers.get(layer.mean).range()].iter_mut().zip(&self.mean) {
            *out = *m as f32;
        }
        for (out, v) in seen[buffers.get(layer.variance).range()].iter_mut().zip(&self.variance) {
            *out = (v * unbiased) as f32;
        }
    }

    /// Those stored beside θ.
    pub fn running(mean: &[f32], variance: &[f32]) -> Moments {
        let wide = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect();
        Moments { mean: wide(mean), variance: wide(variance) }
    }

    /// 1 / √(σ² + ε); NaN where a combination of running variances went below −ε.
    pub fn inverse_deviation(&self, channel: usize) -> f64 {
        (self.variance[channel] + BatchNorm::EPSILON).sqrt().recip()
    }
}

/// Of a part: numbers per channel, means, and squares of the distances from them.
#[derive(Clone, Debug)]
pub(super) struct PartMoments {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

/// Two sweeps, so that nothing cancels.
pub(super) fn part_moments(x: &HostAct) -> PartMoments {
    let count = (x.n * x.shape[1] * x.shape[2]) as f64;
    let mean: Vec<f64> = channels(x).map(|values| sum(x, [values], |[x]| x) / count).collect();
    let square = |(values, mean): (&[f32], &f64)| sum(x, [values], |[x]| (x - mean) * (x - mean));
    let squares = channels(x).zip(&mean).map(square).collect();
    PartMoments { count, mean, squares }
}

fn channels(x: &HostAct) -> impl Iterator<Item = &[f32]> {
    x.data.chunks_exact(x.channel())
}

/// Σ f over the numbers of a channel of several activations that belong to examples.
fn sum<const K: usize>(of: &HostAct, channels: [&[f32]; K], f: impl Fn([f64; K]) -> f64) -> f64 {
    sum_lanes(channels, of.width(), of.n, f)
}

/// Σ x of every channel.
pub(super) fn channel_sums(x: &HostAct) -> Vec<f64> {
    channels(x).map(|values| sum(x, [values], |[x]| x)).collect()
}

/// Numbers per channel in a batch.
pub(super) fn count(x: &Parts) -> f64 {
    x.0.iter().map(|p| p.n * p.shape[1] * p.shape[2]).sum::<usize>() as f64
}

/// Element-wise sum, in the order given.
fn added(rows: Vec<Vec<f64>>) -> Vec<f64> {
    let mut rows = rows.into_iter();
    let mut sum = rows.next().unwrap_or_default();
    for row in rows {
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
    }
    sum
}

/// γ (x − μ) / √(σ² + ε) + β.
pub(super) fn normalised(x: &Parts, moments: &Moments, gamma: &[f32], beta: &[f32]) -> Parts {
    x.map(|x| normalised_part(x, moments, gamma, beta))
}

/// The same of one part.
pub(super) fn normalised_part(x: &HostAct, moments: &Moments, gamma: &[f32], beta: &[f32]) -> HostAct {
    let mut data = Buffer::any(x.data.len());
    let size = data.len() / gamma.len();
    for (ch, (out, x)) in data.chunks_exact_mut(size).zip(channels(x)).enumerate() {
        let scale = f64::from(gamma[ch]) * moments.inverse_deviation(ch);
        let (scale, mean, shift) = (scale as f32, moments.mean[ch] as f32, beta[ch]);
        wide(|| out.iter_mut().zip(x).for_each(|(o, x)| *o = (x - mean) * scale + shift));
    }
    x.like(data)
}

/// Σ dy x̂ and Σ dy of every channel: dL/dγ and dL/dβ.
pub(super) fn parameter_gradients(x: &Parts, dy: &Parts, moments: &Moments) -> [Vec<f64>; 2] {
    let sums = x.each_with(dy, |part, dy| {
        let mut sums = [Vec::new(), Vec::new()];
        for (ch, (x, dy)) in channels(part).zip(channels(dy)).enumerate() {
            let (mean, inverse) = (moments.mean[ch], moments.inverse_deviation(ch));
            let with_x = sum(part, [x, dy], |[x, dy]| dy * (x - mean));
            let alone = sum(part, [dy], |[dy]| dy);
            sums[0].push(with_x * inverse);
            sums[1].push(alone);
        }
        sums
    });
    let (with_x, alone) = sums.into_iter().map(|[a, b]| (a, b)).unzip();
    [added(with_x), added(alone)]
}

/// dL/dx. With batch statistics x acts through μ and σ² as well:
/// dx = γ/√(σ²+ε) · (dy − mean(dy) − x̂ · mean(dy x̂)).
pub(super) fn input_gradient(
    x: &Parts,
    dy: Parts,
    moments: &Moments,
    gamma: &[f32],
    through_statistics: Option<&[Vec<f64>; 2]>,
) -> Parts {
    let count = count(x);
    dy.update_with(x, |dy, x| {
        let size = dy.data.len() / gamma.len();
        for (ch, (dy, x)) in dy.data.chunks_exact_mut(size).zip(channels(x)).enumerate() {
            let inverse = moments.inverse_deviation(ch);
            let scale = (f64::from(gamma[ch]) * inverse) as f32;
            let Some([with_x, alone]) = through_statistics else {
                wide(|| dy.iter_mut().for_each(|d| *d *= scale));
                continue;
            };
            let slope = (with_x[ch] / count * inverse) as f32;
            let (mean_dy, mean) = ((alone[ch] / count) as f32, moments.mean[ch] as f32);
            wide(|| dy.iter_mut().zip(x).for_each(|(d, x)| *d = scale * (*d - mean_dy - (x - mean) * slope)));
        }
        dy.clear_beyond();
    })
}

/// How the statistics of every channel change along a direction.
#[derive(Clone, Debug)]
pub(super) struct MomentsChange {
    mean: Vec<f64>,
    /// Of s = 1/√(σ² + ε): s˙ = −s³ mean((x − μ) x˙).
    inverse: Vec<f64>,
}

impl MomentsChange {
    /// Running statistics are no function of θ.
    pub fn none(channels: usize) -> MomentsChange {
        MomentsChange { mean: vec![0.0; channels], inverse: vec![0.0; channels] }
    }

    /// Those of a batch.
    pub fn of(x: &Parts, dx: &Parts, moments: &Moments) -> MomentsChange {
        let count = count(x);
        let sums = x.each_with(dx, |part, dx| {
            let both = channels(part).zip(channels(dx)).zip(&moments.mean);
            let sums =
                both.map(|((x, dx), mean)| (sum(part, [dx], |[dx]| dx), sum(part, [x, dx], |[x, dx]| (x - mean) * dx)));
            sums.unzip::<_, _, Vec<f64>, Vec<f64>>()
        });
        let (means, covariances): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
        let inverse = |(ch, covariance): (usize, f64)| -moments.inverse_deviation(ch).powi(3) * covariance / count;
        MomentsChange {
            mean: added(means).into_iter().map(|sum| sum / count).collect(),
            inverse: added(covariances).into_iter().enumerate().map(inverse).collect(),
        }
    }
}

/// γ and its change, and that of β.
#[derive(Clone, Copy)]
pub(super) struct ScaleChange<'a> {
    pub gamma: &'a [f32],
    pub gamma_change: &'a [f32],
    pub beta_change: &'a [f32],
}

/// y˙ = γ ((x˙ − μ˙) s + (x − μ) s˙) + γ˙ (x − μ) s + β˙.
pub(super) fn tangent(
    x: &Parts,
    dx: &Parts,
    moments: &Moments,
    change: &MomentsChange,
    scale: ScaleChange<'_>,
) -> Parts {
    dx.map_with(x, |dx, x| {
        let mut data = Buffer::any(x.data.len());
        let out = data.chunks_exact_mut(x.channel());
        for (ch, ((out, x), dx)) in out.zip(channels(x)).zip(channels(dx)).enumerate() {
            let inverse = moments.inverse_deviation(ch);
            let [gamma, gamma_change, beta_change] =
                [scale.gamma, scale.gamma_change, scale.beta_change].map(|p| f64::from(p[ch]));
            let by_change = (gamma * inverse) as f32;
            let by_value = (gamma * change.inverse[ch] + gamma_change * inverse) as f32;
            let alone = (beta_change - gamma * inverse * change.mean[ch]) as f32;
            let mean = moments.mean[ch] as f32;
            wide(|| {
                for ((out, x), dx) in out.iter_mut().zip(x).zip(dx) {
                    *out = by_change * dx + by_value * (x - mean) + alone;
                }
            });
        }
        x.like(data)
    })
}

/// What batch norm saw, and how it changes.
pub(super) struct Moving<'a> {
    pub x: &'a Parts,
    pub dx: &'a Parts,
    pub moments: &'a Moments,
    pub change: &'a MomentsChange,
    pub scale: ScaleChange<'a>,
    /// Whether x acts through the statistics.
    pub through_statistics: bool,
}

/// A channel's x̂ and its change as linear in x and x˙: x̂ = s (x − μ), x̂˙ = s (x˙ − μ˙) + s˙ (x − μ).
#[derive(Clone, Copy)]
struct Normalised {
    mean: f64,
    mean_change: f64,
    inverse: f64,
    inverse_change: f64,
}

impl Normalised {
    fn of(moving: &Moving<'_>, ch: usize) -> Normalised {
        let (moments, change) = (moving.moments, moving.change);
        Normalised {
            mean: moments.mean[ch],
            mean_change: change.mean[ch],
            inverse: moments.inverse_deviation(ch),
            inverse_change: change.inverse[ch],
        }
    }

    #[inline(always)]
    fn at(self, x: f64, dx: f64) -> [f64; 2] {
        let apart = x - self.mean;
        [apart * self.inverse, (dx - self.mean_change) * self.inverse + apart * self.inverse_change]
    }
}

/// Σ δ, Σ δ x̂ and their changes, Σ δ˙ and Σ (δ˙ x̂ + δ x̂˙), of every channel; the last two are those of dL/dβ and dL/dγ.
pub(super) fn sums(moving: &Moving<'_>, dy: &Parts, ddy: &Parts) -> [Vec<f64>; 4] {
    let whole = Parts::zipped([moving.x, moving.dx, dy, ddy], |[x, dx, dy, ddy]| {
        let mut all: [Vec<f64>; 4] = Default::default();
        let slopes = channels(dy).zip(channels(ddy));
        for (ch, ((x_ch, dx), (dy, ddy))) in channels(x).zip(channels(dx)).zip(slopes).enumerate() {
            let normalised = Normalised::of(moving, ch);
            all[0].push(sum(x, [dy], |[dy]| dy));
            all[1].push(sum(x, [x_ch, dx, dy], |[x, dx, dy]| dy * normalised.at(x, dx)[0]));
            all[2].push(sum(x, [ddy], |[ddy]| ddy));
            all[3].push(sum(x, [x_ch, dx, dy, ddy], |[x, dx, dy, ddy]| {
                let [hat, change] = normalised.at(x, dx);
                ddy * hat + dy * change
            }));
        }
        all
    });
    let mut columns: [Vec<Vec<f64>>; 4] = Default::default();
    for part in whole {
        columns.iter_mut().zip(part).for_each(|(column, sums)| column.push(sums));
    }
    columns.map(added)
}

/// The change of dL/dx. With a = mean(δ), b = mean(δ x̂) and their changes from `sums`:
/// (γ˙ s + γ s˙) (δ − a − x̂ b) + γ s (δ˙ − a˙ − x̂˙ b − x̂ b˙); with running statistics γ˙ s δ + γ s δ˙.
pub(super) fn input_gradient_tangent(moving: &Moving<'_>, dy: &Parts, ddy: &Parts, sums: &[Vec<f64>; 4]) -> Parts {
    let count = count(moving.x);
    Parts::new(Parts::zipped([moving.x, moving.dx, dy, ddy], |[x, dx, dy, ddy]| {
        let mut data = Buffer::any(x.data.len());
        let slopes = channels(dy).zip(channels(ddy));
        let inputs = channels(x).zip(channels(dx));
        let out = data.chunks_exact_mut(x.channel());
        for (ch, (out, ((x, dx), (dy, ddy)))) in out.zip(inputs.zip(slopes)).enumerate() {
            let normalised = Normalised::of(moving, ch);
            let (gamma, gamma_change) = (f64::from(moving.scale.gamma[ch]), f64::from(moving.scale.gamma_change[ch]));
            let by_slope = gamma_change * normalised.inverse + gamma * normalised.inverse_change;
            let by_change = gamma * normalised.inverse;
            let [a, b, da, db] = match moving.through_statistics {
                true => [0, 1, 2, 3].map(|i| sums[i][ch] / count),
                false => [0.0; 4],
            };
            wide(|| {
                for ((out, (x, dx)), (dy, ddy)) in out.iter_mut().zip(x.iter().zip(dx)).zip(dy.iter().zip(ddy)) {
                    let [hat, change] = normalised.at(f64::from(*x), f64::from(*dx));
                    let slope = f64::from(*dy) - a - hat * b;
                    let slope_change = f64::from(*ddy) - da - change * b - hat * db;
                    *out = (by_slope * slope + by_change * slope_change) as f32;
                }
            });
        }
        let mut out = x.like(data);
        out.clear_beyond();
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However a batch is cut, and where a difference of large numbers would lose all digits.
    #[test]
    fn moments_of_parts_are_those_of_the_whole() {
        for offset in [0.0, 1e4] {
            let images: Vec<f32> = (0..53 * 12).map(|i| offset + ((i * 31) % 23) as f32 / 8.0).collect();
            let value = |n: usize, c: usize, p: usize| f64::from(images[(n * 3 + c) * 4 + p]);
            for size in [53, 16, 20, 1] {
                let parts = Parts::new(images.chunks(size * 12).map(|part| HostAct::images(part, [3, 2, 2])));
                let moments = Moments::of(&parts);
                for c in 0..3 {
                    let all = || (0..53).flat_map(|n| (0..4).map(move |p| (n, p)));
                    let mean = all().map(|(n, p)| value(n, c, p)).sum::<f64>() / 212.0;
                    let variance = all().map(|(n, p)| (value(n, c, p) - mean).powi(2)).sum::<f64>() / 212.0;
                    assert!((moments.mean[c] - mean).abs() < 1e-12 * (1.0 + mean.abs()), "{size}");
                    assert!((moments.variance[c] - variance).abs() < 1e-9 * variance, "{size}");
                }
            }
        }
    }
}
