//! `curvature` and `noise` as a user runs them, against the library and against second ways to the same numbers.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use valleyscope::{
    checkpoint::{self, Checkpoint},
    data::DataSpec,
    explore::{
        Job as _, NoiseJob, NoiseRequest, Request as _, Setting, SpectrumJob, SpectrumRequest, SpectrumSeries, Subject,
    },
    net::{Network, State},
    objective::{Curvature, Interrupt},
    probe::vector::dot,
    run::DeviceChoice,
};

use crate::support::{close, program};

/// Smooth, so that differences of gradients are derivatives.
const NET: &str = "flatten linear(8) tanh linear(10)";
const IMAGES: usize = 150;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn network() -> Network {
    Network::build(NET, [1, 8, 8], 10).unwrap()
}

fn saved(folder: &Path, seed: u64) -> PathBuf {
    let (network, path) = (network(), folder.join(format!("net-{seed}.safetensors")));
    checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(seed)).unwrap();
    path
}

fn subject() -> Subject {
    Subject {
        data: DataSpec { train_count: Some(IMAGES), ..DataSpec::default() },
        net: NET.into(),
        device: DeviceChoice::Cpu,
        ..Subject::default()
    }
}

/// What the subject is on the command line.
const SUBJECT: [&str; 6] = ["--train-count", "150", "--net", NET, "--device", "cpu"];

fn output(home: &Path, arguments: &[&str]) -> std::process::Output {
    program(home).args(arguments).output().unwrap()
}

fn printed(home: &Path, arguments: &[&str]) -> String {
    let out = output(home, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn json(home: &Path, arguments: &[&str]) -> Vec<Value> {
    let lines = printed(home, &[arguments, &["--json"]].concat());
    lines.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

fn events<'a>(lines: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |l| l["event"] == name)
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

fn measured(request: &SpectrumRequest) -> SpectrumSeries {
    let mut job = SpectrumJob::open(request, Interrupt::default(), &mut |_| ()).unwrap();
    let mut told = job.head().series;
    while let Some(found) = job.advance().unwrap() {
        let progress = job.progress();
        assert!(progress.done <= progress.total && progress.total > 0, "{progress:?}");
        told.apply(found);
    }
    assert_eq!(&told, job.series(), "what is told is all that is found");
    told
}

fn setting(path: &Path) -> (Setting, State) {
    let file = Checkpoint::read(path).unwrap();
    let setting = Setting::open(&subject(), &file, Interrupt::default()).unwrap();
    let state = setting.state(&file).unwrap();
    (setting, state)
}

/// Power iteration with differences of full gradients in place of products.
fn largest_by_differences(path: &Path) -> f64 {
    const STEP: f64 = 1e-2;
    let (setting, at) = setting(path);
    let gradient = |v: &[f64], sign: f64| -> Vec<f64> {
        let theta = at.theta.iter().zip(v).map(|(t, v)| (f64::from(*t) + sign * STEP * v) as f32).collect();
        let beside = State { theta, buffers: at.buffers.clone() };
        let found = setting.objective.full_gradient(&beside, setting.norm_mode).unwrap();
        found.values.iter().map(|g| f64::from(*g)).collect()
    };
    let mut v: Vec<f64> = (0..at.theta.len()).map(|i| ((i * 7919) % 101) as f64 - 50.0).collect();
    let mut value = f64::NAN;
    for _ in 0..150 {
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= length);
        let (above, below) = (gradient(&v, 1.0), gradient(&v, -1.0));
        let product: Vec<f64> = above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * STEP)).collect();
        value = product.iter().zip(&v).map(|(p, v)| p * v).sum();
        v = product;
    }
    value
}

#[test]
fn the_command_prints_what_the_library_finds_and_writes_every_format() {
    let home = tempfile::tempdir().unwrap();
    let file = saved(home.path(), 3);
    let outs: Vec<PathBuf> = ["csv", "png", "svg", "pdf", "json"].map(|e| home.path().join(format!("s.{e}"))).into();
    let asked = ["--top", "3", "--smallest", "2", "--trace", "--density", "--layers", "--seed", "5"];
    let plain = [&["curvature", text(&file)][..], &SUBJECT, &asked].concat();
    let with_files: Vec<&str> = plain.iter().copied().chain(outs.iter().flat_map(|o| ["--out", text(o)])).collect();
    let lines = json(home.path(), &with_files);
    let request = SpectrumRequest {
        files: vec![file.clone()],
        subject: Subject { seed: 5, ..subject() },
        top: 3,
        smallest: 2,
        trace: true,
        density: true,
        layers: true,
        ..SpectrumRequest::default()
    };
    let series = measured(&request);
    let point = &series.points[0];
    assert!(point.is_done && point.is_searched && point.is_found);
    let told: Vec<(usize, u64, bool)> = events(&lines, "eigenvalue")
        .map(|l| (l["rank"].as_u64().unwrap() as usize, number(&l["value"]).to_bits(), l["found"] == true))
        .collect();
    let found: Vec<(usize, u64, bool)> = point.eigenvalues.iter().map(|e| (e.rank, e.value.to_bits(), true)).collect();
    assert_eq!(told, found);
    let d = network().layout().len();
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [1, 2, 3, d - 1, d]);
    let trace = events(&lines, "trace").next().unwrap();
    assert_eq!(number(&trace["value"]), point.trace.unwrap().value);
    assert_eq!(number(&trace["stderr"]), point.trace.unwrap().standard_error);
    let layers: Vec<f64> = events(&lines, "layer").map(|l| number(&l["value"])).collect();
    assert_eq!(layers, point.layers.iter().map(|l| l.largest.unwrap().value).collect::<Vec<_>>());
    let largest = point.largest().unwrap().value;
    assert!(layers.len() == 2 && layers.iter().all(|l| *l <= largest * 1.001), "a block has no more than the whole");
    let density = events(&lines, "density").next().unwrap();
    for nodes in density["nodes"].as_array().unwrap() {
        let weight: f64 = nodes.as_array().unwrap().iter().map(|n| number(&n[1])).sum();
        assert!((weight - 1.0).abs() < 1e-9, "{weight}");
    }
    let done = lines.last().unwrap();
    assert!(done["event"] == "done" && done["stopped"] == false && done["products"].as_u64().unwrap() > 10);
    assert!(outs.iter().all(|o| std::fs::metadata(o).unwrap().len() > 100));
    let csv = std::fs::read_to_string(&outs[0]).unwrap();
    let first = csv.lines().nth(1).unwrap();
    assert!(csv.starts_with("checkpoint,step,quantity") && first.contains(",eigenvalue,1,"), "{first}");
    assert!(csv.lines().all(|line| line.matches(',').count() == 8), "nine cells in every row");
    let table = printed(home.path(), &plain);
    for part in ["residual", "2/λ", "gradient descent is stable", "trace: ", "products in", "random vectors"] {
        assert!(table.contains(part), "{part:?} is missing:\n{table}");
    }
    let other = largest_by_differences(&file);
    assert!(close(largest, other, 0.01), "{largest}, by power iteration {other}");
}

#[test]
fn the_matrices_are_those_that_were_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let file = saved(home.path(), 4);
    let plain = [&["curvature", text(&file)][..], &SUBJECT, &["--top", "1", "--smallest", "1"]].concat();
    let ends = |more: &[&str]| -> Vec<f64> {
        let lines = json(home.path(), &[&plain[..], more].concat());
        events(&lines, "eigenvalue").map(|l| number(&l["value"])).collect()
    };
    let gauss_newton = ends(&["--operator", "gauss-newton"]);
    assert!(gauss_newton[0] > 0.0 && gauss_newton[1] > -1e-3 * gauss_newton[0], "{gauss_newton:?}");
    let (one, ten) = (ends(&["--operator", "sigma"]), ends(&["--operator", "sigma", "--batch", "10"]));
    assert!(close(one[0], 10.0 * ten[0], 1e-3), "{one:?}, {ten:?}");
    assert!(ends(&[])[1] < -1e-3 * gauss_newton[0], "an untrained network has negative curvature");
}

/// Checkpoints of a run at steps 0, 10, 20, 30.
fn recorded(home: &Path) -> PathBuf {
    let file = home.join("run.valley");
    let words = ["--steps", "30", "--batch", "20", "--checkpoint-every", "10", "--lr", "0.2", "--probes", "none"];
    printed(home, &[&["walk", "--record", text(&file)][..], &words, &SUBJECT].concat());
    file
}

#[test]
fn a_run_is_a_series_whose_checkpoints_are_measured_as_each_alone() {
    let home = tempfile::tempdir().unwrap();
    let run = recorded(home.path());
    let asked = ["--top", "2", "--smallest", "0", "--trace", "--device", "cpu"];
    let lines = json(home.path(), &[&["curvature", text(&run)][..], &asked].concat());
    let steps: Vec<u64> = events(&lines, "trace").map(|l| l["step"].as_u64().unwrap()).collect();
    assert!(steps.len() >= 3 && steps[0] == 0 && steps.is_sorted_by(|a, b| a < b), "{steps:?}");
    for step in &steps {
        let of = |l: &&Value| l["step"] == *step;
        let in_series: Vec<f64> = events(&lines, "eigenvalue").filter(of).map(|l| number(&l["value"])).collect();
        let place = format!("{}@{step}", text(&run));
        let alone = json(home.path(), &[&["curvature", place.as_str()][..], &asked].concat());
        assert!(events(&alone, "eigenvalue").all(|l| l.get("file").is_none()), "one file needs no name");
        let alone: Vec<f64> = events(&alone, "eigenvalue").map(|l| number(&l["value"])).collect();
        assert_eq!(in_series.len(), 2);
        for (a, b) in in_series.iter().zip(&alone) {
            // Each lies no farther from the truth than its residual.
            assert!((a - b).abs() <= 2.5e-4 * alone[0], "at {step}: {a}, alone {b}");
        }
    }
    let picture = home.path().join("series.svg");
    let table = printed(home.path(), &[&["curvature", text(&run), "--out", text(&picture)][..], &asked].concat());
    assert!(table.contains("checkpoint") && table.contains("2/λ₁") && picture.exists(), "{table}");
    let folder = home.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    for seed in 1..=2 {
        saved(&folder, seed);
    }
    let words = [&["curvature", text(&folder), "--top", "1", "--smallest", "0"][..], &SUBJECT].concat();
    let files: Vec<String> =
        events(&json(home.path(), &words), "eigenvalue").map(|l| l["file"].as_str().unwrap().to_string()).collect();
    assert_eq!(files, ["net-1.safetensors", "net-2.safetensors"]);
}

#[test]
fn noise_is_that_of_the_library_and_of_the_runs_own_batches() {
    let home = tempfile::tempdir().unwrap();
    let file = saved(home.path(), 6);
    let asked = ["--leading", "2", "--products", "1000", "--seed", "2"];
    let plain = [&["noise", text(&file)][..], &SUBJECT, &asked].concat();
    let lines = json(home.path(), &plain);
    let line = events(&lines, "noise").next().unwrap();
    let request = NoiseRequest {
        files: vec![file.clone()],
        subject: Subject { seed: 2, ..subject() },
        leading: 2,
        products: 1000,
        ..NoiseRequest::default()
    };
    let mut job = NoiseJob::open(&request, Interrupt::default(), &mut |_| ()).unwrap();
    while job.advance().unwrap().is_some() {}
    let found = job.series().points[0].report.clone().unwrap();
    assert_eq!(line["batch"], 1);
    for (key, want) in [
        ("trace_sigma", found.trace_sigma.value),
        ("trace_h", found.trace_h.value),
        ("trace_h_sigma", found.trace_h_sigma.value),
        ("stderr", found.trace_h_sigma.standard_error),
        ("trace_h_sigma_bar", found.trace_h_sigma_bar.value),
        ("ratio", found.ratio),
        ("alignment", found.alignment),
        ("angle", found.angle),
    ] {
        assert_eq!(number(&line[key]), want, "{key}");
    }
    // Every product was made, so the traces are exact, and those of the eigenvalues of the other command.
    assert_eq!(number(&line["stderr"]), 0.0);
    let bar = found.trace_h.value * found.trace_sigma.value / network().layout().len() as f64;
    assert!(close(number(&line["trace_h_sigma_bar"]), bar, 1e-9));
    let (setting, at) = setting(&file);
    let all: f64 = (0..IMAGES as u32)
        .map(|i| {
            let g = setting.objective.gradient(&at, &[i], valleyscope::net::Statistics::Running).unwrap().values;
            dot(&g, &g)
        })
        .sum::<f64>();
    let g = setting.objective.full_gradient(&at, setting.norm_mode).unwrap().values;
    let trace = all / IMAGES as f64 - dot(&g, &g);
    assert!(close(found.trace_sigma.value, trace, 1e-4), "{:?}, not {trace}", found.trace_sigma);
    let outs: Vec<PathBuf> = ["csv", "png", "svg", "json"].map(|e| home.path().join(format!("n.{e}"))).into();
    let with_files: Vec<&str> = plain.iter().copied().chain(outs.iter().flat_map(|o| ["--out", text(o)])).collect();
    let table = printed(home.path(), &with_files);
    for part in ["Tr(HΣ)", "projection coefficient", "angle between", "passes in"] {
        assert!(table.contains(part), "{part:?} is missing:\n{table}");
    }
    assert!(outs.iter().all(|o| std::fs::metadata(o).unwrap().len() > 100));
    let csv = std::fs::read_to_string(&outs[0]).unwrap();
    let mut rows = csv.lines().map(|line| line.matches(',').count());
    let head = rows.next().unwrap();
    assert!(rows.all(|row| row == head), "{csv}");
    let run = recorded(home.path());
    let few = ["--leading", "1", "--products", "20", "--device", "cpu"];
    let own = json(home.path(), &[&["noise", text(&run)][..], &few].concat());
    let single = json(home.path(), &[&["noise", text(&run), "--batch", "1"][..], &few].concat());
    assert!(events(&own, "noise").count() >= 3);
    for (own, single) in events(&own, "noise").zip(events(&single, "noise")) {
        assert_eq!(
            (own["batch"].as_u64(), single["batch"].as_u64(), &own["step"]),
            (Some(20), Some(1), &single["step"])
        );
        assert!(close(20.0 * number(&own["trace_sigma"]), number(&single["trace_sigma"]), 1e-9), "{own}");
        assert_eq!(own["ratio"], single["ratio"]);
    }
}

#[test]
fn saved_eigenvectors_have_their_eigenvalues_and_are_directions() {
    let home = tempfile::tempdir().unwrap();
    let (file, vectors) = (saved(home.path(), 8), home.path().join("vectors.safetensors"));
    let asked = ["--top", "3", "--smallest", "1", "--save-vectors", text(&vectors)];
    let lines = json(home.path(), &[&["curvature", text(&file)][..], &SUBJECT, &asked].concat());
    let (setting, at) = setting(&file);
    let network = network();
    let largest = number(&events(&lines, "eigenvalue").next().unwrap()["value"]);
    let mut read = Vec::new();
    for line in events(&lines, "eigenvalue") {
        let place = format!("{}#v{}", text(&vectors), line["rank"]);
        let v = Checkpoint::read(Path::new(&place)).unwrap().fit(network.layout(), &Default::default()).unwrap().theta;
        assert!((dot(&v, &v) - 1.0).abs() < 1e-5);
        let of = Curvature::Hessian;
        let products =
            setting.objective.full_curvature_products(&at, &[&v], of, setting.norm_mode, &mut |_, _| ()).unwrap();
        let quotient: f64 = products[0].iter().zip(&v).map(|(p, v)| p * f64::from(*v)).sum();
        assert!((quotient - number(&line["value"])).abs() < 1e-5 * largest, "{quotient}, not {line}");
        let off = products[0].iter().zip(&v).map(|(p, v)| (p - quotient * f64::from(*v)).powi(2)).sum::<f64>().sqrt();
        assert!(off < 1.5e-4 * largest, "{off} from an eigenvector: {line}");
        read.push(v);
    }
    assert_eq!(read.len(), 4);
    assert!(dot(&read[0], &read[1]).abs() < 1e-3 && dot(&read[0], &read[3]).abs() < 1e-3);
    let [u, v] = [1, 2].map(|rank| format!("{}#v{rank}", text(&vectors)));
    let words = ["--direction-u", &u, "--direction-v", &v, "--grid", "3"];
    let plane = json(home.path(), &[&["plane", text(&file)][..], &SUBJECT, &words].concat());
    assert!(plane.iter().any(|l| l["event"] == "points" || l["event"] == "point"), "{plane:?}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_measured() {
    let home = tempfile::tempdir().unwrap();
    let file = saved(home.path(), 1);
    let other = saved(home.path(), 2);
    let vectors = home.path().join("v.safetensors");
    let picture = home.path().join("s.gif");
    for (words, part) in [
        (&["curvature", text(&file), "--top", "0", "--smallest", "0"][..], "nothing to find"),
        (&["curvature", text(&file), "--batch", "8"], "--operator sigma"),
        (&["curvature", text(&file), "--tolerance", "2"], "tolerance is 2"),
        (
            &["curvature", text(&file), text(&other), "--save-vectors", text(&vectors)],
            "of one checkpoint, and these are 2",
        ),
        (
            &["curvature", text(&file), "--top", "0", "--smallest", "0", "--trace", "--save-vectors", text(&vectors)],
            "no eigenvectors to save",
        ),
        (&["curvature", text(&file), "--out", text(&picture)], "gif"),
        (&["curvature", text(&file), "--top", "400", "--memory", "1M"], "--top"),
        (&["curvature"], "FILES"),
        (&["curvature", "nothing.pt"], "nothing.pt"),
        (&["noise", text(&file), "--batch", "0"], "batch of 0"),
        (&["noise", text(&file), "--leading", "0"], "0 leading eigenvectors"),
        (&["noise", text(&file), "--out", text(&picture)], "gif"),
    ] {
        let out = output(home.path(), &[words, &SUBJECT].concat());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains(part), "{words:?}: {said}");
    }
    assert!(!vectors.exists());
    let strange = SpectrumRequest { files: vec![file], top: 0, smallest: 0, ..SpectrumRequest::default() };
    assert!(strange.check().is_err());
}

/// What an interrupted search believes in is near eigenvalues that the whole search finds.
#[test]
fn an_interrupt_keeps_what_has_converged() {
    let home = tempfile::tempdir().unwrap();
    let request = SpectrumRequest {
        files: vec![saved(home.path(), 9)],
        subject: subject(),
        top: 30,
        smallest: 0,
        ..SpectrumRequest::default()
    };
    let whole = measured(&request);
    let interrupt = Interrupt::default();
    let mut job = SpectrumJob::open(&request, interrupt.clone(), &mut |_| ()).unwrap();
    for _ in 0..45 {
        assert!(job.advance().unwrap().is_some());
    }
    interrupt.raise();
    let error = job.advance().unwrap_err();
    assert!(error.is_interrupt(), "{error}");
    let series = job.series();
    let point = &series.points[0];
    assert!(!point.is_searched && !point.is_done && !point.eigenvalues.is_empty());
    let largest = whole.points[0].largest().unwrap().value;
    let converged: Vec<_> = point.eigenvalues.iter().filter(|e| series.is_converged(point, e)).collect();
    assert!(!converged.is_empty() && converged.len() < 30, "{} of 30", converged.len());
    for e in &converged {
        let off = whole.points[0].eigenvalues.iter().map(|w| (w.value - e.value).abs()).fold(f64::INFINITY, f64::min);
        assert!(off <= 2.5e-4 * largest, "{e:?} is {off} from all");
    }
    assert_eq!(series.json(0).len(), converged.len(), "what has not converged is not told");
}

#[cfg(unix)]
#[test]
fn a_signal_lets_a_series_end_with_what_it_has() {
    let home = tempfile::tempdir().unwrap();
    let file = saved(home.path(), 5);
    let mut words = vec!["curvature", "--json", "--top", "2", "--smallest", "0", "--trace"];
    words.extend(SUBJECT);
    words.extend(std::iter::repeat_n(text(&file), 400));
    let mut child = program(home.path()).args(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|l| l.unwrap());
    assert!(lines.by_ref().any(|line| line.contains("\"eigenvalue\"")), "it ended before it found anything");
    let sent = std::process::Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(last["event"] == "done" && last["stopped"] == true && last["products"].as_u64().unwrap() > 0, "{last}");
}
