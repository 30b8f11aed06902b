//! Values on a rectangular grid, some of which may not have been measured.

/// Why values are no grid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    #[error("the {axis} axis is empty; a plane needs at least one position on each axis")]
    Empty { axis: &'static str },
    #[error("the {axis} axis has to rise from finite number to finite number, but position {index} is {value}")]
    Axis { axis: &'static str, index: usize, value: f64 },
    #[error("{what} has {found} values, but the positions are {expected}; give one value (or none measured) for each")]
    Count { what: String, expected: usize, found: usize },
}

/// Refuses an axis that is empty, not finite or not rising; `axis` is its name in the error.
pub(crate) fn check_axis(axis: &'static str, positions: &[f64]) -> Result<(), GridError> {
    if positions.is_empty() {
        return Err(GridError::Empty { axis });
    }
    let mut last = f64::NEG_INFINITY;
    for (index, &value) in positions.iter().enumerate() {
        if !value.is_finite() || value <= last {
            return Err(GridError::Axis { axis, index, value });
        }
        last = value;
    }
    Ok(())
}

/// A value for every pair of a position a and a position b.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    a: Vec<f64>,
    b: Vec<f64>,
    values: Vec<Option<f64>>,
}

impl Grid {
    /// `values` in rows of equal b, `values[j · a.len() + i]` at `(a[i], b[j])`; `None` where nothing was measured.
    ///
    /// # Errors
    /// An axis that is empty, not finite or not rising; a number of values that is not `a.len() · b.len()`.
    pub fn new(a: Vec<f64>, b: Vec<f64>, values: Vec<Option<f64>>) -> Result<Grid, GridError> {
        check_axis("a", &a)?;
        check_axis("b", &b)?;
        let expected = a.len() * b.len();
        if values.len() != expected {
            return Err(GridError::Count { what: "the plane".into(), expected, found: values.len() });
        }
        Ok(Grid { a, b, values })
    }

    /// Positions along x, rising.
    pub fn a(&self) -> &[f64] {
        &self.a
    }

    /// Positions along y, rising.
    pub fn b(&self) -> &[f64] {
        &self.b
    }

    /// In rows of equal b.
    pub fn values(&self) -> &[Option<f64>] {
        &self.values
    }

    /// Where the cells around the positions end along a: `(lowest, highest)`.
    pub fn a_extent(&self) -> (f64, f64) {
        extent(&self.a)
    }

    /// Where the cells around the positions end along b.
    pub fn b_extent(&self) -> (f64, f64) {
        extent(&self.b)
    }

    /// Index along a of the cell that holds `at`; `None` outside of the grid.
    pub fn a_index(&self, at: f64) -> Option<usize> {
        index(&self.a, at)
    }

    /// Index along b of the cell that holds `at`.
    pub fn b_index(&self, at: f64) -> Option<usize> {
        index(&self.b, at)
    }
}

/// A cell reaches half way to its neighbours, and as far beyond the last position; a lone one is one unit wide.
fn extent(axis: &[f64]) -> (f64, f64) {
    match axis {
        [a, b, ..] => {
            let n = axis.len();
            (a - (b - a) / 2.0, axis[n - 1] + (axis[n - 1] - axis[n - 2]) / 2.0)
        }
        [only] => (only - 0.5, only + 0.5),
        [] => (0.0, 1.0),
    }
}

fn index(axis: &[f64], at: f64) -> Option<usize> {
    let (lowest, highest) = extent(axis);
    if !(lowest..=highest).contains(&at) {
        return None;
    }
    let after = axis.partition_point(|p| *p <= at);
    if after == 0 {
        return Some(0);
    }
    let before = after - 1;
    Some(if after < axis.len() && at - axis[before] >= axis[after] - at { after } else { before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rising_finite_axes_with_a_value_each_are_a_grid() {
        let values = |n| vec![Some(1.0); n];
        assert!(Grid::new(vec![0.0, 1.0], vec![0.0, 1.0, 2.0], values(6)).is_ok());
        let error = |a: &[f64], n| Grid::new(a.to_vec(), vec![0.0], values(n)).unwrap_err();
        assert_eq!(error(&[], 0), GridError::Empty { axis: "a" });
        assert!(matches!(error(&[0.0, f64::NAN], 2), GridError::Axis { index: 1, .. }));
        assert_eq!(error(&[0.0, 1.0, 1.0], 3), GridError::Axis { axis: "a", index: 2, value: 1.0 });
        assert!(error(&[0.0, 1.0], 3).to_string().contains("has 3 values, but the positions are 2"));
    }

    #[test]
    fn cells_meet_half_way() {
        let grid = Grid::new(vec![0.0, 1.0, 3.0], vec![5.0], vec![None; 3]).unwrap();
        assert_eq!((grid.a_extent(), grid.b_extent()), ((-0.5, 4.0), (4.5, 5.5)));
        let at = [-0.6, -0.5, 0.49, 0.5, 1.99, 2.0, 4.0, 4.1, f64::NAN].map(|x| grid.a_index(x));
        assert_eq!(at, [None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(2), None, None]);
    }
}
