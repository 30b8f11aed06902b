//! One number f as two outputs, (1 − f, f): a network with one output for data of two classes, y = 0 and y = 1.
//!
//! The mean squared error over both outputs is (f − y)², that of the one number, and class 1 is told where f > ½.

use burn::tensor::Tensor;

use super::kind::Layer;
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    op::{Along, Local},
    shape::Shape,
};

/// `pair`: `[1]` to `[2]`.
pub(super) struct Pair;

impl Layer for Pair {
    fn usage(&self) -> Vec<&'static str> {
        vec!["pair"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.pair())
    }
}

impl Builder {
    /// f becomes (1 − f, f).
    pub(in crate::net) fn pair(&mut self) -> Built {
        if self.shape.count() != 1 {
            return Err(format!("pair needs one number but gets {}; put fixedsum or linear(1) before it", self.shape));
        }
        if matches!(self.shape, Shape::Image(_)) {
            self.flatten();
        }
        self.local(Both, Vec::new());
        self.gives(Shape::Flat(2), 0);
        Ok(())
    }
}

#[derive(Debug)]
struct Both;

impl Both {
    /// `[1]` to `[2]`: the first of them by `first`, the second as it is.
    fn of(x: &HostAct, first: impl Fn(f32) -> f32) -> HostAct {
        let mut y = HostAct::any(x.n, [2, 1, 1]);
        let (other, same) = y.data.split_at_mut(x.data.len());
        other.iter_mut().zip(x.data.iter()).for_each(|(y, x)| *y = first(*x));
        same.copy_from_slice(&x.data);
        y
    }
}

impl Local for Both {
    fn words(&self) -> String {
        "f to (1 − f, f)".into()
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        Both::of(x, |f| 1.0 - f)
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut dx = HostAct::any(x.n, x.shape);
        let (other, same) = dy.data.split_at(dy.data.len() / 2);
        for (dx, (other, same)) in dx.data.iter_mut().zip(other.iter().zip(same)) {
            *dx = same - other;
        }
        dx
    }

    fn tangent(&self, along: &Along<'_>) -> HostAct {
        Both::of(along.dx, |df| -df)
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let f = x.flat();
        Act::Flat(Tensor::cat(vec![1.0 - f.clone(), f], 1))
    }
}
