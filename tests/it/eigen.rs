//! Lines, planes and valleys along eigenvectors of the Hessian: the curvature of what is measured is the eigenvalue.

use std::path::{Path, PathBuf};

use egui_kittest::kittest::Queryable as _;
use serde_json::Value;
use valleyscope::{
    checkpoint,
    explore::{EigenSpec, Job as _, LineJob, LineRequest, PlaneJob, PlaneRequest, Subject, ValleyJob, ValleyRequest},
    net::Network,
    objective::Interrupt,
    run::{DeviceChoice, LossKind},
    survey::{Normalisation, Plane},
};

use crate::{
    explore_window::{fill, has, wait_for},
    support::program,
    window::{click, show, wait, window},
};

const NET: &str = "pool(2) flatten linear(6) tanh linear(10)";

/// A checkpoint of a network on the digits.
fn checkpoint(folder: &Path, net: &str) -> PathBuf {
    let network = Network::build(net, [1, 8, 8], 10).unwrap();
    // What was read is not written over.
    let number = std::fs::read_dir(folder).unwrap().count();
    let path = folder.join(format!("a{number}.safetensors"));
    checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(3)).unwrap();
    path
}

fn subject(net: &str, loss: LossKind) -> Subject {
    let mut subject = Subject { net: net.into(), loss, device: DeviceChoice::Cpu, ..Subject::default() };
    subject.data.train_count = Some(120);
    subject
}

fn spec(eigen: &[i32]) -> EigenSpec {
    EigenSpec { eigen: eigen.into(), eigen_tolerance: 1e-4, ..EigenSpec::default() }
}

fn line(request: &LineRequest) -> LineJob {
    let mut told = 0;
    let mut job = LineJob::open(request, Interrupt::default(), &mut |share| {
        assert!((0.0..=1.0).contains(&share), "{share}");
        told += 1;
    })
    .unwrap();
    assert!(told > 0, "a search says how far it is");
    while job.advance().unwrap().is_some() {}
    job
}

/// The second difference over three places.
fn bend(left: f64, middle: f64, right: f64, step: f64) -> f64 {
    (left - 2.0 * middle + right) / (step * step)
}

#[test]
fn the_curvature_of_a_line_along_an_eigenvector_is_its_eigenvalue() {
    let folder = tempfile::tempdir().unwrap();
    for loss in [LossKind::CrossEntropy, LossKind::MeanSquared] {
        let a = checkpoint(folder.path(), NET);
        let request = LineRequest {
            a,
            subject: subject(NET, loss),
            alphas: Some("-0.05:0.05:3".parse().unwrap()),
            eigen: spec(&[1, 2, -1]),
            test: false,
            ..LineRequest::default()
        };
        let job = line(&request);
        let found: Vec<_> = job.head().curves.iter().map(|c| c.eigen.unwrap()).collect();
        assert_eq!(found.iter().map(|e| e.rank).collect::<Vec<_>>(), [1, 2, -1]);
        let largest = found[0].value;
        assert!(found[0].value > found[1].value && found[1].value > found[2].value && found.iter().all(|e| e.is_found));
        for (curve, eigen) in job.curves.iter().zip(&found) {
            assert!((curve.distance - 1.0).abs() < 1e-6, "{loss}: an eigenvector has length 1");
            assert!(eigen.residual <= 1e-4 * largest, "{eigen:?}");
            let losses: Vec<f64> = curve.line.points().iter().map(|p| p.measured.train.loss).collect();
            let bend = bend(losses[0], losses[1], losses[2], 0.05);
            assert!((bend - eigen.value).abs() < 1e-2 * largest, "{loss}: {bend} along {eigen:?}");
        }
        // The same to the bit: the sign is one of two.
        let again = line(&request);
        for (one, other) in job.curves.iter().zip(&again.curves) {
            assert_eq!(one.line.points(), other.line.points());
        }
        let other =
            LineRequest { eigen: EigenSpec { eigen_normalise: Normalisation::Filter, ..spec(&[1]) }, ..request };
        let job = line(&other);
        assert!(job.setting.about.notes.iter().any(|note| note.contains("they are turned")));
        assert!((job.curves[0].distance - 1.0).abs() > 1e-3, "it has the length of the weights");
    }
}

#[test]
fn a_plane_along_eigenvectors_bends_by_their_eigenvalues_and_is_not_twisted() {
    let folder = tempfile::tempdir().unwrap();
    let axis = Some("-0.05:0.05:3".parse().unwrap());
    let request = PlaneRequest {
        files: vec![checkpoint(folder.path(), NET)],
        subject: subject(NET, LossKind::CrossEntropy),
        a: axis,
        b: axis,
        eigen: spec(&[1, -1]),
        ..PlaneRequest::default()
    };
    let mut job = PlaneJob::open(&request, Interrupt::default(), &mut |_| {}).unwrap();
    while job.advance().unwrap().is_some() {}
    let layout = &job.layout;
    assert!(layout.norms.iter().all(|n| (n - 1.0).abs() < 1e-6) && layout.cosine.abs() < 1e-5, "{layout:?}");
    assert!(layout.title.contains("eigenvectors 1 and -1 of the Hessian") && layout.a_label.contains("λ = "));
    let [first, last] = &layout.eigen[..] else { panic!("{layout:?}") };
    let at = |plane: &Plane, i: usize, j: usize| plane.values()[3 * j + i].unwrap().train.loss;
    let l = |i, j| at(&job.plane, i, j);
    for (bend, eigen) in [(bend(l(0, 1), l(1, 1), l(2, 1), 0.05), first), (bend(l(1, 0), l(1, 1), l(1, 2), 0.05), last)]
    {
        assert!((bend - eigen.value).abs() < 1e-2 * first.value, "{bend} along {eigen:?}");
    }
    // uᵀHv = 0.
    let twist = (l(2, 2) - l(2, 0) - l(0, 2) + l(0, 0)) / (4.0 * 0.05 * 0.05);
    assert!(twist.abs() < 1e-2 * first.value, "{twist}");
}

#[test]
fn a_record_belongs_to_its_eigenvectors() {
    let folder = tempfile::tempdir().unwrap();
    let request = PlaneRequest {
        files: vec![checkpoint(folder.path(), NET)],
        subject: subject(NET, LossKind::CrossEntropy),
        grid: 3,
        eigen: spec(&[1, 2]),
        record: Some(folder.path().join("a.plane")),
        ..PlaneRequest::default()
    };
    let measured = |request: &PlaneRequest| {
        let mut job = PlaneJob::open(request, Interrupt::default(), &mut |_| {}).map_err(|e| e.to_string())?;
        while job.advance().unwrap().is_some() {}
        Ok::<_, String>(job.resumed.len())
    };
    assert_eq!(measured(&request), Ok(0));
    assert_eq!(measured(&request), Ok(9), "the search finds the same vectors to the bit");
    let mut others = vec![request.clone(); 4];
    others[0].eigen.eigen = vec![1, -1];
    others[1].eigen.eigen_tolerance = 1e-3;
    others[2].eigen.eigen_normalise = Normalisation::Layer;
    others[3].subject.seed = 1;
    for other in &others {
        let refused = measured(other).unwrap_err();
        assert!(refused.contains("of.eigen") && refused.contains("holds another plane"), "{refused}");
    }
    let random = PlaneRequest { eigen: EigenSpec::default(), ..request };
    assert!(measured(&random).unwrap_err().contains("holds another plane"));
}

#[test]
fn what_is_not_found_is_said() {
    let folder = tempfile::tempdir().unwrap();
    // 4 pixels: 50 parameters.
    let net = "pool(4) flatten linear(10)";
    let a = checkpoint(folder.path(), net);
    let request = |eigen: EigenSpec| LineRequest {
        a: a.clone(),
        subject: subject(net, LossKind::CrossEntropy),
        alphas: Some("-1:1:3".parse().unwrap()),
        eigen,
        ..LineRequest::default()
    };
    let refused = |eigen: EigenSpec| match LineJob::open(&request(eigen), Interrupt::default(), &mut |_| {}) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("it is refused"),
    };
    assert!(refused(spec(&[51])).contains("no eigenvector 51 of a network with 50 parameters"));
    assert!(refused(spec(&[1, -51])).contains("no eigenvector -51"));
    assert!(refused(spec(&[0])).contains("counted from 1"));
    assert!(refused(EigenSpec { eigen_products: 2, ..spec(&[6]) }).contains("--eigen-products"));
    let few = EigenSpec { eigen_products: 2, eigen_tolerance: 1e-6, ..spec(&[1]) };
    let job = LineJob::open(&request(few), Interrupt::default(), &mut |_| {}).unwrap();
    assert!(!job.curves[0].eigen.unwrap().is_found);
    let notes = &job.setting.about.notes;
    assert!(notes.iter().any(|n| n.contains("eigenvector 1 is not converged: after 2 products")), "{notes:?}");
    // All of them, from both ends: the last of the largest is the first of the smallest.
    let both = line(&request(spec(&[50, -1, 1, -50])));
    let values: Vec<f64> = both.curves.iter().map(|c| c.eigen.unwrap().value).collect();
    assert_eq!((values[0], values[2]), (values[1], values[3]));
    let interrupt = Interrupt::default();
    interrupt.raise();
    let Err(stopped) = LineJob::open(&request(spec(&[1])), interrupt, &mut |_| {}) else { panic!("it ends") };
    assert!(stopped.is_interrupt(), "{stopped}");
}

#[test]
fn a_valley_judges_eigenvectors_beside_its_other_directions() {
    let folder = tempfile::tempdir().unwrap();
    let request = ValleyRequest {
        checkpoint: checkpoint(folder.path(), NET),
        subject: subject(NET, LossKind::CrossEntropy),
        directions: 2,
        eigen: spec(&[1, -1]),
        shift: Some("0.5:0.5:9".parse().unwrap()),
        ..ValleyRequest::default()
    };
    let mut job = ValleyJob::open(&request, Interrupt::default(), &mut |_| {}).unwrap();
    while job.advance().unwrap().is_some() {}
    let report = job.report();
    let names: Vec<&str> = report.directions.iter().map(|d| d.source.name()).collect();
    assert_eq!(names, ["eigenvector", "eigenvector", "random", "random"]);
    for (d, rank) in report.directions.iter().zip([1, -1]) {
        let eigen = d.eigen.unwrap();
        assert!(eigen.rank == rank && d.verdict.is_some() && (d.length.unwrap() - 1.0).abs() < 1e-6, "{d:?}");
        assert_eq!(d.json()["eigen"]["eigenvalue"].as_f64(), Some(eigen.value));
    }
    assert_eq!((report.shifts.len(), report.named().count(), report.random().count()), (2, 2, 2));
    assert!(report.directions[2].json().get("eigen").is_none());
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_command_line_tells_eigenvalues_with_their_residuals() {
    let home = tempfile::tempdir().unwrap();
    let a = checkpoint(home.path(), NET);
    let run = |arguments: &[&str]| {
        let out = program(home.path()).args(arguments).output().unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let common = ["--net", NET, "--train-count", "120", "--eigen", "1,-1"];
    let all = |first: &[&'static str], rest: &[&'static str]| -> Vec<String> {
        let words = first.iter().copied().chain([text(&a)]).chain(common).chain(rest.iter().copied());
        words.map(String::from).collect()
    };
    let told = |words: Vec<String>| run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let lines = told(all(&["line"], &["--alphas", "-1:1:3", "--no-test", "--json"]));
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let eigen: Vec<&Value> = lines.iter().filter(|l| l["event"] == "eigenvector").collect();
    assert_eq!(eigen.iter().map(|e| e["eigenvector"].as_i64().unwrap()).collect::<Vec<_>>(), [1, -1]);
    assert!(eigen.iter().all(|e| e["eigenvalue"].is_f64() && e["residual"].is_f64() && e["converged"] == true));
    assert_eq!(lines.iter().filter(|l| l["event"] == "line").count(), 2);
    let words = told(all(&["line"], &["--alphas", "-1:1:3"]));
    assert!(words.contains("2 eigenvectors of the Hessian") && words.contains("eigenvector -1: λ = "), "{words}");
    let plane = told(all(&["plane"], &["--grid", "3", "--json"]));
    let head: Value = serde_json::from_str(plane.lines().next().unwrap()).unwrap();
    assert_eq!(head["eigen"].as_array().unwrap().len(), 2, "{head}");
    assert!(told(all(&["plane"], &["--grid", "3"])).contains("eigenvector 1: λ = "));
}

#[test]
fn the_window_measures_along_eigenvectors_and_tells_them() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::build("mlp:64-8-10", [1, 8, 8], 10).unwrap();
    let path = folder.path().join("net.safetensors");
    checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(1)).unwrap();
    let mut w = window(folder.path(), true, vec![path]);
    wait(&mut w, "the file as A", |w| w.query_by_label("Take out net.safetensors").is_some());
    fill(&mut w, "Training images", "60");
    show(&mut w, "Line");
    click(&mut w, "Eigenvectors");
    fill(&mut w, "eigenvectors", "0");
    assert!(has(&w, "counted from 1"), "what is wrong is said");
    fill(&mut w, "eigenvectors", "1, -1");
    click(&mut w, "Measure eigenvectors");
    wait_for(&mut w, "2 eigenvectors at");
    wait_for(&mut w, "λ of v");
    show(&mut w, "Plane");
    click(&mut w, "Along eigenvectors");
    fill(&mut w, "eigenvectors", "1");
    assert!(has(&w, "Give two eigenvectors"));
    fill(&mut w, "eigenvectors", "1, 2");
    fill(&mut w, "grid", "5");
    click(&mut w, "Measure plane");
    wait_for(&mut w, "eigenvectors 1 and 2 of the Hessian");
    wait_for(&mut w, "λ of u");
    assert!(w.query_by_label("Along eigenvectors").is_some());
}
