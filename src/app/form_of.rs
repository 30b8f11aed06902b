//! Which of the forms that name data is meant.

/// A form that names data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormOf {
    Run,
    Subject,
}
