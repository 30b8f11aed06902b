//! Convolution as a matrix product: every window of the image a column, and back.

use std::ops::Range;

use crate::net::{
    buffer::Buffer,
    host_act::{Form, HostAct},
    kernel::{matmul_nt, matmul_tn, matmul_wide},
};

/// A convolution's sizes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub out: usize,
    pub k: usize,
    pub stride: usize,
    pub pad: usize,
}

impl Geometry {
    fn side(&self, n: usize) -> usize {
        (n + 2 * self.pad - self.k) / self.stride + 1
    }

    /// Whether the windows are the pixels themselves.
    fn is_pointwise(&self) -> bool {
        self.k == 1 && self.stride == 1 && self.pad == 0
    }

    /// y = W ∗ x, W `[out, C, k, k]`.
    pub fn product(&self, x: &HostAct, weight: &[f32]) -> HostAct {
        let [c, h, w] = x.planes();
        let (oh, ow) = (self.side(h), self.side(w));
        let pixels = x.n * oh * ow;
        let mut data = Buffer::any(self.out * pixels);
        if self.is_pointwise() {
            matmul_wide(weight, &x.data, &mut data, self.out, pixels, c);
        } else {
            let windows = self.unfolded(x);
            matmul_wide(weight, &windows, &mut data, self.out, pixels, c * self.k * self.k);
        }
        HostAct { data, n: x.n, form: Form::Planes { c: self.out, h: oh, w: ow } }
    }

    /// dL/dW from the input and dL/dy.
    pub fn weight_gradient(&self, x: &HostAct, dy: &HostAct) -> Buffer {
        let [c, ..] = x.planes();
        let window = c * self.k * self.k;
        let pixels = dy.data.len() / self.out;
        let mut gradient = Buffer::any(self.out * window);
        if self.is_pointwise() {
            matmul_nt(&dy.data, &x.data, &mut gradient, self.out, window, pixels);
        } else {
            matmul_nt(&dy.data, &self.unfolded(x), &mut gradient, self.out, window, pixels);
        }
        gradient
    }

    /// dL/dx from dL/dy, for inputs of `[C, H, W]`.
    pub fn input_gradient(&self, dy: &HostAct, weight: &[f32], [c, h, w]: [usize; 3]) -> HostAct {
        let pixels = dy.data.len() / self.out;
        let mut windows = Buffer::any(c * self.k * self.k * pixels);
        matmul_tn(weight, &dy.data, &mut windows, c * self.k * self.k, pixels, self.out);
        let form = Form::Planes { c, h, w };
        let data = if self.is_pointwise() { windows } else { self.folded(&windows, dy.n, [c, h, w]) };
        HostAct { data, n: dy.n, form }
    }

    /// For one offset of the window along a side of `n` pixels, the outputs whose pixel exists.
    fn inside(&self, offset: usize, n: usize) -> Range<usize> {
        let start = self.pad.saturating_sub(offset).div_ceil(self.stride);
        // The last output o has o·stride + offset − pad ≤ n − 1.
        let end = (n + self.pad).saturating_sub(offset).div_ceil(self.stride).min(self.side(n));
        start..end.max(start)
    }

    /// Every k×k window as a column: `[C·k·k, N·oh·ow]`, zeros outside the image.
    fn unfolded(&self, x: &HostAct) -> Buffer {
        let ([c, h, w], n, k, s) = (x.planes(), x.n, self.k, self.stride);
        let (oh, ow) = (self.side(h), self.side(w));
        let pixels = n * oh * ow;
        let size = c * k * k * pixels;
        // Without padding every number is written.
        let mut out = if self.pad == 0 { Buffer::any(size) } else { Buffer::zeros(size) };
        for (at, row) in out.chunks_exact_mut(pixels).enumerate() {
            let (ch, ky, kx) = (at / (k * k), at / k % k, at % k);
            let (ys, xs) = (self.inside(ky, h), self.inside(kx, w));
            let first = (xs.start * s + kx).saturating_sub(self.pad);
            for (image, out) in
                x.data[ch * n * h * w..][..n * h * w].chunks_exact(h * w).zip(row.chunks_exact_mut(oh * ow))
            {
                for oy in ys.clone() {
                    let from = &image[(oy * s + ky - self.pad) * w..][..w];
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
        let (k, s) = (self.k, self.stride);
        let (oh, ow) = (self.side(h), self.side(w));
        let mut out = Buffer::zeros(c * n * h * w);
        for (at, row) in windows.chunks_exact(n * oh * ow).enumerate() {
            let (ch, ky, kx) = (at / (k * k), at / k % k, at % k);
            let (ys, xs) = (self.inside(ky, h), self.inside(kx, w));
            let first = (xs.start * s + kx).saturating_sub(self.pad);
            for (image, row) in
                out[ch * n * h * w..][..n * h * w].chunks_exact_mut(h * w).zip(row.chunks_exact(oh * ow))
            {
                for oy in ys.clone() {
                    let to = &mut image[(oy * s + ky - self.pad) * w..][..w];
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
