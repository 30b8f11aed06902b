//! What a formula is made of: functions of one number, with their derivatives, and operations on two.

use crate::named::named_choice;

named_choice! {
    /// A function of one argument.
    Function as "name" {
        /// e^v
        #[default] Exp = "exp",
        /// Natural logarithm.
        Ln = "ln",
        /// Natural logarithm, as in most programming languages.
        Log = "log",
        Log2 = "log2",
        Log10 = "log10",
        Sqrt = "sqrt",
        Abs = "abs",
        Sin = "sin",
        Cos = "cos",
        Tan = "tan",
        Atan = "atan",
        Sinh = "sinh",
        Cosh = "cosh",
        Tanh = "tanh",
        /// 1 / (1 + e^{−v})
        Sigmoid = "sigmoid",
        /// ln(1 + e^v)
        Softplus = "softplus",
        /// max(v, 0)
        Relu = "relu",
    }
}

impl Function {
    /// f(v).
    pub(super) fn value(self, v: f64) -> f64 {
        match self {
            Function::Exp => v.exp(),
            Function::Ln | Function::Log => v.ln(),
            Function::Log2 => v.log2(),
            Function::Log10 => v.log10(),
            Function::Sqrt => v.sqrt(),
            Function::Abs => v.abs(),
            Function::Sin => v.sin(),
            Function::Cos => v.cos(),
            Function::Tan => v.tan(),
            Function::Atan => v.atan(),
            Function::Sinh => v.sinh(),
            Function::Cosh => v.cosh(),
            Function::Tanh => v.tanh(),
            Function::Sigmoid => 1.0 / (1.0 + (-v).exp()),
            Function::Softplus => (if v < 0.0 { 0.0 } else { v }) + (-v.abs()).exp().ln_1p(),
            Function::Relu => {
                if v < 0.0 {
                    0.0
                } else {
                    v
                }
            }
        }
    }

    /// f, f′ and f″ at v; at a kink those of larger arguments.
    pub(super) fn derivatives(self, v: f64) -> [f64; 3] {
        let f = self.value(v);
        let logarithm = |base: f64| [f, 1.0 / (v * base), -1.0 / (v * v * base)];
        match self {
            Function::Exp => [f, f, f],
            Function::Ln | Function::Log => logarithm(1.0),
            Function::Log2 => logarithm(std::f64::consts::LN_2),
            Function::Log10 => logarithm(std::f64::consts::LN_10),
            Function::Sqrt => [f, 0.5 / f, -0.25 / (f * v)],
            Function::Abs => [f, if v < 0.0 { -1.0 } else { 1.0 }, 0.0],
            Function::Sin => [f, v.cos(), -f],
            Function::Cos => [f, -v.sin(), -f],
            Function::Tan => [f, 1.0 + f * f, 2.0 * f * (1.0 + f * f)],
            Function::Atan => {
                let d = 1.0 / (1.0 + v * v);
                [f, d, -2.0 * v * d * d]
            }
            Function::Sinh => [f, v.cosh(), f],
            Function::Cosh => [f, v.sinh(), f],
            Function::Tanh => [f, 1.0 - f * f, -2.0 * f * (1.0 - f * f)],
            Function::Sigmoid => [f, f * (1.0 - f), f * (1.0 - f) * (1.0 - 2.0 * f)],
            Function::Softplus => {
                let s = Function::Sigmoid.value(v);
                [f, s, s * (1.0 - s)]
            }
            Function::Relu => [f, if v < 0.0 { 0.0 } else { 1.0 }, 0.0],
        }
    }
}

/// An operation on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
}
