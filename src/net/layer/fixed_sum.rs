//! An output layer that is not trained: Σ of the first half of its inputs − Σ of the second. Weights of +1 and −1, which are
//! no parameters (Brutzkus et al. 2017; "The Anisotropic Noise in Stochastic Gradient Descent", Proposition 2 and 5.2).

use burn::tensor::Tensor;

use super::kind::Layer;
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    op::Local,
    shape::Shape,
};

/// `fixedsum`: `[F]` to `[1]`, F even.
pub(super) struct FixedSum;

impl Layer for FixedSum {
    fn usage(&self) -> Vec<&'static str> {
        vec!["fixedsum"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        numbers.is_empty().then(|| b.fixed_sum())
    }
}

impl Builder {
    /// Adds the first half of the numbers and takes the second away; images are flattened first.
    pub(in crate::net) fn fixed_sum(&mut self) -> Built {
        let count = self.shape.count();
        if count == 0 || !count.is_multiple_of(2) {
            return Err(format!(
                "fixedsum gets {count} numbers, of which one half counts +1 and the other −1; give it an even number"
            ));
        }
        if matches!(self.shape, Shape::Image(_)) {
            self.flatten();
        }
        self.local(Signed { half: count / 2 }, Vec::new());
        self.gives(Shape::Flat(1), 0);
        Ok(())
    }
}

#[derive(Debug)]
struct Signed {
    /// Inputs of either sign.
    half: usize,
}

impl Local for Signed {
    fn words(&self) -> String {
        format!("fixed sum of {} − {}", self.half, self.half)
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut y = HostAct::any(x.n, [1, 1, 1]);
        let width = x.width();
        if width == 0 {
            return y;
        }
        let mut sums = vec![0.0_f64; width];
        for (feature, values) in x.data.chunks_exact(width).enumerate() {
            let sign = if feature < self.half { 1.0 } else { -1.0 };
            sums.iter_mut().zip(values).for_each(|(sum, x)| *sum += sign * f64::from(*x));
        }
        y.data.iter_mut().zip(sums).for_each(|(y, sum)| *y = sum as f32);
        y
    }

    fn needs_input(&self) -> bool {
        false
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut dx = HostAct::any(x.n, x.shape);
        let width = x.width();
        if width == 0 {
            return dx;
        }
        for (feature, slopes) in dx.data.chunks_exact_mut(width).enumerate() {
            let sign = if feature < self.half { 1.0 } else { -1.0 };
            slopes.iter_mut().zip(dy.data.iter()).for_each(|(dx, dy)| *dx = sign * *dy);
        }
        dx
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        let x = x.flat();
        let [n, features] = x.dims();
        let (plus, minus) = (x.clone().slice([0..n, 0..self.half]), x.slice([0..n, self.half..features]));
        Act::Flat(plus.sum_dim(1) - minus.sum_dim(1))
    }
}
