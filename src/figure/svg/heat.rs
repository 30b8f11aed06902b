//! Heat maps: the cells as an embedded picture, contour lines and the colour bar as shapes.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    pen::{Svg, n},
    series::polyline,
};
use crate::figure::{
    Color, Heat, Isoline,
    colors::{NOT_FINITE, NOT_FINITE_STRIPE},
    layout::{Bar, NUMBER, PanelLayout},
    raster,
};

/// Pixels of the embedded picture to a pixel of the page. Cells are blocks of many pixels, so they stay sharp in viewers
/// that smooth what they enlarge, and compress to almost nothing.
const FINENESS: f64 = 2.0;
/// Stops of the colour bar's gradient; between them the maps are straight to within a level or two of 255.
const STOPS: u32 = 48;

impl Svg {
    /// The cells.
    pub(super) fn heat(&mut self, p: &PanelLayout<'_>, heat: &Heat) {
        let plot = p.plot;
        let pixels = |length: f64| (length * FINENESS).round().clamp(1.0, 8192.0) as u32;
        let picture = raster::picture(heat, p.x, p.y, pixels(plot.w), pixels(plot.h), FINENESS);
        let Some(png) = picture.and_then(|picture| picture.encode_png().ok()) else { return };
        let (x, y, w, h) = (n(plot.x), n(plot.y), n(plot.w), n(plot.h));
        let data = STANDARD.encode(&png);
        self.line(format_args!(
            r#"<image x="{x}" y="{y}" width="{w}" height="{h}" preserveAspectRatio="none" href="data:image/png;base64,{data}"/>"#
        ));
    }

    /// Isolines, light on dark colours and dark on light ones.
    pub(super) fn contours(&mut self, p: &PanelLayout<'_>, heat: &Heat) {
        let shades = heat.shades();
        for Isoline { place, lines } in heat.isolines() {
            let (ink, opacity) = if shades.is_dark(place) { ("#FFFFFF", 0.45) } else { ("#000000", 0.4) };
            self.line(format_args!(
                r#"<g class="contour" fill="none" stroke="{ink}" stroke-opacity="{opacity}" stroke-width="0.8" stroke-linejoin="round">"#
            ));
            for line in lines {
                let points = polyline(&line.iter().map(|[a, b]| (p.px(*a), p.py(*b))).collect::<Vec<_>>());
                self.line(format_args!(r#"<polyline points="{points}"/>"#));
            }
            self.line(format_args!("</g>"));
        }
    }

    /// The colour scale beside the plot, with its numbers and its name.
    pub(super) fn bar(&mut self, bar: &Bar, label: &str, index: usize) {
        let colors = self.colors;
        let rect = bar.rect;
        let (x, y, w, h) = (n(rect.x), n(rect.y), n(rect.w), n(rect.h));
        self.line(format_args!(r#"<linearGradient id="bar{index}" x1="0" y1="1" x2="0" y2="0">"#));
        for stop in 0..=STOPS {
            let at = f64::from(stop) / f64::from(STOPS);
            self.line(format_args!(r#"<stop offset="{at:.4}" stop-color="{}"/>"#, bar.shades.color(at)));
        }
        self.line(format_args!("</linearGradient>"));
        self.line(format_args!(
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="url(#bar{index})" stroke="{}" stroke-width="0.8"/>"#,
            colors.frame
        ));
        for tick in &bar.ticks {
            let y = rect.bottom() - bar.shades.place(tick.value) * rect.h;
            self.rule([rect.right(), y, rect.right() + 3.5, y], colors.frame, 0.8, "");
            let place = format!(r#"x="{}" y="{}""#, n(rect.right() + 6.0), n(y + NUMBER * 0.34));
            self.label(&tick.label, &place, NUMBER, colors.muted, "start");
        }
        self.upright(label, bar.label_x, rect);
        if bar.not_finite {
            let (x, y) = (rect.x, rect.bottom() + 8.0);
            self.striped(x, y, rect.w, 10.0);
            self.plain("not finite", x + rect.w + 6.0, y + 9.0, NUMBER, colors.muted, "start");
        }
    }

    /// A sample of what is not finite.
    fn striped(&mut self, x: f64, y: f64, w: f64, h: f64) {
        self.line(format_args!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{NOT_FINITE}"/>"#,
            n(x),
            n(y),
            n(w),
            n(h)
        ));
        let stripe: Color = NOT_FINITE_STRIPE;
        for start in [1.0, 6.0, 11.0] {
            // From the left or lower edge up to the right, cut at the upper and the right one.
            let length = h.min(w - start);
            self.rule([x + start, y + h, x + start + length, y + h - length], stripe, 1.1, "");
        }
    }
}
