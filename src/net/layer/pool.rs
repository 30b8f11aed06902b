//! Windows of an image, each reduced to one number.

use burn::tensor::{
    Tensor,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use super::kind::Layer;
use crate::net::{
    act::Act,
    buffer::Buffer,
    builder::{Builder, Built, positive},
    host_act::{Form, HostAct},
    op::Local,
    shape::Shape,
};

/// How a pooling window is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) enum Pool {
    Max,
    Average,
}

/// `pool(K)` and `avgpool(K)`.
pub(super) struct Pooling(pub Pool);

impl Layer for Pooling {
    fn usage(&self) -> Vec<&'static str> {
        vec![if self.0 == Pool::Max { "pool(K)" } else { "avgpool(K)" }]
    }

    fn words(&self) -> Vec<&'static str> {
        if self.0 == Pool::Max { vec!["pool", "maxpool"] } else { vec!["avgpool"] }
    }

    fn keys(&self) -> Vec<&'static str> {
        self.words()[..1].to_vec()
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        match numbers {
            [k] => Some(b.pool(self.0, *k)),
            _ => None,
        }
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
    pub(in crate::net) fn pool(&mut self, pool: Pool, k: usize) -> Built {
        let [c, h, w] = self.image(&format!("pool({k})"))?;
        positive("pool", k)?;
        if k > h || k > w {
            return Err(format!("pool({k}) has a {k}×{k} window, larger than its {} input", self.shape));
        }
        self.local(Windows { pool, k }, Vec::new());
        self.gives(Shape::Image([c, h / k, w / k]), 0);
        Ok(())
    }

    /// The mean over each whole plane, as F numbers.
    pub(in crate::net) fn global_average(&mut self) -> Built {
        let [_, h, w] = self.image("globalavg")?;
        if h != w {
            return Err(format!("globalavg needs a square image but gets {}", self.shape));
        }
        self.pool(Pool::Average, h)?;
        self.flatten();
        Ok(())
    }
}

/// Square windows of side k, stride k, without padding.
#[derive(Debug)]
struct Windows {
    pool: Pool,
    k: usize,
}

impl Local for Windows {
    fn words(&self) -> String {
        let (k, pool) = (self.k, if self.pool == Pool::Max { "max" } else { "average" });
        format!("{pool} pool {k}×{k}")
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let ([c, h, w], k) = (x.planes(), self.k);
        let (oh, ow) = (h / k, w / k);
        let mut data = Buffer::any(c * x.n * oh * ow);
        for (image, out) in x.data.chunks_exact(h * w).zip(data.chunks_exact_mut(oh * ow)) {
            for (oy, out) in out.chunks_exact_mut(ow).enumerate() {
                let rows = &image[oy * k * w..][..k * w];
                match (self.pool, k) {
                    (Pool::Max, 2) => pool_pairs(rows, w, out),
                    _ => pool_row(rows, w, k, self.pool, out),
                }
            }
        }
        HostAct { data, n: x.n, form: Form::Planes { c, h: oh, w: ow } }
    }

    fn needs_input(&self) -> bool {
        self.pool == Pool::Max
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let ([c, h, w], k) = (x.planes(), self.k);
        let (oh, ow) = (h / k, w / k);
        let mut data = Buffer::zeros(c * x.n * h * w);
        let outs = data.chunks_exact_mut(h * w).zip(dy.data.chunks_exact(oh * ow));
        match self.pool {
            Pool::Average => {
                for (out, d) in outs {
                    for (at, d) in d.iter().enumerate() {
                        let corner = at / ow * k * w + at % ow * k;
                        for y in 0..k {
                            out[corner + y * w..][..k].iter_mut().for_each(|o| *o += d / (k * k) as f32);
                        }
                    }
                }
            }
            Pool::Max => {
                for ((out, d), image) in outs.zip(x.data.chunks_exact(h * w)) {
                    for (at, d) in d.iter().enumerate() {
                        let corner = at / ow * k * w + at % ow * k;
                        // The first of the largest gets all, as in PyTorch.
                        let places = (0..k * k).map(|i| corner + i / k * w + i % k);
                        let best = places.reduce(|a, b| if image[b] > image[a] || image[b].is_nan() { b } else { a });
                        best.iter().for_each(|i| out[*i] += d);
                    }
                }
            }
        }
        x.like(data)
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let (x, k) = (x.image(), self.k);
        Act::Image(match self.pool {
            Pool::Max => max_pool2d(x, MaxPoolOptions::new([k, k]).with_stride([k, k])),
            Pool::Average => avg_pool2d(x, AvgPoolOptions::new([k, k]).with_stride([k, k])),
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
