//! What is written on top of a surface: numbers, names, and the colours' meaning, in pixels of the picture.

use super::{
    Axes, Camera, Scene, Space,
    axes::{Edge, Number},
};
use crate::figure::{
    text::{markup_width, width},
    ticks,
};

/// Font sizes.
pub const NUMBER: f64 = 11.5;
pub const NAME: f64 = 13.0;
/// Height of a line relative to the font size.
const LINE: f64 = 1.25;
/// From a tick to its number.
const GAP: f64 = 6.0;
/// An edge that looks shorter than this has no numbers.
const SHORTEST_EDGE: f64 = 60.0;
/// From a marker to its name.
const MARKER_GAP: f64 = 11.0;

/// A place in the picture, from its top left corner.
type Place = (f64, f64);

/// A piece of text with its middle at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub x: f64,
    pub y: f64,
    /// Markup; names of markers are plain text.
    pub text: String,
    pub kind: LabelKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    Number,
    /// Of an axis.
    Name,
    Marker,
}

impl LabelKind {
    /// Font size.
    pub fn size(self) -> f64 {
        match self {
            LabelKind::Number => NUMBER,
            LabelKind::Name | LabelKind::Marker => NAME,
        }
    }
}

/// The bar that says which colour is which value.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// y of the ticks at its right side.
    pub ticks: Vec<f64>,
}

/// Everything written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    pub labels: Vec<Label>,
    /// `None` where there is no room or only one value.
    pub bar: Option<Bar>,
}

impl Overlay {
    /// Lays text out over a picture of `size`.
    pub fn new(scene: &Scene, space: &Space, camera: &Camera, size: (f64, f64)) -> Overlay {
        let axes = Axes::new(space, camera);
        let mut out = Overlay::default();
        out.bar(scene, space, size);
        let mut layout = Layout { camera, size, labels: out.labels };
        layout.edge(&axes.a, &scene.a_label);
        layout.edge(&axes.b, &scene.b_label);
        layout.upright(&axes.value, &scene.value_label);
        layout.markers(scene, space);
        Overlay { labels: layout.labels, bar: out.bar }
    }

    fn bar(&mut self, scene: &Scene, space: &Space, size: (f64, f64)) {
        let range = space.color_range();
        if size.0 < 420.0 || size.1 < 220.0 || range.0 == range.1 {
            return;
        }
        let list = if space.log() { ticks::logarithmic(range, 5) } else { ticks::linear(range, 5) };
        let widest = list.iter().map(|t| markup_width(&t.label, NUMBER)).fold(0.0, f64::max);
        let height = (size.1 * 0.4).clamp(110.0, 240.0);
        let (x, y, width) = (size.0 - widest - 34.0, (size.1 - height) / 2.0, 11.0);
        let mut marks = Vec::new();
        for tick in list {
            let Some(share) = space.color_share(tick.value).filter(|s| (-1e-9..=1.0 + 1e-9).contains(s)) else {
                continue;
            };
            let at = y + (1.0 - share) * height;
            marks.push(at);
            let x = x + width + 7.0 + markup_width(&tick.label, NUMBER) / 2.0;
            self.labels.push(Label { x, y: at, text: tick.label, kind: LabelKind::Number });
        }
        let wide = markup_width(&scene.value_label, NAME);
        let middle = (x + width / 2.0).min(size.0 - wide / 2.0 - 8.0);
        self.labels.push(Label { x: middle, y: y - 16.0, text: scene.value_label.clone(), kind: LabelKind::Name });
        self.bar = Some(Bar { x, y, width, height, ticks: marks });
    }
}

struct Layout<'a> {
    camera: &'a Camera,
    size: (f64, f64),
    labels: Vec<Label>,
}

impl Layout<'_> {
    fn seen(&self, p: super::Vector) -> Option<Place> {
        self.camera.project(p, self.size)
    }

    /// Where an edge is on screen (its middle and its length), and which way is out of the box there.
    fn outline(&self, edge: &Edge) -> Option<(Place, f64, Place)> {
        let (from, to) = (self.seen(edge.from)?, self.seen(edge.to)?);
        let middle = std::array::from_fn(|k| (edge.from[k] + edge.to[k]) / 2.0);
        let (here, outside) = (self.seen(middle)?, self.seen(super::vector::along(middle, 0.1, edge.out))?);
        let (dx, dy) = (outside.0 - here.0, outside.1 - here.1);
        let far = dx.hypot(dy);
        let out = if far > 1e-6 { (dx / far, dy / far) } else { (0.0, 1.0) };
        Some((here, (to.0 - from.0).hypot(to.1 - from.1), out))
    }

    /// Numbers along an edge; returns the room they take outwards.
    fn numbers(&mut self, numbers: &[Number], out: Place) -> f64 {
        let mut room = 0.0f64;
        for number in numbers {
            let Some((x, y)) = self.seen(number.place) else { continue };
            let (w, h) = (markup_width(&number.text, NUMBER), NUMBER * LINE);
            let away = (GAP + (out.0 * w).abs() / 2.0, GAP + (out.1 * h).abs() / 2.0);
            let (x, y) = (x + out.0 * away.0, y + out.1 * away.1);
            let is_inside = (0.0..self.size.0).contains(&x) && (0.0..self.size.1).contains(&y);
            if is_inside && self.is_free(x, y, w + 6.0, h * 0.8) {
                self.labels.push(Label { x, y, text: number.text.clone(), kind: LabelKind::Number });
                room = room.max(GAP + (out.0 * w).abs() + (out.1 * h).abs());
            }
        }
        room
    }

    fn edge(&mut self, edge: &Edge, name: &str) {
        let Some((middle, length, out)) = self.outline(edge) else { return };
        if length < SHORTEST_EDGE {
            return;
        }
        let room = self.numbers(&edge.numbers, out) + GAP * 1.5;
        let (w, h) = (markup_width(name, NAME), NAME * LINE);
        let x = middle.0 + out.0 * (room + (out.0 * w).abs() / 2.0);
        let y = middle.1 + out.1 * (room + (out.1 * h).abs() / 2.0);
        self.push(x, y, name, LabelKind::Name);
    }

    /// The upright edge has its name on top.
    fn upright(&mut self, edge: &Edge, name: &str) {
        let Some((_, length, out)) = self.outline(edge) else { return };
        if length < SHORTEST_EDGE {
            return;
        }
        self.numbers(&edge.numbers, out);
        if let (Some(from), Some(to)) = (self.seen(edge.from), self.seen(edge.to)) {
            let top = if from.1 < to.1 { from } else { to };
            let (w, h) = (markup_width(name, NAME), NAME * LINE);
            let places = [1.2, 2.0, 2.8].map(|lines| (top.0, top.1 - lines * h));
            // Where all are taken, the bar still has the name.
            if let Some((x, y)) = places.into_iter().find(|(x, y)| self.is_free(*x, *y, w, h * 0.8)) {
                self.push(x, y, name, LabelKind::Name);
            }
        }
    }

    fn markers(&mut self, scene: &Scene, space: &Space) {
        for marker in scene.markers.iter().filter(|m| !m.name.is_empty()) {
            let Some((x, y)) = space.place([marker.a, marker.b, marker.height]).and_then(|p| self.seen(p)) else {
                continue;
            };
            let (w, h) = (width(&marker.name, NAME), NAME * LINE);
            let (right, left) = (x + MARKER_GAP + w / 2.0, x - MARKER_GAP - w / 2.0);
            let (above, below) = (y - h * 0.6, y + h * 0.6);
            let places = [(right, above), (left, above), (right, below), (left, below)];
            let (x, y) = places.into_iter().find(|(x, y)| self.is_free(*x, *y, w, h)).unwrap_or(places[0]);
            self.push(x, y, &marker.name, LabelKind::Marker);
        }
    }

    /// Adds a label, moved into the picture if it is about to leave it. What it belongs to is out of sight otherwise.
    fn push(&mut self, x: f64, y: f64, text: &str, kind: LabelKind) {
        let (w, h) = (markup_width(text, kind.size()) / 2.0 + 4.0, kind.size() * LINE / 2.0);
        let leaves = |at: f64, half: f64, whole: f64| at < -half || at > whole + half;
        if leaves(x, w, self.size.0) || leaves(y, 2.0 * h, self.size.1) {
            return;
        }
        // Written so that a label wider than the picture does no harm.
        let x = x.min(self.size.0 - w).max(w);
        let y = y.min(self.size.1 - h).max(h);
        self.labels.push(Label { x, y, text: text.into(), kind });
    }

    fn is_free(&self, x: f64, y: f64, w: f64, h: f64) -> bool {
        self.labels.iter().all(|l| {
            let (lw, lh) = (markup_width(&l.text, l.kind.size()), l.kind.size() * LINE * 0.8);
            (l.x - x).abs() > (lw + w) / 2.0 || (l.y - y).abs() > (lh + h) / 2.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Mesh, mesh::tests::scene},
        *,
    };

    const SIZE: (f64, f64) = (900.0, 600.0);

    fn marked() -> Scene {
        let mut s = scene(9, 9, |a, b| a * a + b * b);
        let color = crate::figure::colors::SGD;
        let mark = crate::figure::PlaneMark::Checkpoint;
        let marker =
            |name: &str, a| crate::figure::PlaneMarker { a, b: 0.0, height: 0.1, name: name.into(), mark, color };
        s.markers = vec![marker("first", 0.0), marker("second", 0.01), marker("", 0.5), marker("lost", f64::NAN)];
        s
    }

    fn overlay(s: &Scene, camera: &Camera, size: (f64, f64)) -> Overlay {
        Overlay::new(s, Mesh::new(s).unwrap().space(), camera, size)
    }

    #[test]
    fn no_two_texts_cover_each_other_and_all_are_in_the_picture() {
        let s = marked();
        let mut camera = Camera::default();
        for k in 0..30 {
            camera.orbit(0.41, 0.02 * f64::from(k % 7) - 0.06);
            let labels = overlay(&s, &camera, SIZE).labels;
            assert!(labels.len() > 12, "{}", labels.len());
            for (i, l) in labels.iter().enumerate() {
                assert!((0.0..SIZE.0).contains(&l.x) && (0.0..SIZE.1).contains(&l.y), "{l:?}");
                for m in labels[..i].iter().filter(|m| m.kind == LabelKind::Number && l.kind == LabelKind::Number) {
                    let apart = (markup_width(&l.text, NUMBER) + markup_width(&m.text, NUMBER)) / 2.0;
                    assert!((l.x - m.x).abs() > apart || (l.y - m.y).abs() > NUMBER * 0.8, "{l:?} {m:?}");
                }
            }
        }
    }

    #[test]
    fn names_are_there_once_and_those_without_a_place_are_not() {
        let labels = overlay(&marked(), &Camera::default(), SIZE).labels;
        let count = |text: &str| labels.iter().filter(|l| l.text == text).count();
        // The value is named at its edge and at the bar.
        assert_eq!(["a", "b", "loss", "first", "second", "lost"].map(count), [1, 1, 2, 1, 1, 0]);
        let of = |text: &str| labels.iter().find(|l| l.text == text).map(|l| (l.x, l.y)).unwrap();
        let (one, two) = (of("first"), of("second"));
        assert!((one.0 - two.0).abs() > 20.0 || (one.1 - two.1).abs() > 12.0, "names of close markers go apart");
    }

    #[test]
    fn from_the_top_there_are_no_numbers_on_the_upright_edge() {
        let s = marked();
        let labels = overlay(&s, &Camera::top(), SIZE).labels;
        assert_eq!(labels.iter().filter(|l| l.text == "loss").count(), 1, "only the bar's");
        let small = overlay(&s, &Camera::default(), (300.0, 200.0));
        assert_eq!(small.bar, None);
    }

    #[test]
    fn ticks_of_the_bar_are_at_their_share() {
        let bar = overlay(&marked(), &Camera::default(), SIZE).bar.unwrap();
        // Values go from 0 to 2 in steps of 0.5.
        let shares: Vec<f64> = bar.ticks.iter().map(|y| 1.0 - (y - bar.y) / bar.height).collect();
        assert!(shares.iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]).all(|(s, t)| (s - t).abs() < 1e-9), "{shares:?}");
    }
}
