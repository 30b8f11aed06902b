//! Batch norm on the host: statistics in f64 over all parts of a batch.

use crate::net::{buffer::Buffer, host_act::HostAct, op::BatchNorm, parts::Parts};

/// Mean and variance of every channel.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub mean: Vec<f64>,
    pub variance: Vec<f64>,
}

impl Moments {
    /// Mean and biased variance over all examples and pixels of a batch; two sweeps, so that nothing cancels.
    pub fn of(x: &Parts) -> Moments {
        let mean = channel_means(x, |x, _| x);
        let variance = channel_means(x, |x, ch| (x - mean[ch]) * (x - mean[ch]));
        Moments { mean, variance }
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

fn channels(x: &HostAct) -> impl Iterator<Item = &[f32]> {
    let [_, h, w] = x.planes();
    x.data.chunks_exact(x.n * h * w)
}

fn channel_means(x: &Parts, f: impl Fn(f64, usize) -> f64 + Sync) -> Vec<f64> {
    let sums = x.each(|part| {
        channels(part).enumerate().map(|(ch, x)| x.iter().map(|x| f(f64::from(*x), ch)).sum()).collect::<Vec<f64>>()
    });
    let count = count(x);
    added(sums).into_iter().map(|s| s / count).collect()
}

/// Numbers per channel in a batch.
pub(super) fn count(x: &Parts) -> f64 {
    x.0.iter().map(|p| p.n * p.planes()[1] * p.planes()[2]).sum::<usize>() as f64
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
    x.map(|x| {
        let mut data = Buffer::any(x.data.len());
        let size = data.len() / gamma.len();
        for (ch, (out, x)) in data.chunks_exact_mut(size).zip(channels(x)).enumerate() {
            let scale = f64::from(gamma[ch]) * moments.inverse_deviation(ch);
            let (scale, mean, shift) = (scale as f32, moments.mean[ch] as f32, beta[ch]);
            out.iter_mut().zip(x).for_each(|(o, x)| *o = (x - mean) * scale + shift);
        }
        x.like(data)
    })
}

/// Σ dy x̂ and Σ dy of every channel: dL/dγ and dL/dβ.
pub(super) fn parameter_gradients(x: &Parts, dy: &Parts, moments: &Moments) -> [Vec<f64>; 2] {
    let sums = x.each_with(dy, |x, dy| {
        let mut sums = [Vec::new(), Vec::new()];
        for (ch, (x, dy)) in channels(x).zip(channels(dy)).enumerate() {
            let (mean, inverse) = (moments.mean[ch], moments.inverse_deviation(ch));
            let (mut with_x, mut alone) = (0.0, 0.0);
            for (x, dy) in x.iter().zip(dy) {
                with_x += f64::from(*dy) * (f64::from(*x) - mean);
                alone += f64::from(*dy);
            }
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
                dy.iter_mut().for_each(|d| *d *= scale);
                continue;
            };
            let slope = (with_x[ch] / count * inverse) as f32;
            let (mean_dy, mean) = ((alone[ch] / count) as f32, moments.mean[ch] as f32);
            dy.iter_mut().zip(x).for_each(|(d, x)| *d = scale * (*d - mean_dy - (x - mean) * slope));
        }
    })
}
