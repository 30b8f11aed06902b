//! Every panel as it looks, in dark and in light, held against the small pictures in `tests/pictures`.
//!
//! The window is drawn by the software adapter and shrunk to a quarter, so that the smoothing of letters is no difference. What no two
//! machines have in common (times, devices, folders) is covered before. After a change that is meant, the pictures are made anew with
//! `VALLEYSCOPE_PICTURES=write ./x test --test it pictures`.

use std::{
    collections::BTreeSet,
    fs,
    io::BufWriter,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use egui::{Key, Modifiers, Rect, Role, Theme};
use egui_kittest::{Harness, kittest::Queryable as _};
use image::{
    ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use valleyscope::app;

use crate::{
    explore_window::{Window, fill, has, wait_for},
    window::{click, show, wait},
};

/// Pixels of the window along each side of a pixel of a picture.
const SHRINK: u32 = 4;
/// Pictures are compared in blocks of so many pixels along each side.
const BLOCK: u32 = 6;
/// The mean of a channel over a block may differ by so much, of 255 …
const MOST: f64 = 8.0;
/// … and all numbers of a picture by so much on average.
const MEAN: f64 = 1.2;
/// Iterations of the runs in the pictures.
const STEPS: u32 = 80;

/// Two recorded runs, and their last checkpoints: a small network that has learned the first digits by SGD and by SAM.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let runs = ["sgd", "sam"].map(|optimizer| {
        let run = folder.join(format!("{optimizer}.valley"));
        let status = crate::support::program(folder)
            .args(["walk", "--net", "mlp:64-16-10", "--train-count", "200", "--batch", "50", "--lr", "0.5"])
            .args(["--steps", &STEPS.to_string(), "--seed", "1", "--optimizer", optimizer, "--record"])
            .arg(&run)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        run
    });
    let ends: Vec<PathBuf> = runs.iter().map(|run| format!("{}@{STEPS}", run.display()).into()).collect();
    runs.into_iter().chain(ends).collect()
}

/// A part of the window; none has the bar at the bottom, which tells times and the device.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    /// The tabs at the right, of which this is the first.
    Right(&'static str),
}

/// Words that are covered: what a label contains, and how wide the cover is.
type Cover = (&'static str, f32);

/// The window, and what its pictures were found to be.
struct Album {
    w: Window,
    /// Whether pictures are made, not compared.
    writes: bool,
    taken: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Album {
    fn open(folder: &Path, files: Vec<PathBuf>) -> Album {
        let options = app::Options { files, runs_folder: Some(folder.join("runs")), quiet: true, ..Default::default() };
        let mut w = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_max_steps(4)
            .with_render_cursor(false)
            .wgpu()
            .build_eframe(move |cc| app::App::new(cc, options).unwrap());
        w.run_steps(2);
        let writes = std::env::var_os("VALLEYSCOPE_PICTURES").is_some_and(|wish| wish == "write");
        Album { w, writes, taken: BTreeSet::new(), wrong: Vec::new() }
    }

    /// Holds a part of the window against its pictures in both themes.
    fn take(&mut self, name: &str, part: Part, covers: &[Cover]) {
        for (theme, word) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            self.w.ctx.set_theme(theme);
            let mut window = still(&mut self.w);
            for cover in covers {
                self.cover(&mut window, *cover);
            }
            let picture = shrunk(&window, self.place(part));
            self.hold(&format!("{name}-{word}"), &picture);
        }
    }

    /// Left, top, right and bottom of a part, in pixels.
    fn place(&self, part: Part) -> [u32; 4] {
        let size = self.w.ctx.content_rect().size();
        let bar = self.w.query_all_by_label("idle").map(|node| node.rect().top()).fold(0.0, f32::max);
        assert!(bar > 0.5 * size.y, "the bar at the bottom says \"idle\" while nothing goes on");
        let [left, top] = match part {
            Part::Whole => [0.0, 0.0],
            Part::Right(tab) => {
                let tab = self.w.get_by_role_and_label(Role::Button, tab).rect();
                [tab.left(), tab.top()]
            }
        };
        [left, top, size.x, bar - 6.0].map(|side| side.round() as u32)
    }

    /// Lays grey over words that are different every time.
    fn cover(&self, window: &mut RgbaImage, (words, width): Cover) {
        let covered: Vec<Rect> = self.w.query_all_by_label_contains(words).map(|node| node.rect()).collect();
        for rect in covered {
            let right = rect.right().max(rect.left() + width).min(window.width() as f32);
            let bottom = rect.bottom().min(window.height() as f32);
            for y in rect.top().max(0.0) as u32..bottom as u32 {
                for x in rect.left().max(0.0) as u32..right as u32 {
                    window.put_pixel(x, y, Rgba([128, 128, 128, 255]));
                }
            }
        }
    }

    /// Compares a picture with the one on disk, or puts it there.
    fn hold(&mut self, name: &str, now: &RgbImage) {
        let path = shelf().join(format!("{name}.png"));
        self.taken.insert(format!("{name}.png"));
        if self.writes {
            return save(&path, now);
        }
        let words = match image::open(&path) {
            Ok(before) => {
                let before = before.to_rgb8();
                let Some(words) = difference(&before, now) else { return };
                save(&aside(&format!("{name}-difference")), &apart(&before, now));
                words
            }
            Err(e) => format!("cannot be read ({e})"),
        };
        let new = aside(name);
        save(&new, now);
        self.wrong.push(format!("{name} {words}; see {} and what is beside it", new.display()));
    }

    /// Fails when a picture was different, or is of nothing that was seen.
    fn close(self) {
        for entry in fs::read_dir(shelf()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if self.taken.contains(&name) {
                continue;
            }
            assert!(self.writes, "{name} is a picture of nothing");
            fs::remove_file(entry.path()).unwrap();
        }
        let how = "If this is meant: VALLEYSCOPE_PICTURES=write ./x test --test it pictures";
        assert!(self.wrong.is_empty(), "{}\n{how}", self.wrong.join("\n"));
    }
}

/// Where the pictures are.
fn shelf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

/// Where a picture is put that is different.
fn aside(name: &str) -> PathBuf {
    std::env::temp_dir().join("valleyscope-pictures").join(format!("{name}.png"))
}

/// The window as soon as nothing in it moves any more.
fn still(w: &mut Window) -> RgbaImage {
    w.remove_cursor();
    w.run_steps(8);
    let mut last = w.render().unwrap();
    // What comes from a thread may come between two looks.
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(40));
        w.run_steps(3);
        let now = w.render().unwrap();
        if now == last {
            break;
        }
        last = now;
    }
    last
}

/// A part of the window; every pixel is the mean of those that it stands for.
fn shrunk(window: &RgbaImage, [left, top, right, bottom]: [u32; 4]) -> RgbImage {
    let [width, height] = [right - left, bottom - top].map(|side| side.div_ceil(SHRINK));
    RgbImage::from_fn(width, height, |x, y| {
        let (mut sum, mut count) = ([0; 3], 0);
        let [x, y] = [left + SHRINK * x, top + SHRINK * y];
        for v in y..(y + SHRINK).min(bottom) {
            for u in x..(x + SHRINK).min(right) {
                let pixel = window.get_pixel(u, v).0;
                sum.iter_mut().zip(pixel).for_each(|(sum, channel)| *sum += u32::from(channel));
                count += 1;
            }
        }
        Rgb(sum.map(|sum| ((sum + count / 2) / count) as u8))
    })
}

/// How a picture differs from the one before, in words; `None` when nobody would see it.
fn difference(before: &RgbImage, now: &RgbImage) -> Option<String> {
    let (width, height) = now.dimensions();
    if before.dimensions() != (width, height) {
        let (w, h) = before.dimensions();
        return Some(format!("has {width} × {height} pixels, not {w} × {h}"));
    }
    // Blocks overlap by half, so that what is small is nearly whole in one of them.
    let starts = |length: u32| {
        let last = length.saturating_sub(BLOCK);
        (0..last).step_by(BLOCK as usize / 2).chain([last]).collect::<Vec<u32>>()
    };
    let mut worst = (0.0, 0, 0);
    for y in starts(height) {
        for x in starts(width) {
            let [a, b] = [before, now].map(|picture| mean(picture, x, y));
            let by = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if by > worst.0 {
                worst = (by, x, y);
            }
        }
    }
    let (by, x, y) = worst;
    let numbers = before.as_raw().iter().zip(now.as_raw());
    let all = numbers.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / before.as_raw().len().max(1) as f64;
    let is_seen = by > MOST || all > MEAN;
    is_seen.then(|| format!("differs by {by:.1} at {x}, {y} and by {all:.2} everywhere"))
}

/// The means of the three channels over a block.
fn mean(picture: &RgbImage, x: u32, y: u32) -> [f64; 3] {
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for v in y..(y + BLOCK).min(picture.height()) {
        for u in x..(x + BLOCK).min(picture.width()) {
            let pixel = picture.get_pixel(u, v).0;
            sum.iter_mut().zip(pixel).for_each(|(sum, channel)| *sum += f64::from(channel));
            count += 1.0;
        }
    }
    sum.map(|sum: f64| sum / count)
}

/// What differs between two pictures: black where they are the same, four times as bright as the difference.
fn apart(before: &RgbImage, now: &RgbImage) -> RgbImage {
    RgbImage::from_fn(now.width(), now.height(), |x, y| {
        let was = before.get_pixel_checked(x, y).map_or([0; 3], |pixel| pixel.0);
        let is = now.get_pixel(x, y).0;
        Rgb([0, 1, 2].map(|k| is[k].abs_diff(was[k]).saturating_mul(4)))
    })
}

fn save(path: &Path, picture: &RgbImage) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = BufWriter::new(fs::File::create(path).unwrap());
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive);
    encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
}

fn go(w: &mut Window, workspace: &str) {
    click(w, &format!("Workspace {workspace}"));
}

#[test]
fn every_panel_looks_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let mut album = Album::open(folder.path(), files(folder.path()));
    // Two checkpoints are a line, which is measured at once.
    wait_for(&mut album.w, "barrier above chord");
    wait_for(&mut album.w, "measured in");
    of_the_walk(&mut album);
    of_checkpoints(&mut album);
    of_the_laboratory(&mut album);
    of_what_is_no_panel(&mut album);
    album.close();
}

fn of_the_walk(album: &mut Album) {
    show(&mut album.w, "Set up");
    click(&mut album.w, "More on the optimizer");
    show(&mut album.w, "Walk");
    album.take("walk", Part::Whole, &[]);
    show(&mut album.w, "Runs");
    show(&mut album.w, "Slice");
    click(&mut album.w, "Pin");
    album.take("slice", Part::Whole, &[]);
    show(&mut album.w, "Epochs");
    album.take("epochs", Part::Right("Walk"), &[]);
    show(&mut album.w, "Table");
    // How long a run took is different every time.
    for label in ["Columns", "Column Seconds, pauses not counted", "Columns"] {
        click(&mut album.w, label);
    }
    album.take("table", Part::Right("Walk"), &[]);
}

fn of_checkpoints(album: &mut Album) {
    let time: Cover = ("measured in", 250.0);
    show(&mut album.w, "Files");
    show(&mut album.w, "Line");
    let is_at_work = |w: &Window| has(w, "Looking how often") || has(w, "Comparing A and B");
    wait(&mut album.w, "the files to be looked at", |w| !is_at_work(w));
    album.take("line", Part::Whole, &[time]);
    show(&mut album.w, "Plane");
    fill(&mut album.w, "grid", "9");
    click(&mut album.w, "Measure plane");
    wait_for(&mut album.w, "measured in");
    album.take("plane", Part::Right("Line"), &[time]);
    show(&mut album.w, "Surface");
    album.take("surface", Part::Right("Line"), &[]);
    show(&mut album.w, "Valley");
    for (field, text) in [("K", "6"), ("draws", "5"), ("ascent steps", "3")] {
        fill(&mut album.w, field, text);
    }
    click(&mut album.w, "Measure valley");
    wait_for(&mut album.w, "measured in");
    album.take("valley", Part::Right("Line"), &[time]);
    show(&mut album.w, "Escape");
    for (field, text) in [("until below", "50"), ("seeds", "3"), ("at most", "60")] {
        fill(&mut album.w, field, text);
    }
    click(&mut album.w, "Measure escapes");
    wait_for(&mut album.w, "measured in");
    album.take("escape", Part::Right("Line"), &[time]);
    for (panel, field, name) in [("Spectrum", "largest", "spectrum"), ("Noise", "leading", "noise")] {
        show(&mut album.w, panel);
        fill(&mut album.w, field, "4");
        click(&mut album.w, &format!("Measure {name}"));
        wait_for(&mut album.w, "measured in");
        album.take(name, Part::Right("Line"), &[time]);
    }
}

fn of_the_laboratory(album: &mut Album) {
    go(&mut album.w, "Laboratory");
    for _ in 0..3 {
        album.w.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
        album.w.run_steps(2);
    }
    wait_for(&mut album.w, "perturbed loss: minimum");
    album.take("laboratory", Part::Whole, &[("perturbed loss: minimum", 560.0)]);
    click(&mut album.w, "Many runs");
    let is_done = |w: &Window| has(w, "of 100 runs") && w.query_by_label("Stop the runs").is_none();
    wait(&mut album.w, "the ensemble", is_done);
    album.take("ensemble", Part::Whole, &[("runs of each in", 460.0)]);
    click(&mut album.w, "Theorems");
    wait(&mut album.w, "the first card", |w| has(w, "holds") && !has(w, "measuring anew"));
    album.take("theorem", Part::Whole, &[]);
}

fn of_what_is_no_panel(album: &mut Album) {
    go(&mut album.w, "Gallery");
    album.take("gallery", Part::Whole, &[]);
    go(&mut album.w, "Start");
    wait_for(&mut album.w, "Open run ");
    album.take("start", Part::Whole, &[("just now", 228.0), (" ago", 228.0)]);
    show(&mut album.w, "Walk");
    album.w.key_press_modifiers(Modifiers::COMMAND, Key::P);
    album.w.run_steps(4);
    album.take("palette", Part::Whole, &[]);
    album.w.key_press(Key::Escape);
    album.w.run_steps(4);
    click(&mut album.w, "Export…");
    wait_for(&mut album.w, "How the picture will look");
    // The present folder.
    album.take("export", Part::Whole, &[("Save as", 0.0)]);
    click(&mut album.w, "Close");
}

/// A panel with a plot and words beside it, painted by hand.
fn sketch(shift: u32, entries: u32, curve: [u8; 3]) -> RgbImage {
    let mut window = RgbaImage::from_pixel(640, 400, Rgba([21, 24, 29, 255]));
    let mut fill = |left: u32, top: u32, [width, height]: [u32; 2], [r, g, b]: [u8; 3]| {
        for y in top..top + height {
            for x in left..(left + width).min(640) {
                window.put_pixel(x, y, Rgba([r, g, b, 255]));
            }
        }
    };
    let (left, ink) = (160 + shift, [200, 206, 214]);
    let mut words = Vec::new();
    for line in 0..8 {
        words.push([16, 24 + 22 * line, 10 + line]);
    }
    fill(left, 60, [440, 300], [14, 16, 20]);
    for line in 0..5 {
        fill(left, 60 + 60 * line, [440, 1], [60, 64, 70]);
    }
    for x in 0..440 {
        let y = 210.0 + 100.0 * (f64::from(x) / 40.0).sin();
        fill(left + x, y as u32, [1, 2], curve);
    }
    for entry in 0..entries {
        fill(left + 10 + 90 * entry, 44, [14, 4], curve);
        words.push([left + 28 + 90 * entry, 42, 8]);
    }
    for [left, top, letters] in words {
        for letter in 0..letters {
            fill(left + 6 * letter, top, [2, 8], ink);
        }
    }
    shrunk(&window, [0, 0, 640, 400])
}

#[test]
fn changes_that_one_sees_are_differences_and_noise_is_none() {
    let blue = [86, 180, 233];
    let picture = sketch(0, 2, blue);
    assert_eq!(difference(&picture, &picture), None);
    let noisy = RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        Rgb(picture.get_pixel(x, y).0.map(|channel| channel.saturating_add(((x + y) % 2) as u8)))
    });
    assert_eq!(difference(&picture, &noisy), None, "letters that are smoothed a little otherwise");
    for (changed, what) in [
        (sketch(8, 2, blue), "a panel that has lost its margin"),
        (sketch(0, 1, blue), "a legend without its second entry"),
        (sketch(0, 2, [230, 159, 0]), "a curve in another colour"),
        (shrunk(&RgbaImage::from_pixel(640, 396, Rgba([21, 24, 29, 255])), [0, 0, 640, 396]), "another size"),
    ] {
        assert!(difference(&picture, &changed).is_some(), "{what} is not seen");
    }
}

#[test]
fn a_shrunk_picture_has_the_means_of_what_it_shows() {
    let window = RgbaImage::from_fn(10, 9, |x, _| Rgba([10 * x as u8, 0, 255, 255]));
    let picture = shrunk(&window, [1, 0, 10, 9]);
    // The last pixels stand for what is left: one column, one row.
    assert_eq!(picture.dimensions(), (3, 3));
    let reds: Vec<u8> = (0..3).map(|x| picture.get_pixel(x, 2).0[0]).collect();
    assert_eq!(reds, [25, 65, 90]);
}
