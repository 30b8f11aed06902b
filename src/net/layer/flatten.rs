//! Images to rows of numbers.

use super::kind::Layer;
use crate::net::{
    builder::{Builder, Built},
    op::Op,
    shape::Shape,
};

pub(super) struct Flatten;

impl Layer for Flatten {
    fn usage(&self) -> Vec<&'static str> {
        vec!["flatten"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        if !numbers.is_empty() {
            return None;
        }
        b.flatten();
        Some(Ok(()))
    }
}

impl Builder {
    pub(in crate::net) fn flatten(&mut self) {
        // Rows are flat already.
        if matches!(self.shape, Shape::Image(_)) {
            self.push(Op::Flatten);
        }
        self.words.push("flatten".into());
        self.shape = Shape::Flat(self.shape.count());
    }
}
