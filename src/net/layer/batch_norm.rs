//! Batch norm over the channels of an image, or over numbers in a row as channels of one pixel.

use std::sync::Arc;

use burn::tensor::Tensor;

use super::kind::Layer;
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    init::Init,
    layout::ParamKind,
    op::{BatchNorm, Local, LocalOp, Op},
    shape::Shape,
};

pub(super) struct Norm;

impl Layer for Norm {
    fn is_named(&self) -> bool {
        true
    }

    fn usage(&self) -> Vec<&'static str> {
        vec!["batchnorm"]
    }

    fn in_stack(&self, b: &mut Builder, name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.batch_norm(name))
    }
}

impl Builder {
    pub(in crate::net) fn batch_norm(&mut self, name: &str) -> Built {
        let flat = matches!(self.shape, Shape::Flat(_));
        let c = self.channels();
        if flat {
            self.push(|x| Op::Local(x, Arc::new(LocalOp { parameters: Vec::new(), what: Box::new(OnePixel) })));
        }
        // γ = 1, β = 0.
        let weight = self.parameter(format!("{name}.weight"), vec![c], ParamKind::Norm, Init::Ones);
        let bias = self.parameter(format!("{name}.bias"), vec![c], ParamKind::Norm, Init::Zeros);
        let mean = self.buffer(format!("{name}.running_mean"), c, Init::Zeros);
        let variance = self.buffer(format!("{name}.running_var"), c, Init::Ones);
        self.push(|x| Op::BatchNorm(x, BatchNorm { weight, bias, mean, variance }));
        if flat {
            self.push(Op::Flatten);
        }
        self.words.push(format!("batch norm {c}"));
        self.gives(self.shape, 0);
        Ok(())
    }
}

/// Numbers in a row as channels of one pixel, so that every reading knows batch norm in one form only.
#[derive(Debug)]
struct OnePixel;

impl Local for OnePixel {
    fn words(&self) -> String {
        "one pixel".into()
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        x.clone()
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, _x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        dy.clone()
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        Act::Image(x.image())
    }
}
