//! The kinds of measurement in the window: what each asks, and what is known of one.

pub mod eigen;
pub mod escape;
pub mod line;
pub mod noise;
pub mod plane;
pub mod range;
pub mod series;
pub mod spectrum;
pub mod valley;

use super::shelf::{AnyShelf, Shelf};

/// An empty shelf for each kind.
pub fn shelves() -> Vec<Box<dyn AnyShelf>> {
    vec![
        Box::new(Shelf::<line::Lines>::default()),
        Box::new(Shelf::<plane::Planes>::default()),
        Box::new(Shelf::<escape::Escapes>::default()),
        Box::new(Shelf::<valley::Valleys>::default()),
        Box::new(Shelf::<spectrum::Spectra>::default()),
        Box::new(Shelf::<noise::Noises>::default()),
    ]
}
