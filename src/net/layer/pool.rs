//! Windows of an image, each reduced to one number.

use burn::tensor::{
    Tensor,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use valleyscope_kernels::{Pooled, pool_max, pool_max_back, pool_pick, pool_spread, pool_sum};

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    keys::Fault,
    op::{Along, Local, Maximum},
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

    fn over(&self, x: &HostAct) -> Pooled {
        let [_, h, w] = x.shape;
        let (stride, padding) = (self.stride, self.padding);
        Pooled { input: [h, w], output: self.outputs([h, w]), window: self.k, stride, padding, width: x.width() }
    }

    /// An output of the form that x has.
    fn like(&self, x: &HostAct) -> HostAct {
        let [c, h, w] = x.shape;
        let [oh, ow] = self.outputs([h, w]);
        HostAct::any(x.n, [c, oh, ow])
    }

    /// One over the pixels of a window.
    fn share(&self) -> f32 {
        1.0 / (self.k[0] * self.k[1]) as f32
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
        let mut y = self.like(x);
        match self.pool {
            Pool::Max => pool_max(self.over(x), &x.data, &mut y.data),
            Pool::Average => pool_sum(self.over(x), self.share(), &x.data, &mut y.data),
        }
        y
    }

    fn maximum(&self) -> Option<Maximum> {
        let is_plain = self.pool == Pool::Max && self.padding == 0;
        is_plain.then_some(Maximum { window: self.k, stride: self.stride })
    }

    fn needs_input(&self) -> bool {
        self.pool == Pool::Max
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut dx = HostAct::zeros(x.n, x.shape);
        match self.pool {
            Pool::Max => pool_max_back(self.over(x), &x.data, &dy.data, &mut dx.data),
            Pool::Average => pool_spread(self.over(x), self.share(), &dy.data, &mut dx.data),
        }
        dx
    }

    fn tangent(&self, along: &Along<'_>) -> HostAct {
        if self.pool == Pool::Average {
            return self.on_host(along.dx, along.parameters);
        }
        let mut change = self.like(along.x);
        pool_pick(self.over(along.x), &along.x.data, &along.dx.data, &mut change.data);
        change
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let (x, k, stride, padding) = (x.image(), self.k, [self.stride; 2], [self.padding; 2]);
        Act::Image(match self.pool {
            Pool::Max => max_pool2d(x, MaxPoolOptions::new(k).with_stride(stride).with_padding(padding)),
            Pool::Average => avg_pool2d(x, AvgPoolOptions::new(k).with_stride(stride).with_padding(padding)),
        })
    }
}
