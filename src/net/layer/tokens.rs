//! Pixels as tokens: an image of one column, and channels and places exchanged, for networks that mix both (MLP-Mixer).

use burn::tensor::Tensor;

use super::kind::Layer;
use crate::net::{
    act::Act,
    buffer::Buffer,
    builder::{Builder, Built},
    host_act::HostAct,
    op::Local,
    shape::Shape,
};

/// `tokens`: `[C, H, W]` to `[C, H·W, 1]`.
pub(super) struct Tokens;

impl Layer for Tokens {
    fn usage(&self) -> Vec<&'static str> {
        vec!["tokens"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.rearranged("tokens", Rearranged::Column, |[c, h, w]| [c, h * w, 1]))
    }
}

/// `transpose`: `[C, H, W]` to `[H·W, C, 1]`.
pub(super) struct Transpose;

impl Layer for Transpose {
    fn usage(&self) -> Vec<&'static str> {
        vec!["transpose"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.rearranged("transpose", Rearranged::Transposed, |[c, h, w]| [h * w, c, 1]))
    }
}

impl Builder {
    fn rearranged(&mut self, word: &str, how: Rearranged, shape: impl Fn([usize; 3]) -> [usize; 3]) -> Built {
        let sides = self.image(word)?;
        self.local(how, Vec::new());
        self.gives(Shape::Image(shape(sides)), 0);
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rearranged {
    Column,
    Transposed,
}

/// `[C, P, width]` to `[P, C, width]`.
fn transposed(x: &HostAct, c: usize, places: usize) -> Buffer {
    let width = x.width();
    let mut data = Buffer::any(x.data.len());
    for (at, values) in x.data.chunks_exact(width).enumerate() {
        let (channel, place) = (at / places, at % places);
        data[(place * c + channel) * width..][..width].copy_from_slice(values);
    }
    data
}

impl Local for Rearranged {
    fn words(&self) -> String {
        match self {
            Rearranged::Column => "tokens".into(),
            Rearranged::Transposed => "channels ↔ places".into(),
        }
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let [c, h, w] = x.shape;
        match self {
            Rearranged::Column => HostAct { data: x.data.clone(), n: x.n, shape: [c, h * w, 1] },
            Rearranged::Transposed => HostAct { data: transposed(x, c, h * w), n: x.n, shape: [h * w, c, 1] },
        }
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let [c, h, w] = x.shape;
        x.like(match self {
            Rearranged::Column => dy.data.clone(),
            Rearranged::Transposed => transposed(dy, h * w, c),
        })
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let x = x.image();
        let [n, c, h, w] = x.dims();
        let column = x.reshape([n, c, h * w, 1]);
        Act::Image(match self {
            Rearranged::Column => column,
            Rearranged::Transposed => column.swap_dims(1, 2),
        })
    }
}
