//! The order of rows.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{column::Column, row::Row};

/// By which column, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub is_reversed: bool,
}

impl Sort {
    /// After a click on the head of a column: by that column; again, the other way round.
    pub fn clicked(now: Option<Sort>, column: Column) -> Sort {
        let is_again = now.is_some_and(|sort| sort.column == column && !sort.is_reversed);
        Sort { column, is_reversed: is_again }
    }

    /// Numbers by size; what is not a number comes last both ways, and what was not measured after that.
    pub fn numbers(self, a: Option<f64>, b: Option<f64>) -> Ordering {
        let place = |x: Option<f64>| x.map_or(2, |x| u8::from(x.is_nan()));
        let by_size = || match (a, b) {
            (Some(a), Some(b)) if !a.is_nan() => self.turned(a.total_cmp(&b)),
            _ => Ordering::Equal,
        };
        place(a).cmp(&place(b)).then_with(by_size)
    }

    /// The order of two rows.
    pub fn rows(self, a: &Row, b: &Row) -> Ordering {
        match self.column {
            Column::Name => self.turned(a.name.cmp(&b.name)),
            Column::Number(number) => self.numbers(a.number(number), b.number(number)),
            Column::Setting(setting) => {
                let (a, b) = (a.said(setting), b.said(setting));
                // What means nothing to a run comes last.
                a.text.is_empty().cmp(&b.text.is_empty()).then_with(|| self.turned(a.compared(b)))
            }
        }
    }

    fn turned(self, order: Ordering) -> Ordering {
        if self.is_reversed { order.reverse() } else { order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_comes_last_both_ways() {
        let sort = Sort::clicked(None, Column::Name);
        assert!(!sort.is_reversed && Sort::clicked(Some(sort), Column::Name).is_reversed);
        assert!(!Sort::clicked(Some(Sort { is_reversed: true, ..sort }), Column::Name).is_reversed);
        let sorted = |is_reversed| {
            let mut numbers = [None, Some(f64::NAN), Some(2.0), Some(-1.0), Some(f64::INFINITY)];
            numbers.sort_by(|a, b| Sort { is_reversed, ..sort }.numbers(*a, *b));
            numbers.map(|x| x.map_or("–".into(), |x| x.to_string()))
        };
        assert_eq!(sorted(false), ["-1", "2", "inf", "NaN", "–"]);
        assert_eq!(sorted(true), ["inf", "2", "-1", "NaN", "–"]);
    }
}
