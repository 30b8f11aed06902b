use egui::{Key, Modifiers, Rect, pos2};
use egui_kittest::{Harness, kittest::Queryable as _};

use super::*;
use crate::figure::{PlaneMark, PlaneMarker, PlanePath, colors};

/// A window with nothing but a surface.
struct Alone {
    view: SurfaceView,
    has_gpu: bool,
    saved: Option<Picture>,
}

impl eframe::App for Alone {
    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let gpu = frame.wgpu_render_state().filter(|_| self.has_gpu);
        if let Some(picture) = self.view.ui(ui, gpu) {
            self.saved = Some(picture);
        }
    }
}

/// The paraboloid a² + 2b² over [−1, 1]² on 11 × 11 points.
fn paraboloid() -> Scene {
    let axis: Vec<f64> = (-5..=5).map(|k| f64::from(k) / 5.0).collect();
    let values = axis.iter().flat_map(|b| axis.iter().map(move |a| a * a + 2.0 * b * b)).collect();
    let marker =
        PlaneMarker { a: 0.0, b: 0.0, height: 0.0, name: "end".into(), mark: PlaneMark::Minimum, color: colors::SAM };
    Scene {
        a: axis.clone(),
        b: axis,
        values,
        log: false,
        lut: std::array::from_fn(|k| [k as u8, 100, 255 - k as u8, 255]),
        paths: vec![PlanePath {
            name: "path".into(),
            points: vec![[1.0, 1.0, 3.0], [0.0, 0.0, 0.0]],
            color: colors::SGD,
        }],
        markers: vec![marker],
        a_label: "α".into(),
        b_label: "β".into(),
        value_label: "loss".into(),
        contours: 8,
    }
}

fn window(scene: Option<Scene>, has_gpu: bool) -> Harness<'static, Alone> {
    let mut view = SurfaceView::default();
    if let Some(scene) = scene {
        view.show(Arc::new(scene));
    }
    let alone = Alone { view, has_gpu, saved: None };
    let mut harness = Harness::builder()
        .with_size([800.0, 600.0])
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(90)
        .wgpu()
        .build_eframe(move |_| alone);
    harness.run();
    harness
}

fn rect(w: &Harness<'static, Alone>) -> Rect {
    w.get_by_label("loss over α and β, in three dimensions").rect()
}

fn camera(w: &Harness<'static, Alone>) -> Camera {
    w.state().view.camera
}

fn drag(w: &mut Harness<'static, Alone>, modifiers: Modifiers, button: PointerButton, by: egui::Vec2) {
    let from = rect(w).center();
    let press = |pos, pressed| egui::Event::PointerButton { pos, button, pressed, modifiers };
    w.event_modifiers(egui::Event::PointerMoved(from), modifiers);
    w.event_modifiers(press(from, true), modifiers);
    w.run_steps(1);
    for share in [0.5, 1.0] {
        w.event_modifiers(egui::Event::PointerMoved(from + by * share), modifiers);
        w.run_steps(1);
    }
    w.event_modifiers(press(from + by, false), modifiers);
    w.run();
}

#[test]
fn buttons_have_names_and_do_what_they_say() {
    let mut w = window(Some(paraboloid()), true);
    w.get_by_label("Top view").click();
    w.run();
    assert_eq!(camera(&w), Camera::top());
    w.get_by_label("Reset view").click();
    w.run();
    assert_eq!(camera(&w), Camera::default());
    w.get_by_label("Grid lines").click();
    w.get_by_label("Save PNG (4K)").click();
    w.run();
    let saved = w.state_mut().saved.take().unwrap();
    assert!(saved.look.wireframe && !saved.scene.log && saved.camera == Camera::default());
    assert_eq!(saved.scene.values, paraboloid().values);
    w.get_by_label("Log height").click();
    w.get_by_label("Save PNG (4K)").click();
    w.run();
    // The minimum of the paraboloid is 0, which has no logarithm.
    assert!(w.query_by_label("1 of 121 points are without a positive, finite value").is_some());
    assert!(w.state().saved.as_ref().unwrap().scene.log);
}

#[test]
fn the_hand_turns_moves_and_zooms() {
    let mut w = window(Some(paraboloid()), true);
    let by = egui::vec2(60.0, -30.0);
    drag(&mut w, Modifiers::NONE, PointerButton::Primary, by);
    let mut expected = Camera::default();
    // In two halves, as the hand moved; the middle one may round differently.
    expected.orbit(f64::from(-30.0 * TURN), f64::from(-15.0 * TURN));
    expected.orbit(f64::from(-30.0 * TURN), f64::from(-15.0 * TURN));
    assert_eq!(camera(&w), expected);

    for (modifiers, button) in [(Modifiers::SHIFT, PointerButton::Primary), (Modifiers::NONE, PointerButton::Secondary)]
    {
        w.get_by_label("Reset view").click();
        w.run();
        drag(&mut w, modifiers, button, by);
        let size = (f64::from(rect(&w).width()), f64::from(rect(&w).height()));
        let middle = Camera::default().ray((size.0 / 2.0, size.1 / 2.0), size);
        let was = std::array::from_fn(|k| middle.origin[k] + 5.0 * middle.direction[k]);
        let (x, y) = camera(&w).project(was, size).unwrap();
        // What was near the middle has gone along with the hand.
        assert!((x - size.0 / 2.0 - 60.0).abs() < 20.0 && (y - size.1 / 2.0 + 30.0).abs() < 10.0, "{x} {y}");
    }

    w.get_by_label("Reset view").click();
    w.run();
    let centre = rect(&w).center();
    w.event(egui::Event::PointerMoved(centre));
    w.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 80.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    w.run();
    let size = (800.0, 600.0);
    let far = |c: Camera| c.pixel(size) * c.eye()[2];
    assert!(far(camera(&w)) < 0.9 * far(Camera::default()), "scrolling up goes nearer");

    // A double click resets.
    for _ in 0..2 {
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            w.event(egui::Event::PointerButton { pos: centre, button, pressed, modifiers: Modifiers::NONE });
        }
    }
    w.run();
    assert_eq!(camera(&w), Camera::default());
}

#[test]
fn keys_turn_it_when_it_has_the_focus() {
    let mut w = window(Some(paraboloid()), true);
    w.key_press(Key::T);
    w.run();
    assert_eq!(camera(&w), Camera::default(), "without the focus it does nothing");
    assert!(!w.state().view.has_focus(&w.ctx));
    w.get_by_label("loss over α and β, in three dimensions").focus();
    w.run();
    assert!(w.state().view.has_focus(&w.ctx));
    w.key_press(Key::T);
    w.run();
    assert_eq!(camera(&w), Camera::top());
    w.key_press(Key::R);
    w.run();
    w.key_press(Key::ArrowLeft);
    w.key_press(Key::ArrowUp);
    w.run();
    let mut expected = Camera::default();
    expected.orbit(-KEY_TURN, KEY_TURN);
    assert_eq!(camera(&w), expected);
    w.key_press(Key::Plus);
    w.run();
    expected.zoom(KEY_ZOOM);
    assert_eq!(camera(&w), expected);
    w.key_press(Key::Minus);
    w.run();
    expected.zoom(KEY_ZOOM.powf(-1.0));
    assert_eq!(camera(&w), expected);
    assert!(w.state().view.has_focus(&w.ctx), "arrows do not move the focus away");
}

#[test]
fn the_point_under_the_pointer_is_read_out() {
    let mut w = window(Some(paraboloid()), true);
    let scene = paraboloid();
    let mesh = Mesh::new(&scene).unwrap();
    // Column 8, row 9: a = 0.6, b = 0.8, a² + 2b² = 1.64.
    let place = mesh.point(8 + 9 * 11).unwrap();
    let area = rect(&w);
    let (x, y) = Camera::default().project(place, (f64::from(area.width()), f64::from(area.height()))).unwrap();
    w.hover_at(area.min + egui::vec2(x as f32, y as f32));
    w.run();
    assert!(w.query_by_label("α 0.6000   β 0.8000   loss 1.640000   point 8, 9").is_some());
    w.hover_at(pos2(area.right() - 2.0, area.bottom() - 2.0));
    w.run();
    assert!(w.query_by_label_contains("point").is_none(), "nothing is under the pointer beside the surface");
}

#[test]
fn it_is_drawn_and_then_left_alone() {
    let mut w = window(Some(paraboloid()), true);
    let picture = w.render().unwrap();
    let area = rect(&w);
    // The lut has more red the higher: a lit surface has pixels with much red and with much blue.
    let inside = picture.enumerate_pixels().filter(|(x, y, _)| area.contains(pos2(*x as f32, *y as f32)));
    let (mut red, mut blue) = (0, 0);
    for (_, _, p) in inside {
        let [r, _, b, _] = p.0.map(i32::from);
        red += i32::from(r > b + 60);
        blue += i32::from(b > r + 60);
    }
    assert!(red > 3000 && blue > 3000, "{red} red and {blue} blue pixels");
    // `run` stops when nothing asks for another frame; a moving picture would exceed the steps.
    let steps = w.run();
    assert!(steps <= 2, "{steps} frames without any input");
    let before = w.state().view.given.clone().unwrap();
    w.state_mut().view.show(before);
    assert!(w.state().view.laid_out.is_some(), "the same scene again is not laid out again");
    w.state_mut().view.show(Arc::new(paraboloid()));
    assert!(w.state().view.laid_out.is_none());
    w.get_by_label("Top view").click();
    w.run();
    assert_ne!(w.render().unwrap(), picture);
    // Another size gets another texture under the same name.
    w.set_size(egui::vec2(500.0, 420.0));
    w.run();
    assert!(w.render().is_ok());
}

#[test]
fn what_cannot_be_shown_is_explained() {
    assert!(window(None, true).query_by_label_contains("once it has been measured").is_some());
    assert!(window(Some(paraboloid()), false).query_by_label_contains("runs without one").is_some());
    let mut bad = paraboloid();
    bad.values.pop();
    let w = window(Some(bad), true);
    assert!(w.query_by_label("There is nothing to show: 120 values do not fill a plane of 11 × 11 points.").is_some());
    let mut empty = paraboloid();
    empty.values = vec![f64::NAN; 121];
    let w = window(Some(empty), true);
    assert!(w.query_by_label("There is nothing to show: no point has a finite value.").is_some());
    assert!(w.query_by_label("Reset view").is_some(), "the buttons stay, so that log can be turned off");
}
