//! What is wrong, as the window says it.

use std::fmt::Display;

use crate::aside::without_asides;

/// In words, without what only the command line says.
pub fn plain(error: impl Display) -> String {
    without_asides(&error.to_string())
}
