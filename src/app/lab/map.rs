//! A landscape in the plane as colours and level lines, for whatever part of it is in view.

use egui::{TextureOptions, Vec2};
use rayon::prelude::*;

use super::{session::Session, view::Bounds};
use crate::{
    app::ground::Ground,
    figure::{Colormap, Grid, Heat, Scale},
};

/// Points of the window for each cell, and the most cells along a side.
const CELL: f32 = 3.0;
const MOST: usize = 200;
/// Level lines.
const CONTOURS: usize = 14;

/// What a picture was made of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    version: u64,
    bounds: Bounds,
    cells: [usize; 2],
    scale: Scale,
    contours: bool,
}

/// The picture.
#[derive(Default)]
pub struct Map {
    key: Option<Key>,
    made: Option<(Heat, Ground)>,
}

impl Map {
    /// Makes the picture anew when anything has changed; `version` counts landscapes.
    pub fn update(
        &mut self,
        ctx: &egui::Context,
        session: &Session,
        version: u64,
        (bounds, size): (Bounds, Vec2),
        (scale, contours): (Scale, bool),
    ) {
        let cells = [size.x, size.y].map(|side| ((side / CELL) as usize).clamp(16, MOST));
        let key = Key { version, bounds, cells, scale, contours };
        if self.key == Some(key) {
            return;
        }
        self.key = Some(key);
        let Some(heat) = heat(session, bounds, cells, scale) else { return };
        let heat = Heat { contours: if contours { CONTOURS } else { 0 }, ..heat };
        let ground = Ground::of(ctx, &heat, TextureOptions::LINEAR);
        self.made = Some((heat, ground));
    }

    pub fn ground(&self) -> Option<&Ground> {
        self.made.as_ref().map(|(_, ground)| ground)
    }

    /// The numbers in view.
    pub fn heat(&self) -> Option<&Heat> {
        self.made.as_ref().map(|(heat, _)| heat)
    }
}

/// Places in the middles of cells.
pub fn middles([low, high]: [f64; 2], count: usize) -> Vec<f64> {
    (0..count).map(|k| low + (high - low) * (k as f64 + 0.5) / count as f64).collect()
}

/// L in the middles of cells; `None` where the bounds are no window.
pub fn heat(session: &Session, bounds: Bounds, cells: [usize; 2], scale: Scale) -> Option<Heat> {
    let (a, b) = (middles(bounds[0], cells[0]), middles(bounds[1], cells[1]));
    let (surface, cut) = (session.surface(), session.cut());
    let row = |y: &f64| a.iter().map(|x| Some(surface.value(&cut.lift([*x, *y])))).collect::<Vec<_>>();
    let values: Vec<Option<f64>> = b.par_iter().flat_map_iter(row).collect();
    let grid = Grid::new(a, b, values).ok()?;
    Some(Heat { grid, scale, map: Colormap::default(), range: None, contours: CONTOURS, label: "L(w)".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lab::setup::Setup;

    #[test]
    fn cells_have_the_value_in_their_middle() {
        let session = Session::new(&Setup::default()).unwrap();
        let heat = heat(&session, [[-2.0, 2.0], [-1.0, 1.0]], [40, 20], Scale::Log10).unwrap();
        let w = [heat.grid.a()[7], heat.grid.b()[13]];
        assert!((w[0] + 1.25).abs() < 1e-12 && (w[1] - 0.35).abs() < 1e-12, "{w:?}");
        assert_eq!(heat.grid.values()[13 * 40 + 7], Some(session.surface().value(&w)));
    }
}
