//! What an optimizer remembers from step to step: vectors by name.

use std::collections::{BTreeMap, btree_map};

/// Vectors by name, such as the velocity; a run file keeps them under these names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vectors(BTreeMap<String, Vec<f32>>);

/// What a rule remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A number for each parameter.
    Vector(&'static str),
    /// One number, as a vector of length 1.
    Number(&'static str),
}

impl Kept {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kept::Vector(name) | Kept::Number(name) => name,
        }
    }
}

impl Vectors {
    /// The vector of that name; `None` before there is one.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Takes a vector out, to put it back changed.
    pub fn take(&mut self, name: &str) -> Option<Vec<f32>> {
        self.0.remove(name)
    }

    /// Takes a vector out, or begins one of that length with 0.
    pub fn take_or_zero(&mut self, name: &str, length: usize) -> Vec<f32> {
        self.take(name).unwrap_or_else(|| vec![0.0; length])
    }

    /// Keeps a vector, in the place of the one before.
    pub fn put(&mut self, name: impl Into<String>, vector: Vec<f32>) {
        self.0.insert(name.into(), vector);
    }

    /// Forgets all but those that are `kept`.
    pub fn retain(&mut self, kept: &[Kept]) {
        self.0.retain(|name, _| kept.iter().any(|k| k.name() == name));
    }

    /// All of them, by name.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Vec<f32>> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Vectors {
    type Item = (&'a String, &'a Vec<f32>);
    type IntoIter = btree_map::Iter<'a, String, Vec<f32>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(String, Vec<f32>)> for Vectors {
    fn from_iter<I: IntoIterator<Item = (String, Vec<f32>)>>(vectors: I) -> Vectors {
        Vectors(vectors.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_kept_goes_on() {
        let mut all: Vectors =
            [("v".to_string(), vec![1.0, 2.0]), ("steps".to_string(), vec![3.0])].into_iter().collect();
        all.put("m", vec![0.0; 2]);
        all.retain(&[Kept::Vector("v"), Kept::Number("steps")]);
        assert_eq!(all.iter().map(|(name, v)| (name.as_str(), v.len())).collect::<Vec<_>>(), [("steps", 1), ("v", 2)]);
        assert_eq!((all.take("v"), all.get("v")), (Some(vec![1.0, 2.0]), None));
    }
}
