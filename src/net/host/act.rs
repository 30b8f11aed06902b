//! Activations on the host, and the operations on them that need no parameters.

use std::sync::Arc;

use rayon::prelude::*;

use crate::net::{Activation, Pool, buffer::Buffer};

/// Activations of N examples.
#[derive(Clone, Debug)]
pub struct HostAct {
    pub(super) data: Buffer,
    pub(super) n: usize,
    pub(super) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `[C, N, H, W]`: a convolution of all N is one product `[out, C·k·k] × [C·k·k, N·oh·ow]`.
    Planes { c: usize, h: usize, w: usize },
    /// `[N, F]`
    Rows { f: usize },
}

impl HostAct {
    /// Takes images `[N, C, H, W]`.
    pub fn images(images: &[f32], [c, h, w]: [usize; 3]) -> HostAct {
        let size = c * h * w;
        let n = images.len() / size;
        let mut data = Buffer::any(images.len());
        for (i, image) in images.chunks_exact(size).enumerate() {
            for (ch, values) in image.chunks_exact(h * w).enumerate() {
                data[(ch * n + i) * h * w..][..h * w].copy_from_slice(values);
            }
        }
        HostAct { data, n, form: Form::Planes { c, h, w } }
    }

    /// `[C, H, W]`
    ///
    /// # Panics
    /// On rows: builders put what needs images before flattening.
    pub(super) fn planes(&self) -> [usize; 3] {
        match self.form {
            Form::Planes { c, h, w } => [c, h, w],
            Form::Rows { .. } => unreachable!("the builder puts layers on images before flattening"),
        }
    }

    /// Other numbers in the same form.
    pub(super) fn like(&self, data: Buffer) -> HostAct {
        HostAct { data, n: self.n, form: self.form }
    }

    /// `[N, F]`, an example's channels one after the other.
    pub(super) fn rows(&self) -> HostAct {
        let Form::Planes { c, h, w } = self.form else { return self.clone() };
        let (n, plane) = (self.n, h * w);
        let f = c * plane;
        let mut data = Buffer::any(self.data.len());
        for (row, example) in data.chunks_exact_mut(f).enumerate() {
            for (ch, values) in example.chunks_exact_mut(plane).enumerate() {
                values.copy_from_slice(&self.data[(ch * n + row) * plane..][..plane]);
            }
        }
        HostAct { data, n, form: Form::Rows { f } }
    }

    /// Rows back to planes `[C, H, W]`: what [`HostAct::rows`] undoes.
    pub(super) fn unflattened(&self, form: Form) -> HostAct {
        let Form::Planes { c, h, w } = form else { return self.clone() };
        let (n, plane) = (self.n, h * w);
        let mut data = Buffer::any(self.data.len());
        for (row, example) in self.data.chunks_exact(c * plane).enumerate() {
            for (ch, values) in example.chunks_exact(plane).enumerate() {
                data[(ch * n + row) * plane..][..plane].copy_from_slice(values);
            }
        }
        HostAct { data, n, form }
    }

    /// Σ wⱼ xⱼ over values of one form; a weight of 0 left out and of 1 taken as it is, so that the ends of a line are
    /// the ends to the bit. `None` when all weights are 0.
    pub(super) fn combined(terms: &[(f32, &HostAct)]) -> Option<HostAct> {
        let mut terms = terms.iter().filter(|(w, _)| *w != 0.0);
        let (u, x) = terms.next()?;
        let mut sum = x.like(Buffer::any(x.data.len()));
        match terms.next() {
            None if *u == 1.0 => sum.data.copy_from_slice(&x.data),
            None => sum.data.iter_mut().zip(&*x.data).for_each(|(s, x)| *s = u * x),
            Some((v, y)) => {
                for ((s, x), y) in sum.data.iter_mut().zip(&*x.data).zip(&*y.data) {
                    *s = u * x + v * y;
                }
            }
        }
        for (w, x) in terms {
            for (s, x) in sum.data.iter_mut().zip(&*x.data) {
                *s += w * x;
            }
        }
        Some(sum)
    }

    pub(super) fn add(&mut self, other: &HostAct) {
        self.data.iter_mut().zip(&*other.data).for_each(|(x, y)| *x += y);
    }

    pub(super) fn activate(&mut self, activation: Activation) {
        let each = |f: fn(f32) -> f32, data: &mut [f32]| data.iter_mut().for_each(|x| *x = f(*x));
        match activation {
            // Not `max`, which would turn a NaN into 0 and hide it.
            Activation::Relu => self.data.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
            Activation::Tanh => each(f32::tanh, &mut self.data),
            Activation::Sigmoid => each(|x| 1.0 / (1.0 + (-x).exp()), &mut self.data),
            // ln(1 + eˣ) without overflow.
            Activation::Softplus => each(|x| x.max(0.0) + (-x.abs()).exp().ln_1p(), &mut self.data),
        }
    }

    /// Turns dL/dy, in `self`, into dL/dx, from the values y that the activation gave.
    pub(super) fn deactivate(&mut self, y: &HostAct, activation: Activation) {
        let pairs = self.data.iter_mut().zip(&*y.data);
        match activation {
            // 0·y is 0 unless y is not a number, which must show.
            Activation::Relu => pairs.for_each(|(d, y)| *d = if *y > 0.0 { *d } else { 0.0 * y }),
            Activation::Tanh => pairs.for_each(|(d, y)| *d *= 1.0 - y * y),
            Activation::Sigmoid => pairs.for_each(|(d, y)| *d *= y * (1.0 - y)),
            // The derivative of ln(1 + eˣ) is the sigmoid of x, 1 − e^{−y}.
            Activation::Softplus => pairs.for_each(|(d, y)| *d *= -(-y).exp_m1()),
        }
    }

    pub(super) fn pooled(&self, pool: Pool, k: usize) -> HostAct {
        let [c, h, w] = self.planes();
        let (oh, ow) = (h / k, w / k);
        let mut data = Buffer::any(c * self.n * oh * ow);
        for (image, out) in self.data.chunks_exact(h * w).zip(data.chunks_exact_mut(oh * ow)) {
            for (oy, out) in out.chunks_exact_mut(ow).enumerate() {
                let rows = &image[oy * k * w..][..k * w];
                match (pool, k) {
                    (Pool::Max, 2) => pool_pairs(rows, w, out),
                    _ => pool_row(rows, w, k, pool, out),
                }
            }
        }
        HostAct { data, n: self.n, form: Form::Planes { c, h: oh, w: ow } }
    }

    /// dL/dx of a pooling from its input x and dL/dy, in `self`.
    pub(super) fn unpooled(&self, x: &HostAct, pool: Pool, k: usize) -> HostAct {
        let [_, h, w] = x.planes();
        let (oh, ow) = (h / k, w / k);
        let mut data = Buffer::zeros(x.data.len());
        let images = x.data.chunks_exact(h * w).zip(data.chunks_exact_mut(h * w)).zip(self.data.chunks_exact(oh * ow));
        for ((image, out), d) in images {
            for (at, d) in d.iter().enumerate() {
                let corner = at / ow * k * w + at % ow * k;
                match pool {
                    Pool::Average => {
                        for y in 0..k {
                            out[corner + y * w..][..k].iter_mut().for_each(|o| *o += d / (k * k) as f32);
                        }
                    }
                    // The first of the largest gets all, as in PyTorch.
                    Pool::Max => {
                        let places = (0..k * k).map(|i| corner + i / k * w + i % k);
                        let best = places.reduce(|a, b| if image[b] > image[a] || image[b].is_nan() { b } else { a });
                        best.iter().for_each(|i| out[*i] += d);
                    }
                }
            }
        }
        x.like(data)
    }

    pub(super) fn subsampled(&self, s: usize) -> HostAct {
        let [c, h, w] = self.planes();
        let (oh, ow) = (h.div_ceil(s), w.div_ceil(s));
        let mut data = Buffer::any(c * self.n * oh * ow);
        for (image, out) in self.data.chunks_exact(h * w).zip(data.chunks_exact_mut(oh * ow)) {
            for (y, out) in out.chunks_exact_mut(ow).enumerate() {
                image[y * s * w..][..w].iter().step_by(s).zip(out).for_each(|(x, o)| *o = *x);
            }
        }
        HostAct { data, n: self.n, form: Form::Planes { c, h: oh, w: ow } }
    }

    /// dL/dx of a subsampling of planes h×w from dL/dy, in `self`.
    pub(super) fn unsubsampled(&self, [c, h, w]: [usize; 3], s: usize) -> HostAct {
        let [_, oh, ow] = self.planes();
        let mut data = Buffer::zeros(c * self.n * h * w);
        for (image, out) in self.data.chunks_exact(oh * ow).zip(data.chunks_exact_mut(h * w)) {
            for (y, row) in image.chunks_exact(ow).enumerate() {
                out[y * s * w..][..w].iter_mut().step_by(s).zip(row).for_each(|(o, d)| *o = *d);
            }
        }
        HostAct { data, n: self.n, form: Form::Planes { c, h, w } }
    }

    pub(super) fn padded(&self, before: usize, after: usize) -> HostAct {
        let [c, h, w] = self.planes();
        let channel = self.n * h * w;
        let mut data = Buffer::zeros((before + c + after) * channel);
        data[before * channel..][..c * channel].copy_from_slice(&self.data);
        HostAct { data, n: self.n, form: Form::Planes { c: before + c + after, h, w } }
    }

    /// dL/dx of added channels from dL/dy, in `self`.
    pub(super) fn unpadded(&self, before: usize, after: usize) -> HostAct {
        let [c, h, w] = self.planes();
        let (channel, c) = (self.n * h * w, c - before - after);
        let mut data = Buffer::any(c * channel);
        data.copy_from_slice(&self.data[before * channel..][..c * channel]);
        HostAct { data, n: self.n, form: Form::Planes { c, h, w } }
    }
}

/// The larger number; a NaN wins, because it must show.
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

/// One output row of a 2×2 maximum.
fn pool_pairs(rows: &[f32], w: usize, out: &mut [f32]) {
    let (upper, lower) = rows.split_at(w);
    for ((out, a), b) in out.iter_mut().zip(upper.chunks_exact(2)).zip(lower.chunks_exact(2)) {
        *out = larger(larger(a[0], a[1]), larger(b[0], b[1]));
    }
}

/// One output row of a k×k window.
fn pool_row(rows: &[f32], w: usize, k: usize, pool: Pool, out: &mut [f32]) {
    for (ox, out) in out.iter_mut().enumerate() {
        let values = (0..k).flat_map(|dy| &rows[dy * w + ox * k..][..k]).copied();
        *out = match pool {
            Pool::Max => values.fold(f32::NEG_INFINITY, larger),
            Pool::Average => values.sum::<f32>() / (k * k) as f32,
        };
    }
}

/// The activations of a batch, in parts that fit a core's cache. Copies share the numbers.
#[derive(Clone, Debug, Default)]
pub struct Parts(pub(super) Vec<Arc<HostAct>>);

impl Parts {
    /// A batch in parts, in the order of its examples.
    pub fn new(parts: impl IntoIterator<Item = HostAct>) -> Parts {
        Parts(parts.into_iter().map(Arc::new).collect())
    }

    /// All parts of several batches.
    pub fn joined<'a>(batches: impl IntoIterator<Item = &'a Parts>) -> Parts {
        Parts(batches.into_iter().flat_map(|b| b.0.iter().cloned()).collect())
    }

    /// The numbers, `[N, F]` row-major.
    pub fn into_outputs(self) -> Vec<f32> {
        let mut parts = self.0.into_iter().map(|p| match p.form {
            Form::Rows { .. } => Arc::unwrap_or_clone(p),
            Form::Planes { .. } => p.rows(),
        });
        let Some(first) = parts.next() else { return Vec::new() };
        let mut out = first.data.into_vec();
        parts.for_each(|p| out.extend_from_slice(&p.data));
        out
    }

    /// `f` of every part, in parallel when there are several.
    pub(super) fn map(&self, f: impl Fn(&HostAct) -> HostAct + Sync) -> Parts {
        Parts(self.each(|x| Arc::new(f(x))))
    }

    /// Results of every part in order.
    pub(super) fn each<T: Send>(&self, f: impl Fn(&HostAct) -> T + Sync) -> Vec<T> {
        match self.0.as_slice() {
            [one] => vec![f(one)],
            several => several.par_iter().map(|x| f(x)).collect(),
        }
    }

    /// Results of every pair of parts in order.
    pub(super) fn each_with<T: Send>(&self, other: &Parts, f: impl Fn(&HostAct, &HostAct) -> T + Sync) -> Vec<T> {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([x], [y]) => vec![f(x, y)],
            (xs, ys) => xs.par_iter().zip(ys).map(|(x, y)| f(x, y)).collect(),
        }
    }

    pub(super) fn map_with(&self, other: &Parts, f: impl Fn(&HostAct, &HostAct) -> HostAct + Sync) -> Parts {
        Parts(self.each_with(other, |x, y| Arc::new(f(x, y))))
    }

    /// Changes every part in place, unless somebody else still needs it.
    pub(super) fn update(mut self, f: impl Fn(&mut HostAct) + Sync) -> Parts {
        match self.0.as_mut_slice() {
            [one] => f(Arc::make_mut(one)),
            several => several.par_iter_mut().for_each(|x| f(Arc::make_mut(x))),
        }
        self
    }

    /// Changes every part in place, beside the same part of `other`.
    pub(super) fn update_with(mut self, other: &Parts, f: impl Fn(&mut HostAct, &HostAct) + Sync) -> Parts {
        match (self.0.as_mut_slice(), other.0.as_slice()) {
            ([x], [y]) => f(Arc::make_mut(x), y),
            (xs, ys) => xs.par_iter_mut().zip(ys).for_each(|(x, y)| f(Arc::make_mut(x), y)),
        }
        self
    }

    /// Σ wⱼ xⱼ part by part; `None` when all weights are 0.
    pub(super) fn combined(terms: &[(f32, &Parts)]) -> Option<Parts> {
        let count = terms.first()?.1.0.len();
        let part = |i: usize| {
            let terms: Vec<(f32, &HostAct)> = terms.iter().map(|(w, x)| (*w, &*x.0[i])).collect();
            HostAct::combined(&terms).map(Arc::new)
        };
        match count {
            1 => part(0).map(|x| Parts(vec![x])),
            _ => (0..count).into_par_iter().map(part).collect::<Option<Vec<_>>>().map(Parts),
        }
    }
}
