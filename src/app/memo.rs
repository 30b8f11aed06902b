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
    /// The value that was made last, what it was made of, and its number.
    pub fn last(&self) -> Option<(&K, Arc<V>, u64)> {
        self.made.as_ref().map(|(key, value)| (key, Arc::clone(value), self.revision))
    }

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
    fn the_last_value_is_there_with_its_key() {
        let mut memo = Memo::default();
        assert!(memo.last().is_none());
        memo.of(3, || "three");
        memo.of(4, || "four");
        assert_eq!(memo.last().map(|(key, value, revision)| (*key, *value, revision)), Some((4, "four", 2)));
    }

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
