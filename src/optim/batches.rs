//! The order in which training examples come.

use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::random;

/// Cuts every epoch's order into batches; the last one of an epoch may be smaller, as in PyTorch's `DataLoader`.
#[derive(Clone, Debug)]
pub struct Batches {
    order: Vec<u32>,
    next: usize,
    size: usize,
    shuffle: Option<ChaCha8Rng>,
    /// How often the order was shuffled.
    shuffles: u64,
}

/// How far batches have come; with the count of examples, the kind of order and the seed it says which comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// How often the order was shuffled.
    pub shuffles: u64,
    /// Examples of the present epoch that were visited.
    pub visited: usize,
    /// Examples per batch.
    pub size: usize,
}

impl Batches {
    /// Batches of `size` over `count` examples, shuffled anew every epoch by `seed` or in file order.
    pub fn new(count: usize, size: usize, shuffle: bool, seed: u64) -> Batches {
        let shuffle = shuffle.then(|| random::stream(seed, "batches"));
        let mut batches = Batches { order: (0..count as u32).collect(), next: 0, size, shuffle, shuffles: 0 };
        batches.shuffle_order();
        batches
    }

    /// The same batches further on. It takes as many shuffles as it took to come there, and `go_on` is asked before each of them.
    ///
    /// # Errors
    /// That of `go_on`.
    pub fn at<E>(
        count: usize,
        shuffle: bool,
        seed: u64,
        position: Position,
        mut go_on: impl FnMut() -> Result<(), E>,
    ) -> Result<Batches, E> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        let mut shuffle = shuffle.then(|| random::stream(seed, "batches"));
        if let Some(rng) = &mut shuffle {
            for _ in 0..position.shuffles {
                go_on()?;
                order.shuffle(rng);
            }
        }
        let Position { shuffles, visited, size } = position;
        Ok(Batches { order, next: visited.min(count), size, shuffle, shuffles })
    }

    /// Where they are.
    pub fn position(&self) -> Position {
        Position { shuffles: self.shuffles, visited: self.next, size: self.size }
    }

    fn shuffle_order(&mut self) {
        // With one batch per epoch the order cannot matter: leave it, so that sums have one order too.
        if let Some(rng) = self.shuffle.as_mut().filter(|_| self.size < self.order.len()) {
            self.order.shuffle(rng);
            self.shuffles += 1;
        }
    }

    /// The examples of the coming step. Does not move on: a step that is interrupted sees them again.
    pub fn current(&self) -> &[u32] {
        &self.order[self.next..(self.next + self.size).min(self.order.len())]
    }

    /// Moves on; true when an epoch is complete.
    pub fn advance(&mut self) -> bool {
        self.next += self.size;
        let done = self.next >= self.order.len();
        if done {
            self.next = 0;
            self.shuffle_order();
        }
        done
    }

    /// Examples per batch from now on.
    pub fn set_size(&mut self, size: usize) {
        self.size = size;
        if self.next == 0 && self.shuffles == 0 {
            self.shuffle_order();
        }
    }

    /// Leaves out the rest of the present epoch.
    pub fn begin_epoch(&mut self) {
        if self.next > 0 {
            self.next = 0;
            self.shuffle_order();
        }
    }

    /// Examples per batch.
    pub fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_every_example_once() {
        let mut b = Batches::new(10, 4, true, 3);
        for _ in 0..3 {
            let mut seen = Vec::new();
            loop {
                seen.extend_from_slice(b.current());
                if b.advance() {
                    break;
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_new_epoch_begins_with_all_examples() {
        let mut b = Batches::new(10, 4, true, 3);
        b.advance();
        b.set_size(10);
        b.begin_epoch();
        assert_eq!(b.current().len(), 10);
        assert!(b.advance());
    }

    #[test]
    fn a_position_says_which_examples_come_next() {
        let mut b = Batches::new(10, 3, true, 5);
        for step in 0..40 {
            let Ok::<_, ()>(mut other) = Batches::at(10, true, 5, b.position(), || Ok(())) else { panic!() };
            let mut twin = b.clone();
            for _ in 0..9 {
                assert_eq!(other.current(), twin.current(), "from step {step}");
                assert_eq!(other.advance(), twin.advance());
            }
            b.advance();
            match step {
                13 => b.set_size(10),
                17 => b.begin_epoch(),
                22 => b.set_size(4),
                _ => {}
            }
        }
        let sequential = Batches::new(10, 4, false, 5);
        assert_eq!(sequential.position(), Position { shuffles: 0, visited: 0, size: 4 });
    }

    #[test]
    fn order_is_seeded_or_sequential() {
        let first = |shuffle, seed| Batches::new(100, 20, shuffle, seed).current().to_vec();
        assert_eq!(first(true, 1), first(true, 1));
        assert_ne!(first(true, 1), first(true, 2));
        assert_eq!(first(false, 1), (0..20).collect::<Vec<_>>());
    }
}
