//! Every field of a request decides, or is on a list: found by changing each of them.

use std::{collections::BTreeSet, fmt::Debug, path::PathBuf};

use serde::de::DeserializeOwned;

use super::*;
use crate::data::{DataSpec, FileSum};

/// What stands at a network with batch norm on MNIST.
pub fn about() -> About {
    About {
        net: "lenet".into(),
        network: "layers".into(),
        parameters: 7,
        data: "mnist".into(),
        pixels: "pixels in [0, 1]".into(),
        train_count: 60_000,
        test_count: 10_000,
        loss: "cross-entropy".into(),
        bn: Some("batch statistics".into()),
        device: "CPU".into(),
        notes: vec![],
        limits: Default::default(),
    }
}

/// Data from two files, and from a file of labels when there is one.
pub fn loaded(spec: &DataSpec, seed: u64) -> Loaded {
    let file = |name: &str| FileSum { name: name.into(), sha256: format!("sum of {name}") };
    let labels = spec.labels.as_ref().map(|_| file("labels"));
    let files = ["images", "classes"].map(file).into_iter().chain(labels).collect();
    Loaded { spec: spec.clone(), seed, of_run: false, files }
}

/// A subject that sets everything.
pub fn subject() -> Value {
    json!({
        "data": {
            "name": "mnist", "train_count": 60_000, "test_count": 10_000, "pixels": "0:1", "mean": "0.5", "std": "0.25", "labels": "l.txt",
            "corrupt": 0, "corrupt_as": "wrong", "dir": "data", "allow_partial": false, "images": "nchw", "first_label": 0,
        },
        "net": "auto", "loss": "cross-entropy", "bn": "batch", "device": "auto", "seed": 0,
    })
}

/// Another value for every field of [`subject`].
pub fn other_subject() -> Vec<(&'static str, Value)> {
    vec![
        ("subject.data.name", json!("fashion-mnist")),
        ("subject.data.train_count", json!(5)),
        ("subject.data.test_count", json!(5)),
        ("subject.data.pixels", json!("-1:1")),
        ("subject.data.mean", json!("0.1,0.2,0.3")),
        ("subject.data.std", json!("2")),
        ("subject.data.labels", json!(null)),
        ("subject.data.corrupt", json!(3)),
        ("subject.data.corrupt_as", json!("random")),
        ("subject.data.dir", json!("./data")),
        ("subject.data.allow_partial", json!(true)),
        ("subject.data.images", json!("nhwc")),
        ("subject.data.first_label", json!(1)),
        ("subject.net", json!("lenet")),
        ("subject.loss", json!("mse")),
        ("subject.bn", json!("running")),
        ("subject.device", json!("cpu")),
        ("subject.seed", json!(9)),
    ]
}

/// Paths of all fields that hold no further ones.
fn leaves(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(value, &path, into);
            }
        }
        _ => {
            into.insert(path.into());
        }
    }
}

/// Changes every field of `request`; `others` has another value for each. The identity changes with it, or its name or
/// that of a part it belongs to is in [`OF_SUBJECT`] or in `left_out`.
pub fn every_field_decides_or_is_named<Request>(
    request: &Value,
    others: &[(&str, Value)],
    left_out: &[&str],
    identity: impl Fn(&Request) -> Identity,
) where
    Request: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let read = |value: &Value| serde_json::from_value::<Request>(value.clone()).unwrap();
    let plain = read(request);
    let mut fields = BTreeSet::new();
    leaves(&serde_json::to_value(&plain).unwrap(), "", &mut fields);
    let named: BTreeSet<String> = others.iter().map(|(path, _)| (*path).to_string()).collect();
    assert_eq!(fields, named, "every field is changed here: a new one decides, or it is left out by name");
    for (path, other) in others {
        let pointer = format!("/{}", path.replace('.', "/"));
        let mut changed = request.clone();
        *changed.pointer_mut(&pointer).unwrap_or_else(|| panic!("{path} is set")) = other.clone();
        let changed = read(&changed);
        assert_ne!(changed, plain, "{path} is another");
        let difference = identity(&plain).difference(&identity(&changed));
        let is_left_out =
            OF_SUBJECT.iter().chain(left_out).any(|out| path == out || path.starts_with(&format!("{out}.")));
        assert_eq!(difference.is_none(), is_left_out, "{path}: {difference:?}");
    }
}

#[test]
fn names_of_files_do_not_decide_and_their_contents_do() {
    let identity = |spec: &DataSpec, loaded: &Loaded| {
        let request = json!({ "subject": { "data": spec } });
        Decisive::of(&request, &[], json!({}), &about(), loaded).unwrap().identity()
    };
    let own = |name: &str| DataSpec { name: name.into(), labels: Some(PathBuf::from("l.txt")), ..DataSpec::default() };
    let here = identity(&own("./mine"), &loaded(&own("./mine"), 0));
    let there = DataSpec { labels: Some(PathBuf::from("/home/l.txt")), ..own("/home/mine.safetensors") };
    assert_eq!(here.difference(&identity(&there, &loaded(&there, 0))), None);
    let mut others = loaded(&there, 0);
    others.files[0].sha256 = "of another file".into();
    assert!(here.difference(&identity(&there, &others)).unwrap().contains("data_files"));
    let known = identity(&own("digits"), &loaded(&own("digits"), 0));
    assert_eq!(here.difference(&known).unwrap(), "data.name is \"a file\" there and \"digits\" here");
}

#[test]
fn the_seed_decides_where_there_is_chance_in_the_data() {
    let with = |spec: &DataSpec, seed: u64| {
        let loaded = loaded(spec, seed);
        Decisive::of(&json!({ "subject": {} }), &[], json!({}), &about(), &loaded).unwrap().identity()
    };
    let (plain, corrupt) = (DataSpec::default(), DataSpec { corrupt: 3, ..DataSpec::default() });
    assert_eq!(with(&plain, 1), with(&plain, 2));
    assert_ne!(with(&corrupt, 1), with(&corrupt, 2));
    for name in ["moons", "spirals", "separable"] {
        let drawn = DataSpec { name: name.into(), ..DataSpec::default() };
        assert_ne!(with(&drawn, 1), with(&drawn, 2));
    }
}
