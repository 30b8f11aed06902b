//! Facts about figures that must hold, and sample pictures.

use std::{fs, path::PathBuf};

use resvg::{tiny_skia::Pixmap, usvg::Tree};

use super::*;
use crate::{
    history::{
        Curve, History,
        synthetic::{bounce, manifest},
    },
    probe::{Change, ChangeRecord},
};

mod line_pictures;
mod plane_pictures;
mod table_pictures;

fn line(name: &str, curve: Curve) -> Series {
    Series { name: name.into(), in_legend: true, color: colors::SGD, kind: Kind::Line, curve }
}

fn figure(panel: Panel) -> Figure {
    Figure {
        title: "T".into(),
        subtitle: String::new(),
        key: vec![],
        panels: vec![panel],
        caption: String::new(),
        width: 600,
        height: 400,
        theme: Theme::Light,
        shared_x: true,
    }
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

/// Parses, and gives the document back.
fn valid(figure: &Figure) -> String {
    let svg = to_svg(figure);
    assert!(Tree::from_str(&svg, &png::options()).is_ok(), "{svg}");
    svg
}

#[test]
fn a_walk_has_its_lines_and_its_grid() {
    let history = bounce(40, 1);
    let svg = valid(&walk_figure(&[(&history, "SGD", colors::SGD)], None, Theme::Light));
    assert_eq!(count(&svg, r#"class="panel""#), 4);
    assert_eq!(count(&svg, "<polyline"), 5, "slices, floor, cosine, height, distance");
    assert_eq!(count(&svg, &format!(r#"stroke="{}" stroke-width="1.5""#, colors::FLOOR)), 1);
    let barriers: usize = history.slices().iter().map(|s| s.barriers().count()).sum();
    assert!(barriers > 0);
    assert_eq!(count(&svg, "<circle"), barriers + 1, "one per barrier and one in the legend");
    let iteration = format!(r#"stroke="{}" stroke-width="0.8"/>"#, Theme::Light.page().strong_grid);
    assert_eq!(count(&svg, &iteration), 4 * 41, "a grey line per iteration and panel");
    assert!(svg.contains("−1") && !svg.contains(">-1"), "a true minus sign");
    assert_eq!(
        svg,
        to_svg(&walk_figure(&[(&history, "SGD", colors::SGD)], None, Theme::Light)),
        "the same bytes again"
    );

    let long = bounce(5000, 1);
    let svg = valid(&walk_figure(&[(&long, "SGD", colors::SGD)], None, Theme::Light));
    assert_eq!(count(&svg, &iteration), 0, "too many iterations to draw each");
    let svg = valid(&walk_figure(&[(&long, "SGD", colors::SGD)], Some((100.0, 130.0)), Theme::Light));
    assert_eq!(count(&svg, &iteration), 4 * 31);
}

#[test]
fn lines_break_at_what_is_not_finite_and_the_panel_says_so() {
    let nan = f64::NAN;
    let curve =
        Curve::through([1.0, 2.0, nan, nan, 3.0, 4.0, nan, 5.0].into_iter().enumerate().map(|(x, y)| [x as f64, y]));
    let svg = valid(&figure(Panel { series: vec![line("a", curve)], ..Panel::default() }));
    assert_eq!((count(&svg, "<polyline"), count(&svg, "<circle")), (2, 1), "a lone point is a dot");
    assert!(svg.contains("3 points are not finite"));
    let log = Panel {
        series: vec![line("a", Curve::through([[0.0, 1.0], [1.0, 10.0], [2.0, 0.0], [3.0, 5.0], [4.0, 7.0]]))],
        log_y: true,
        ..Panel::default()
    };
    let svg = valid(&figure(log));
    assert_eq!(count(&svg, "<polyline"), 2);
    assert!(svg.contains("1 point is not above 0"));
}

#[test]
fn a_run_that_diverges_leaves_the_panel_and_the_panel_says_so() {
    let fine = Curve::through((0..100).map(|t| [f64::from(t), 2.0 - 0.01 * f64::from(t)]));
    let gone = Curve::through((0..100).map(|t| [f64::from(t), if t < 80 { 2.0 } else { 3.1e7 }]));
    let panel = Panel { series: vec![line("fine", fine), line("gone", gone)], clips: true, ..Panel::default() };
    let svg = valid(&figure(panel.clone()));
    assert!(svg.contains("1 curve leaves the top (up to 3.10e7)"), "{svg}");
    assert_eq!(count(&svg, r#"class="leaving""#), 1);
    assert!(svg.contains(">2.0</text>") && !svg.contains("×10"), "the axis is that of the run that is fine");
    let svg = valid(&figure(Panel { clips: false, ..panel.clone() }));
    assert_eq!((count(&svg, r#"class="leaving""#), count(&svg, "leaves the top")), (0, 0));
    // In a column of a paper the words have a line of their own, as wide as the plot.
    let narrow = Figure { width: 330, ..figure(Panel { title: "Training loss between the iterates".into(), ..panel }) };
    let page = layout::page(&narrow);
    assert!(page.panels[0].note_below && page.panels[0].legend[0].y > page.panels[0].title_y + 16.0);
    valid(&narrow);
}

#[test]
fn columns_are_beside_each_other_and_have_their_axes() {
    let history = bounce(40, 1);
    let look = WalkLook { range: (0.0, 40.0), columns: 100, log: false, all_values: false, theme: Theme::Light };
    let runs = [(&history, "one", colors::SGD)];
    let plots = [WalkPlot::Loss, WalkPlot::Distance];
    let panels = plots.iter().flat_map(|plot| [false, true].map(|beside| (plot, beside)));
    let panels = panels.map(|(plot, beside)| Panel { beside, ..walk_panel(*plot, &runs, &look) }).collect();
    let figure = walk_page_of(panels, &runs, Theme::Light);
    assert!(figure.width > walk_page(&plots, &runs, &look).width, "columns have room");
    let page = layout::page(&figure);
    let [a, b, c, d] = page.panels.as_slice() else { panic!("{} panels", page.panels.len()) };
    let rows = [(a, b), (c, d)];
    assert!(rows.iter().all(|(left, right)| left.plot.y == right.plot.y && left.plot.h == right.plot.h));
    assert!(rows.iter().all(|(left, right)| left.plot.right() < right.plot.x && left.plot.w == right.plot.w));
    assert!(a.plot.bottom() < c.plot.y && a.plot.x == c.plot.x && b.plot.x == d.plot.x);
    assert!(d.plot.right() < f64::from(figure.width) && d.plot.bottom() < f64::from(figure.height));
    assert_eq!([a, b, c, d].map(|p| p.x_numbers), [false, false, true, true]);
    let svg = valid(&figure);
    assert_eq!(count(&svg, ">iteration t</text>"), 2, "under the lowest of each column");
}

#[test]
fn an_empty_figure_says_what_it_will_show() {
    let history = History::new(manifest(40));
    let figure = walk_figure(&[(&history, "SGD", colors::SGD)], None, Theme::Dark);
    let svg = valid(&figure);
    assert_eq!(count(&svg, "Here comes the"), 4);
    assert_eq!(count(&svg, "<polyline"), 0);
    assert_eq!(to_csv(&figure), "panel,series,x,y\n");
    assert_eq!(count(&valid(&epochs_figure(&[(&history, "SGD", colors::SGD)], Theme::Light)), "Here comes the"), 2);
    assert_eq!(count(&valid(&walk_figure(&[], None, Theme::Light)), "Here comes the"), 4);
}

#[test]
fn odd_figures_are_still_valid() {
    let inf = f64::INFINITY;
    let curve = Curve { lines: vec![vec![[0.0, 1e308], [1.0, -1e308]], vec![[2.0, f64::NAN]]], non_finite: 0 };
    for x_range in [None, Some((0.0, 0.0)), Some((f64::NAN, 1.0)), Some((-inf, inf)), Some((5.0, 1.0))] {
        for (log_y, y_range) in [(false, None), (true, None), (true, Some((-1.0, 1.0))), (false, Some((1.0, 1.0)))] {
            let kinds = [
                Kind::Line,
                Kind::Bars,
                Kind::Points,
                Kind::Star,
                Kind::Hollow,
                Kind::Dotted,
                Kind::Thin,
                Kind::Dots,
                Kind::Area,
            ];
            let series = kinds.map(|kind| Series { kind, ..line("<&>", curve.clone()) }).to_vec();
            let panel = Panel { series, x_range, y_range, log_y, iteration_grid: true, ..Panel::default() };
            let mut figure = figure(panel);
            figure.title = "a < b & \"c\" \u{0}".into();
            valid(&figure);
            (figure.width, figure.height) = (10, 10);
            valid(&figure);
        }
    }
    assert!(matches!(to_png(&figure(Panel::default()), f64::NAN), Err(PngError::Size { .. })));
    assert!(to_png(&figure(Panel::default()), 1e6).is_err());
}

#[test]
fn a_png_has_its_size_and_the_floors_orange() {
    let history = bounce(40, 1);
    let png = to_png(&walk_figure(&[(&history, "SGD", colors::SGD)], None, Theme::Light), 2.0).unwrap();
    let pixels = Pixmap::decode_png(&png).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (2200, 2000));
    let orange = pixels.pixels().iter().filter(|p| (p.red(), p.green(), p.blue()) == (0xE6, 0x9F, 0x00)).count();
    assert!(orange > 200, "{orange} pixels of the floor");
    // Text without a typeface would leave no dark pixel.
    let ink = colors::Theme::Light.page().ink;
    assert!(pixels.pixels().iter().any(|p| (p.red(), p.green(), p.blue()) == (ink.r, ink.g, ink.b)));
}

#[test]
fn csv_has_every_point_in_full() {
    let history = bounce(3, 1);
    let csv = to_csv(&walk_figure(&[(&history, "SGD, fast", colors::SGD)], None, Theme::Light));
    let rows: Vec<_> = csv.lines().filter(|l| l.contains(",training loss,")).collect();
    assert_eq!(rows.len(), 30);
    let value: f64 = rows[4].rsplit(',').next().unwrap().parse().unwrap();
    assert_eq!(value, history.slices()[0].loss[4]);
    let other = bounce(3, 2);
    let csv =
        to_csv(&walk_figure(&[(&history, "SGD, fast", colors::SGD), (&other, "b", colors::GD)], None, Theme::Light));
    assert!(csv.contains(r#","SGD, fast · valley floor","#));
}

/// Saves a figure as a front does and reads it back: in a folder that goes away, or to be looked at in the one that
/// `VALLEYSCOPE_SAMPLES=dir cargo test sample_` names.
fn save(name: &str, figure: &Figure) {
    let temporary = tempfile::tempdir().unwrap();
    let dir = std::env::var_os("VALLEYSCOPE_SAMPLES").map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    let (svg, png) = (dir.join(format!("{name}.svg")), dir.join(format!("{name}.png")));
    fs::write(&svg, valid(figure)).unwrap();
    fs::write(&png, to_png(figure, 1.0).unwrap()).unwrap();
    let text = fs::read_to_string(&svg).unwrap();
    assert_eq!(count(&text, r#"class="panel""#), figure.panels.len(), "{name} has all its panels");
    let pixels = Pixmap::decode_png(&fs::read(&png).unwrap()).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (figure.width, figure.height), "{name} has its size");
    let page = pixels.pixels()[0];
    let expected = figure.theme.page().background;
    assert_eq!(
        (page.red(), page.green(), page.blue(), page.alpha()),
        (expected.r, expected.g, expected.b, 255),
        "{name}"
    );
    let drawn = pixels.pixels().iter().filter(|p| **p != page).count();
    assert!(drawn > pixels.pixels().len() / 1000, "{name} is blank but for {drawn} pixels");
}

#[test]
fn sample_pictures() {
    let label = "digits · mlp · SGD · η 0.1 · batch 100 · seed 0";
    let mut short = bounce(40, 1);
    save("walk", &walk_figure(&[(&short, label, colors::SGD)], None, Theme::Light));
    short.push_change(ChangeRecord { t: 12, change: Change::LearningRate { from: 0.1, to: 0.05 } });
    short.push_change(ChangeRecord { t: 14, change: Change::Batch { from: 100, to: 250 } });
    short.push_change(ChangeRecord { t: 38, change: Change::LearningRate { from: 0.05, to: 0.2 } });
    save("dark", &walk_figure(&[(&short, label, colors::SGD)], None, Theme::Dark));
    let long = bounce(100_000, 1);
    save("long", &walk_figure(&[(&long, label, colors::SGD)], None, Theme::Light));
    let other = bounce(40, 5);
    let slow = "digits · mlp · SGD · η 0.01 · batch 100 · seed 0";
    let runs = [(&short, label, run_color(0)), (&other, slow, run_color(1))];
    save("overlay", &walk_figure(&runs, None, Theme::Light));
    save("epochs", &epochs_figure(&[(&short, label, colors::SGD)], Theme::Light));
    save("epochs2", &epochs_figure(&runs, Theme::Dark));
    save("empty", &walk_figure(&[(&History::new(manifest(40)), label, colors::SGD)], None, Theme::Light));
    let mut walk = walk_figure(&[(&long, label, colors::SGD)], Some((0.0, 2000.0)), Theme::Light);
    walk.panels.truncate(1);
    walk.panels[0].log_y = true;
    walk.panels[0].series[0].curve.non_finite = 3;
    let barriers = history_bars(&long);
    walk.panels.push(barriers);
    (walk.height, walk.shared_x) = (560, false);
    save("log", &walk);
}

fn history_bars(history: &History) -> Panel {
    let curve = history.epoch_series(crate::history::Quantity::EPOCH_BARRIERS).curve(0.0, 12.0, 500);
    let bars = Series { kind: Kind::Bars, color: colors::BARRIER, ..line("steps with a barrier", curve) };
    let point = |name: &str, kind, y| Series { kind, ..line(name, Curve::through([[6.0, y]])) };
    Panel {
        title: "Barriers per epoch".into(),
        x_label: "epoch".into(),
        y_label: "steps".into(),
        x_range: Some((0.0, 12.6)),
        series: vec![bars, point("start", Kind::Hollow, 4.3), point("minimum", Kind::Star, 2.0)],
        ..Panel::default()
    }
}
