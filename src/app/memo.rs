//! What is made anew only when what it is made of has changed.

use std::sync::Arc;

/// One value, and what it was made of.
#[derive(Debug)]
pub struct Memo<K, V> {
    made: Option<(K, Arc<V>)>,
    revision: u64,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo { made: None, revision: 0 }
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// The value for a key, and a number that is another one whenever the value is.
    pub fn of(&mut self, key: K, make: impl FnOnce() -> V) -> (Arc<V>, u64) {
        if let Some((_, value)) = self.made.as_ref().filter(|(made, _)| *made == key) {
            return (Arc::clone(value), self.revision);
        }
        let value = Arc::new(make());
        self.made = Some((key, Arc::clone(&value)));
        self.revision += 1;
        (value, self.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_for_every_change_of_its_key() {
        let (mut memo, mut count) = (Memo::default(), 0);
        let mut of = |key: u32| {
            let (value, revision) = memo.of(key, || {
                count += 1;
                count
            });
            (*value, revision)
        };
        assert_eq!([3, 3, 4, 4, 3].map(&mut of), [(1, 1), (1, 1), (2, 2), (2, 2), (3, 3)]);
    }
}
