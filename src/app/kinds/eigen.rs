//! Eigenvectors of the Hessian as directions: what forms of lines, planes and valleys have in common.

use serde::{Deserialize, Serialize};

use crate::{app::plain::plain, explore::EigenSpec, survey::Normalisation};

/// Eigenvectors being chosen. Their numbers stay text until they are read, so that typing is never fought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EigenForm {
    /// Such as `1, 2, -1`.
    pub ranks: String,
    pub tolerance: f64,
    pub products: usize,
    pub normalisation: Normalisation,
    /// Of the search; a valley has one seed for it and for random directions.
    pub seed: u64,
}

impl Default for EigenForm {
    fn default() -> Self {
        EigenForm {
            ranks: String::new(),
            tolerance: EigenSpec::TOLERANCE,
            products: EigenSpec::PRODUCTS,
            normalisation: Normalisation::None,
            seed: 0,
        }
    }
}

impl EigenForm {
    /// With these chosen.
    pub fn of(ranks: &str) -> EigenForm {
        EigenForm { ranks: ranks.into(), ..EigenForm::default() }
    }

    /// What is asked for; nothing where none is chosen.
    ///
    /// # Errors
    /// What is no number, or no eigenvector, in words.
    pub fn spec(&self) -> Result<EigenSpec, String> {
        let ranks = self.ranks.replace('−', "-");
        let words = ranks.split([',', ';', ' ']).filter(|word| !word.is_empty());
        let read = |word: &str| word.parse().map_err(|_| format!("\"{word}\" is no eigenvector; write 1, 2, -1"));
        let spec = EigenSpec {
            eigen: words.map(read).collect::<Result<_, String>>()?,
            eigen_tolerance: self.tolerance,
            eigen_products: self.products,
            eigen_normalise: self.normalisation,
        };
        spec.check().map_err(plain)?;
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them_and_what_is_none_is_said() {
        for (text, want) in [("1, 2,-1", vec![1, 2, -1]), (" 3 ", vec![3]), ("1; −2", vec![1, -2]), ("", vec![])] {
            assert_eq!(EigenForm::of(text).spec().unwrap().eigen, want, "{text}");
        }
        assert_eq!(EigenForm::default().spec(), Ok(EigenSpec::default()));
        for (text, words) in [("a", "is no eigenvector"), ("0", "counted from 1"), ("1 1", "twice")] {
            assert!(EigenForm::of(text).spec().unwrap_err().contains(words), "{text}");
        }
    }
}
