//! What a reader of a PDF relies on.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::*;
use crate::{
    figure::{
        Color as Ink, Colormap, Grid, Heat, Kind, Panel, PlanePicture, Scale, Series, Theme, colors, plane_figure,
        stacked,
    },
    history::Curve,
};

/// A file taken apart: its bytes from every object's beginning to its end, by number.
struct Parsed {
    objects: Vec<Vec<u8>>,
    trailer: String,
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn number_after(text: &str, what: &str) -> usize {
    let rest = text.split(what).nth(1).unwrap_or_else(|| panic!("no {what} in {text}"));
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

impl Parsed {
    fn of(pdf: &[u8]) -> Parsed {
        assert!(pdf.starts_with(b"%PDF-1.4\n") && pdf.ends_with(b"%%EOF\n"));
        let end = String::from_utf8_lossy(&pdf[pdf.len() - 200..]).into_owned();
        let table = number_after(&end, "startxref");
        let trailer = String::from_utf8(pdf[table..].to_vec()).unwrap();
        assert!(trailer.starts_with("xref\n0 "), "the table is where the end says");
        let count = number_after(&trailer, "xref\n0");
        let rows: Vec<&str> = trailer.lines().skip(2).take(count).collect();
        assert!(rows.iter().all(|row| row.len() == 19), "rows have 20 bytes");
        assert_eq!(rows[0], "0000000000 65535 f ");
        let objects = rows.iter().enumerate().skip(1).map(|(i, row)| {
            let from: usize = row[..10].parse().unwrap();
            let head = format!("{i} 0 obj\n");
            assert!(pdf[from..].starts_with(head.as_bytes()), "object {i} is not at {from}");
            let body = &pdf[from + head.len()..];
            body[..find(body, b"\nendobj\n").unwrap()].to_vec()
        });
        Parsed { objects: objects.collect(), trailer: trailer.clone() }
    }

    /// An object that is a text, by its number.
    fn text(&self, number: usize) -> String {
        String::from_utf8(self.objects[number - 1].clone()).unwrap()
    }

    /// What a stream holds, by its number.
    fn stream(&self, number: usize) -> Vec<u8> {
        let object = &self.objects[number - 1];
        let from = find(object, b"\nstream\n").unwrap();
        let length = number_after(&String::from_utf8_lossy(&object[..from]), "/Length");
        let data = &object[from + b"\nstream\n".len()..];
        assert_eq!(&data[length..], b"\nendstream");
        let mut out = Vec::new();
        ZlibDecoder::new(&data[..length]).read_to_end(&mut out).unwrap();
        out
    }

    fn page(&self) -> String {
        let pages = self.text(number_after(&self.text(number_after(&self.trailer, "/Root")), "/Pages"));
        self.text(number_after(&pages, "/Kids ["))
    }

    fn content(&self) -> String {
        String::from_utf8(self.stream(number_after(&self.page(), "/Contents"))).unwrap()
    }

    /// Width and height of the page.
    fn size(&self) -> [f64; 2] {
        let page = self.page();
        let numbers = page.split("/MediaBox [0 0 ").nth(1).unwrap().split(']').next().unwrap();
        let numbers: Vec<f64> = numbers.split(' ').map(|x| x.parse().unwrap()).collect();
        [numbers[0], numbers[1]]
    }
}

fn curves() -> Figure {
    let series = |color: Ink, kind| Series {
        name: format!("{color}"),
        in_legend: true,
        color,
        kind,
        curve: Curve::through([[0.0, 1.0], [1.0, 3.0], [2.0, 2.0]]),
    };
    let panel = Panel {
        title: "Loss".into(),
        series: vec![series(colors::SGD, Kind::Line), series(colors::FLOOR, Kind::Dashed)],
        ..Panel::default()
    };
    Figure { title: "Höhe".into(), ..stacked(vec![panel], String::new(), Theme::Light) }
}

fn stroked(color: Ink) -> String {
    [color.r, color.g, color.b].map(|c| n(f64::from(c) / 255.0, 4)).join(" ") + " RG"
}

#[test]
fn a_figure_is_one_page_of_its_lines() {
    let figure = curves();
    let pdf = Parsed::of(&to_pdf(&figure).unwrap());
    let content = pdf.content();
    for color in [colors::SGD, colors::FLOOR] {
        assert!(content.contains(&stroked(color)), "{color} is missing");
    }
    assert!(content.contains("[5 3] 0 d"), "dashes");
    assert!(content.contains("W n"), "the plot is clipped");
    assert!(content.contains(" c\n"), "letters are outlines");
    let count = |operator: &str| content.lines().filter(|l| *l == operator).count();
    assert_eq!(count("q"), count("Q"), "every state that is kept is taken back");
    let [width, height] = pdf.size();
    assert_eq!([width, height], [f64::from(figure.width) * 0.75, f64::from(figure.height) * 0.75]);
    let info = pdf.text(number_after(&pdf.trailer, "/Info"));
    assert!(info.contains("<FEFF004800F600680065>") && info.contains("Valleyscope"), "{info}");
}

#[test]
fn a_width_in_millimetres_is_kept() {
    for mm in [88.0, 180.0] {
        let figure = curves();
        let [width, height] = Parsed::of(&wide(&figure, mm).unwrap()).size();
        assert!((width - mm * 72.0 / 25.4).abs() < 1e-3, "{width}");
        assert!((height / width - f64::from(figure.height) / f64::from(figure.width)).abs() < 1e-4);
    }
}

#[test]
fn a_heat_map_is_a_picture_with_a_shaded_bar() {
    let values = (0..12).map(|k| (k != 5).then_some(f64::from(k))).collect();
    let grid = Grid::new((0..4).map(f64::from).collect(), (0..3).map(f64::from).collect(), values).unwrap();
    let picture = PlanePicture { map: Colormap::Magma, scale: Scale::Linear, ..PlanePicture::new(grid) };
    let pdf = Parsed::of(&to_pdf(&plane_figure(&picture)).unwrap());
    let (page, content) = (pdf.page(), pdf.content());
    assert!(content.contains("/I0 Do") && content.contains("/S0 sh"), "{page}");
    let image = number_after(&page, "/I0");
    let head = String::from_utf8_lossy(&pdf.objects[image - 1]).into_owned();
    let pixels = number_after(&head, "/Width") * number_after(&head, "/Height");
    let colors = pdf.stream(image);
    assert_eq!(colors.len(), 3 * pixels);
    let highest = Colormap::Magma.color(1.0);
    assert!(colors.chunks_exact(3).any(|c| c == [highest.r, highest.g, highest.b]));
    let mask = pdf.stream(number_after(&head, "/SMask"));
    assert!(mask.len() == pixels && mask.contains(&0) && mask.contains(&255), "what was not measured is transparent");
    let shading = pdf.text(number_after(&page, "/S0"));
    let samples = pdf.stream(number_after(&shading, "/Function"));
    let lowest = Colormap::Magma.color(0.0);
    assert_eq!(&samples[..3], [lowest.r, lowest.g, lowest.b]);
    assert_eq!(&samples[3 * SAMPLES - 3..], [highest.r, highest.g, highest.b]);
}

#[test]
fn what_lets_through_is_said_once() {
    let grid = Grid::new(
        (0..9).map(f64::from).collect(),
        (0..9).map(f64::from).collect(),
        (0..81).map(|k| Some(f64::from(k % 9 * (k / 9)))).collect(),
    )
    .unwrap();
    let heat = Heat { grid, scale: Scale::Linear, map: Colormap::Magma, range: None, contours: 6, label: "L".into() };
    let figure = stacked(vec![Panel { heat: Some(heat), ..Panel::default() }], String::new(), Theme::Light);
    let pdf = Parsed::of(&to_pdf(&figure).unwrap());
    let page = pdf.page();
    assert!(page.contains("/CA 0.45 /ca 0.45") && page.contains("/CA 0.4 /ca 0.4"), "{page}");
    assert_eq!(page.matches("/ExtGState <<").count(), 1);
    assert_eq!(page.matches("/Type /ExtGState").count(), 2);
}

#[test]
fn numbers_are_short() {
    let said: Vec<String> = [0.0, -0.00001, 1.5, 100.0, -2.125].map(|x| n(x, 3)).into();
    assert_eq!(said, ["0", "0", "1.5", "100", "-2.125"]);
}

#[test]
fn the_same_figure_makes_the_same_bytes() {
    assert_eq!(to_pdf(&curves()).unwrap(), to_pdf(&curves()).unwrap());
}
