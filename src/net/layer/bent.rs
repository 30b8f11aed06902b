//! Functions of every number that a person bends by a number of their own: leaky ReLU and ELU.

use burn::tensor::{Tensor, activation};

use valleyscope_kernels::wide;

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    keys::Fault,
    op::{Along, Local},
};

/// Which function, below 0; above, both are x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// a x
    Line,
    /// a (eˣ − 1)
    Exponential,
}

/// `leakyrelu(SLOPE)` and `elu(ALPHA)`, each with PyTorch's default when the number is left out.
pub(super) struct Bent(pub Below);

impl Bent {
    fn word(&self) -> &'static str {
        match self.0 {
            Below::Line => "leakyrelu",
            Below::Exponential => "elu",
        }
    }

    fn usual(&self) -> f32 {
        match self.0 {
            Below::Line => 0.01,
            Below::Exponential => 1.0,
        }
    }

    fn add(&self, b: &mut Builder, a: f32) -> Built {
        // The slope at 0 is that of the left, and a negative one would make the sign of y say nothing about x.
        if !(a.is_finite() && a >= 0.0) {
            return Err(format!("{}({a}) needs a number of at least 0", self.word()));
        }
        b.local(Function { below: self.0, a }, Vec::new());
        b.gives(b.shape, 0);
        Ok(())
    }
}

impl Layer for Bent {
    fn usage(&self) -> Vec<&'static str> {
        vec![if self.0 == Below::Line { "leakyrelu[(SLOPE)]" } else { "elu[(ALPHA)]" }]
    }

    fn words(&self) -> Vec<&'static str> {
        vec![self.word()]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        match numbers {
            [] => Some(self.add(b, self.usual())),
            [a] => Some(self.add(b, *a as f32)),
            _ => None,
        }
    }

    fn with_decimal(&self, b: &mut Builder, _word: &str, number: f32) -> Option<Built> {
        Some(self.add(b, number))
    }

    fn in_description(&self, b: &mut Builder, _name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        let a = entry.keys.decimal_or_on(entry.key)?.unwrap_or(self.usual());
        self.add(b, a)?;
        Ok(())
    }
}

#[derive(Debug)]
struct Function {
    below: Below,
    a: f32,
}

impl Local for Function {
    fn words(&self) -> String {
        match self.below {
            Below::Line => format!("leaky relu {}", self.a),
            Below::Exponential => format!("elu {}", self.a),
        }
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let (mut y, a) = (x.clone(), self.a);
        // Written so that what is not a number stays so.
        match self.below {
            Below::Line => wide(|| y.data.iter_mut().for_each(|x| *x = if *x > 0.0 { *x } else { a * *x })),
            Below::Exponential => y.data.iter_mut().for_each(|x| *x = if *x > 0.0 { *x } else { a * x.exp_m1() }),
        }
        y
    }

    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let (mut dx, a) = (dy.clone(), self.a);
        let both = dx.data.iter_mut().zip(&*x.data);
        match self.below {
            // 0 x, so that a number that is none shows.
            Below::Line => wide(|| both.for_each(|(d, x)| *d = if *x > 0.0 { *d } else { (a + 0.0 * x) * *d })),
            Below::Exponential => both.for_each(|(d, x)| *d = if *x > 0.0 { *d } else { a * x.exp() * *d }),
        }
        dx
    }

    fn tangent(&self, along: &Along<'_>) -> HostAct {
        self.back(along.x, along.dx, along.parameters)
    }

    /// f′ ddy + f″ dx dy
    fn back_tangent(&self, along: &Along<'_>, dy: &HostAct, ddy: &HostAct) -> HostAct {
        let mut change = self.back(along.x, ddy, along.parameters);
        if self.below == Below::Exponential {
            let bend = along.x.data.iter().zip(&*along.dx.data).zip(&*dy.data);
            for (change, ((x, dx), dy)) in change.data.iter_mut().zip(bend) {
                *change += if *x > 0.0 { 0.0 } else { self.a * x.exp() * dx * dy };
            }
        }
        change
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        fn apply<const D: usize>(x: Tensor<D>, f: &Function) -> Tensor<D> {
            match f.below {
                Below::Line => activation::leaky_relu(x, f64::from(f.a)),
                Below::Exponential => activation::elu(x, f64::from(f.a)),
            }
        }
        match x {
            Act::Image(x) => Act::Image(apply(x, self)),
            Act::Flat(x) => Act::Flat(apply(x, self)),
        }
    }
}
