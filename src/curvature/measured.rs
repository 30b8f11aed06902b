//! A number that was estimated.

use crate::spectral::Estimate;

/// A number and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub value: f64,
    /// Of the mean over random draws; 0 of a number that was computed, NaN where one draw says nothing about it.
    pub standard_error: f64,
}

impl Measured {
    /// A number that was computed and not drawn.
    pub fn exact(value: f64) -> Measured {
        Measured { value, standard_error: 0.0 }
    }

    /// Times a constant.
    pub fn scaled(self, by: f64) -> Measured {
        Measured { value: self.value * by, standard_error: self.standard_error * by.abs() }
    }
}

impl From<Estimate> for Measured {
    fn from(Estimate { value, standard_error, .. }: Estimate) -> Measured {
        Measured { value, standard_error }
    }
}
