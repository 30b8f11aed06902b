//! Figures as SVG: plain shapes and text, the same bytes for the same figure.

mod heat;
mod marks;
mod pen;
mod series;
mod table;

pub(super) use pen::{Ground, spans};
use pen::{Svg, n};

use super::{
    Figure, ITERATION_GRID_LIMIT, Theme,
    colors::Color,
    layout::{
        self, CAPTION_LINE, LABEL, NAME_LINE, NOTE_GAP, NUMBER, PANEL_TITLE, PANEL_TITLE_LINE, PanelLayout, Rect,
        SUBTITLE, SUBTITLE_LINE, TITLE, TITLE_LINE,
    },
    text::{self, escaped},
};

/// Ubuntu is what the PNGs use; the others come with most systems. All have figures of one width.
const FONTS: &str = "Ubuntu, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/// The figure as a complete SVG document.
pub fn to_svg(figure: &Figure) -> String {
    document(figure, &layout::page(figure), Ground::Drawn)
}

/// The same, so many millimetres wide.
pub(super) fn wide(figure: &Figure, mm: f64) -> String {
    let height = mm * f64::from(figure.height) / f64::from(figure.width.max(1));
    let size = [format!("{}mm", n(mm)), format!("{}mm", n(height))];
    sized(figure, &layout::page(figure), Ground::Drawn, &size)
}

pub(super) fn document(figure: &Figure, page: &layout::Page<'_>, ground: Ground) -> String {
    sized(figure, page, ground, &[figure.width.to_string(), figure.height.to_string()])
}

/// A document that is shown in that width and height; its own units are pixels of the figure.
fn sized(figure: &Figure, page: &layout::Page<'_>, ground: Ground, [width, height]: &[String; 2]) -> String {
    let colors = figure.theme.page();
    let mut out = Svg { text: String::new(), colors, ground };
    let (w, h) = (figure.width, figure.height);
    out.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {w} {h}" role="img" font-family="{FONTS}" font-weight="300" style="font-variant-numeric: tabular-nums">"#
    ));
    out.line(format_args!("<title>{}</title>", escaped(&figure.title)));
    if ground == Ground::Drawn {
        out.line(format_args!(r#"<rect width="{w}" height="{h}" fill="{}"/>"#, colors.background));
    }
    for (i, line) in page.title.iter().enumerate() {
        out.plain(line, page.left, page.title_y + i as f64 * TITLE_LINE, TITLE, colors.ink, "start");
    }
    for (i, line) in page.subtitle.iter().enumerate() {
        out.plain(line, page.left, page.subtitle_y + i as f64 * SUBTITLE_LINE, SUBTITLE, colors.muted, "start");
    }
    out.legend_box(page.key_box);
    for entry in &page.key {
        out.key(&entry.key, entry.x, entry.y);
    }
    for (i, panel) in page.panels.iter().enumerate() {
        out.panel(panel, i);
    }
    for (i, line) in page.caption.iter().enumerate() {
        let y = page.caption_y + i as f64 * CAPTION_LINE;
        out.plain(line, page.left, y, NUMBER, colors.muted, "start");
    }
    out.text.push_str("</svg>\n");
    out.text
}

impl Svg {
    fn panel(&mut self, p: &PanelLayout<'_>, index: usize) {
        let colors = self.colors;
        let (plot, panel) = (p.plot, p.panel);
        let (x, y, w, h) = (n(plot.x), n(plot.y), n(plot.w), n(plot.h));
        self.line(format_args!(r#"<g class="panel">"#));
        self.line(format_args!(
            r#"<clipPath id="plot{index}"><rect x="{x}" y="{y}" width="{w}" height="{h}"/></clipPath>"#
        ));
        self.header(p);
        if let Some(table) = &p.table {
            self.table(table, plot.x);
            return self.line(format_args!("</g>"));
        }
        match &panel.heat {
            Some(heat) if self.ground == Ground::Drawn => self.heat(p, heat),
            Some(_) => {}
            None => self.grid(p),
        }
        self.line(format_args!(
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="none" stroke="{}" stroke-width="0.8"/>"#,
            colors.frame
        ));
        if p.has_data {
            self.line(format_args!(r#"<g clip-path="url(#plot{index})">"#));
            if let Some(heat) = &panel.heat {
                self.contours(p, heat);
                // The map's colours are the same on every page, so what stands on it is, too: dark with a light rim.
                self.colors = Theme::Light.page();
            }
            for guide in panel.guides.iter().filter(|g| p.y.0 <= g.value && g.value <= p.y.1) {
                let y = p.py(guide.value);
                self.rule([plot.x, y, plot.right(), y], colors.muted, 0.8, "");
            }
            self.marker_lines(p);
            for series in &panel.series {
                self.series(p, series);
            }
            self.line(format_args!("</g>"));
            self.leaving(p);
            for guide in panel.guides.iter().filter(|g| p.y.0 <= g.value && g.value <= p.y.1 && !g.label.is_empty()) {
                let (x, y) = (plot.right() - 6.0, p.py(guide.value) - 4.0);
                self.rimmed(&spans(&guide.label, NUMBER), colors.muted, x, y, "end");
            }
            self.marker_labels(p);
            self.tags(p);
            self.colors = colors;
        } else {
            let words = text::fitted(&panel.when_empty, LABEL, plot.w - 16.0);
            let (x, y) = (plot.x + plot.w / 2.0, plot.y + plot.h / 2.0 + 4.0);
            self.rimmed(&text::content(&words), colors.muted, x, y, "middle");
        }
        self.numbers(p);
        if let (Some(bar), Some(heat)) = (&p.bar, &panel.heat) {
            self.bar(bar, &heat.label, index);
        }
        self.line(format_args!("</g>"));
    }

    /// Title, note and legend.
    fn header(&mut self, p: &PanelLayout<'_>) {
        let colors = self.colors;
        let mut last = p.title_y;
        for (i, line) in p.title.iter().enumerate() {
            last = p.title_y + i as f64 * PANEL_TITLE_LINE;
            let place = format!(r#"x="{}" y="{}""#, n(p.plot.x), n(last));
            self.label(line, &place, PANEL_TITLE, colors.ink, "start");
        }
        if let Some(note) = &p.note {
            let title = p.title.last().map_or(0.0, |line| text::markup_width(line, PANEL_TITLE));
            let (x, y) = match p.note_below {
                true => (p.plot.x, last + PANEL_TITLE_LINE),
                false => (p.plot.x + title * 1.05 + NOTE_GAP, last),
            };
            self.plain(note, x, y, NUMBER, super::colors::SAM, "start");
        }
        self.legend_box(p.legend_box);
        for entry in &p.legend {
            self.key(&entry.key, entry.x, entry.y);
        }
    }

    /// What says that entries are a legend and no data.
    fn legend_box(&mut self, place: Option<Rect>) {
        let Some(Rect { x, y, w, h }) = place else { return };
        let (x, y, w, h, colors) = (n(x), n(y), n(w), n(h), self.colors);
        self.line(format_args!(
            r#"<rect class="legend" x="{x}" y="{y}" width="{w}" height="{h}" rx="3" fill="{}" stroke="{}" stroke-width="0.8"/>"#,
            colors.background, colors.frame
        ));
    }

    fn grid(&mut self, p: &PanelLayout<'_>) {
        let colors = self.colors;
        let (plot, (from, to)) = (p.plot, p.x);
        for tick in &p.y_ticks {
            let y = p.py(tick.value);
            self.rule([plot.x, y, plot.right(), y], colors.grid, 0.8, "");
        }
        let mut upright = |at: f64, color: Color| {
            let x = p.px(at);
            self.rule([x, plot.y, x, plot.bottom()], color, 0.8, "");
        };
        if p.panel.iteration_grid && to - from <= ITERATION_GRID_LIMIT {
            (from.ceil() as i64..=to.floor() as i64).for_each(|t| upright(t as f64, colors.strong_grid));
        } else {
            p.x_ticks.iter().for_each(|tick| upright(tick.value, colors.grid));
        }
    }

    /// Numbers and labels of both axes.
    fn numbers(&mut self, p: &PanelLayout<'_>) {
        let colors = self.colors;
        let (plot, panel) = (p.plot, p.panel);
        for tick in &p.y_ticks {
            let place = format!(r#"x="{}" y="{}""#, n(plot.x - 7.0), n(p.py(tick.value) + NUMBER * 0.34));
            self.label(&tick.label, &place, NUMBER, colors.muted, "end");
            if panel.heat.is_some() {
                self.rule([plot.x - 3.5, p.py(tick.value), plot.x, p.py(tick.value)], colors.frame, 0.8, "");
            }
        }
        self.upright(&panel.y_label, p.edge + 18.0 + LABEL * 0.5, plot);
        for tick in &p.x_ticks {
            let x = p.px(tick.value);
            self.rule([x, plot.bottom(), x, plot.bottom() + 3.5], colors.frame, 0.8, "");
            if p.x_numbers {
                let place = format!(r#"x="{}" y="{}""#, n(x), n(plot.bottom() + 16.0));
                self.label(&tick.label, &place, NUMBER, colors.muted, "middle");
            }
        }
        let mut most = 1_usize;
        for name in &p.x_names {
            most = most.max(name.lines.len());
            for (i, line) in name.lines.iter().enumerate() {
                let y = plot.bottom() + 16.0 + i as f64 * NAME_LINE;
                self.plain(line, p.px(name.x), y, NUMBER, colors.muted, "middle");
            }
        }
        if p.x_numbers && !panel.x_label.is_empty() {
            let below = plot.bottom() + 35.0 + (most - 1) as f64 * NAME_LINE;
            let place = format!(r#"x="{}" y="{}""#, n(plot.x + plot.w / 2.0), n(below));
            self.label(&panel.x_label, &place, LABEL, colors.muted, "middle");
        }
    }
}
