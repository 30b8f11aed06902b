//! What the user should read, and what takes it away again.

use super::plain::plain;

/// Something to read, shown until dismissed, or until it is no longer so.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub is_error: bool,
    pub text: String,
    pub of: Attempt,
}

/// What a notice belongs to; it goes when the next such attempt succeeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing that is tried again.
    #[default]
    None,
    /// Beginning a run.
    Start,
    /// Opening files.
    Open,
    /// Beginning a measurement.
    Measure,
    /// A sweep that holds.
    Sweep,
}

impl Notice {
    pub fn error(text: String) -> Notice {
        Notice { is_error: true, text: plain(text), of: Attempt::None }
    }

    pub fn warning(text: String) -> Notice {
        Notice { is_error: false, text: plain(text), of: Attempt::None }
    }

    /// The same as one that belongs to an attempt.
    pub fn of(self, of: Attempt) -> Notice {
        Notice { of, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_belongs_to_nothing_until_somebody_says_so() {
        let [error, warning] = [Notice::error("it is cut".into()), Notice::warning("it is slow".into())];
        assert!(error.is_error && !warning.is_error);
        assert_eq!([error.of, warning.of], [Attempt::None; 2]);
        let of = error.clone().of(Attempt::Open);
        assert_eq!(of, Notice { of: Attempt::Open, ..error });
    }
}
