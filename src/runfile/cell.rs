//! Numbers in CSV files, the same in all of them.

use std::fmt;

/// A cell with the fewest digits that read back as the same number; empty for a number that was not measured.
pub(crate) struct Cell(pub(crate) Option<f64>);

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            // Rust writes all the zeros of 1e-300 unless asked for an exponent.
            Some(x) if x != 0.0 && x.is_finite() && !(1e-5..1e16).contains(&x.abs()) => write!(f, "{x:e}"),
            Some(x) => write!(f, "{x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_short_and_exact() {
        let text = |x| Cell(Some(x)).to_string();
        assert_eq!(Cell(None).to_string(), "");
        for (x, expected) in [
            (0.1, "0.1"),
            (100.0, "100"),
            (-0.0, "-0"),
            (5e-324, "5e-324"),
            (1e300, "1e300"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(text(x), expected);
        }
        for x in [1.0 / 3.0, f64::MIN_POSITIVE, f64::MAX, -1e-5, 9.999e15] {
            assert_eq!(text(x).parse::<f64>().unwrap().to_bits(), x.to_bits());
        }
    }
}
