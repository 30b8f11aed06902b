//! A table as data: what a paper prints in rows and columns.

/// Texts in rows and columns. All of them are plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What the names of the rows are, above them; may be empty.
    pub head: String,
    pub columns: Vec<String>,
    pub rows: Vec<TableRow>,
}

/// A row of a table: its name, and a cell for every column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableRow {
    pub name: String,
    pub cells: Vec<String>,
}

impl Table {
    /// Every cell with the names of its row and its column, row by row.
    pub fn cells(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.rows.iter().flat_map(move |row| {
            row.cells
                .iter()
                .zip(&self.columns)
                .map(|(cell, column)| (row.name.as_str(), column.as_str(), cell.as_str()))
        })
    }
}
