//! A toy surface as a heat map over its own window.

use super::{Color, GridError, PlaneMark, PlaneMarker, PlanePicture, Scale, grid::Grid};
use crate::toy::surface::Surface;

/// Cells along each side.
const CELLS: usize = 160;
/// A largest value over the one at the lowest hundredth from which on the colours are logarithmic.
const LOG_FROM: f64 = 100.0;

/// L over the window of a surface in the plane with its known minima, ready for paths and a start; `None` where it has
/// another dimension.
///
/// # Errors
/// [`GridError`] for a window that is no rectangle.
pub fn landscape(surface: &dyn Surface) -> Result<Option<PlanePicture>, GridError> {
    let about = surface.about();
    let [horizontal, vertical] = about.window[..] else { return Ok(None) };
    // Places in the middle of cells: a minimum at a round number, where L is 0, would have no logarithm.
    let places = |[low, high]: [f64; 2]| -> Vec<f64> {
        (0..CELLS).map(|k| low + (high - low) * (k as f64 + 0.5) / CELLS as f64).collect()
    };
    let (a, b) = (places(horizontal), places(vertical));
    let values: Vec<f64> = b.iter().flat_map(|y| a.iter().map(|x| surface.value(&[*x, *y]))).collect();
    let scale = suited_scale(&values);
    let star = |m: &crate::toy::surface::Minimum| PlaneMarker {
        name: m.name.into(),
        a: m.at[0],
        b: m.at[1],
        height: m.value,
        mark: PlaneMark::Minimum,
        color: STAR,
    };
    let grid = Grid::new(a, b, values.into_iter().map(Some).collect())?;
    Ok(Some(PlanePicture {
        title: about.title.into(),
        subtitle: format!("L(w) = {}", about.formula),
        caption: about.source.into(),
        a_label: "w_1".into(),
        b_label: "w_2".into(),
        value_label: "L(w)".into(),
        scale,
        markers: about.minima.iter().map(star).collect(),
        ..PlanePicture::new(grid)
    }))
}

/// Stars that are nobody's in particular.
const STAR: Color = Color { r: 0xFF, g: 0xFF, b: 0xFF };

/// Logarithmic where values are positive and span decades.
pub fn suited_scale(values: &[f64]) -> Scale {
    let mut finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    match (finite.first(), finite.get(finite.len() / 100), finite.last()) {
        (Some(least), Some(low), Some(high)) if *least > 0.0 && high / low > LOG_FROM => Scale::Log10,
        _ => Scale::Linear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::SurfaceSpec;

    #[test]
    fn surfaces_of_the_plane_are_drawn_and_no_others() {
        for name in SurfaceSpec::NAMES {
            let surface = SurfaceSpec::named(name).unwrap().build(1, 0).unwrap();
            let picture = landscape(&*surface).unwrap();
            assert_eq!(picture.is_some(), surface.dim() == 2, "{name}");
            let Some(picture) = picture else { continue };
            assert_eq!(picture.markers.len(), surface.about().minima.len());
            // Row j, column i is (a[i], b[j]).
            let (i, j) = (37, 101);
            let w = [picture.grid.a()[i], picture.grid.b()[j]];
            assert_eq!(picture.grid.values()[j * CELLS + i], Some(surface.value(&w)), "{name}");
        }
    }

    #[test]
    fn the_scale_is_logarithmic_where_it_can_and_should_be() {
        let of =
            |name: &str| landscape(&*SurfaceSpec::named(name).unwrap().build(1, 0).unwrap()).unwrap().unwrap().scale;
        assert_eq!((of("rosenbrock"), of("formula")), (Scale::Log10, Scale::Linear));
    }
}
