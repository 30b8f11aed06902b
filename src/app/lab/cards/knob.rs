//! What can be turned on a card.

use std::ops::RangeInclusive;

/// A number that a card is tried on.
pub struct Knob<'a> {
    /// Markup.
    pub name: &'static str,
    pub help: &'static str,
    pub value: Value<'a>,
}

/// What a knob turns, and how far.
pub enum Value<'a> {
    Real(&'a mut f64, RangeInclusive<f64>),
    Whole(&'a mut u64, RangeInclusive<u64>),
}

impl<'a> Knob<'a> {
    pub fn real(name: &'static str, help: &'static str, value: &'a mut f64, range: RangeInclusive<f64>) -> Knob<'a> {
        Knob { name, help, value: Value::Real(value, range) }
    }

    pub fn whole(name: &'static str, help: &'static str, value: &'a mut u64, range: RangeInclusive<u64>) -> Knob<'a> {
        Knob { name, help, value: Value::Whole(value, range) }
    }
}
