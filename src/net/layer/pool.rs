//! Windows of an image, each reduced to one number.

use burn::tensor::{
    Tensor,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    buffer::Buffer,
    builder::{Builder, Built},
    host_act::{Form, HostAct},
    keys::Fault,
    op::Local,
    shape::Shape,
    windows::Windows,
};

/// How a pooling window is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) enum Pool {
    Max,
    /// Pixels of the padding count as zeros, which is PyTorch's default.
    Average,
}

impl Pool {
    fn word(self) -> &'static str {
        match self {
            Pool::Max => "pool",
            Pool::Average => "avgpool",
        }
    }
}

/// `pool(K)` and `avgpool(K)`, windows that move by K unless a stride says otherwise.
pub(super) struct Pooling(pub Pool);

impl Layer for Pooling {
    fn usage(&self) -> Vec<&'static str> {
        vec![if self.0 == Pool::Max { "pool(K[,STRIDE[,PAD]])" } else { "avgpool(K[,STRIDE[,PAD]])" }]
    }

    fn words(&self) -> Vec<&'static str> {
        if self.0 == Pool::Max { vec!["pool", "maxpool"] } else { vec!["avgpool"] }
    }

    fn keys(&self) -> Vec<&'static str> {
        vec![self.0.word()]
    }

    fn beside(&self) -> &'static [&'static str] {
        &["stride", "padding"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        let (k, stride, padding) = match numbers {
            [k] => (*k, *k, 0),
            [k, stride] => (*k, *stride, 0),
            [k, stride, padding] => (*k, *stride, *padding),
            _ => return None,
        };
        Some(b.pool_windows(self.0, Windows { k, stride, padding, dilation: 1 }))
    }

    fn in_description(&self, b: &mut Builder, _name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        let (keys, k) = (entry.keys, entry.number()?);
        let stride = keys.number("stride")?.unwrap_or(k);
        let padding = keys.number("padding")?.unwrap_or(0);
        b.pool_windows(self.0, Windows { k, stride, padding, dilation: 1 })?;
        Ok(())
    }
}

pub(super) struct GlobalAverage;

impl Layer for GlobalAverage {
    fn usage(&self) -> Vec<&'static str> {
        vec!["globalavg"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.global_average())
    }
}

impl Builder {
    /// Windows of k×k side by side.
    pub(in crate::net) fn pool(&mut self, pool: Pool, k: usize) -> Built {
        self.pool_windows(pool, Windows { k, stride: k, padding: 0, dilation: 1 })
    }

    pub(in crate::net) fn pool_windows(&mut self, pool: Pool, windows: Windows) -> Built {
        let Windows { k, stride, padding, .. } = windows;
        let layer = format!("{}({k}{})", pool.word(), windows.beside(k));
        let [c, h, w] = self.image(&layer)?;
        // A window of nothing but padding has no maximum; PyTorch refuses it, too.
        if padding > k / 2 {
            return Err(format!("{layer} pads by more than half of its window; give at most {}", k / 2));
        }
        let [oh, ow] = self.windows(&layer, windows, [h, w])?;
        self.local(Pools { pool, k: [k, k], stride, padding }, Vec::new());
        self.gives(Shape::Image([c, oh, ow]), 0);
        Ok(())
    }

    /// The mean over each whole plane, as F numbers.
    pub(in crate::net) fn global_average(&mut self) -> Built {
        let [c, h, w] = self.image("globalavg")?;
        self.local(Pools { pool: Pool::Average, k: [h, w], stride: h.max(w), padding: 0 }, Vec::new());
        self.gives(Shape::Image([c, 1, 1]), 0);
        self.flatten();
        Ok(())
    }
}

/// Windows that move over an image.
#[derive(Debug)]
struct Pools {
    pool: Pool,
    /// Height and width.
    k: [usize; 2],
    stride: usize,
    padding: usize,
}

impl Pools {
    fn outputs(&self, [h, w]: [usize; 2]) -> [usize; 2] {
        let along = |n: usize, k: usize| (n + 2 * self.padding - k) / self.stride + 1;
        [along(h, self.k[0]), along(w, self.k[1])]
    }

    /// Whether the windows lie side by side and inside.
    fn is_tiling(&self) -> bool {
        self.padding == 0 && self.k == [self.stride; 2]
    }

    /// Places of the pixels of the window of output (y, x) that exist, row by row.
    fn places(&self, [h, w]: [usize; 2], y: usize, x: usize) -> impl Iterator<Item = usize> + use<> {
        let range = |at: usize, k: usize, n: usize| {
            let start = at * self.stride;
            start.saturating_sub(self.padding)..(start + k).saturating_sub(self.padding).min(n)
        };
        let columns = range(x, self.k[1], w);
        range(y, self.k[0], h).flat_map(move |row| columns.clone().map(move |column| row * w + column))
    }

    fn size(&self) -> f32 {
        (self.k[0] * self.k[1]) as f32
    }

    fn reduced(&self, image: &[f32], sides: [usize; 2], y: usize, x: usize) -> f32 {
        let values = self.places(sides, y, x).map(|i| image[i]);
        match self.pool {
            Pool::Max => values.fold(f32::NEG_INFINITY, larger),
            Pool::Average => values.sum::<f32>() / self.size(),
        }
    }
}

impl Local for Pools {
    fn words(&self) -> String {
        let ([kh, kw], pool) = (self.k, if self.pool == Pool::Max { "max" } else { "average" });
        let mut words = format!("{pool} pool {kh}×{kw}");
        if kh == kw && self.stride != kh {
            words += &format!(" stride {}", self.stride);
        }
        if self.padding != 0 {
            words += &format!(" padding {}", self.padding);
        }
        words
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let [c, h, w] = x.planes();
        let [oh, ow] = self.outputs([h, w]);
        let mut data = Buffer::any(c * x.n * oh * ow);
        for (image, out) in x.data.chunks_exact(h * w).zip(data.chunks_exact_mut(oh * ow)) {
            for (oy, out) in out.chunks_exact_mut(ow).enumerate() {
                if self.is_tiling() {
                    let k = self.stride;
                    let rows = &image[oy * k * w..][..k * w];
                    match (self.pool, k) {
                        (Pool::Max, 2) => pool_pairs(rows, w, out),
                        _ => pool_row(rows, w, k, self.pool, out),
                    }
                } else {
                    out.iter_mut().enumerate().for_each(|(ox, out)| *out = self.reduced(image, [h, w], oy, ox));
                }
            }
        }
        HostAct { data, n: x.n, form: Form::Planes { c, h: oh, w: ow } }
    }

    fn needs_input(&self) -> bool {
        self.pool == Pool::Max
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let [c, h, w] = x.planes();
        let [oh, ow] = self.outputs([h, w]);
        let mut data = Buffer::zeros(c * x.n * h * w);
        let outs = data.chunks_exact_mut(h * w).zip(dy.data.chunks_exact(oh * ow));
        match self.pool {
            Pool::Average => {
                for (out, d) in outs {
                    for (at, d) in d.iter().enumerate() {
                        let share = d / self.size();
                        self.places([h, w], at / ow, at % ow).for_each(|i| out[i] += share);
                    }
                }
            }
            Pool::Max => {
                for ((out, d), image) in outs.zip(x.data.chunks_exact(h * w)) {
                    for (at, d) in d.iter().enumerate() {
                        // The first of the largest gets all, as in PyTorch.
                        let places = self.places([h, w], at / ow, at % ow);
                        let best = places.reduce(|a, b| if image[b] > image[a] || image[b].is_nan() { b } else { a });
                        best.iter().for_each(|i| out[*i] += d);
                    }
                }
            }
        }
        x.like(data)
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let (x, k, stride, padding) = (x.image(), self.k, [self.stride; 2], [self.padding; 2]);
        Act::Image(match self.pool {
            Pool::Max => max_pool2d(x, MaxPoolOptions::new(k).with_stride(stride).with_padding(padding)),
            Pool::Average => avg_pool2d(x, AvgPoolOptions::new(k).with_stride(stride).with_padding(padding)),
        })
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
