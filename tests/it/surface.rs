//! Surfaces in three dimensions, drawn by the software GPU: what is in the picture is what the scene says.

use std::sync::{Arc, LazyLock};

use eframe::egui_wgpu::RenderState;
use valleyscope::{
    figure::{Color, PlaneMark, PlaneMarker, PlanePath, Theme, colors},
    scene::{Camera, Image, Look, Mesh, Picture, RenderError, Scene, render_to_image},
};

const SIZE: [u32; 2] = [480, 400];

/// One device for all tests here.
static GPU: LazyLock<RenderState> = LazyLock::new(|| {
    egui_kittest::wgpu::create_render_state(egui_kittest::wgpu::default_wgpu_setup(), Default::default())
});

/// A scene over [−1, 1]² whose colours say their own place: the redder the higher, and no green.
fn scene(n: i32, f: impl Fn(f64, f64) -> f64) -> Scene {
    let axis: Vec<f64> = (0..n).map(|k| f64::from(2 * k - n + 1) / f64::from(n - 1)).collect();
    let values = axis.iter().flat_map(|b| axis.iter().map(|a| f(*a, *b)).collect::<Vec<_>>()).collect();
    Scene {
        b: axis.clone(),
        a: axis,
        values,
        log: false,
        lut: std::array::from_fn(|k| [k as u8, 0, 255 - k as u8, 255]),
        paths: vec![],
        markers: vec![],
        a_label: "a".into(),
        b_label: "b".into(),
        value_label: "loss".into(),
        contours: 0,
    }
}

fn draw(scene: &Scene, camera: &Camera) -> Image {
    render_to_image(&GPU.device, &GPU.queue, scene, camera, SIZE, &Look::page(Theme::Light)).unwrap()
}

fn at(image: &Image, x: f64, y: f64) -> [i32; 3] {
    let k = 4 * (y as usize * image.width as usize + x as usize);
    [0, 1, 2].map(|c| i32::from(image.rgba[k + c]))
}

/// Where point (a, b, value) is seen.
fn seen(scene: &Scene, camera: &Camera, p: [f64; 3]) -> (f64, f64) {
    let place = Mesh::new(scene).unwrap().space().place(p).unwrap();
    camera.project(place, (f64::from(SIZE[0]), f64::from(SIZE[1]))).unwrap()
}

fn is_near(p: [i32; 3], c: Color, tolerance: i32) -> bool {
    p.iter().zip([c.r, c.g, c.b]).all(|(x, y)| (x - i32::from(y)).abs() <= tolerance)
}

#[test]
fn every_point_has_the_colour_of_its_value() {
    let f = |a: f64, b: f64| 0.4 * a - 0.3 * b + 0.1 * a * b;
    let s = scene(21, f);
    let mut turned = Camera::default();
    turned.orbit(0.7, 0.3);
    for camera in [Camera::default(), turned, Camera::top()] {
        let image = draw(&s, &camera);
        for (i, a) in s.a.iter().enumerate().skip(1).step_by(3) {
            for (j, b) in s.b.iter().enumerate().skip(1).step_by(3) {
                if i > 19 || j > 19 {
                    continue;
                }
                let (x, y) = seen(&s, &camera, [*a, *b, f(*a, *b)]);
                let [red, green, blue] = at(&image, x, y);
                // Over the square, f goes from f(−1, 1) = −0.8 to f(1, −1) = 0.6.
                let share = (f(*a, *b) + 0.8) / 1.4;
                // Light makes all channels darker alike; a gloss adds a little white.
                let measured = f64::from(red - green) / f64::from(red + blue - 2 * green);
                assert!((measured - share).abs() < 0.03, "({a}, {b}): {share} looks like {measured}");
            }
        }
    }
}

#[test]
fn a_hole_shows_what_is_behind() {
    let mut s = scene(9, |a, b| a * a + b * b);
    let (x, y) = seen(&s, &Camera::top(), [0.05, 0.05, 0.0]);
    let [red, green, blue] = at(&draw(&s, &Camera::top()), x, y);
    assert!(blue > red + 60 && green < 60);
    s.values[40] = f64::NAN;
    s.values[41] = f64::INFINITY;
    s.values[49] = f64::NEG_INFINITY;
    assert!(is_near(at(&draw(&s, &Camera::top()), x, y), Theme::Light.page().background, 0));
}

#[test]
fn contour_lines_are_at_their_values() {
    // A ramp along a, one line in its middle, seen from above: a dark column.
    let mut s = scene(33, |a, _| a);
    let plain = draw(&s, &Camera::top());
    s.contours = 1;
    let lined = draw(&s, &Camera::top());
    let (x0, y) = seen(&s, &Camera::top(), [-0.9, 0.31, -0.9]);
    let (x1, _) = seen(&s, &Camera::top(), [0.9, 0.31, 0.9]);
    let changed: Vec<i32> =
        (x0 as i32..x1 as i32).filter(|x| at(&plain, f64::from(*x), y) != at(&lined, f64::from(*x), y)).collect();
    let middle = (SIZE[0] / 2) as i32;
    assert!(!changed.is_empty() && changed.iter().all(|x| (x - middle).abs() <= 2), "{changed:?}");
}

#[test]
fn paths_and_markers_are_on_top_or_shine_through() {
    let camera = Camera::default();
    // A roof: its ridge hides what is behind.
    let f = |_: f64, b: f64| 1.0 - b.abs();
    let bare = scene(21, f);
    let marker = |b: f64, height: f64| PlaneMarker {
        a: 0.0,
        b,
        height,
        name: String::new(),
        mark: PlaneMark::Checkpoint,
        color: colors::AVERAGED,
    };
    let mut marked = bare.clone();
    marked.markers = vec![marker(-0.5, 0.5), marker(0.2, 0.1)];
    let (points, color) = (vec![[-0.6, -0.8, 0.2], [-0.2, -0.8, 0.2]], colors::AVERAGED);
    marked.paths.push(PlanePath { name: String::new(), points, color });
    let (without, with) = (draw(&bare, &camera), draw(&marked, &camera));
    let (x, y) = seen(&bare, &camera, [0.0, -0.5, 0.5]);
    assert!(is_near(at(&with, x, y), colors::AVERAGED, 3), "in front: {:?}", at(&with, x, y));
    let (x, y) = seen(&bare, &camera, [-0.4, -0.8, 0.2]);
    assert!(is_near(at(&with, x, y), colors::AVERAGED, 3), "path: {:?}", at(&with, x, y));
    // Under the roof: half its colour, half the roof's.
    let (x, y) = seen(&bare, &camera, [0.0, 0.2, 0.1]);
    let (below, above) = (at(&without, x, y), at(&with, x, y));
    let half =
        [0, 1, 2].map(|c| (below[c] + i32::from([colors::AVERAGED.r, colors::AVERAGED.g, colors::AVERAGED.b][c])) / 2);
    assert!(above.iter().zip(half).all(|(p, h)| (p - h).abs() <= 3), "{below:?} became {above:?}, not {half:?}");
}

#[test]
fn a_level_surface_has_the_middle_colour_and_the_same_scene_the_same_picture() {
    let s = scene(5, |_, _| 7.0);
    let one = draw(&s, &Camera::top());
    let [red, green, blue] = at(&one, 250.0, 180.0);
    assert!((red - blue).abs() <= 2 && red > green + 60, "{red} {green} {blue}");
    assert_eq!(one, draw(&s, &Camera::top()));
}

#[test]
fn a_picture_in_4k_has_text_and_sizes_have_limits() {
    let mut s = scene(41, |a, b| 0.1 + a * a + b * b);
    s.markers.push(PlaneMarker {
        a: 0.0,
        b: 0.0,
        height: 0.1,
        name: "A & <B>".into(),
        mark: PlaneMark::Init,
        color: colors::SGD,
    });
    let picture = Picture { scene: Arc::new(s.clone()), camera: Camera::default(), look: Look::page(Theme::Dark) };
    let bytes = picture.png(&GPU.device, &GPU.queue, Picture::FOUR_K).unwrap();
    let size = |k: usize| u32::from_be_bytes([bytes[k], bytes[k + 1], bytes[k + 2], bytes[k + 3]]);
    assert_eq!((&bytes[..8], size(16), size(20)), (&b"\x89PNG\r\n\x1a\n"[..], 3840, 2160));
    let look = Look::page(Theme::Light);
    for size in [[0, 100], [100, 1_000_000]] {
        let error = render_to_image(&GPU.device, &GPU.queue, &s, &Camera::default(), size, &look).unwrap_err();
        assert!(matches!(error, RenderError::Size { .. }), "{error}");
    }
    s.values.clear();
    let error = render_to_image(&GPU.device, &GPU.queue, &s, &Camera::default(), SIZE, &look).unwrap_err();
    assert_eq!(error.to_string(), "0 values do not fill a plane of 41 × 41 points");
}
