//! Which panels stand under each other, and which beside each other.

use crate::figure::Panel;

/// Where a panel stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub row: usize,
    pub column: usize,
}

/// The cells of panels, in their order. All columns of a page are as wide as those of its longest row.
pub(super) fn cells(panels: &[Panel]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(panels.len());
    for panel in panels {
        cells.push(match cells.last() {
            Some(last) if panel.beside => Cell { column: last.column + 1, ..*last },
            Some(last) => Cell { row: last.row + 1, column: 0 },
            None => Cell { row: 0, column: 0 },
        });
    }
    cells
}

/// How many columns there are, one at least.
pub(super) fn columns(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.column + 1).max().unwrap_or(1)
}

/// The largest that the panels of each row have of something, given by their numbers; 0 of nothing.
pub(super) fn most(cells: &[Cell], of: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut most = vec![0.0; cells.last().map_or(0, |cell| cell.row + 1)];
    for (i, cell) in cells.iter().enumerate() {
        most[cell.row] = f64::max(most[cell.row], of(i));
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_fill_rows() {
        let panel = |beside| Panel { beside, ..Panel::default() };
        let cells = cells(&[panel(true), panel(true), panel(false), panel(false), panel(true)]);
        let found: Vec<(usize, usize)> = cells.iter().map(|cell| (cell.row, cell.column)).collect();
        assert_eq!(found, [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)], "the first has nothing to stand beside");
        assert_eq!((columns(&cells), columns(&[])), (2, 1));
        assert_eq!(most(&cells, |i| i as f64), [1.0, 2.0, 4.0]);
    }
}
