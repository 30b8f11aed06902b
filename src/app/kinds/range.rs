//! What several forms have: the ends of an axis, and radii as people write them.

use serde::{Deserialize, Serialize};

use crate::{app::plain::plain, survey::Axis};

/// Ends and number of places of an axis being edited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub from: f64,
    pub to: f64,
    pub count: usize,
}

impl Range {
    pub const fn new(from: f64, to: f64, count: usize) -> Range {
        Range { from, to, count }
    }

    /// # Errors
    /// When it does not rise or has too few or too many places, in words.
    pub fn axis(self) -> Result<Axis, String> {
        Axis::new(self.from, self.to, self.count).map_err(plain)
    }
}

/// Radii ρ as people write them, with commas or spaces.
///
/// # Errors
/// What is not a number, in words.
pub fn radii(text: &str) -> Result<Vec<f64>, String> {
    let words = text.split([',', ';', ' ']).filter(|w| !w.is_empty());
    let read = |word: &str| word.parse().map_err(|_| format!("\"{word}\" is no radius; write 0.05, 0.2"));
    let radii: Vec<f64> = words.map(read).collect::<Result<_, String>>()?;
    if radii.is_empty() { Err("Give at least one radius ρ, such as 0.05.".into()) } else { Ok(radii) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radii_are_read_as_people_write_them() {
        assert_eq!(radii("0.05, 0.2;0.7"), Ok(vec![0.05, 0.2, 0.7]));
        assert!(radii("0.05, x").unwrap_err().contains("\"x\""));
        assert!(radii(" , ").unwrap_err().contains("at least one"));
    }
}
