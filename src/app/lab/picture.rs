//! A landscape as a picture of a plane: for the page and for three dimensions.

use super::{map, session::Session, view::Bounds};
use crate::figure::{Color, PlaneMark, PlaneMarker, PlanePicture, Scale};

/// Minima and starts are nobody's in particular.
const WHITE: Color = Color { r: 255, g: 255, b: 255 };

/// What is in view with so many cells along the longer side, the known minima and the start; `None` where the bounds are no
/// window. Paths and caption are the caller's.
pub fn picture(session: &Session, bounds: Bounds, cells: f64, scale: Scale) -> Option<PlanePicture> {
    let sides = bounds.map(|[low, high]| high - low);
    let longest = sides[0].max(sides[1]);
    let heat = map::heat(session, bounds, sides.map(|side| ((side / longest * cells) as usize).max(LEAST)), scale)?;
    let (about, cut) = (session.about(), session.cut());
    let minima = about.minima.iter().map(|m| (m.name, cut.place(&m.at), PlaneMark::Minimum));
    let start = ("start", cut.place(session.start()), PlaneMark::Init);
    let markers = minima.chain([start]).filter(|(_, at, _)| is_inside(bounds, *at));
    let markers = markers.map(|(name, at, mark)| marker(session, name, at, mark, WHITE)).collect();
    let [a_label, b_label] = cut.labels();
    Some(PlanePicture {
        title: about.title.into(),
        subtitle: format!("L(w) = {}", about.formula),
        a_label,
        b_label,
        value_label: "L(w)".into(),
        scale,
        markers,
        ..PlanePicture::new(heat.grid)
    })
}

/// Cells along a side, at the least.
const LEAST: usize = 16;

/// A marked place of a landscape.
pub fn marker(session: &Session, name: &str, at: [f64; 2], mark: PlaneMark, color: Color) -> PlaneMarker {
    let ([a, b], height) = (at, height(session, at));
    PlaneMarker { name: name.into(), a, b, height, mark, color }
}

/// L at a place.
pub fn height(session: &Session, at: [f64; 2]) -> f64 {
    session.surface().value(&session.cut().lift(at))
}

pub fn is_inside(bounds: Bounds, at: [f64; 2]) -> bool {
    (0..2).all(|d| (bounds[d][0]..=bounds[d][1]).contains(&at[d]))
}
