//! Marks on plots: a star for a minimum, a hollow circle for a start, a dot for a checkpoint, and names beside them.

use egui::{Align2, Color32, FontId, Mesh, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use crate::figure::{Named, PlaneMark, Room, around, name_rooms};

/// Corners of a star, those between its points among them.
const CORNERS: usize = 10;

/// What a mark looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Dot,
    Hollow,
    Star,
}

impl From<PlaneMark> for Mark {
    fn from(mark: PlaneMark) -> Mark {
        match mark {
            PlaneMark::Init => Mark::Hollow,
            PlaneMark::Minimum => Mark::Star,
            PlaneMark::Checkpoint => Mark::Dot,
        }
    }
}

/// Draws a mark with a rim, so that it reads on any ground.
pub fn mark(painter: &Painter, at: Pos2, mark: Mark, fill: Color32, rim: Color32) {
    match mark {
        Mark::Dot => {
            painter.circle(at, 4.5, fill, Stroke::new(1.5, rim));
        }
        Mark::Hollow => {
            painter.circle_stroke(at, 5.0, Stroke::new(4.0, rim));
            painter.circle_stroke(at, 5.0, Stroke::new(1.8, fill));
        }
        Mark::Star => {
            for (radius, color) in [(8.5, rim), (6.5, fill)] {
                painter.extend(star(at, radius, color));
            }
        }
    }
}

/// A small triangle that stands on a point: something is high there.
pub fn peak(painter: &Painter, at: Pos2, fill: Color32, rim: Color32) {
    let corners = vec![at + vec2(0.0, -3.0), at + vec2(5.0, -11.0), at + vec2(-5.0, -11.0)];
    painter.add(Shape::convex_polygon(corners, fill, Stroke::new(1.0, rim)));
}

/// A small triangle at the edge of a plot, pointing to where a line goes on beyond it.
pub fn beyond(painter: &Painter, tip: Pos2, is_up: bool, fill: Color32, rim: Color32) {
    let base = if is_up { 8.0 } else { -8.0 };
    let corners = vec![tip, tip + vec2(5.0, base), tip + vec2(-5.0, base)];
    painter.add(Shape::convex_polygon(corners, fill, Stroke::new(1.0, rim)));
}

/// Five points. Triangles from the middle, because a star is not convex, and a line around them that has a soft edge.
fn star(at: Pos2, radius: f32, color: Color32) -> [Shape; 2] {
    let corner = |k: usize| {
        let r = if k.is_multiple_of(2) { radius } else { radius * 0.42 };
        at + r * Vec2::angled((k as f32).mul_add(std::f32::consts::TAU / 10.0, -std::f32::consts::FRAC_PI_2))
    };
    let corners: Vec<Pos2> = (0..CORNERS).map(corner).collect();
    let mut inside = Mesh::default();
    inside.colored_vertex(at, color);
    for (k, corner) in corners.iter().enumerate() {
        inside.colored_vertex(*corner, color);
        inside.add_triangle(0, 1 + k as u32, 1 + ((k + 1) % CORNERS) as u32);
    }
    [Shape::mesh(inside), Shape::closed_line(corners, Stroke::new(0.6, color))]
}

/// The way from the minimum of the training loss to that of the test loss, near the bottom of a plot; `row` puts several
/// above each other.
pub fn shift(painter: &Painter, within: Rect, row: usize, [train, test]: [f32; 2], ink: Color32, rim: Color32) {
    let y = within.bottom() - 26.0 - 11.0 * row as f32;
    let (from, to) = (pos2(train, y), pos2(test, y));
    let side = if test >= train { 1.0 } else { -1.0 };
    // A shift of no pixels still has a place.
    let head = |color: Color32, size: f32| {
        let points = vec![to, to + vec2(-side * size, -size * 0.55), to + vec2(-side * size, size * 0.55)];
        Shape::convex_polygon(points, color, Stroke::NONE)
    };
    for (width, color) in [(5.0, rim), (2.0, ink)] {
        painter.line_segment([from, to], Stroke::new(width, color));
    }
    painter.line_segment([from - vec2(0.0, 6.0), from + vec2(0.0, 6.0)], Stroke::new(2.0, ink));
    painter.add(head(ink, 8.0));
}

/// Names beside their points, inside `within` and clear of each other and of what stands at `marks`, with a rim of the ground's
/// colour.
pub fn names(painter: &Painter, within: Rect, names: &[(Pos2, &str)], marks: &[Pos2], ink: Color32, rim: Color32) {
    let font = FontId::proportional(12.0);
    let place = |at: &Pos2| [f64::from(at.x), f64::from(at.y)];
    let named = |(at, words): &(Pos2, &str)| {
        let size = painter.layout_no_wrap((*words).to_owned(), font.clone(), ink).rect.size();
        Named { at: place(at), size: [f64::from(size.x), f64::from(size.y)] }
    };
    let named: Vec<Named> = names.iter().map(named).collect();
    let taken: Vec<Room> = marks.iter().map(|at| around(place(at))).collect();
    let frame = [within.left(), within.top(), within.right(), within.bottom()].map(f64::from);
    for ((_, words), [left, top, ..]) in names.iter().zip(name_rooms(&named, frame, &taken, false)) {
        let at = pos2(left as f32, top as f32);
        for shift in [vec2(-1.0, 0.0), vec2(1.0, 0.0), vec2(0.0, -1.0), vec2(0.0, 1.0)] {
            painter.text(at + shift, Align2::LEFT_TOP, words, font.clone(), rim);
        }
        painter.text(at, Align2::LEFT_TOP, words, font.clone(), ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_has_ten_corners_that_close() {
        let [inside, edge] = star(pos2(10.0, 10.0), 5.0, Color32::WHITE);
        let (Shape::Mesh(inside), Shape::Path(edge)) = (inside, edge) else { panic!("triangles and a line") };
        assert!(edge.closed && inside.is_valid() && inside.indices.len() == 3 * CORNERS);
        assert_eq!(edge.points.len(), CORNERS);
        assert!((edge.points[0] - pos2(10.0, 5.0)).length() < 1e-4, "it stands on two points");
        let far = edge.points.iter().filter(|c| (**c - pos2(10.0, 10.0)).length() > 4.9).count();
        assert_eq!(far, 5);
        // Fill and edge have the same corners, and the last triangle closes the star.
        let corners: Vec<Pos2> = inside.vertices.iter().skip(1).map(|v| v.pos).collect();
        assert_eq!(corners, edge.points);
        assert_eq!(inside.indices[3 * CORNERS - 3..], [0, CORNERS as u32, 1]);
    }
}
