//! Channels of zeros before and after those of an image.

use burn::tensor::Tensor;

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built, affordable},
    host_act::HostAct,
    keys::Fault,
    op::Local,
    shape::Shape,
};

pub(super) struct Padding;

impl Layer for Padding {
    fn keys(&self) -> Vec<&'static str> {
        vec!["pad"]
    }

    fn in_description(&self, b: &mut Builder, _name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        match entry.keys.numbers("pad")?.as_deref() {
            Some([before, after]) => b.pad_channels(*before, *after)?,
            _ => return Err("pad takes two numbers, channels before and after: pad = [8, 8]".to_string().into()),
        }
        Ok(())
    }
}

impl Builder {
    /// Adds channels of zeros.
    pub(in crate::net) fn pad_channels(&mut self, before: usize, after: usize) -> Built {
        let [c, h, w] = self.image("pad")?;
        let channels = before.checked_add(after).and_then(|n| n.checked_add(c));
        let shape = Shape::Image([channels.unwrap_or(usize::MAX), h, w]);
        affordable("pad", shape, Some(0))?;
        self.local(Zeros { before, after }, Vec::new());
        self.gives(shape, 0);
        Ok(())
    }
}

#[derive(Debug)]
struct Zeros {
    before: usize,
    after: usize,
}

impl Local for Zeros {
    fn words(&self) -> String {
        format!("{} + {} zero channels", self.before, self.after)
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let [c, h, w] = x.shape;
        let mut y = HostAct::zeros(x.n, [self.before + c + self.after, h, w]);
        y.data[self.before * x.channel()..][..x.data.len()].copy_from_slice(&x.data);
        y
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut dx = HostAct::any(x.n, x.shape);
        let size = dx.data.len();
        dx.data.copy_from_slice(&dy.data[self.before * x.channel()..][..size]);
        dx
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let x = x.image();
        let [n, _, h, w] = x.dims();
        let device = x.device();
        let zeros = |c: usize| (c > 0).then(|| Tensor::zeros([n, c, h, w], &device));
        let parts = [zeros(self.before), Some(x), zeros(self.after)].into_iter().flatten().collect();
        Act::Image(Tensor::cat(parts, 1))
    }
}
