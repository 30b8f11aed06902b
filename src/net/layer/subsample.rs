//! Every so many rows and columns, from the first on: `x[:, :, ::s, ::s]`.

use burn::tensor::{Int, Tensor, TensorData};

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built, positive},
    host_act::HostAct,
    keys::Fault,
    op::Local,
    shape::Shape,
};

pub(super) struct Subsampling;

impl Layer for Subsampling {
    fn keys(&self) -> Vec<&'static str> {
        vec!["subsample"]
    }

    fn in_description(&self, b: &mut Builder, _name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        b.subsample(entry.number()?)?;
        Ok(())
    }
}

impl Builder {
    /// Keeps every s-th row and column.
    pub(in crate::net) fn subsample(&mut self, s: usize) -> Built {
        let [c, h, w] = self.image("subsample")?;
        positive("subsample", s)?;
        self.local(Every(s), Vec::new());
        self.gives(Shape::Image([c, h.div_ceil(s), w.div_ceil(s)]), 0);
        Ok(())
    }
}

#[derive(Debug)]
struct Every(usize);

impl Every {
    fn outputs(&self, [c, h, w]: [usize; 3]) -> [usize; 3] {
        [c, h.div_ceil(self.0), w.div_ceil(self.0)]
    }

    /// The places of the pixels that stay, channel by channel.
    fn kept(&self, [c, h, w]: [usize; 3]) -> impl Iterator<Item = usize> + use<> {
        let s = self.0;
        (0..c).flat_map(move |ch| {
            (0..h).step_by(s).flat_map(move |y| (0..w).step_by(s).map(move |x| (ch * h + y) * w + x))
        })
    }
}

impl Local for Every {
    fn words(&self) -> String {
        format!("every {}. pixel", self.0)
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut y = HostAct::any(x.n, self.outputs(x.shape));
        let width = x.width();
        for (pixel, from) in y.data.chunks_exact_mut(width).zip(self.kept(x.shape)) {
            pixel.copy_from_slice(&x.data[from * width..][..width]);
        }
        y
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut dx = HostAct::zeros(x.n, x.shape);
        let width = x.width();
        for (slope, to) in dy.data.chunks_exact(width).zip(self.kept(x.shape)) {
            dx.data[to * width..][..width].copy_from_slice(slope);
        }
        dx
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let (x, s) = (x.image(), self.0);
        let [_, _, h, w] = x.dims();
        let every =
            |n: usize| TensorData::new((0..n).step_by(s).map(|i| i as i32).collect::<Vec<_>>(), [n.div_ceil(s)]);
        let (rows, columns) = (every(h), every(w));
        let device = x.device();
        let index = |data| Tensor::<1, Int>::from_data(data, &device);
        Act::Image(x.select(2, index(rows)).select(3, index(columns)))
    }
}
