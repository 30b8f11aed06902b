//! A theorem, what it was tried on, and whether the numbers agree.

/// A statement of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theorem {
    /// Its name in the paper.
    pub name: &'static str,
    /// What it says, in one or two lines.
    pub statement: &'static str,
    /// Paper and place.
    pub source: &'static str,
}

/// What a theorem says of a measured number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
    Above(f64),
    Below(f64),
    /// low ≤ measured < high.
    Within {
        low: f64,
        high: f64,
    },
    /// |measured − value| ≤ tolerance.
    Equals {
        value: f64,
        tolerance: f64,
    },
}

impl Bound {
    /// Whether `measured` keeps it; a NaN keeps none.
    pub fn holds(self, measured: f64) -> bool {
        match self {
            Bound::AtLeast(bound) => measured >= bound,
            Bound::AtMost(bound) => measured <= bound,
            Bound::Above(bound) => measured > bound,
            Bound::Below(bound) => measured < bound,
            Bound::Within { low, high } => low <= measured && measured < high,
            Bound::Equals { value, tolerance } => (measured - value).abs() <= tolerance,
        }
    }
}

/// One measured number against what the theorem says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was measured.
    pub what: String,
    pub measured: f64,
    pub bound: Bound,
}

impl Check {
    /// A check of `what`.
    pub fn new(what: impl Into<String>, measured: f64, bound: Bound) -> Check {
        Check { what: what.into(), measured, bound }
    }

    /// Whether the measured number keeps the bound.
    pub fn holds(&self) -> bool {
        self.bound.holds(self.measured)
    }
}

/// A theorem with the numbers of one example.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub theorem: Theorem,
    /// Symbol and value of what the example was made from.
    pub inputs: Vec<(&'static str, f64)>,
    pub checks: Vec<Check>,
}

impl Card {
    /// Whether every check holds; a card without checks holds nothing.
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(Check::holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_keeps_no_bound() {
        let bounds = [
            Bound::AtLeast(0.0),
            Bound::AtMost(0.0),
            Bound::Above(-1.0),
            Bound::Below(1.0),
            Bound::Within { low: 0.0, high: 1.0 },
            Bound::Equals { value: 0.0, tolerance: 0.1 },
        ];
        assert!(bounds.iter().all(|b| b.holds(0.0) && !b.holds(f64::NAN)));
        assert!(!bounds[4].holds(1.0) && !bounds[2].holds(-1.0) && !bounds[3].holds(1.0));
        let theorem = Theorem { name: "", statement: "", source: "" };
        assert!(!Card { theorem, inputs: vec![], checks: vec![] }.holds());
    }
}
