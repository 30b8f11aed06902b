use std::cell::Cell;

use egui::vec2;
use egui_kittest::Harness;
use egui_plot::{Line, LineStyle, Plot, Points, Polygon};
use image::RgbaImage;

use super::*;

/// A zigzag of so many points from 0 to 1.
fn zigzag(count: usize) -> Box<dyn PlotItem> {
    let at = |k: usize| [k as f64 / (count - 1) as f64, (k % 2) as f64];
    Box::new(Line::new("", (0..count).map(at).collect::<Vec<_>>()).color(Color32::RED).allow_band(false))
}

fn view(from: f64, to: f64) -> PlotTransform {
    let frame = Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 100.0));
    PlotTransform::new(frame, PlotBounds::from_min_max([from, -0.5], [to, 1.5]), false)
}

/// Frames that show a line of so many points in these ranges of x, with these revisions: how often it was made until each of them,
/// and where its triangles lie.
fn frames(points: usize, of: &[(f64, f64, u64)]) -> Vec<(usize, Rect)> {
    let (mut found, made) = (Vec::new(), Cell::new(0));
    egui::__run_test_ui(|ui| {
        found.clear();
        made.set(0);
        // A pass of its own, when there are several.
        let id = Id::unique("a sketch of a test").with(ui.ctx().cumulative_pass_nr());
        for (from, to, revision) in of {
            let items = || {
                made.set(made.get() + 1);
                vec![zigzag(points)]
            };
            let mut shapes = Vec::new();
            Sketch::new(id, *revision, items).shapes(ui, &view(*from, *to), &mut shapes);
            let bounds = shapes.iter().map(Shape::visual_bounding_rect).fold(Rect::NOTHING, Rect::union);
            found.push((made.get(), bounds));
        }
    });
    found
}

fn counts(of: &[(usize, Rect)]) -> Vec<usize> {
    of.iter().map(|(made, _)| *made).collect()
}

#[test]
fn what_has_not_changed_is_not_made_again() {
    let found = frames(10, &[(0.0, 1.0, 1), (0.0, 1.0, 1), (0.0, 1.0, 2), (0.0, 1.0, 2), (0.0, 2.0, 2)]);
    assert_eq!(counts(&found), [1, 1, 2, 2, 3], "a few points follow the view at once");
}

#[test]
fn many_points_move_with_the_view_and_are_made_anew_when_it_rests() {
    let many = 4 * CORNERS;
    let moves: Vec<(f64, f64, u64)> = [1.0, 2.0, 3.0, 4.0, 4.0, 4.0].map(|to| (0.0, to, 1)).to_vec();
    let found = frames(many, &moves);
    assert_eq!(counts(&found), [1, 1, 1, 1, 2, 2]);
    for ((_, moved), (_, to, _)) in found.iter().zip(&moves) {
        let right = (100.0 / to) as f32;
        assert!((moved.right() - right).abs() < 2.0, "its end is where the view has it: {moved:?}, {right}");
    }
    let [moved, drawn] = [found[3].1, found[4].1];
    assert!((moved.right() - drawn.right()).abs() < 2.0, "{moved:?} {drawn:?}");
    let other = frames(many, &[(0.0, 1.0, 1), (0.0, 2.0, 2)]);
    assert_eq!(counts(&other), [1, 2], "other lines are not the old ones moved");
}

#[test]
fn a_view_that_moves_on_is_drawn_anew_after_some_frames() {
    let moves: Vec<(f64, f64, u64)> = (0..=LATEST).map(|k| (0.0, 1.0 + k as f64, 1)).collect();
    let found = counts(&frames(4 * CORNERS, &moves));
    assert_eq!(found[..LATEST], [1; LATEST]);
    assert_eq!(found[LATEST], 2);
}

#[test]
fn a_dot_is_a_square_around_it_for_the_press() {
    let key = Key {
        revision: 1,
        is_dark: true,
        bounds: *view(0.0, 1.0).bounds(),
        frame: *view(0.0, 1.0).frame(),
        clip: *view(0.0, 1.0).frame(),
        scale: 2.0,
        options: TessellationOptions::default(),
    };
    egui::__run_test_ui(|ui| {
        let items = || -> Vec<Box<dyn PlotItem>> {
            let at = vec![[0.5, 0.5], [3.0, 0.5]];
            vec![Box::new(Points::new("", at).color(Color32::RED).radius(3.0))]
        };
        let sketch = Sketch::new(Id::unique("dots of a test"), 1, items);
        let mesh = sketch.mesh(ui, &view(0.0, 1.0), &key, true);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (4, 6), "the other one is out of view");
        let square = mesh.calc_bounds();
        assert!((square.center() - pos2(50.0, 50.0)).length() < 1e-3, "{square:?}");
        assert!((square.width() - 7.0).abs() < 1e-3, "half a point at every side is a pixel: {square:?}");
        let round = sketch.mesh(ui, &view(0.0, 1.0), &key, false);
        assert!(round.vertices.len() > 16, "without a press a dot is a polygon");
    });
}

/// A window with nothing but a plot of some items.
struct Alone {
    items: fn() -> Vec<Box<dyn PlotItem>>,
}

impl eframe::App for Alone {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        Plot::new("alone").show_axes(false).show_grid(false).show(ui, |p| {
            p.set_plot_bounds(PlotBounds::from_min_max([0.0, 0.0], [1.0, 1.0]));
            p.add(Sketch::new(Id::unique("a sketch alone"), 1, self.items));
        });
    }
}

/// What the window shows, where a press prints or none does.
fn seen(items: fn() -> Vec<Box<dyn PlotItem>>, is_printed: bool) -> RgbaImage {
    let builder = Harness::builder().with_size([401.0, 303.0]).wgpu();
    let mut w = builder.build_eframe(move |cc| {
        if is_printed {
            print_with(&cc.egui_ctx, cc.wgpu_render_state.as_ref().unwrap());
        }
        Alone { items }
    });
    w.run();
    w.render().unwrap()
}

fn strokes() -> Vec<Box<dyn PlotItem>> {
    let wave = |shift: f64| -> Vec<[f64; 2]> {
        (0..200).map(|k| f64::from(k) / 199.0).map(|x| [x, 0.5 + 0.4 * (20.0 * x + shift).sin()]).collect()
    };
    let corners = vec![[0.1, 0.1], [0.6, 0.2], [0.4, 0.9]];
    vec![
        Box::new(Polygon::new("", corners).fill_color(Color32::BLUE.gamma_multiply(0.3))),
        Box::new(Line::new("", wave(0.0)).color(Color32::RED).width(1.7)),
        Box::new(Line::new("", wave(1.0)).color(Color32::GREEN).width(0.8)),
        Box::new(Line::new("", wave(2.0)).color(Color32::WHITE).style(LineStyle::dashed_dense())),
    ]
}

#[test]
fn what_is_printed_looks_as_if_it_were_drawn() {
    let [printed, drawn, nothing] = [seen(strokes, true), seen(strokes, false), seen(Vec::new, false)];
    assert_eq!(printed.dimensions(), drawn.dimensions());
    let far =
        |a: &RgbaImage, b: &RgbaImage| a.as_raw().iter().zip(b.as_raw()).filter(|(a, b)| a.abs_diff(**b) > 8).count();
    assert_eq!(far(&printed, &drawn), 0, "numbers of pixels' colours");
    assert!(far(&printed, &nothing) > 1000, "there is something to see");
}

#[test]
fn a_dot_covers_as_many_pixels_as_a_circle_has() {
    let dots = || -> Vec<Box<dyn PlotItem>> {
        let at = (1..10).map(|k| [0.1 * f64::from(k), 0.37 + 0.031 * f64::from(k)]).collect::<Vec<_>>();
        vec![Box::new(Points::new("", at).color(Color32::RED).radius(3.5))]
    };
    let (dots, nothing) = (seen(dots, true), seen(Vec::new, true));
    let covered =
        |(a, b): (&image::Rgba<u8>, &image::Rgba<u8>)| (f64::from(a[0]) - f64::from(b[0])) / (255.0 - f64::from(b[0]));
    let area: f64 = dots.pixels().zip(nothing.pixels()).map(covered).sum();
    let expected = 9.0 * std::f64::consts::PI * 3.5 * 3.5;
    assert!((area / expected - 1.0).abs() < 0.02, "{area} of {expected}");
}
