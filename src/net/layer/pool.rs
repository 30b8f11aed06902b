//! Windows of an image, each reduced to one number.

use burn::tensor::{
    Tensor,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    kernels::{LANES, wide},
    keys::Fault,
    op::{Along, Local},
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

    /// Places of the pixels of the window of output (y, x) that exist, row by row.
    fn places(&self, [h, w]: [usize; 2], y: usize, x: usize) -> impl Iterator<Item = usize> + Clone + use<> {
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

    /// One output pixel from the pixels of its window, for every lane.
    fn reduce<'a>(&self, mut window: impl Iterator<Item = &'a [f32]>, out: &mut [f32]) {
        // The builder allows no window without a pixel.
        let Some(first) = window.next() else { return };
        out.copy_from_slice(first);
        match self.pool {
            Pool::Max => window.for_each(|x| out.iter_mut().zip(x).for_each(|(o, x)| *o = larger(*o, *x))),
            Pool::Average => {
                window.for_each(|x| out.iter_mut().zip(x).for_each(|(o, x)| *o += x));
                out.iter_mut().for_each(|o| *o /= self.size());
            }
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
        let ([c, h, w], width) = (x.shape, x.width());
        let [oh, ow] = self.outputs([h, w]);
        let mut y = HostAct::any(x.n, [c, oh, ow]);
        let planes = x.data.chunks_exact(h * w * width).zip(y.data.chunks_exact_mut(oh * ow * width));
        wide(|| {
            for (image, out) in planes {
                for (at, out) in out.chunks_exact_mut(width).enumerate() {
                    let places = self.places([h, w], at / ow, at % ow);
                    self.reduce(places.map(|i| &image[i * width..][..width]), out);
                }
            }
        });
        y
    }

    fn needs_input(&self) -> bool {
        self.pool == Pool::Max
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let ([c, h, w], width) = (x.shape, x.width());
        let [oh, ow] = self.outputs([h, w]);
        let mut dx = HostAct::zeros(x.n, [c, h, w]);
        let (image, out) = (h * w * width, oh * ow * width);
        wide(|| {
            for (ch, (dx, dy)) in dx.data.chunks_exact_mut(image).zip(dy.data.chunks_exact(out)).enumerate() {
                for (at, d) in dy.chunks_exact(width).enumerate() {
                    let places = self.places([h, w], at / ow, at % ow);
                    match self.pool {
                        Pool::Average => places.for_each(|i| {
                            let dx = &mut dx[i * width..][..width];
                            dx.iter_mut().zip(d).for_each(|(dx, d)| *dx += d / self.size());
                        }),
                        Pool::Max => at_the_largest(places, &x.data[ch * image..][..image], width, |place, lane| {
                            dx[place * width + lane] += d[lane];
                        }),
                    }
                }
            }
        });
        dx
    }

    fn tangent(&self, along: &Along<'_>) -> HostAct {
        if self.pool == Pool::Average {
            return self.on_host(along.dx, along.parameters);
        }
        let (Along { x, dx, .. }, [c, h, w]) = (along, along.x.shape);
        let ([oh, ow], width) = (self.outputs([h, w]), x.width());
        let mut change = HostAct::any(x.n, [c, oh, ow]);
        let image = h * w * width;
        wide(|| {
            for (ch, change) in change.data.chunks_exact_mut(oh * ow * width).enumerate() {
                let (x, dx) = (&x.data[ch * image..][..image], &dx.data[ch * image..][..image]);
                for (at, change) in change.chunks_exact_mut(width).enumerate() {
                    at_the_largest(self.places([h, w], at / ow, at % ow), x, width, |place, lane| {
                        change[lane] = dx[place * width + lane];
                    });
                }
            }
        });
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

/// The larger number; a NaN wins, because it must show.
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

/// Where the largest pixel of a window is, for every lane: `found` gets its place and the lane. The first of equals, as in
/// PyTorch.
#[inline(always)]
fn at_the_largest(
    places: impl Iterator<Item = usize> + Clone,
    image: &[f32],
    width: usize,
    mut found: impl FnMut(usize, usize),
) {
    for first in (0..width).step_by(LANES) {
        let mut places = places.clone();
        let Some(place) = places.next() else { return };
        let pixel = |place: usize| &image[place * width + first..][..LANES];
        let (mut largest, mut best) = ([0.0; LANES], [place as u32; LANES]);
        largest.copy_from_slice(pixel(place));
        for place in places {
            for ((largest, best), x) in largest.iter_mut().zip(&mut best).zip(pixel(place)) {
                let wins = *x > *largest || x.is_nan();
                *largest = if wins { *x } else { *largest };
                *best = if wins { place as u32 } else { *best };
            }
        }
        for (lane, best) in best.iter().enumerate() {
            found(*best as usize, first + lane);
        }
    }
}
