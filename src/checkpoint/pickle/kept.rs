//! What is kept of a pickle.

use std::collections::HashMap;

use super::value::{Node, Value};

/// What a pickle holds that is worth keeping.
pub(in crate::checkpoint) struct Kept {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Value,
    /// Every storage that is named, with the bytes of one of its elements.
    pub storages: HashMap<String, usize>,
}

impl Kept {
    /// The texts of a list at the top.
    pub fn texts(&self) -> Vec<String> {
        let Value::Node(root) = self.root else { return Vec::new() };
        let text = |(_, value): &(_, Value)| if let Value::Text(text) = value { Some(text.to_string()) } else { None };
        self.nodes[root].items.iter().filter_map(text).collect()
    }
}
