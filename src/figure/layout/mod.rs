//! Where everything on the page stands: ranges, ticks and rectangles, in pixels.

mod cells;
mod legend;
mod names;
mod rect;
mod sizes;
mod table;

use cells::{cells, columns, most};
use legend::{Align, Legend, PADDING, boxed, legend, place, rows};
pub(super) use legend::{NOTE_GAP, Placed, ROW, SAMPLE, SAMPLE_GAP};
pub(super) use names::{NameLines, spacing};
use names::{further_height, names};
pub(super) use rect::Rect;
use sizes::EDGE;
pub(super) use sizes::{
    CAPTION_LINE, LABEL, LEGEND, NAME_LINE, NUMBER, PANEL_TITLE, PANEL_TITLE_LINE, SUBTITLE, SUBTITLE_LINE, TITLE,
    TITLE_LINE,
};
pub(super) use table::PlacedTable;

use super::{
    Figure, Heat, Panel, Shades, Table,
    ranges::{Leaving, leaving, note, shared_x, widened, x_range, y_range},
    text,
    ticks::{self, Tick},
};

/// A colour bar beside a plot.
pub(super) struct Bar {
    pub rect: Rect,
    pub shades: Shades,
    pub ticks: Vec<Tick>,
    /// Middle line of its label, which runs upwards.
    pub label_x: f64,
    /// Whether a sample of what is not finite stands under it.
    pub not_finite: bool,
}

/// Width of a colour bar, and its distances: from the plot, to its numbers, and from them to its label.
const BAR: f64 = 14.0;
const BAR_GAP: f64 = 14.0;
const BAR_NUMBERS: f64 = 6.0;
const BAR_LABEL: f64 = 15.0;
/// Room for the words under a colour bar.
const BAR_WORDS: f64 = 66.0;

/// A panel with everything decided but the drawing.
pub(super) struct PanelLayout<'a> {
    pub panel: &'a Panel,
    /// Where its column of the page begins.
    pub edge: f64,
    pub plot: Rect,
    /// The title in lines of markup.
    pub title: Vec<String>,
    /// Baseline of its first line.
    pub title_y: f64,
    pub legend: Vec<Placed>,
    /// Around the legend.
    pub legend_box: Option<Rect>,
    /// What stands in place of a plot.
    pub table: Option<PlacedTable>,
    /// Names in place of the numbers of x.
    pub x_names: Vec<NameLines>,
    pub x: (f64, f64),
    pub y: (f64, f64),
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    /// Whether the numbers and the label of the x axis stand under this panel.
    pub x_numbers: bool,
    pub bar: Option<Bar>,
    /// Whether there is anything to draw.
    pub has_data: bool,
    /// What could not be drawn.
    pub note: Option<String>,
    /// Whether that stands on a line of its own, under the title.
    pub note_below: bool,
    /// Where lines go on beyond the range of y.
    pub leaving: Vec<Leaving>,
}

impl PanelLayout<'_> {
    /// Pixel of an x value.
    pub fn px(&self, x: f64) -> f64 {
        self.plot.x + (x - self.x.0) / (self.x.1 - self.x.0) * self.plot.w
    }

    /// Pixel of a y value; not finite when a log axis has no place for it.
    pub fn py(&self, y: f64) -> f64 {
        let share = if self.panel.log_y {
            (y / self.y.0).ln() / (self.y.1 / self.y.0).ln()
        } else {
            (y - self.y.0) / (self.y.1 - self.y.0)
        };
        self.plot.bottom() - share * self.plot.h
    }
}

/// The whole page.
pub(super) struct Page<'a> {
    pub title: Vec<String>,
    /// Baseline of the first line of the title, and of the subtitle.
    pub title_y: f64,
    pub subtitle: Vec<String>,
    pub subtitle_y: f64,
    pub left: f64,
    pub key: Vec<Placed>,
    /// Around the key.
    pub key_box: Option<Rect>,
    pub panels: Vec<PanelLayout<'a>>,
    pub caption: Vec<String>,
    /// Baseline of the caption's first line.
    pub caption_y: f64,
}

/// Decides where everything stands.
pub(super) fn page(figure: &Figure) -> Page<'_> {
    let (width, height) = (f64::from(figure.width), f64::from(figure.height));
    let [title, subtitle] = title_lines(&figure.title, &figure.subtitle, width);
    let title_y = EDGE + TITLE * 0.8;
    let last_of_title = title_y + further(title.len()) * TITLE_LINE;
    let subtitle_y = last_of_title + if subtitle.is_empty() { 0.0 } else { SUBTITLE + 7.0 };
    let last_of_subtitle = subtitle_y + further(subtitle.len()) * SUBTITLE_LINE;
    let mut top = if figure.title.is_empty() { EDGE } else { last_of_subtitle + 8.0 };

    let key_rows = rows(&figure.key, width - 120.0);
    let key_top = top;
    top += key_rows.len() as f64 * ROW;

    let shared = figure.shared_x.then(|| shared_x(figure.panels.iter().filter(|p| shares(p)))).flatten();
    let x_of = |p: &Panel| {
        let shared = shared.filter(|_| shares(p));
        widened(p.x_range.or(shared).or_else(|| x_range(p)).unwrap_or((0.0, 1.0)), 0.5)
    };

    // Panels beside each other share the width of the page; every row is as high as its highest panel.
    let cells = cells(&figure.panels);
    let width_of_cell = width / columns(&cells) as f64;
    let edge = |i: usize| cells.get(i).map_or(0.0, |cell| cell.column as f64 * width_of_cell);

    // Notes and legends: beside the panel's title when they fit there, else in lines of their own below it.
    let room = width_of_cell - 120.0;
    let notes: Vec<Option<String>> = figure.panels.iter().map(|panel| note(panel, x_of(panel))).collect();
    let note_width = |i: usize| notes[i].as_ref().map_or(0.0, |words| text::width(words, NUMBER));
    let legends: Vec<_> =
        figure.panels.iter().enumerate().map(|(i, panel)| legend(panel, note_width(i), room)).collect();
    let titles: Vec<Vec<String>> = figure.panels.iter().map(|panel| panel_title(panel, width_of_cell)).collect();
    let note_line = |legend: &Legend| if legend.note_beside { 0.0 } else { PANEL_TITLE_LINE };
    let headers = most(&cells, |i| {
        let legend = &legends[i];
        let head = 24.0 + further(titles[i].len()) * PANEL_TITLE_LINE + note_line(legend);
        head + if legend.beside { 0.0 } else { legend.rows.len() as f64 * ROW }
    });

    // How wide a plot is at least is known before the numbers at its left are.
    let at_least = width_of_cell - 30.0 - WIDEST_LEFT;
    let named: Vec<Vec<NameLines>> = figure.panels.iter().map(|p| names(p, x_of(p), at_least)).collect();
    let count = figure.panels.len();
    let last_shared = figure.panels.iter().rposition(shares).map(|i| cells[i].row);
    let with_numbers = |i: usize| {
        let is_sharing = figure.shared_x && figure.panels.get(i).is_some_and(shares);
        !is_sharing || last_shared == cells.get(i).map(|cell| cell.row)
    };
    let foot = |i: usize| {
        let plain = match (with_numbers(i), figure.panels.get(i).is_some_and(|p| p.x_label.is_empty())) {
            (false, _) => 6.0,
            (true, true) => 26.0,
            (true, false) => 44.0,
        };
        plain + named.get(i).map_or(0.0, |names| further_height(names))
    };
    let weight = |p: &Panel| match p.table {
        Some(_) => 0.0,
        None if p.weight > 0.0 && p.weight.is_finite() => p.weight,
        None => 1.0,
    };
    let row_weights = most(&cells, |i| weight(&figure.panels[i]));
    let weights: f64 = row_weights.iter().sum();
    // What a panel takes beside its plot; a table takes what its rows do.
    let table = |i: usize| figure.panels[i].table.as_ref().map(|table| table_height(table, width_of_cell));
    let around = most(&cells, |i| table(i).unwrap_or_else(|| foot(i)));
    let fixed: f64 = headers.iter().zip(&around).map(|(header, around)| header + around).sum();
    let caption = caption_lines(&figure.caption, width);
    let caption_h = caption_height(&figure.caption, width);
    let free = (height - top - fixed - 10.0 - caption_h).max(0.0);
    let plot_h = |i: usize| table(i).unwrap_or_else(|| (free * row_weights[cells[i].row] / weights).max(24.0));
    let rows_h = most(&cells, |i| plot_h(i) + if figure.panels[i].table.is_some() { 0.0 } else { foot(i) });
    let tops: Vec<f64> = headers
        .iter()
        .zip(&rows_h)
        .scan(top, |next, (header, row)| {
            let top = *next;
            *next += header + row;
            Some(top)
        })
        .collect();

    let mut placed = Vec::with_capacity(count);
    for (i, panel) in figure.panels.iter().enumerate() {
        let row = cells[i].row;
        let (top, plot_h) = (tops[row], plot_h(i));
        let x = x_of(panel);
        let drawn = panel.series.iter().any(|s| s.curve.points().any(|[_, y]| !panel.log_y || y > 0.0))
            || panel.heat.as_ref().is_some_and(|heat| heat.grid.values().iter().any(Option::is_some));
        let y = y_range(panel, x);
        placed.push(PanelLayout {
            panel,
            edge: edge(i),
            plot: Rect { x: 0.0, y: top + headers[row], w: 0.0, h: plot_h },
            title: titles.get(i).cloned().unwrap_or_default(),
            title_y: top + 17.0,
            legend: vec![],
            legend_box: None,
            table: None,
            x_names: named.get(i).cloned().unwrap_or_default(),
            x,
            y,
            x_ticks: vec![],
            y_ticks: if drawn { y_ticks(panel, y, plot_h) } else { vec![] },
            x_numbers: with_numbers(i),
            bar: None,
            has_data: drawn,
            note: notes.get(i).cloned().flatten(),
            note_below: legends.get(i).is_some_and(|legend| !legend.note_beside),
            leaving: vec![],
        });
    }

    // All plots start as far into their column, right of the widest number.
    let numbers = placed.iter().map(|p| widest(&p.y_ticks)).fold(20.0, f64::max);
    let first_left = EDGE + 18.0 + numbers + 8.0;
    for (p, legend) in placed.iter_mut().zip(legends) {
        let (left, right) = (p.edge + first_left, p.edge + width_of_cell - 30.0);
        p.plot.x = left;
        p.table = p.panel.table.as_ref().map(|table| table::placed(table, left, p.plot.y, table_room(width_of_cell)));
        let bar = if p.has_data { p.panel.heat.as_ref().map(Heat::shades) } else { None };
        p.plot.w = (right - left - bar.map_or(0.0, |shades| bar_width(&shades, p.plot.h))).max(24.0);
        if p.panel.equal {
            make_equal(p);
        }
        p.x_ticks = if p.x_names.is_empty() { x_ticks(p.panel, p.x, p.plot.w) } else { vec![] };
        p.bar = bar.map(|shades| colour_bar(p, shades));
        p.leaving = leaving(p.panel, p.x, p.y, LEAVING * (p.x.1 - p.x.0) / p.plot.w);
        let last_of_title = p.title_y + further(p.title.len()) * PANEL_TITLE_LINE + note_line(&legend);
        let (align, first) = if legend.beside {
            // A plot may be narrower than its title and its legend.
            let end = p.plot.right().max(left + legend.one_line).min(right);
            (Align::UpTo(end - PADDING), p.title_y)
        } else {
            (Align::From(left + PADDING), last_of_title + ROW)
        };
        p.legend = place(legend.rows, align, first);
        p.legend_box = boxed(&p.legend);
    }
    let left = first_left;
    let key = place(key_rows, Align::From(left + PADDING), key_top + 12.0);
    let (key_box, caption_y) = (boxed(&key), height - caption_h + 1.0);
    Page { title, title_y, subtitle, subtitle_y, left, key, key_box, panels: placed, caption, caption_y }
}

/// Marks where lines leave a plot are so far from each other at least.
const LEAVING: f64 = 14.0;

/// How many panels stand beside each other at most.
pub(super) fn columns_of(panels: &[Panel]) -> usize {
    columns(&cells(panels))
}

/// The largest distance of a plot from the left edge of the page: with the widest numbers that there are.
const WIDEST_LEFT: f64 = 110.0;

/// Whether a panel has the x axis of a page that has only one.
fn shares(panel: &Panel) -> bool {
    panel.table.is_none() && panel.x_names.is_empty()
}

/// Lines beyond the first.
fn further(lines: usize) -> f64 {
    lines.saturating_sub(1) as f64
}

/// Title and subtitle in lines, on a page of that width.
fn title_lines(title: &str, subtitle: &str, page: f64) -> [Vec<String>; 2] {
    [(title, TITLE), (subtitle, SUBTITLE)].map(|(words, size)| text::wrapped(words, size, page - WIDEST_LEFT))
}

/// Height that title and subtitle take on a page of that width beyond a line each.
pub(super) fn further_title_height(title: &str, subtitle: &str, page: f64) -> f64 {
    let [title, subtitle] = title_lines(title, subtitle, page);
    further(title.len()) * TITLE_LINE + further(subtitle.len()) * SUBTITLE_LINE
}

/// The title of a panel in lines, on a page of that width.
fn panel_title(panel: &Panel, page: f64) -> Vec<String> {
    text::wrapped_markup(&panel.title, PANEL_TITLE, page - WIDEST_LEFT - 10.0)
}

/// How wide a table may be on a page of that width.
fn table_room(page: f64) -> f64 {
    page - 30.0 - WIDEST_LEFT
}

/// Height of a table on a page of that width.
fn table_height(table: &Table, page: f64) -> f64 {
    table::placed(table, 0.0, 0.0, table_room(page)).height
}

/// Height of a panel that is a table, with its title.
pub(super) fn table_panel_height(panel: &Panel, page: f64) -> f64 {
    let header = 24.0 + further(panel_title(panel, page).len()) * PANEL_TITLE_LINE;
    header + panel.table.as_ref().map_or(0.0, |table| table_height(table, page))
}

/// The lines of a caption on a page of that width.
fn caption_lines(caption: &str, page: f64) -> Vec<String> {
    text::wrapped(caption, NUMBER, page - 100.0)
}

/// Height that a caption takes on a page of that width.
pub(super) fn caption_height(caption: &str, page: f64) -> f64 {
    caption_lines(caption, page).len() as f64 * CAPTION_LINE
}

/// Makes the plot narrower or lower, so that a unit of x is as long as a unit of y.
fn make_equal(p: &mut PanelLayout<'_>) {
    let (along, up) = (p.x.1 - p.x.0, p.y.1 - p.y.0);
    let pixels = (p.plot.w / along).min(p.plot.h / up);
    p.plot.w = (pixels * along).max(24.0);
    p.plot.h = (pixels * up).max(24.0);
    if p.has_data {
        p.y_ticks = y_ticks(p.panel, p.y, p.plot.h);
    }
}

/// Width of a colour bar of that height with everything beside it.
fn bar_width(shades: &Shades, height: f64) -> f64 {
    let numbers = widest(&shades.ticks(bar_ticks(height)));
    BAR_GAP + BAR + (BAR_NUMBERS + numbers + BAR_LABEL + LABEL * 0.5).max(BAR_WORDS) - EDGE
}

fn bar_ticks(height: f64) -> usize {
    (height / 40.0).floor().clamp(2.0, 10.0) as usize
}

fn colour_bar(p: &PanelLayout<'_>, shades: Shades) -> Bar {
    let ticks = shades.ticks(bar_ticks(p.plot.h));
    let rect = Rect { x: p.plot.right() + BAR_GAP, y: p.plot.y, w: BAR, h: p.plot.h };
    let label_x = rect.right() + BAR_NUMBERS + widest(&ticks) + BAR_LABEL;
    let tally = p.panel.heat.as_ref().map(Heat::tally).unwrap_or_default();
    Bar { rect, shades, ticks, label_x, not_finite: tally.not_finite + tally.not_positive > 0 }
}

/// Width of the widest of some numbers.
fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|t| text::markup_width(&t.label, NUMBER)).fold(0.0, f64::max)
}

/// The least distance of an axis' numbers: `usual`, or wide enough for cells to be seen between the ticks of a plane,
/// the same along and up.
fn tick_distance(panel: &Panel, usual: f64) -> f64 {
    if panel.heat.is_some() { 60.0 } else { usual }
}

fn y_ticks(panel: &Panel, y: (f64, f64), height: f64) -> Vec<Tick> {
    ticks::along(y, panel.y_numbers(), height, [tick_distance(panel, 30.0), NUMBER + 2.0])
}

/// As many round numbers as stand side by side without touching.
fn x_ticks(panel: &Panel, x: (f64, f64), width: f64) -> Vec<Tick> {
    let mut count = (width / tick_distance(panel, 50.0)).floor().max(1.0) as usize;
    loop {
        let whole = if panel.iteration_grid { ticks::whole(x, count) } else { vec![] };
        let ticks = if whole.is_empty() { ticks::linear(x, count) } else { whole };
        let apart = match ticks.as_slice() {
            [a, b, ..] => (b.value - a.value) / (x.1 - x.0) * width,
            _ => f64::INFINITY,
        };
        if apart >= widest(&ticks) * 1.1 + 12.0 || count <= 1 {
            return ticks;
        }
        count -= 1;
    }
}
