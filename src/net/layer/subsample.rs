//! Every so many rows and columns, from the first on: `x[:, :, ::s, ::s]`.

use burn::tensor::{Int, Tensor, TensorData};

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    buffer::Buffer,
    builder::{Builder, Built, positive},
    host_act::{Form, HostAct},
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

impl Local for Every {
    fn words(&self) -> String {
        format!("every {}. pixel", self.0)
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let ([c, h, w], s) = (x.planes(), self.0);
        let (oh, ow) = (h.div_ceil(s), w.div_ceil(s));
        let mut data = Buffer::any(c * x.n * oh * ow);
        for (image, out) in x.data.chunks_exact(h * w).zip(data.chunks_exact_mut(oh * ow)) {
            for (y, out) in out.chunks_exact_mut(ow).enumerate() {
                image[y * s * w..][..w].iter().step_by(s).zip(out).for_each(|(x, o)| *o = *x);
            }
        }
        HostAct { data, n: x.n, form: Form::Planes { c, h: oh, w: ow } }
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let ([c, h, w], s) = (x.planes(), self.0);
        let [_, oh, ow] = dy.planes();
        let mut data = Buffer::zeros(c * x.n * h * w);
        for (image, out) in dy.data.chunks_exact(oh * ow).zip(data.chunks_exact_mut(h * w)) {
            for (y, row) in image.chunks_exact(ow).enumerate() {
                out[y * s * w..][..w].iter_mut().step_by(s).zip(row).for_each(|(o, d)| *o = *d);
            }
        }
        x.like(data)
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
