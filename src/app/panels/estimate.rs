//! Estimates in words: a number and how well it is known.

use crate::{
    app::{readout::short, theme},
    curvature::Measured,
};

/// A number of six digits ± its standard error; one that was computed has none.
pub fn words(found: Measured) -> String {
    let value = theme::value(found.value);
    match found.standard_error {
        0.0 => value,
        error if error.is_nan() => format!("{value} ± ?"),
        error => format!("{value} ± {}", short(error)),
    }
}

/// A residual: two digits are as many as mean something.
pub fn residual(x: f64) -> String {
    if x.is_finite() { format!("{x:.1e}").replace('-', "−") } else { theme::value(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_with_what_is_known_of_their_error() {
        let of = |value, standard_error| words(Measured { value, standard_error });
        assert_eq!(of(12.5, 0.25), "12.5000 ± 0.2500");
        assert_eq!((of(12.5, 0.0), of(12.5, f64::NAN)), ("12.5000".into(), "12.5000 ± ?".into()));
        assert_eq!(of(f64::NAN, f64::NAN), "NaN ± ?", "what is not a number is shown");
        assert_eq!((residual(0.000_123), residual(f64::NAN)), ("1.2e−4".into(), "NaN".into()));
    }
}
