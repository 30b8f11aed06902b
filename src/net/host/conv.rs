//! Convolution as a matrix product: every window of the image a column, and back.

use std::ops::Range;

use crate::net::{
    buffer::Buffer,
    host_act::{Form, HostAct},
    kernel::{matmul_nt, matmul_tn, matmul_wide},
    op::Conv2d,
    windows::Windows,
};

/// A convolution's sizes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub out: usize,
    windows: Windows,
    groups: usize,
}

impl Geometry {
    /// Those of a layer with `out` channels.
    pub fn of(layer: Conv2d, out: usize) -> Geometry {
        Geometry { out, windows: layer.windows, groups: layer.groups }
    }

    fn side(&self, n: usize) -> usize {
        self.windows.side(n)
    }

    /// Whether the windows are the pixels themselves.
    fn is_pointwise(&self) -> bool {
        let Windows { k, stride, padding, .. } = self.windows;
        k == 1 && stride == 1 && padding == 0
    }

    /// Numbers in a window that an output sees, of `c` input channels.
    fn window(&self, c: usize) -> usize {
        c / self.groups * self.windows.k * self.windows.k
    }

    /// y = W ∗ x, W `[out, C / groups, k, k]`.
    pub fn product(&self, x: &HostAct, weight: &[f32]) -> HostAct {
        let [c, h, w] = x.planes();
        let (oh, ow) = (self.side(h), self.side(w));
        let (pixels, window, out) = (x.n * oh * ow, self.window(c), self.out / self.groups);
        let mut data = Buffer::any(self.out * pixels);
        let unfolded = (!self.is_pointwise()).then(|| self.unfolded(x));
        let windows = unfolded.as_deref().unwrap_or(&x.data);
        // The rows of a group lie together, in the windows as in the outputs.
        let groups = weight.chunks_exact(out * window).zip(windows.chunks_exact(window * pixels));
        for ((weight, windows), data) in groups.zip(data.chunks_exact_mut(out * pixels)) {
            matmul_wide(weight, windows, data, out, pixels, window);
        }
        HostAct { data, n: x.n, form: Form::Planes { c: self.out, h: oh, w: ow } }
    }

    /// dL/dW from the input and dL/dy.
    pub fn weight_gradient(&self, x: &HostAct, dy: &HostAct) -> Buffer {
        let [c, ..] = x.planes();
        let (pixels, window, out) = (dy.data.len() / self.out, self.window(c), self.out / self.groups);
        let mut gradient = Buffer::any(self.out * window);
        let unfolded = (!self.is_pointwise()).then(|| self.unfolded(x));
        let windows = unfolded.as_deref().unwrap_or(&x.data);
        let groups = dy.data.chunks_exact(out * pixels).zip(windows.chunks_exact(window * pixels));
        for ((dy, windows), gradient) in groups.zip(gradient.chunks_exact_mut(out * window)) {
            matmul_nt(dy, windows, gradient, out, window, pixels);
        }
        gradient
    }

    /// dL/dx from dL/dy, for inputs of `[C, H, W]`.
    pub fn input_gradient(&self, dy: &HostAct, weight: &[f32], [c, h, w]: [usize; 3]) -> HostAct {
        let (pixels, window, out) = (dy.data.len() / self.out, self.window(c), self.out / self.groups);
        let mut windows = Buffer::any(self.groups * window * pixels);
        let groups = weight.chunks_exact(out * window).zip(dy.data.chunks_exact(out * pixels));
        for ((weight, dy), windows) in groups.zip(windows.chunks_exact_mut(window * pixels)) {
            matmul_tn(weight, dy, windows, window, pixels, out);
        }
        let form = Form::Planes { c, h, w };
        let data = if self.is_pointwise() { windows } else { self.folded(&windows, dy.n, [c, h, w]) };
        HostAct { data, n: dy.n, form }
    }

    /// For one offset of the window along a side of `n` pixels, the outputs whose pixel exists.
    fn inside(&self, offset: usize, n: usize) -> Range<usize> {
        let Windows { stride, padding, .. } = self.windows;
        let start = padding.saturating_sub(offset).div_ceil(stride);
        // The last output o has o·stride + offset − padding ≤ n − 1.
        let end = (n + padding).saturating_sub(offset).div_ceil(stride).min(self.side(n));
        start..end.max(start)
    }

    /// Every k×k window as a column: `[C·k·k, N·oh·ow]`, zeros outside the image.
    fn unfolded(&self, x: &HostAct) -> Buffer {
        let ([c, h, w], n) = (x.planes(), x.n);
        let Windows { k, stride: s, padding, dilation } = self.windows;
        let (oh, ow) = (self.side(h), self.side(w));
        let pixels = n * oh * ow;
        let size = c * k * k * pixels;
        // Without padding every number is written.
        let mut out = if padding == 0 { Buffer::any(size) } else { Buffer::zeros(size) };
        for (at, row) in out.chunks_exact_mut(pixels).enumerate() {
            let (ch, ky, kx) = (at / (k * k), at / k % k * dilation, at % k * dilation);
            let (ys, xs) = (self.inside(ky, h), self.inside(kx, w));
            if xs.is_empty() {
                continue;
            }
            let first = xs.start * s + kx - padding;
            for (image, out) in
                x.data[ch * n * h * w..][..n * h * w].chunks_exact(h * w).zip(row.chunks_exact_mut(oh * ow))
            {
                for oy in ys.clone() {
                    let from = &image[(oy * s + ky - padding) * w..][..w];
                    let to = &mut out[oy * ow..][xs.clone()];
                    if s == 1 {
                        copy(to, &from[first..first + to.len()]);
                    } else {
                        to.iter_mut().zip(from[first..].iter().step_by(s)).for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
        out
    }

    /// Adds every column of windows back to the pixels it came from.
    fn folded(&self, windows: &[f32], n: usize, [c, h, w]: [usize; 3]) -> Buffer {
        let Windows { k, stride: s, padding, dilation } = self.windows;
        let (oh, ow) = (self.side(h), self.side(w));
        let mut out = Buffer::zeros(c * n * h * w);
        for (at, row) in windows.chunks_exact(n * oh * ow).enumerate() {
            let (ch, ky, kx) = (at / (k * k), at / k % k * dilation, at % k * dilation);
            let (ys, xs) = (self.inside(ky, h), self.inside(kx, w));
            if xs.is_empty() {
                continue;
            }
            let first = xs.start * s + kx - padding;
            for (image, row) in
                out[ch * n * h * w..][..n * h * w].chunks_exact_mut(h * w).zip(row.chunks_exact(oh * ow))
            {
                for oy in ys.clone() {
                    let to = &mut image[(oy * s + ky - padding) * w..][..w];
                    let from = &row[oy * ow..][xs.clone()];
                    if s == 1 {
                        to[first..][..from.len()].iter_mut().zip(from).for_each(|(to, from)| *to += from);
                    } else {
                        to[first..].iter_mut().step_by(s).zip(from).for_each(|(to, from)| *to += from);
                    }
                }
            }
        }
        out
    }
}

/// Copies a short row in pieces of a fixed size, which are a load and a store; a call for 32 bytes costs ten times that.
fn copy(to: &mut [f32], from: &[f32]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
}
