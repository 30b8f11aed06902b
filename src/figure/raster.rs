//! A heat map in pixels.

use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

use super::{
    Color, Heat,
    colors::{NOT_FINITE, NOT_FINITE_STRIPE},
};

/// Distance of the stripes on what is not finite, and their width, in units.
const STRIPES: (f64, f64) = (5.0, 1.6);

/// `width` × `height` pixels that show the grid between `x` and `y` (left to right, bottom to top). Every position
/// fills its cell evenly; what was not measured, or lies outside of the grid, is transparent. Stripes are measured in
/// units of `unit` pixels. `None` when there is no picture of that size.
pub(super) fn picture(heat: &Heat, x: (f64, f64), y: (f64, f64), width: u32, height: u32, unit: f64) -> Option<Pixmap> {
    let mut pixels = Pixmap::new(width, height)?;
    let grid = &heat.grid;
    let shades = heat.shades();
    let cells: Vec<Option<Ink>> = grid
        .values()
        .iter()
        .map(|value| {
            value.map(|v| match shades.place(v) {
                place if place.is_nan() => Ink::Striped,
                place => Ink::Even(solid(shades.color(place))),
            })
        })
        .collect();
    let at = |(lo, hi): (f64, f64), pixel: usize, count: u32| lo + (hi - lo) * (pixel as f64 + 0.5) / f64::from(count);
    let columns: Vec<Option<usize>> = (0..width as usize).map(|px| grid.a_index(at(x, px, width))).collect();
    let (ground, stripe) = (solid(NOT_FINITE), solid(NOT_FINITE_STRIPE));
    for (py, line) in pixels.pixels_mut().chunks_exact_mut(width as usize).enumerate() {
        let Some(j) = grid.b_index(at((y.1, y.0), py, height)) else { continue };
        let row = &cells[j * grid.a().len()..(j + 1) * grid.a().len()];
        for (px, (pixel, column)) in line.iter_mut().zip(&columns).enumerate() {
            match column.and_then(|i| row[i]) {
                None => {}
                Some(Ink::Even(color)) => *pixel = color,
                Some(Ink::Striped) => {
                    let along = (px + py) as f64 / unit.max(0.1);
                    *pixel = if along % STRIPES.0 < STRIPES.1 { stripe } else { ground };
                }
            }
        }
    }
    Some(pixels)
}

#[derive(Clone, Copy)]
enum Ink {
    Even(PremultipliedColorU8),
    Striped,
}

fn solid(c: Color) -> PremultipliedColorU8 {
    // Alpha is 255, so premultiplied is the same, and there is no colour that it refuses.
    PremultipliedColorU8::from_rgba(c.r, c.g, c.b, 255).unwrap_or(PremultipliedColorU8::TRANSPARENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Colormap, Grid, Scale};

    #[test]
    fn every_position_fills_its_cell_with_b_upwards() {
        let values = vec![Some(0.0), Some(1.0), None, Some(f64::NAN), Some(0.5), Some(2.0)];
        let grid = Grid::new(vec![0.0, 1.0, 2.0], vec![0.0, 1.0], values).unwrap();
        let heat =
            Heat { grid, scale: Scale::Linear, map: Colormap::Magma, range: None, contours: 0, label: String::new() };
        let (x, y) = (heat.grid.a_extent(), heat.grid.b_extent());
        let picture = picture(&heat, x, y, 30, 20, 1.0).unwrap();
        let at = |px: u32, py: u32| {
            let p = picture.pixel(px, py).unwrap();
            (p.alpha() == 255).then(|| Color { r: p.red(), g: p.green(), b: p.blue() })
        };
        let magma = |t| Some(Colormap::Magma.color(t));
        for (px, py) in [(0, 10), (9, 19)] {
            assert_eq!(at(px, py), magma(0.0), "lower left");
        }
        assert_eq!([at(10, 10), at(19, 19), at(20, 10)], [magma(0.5), magma(0.5), None]);
        assert_eq!([at(10, 0), at(19, 9), at(29, 0)], [magma(0.25), magma(0.25), magma(1.0)]);
        let corner: Vec<_> =
            (0..10).flat_map(|px| (0..10).map(move |py| (px, py))).map(|(px, py)| at(px, py)).collect();
        assert!(corner.iter().all(|c| [Some(NOT_FINITE), Some(NOT_FINITE_STRIPE)].contains(c)));
        assert!(corner.contains(&Some(NOT_FINITE)) && corner.contains(&Some(NOT_FINITE_STRIPE)));
    }
}
