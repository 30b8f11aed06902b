//! The compiled form of a formula: instructions for a stack.

use super::{
    jet::Number,
    ops::{Function, Pair},
};

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// Push a number.
    Constant(f64),
    /// Push variable 0 or 1.
    Variable(usize),
    /// Replace the top.
    Negate,
    Apply(Function),
    /// Replace the top v by v^c.
    ToConstant(f64),
    /// Replace the two on top.
    Pair(Pair),
}

/// A program whose stack never runs empty and ends with one number: the parser emits nothing else.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    steps: Vec<Step>,
    dim: usize,
}

impl Program {
    pub fn new(steps: Vec<Step>, dim: usize) -> Program {
        Program { steps, dim }
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    pub fn run<N: Number>(&self, variables: [N; 2]) -> N {
        let mut stack: Vec<N> = Vec::with_capacity(16);
        for step in &self.steps {
            let top = match *step {
                Step::Constant(value) => N::constant(value),
                Step::Variable(k) => variables[k],
                Step::Negate => pop(&mut stack).negate(),
                Step::Apply(function) => pop(&mut stack).apply(function),
                Step::ToConstant(c) => pop(&mut stack).to_constant(c),
                Step::Pair(pair) => {
                    let right = pop(&mut stack);
                    pop(&mut stack).pair(right, pair)
                }
            };
            stack.push(top);
        }
        pop(&mut stack)
    }
}

/// The top of the stack, which is there by construction of the program.
fn pop<N: Number>(stack: &mut Vec<N>) -> N {
    stack.pop().unwrap_or_else(|| N::constant(f64::NAN))
}
