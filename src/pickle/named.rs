//! The names of the tensors in a pickle: the way to each, with dots between.

use std::collections::BTreeMap;

use super::{
    kept::Kept,
    value::{Numbers, Numpy, Stored, Value},
};
use crate::{memory::Size, zipped::Trouble};

/// Deeper tables than this hold no network.
const DEEPEST: usize = 64;
/// A tensor of its own has this name.
const ALONE: &str = "tensor";
/// Where a module keeps its parts: no part of their names.
const WITHIN: [&str; 3] = ["_modules", "_parameters", "_buffers"];

/// Every tensor with its name; of one name the last.
///
/// # Errors
/// Tables that hold each other so often that their names take more than `budget`.
pub fn named(kept: &Kept, budget: u64) -> Result<BTreeMap<String, Stored>, Trouble> {
    let mut names = Names { kept, found: BTreeMap::new(), on_the_way: Vec::new(), taken: 0, budget };
    names.visit(&mut String::new(), &kept.root)?;
    // Beside PyTorch's tensors, arrays are what somebody has noted down.
    let is_array = |tensor: &Stored| matches!(tensor.numbers, Some(Numbers::Array { .. }));
    if names.found.values().any(|tensor| !is_array(tensor)) {
        names.found.retain(|_, tensor| !is_array(tensor));
    }
    Ok(names.found)
}

struct Names<'k> {
    kept: &'k Kept,
    found: BTreeMap<String, Stored>,
    /// The tables that lead here.
    on_the_way: Vec<usize>,
    taken: u64,
    budget: u64,
}

impl Names<'_> {
    fn visit(&mut self, path: &mut String, value: &Value) -> Result<(), Trouble> {
        // A visit takes time even where it takes no memory.
        self.taken += 64;
        if let Value::Tensor(_) = value {
            self.taken += 256 + path.len() as u64;
        }
        if self.taken > self.budget {
            let cause = format!("the names of its tensors would take more than {}", Size(self.budget));
            return Err(Trouble::TooLarge(cause));
        }
        match value {
            Value::Tensor(tensor) => {
                let name = if path.is_empty() { ALONE.into() } else { path.clone() };
                self.found.insert(name, Stored::clone(tensor));
            }
            Value::Node(node) if matches!(self.kept.nodes[*node].numpy, Some(Numpy::Array(_))) => {
                if let Some(Numpy::Array(array)) = &self.kept.nodes[*node].numpy {
                    self.taken += 256 + path.len() as u64;
                    let name = if path.is_empty() { ALONE.into() } else { path.clone() };
                    self.found.insert(name, Stored::clone(array));
                }
            }
            Value::Node(node) if self.on_the_way.len() < DEEPEST && !self.on_the_way.contains(node) => {
                self.on_the_way.push(*node);
                for (name, value) in &self.kept.nodes[*node].items {
                    let length = path.len();
                    if !WITHIN.contains(&&**name) {
                        if length > 0 {
                            path.push('.');
                        }
                        path.push_str(name);
                    }
                    self.visit(path, value)?;
                    path.truncate(length);
                }
                self.on_the_way.pop();
            }
            _ => {}
        }
        Ok(())
    }
}
