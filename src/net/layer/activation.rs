//! A function of every number: all of the table of functions.

use super::kind::Layer;
use crate::net::{
    builder::{Builder, Built},
    op::Op,
    pointwise::{POINTWISE, Pointwise, RELU},
};

pub(super) struct Activation;

impl Layer for Activation {
    fn usage(&self) -> Vec<&'static str> {
        POINTWISE.iter().map(|f| f.name).collect()
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, word: &str, numbers: &[usize]) -> Option<Built> {
        let function = Pointwise::named(word).filter(|_| numbers.is_empty())?;
        b.activation(function);
        Some(Ok(()))
    }
}

impl Builder {
    pub(in crate::net) fn activation(&mut self, function: &'static Pointwise) {
        self.push(|x| Op::Pointwise(x, function));
        self.words.push(function.name.into());
        self.gives(self.shape, 0);
    }

    pub(in crate::net) fn relu(&mut self) {
        self.activation(&RELU);
    }
}
