//! What is kept of lists.

/// What is kept of lists beside tensors and further tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lists {
    #[default]
    Tensors,
    Texts,
    Wholes,
}
