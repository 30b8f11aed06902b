//! What random labels are drawn from.

use crate::named::named_choice;

named_choice! {
    /// What a corrupted label is drawn from.
    Corruption as "way to corrupt labels" {
        /// All classes: one in so many stays right by chance. The shuffled-label experiments of the field.
        #[default] Random = "random",
        /// All classes but the right one: Zhu, Wu, Yu, Wu and Ma 2019 (D.3, "randomly wrong labels").
        Wrong = "wrong",
    }
}

impl Corruption {
    /// Whether it is what is meant when nothing is said.
    pub fn is_usual(&self) -> bool {
        *self == Self::Random
    }
}
