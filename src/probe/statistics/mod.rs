//! Statistics that more than one part needs: moments, shares, order statistics, histograms. All in f64, all at 95 %.

mod histogram;
mod interval;
mod jump;
mod moments;
mod order;
mod proportion;

pub use histogram::Histogram;
pub use interval::{Interval, Z_95};
pub use jump::is_jump;
pub use moments::{Moments, student_95};
pub use order::{MedianRanks, quantile};
pub use proportion::{Proportion, wilson};
