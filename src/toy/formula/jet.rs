//! Numbers that a program can run over: plain f64, and second-order dual numbers in two variables.

use super::ops::{Function, Pair};

/// What the arithmetic of a formula needs.
pub(super) trait Number: Copy {
    fn constant(value: f64) -> Self;
    fn negate(self) -> Self;
    fn pair(self, other: Self, pair: Pair) -> Self;
    fn apply(self, function: Function) -> Self;
    /// self^c for a constant c.
    fn to_constant(self, c: f64) -> Self;
}

impl Number for f64 {
    fn constant(value: f64) -> f64 {
        value
    }

    fn negate(self) -> f64 {
        -self
    }

    fn pair(self, other: f64, pair: Pair) -> f64 {
        match pair {
            Pair::Add => self + other,
            Pair::Subtract => self - other,
            Pair::Multiply => self * other,
            Pair::Divide => self / other,
            Pair::Power => self.powf(other),
            Pair::Min => smaller(self, other, self <= other),
            Pair::Max => smaller(self, other, self > other),
        }
    }

    fn apply(self, function: Function) -> f64 {
        function.value(self)
    }

    fn to_constant(self, c: f64) -> f64 {
        power(self, c)
    }
}

/// One of two numbers; a NaN on either side wins, where `f64::min` would hide it.
fn smaller(a: f64, b: f64, first: bool) -> f64 {
    if a.is_nan() || (first && !b.is_nan()) { a } else { b }
}

fn power(v: f64, c: f64) -> f64 {
    if c.fract() == 0.0 && c.abs() <= 64.0 { v.powi(c as i32) } else { v.powf(c) }
}

/// f with ∂f/∂w₁, ∂f/∂w₂ and the second derivatives (11, 12, 22).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Jet {
    pub value: f64,
    pub gradient: [f64; 2],
    pub hessian: [f64; 3],
}

impl Jet {
    /// The variable number `axis` at `value`.
    pub fn variable(value: f64, axis: usize) -> Jet {
        let mut gradient = [0.0; 2];
        gradient[axis] = 1.0;
        Jet { value, gradient, hessian: [0.0; 3] }
    }

    /// φ(self) for φ, φ′, φ″ at the value. A derivative that does not matter (0 times it) is left out, so that it may be
    /// infinite, as that of √0 is.
    fn chain(self, [f, d, e]: [f64; 3]) -> Jet {
        let times = |k: f64, x: f64| if x == 0.0 { 0.0 } else { k * x };
        let [a, b] = self.gradient;
        let outer = [a * a, a * b, b * b];
        Jet {
            value: f,
            gradient: [times(d, a), times(d, b)],
            hessian: [0, 1, 2].map(|k| times(d, self.hessian[k]) + times(e, outer[k])),
        }
    }

    fn zip(self, o: Jet, f: impl Fn(f64, f64) -> f64) -> Jet {
        Jet {
            value: f(self.value, o.value),
            gradient: [0, 1].map(|k| f(self.gradient[k], o.gradient[k])),
            hessian: [0, 1, 2].map(|k| f(self.hessian[k], o.hessian[k])),
        }
    }

    fn times(self, o: Jet) -> Jet {
        let ([a, b], [c, d]) = (self.gradient, o.gradient);
        let cross = [2.0 * a * c, a * d + b * c, 2.0 * b * d];
        Jet {
            value: self.value * o.value,
            gradient: [0, 1].map(|k| self.gradient[k] * o.value + self.value * o.gradient[k]),
            hessian: [0, 1, 2].map(|k| self.hessian[k] * o.value + cross[k] + self.value * o.hessian[k]),
        }
    }
}

impl Number for Jet {
    fn constant(value: f64) -> Jet {
        Jet { value, gradient: [0.0; 2], hessian: [0.0; 3] }
    }

    fn negate(self) -> Jet {
        self.zip(self, |a, _| -a)
    }

    fn pair(self, o: Jet, pair: Pair) -> Jet {
        match pair {
            Pair::Add => self.zip(o, |a, b| a + b),
            Pair::Subtract => self.zip(o, |a, b| a - b),
            Pair::Multiply => self.times(o),
            Pair::Divide => self.times(o.chain([1.0 / o.value, -o.value.powi(-2), 2.0 * o.value.powi(-3)])),
            // a^b = e^{b ln a}; the value itself by powf, which also knows negative bases.
            Pair::Power => {
                let value = self.value.powf(o.value);
                let through = o.times(self.apply(Function::Ln));
                Jet { value, ..through.chain([value; 3]) }
            }
            // A tie takes the derivatives of the first argument.
            Pair::Min => {
                if self.value.is_nan() || self.value <= o.value {
                    self
                } else {
                    o
                }
            }
            Pair::Max => {
                if self.value.is_nan() || self.value >= o.value {
                    self
                } else {
                    o
                }
            }
        }
    }

    fn apply(self, function: Function) -> Jet {
        self.chain(function.derivatives(self.value))
    }

    fn to_constant(self, c: f64) -> Jet {
        let v = self.value;
        let first = if c == 0.0 { 0.0 } else { c * power(v, c - 1.0) };
        let second = if c == 0.0 || c == 1.0 { 0.0 } else { c * (c - 1.0) * power(v, c - 2.0) };
        self.chain([power(v, c), first, second])
    }
}
