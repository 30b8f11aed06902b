//! The Spectrum and Noise panels, driven through their accessible names and held against the jobs in the library.

use std::{
    f64::consts::PI,
    path::{Path, PathBuf},
    process::Stdio,
};

use egui::{Key, Modifiers, Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use valleyscope::{
    app, checkpoint,
    data::DataSpec,
    explore::{Job, NoiseJob, NoiseRequest, SpectrumJob, SpectrumRequest, Subject},
    net::Network,
    objective::Interrupt,
};

use crate::{
    explore_window::{Window, export, fill, has, press, wait_for},
    window::{click, show, wait, window},
};

/// Training images of everything here.
const IMAGES: usize = 200;

/// Checkpoints of a small network on the digits, each from another seed.
fn checkpoints(folder: &Path, count: u64) -> Vec<PathBuf> {
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).unwrap();
    let save = |seed: u64| {
        let path = folder.join(format!("net-{seed:02}.safetensors"));
        checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(seed)).unwrap();
        path
    };
    (1..=count).map(save).collect()
}

/// What the form asks for, as far as data go.
fn subject() -> Subject {
    Subject { data: DataSpec { train_count: Some(IMAGES), ..DataSpec::default() }, ..Subject::default() }
}

/// A job at its end.
fn finished<J: Job>(request: &J::Request) -> J {
    let mut job = J::open(request, Interrupt::default(), &mut |_| {}).unwrap();
    while job.advance().unwrap().is_some() {}
    job
}

/// A number as the window writes it, in six digits.
fn told(x: f64) -> String {
    let exponent = x.abs().log10().floor() as i32;
    assert!((-4..5).contains(&exponent), "{x} has another form");
    format!("{x:.*}", (5 - exponent) as usize).replace('-', "−")
}

/// A window with files, on the first images of the digits.
fn measuring(folder: &Path, files: Vec<PathBuf>, ready: &str) -> Window {
    let mut w = window(folder, true, files);
    wait_for(&mut w, ready);
    fill(&mut w, "Training images", &IMAGES.to_string());
    w
}

/// The cells of the rows of a table that have `kind` in a column.
fn cells(csv: &str, column: &str, of: (&str, &str)) -> Vec<String> {
    let mut lines = csv.lines();
    let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| heads.iter().position(|head| *head == name).unwrap_or_else(|| panic!("no {name}: {csv}"));
    let (column, kind) = (place(column), place(of.0));
    let rows = lines.map(|line| line.split(',').collect::<Vec<_>>()).filter(|row| row[kind] == of.1);
    rows.map(|row| row[column].to_string()).collect()
}

#[test]
fn a_spectrum_is_measured_looked_at_exported_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let files = checkpoints(folder.path(), 1);
    let mut w = window(folder.path(), true, vec![]);
    show(&mut w, "Spectrum");
    assert!(has(&w, "Here the curvature at a checkpoint is taken apart"), "the empty panel teaches");
    assert!(has(&w, "make it A"), "and says what is missing");
    drop(w);
    let mut w = measuring(folder.path(), files.clone(), "A: net-01.safetensors");
    show(&mut w, "Spectrum");
    fill(&mut w, "largest", "3");
    fill(&mut w, "smallest", "2");
    click(&mut w, "Measure spectrum");
    wait_for(&mut w, "measured in");
    let request = SpectrumRequest {
        files,
        subject: subject(),
        top: 3,
        smallest: 2,
        density: true,
        trace: true,
        layers: true,
        ..SpectrumRequest::default()
    };
    let job: SpectrumJob = finished(&request);
    let point = &job.series().points[0];
    assert_eq!(point.eigenvalues.len(), 5);
    for e in &point.eigenvalues {
        assert!(has(&w, &told(e.value)), "{e:?} is not in the table");
    }
    assert!(has(&w, "1,210"), "the rank of the smallest is D");
    assert!(has(&w, &told(2.0 / point.eigenvalues[0].value)), "2/λ₁");
    let trace = point.trace.unwrap();
    assert!(has(&w, &format!("{} ± ", told(trace.value))), "{trace:?}");
    assert!(point.layers.len() == 2 && point.layers.iter().all(|layer| has(&w, &layer.name)));
    assert!(!has(&w, "2/η"), "no run is known");
    // Each of the plots, by its name.
    assert!(w.query_by_label("Eigenvalues of the Hessian").is_some());
    click(&mut w, "Density");
    assert!(has(&w, "Density of all eigenvalues, smoothed by"));
    click(&mut w, "Layers");
    for plot in
        ["The largest eigenvalue of each layer's block", "The trace of each layer's block, with standard errors"]
    {
        assert!(w.query_by_label(plot).is_some(), "no {plot}");
    }
    let csv = export(&mut w, &folder.path().join("spectrum.csv"));
    let values: Vec<f64> =
        cells(&csv, "value", ("quantity", "eigenvalue")).iter().map(|cell| cell.parse().unwrap()).collect();
    assert_eq!(values, point.eigenvalues.iter().map(|e| e.value).collect::<Vec<_>>(), "to the bit");
    assert!(export(&mut w, &folder.path().join("spectrum.svg")).contains("Eigenvalues of the Hessian"));
    click(&mut w, "Export…");
    assert!(w.query_by_label("Copy methods sentence").is_some_and(|button| !button.accesskit_node().is_disabled()));
    click(&mut w, "Close");
    click(&mut w, "Remove spectrum");
    assert!(!has(&w, &told(values[0])));
    press(&mut w, "Bring back the spectrum");
    assert!(has(&w, &told(values[0])));
    click(&mut w, "Explain Spectrum");
    assert!(w.query_by_label("λ, residual").is_some(), "the card explains the numbers");
}

#[test]
fn noise_is_measured_told_with_its_errors_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let files = checkpoints(folder.path(), 1);
    let mut w = measuring(folder.path(), files.clone(), "A: net-01.safetensors");
    show(&mut w, "Noise");
    assert!(has(&w, "Here the noise of mini-batch gradients"), "the empty panel teaches");
    fill(&mut w, "batch of", "20");
    fill(&mut w, "leading", "2");
    click(&mut w, "Measure noise");
    wait_for(&mut w, "measured in");
    let request = NoiseRequest { files, subject: subject(), batch: Some(20), leading: 2, ..NoiseRequest::default() };
    let job: NoiseJob = finished(&request);
    let report = job.series().points[0].report.as_ref().unwrap();
    let told_with = |value: f64, error: f64| if error == 0.0 { told(value) } else { format!("{} ± ", told(value)) };
    for (name, found) in [
        ("Tr(HΣ)", report.trace_h_sigma),
        ("isotropic", report.trace_h_sigma_bar),
        ("Tr H", report.trace_h),
        ("Tr Σ", report.trace_sigma),
    ] {
        assert!(has(&w, name) && has(&w, &told_with(found.value, found.standard_error)), "{name}: {found:?}");
    }
    for (name, value) in [
        ("ratio", report.ratio),
        ("â", report.alignment),
        ("overlap", report.overlap),
        ("‖g‖", report.gradient_norm),
        ("√(Tr Σ)", report.noise_norm),
    ] {
        assert!(has(&w, name) && has(&w, &told(value)), "{name}: {value}");
    }
    assert!(has(&w, &format!("{:.2}°", report.angle.to_degrees())));
    for plot in ["Noise against curvature, with standard errors", "Leading eigenvalues"] {
        assert!(w.query_by_label(plot).is_some(), "no {plot}");
    }
    let csv = export(&mut w, &folder.path().join("noise.csv"));
    let found = cells(&csv, "trace_h_sigma", ("batch", "20"));
    assert_eq!(found.iter().map(|cell| cell.parse().unwrap()).collect::<Vec<f64>>(), [report.trace_h_sigma.value]);
    click(&mut w, "Remove noise");
    press(&mut w, "Bring back the noise");
    click(&mut w, "Explain Noise");
    assert!(w.query_by_label("angle, overlap").is_some(), "the card explains the numbers");
}

#[test]
fn the_checkpoints_of_a_folder_are_measured_in_order_until_somebody_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("epochs");
    std::fs::create_dir(&path).unwrap();
    checkpoints(&path, 30);
    let mut w = measuring(folder.path(), vec![path], "a path of 30 checkpoints");
    wait(&mut w, "the end as A", |w| w.query_by_label("Take out net-30.safetensors").is_some());
    for (panel, button, plot) in [
        ("Spectrum", "Measure spectrum", "The largest eigenvalues of the Hessian"),
        ("Noise", "Measure noise", "Noise against curvature"),
    ] {
        show(&mut w, panel);
        press(&mut w, "at");
        w.run_steps(2);
        click(&mut w, "epochs, 30 checkpoints");
        fill(&mut w, "of them at most", "25");
        if panel == "Spectrum" {
            // Long enough for a hand.
            fill(&mut w, "largest", "60");
        }
        click(&mut w, button);
        wait(&mut w, plot, |w| w.query_by_label(plot).is_some());
        assert!(has(&w, " of 25"), "which of them is shown");
        click(&mut w, "Stop measuring");
        wait_for(&mut w, "stopped before it was complete");
        assert!(w.query_by_label(plot).is_some(), "what was measured stays, over the checkpoints");
        assert!(w.query_by_label("Checkpoint shown").is_some());
    }
}

#[test]
fn a_run_is_held_against_the_rate_that_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let record = |name: &str, schedule: &str| {
        let run = folder.path().join(name);
        let status = crate::support::program(folder.path())
            .args(["walk", "--net", "mlp:64-16-10", "--train-count", &IMAGES.to_string(), "--batch", "50"])
            .args(["--steps", "6", "--checkpoint-every", "2", "--lr", "0.1", "--schedule", schedule, "--record"])
            .arg(&run)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        run
    };
    let at = |run: &Path, t: u64| PathBuf::from(format!("{}@{t}", run.display()));
    let constant = record("constant.valley", "constant");
    let mut w = window(folder.path(), true, vec![at(&constant, 6)]);
    wait_for(&mut w, "A: constant.valley@6");
    show(&mut w, "Spectrum");
    fill(&mut w, "largest", "1");
    click(&mut w, "Measure spectrum");
    wait_for(&mut w, "measured in");
    assert!(has(&w, "2/η") && has(&w, "20.0000"), "2 over 0.1");
    drop(w);
    // η of the step that begins at a checkpoint; at the end of a run, of the step that led there.
    let moved = record("cosine.valley", "cosine");
    let files = [0, 2, 6].map(|t| at(&moved, t)).into();
    let job = SpectrumJob::open(
        &SpectrumRequest { files, subject: subject(), ..SpectrumRequest::default() },
        Interrupt::default(),
        &mut |_| {},
    )
    .unwrap();
    let points = &job.series().points;
    assert_eq!(points.iter().map(|point| point.station.step).collect::<Vec<_>>(), [Some(0), Some(2), Some(6)]);
    for (point, t) in points.iter().zip([0.0, 2.0, 5.0]) {
        let (found, want) = (point.rate.unwrap(), 0.05 * (1.0 + (PI * t / 6.0).cos()));
        assert!((found - want).abs() < 1e-12, "at {t}: {found}, not {want}");
    }
    // A file that is of no run has none.
    let files = checkpoints(folder.path(), 1);
    let job =
        SpectrumJob::open(&SpectrumRequest { files, ..SpectrumRequest::default() }, Interrupt::default(), &mut |_| {});
    assert_eq!(job.unwrap().series().points[0].rate, None);
}

#[test]
fn what_cannot_be_measured_is_said_in_the_panel() {
    let folder = tempfile::tempdir().unwrap();
    let files = checkpoints(folder.path(), 1);
    let mut w = measuring(folder.path(), files, "A: net-01.safetensors");
    fill(&mut w, "Labels file", "/no/such/labels.txt");
    for (panel, button) in [("Spectrum", "Measure spectrum"), ("Noise", "Measure noise")] {
        show(&mut w, panel);
        click(&mut w, button);
        wait_for(&mut w, "Not measured: ");
        assert!(has(&w, "/no/such/labels.txt"), "{panel}");
    }
    show(&mut w, "Spectrum");
    for name in ["density", "trace", "layers"] {
        click(&mut w, name);
    }
    for name in ["largest", "smallest"] {
        fill(&mut w, name, "0");
    }
    assert!(has(&w, "Nothing is chosen to be measured"));
    assert!(w.get_by_label("Measure spectrum").accesskit_node().is_disabled());
}

#[test]
fn settings_are_taken_back_and_fit_into_the_smallest_window() {
    let folder = tempfile::tempdir().unwrap();
    let files = checkpoints(folder.path(), 1);
    let options =
        app::Options { files, runs_folder: Some(folder.path().into()), quiet: true, ..app::Options::default() };
    let mut w: Window = Harness::builder()
        .with_size([900.0, 560.0])
        .with_max_steps(4)
        .build_eframe(move |cc| app::App::new(cc, options).unwrap());
    w.run_steps(2);
    wait_for(&mut w, "A: net-01.safetensors");
    for (panel, field, before) in [("Spectrum", "largest", 10.0), ("Noise", "leading", 5.0)] {
        show(&mut w, panel);
        let value = |w: &Window| w.get_by_label(field).accesskit_node().numeric_value();
        // What is undone must have stood for a while.
        w.run_steps(90);
        assert_eq!(value(&w), Some(before));
        fill(&mut w, field, "7");
        assert_eq!(value(&w), Some(7.0));
        w.key_press(Key::Escape);
        w.run_steps(90);
        w.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        w.run_steps(4);
        assert_eq!(value(&w), Some(before), "{panel}: undone");
        // Nothing of a form is cut off, and everything has a name.
        let names = ["at", field, "tolerance", "products", "seed", "Reset"].into_iter();
        let words = [format!("Measure {}", panel.to_lowercase()), format!("Explain {panel}"), "Export…".into()];
        for name in names.map(String::from).chain(words) {
            let rect = w.get_by_label(&name).rect();
            assert!(rect.right() <= 901.0 && rect.bottom() <= 561.0, "{panel}: {name} at {rect:?}");
        }
        assert!(w.query_all_by_role_and_label(Role::Button, panel).next().is_some(), "a tab in the workspace");
    }
}
