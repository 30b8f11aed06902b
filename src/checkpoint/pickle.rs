//! Tensors by name in a pickle: our own reader, which makes *names to pieces of storages* and drops everything else.
//!
//! Nothing is executed and no class is looked up: a pickle is a program for a stack machine, and this machine knows
//! containers, texts, whole numbers and the handful of functions that PyTorch makes tensors with. Whatever else is made
//! (loggers, arrays, optimizers, enums) is an empty object. So memory follows what is kept, not what is skipped; what is
//! kept is counted, and refused beyond a budget.

mod class;
mod input;
mod kept;
mod machine;
mod made;
mod named;
#[cfg(test)]
mod tests;
mod value;

use std::io::BufRead;

use super::entry::{Refusal, size};
pub(super) use kept::Kept;
use machine::Machine;
pub(super) use named::named;
pub(super) use value::Place;

/// Reads one pickle to its end. With `texts` it keeps the texts in lists, too.
///
/// # Errors
/// The pickle is damaged, or what is kept of it would take more than `budget` bytes at some time.
pub(super) fn read(input: &mut impl BufRead, budget: u64, texts: bool) -> Result<Kept, Refusal> {
    let mut machine = Machine::new(texts);
    loop {
        // Before the step, which may make a table twice as large.
        if machine.takes() > budget {
            return Err(Refusal::TooLarge(format!("the list of its tensors would take more than {}", size(budget))));
        }
        if !machine.step(input)? {
            return Ok(machine.end()?);
        }
    }
}
