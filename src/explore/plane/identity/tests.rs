//! What decides a plane's numbers, and records of older programs.

use serde_json::Value;

use super::*;
use crate::{
    data::DataSpec,
    explore::identity::trial::{about, every_field_decides_or_is_named, loaded, other_subject, subject},
    record::Identity,
};

fn anchors() -> Vec<String> {
    ["aa", "bb", "cc"].map(String::from).into()
}

fn of(request: &PlaneRequest) -> Decisive {
    decisive(request, &about(), &loaded(&request.subject.data, request.subject.seed), &anchors()).unwrap()
}

fn request(of: Value) -> Value {
    json!({ "subject": subject(), "of": of, "window": { "auto": { "count": 25 } }, "test": true, "record": "a.plane" })
}

fn read(request: &Value) -> PlaneRequest {
    serde_json::from_value(request.clone()).unwrap()
}

fn random() -> Value {
    json!({ "random": {
        "centre": "a.pt", "directions": { "seed": 0, "normalisation": "filter", "vectors": "zero" },
    } })
}

#[test]
fn every_field_decides_a_plane_or_is_left_out_by_name() {
    let kinds: [(Value, Vec<(&str, Value)>); 4] = [
        (
            random(),
            vec![
                ("of.random.centre", json!("b.pt")),
                ("of.random.directions.seed", json!(3)),
                ("of.random.directions.normalisation", json!("layer")),
                ("of.random.directions.vectors", json!("keep")),
            ],
        ),
        (
            json!({ "given": { "centre": "a.pt", "u": "u.pt", "v": "v.pt" } }),
            vec![("of.given.centre", json!("b.pt")), ("of.given.u", json!("x.pt")), ("of.given.v", json!("y.pt"))],
        ),
        (
            json!({ "three": { "a": "a.pt", "b": "b.pt", "c": "c.pt", "basis": "orthonormal" } }),
            vec![
                ("of.three.a", json!("x.pt")),
                ("of.three.b", json!("y.pt")),
                ("of.three.c", json!("z.pt")),
                ("of.three.basis", json!("plain")),
            ],
        ),
        (json!({ "principal": { "path": "run.valley" } }), vec![("of.principal.path", json!("copy.valley"))]),
    ];
    for (kind, of_kind) in kinds {
        let mut others = other_subject();
        others.extend(of_kind);
        others.extend([("window.auto.count", json!(31)), ("test", json!(false)), ("record", json!("b.plane"))]);
        let identity = |request: &PlaneRequest| of(request).identity();
        every_field_decides_or_is_named(&request(kind), &others, LEFT_OUT, identity);
    }
}

#[test]
fn what_was_found_decides() {
    let request = read(&request(random()));
    let here = of(&request).identity();
    let data = loaded(&request.subject.data, 0);
    let found = |about: &About, anchors: &[String]| decisive(&request, about, &data, anchors).unwrap().identity();
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
        decisive(&request, &about, &data, &anchors()).unwrap().identity()
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
    let request = read(&request(random()));
    let now = of(&request);
    let difference = |stored: Identity| now.settled(stored).difference(&now.identity());
    let data = request.subject.data.clone();
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
    let mut request = read(&request(random()));
    request.subject.data = DataSpec::default();
    let mut own = loaded(&DataSpec { name: "mnist".into(), corrupt: 7, ..DataSpec::default() }, 5);
    own.of_run = true;
    let now = decisive(&request, &about(), &own, &anchors()).unwrap();
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
