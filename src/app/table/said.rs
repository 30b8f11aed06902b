//! What a run says of one of its settings.

use std::cmp::Ordering;

/// A setting's value in words, and as a number where it is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Empty where the setting means nothing to the run.
    pub text: String,
    number: Option<f64>,
}

impl Said {
    pub fn new(text: String) -> Said {
        // All of the data stands above every batch.
        let number = if text == "full" { Some(f64::INFINITY) } else { text.parse().ok() };
        Said { text, number }
    }

    /// Numbers by size, before words by letter.
    pub fn compared(&self, other: &Said) -> Ordering {
        match (self.number, other.number) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.text.cmp(&other.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_size() {
        let compared = |a: &str, b: &str| Said::new(a.into()).compared(&Said::new(b.into()));
        assert_eq!(compared("9", "10"), Ordering::Less);
        assert_eq!(compared("1000", "full"), Ordering::Less);
        assert_eq!(compared("3", "cosine"), Ordering::Less);
        assert_eq!(compared("constant", "cosine"), Ordering::Less);
    }
}
