//! Tensors by name in a pickle: our own reader, which makes *names to pieces of storages* and drops everything else.
//!
//! Nothing is executed and no class is looked up: a pickle is a program for a stack machine, and this machine knows
//! containers, texts, whole numbers and the handful of functions that PyTorch makes tensors and NumPy makes arrays with. Whatever
//! else is made (loggers, optimizers, enums) is an empty object. The numbers of an array stay where they are, in the pickle. So memory follows what is kept, not what is skipped; what is
//! kept is counted, and refused beyond a budget.

mod class;
mod input;
mod kept;
mod lists;
mod machine;
mod made;
mod named;
mod opcodes;
mod reductions;
#[cfg(test)]
mod tests;
mod value;

use std::io::BufRead;

use crate::{memory::Size, zipped::Trouble};
use input::Counted;
pub use kept::Kept;
pub use lists::Lists;
use machine::Machine;
pub use named::named;
pub use value::{Bytes, Numbers, Place};

/// Reads one pickle to its end.
///
/// # Errors
/// The pickle is damaged, or what is kept of it would take more than `budget` bytes at some time.
pub fn read(input: &mut impl BufRead, budget: u64, lists: Lists) -> Result<Kept, Trouble> {
    let mut machine = Machine::new(lists);
    let input = &mut Counted::new(input);
    loop {
        // Before the step, which may make a table twice as large.
        if machine.takes() > budget {
            return Err(Trouble::TooLarge(format!("the list of its tensors would take more than {}", Size(budget))));
        }
        if !machine.step(input)? {
            return Ok(machine.end()?);
        }
    }
}
