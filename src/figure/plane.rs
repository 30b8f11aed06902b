//! The plane figure: a loss over two directions through parameter space, as a heat map with contour lines.

use super::{
    Colormap, Figure, Grid, Heat, Key, Kind, Panel, PlaneMark, PlaneMarker, PlanePath, Scale, Series, Tag, Theme,
    layout,
    ticks::{grouped, short},
};
use crate::history::Curve;

/// What is to be drawn of a plane. [`PlanePicture::new`] has sensible choices for all but the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanePicture {
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub subtitle: String,
    /// How it was measured; plain text. What the colours do not say (blank, not finite) is added to it.
    pub caption: String,
    /// Of the x axis; markup, as the other labels.
    pub a_label: String,
    pub b_label: String,
    pub value_label: String,
    pub grid: Grid,
    pub scale: Scale,
    /// A diverging map is for signed values and always linear.
    pub map: Colormap,
    /// Values at the ends of the colour scale. `None`: what the values cover.
    pub range: Option<(f64, f64)>,
    /// Contour lines, evenly spaced in the colour scale.
    pub contours: usize,
    /// Whether a unit of a is as long as a unit of b.
    pub equal: bool,
    pub paths: Vec<PlanePath>,
    pub markers: Vec<PlaneMarker>,
    pub theme: Theme,
}

/// Largest size of the plot in pixels, and the least that leaves room for the words around it.
const LARGEST: (f64, f64) = (660.0, 620.0);
const LEAST: (f64, f64) = (350.0, 90.0);
/// What stands around the plot: beside it, and above and below it without the caption.
const AROUND: (f64, f64) = (178.0, 139.0);
/// Proportion of the sides beyond which they are not drawn to the same scale unless asked for.
const MOST_OBLONG: f64 = 3.0;
/// More points than this are drawn as a line without dots.
const DOTS: usize = 120;

impl PlanePicture {
    /// A picture of `grid` in viridis on a linear scale and with no words but the axes' own. Axes are equal unless that
    /// would make a side of the plane several times longer than the other.
    pub fn new(grid: Grid) -> PlanePicture {
        let (a, b) = (grid.a_extent(), grid.b_extent());
        let equal = (1.0 / MOST_OBLONG..=MOST_OBLONG).contains(&((a.1 - a.0) / (b.1 - b.0)));
        PlanePicture {
            title: String::new(),
            subtitle: String::new(),
            caption: String::new(),
            a_label: "a".into(),
            b_label: "b".into(),
            value_label: "loss".into(),
            grid,
            scale: Scale::default(),
            map: Colormap::default(),
            range: None,
            contours: 14,
            equal,
            paths: vec![],
            markers: vec![],
            theme: Theme::default(),
        }
    }

    /// What the colours do not say.
    fn remarks(&self, heat: &Heat) -> String {
        let tally = heat.tally();
        let count = |n: usize| grouped(&n.to_string());
        let mut parts = vec![format!("{} × {} points", self.grid.a().len(), self.grid.b().len())];
        match tally.points - tally.not_measured {
            0 => parts.push("none of them measured".into()),
            measured if tally.not_measured > 0 => {
                parts.push(format!("{} of them measured, the others blank", count(measured)));
            }
            _ => {}
        }
        let mut say = |n: usize, what: &str| {
            if n > 0 {
                parts.push(format!("{} {what}", count(n)));
            }
        };
        say(tally.not_finite, "not finite (striped)");
        say(tally.not_positive, "not above 0, so without a place on a logarithmic scale (striped)");
        say(tally.beyond, "beyond the ends of the colour scale");
        let (a, b) = (self.grid.a_extent(), self.grid.b_extent());
        let outside = |[x, y]: &[f64; 2]| !((a.0..=a.1).contains(x) && (b.0..=b.1).contains(y));
        say(
            self.paths.iter().flat_map(PlanePath::places).filter(outside).count(),
            "points of paths outside of the plane",
        );
        if !self.equal {
            parts.push("axes not to the same scale".into());
        }
        let (lo, hi) = heat.shades().range();
        let steps = (self.contours + 1) as f64;
        if self.contours > 0 && self.scale == Scale::Log10 && !self.map.is_diverging() {
            parts.push(format!("contours a factor of {} apart", short((hi / lo).powf(1.0 / steps))));
        } else if self.contours > 0 {
            parts.push(format!("contours {} apart", short(hi / steps - lo / steps)));
        }
        parts.join(" · ")
    }

    /// What a mark without a name of its own is.
    fn key(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for marker in self.markers.iter().filter(|m| m.name.is_empty()) {
            let (name, kind) = match marker.mark {
                PlaneMark::Init => ("start", Kind::Hollow),
                PlaneMark::Minimum => ("lowest point", Kind::Star),
                PlaneMark::Checkpoint => ("checkpoint", Kind::Points),
            };
            let key = Key { name: name.into(), color: marker.color, kind };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    fn series(&self) -> Vec<Series> {
        let mut series = Vec::new();
        for path in &self.paths {
            let whole = Curve::through(path.places());
            let of = |kind, in_legend| Series {
                name: path.name.clone(),
                in_legend,
                color: path.color,
                kind,
                curve: whole.clone(),
            };
            series.push(of(Kind::Line, true));
            if path.points.len() <= DOTS {
                series.push(of(Kind::Dots, false));
            }
        }
        for marker in &self.markers {
            let kind = match marker.mark {
                PlaneMark::Init => Kind::Hollow,
                PlaneMark::Minimum => Kind::Star,
                PlaneMark::Checkpoint => Kind::Points,
            };
            let curve = Curve::through([[marker.a, marker.b]]);
            series.push(Series { name: marker.name.clone(), in_legend: false, color: marker.color, kind, curve });
        }
        series
    }
}

/// The plot of a plane, without a page around it.
pub fn plane_panel(picture: &PlanePicture) -> Panel {
    let tags = picture.markers.iter().filter(|m| !m.name.is_empty());
    Panel {
        x_label: picture.a_label.clone(),
        y_label: picture.b_label.clone(),
        heat: Some(Heat {
            grid: picture.grid.clone(),
            scale: picture.scale,
            map: picture.map,
            range: picture.range,
            contours: picture.contours,
            label: picture.value_label.clone(),
        }),
        equal: picture.equal,
        series: picture.series(),
        key: picture.key(),
        tags: tags.map(|m| Tag { x: m.a, y: m.b, label: m.name.clone() }).collect(),
        when_empty: "Here comes the plane, coarse first and then finer.".into(),
        ..Panel::default()
    }
}

/// The figure of a plane; the page takes the plane's shape.
pub fn plane_figure(picture: &PlanePicture) -> Figure {
    let panel = plane_panel(picture);
    let remarks = panel.heat.as_ref().map_or(String::new(), |heat| picture.remarks(heat));
    let caption = if picture.caption.is_empty() { remarks } else { format!("{}\n{remarks}", picture.caption) };
    let (a, b) = (picture.grid.a_extent(), picture.grid.b_extent());
    let (w, h) = if picture.equal { fitted(a.1 - a.0, b.1 - b.0) } else { LARGEST };
    let width = w + AROUND.0;
    let height = h + AROUND.1 + layout::caption_height(&caption, width);
    Figure {
        title: picture.title.clone(),
        subtitle: picture.subtitle.clone(),
        key: vec![],
        panels: vec![panel],
        caption,
        width: width.round() as u32,
        height: height.round() as u32,
        theme: picture.theme,
        shared_x: true,
    }
}

/// Width and height of a plot with sides in that proportion, as large as allowed.
fn fitted(along: f64, up: f64) -> (f64, f64) {
    let pixels = (LARGEST.0 / along).min(LARGEST.1 / up);
    ((pixels * along).max(LEAST.0), (pixels * up).max(LEAST.1))
}
