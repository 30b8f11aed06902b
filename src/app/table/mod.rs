//! The runs of the window as a table: its columns, what each run has in them, order, search and groups. No widgets.

mod arranged;
mod cache;
mod column;
mod group;
mod look;
mod number;
mod row;
mod said;
mod setting;
mod sort;
mod state;

pub use arranged::{Arranged, Line};
pub use column::Column;
pub use group::Group;
pub use look::Look;
pub use row::Row;
pub use setting::Setting;
pub use sort::Sort;
pub use state::Table;
