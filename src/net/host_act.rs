//! Activations on the host.

use super::buffer::Buffer;

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

    /// The same examples in the same form, without their numbers.
    pub(super) fn outline(&self) -> HostAct {
        self.like(Buffer::default())
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
}
