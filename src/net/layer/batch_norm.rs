//! Batch norm over the channels of an image.

use super::kind::Layer;
use crate::net::{
    builder::{Builder, Built},
    init::Init,
    layout::ParamKind,
    op::{BatchNorm, Op},
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
        let [c, ..] = self.image("batchnorm")?;
        // γ = 1, β = 0.
        let weight = self.parameter(format!("{name}.weight"), vec![c], ParamKind::Norm, Init::Ones);
        let bias = self.parameter(format!("{name}.bias"), vec![c], ParamKind::Norm, Init::Zeros);
        let mean = self.buffer(format!("{name}.running_mean"), c, Init::Zeros);
        let variance = self.buffer(format!("{name}.running_var"), c, Init::Ones);
        self.push(|x| Op::BatchNorm(x, BatchNorm { weight, bias, mean, variance }));
        self.words.push(format!("batch norm {c}"));
        self.gives(self.shape, 0);
        Ok(())
    }
}
