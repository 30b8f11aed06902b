//! What came of a card, and the lines of its picture.

use crate::{
    figure::{Color, Kind, Panel, Series},
    history::Curve,
    toy::theory::Card,
};

/// What came of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub card: Card,
    pub panels: Vec<Panel>,
    /// What is worth knowing about this very example; may be empty.
    pub remark: String,
}

/// Lines that belong to nobody in particular.
pub const NEUTRAL: Color = Color { r: 0x7B, g: 0x84, b: 0x8F };

pub fn drawn(name: impl Into<String>, color: Color, kind: Kind, points: impl IntoIterator<Item = [f64; 2]>) -> Series {
    Series { name: name.into(), in_legend: true, color, kind, curve: Curve::through(points) }
}

/// The same without an entry in the legend.
pub fn aside(color: Color, kind: Kind, points: impl IntoIterator<Item = [f64; 2]>) -> Series {
    Series { in_legend: false, ..drawn("", color, kind, points) }
}

/// `count` + 1 places from one end to the other.
pub fn places(low: f64, high: f64, count: u32) -> impl Iterator<Item = f64> + Clone {
    (0..=count).map(move |k| low + (high - low) * f64::from(k) / f64::from(count))
}
