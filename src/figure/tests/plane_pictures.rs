//! Facts about plane figures, and samples.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::Tree,
};

use super::{count, save, valid};
use crate::figure::*;

/// `n` positions from −1 to 1, 0 in the middle of an odd number to the bit.
fn axis(n: usize) -> Vec<f64> {
    (0..n).map(|i| (2.0 * i as f64 - (n - 1) as f64) / (n - 1) as f64).collect()
}

/// A curved valley with a second, higher minimum on a plateau, as a small trained network's loss.
fn valley(a: f64, b: f64) -> f64 {
    let (x, y) = (2.2 * a + 0.5 * b, 1.6 * b - 0.9 * a * a);
    let bowl = 0.9 * x * x + 2.6 * y * y;
    let second = 0.8 * (-((a - 0.62).powi(2) + (b + 0.55).powi(2)) / 0.05).exp();
    0.03 + 3.2 * bowl / (1.0 + 0.35 * bowl) - second + 0.05 * (9.0 * a).sin() * (7.0 * b).cos() * bowl / (1.0 + bowl)
}

fn grid(n: usize, f: impl Fn(f64, f64) -> Option<f64>) -> Grid {
    let positions = axis(n);
    let values = positions.iter().flat_map(|b| positions.iter().map(|a| f(*a, *b)).collect::<Vec<_>>()).collect();
    Grid::new(positions.clone(), positions, values).unwrap()
}

/// A trained network's plane with a corner that is not finite.
fn picture(n: usize) -> PlanePicture {
    let measured = |a: f64, b: f64| Some(if a + b > 1.55 { f64::NAN } else { valley(a, b) });
    PlanePicture {
        title: "digits · lenet · SGD · η 0.1 · batch 100 · seed 0".into(),
        subtitle: "Training loss on 1,000 examples over two filter-normalised random directions".into(),
        caption: "Batch norm: running statistics. Directions: seed 7, biases left out.".into(),
        a_label: "δ, filter-normalised".into(),
        b_label: "η, filter-normalised".into(),
        value_label: "training loss".into(),
        ..PlanePicture::new(grid(n, measured))
    }
}

fn with_path(mut picture: PlanePicture) -> PlanePicture {
    let path = |k: i32| {
        let s = f64::from(k) / 30.0;
        [-0.85 * (1.0 - s).powi(2) + 0.03 * (f64::from(k) * 2.0).sin() * (1.0 - s), 0.8 * (1.0 - s).powf(1.5)]
    };
    picture.paths = vec![PlanePath::flat("SGD, 31 checkpoints", colors::SGD, (0..=30).map(path))];
    let marker = |name: &str, a, b, mark, color| PlaneMarker { name: name.into(), a, b, height: 0.0, mark, color };
    picture.markers = vec![
        marker("θ_0".replace('_', "").as_str(), -0.85, 0.8, PlaneMark::Init, colors::SGD),
        marker("epoch 30", 0.0, 0.0, PlaneMark::Minimum, colors::SGD),
        marker("SAM", 0.62, -0.55, PlaneMark::Checkpoint, colors::SAM),
    ];
    picture
}

#[test]
fn a_plane_has_its_cells_contours_bar_path_and_names() {
    let figure = plane_figure(&with_path(picture(21)));
    let svg = valid(&figure);
    assert_eq!(count(&svg, "<image"), 1);
    assert_eq!(count(&svg, r#"class="contour""#), 14, "every level is met");
    assert_eq!(count(&svg, "<linearGradient"), 1);
    for words in ["epoch 30", "SAM", "SGD, 31 checkpoints", "training loss", "not finite", "21 × 21 points", "seed 7"]
    {
        assert!(svg.contains(words), "{words}");
    }
    let not_finite = figure.panels[0].heat.as_ref().unwrap().tally().not_finite;
    // Pairs of positions k/10 with a sum above 1.55: 5 + 4 + 3 + 2 + 1.
    assert_eq!(not_finite, 15);
    assert!(svg.contains("15 not finite"), "{}", figure.caption);
    let empty = PlanePicture { paths: vec![], ..PlanePicture::new(grid(5, |_, _| None)) };
    let svg = valid(&plane_figure(&empty));
    assert!(svg.contains("Here comes the plane") && svg.contains("none of them measured"));
}

#[test]
fn a_mark_without_a_name_is_in_the_legend_and_outliers_are_counted() {
    let mut named = with_path(picture(21));
    named.markers[1].name.clear();
    named.markers.push(named.markers[1].clone());
    named.paths[0].points.extend([[5.0, 0.0, f64::NAN], [0.0, -1.2, f64::NAN]]);
    let svg = valid(&plane_figure(&named));
    assert_eq!(count(&svg, "lowest point"), 1);
    assert_eq!(count(&svg, "<polygon"), 3, "two stars and their key");
    assert!(svg.contains("2 points of paths outside of the plane") && !svg.contains("same scale"));
    let oblong = Grid::new(axis(3).iter().map(|a| 9.0 * a).collect(), axis(3), vec![Some(1.0); 9]).unwrap();
    let svg = valid(&plane_figure(&PlanePicture::new(oblong)));
    assert!(svg.contains("axes not to the same scale"));
}

#[test]
fn the_picture_shows_every_value_at_its_place() {
    let plain = PlanePicture { contours: 0, ..picture(21) };
    let figure = plane_figure(&plain);
    let heat = figure.panels[0].heat.clone().unwrap();
    let shades = heat.shades();
    let page = layout::page(&figure);
    let panel = &page.panels[0];
    assert!((panel.plot.w / panel.plot.h - 1.0).abs() < 1e-9, "a square plane is square");
    for scale in [1.0, 1.7, 2.0] {
        let pixels = Pixmap::decode_png(&to_png(&figure, scale).unwrap()).unwrap();
        for (i, a) in plain.grid.a().iter().enumerate() {
            for (j, b) in plain.grid.b().iter().enumerate() {
                let value = plain.grid.values()[j * 21 + i].unwrap();
                let at = pixels.pixel((panel.px(*a) * scale) as u32, (panel.py(*b) * scale) as u32).unwrap();
                let got = Color { r: at.red(), g: at.green(), b: at.blue() };
                let expected = [shades.color(shades.place(value)), colors::NOT_FINITE_STRIPE];
                assert!(expected.contains(&got), "{got} at {a}, {b}, not {expected:?}");
            }
        }
    }
}

#[test]
fn the_svg_and_the_png_have_the_same_cells() {
    let figure = plane_figure(&picture(21));
    let svg = to_svg(&figure);
    let data = svg.split("base64,").nth(1).unwrap().split('"').next().unwrap();
    let embedded = Pixmap::decode_png(&STANDARD.decode(data).unwrap()).unwrap();
    let page = layout::page(&figure);
    let p = &page.panels[0];
    assert_eq!(f64::from(embedded.width()), (p.plot.w * 2.0).round());
    let heat = figure.panels[0].heat.as_ref().unwrap();
    let own = raster::picture(heat, p.x, p.y, embedded.width(), embedded.height(), 2.0).unwrap();
    assert!(own == embedded);
    // The document without its ground draws no background and no cells.
    let bare = svg::document(&figure, &page, svg::Ground::LeftOut);
    let mut pixels = Pixmap::new(figure.width, figure.height).unwrap();
    resvg::render(&Tree::from_str(&bare, &png::options()).unwrap(), Transform::identity(), &mut pixels.as_mut());
    let clear = pixels.pixels().iter().filter(|p| p.alpha() == 0).count();
    assert!(clear as f64 > 0.8 * f64::from(figure.width * figure.height), "{clear}");
    assert!(!bare.contains("<image"));
}

#[test]
fn contours_keep_away_from_what_is_not_finite() {
    let svg = valid(&plane_figure(&picture(41)));
    let figure = plane_figure(&picture(41));
    let page = layout::page(&figure);
    let p = &page.panels[0];
    let lines = svg
        .split(r#"class="contour""#)
        .skip(1)
        .flat_map(|g| g.split("</g>").next().unwrap().split(r#"points=""#).skip(1));
    let mut points = 0;
    for line in lines {
        for point in line.split('"').next().unwrap().split(' ') {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            let a = p.x.0 + (x - p.plot.x) / p.plot.w * (p.x.1 - p.x.0);
            let b = p.y.0 + (p.plot.bottom() - y) / p.plot.h * (p.y.1 - p.y.0);
            // Whole cells lie at or below the line a + b = 1.55.
            assert!(a + b < 1.56, "{a}, {b}");
            points += 1;
        }
    }
    assert!(points > 500, "{points}");
}

#[test]
fn a_plane_as_csv_has_a_row_per_position() {
    let values = vec![Some(0.1), None, Some(f64::NAN), Some(f64::INFINITY), Some(-1e-300), Some(2.0)];
    let grid = Grid::new(vec![-0.5, 0.0, 0.5], vec![0.0, 0.25], values).unwrap();
    let csv = to_csv(&plane_figure(&PlanePicture::new(grid)));
    assert_eq!(csv, "a,b,value\n-0.5,0,0.1\n0,0,\n0.5,0,NaN\n-0.5,0.25,inf\n0,0.25,-1e-300\n0.5,0.25,2\n");
}

#[test]
fn odd_planes_are_still_valid() {
    for (a, b) in [(1, 1), (1, 9), (40, 1), (2, 2)] {
        for value in [Some(1.0), Some(f64::NAN), Some(-1e308), None] {
            for scale in Scale::ALL {
                for (map, equal) in [(Colormap::RdBu, true), (Colormap::Magma, false)] {
                    let axis = |n: usize| (0..n).map(|i| 1e-3 * i as f64).collect::<Vec<_>>();
                    let grid = Grid::new(axis(a), axis(b), vec![value; a * b]).unwrap();
                    let nan = PlanePath::flat("", colors::SGD, [[f64::NAN, 0.0], [9.0, 9.0]]);
                    let picture =
                        PlanePicture { map, scale: *scale, equal, paths: vec![nan], ..PlanePicture::new(grid) };
                    let mut figure = plane_figure(&picture);
                    valid(&figure);
                    assert!(figure.width < 1000 && figure.height < 1000 && to_png(&figure, 0.5).is_ok());
                    (figure.width, figure.height) = (10, 10);
                    valid(&figure);
                }
            }
        }
    }
}

#[test]
fn sample_planes() {
    let logarithmic =
        |p: PlanePicture| PlanePicture { scale: Scale::Log10, value_label: "training loss, log scale".into(), ..p };
    let dark = |p: PlanePicture| PlanePicture { theme: Theme::Dark, ..p };
    save("plane-51", &plane_figure(&with_path(picture(51))));
    save("plane-51-dark", &plane_figure(&dark(logarithmic(with_path(picture(51))))));
    save("plane-5", &plane_figure(&picture(5)));
    save("plane-5-dark", &plane_figure(&dark(picture(5))));
    save("plane-21", &plane_figure(&PlanePicture { map: Colormap::Cividis, ..with_path(picture(21)) }));
    save("plane-256", &plane_figure(&logarithmic(with_path(picture(256)))));
    save("plane-512", &plane_figure(&PlanePicture { map: Colormap::Magma, ..picture(512) }));
    // The first pass of a coarse to fine order, and a part of the second.
    let part = |a: f64, b: f64| {
        let (i, j) = (((a + 1.0) * 20.0).round() as i64, ((b + 1.0) * 20.0).round() as i64);
        let first = i % 4 == 0 && j % 4 == 0;
        (first || (j < 14 && i % 2 == 0 && j % 2 == 0) || j < 6)
            .then(|| if a + b > 1.5 { f64::INFINITY } else { valley(a, b) })
    };
    let partial = PlanePicture { grid: grid(41, part), ..picture(41) };
    save("plane-partial", &plane_figure(&with_path(partial.clone())));
    save("plane-partial-dark", &plane_figure(&dark(partial)));
    let signed = PlanePicture {
        grid: grid(31, |a, b| Some(valley(a, b) - valley(a, -b))),
        map: Colormap::RdBu,
        value_label: "training minus test loss".into(),
        ..picture(31)
    };
    save("plane-signed", &plane_figure(&signed));
    let wide = Grid::new(
        (0..81).map(|i| f64::from(i) * 0.25).collect(),
        axis(11),
        (0..891).map(|k| Some(f64::from(k % 81))).collect(),
    );
    save("plane-wide", &plane_figure(&PlanePicture { grid: wide.unwrap(), ..picture(5) }));
}
