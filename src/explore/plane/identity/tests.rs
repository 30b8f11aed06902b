//! What decides a plane's numbers, and records of older programs.

use std::path::PathBuf;

use super::*;
use crate::{
    data::DataSpec,
    explore::identity::trial::{about, every_field_decides_or_is_named, loaded, other_subject, subject},
    record::Identity,
    survey::{Basis, Normalisation},
};

fn anchors() -> Vec<String> {
    ["aa", "bb", "cc"].map(String::from).into()
}

fn of(request: &PlaneRequest) -> Decisive {
    of_kind(request, &request.of().unwrap())
}

fn of_kind(request: &PlaneRequest, of: &PlaneOf) -> Decisive {
    decisive(request, of, &about(), &loaded(&request.subject.data, request.subject.seed), &anchors()).unwrap()
}

/// Everything set.
fn request() -> Value {
    json!({
        "files": ["a.pt"], "subject": subject(), "pca": false, "grid": 25, "a": "-1:1:25", "b": "-1:1:25",
        "scaling": { "normalise": "filter", "biases": "zero" }, "direction_u": "u.pt", "direction_v": "v.pt",
        "basis": "orthonormal", "test": true, "record": "a.plane",
        "eigen": { "eigen": [], "eigen_tolerance": 0.001, "eigen_products": 1000, "eigen_normalise": "none" },
    })
}

/// A plane along random directions.
fn random() -> Value {
    let mut request = request();
    (request["direction_u"], request["direction_v"]) = (Value::Null, Value::Null);
    request
}

fn read(request: &Value) -> PlaneRequest {
    serde_json::from_value(request.clone()).unwrap()
}

#[test]
fn every_field_decides_a_plane_or_is_left_out_by_name() {
    let mut others = other_subject();
    others.extend([
        ("files", json!(["b.pt"])),
        ("pca", json!(true)),
        ("grid", json!(31)),
        ("a", json!("-1:1:31")),
        ("b", json!(null)),
        ("scaling.normalise", json!("layer")),
        ("scaling.biases", json!("keep")),
        ("eigen.eigen", json!([1, 2])),
        ("eigen.eigen_tolerance", json!(0.01)),
        ("eigen.eigen_products", json!(9)),
        ("eigen.eigen_normalise", json!("filter")),
        ("direction_u", json!("x.pt")),
        ("direction_v", json!("y.pt")),
        ("basis", json!("plain")),
        ("test", json!(false)),
        ("record", json!("b.plane")),
    ]);
    // What the fields that say where it lies mean together is found, as the anchors are.
    let kind = read(&request()).of().unwrap();
    let identity = |request: &PlaneRequest| of_kind(request, &kind).identity();
    every_field_decides_or_is_named(&request(), &others, LEFT_OUT, identity);
}

#[test]
fn where_a_plane_lies_decides_and_the_names_of_its_files_do_not() {
    let words = |request: &PlaneRequest| of(request).identity().0["of"].to_string();
    let mut request = read(&random());
    assert_eq!(words(&request), r#"{"random":{"directions":{"seed":0,"normalisation":"filter","vectors":"zero"}}}"#);
    (request.subject.seed, request.scaling.normalise) = (5, Normalisation::Layer);
    request.files = vec!["b.pt".into()];
    assert_eq!(words(&request), r#"{"random":{"directions":{"seed":5,"normalisation":"layer","vectors":"zero"}}}"#);
    (request.direction_u, request.direction_v) = (Some("u.pt".into()), Some("v.pt".into()));
    assert_eq!(words(&request), r#"{"given":{}}"#);
    (request.direction_u, request.direction_v) = (None, None);
    request.files = ["a.pt", "b.pt", "c.pt"].map(PathBuf::from).into();
    assert_eq!(words(&request), r#"{"three":{"basis":"orthonormal"}}"#);
    request.basis = Basis::Plain;
    assert_eq!(words(&request), r#"{"three":{"basis":"plain"}}"#);
    (request.files, request.pca) = (vec!["run.valley".into()], true);
    assert_eq!(words(&request), r#"{"principal":{}}"#);
    (request.files, request.pca, request.eigen.eigen) = (vec!["a.pt".into()], false, vec![1, -1]);
    assert_eq!(
        words(&request),
        r#"{"eigen":{"search":{"eigen":[1,-1],"eigen_tolerance":0.001,"eigen_products":1000,"eigen_normalise":"none"},"seed":5}}"#
    );
    // Each of them is another plane.
    let here = words(&request);
    let mut others = vec![request; 5];
    others[0].eigen.eigen = vec![1, 2];
    others[1].eigen.eigen_tolerance = 1e-4;
    others[2].eigen.eigen_products = 10;
    others[3].eigen.eigen_normalise = Normalisation::Layer;
    others[4].subject.seed = 6;
    for other in &others {
        assert_ne!(words(other), here);
    }
}

#[test]
fn what_was_found_decides() {
    let request = read(&random());
    let here = of(&request).identity();
    let data = loaded(&request.subject.data, 0);
    let kind = request.of().unwrap();
    let found =
        |about: &About, anchors: &[String]| decisive(&request, &kind, about, &data, anchors).unwrap().identity();
    let difference = |other: Identity| here.difference(&other).unwrap_or_default();
    let [mut net, mut train, mut test] = [about(), about(), about()];
    net.net = "mlp".into();
    train.train_count = 5;
    test.test_count = 5;
    assert!(difference(found(&net, &anchors())).starts_with("net "));
    assert!(difference(found(&train, &anchors())).starts_with("train_count "));
    assert!(difference(found(&test, &anchors())).starts_with("test_count "));
    assert!(difference(found(&about(), &anchors()[1..])).starts_with("anchors "));
    // Without batch norm its statistics do not matter, nor do test images that are not looked at.
    let without = |bn: &str| {
        let mut request = request.clone();
        request.subject.norm_mode = bn.parse().unwrap();
        request.test = false;
        let about = About { bn: None, test_count: request.subject.norm_mode.to_string().len() as u64, ..about() };
        decisive(&request, &kind, &about, &data, &anchors()).unwrap().identity()
    };
    assert_eq!(without("batch"), without("running"));
}

/// As version 0.1 described a plane.
fn older(title: &str, data: &DataSpec, seed: u64) -> Identity {
    Identity(json!({
        "title": title,
        "net": "lenet",
        "data": data,
        "train_count": 60_000,
        "test_count": 10_000,
        "loss": "cross-entropy",
        "bn": "batch",
        "seed": seed,
        "test": true,
        "a": [-1.0, 1.0, 25],
        "b": [-1.0, 1.0, 25],
        "anchors": anchors(),
    }))
}

#[test]
fn records_of_older_programs_go_on() {
    let request = read(&random());
    let now = of(&request);
    let difference = |stored: Identity| now.settled(stored).difference(&now.identity());
    let data = request.subject.data;
    let elsewhere = DataSpec { dir: Some("/mnt/data".into()), ..data.clone() };
    for stored in [older("Around a.pt", &data, 0), older("Around b.pt, renamed", &elsewhere, 3), now.identity()] {
        assert_eq!(difference(stored), None);
    }
    let mut others = older("Around a.pt", &data, 0);
    others.0["anchors"][1] = "ee".into();
    assert!(difference(others).unwrap().starts_with("anchors is "));
    let pixels = DataSpec { pixels: None, ..data.clone() };
    assert_eq!(difference(older("", &pixels, 0)).unwrap(), "data.pixels is null there and \"0:1\" here");
    let set = DataSpec { name: "fashion-mnist".into(), ..data };
    assert!(difference(older("", &set, 0)).unwrap().starts_with("data.name is \"fashion-mnist\" there"));
    // What is no description settles to itself.
    assert_eq!(now.settled(Identity(json!(3))), Identity(json!(3)));
}

#[test]
fn an_older_record_has_a_runs_data_as_nothing_asked_and_the_seed_of_what_was_drawn() {
    let mut request = read(&random());
    request.subject.data = DataSpec::default();
    let mut own = loaded(&DataSpec { name: "mnist".into(), corrupt: 7, ..DataSpec::default() }, 5);
    own.of_run = true;
    let now = decisive(&request, &request.of().unwrap(), &about(), &own, &anchors()).unwrap();
    let difference = |stored: Identity| now.settled(stored).difference(&now.identity());
    assert_eq!(difference(older("", &DataSpec::default(), 0)), None);
    assert!(difference(older("", &DataSpec { corrupt: 1, ..DataSpec::default() }, 0)).is_some());

    let corrupt = DataSpec { name: "mnist".into(), corrupt: 7, ..DataSpec::default() };
    request.subject.data = corrupt.clone();
    request.subject.seed = 5;
    let now = of(&request);
    let difference = |stored: Identity| now.settled(stored).difference(&now.identity());
    assert_eq!(difference(older("", &corrupt, 5)), None);
    assert_eq!(difference(older("", &corrupt, 6)).unwrap(), "data_seed is 6 there and 5 here");
}
