//! Names and shapes of a checkpoint's tensors, to be asked by name.

use std::collections::{BTreeMap, BTreeSet};

/// Sizes beyond this are those of no network here; products of them would overflow.
const LARGEST: usize = 1 << 20;

/// Tensors that a network could have: named, with sizes that are numbers one can calculate with.
pub(super) struct Shapes<'a> {
    by_name: BTreeMap<&'a str, &'a [usize]>,
    /// As listed.
    order: Vec<&'a str>,
}

impl<'a> Shapes<'a> {
    /// Of a name that is listed twice, the first shape counts.
    pub(super) fn new(tensors: &'a [(String, Vec<usize>)]) -> Self {
        let mut by_name = BTreeMap::new();
        let mut order = Vec::new();
        for (name, shape) in tensors {
            by_name.entry(name.as_str()).or_insert_with(|| {
                order.push(name.as_str());
                shape.as_slice()
            });
        }
        Shapes { by_name, order }
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a [usize]> {
        self.by_name.get(name).copied()
    }

    /// Names in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.by_name.keys().copied()
    }

    /// Size of `name` along `axis`, if it has that axis.
    pub(super) fn dim(&self, name: &str, axis: usize) -> Option<usize> {
        let size = *self.by_name.get(name)?.get(axis)?;
        (1..=LARGEST).contains(&size).then_some(size)
    }

    /// Outputs of the last layer `head`; ten when it is not there, to have something to compare with.
    pub(super) fn classes(&self, head: &str) -> usize {
        self.dim(&format!("{head}.weight"), 0).unwrap_or(10)
    }

    /// How many different numbers follow `prefix`.
    pub(super) fn blocks(&self, prefix: &str) -> usize {
        let number = |name: &'a str| name.strip_prefix(prefix)?.split('.').next()?.parse::<usize>().ok();
        self.names().filter_map(number).collect::<BTreeSet<_>>().len()
    }

    /// Orders in which a person may have listed the tensors: as they are listed, and with the numbers in names by value.
    /// A list in alphabetical order says nothing.
    pub(super) fn orders(&self) -> Vec<Vec<(&'a str, &'a [usize])>> {
        let mut natural = self.order.clone();
        natural.sort_by_cached_key(|name| pieces(name));
        let listed = (!self.order.is_sorted()).then(|| self.order.clone());
        let with_shapes = |names: Vec<&'a str>| names.into_iter().filter_map(|n| Some((n, self.get(n)?))).collect();
        listed.into_iter().chain([natural]).map(with_shapes).collect()
    }
}

/// A name cut into text and the number after it, so that `fc10` comes after `fc9`.
fn pieces(name: &str) -> Vec<(String, u64)> {
    let mut pieces = vec![(String::new(), 0u64)];
    let mut in_number = false;
    for c in name.chars() {
        if in_number && !c.is_ascii_digit() {
            pieces.push((String::new(), 0));
        }
        in_number = c.is_ascii_digit();
        let Some((text, number)) = pieces.last_mut() else { continue };
        match c.to_digit(10) {
            Some(digit) => *number = number.saturating_mul(10).saturating_add(u64::from(digit)),
            None => text.push(c),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<(String, Vec<usize>)> {
        names.iter().map(|n| (n.to_string(), vec![2, 3])).collect()
    }

    #[test]
    fn blocks_are_counted_once_each() {
        let tensors = list(&["layer1.0.a", "layer1.0.b", "layer1.7.a", "layer10.1.a", "layer1.x.a", "layer1"]);
        let shapes = Shapes::new(&tensors);
        assert_eq!(shapes.blocks("layer1."), 2);
        assert_eq!((shapes.dim("layer1.0.a", 1), shapes.dim("layer1.0.a", 2)), (Some(3), None));
        assert_eq!((shapes.classes("none"), shapes.len()), (10, 6));
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let orders = |names: &[&str]| {
            let tensors = list(names);
            let names = |order: &Vec<(&str, &[usize])>| order.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(" ");
            Shapes::new(&tensors).orders().iter().map(names).collect::<Vec<_>>()
        };
        assert_eq!(orders(&["0.w", "10.w", "2.w"]), ["0.w 2.w 10.w"]);
        assert_eq!(orders(&["fc1.w", "fc10.w", "fc2.w"]), ["fc1.w fc2.w fc10.w"]);
        assert_eq!(orders(&["in.w", "hidden.w", "out.w"]), ["in.w hidden.w out.w", "hidden.w in.w out.w"]);
    }
}
