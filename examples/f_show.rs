use std::{sync::Arc, time::Instant};

use colorgrad::Gradient as _;
use valleyscope::{
    figure::{Theme, colors},
    scene::*,
};

pub fn lut() -> [[u8; 4]; 256] {
    let g = colorgrad::preset::viridis();
    std::array::from_fn(|k| g.at(k as f32 / 255.0).to_rgba8())
}

pub fn grid(n: usize, f: impl Fn(f64, f64) -> f64) -> Scene {
    let h = (n / 2) as f64;
    let a: Vec<f64> = (0..n).map(|k| (k as f64 - h) / h).collect();
    let values = a.iter().flat_map(|y| a.iter().map(|x| f(*x, *y)).collect::<Vec<_>>()).collect();
    Scene {
        b: a.clone(),
        a,
        values,
        log: false,
        lut: lut(),
        paths: vec![],
        markers: vec![],
        a_label: "δ_1".into(),
        b_label: "δ_2".into(),
        value_label: "training loss".into(),
        contours: 14,
    }
}

pub fn bowl(x: f64, y: f64) -> f64 {
    let r = 1.3 * x * x + 3.2 * y * y + 1.1 * x * y + 0.6 * (x + 0.3).powi(3);
    0.02 + 2.4 * (1.0 - (-1.2 * r.max(0.0)).exp())
        + 0.25 * r.max(0.0)
        + 0.06 * (7.0 * x).sin() * (5.0 * y).cos() * (x * x + y * y)
}

pub fn rugged(x: f64, y: f64) -> f64 {
    let r = x * x + y * y;
    let n = (9.0 * x + 2.0 * (3.0 * y).sin()).sin() * (8.0 * y - 1.7 * (2.0 * x).cos()).sin()
        + 0.5 * (17.0 * x - 5.0 * y).sin() * (13.0 * y + 3.0 * x).cos();
    let t = (2.6 * r).min(3.0) + n * (0.15 + 0.9 * r.min(1.0));
    (0.6 * t + 0.9).exp() * 0.3 + 0.01
}

pub fn walked(mut s: Scene, f: impl Fn(f64, f64) -> f64) -> Scene {
    let mut p = [-0.85, 0.62];
    let mut points = vec![];
    for k in 0..40 {
        points.push([p[0], p[1], f(p[0], p[1])]);
        let e = 1e-4;
        let g =
            [(f(p[0] + e, p[1]) - f(p[0] - e, p[1])) / (2.0 * e), (f(p[0], p[1] + e) - f(p[0], p[1] - e)) / (2.0 * e)];
        let l = (g[0] * g[0] + g[1] * g[1]).sqrt();
        let j = if k % 2 == 0 { 1.0 } else { -1.0 };
        let step = 0.07 / (1.0 + 0.04 * k as f64);
        p = [p[0] - step * g[0] / l + 0.02 * j, p[1] - step * g[1] / l - 0.012 * j];
    }
    let last = points[39];
    s.markers.push(SceneMarker {
        a: points[0][0],
        b: points[0][1],
        value: points[0][2],
        name: "init".into(),
        kind: MarkerKind::Init,
        color: colors::SGD,
    });
    s.markers.push(SceneMarker {
        a: last[0],
        b: last[1],
        value: last[2],
        name: "minimum".into(),
        kind: MarkerKind::Minimum,
        color: colors::SAM,
    });
    s.markers.push(SceneMarker {
        a: 0.55,
        b: -0.4,
        value: f(0.55, -0.4),
        name: "epoch 12".into(),
        kind: MarkerKind::Point,
        color: colors::SAM,
    });
    s.paths.push(ScenePath { points, color: colors::SGD });
    s
}

fn main() {
    let gpu = egui_kittest::wgpu::create_render_state(egui_kittest::wgpu::default_wgpu_setup(), Default::default());
    eprintln!("{:?}", gpu.adapter.get_info().name);
    let (d, q) = (&gpu.device, &gpu.queue);
    let size = [1280, 720];
    let save = |name: &str, scene: &Scene, camera: Camera, theme: Theme, wireframe: bool, size: [u32; 2]| {
        let look = Look { wireframe, ..Look::page(theme) };
        let t = Instant::now();
        let bytes = Picture { scene: Arc::new(scene.clone()), camera, look }.png(d, q, size).unwrap();
        eprintln!("{name}: {:?}", t.elapsed());
        std::fs::write(format!("/tmp/f-{name}.png"), bytes).unwrap();
    };
    let only: Vec<String> = std::env::args().skip(1).collect();
    let want = |n: &str| only.is_empty() || only.iter().any(|o| n.contains(o.as_str()));
    let home = Camera::default();
    let mut turned = home;
    turned.orbit(2.2, -0.25);
    let mut below = home;
    below.orbit(0.5, -0.85);
    let b = walked(grid(51, bowl), bowl);
    if want("bowl-light") {
        save("bowl-light", &b, home, Theme::Light, false, size);
    }
    if want("bowl-dark") {
        save("bowl-dark", &b, home, Theme::Dark, false, size);
    }
    if want("bowl-top") {
        save("bowl-top", &b, Camera::top(), Theme::Light, false, size);
    }
    if want("bowl-turned") {
        save("bowl-turned", &b, turned, Theme::Light, true, size);
    }
    if want("bowl-below") {
        save("bowl-below", &b, below, Theme::Dark, false, size);
    }
    let mut r = grid(201, rugged);
    r.contours = 12;
    if want("rugged-lin") {
        save("rugged-lin", &r, home, Theme::Light, false, size);
    }
    r.log = true;
    if want("rugged-log") {
        save("rugged-log", &r, home, Theme::Light, false, size);
    }
    if want("rugged-dark") {
        save("rugged-dark", &r, turned, Theme::Dark, false, size);
    }
    let mut h = walked(grid(31, bowl), bowl);
    for k in 0..961 {
        let (i, j) = (k % 31, k / 31);
        if i + j > 47 || (i == 8 && j == 12) || (i > 12 && i < 17 && j > 3 && j < 7) {
            h.values[k] = f64::NAN;
        }
    }
    if want("holes") {
        save("holes", &h, home, Theme::Light, true, size);
    }
    if want("small") {
        save("small", &grid(5, bowl), home, Theme::Light, false, size);
    }
    let mut narrow = b.clone();
    narrow.b = narrow.b.iter().map(|v| v * 0.3e-3).collect();
    narrow.markers.clear();
    narrow.paths.clear();
    if want("narrow") {
        save("narrow", &narrow, home, Theme::Light, false, size);
    }
    if want("tall") {
        save("tall", &b, home, Theme::Dark, false, [600, 900]);
    }
    if want("4k") {
        save("4k", &b, home, Theme::Light, false, Picture::FOUR_K);
    }
    if want("time") {
        let big = walked(grid(513, rugged), rugged);
        let t = Instant::now();
        let mesh = Mesh::new(&big).unwrap();
        eprintln!("mesh 513²: {:?}", t.elapsed());
        let mut renderer = Renderer::new(d, q, wgpu::TextureFormat::Rgba8Unorm, 4);
        let t = Instant::now();
        renderer.upload(&big, &mesh);
        q.submit([]);
        d.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        eprintln!("upload 513²: {:?}", t.elapsed());
        let target = renderer.target([1000, 700]);
        let mut c = home;
        for _ in 0..4 {
            c.orbit(0.1, 0.0);
            let t = Instant::now();
            renderer.draw(&target, &c, &Look::page(Theme::Light));
            let cpu = t.elapsed();
            d.poll(wgpu::PollType::wait_indefinitely()).unwrap();
            eprintln!("draw 513² at 1000×700: {:?} (recording {cpu:?})", t.elapsed());
        }
        let t = Instant::now();
        let (mut n, mut worst) = (0, std::time::Duration::ZERO);
        for k in 0..10_000 {
            let s = Instant::now();
            let ray = c.ray(((k % 100) as f64 * 10.0, (k / 100) as f64 * 7.0), (1000.0, 700.0));
            n += usize::from(pick(&big, &mesh, &ray).is_some());
            worst = worst.max(s.elapsed());
        }
        eprintln!("pick: {:?} each, worst {worst:?}, {n} hits", t.elapsed() / 10_000);
    }
}
