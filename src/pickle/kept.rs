//! What is kept of a pickle.

use std::collections::HashMap;

use super::value::{Node, Numpy, Stored, Value};

/// What a pickle holds that is worth keeping.
pub struct Kept {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Value,
    /// Every storage that is named, with the bytes of one of its elements.
    pub storages: HashMap<String, usize>,
}

impl Kept {
    /// The array under a name at the top.
    pub fn array(&self, name: &str) -> Option<&Stored> {
        match self.at(name)? {
            Value::Node(node) => match &self.nodes[*node].numpy {
                Some(Numpy::Array(array)) => Some(array),
                _ => None,
            },
            _ => None,
        }
    }

    /// The whole numbers of the list under a name at the top.
    pub fn wholes(&self, name: &str) -> Option<Vec<i64>> {
        let Value::Node(list) = self.at(name)? else { return None };
        let whole = |(_, value): &(_, Value)| if let Value::Whole(n) = value { Some(*n) } else { None };
        self.nodes[*list].items.iter().map(whole).collect()
    }

    fn at(&self, name: &str) -> Option<&Value> {
        let Value::Node(root) = self.root else { return None };
        self.nodes[root].items.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// The texts of a list at the top.
    pub fn texts(&self) -> Vec<String> {
        let Value::Node(root) = self.root else { return Vec::new() };
        let text = |(_, value): &(_, Value)| if let Value::Text(text) = value { Some(text.to_string()) } else { None };
        self.nodes[root].items.iter().filter_map(text).collect()
    }
}
