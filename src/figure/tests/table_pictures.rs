//! Facts about tables, names at axes, long titles and legends.

use super::{count, save, valid};
use crate::{figure::*, history::Curve};

/// A text of a document with the box that it is estimated to take: left, top, right, bottom.
type Written = (String, [f64; 4]);

fn attribute(tag: &str, name: &str) -> Option<f64> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?;
    value.split('"').next()?.parse().ok()
}

/// The texts of a document that do not run upwards.
fn texts(svg: &str) -> Vec<Written> {
    let mut all = Vec::new();
    for piece in svg.split("<text").skip(1) {
        let (tag, rest) = piece.split_once('>').unwrap();
        if tag.contains("rotate") {
            continue;
        }
        let content = rest.split("</text>").next().unwrap();
        // Without the tags inside of it.
        let words: String = content.split('<').map(|part| part.rsplit('>').next().unwrap()).collect();
        let words = words.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let [x, y, size] = ["x", "y", "font-size"].map(|name| attribute(tag, name).unwrap());
        let width = text::width(&words, size);
        let left = match tag {
            tag if tag.contains("text-anchor=\"end\"") => x - width,
            tag if tag.contains("text-anchor=\"middle\"") => x - width / 2.0,
            _ => x,
        };
        // From the height of capitals to a descender.
        all.push((words, [left, y - 0.7 * size, left + width, y + 0.2 * size]));
    }
    all
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Fails where two texts overlap or one leaves the page.
fn check_texts(figure: &Figure) {
    let all = texts(&valid(figure));
    for (i, (words, place)) in all.iter().enumerate() {
        assert!(place[0] >= 0.0 && place[2] <= f64::from(figure.width), "\"{words}\" leaves the page: {place:?}");
        assert!(place[1] >= 0.0 && place[3] <= f64::from(figure.height), "\"{words}\" leaves the page: {place:?}");
        for (other, there) in &all[i + 1..] {
            assert!(!overlap(place, there), "\"{words}\" {place:?} and \"{other}\" {there:?}");
        }
    }
}

fn bars(names: &[&str]) -> Panel {
    let place = |k: usize| (k + 1) as f64;
    let height = |k: usize| 12.0 * (k % 4) as f64 + 1.0;
    let bar = |(k, name): (usize, &&str)| Series {
        name: (*name).into(),
        in_legend: false,
        color: run_color(k),
        kind: Kind::Bars,
        curve: Curve::through([[place(k), height(k)]]),
    };
    let tag = |k: usize| Tag { x: place(k), y: height(k), label: format!("{:.1} %", height(k)) };
    Panel {
        title: "Runs whose last iterate is in the other basin".into(),
        y_label: "runs in %".into(),
        x_range: Some((0.5, place(names.len()) - 0.5)),
        from_zero: true,
        series: names.iter().enumerate().map(bar).collect(),
        tags: (0..names.len()).map(tag).collect(),
        x_names: names.iter().enumerate().map(|(k, name)| AxisName { x: place(k), label: (*name).into() }).collect(),
        ..Panel::default()
    }
}

fn table(rows: usize) -> Panel {
    let row = |k: usize| TableRow {
        name: format!("ResNet-18 on CIFAR-10, method {k}"),
        cells: vec![format!("{k}.23 ± 0.04"), "95.40 ± 0.14 (a run of a long name, epoch 10)".into()],
    };
    let columns = vec!["this run".into(), "paper".into()];
    let table = Table { head: "the paper's".into(), columns, rows: (0..rows).map(row).collect() };
    Panel { title: "Beside the paper's own numbers (Table 5.2)".into(), table: Some(table), ..Panel::default() }
}

const NAMES: [&str; 6] = ["gd", "const", "diag", "leading", "hessian", "eigvec"];

fn page(panels: Vec<Panel>) -> Figure {
    let title = "A title that is much longer than the page is wide, ".repeat(3);
    titled(stacked(panels, "A caption.".into(), Theme::Light), title, "A paper, Table 5.2".into())
}

#[test]
fn bars_have_their_names_under_them() {
    let figure = page(vec![bars(&NAMES)]);
    let layout = layout::page(&figure);
    let panel = &layout.panels[0];
    assert!(panel.x_ticks.is_empty(), "no numbers beside the names");
    let written = texts(&valid(&figure));
    for (k, name) in NAMES.iter().enumerate() {
        let (_, place) = written.iter().find(|(words, _)| words == name).unwrap();
        let middle = (place[0] + place[2]) / 2.0;
        assert!((middle - panel.px((k + 1) as f64)).abs() < 0.1 && place[1] > panel.plot.bottom(), "{name}: {place:?}");
    }
}

#[test]
fn nothing_that_is_written_overlaps() {
    check_texts(&page(vec![bars(&NAMES), table(7)]));
    check_texts(&page(vec![
        table(3),
        bars(&["a name of several words that needs lines", "b", "c of four words each"]),
    ]));
    let long =
        Panel { title: "a panel's title that goes on for longer than one line has room ".repeat(3), ..bars(&NAMES) };
    check_texts(&page(vec![long]));
    let keyed = Panel {
        key: (0..12).map(|k| Key { name: format!("entry {k}"), color: run_color(k), kind: Kind::Line }).collect(),
        ..bars(&NAMES)
    };
    check_texts(&page(vec![keyed, table(2)]));
}

#[test]
fn labels_of_bars_stand_clear_of_them() {
    let svg = valid(&page(vec![bars(&NAMES)]));
    let labels: Vec<Written> =
        texts(&svg).into_iter().filter(|(words, _)| words.ends_with('%') && words.len() > 2).collect();
    assert!(labels.len() >= NAMES.len());
    let fills: Vec<String> = (0..NAMES.len()).map(|k| format!("fill=\"{}\"", run_color(k))).collect();
    for piece in svg.split("<rect").skip(1) {
        let tag = piece.split('>').next().unwrap();
        if !fills.iter().any(|fill| tag.contains(fill.as_str())) {
            continue;
        }
        let [x, y, w, h] = ["x", "y", "width", "height"].map(|name| attribute(tag, name).unwrap());
        for (words, place) in &labels {
            assert!(!overlap(place, &[x, y, x + w, y + h]), "{words} lies on a bar");
        }
    }
}

#[test]
fn a_legend_is_in_a_box_and_a_white_mark_is_seen() {
    let white = Color { r: 255, g: 255, b: 255 };
    let key = vec![Key { name: "lowest point".into(), color: white, kind: Kind::Star }];
    let figure = page(vec![Panel { key, ..bars(&NAMES) }]);
    let svg = valid(&figure);
    assert_eq!(count(&svg, r#"class="legend""#), 1);
    let rim = format!(r#"fill="{white}" stroke="{}""#, Theme::Light.page().muted);
    assert_eq!(count(&svg, &rim), 1);
    let frame = layout::page(&figure).panels[0].legend_box.unwrap();
    let (_, words) = texts(&svg).into_iter().find(|(words, _)| words == "lowest point").unwrap();
    assert!(frame.x < words[0] && words[2] < frame.right() && frame.y < words[1] && words[3] < frame.bottom());
}

#[test]
fn a_long_title_wraps_and_the_page_grows() {
    let figure = page(vec![table(2)]);
    let layout = layout::page(&figure);
    assert!(layout.title.len() > 1);
    let words: Vec<&str> = layout.title.iter().flat_map(|line| line.split_whitespace()).collect();
    assert_eq!(words, figure.title.split_whitespace().collect::<Vec<_>>(), "nothing is cut off");
    let plain = stacked(vec![table(2)], "A caption.".into(), Theme::Light);
    assert!(figure.height > plain.height);
}

#[test]
fn cells_are_in_the_csv() {
    let csv = to_csv(&page(vec![table(2), bars(&NAMES)]));
    assert!(csv.contains("\"ResNet-18 on CIFAR-10, method 1\",this run,1.23 ± 0.04\n"), "{csv}");
    assert!(csv.contains(",leading,4,37\n"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 4 + NAMES.len());
}

#[test]
fn sample_tables() {
    save("table", &page(vec![table(7), bars(&NAMES)]));
    let dark = Figure { theme: Theme::Dark, ..page(vec![bars(&NAMES), table(7)]) };
    save("table-dark", &dark);
}
