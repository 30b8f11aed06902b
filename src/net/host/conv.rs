//! Convolution: forwards, and its derivatives by the weights and by the input.

use valleyscope_kernels::{Plus, Sweep, Weights, correlate, sweep};

use crate::net::{buffer::Buffer, host_act::HostAct, op::Conv2d, windows::Windows};

/// A convolution's sizes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    out: usize,
    windows: Windows,
    groups: usize,
}

impl Geometry {
    /// Those of a layer with `out` channels.
    pub fn of(layer: Conv2d, out: usize) -> Geometry {
        Geometry { out, windows: layer.windows, groups: layer.groups }
    }

    /// Whether the windows are the pixels themselves.
    fn is_pointwise(&self) -> bool {
        let Windows { k, stride, padding, .. } = self.windows;
        k == 1 && stride == 1 && padding == 0
    }

    /// What one group's windows go over.
    fn sweep(&self, padded: &HostAct, y: [usize; 3]) -> Sweep {
        let Windows { k, stride, dilation, .. } = self.windows;
        let [c, h, w] = padded.shape;
        let (channels, outputs, width) = (c / self.groups, self.out / self.groups, padded.width());
        if self.is_pointwise() {
            return Sweep::product(outputs, channels, h * w * width);
        }
        Sweep { channels, input: [h, w], outputs, output: [y[1], y[2]], k, stride, dilation, width }
    }

    /// `[C, H, W]` of the output.
    pub fn outputs(&self, [_, h, w]: [usize; 3]) -> [usize; 3] {
        [self.out, self.windows.side(h), self.windows.side(w)]
    }

    /// y = W ∗ x, W `[out, C / groups, k, k]`.
    pub fn product(&self, x: &HostAct, weight: &[f32], plus: Plus<'_>, y: &mut HostAct) {
        let padded = surrounded(x, self.windows.padding, 1);
        let x = padded.as_ref().unwrap_or(x);
        let of = self.sweep(x, y.shape);
        let window = of.channels * of.k * of.k;
        let parts = x.data.chunks_exact(x.data.len() / self.groups);
        let outs = y.data.len() / self.groups;
        for (group, (x, y)) in parts.zip(y.data.chunks_exact_mut(outs)).enumerate() {
            let outputs = group * of.outputs..(group + 1) * of.outputs;
            let values = &weight[outputs.start * window..outputs.end * window];
            let weights = Weights { values, output: window, channel: of.k * of.k, reversed: false };
            let plus = match plus {
                Plus::Bias(bias) => Plus::Bias(&bias[outputs]),
                other => other,
            };
            sweep(of, x, weights, plus, y);
        }
    }

    /// dL/dW from the input and dL/dy.
    pub fn weight_gradient(&self, x: &HostAct, dy: &HostAct) -> Buffer {
        let padded = surrounded(x, self.windows.padding, 1);
        let x = padded.as_ref().unwrap_or(x);
        let of = self.sweep(x, dy.shape);
        let window = of.channels * of.k * of.k;
        let mut gradient = Buffer::any(self.out * window);
        let parts = x.data.chunks_exact(x.data.len() / self.groups);
        let slopes = dy.data.chunks_exact(dy.data.len() / self.groups);
        for ((x, dy), gradient) in parts.zip(slopes).zip(gradient.chunks_exact_mut(of.outputs * window)) {
            correlate(of, x, dy, gradient);
        }
        gradient
    }

    /// dL/dx from dL/dy, for inputs of `[C, H, W]`: the convolution of dL/dy, its pixels as far apart as windows are, with the
    /// windows turned around.
    pub fn input_gradient(&self, dy: &HostAct, weight: &[f32], [c, h, w]: [usize; 3]) -> HostAct {
        let Windows { k, stride, padding, dilation } = self.windows;
        let (channels, outputs) = (c / self.groups, self.out / self.groups);
        let taps = k * k;
        let reach = (k - 1) * dilation;
        let padded = surrounded(dy, reach, stride);
        let dy = padded.as_ref().unwrap_or(dy);
        // Of the pixels in x and its padding, those that a window reaches.
        let reached = [dy.shape[1] - reach, dy.shape[2] - reach];
        let mut dx = HostAct::any(dy.n, [c, reached[0], reached[1]]);
        let of = Sweep {
            channels: outputs,
            input: [dy.shape[1], dy.shape[2]],
            outputs: channels,
            output: reached,
            k,
            stride: 1,
            dilation,
            width: dy.width(),
        };
        let of = if self.is_pointwise() { Sweep::product(channels, outputs, h * w * dy.width()) } else { of };
        let size = dx.data.len() / self.groups;
        let slopes = dy.data.chunks_exact(dy.data.len() / self.groups);
        for (group, (dy, dx)) in slopes.zip(dx.data.chunks_exact_mut(size)).enumerate() {
            let values = &weight[group * outputs * channels * taps..][..outputs * channels * taps];
            let weights = Weights { values, output: taps, channel: channels * taps, reversed: true };
            sweep(of, dy, weights, Plus::Nothing, dx);
        }
        inner(dx, padding, [h, w])
    }
}

/// x with zeros around, and between its pixels so that they are `apart` from each other; nothing where that is x itself.
fn surrounded(x: &HostAct, padding: usize, apart: usize) -> Option<HostAct> {
    if padding == 0 && apart == 1 {
        return None;
    }
    let ([c, h, w], width) = (x.shape, x.width());
    let along = |n: usize| (n - 1) * apart + 1 + 2 * padding;
    let mut wide = HostAct::zeros(x.n, [c, along(h), along(w)]);
    let [_, wide_h, wide_w] = wide.shape;
    let planes = wide.data.chunks_exact_mut(wide_h * wide_w * width);
    for (to, from) in planes.zip(x.data.chunks_exact(h * w * width)) {
        for (y, from) in from.chunks_exact(w * width).enumerate() {
            let row = &mut to[((padding + y * apart) * wide_w + padding) * width..];
            if apart == 1 {
                row[..from.len()].copy_from_slice(from);
            } else {
                for (to, from) in row.chunks_exact_mut(apart * width).zip(from.chunks_exact(width)) {
                    to[..width].copy_from_slice(from);
                }
                // The last pixel has no others behind it.
                let last = (w - 1) * apart * width;
                row[last..last + width].copy_from_slice(&from[(w - 1) * width..]);
            }
        }
    }
    Some(wide)
}

/// Pixels from `padding` on, as far as there are any; zeros beyond, where no window reached.
fn inner(x: HostAct, padding: usize, [h, w]: [usize; 2]) -> HostAct {
    let ([c, from_h, from_w], width) = (x.shape, x.width());
    if padding == 0 && [from_h, from_w] == [h, w] {
        return x;
    }
    let mut y = HostAct::zeros(x.n, [c, h, w]);
    let (rows, columns) = (h.min(from_h.saturating_sub(padding)), w.min(from_w.saturating_sub(padding)));
    let planes = y.data.chunks_exact_mut(h * w * width).zip(x.data.chunks_exact(from_h * from_w * width));
    for (to, from) in planes {
        for row in 0..rows {
            let from = &from[((row + padding) * from_w + padding) * width..][..columns * width];
            to[row * w * width..][..columns * width].copy_from_slice(from);
        }
    }
    y
}
