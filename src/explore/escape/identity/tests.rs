//! What decides the runs of an escape table, and records of older programs.

use serde_json::Value;

use super::*;
use crate::{
    data::DataSpec,
    explore::SharedConstants,
    explore::identity::trial::{about, every_field_decides_or_is_named, loaded, other_subject, subject},
    optim::constant,
    record::Identity,
};

fn of(request: &EscapeRequest) -> Decisive {
    let loaded = loaded(&request.subject.data, request.subject.seed);
    decisive(request, &about(), &loaded, "aa", 256).unwrap()
}

/// Everything set.
fn request() -> Value {
    let mut request = json!(EscapeRequest::default());
    request["subject"] = subject();
    request["checkpoint"] = json!("a.pt");
    request["batch"] = json!(256);
    request["record"] = json!("a.escape");
    request["constants"]["sam_norm"] = json!(2.0);
    request["constants"]["sam_shard"] = json!(4);
    request["constants"]["psam_until"] = json!("75%");
    request["constants"]["psam_period"] = json!(20);
    request["constants"]["sam_base"] = json!("sgd");
    request
}

fn read(request: &Value) -> EscapeRequest {
    serde_json::from_value(request.clone()).unwrap()
}

#[test]
fn every_field_decides_the_runs_or_is_left_out_by_name() {
    let mut others = other_subject();
    others.extend([
        ("checkpoint", json!("b.pt")),
        ("kinds", json!(["sgd"])),
        ("rho", json!([0.1])),
        ("baseline", json!(false)),
        ("constants.momentum", json!(0.5)),
        ("constants.nesterov", json!(true)),
        ("constants.weight_decay", json!(0.1)),
        ("constants.sam_norm", json!(1.0)),
        ("constants.sam_shard", json!(2)),
        ("constants.psam_until", json!("50%")),
        ("constants.psam_period", json!(3)),
        ("constants.sam_base", json!("adam")),
        ("lr", json!(0.1)),
        ("batch", json!(9)),
        ("seeds", json!(3)),
        ("steps", json!(5)),
        ("threshold", json!(0.5)),
        ("check", json!(2)),
        ("full_checks", json!(true)),
        ("record", json!("b.escape")),
    ]);
    // The constants of further optimizers: a number each.
    let mut request = request();
    for (constant, _) in SharedConstants::all() {
        let path = format!("constants.{}", constant.key);
        if others.iter().all(|(known, _)| *known != path) {
            request["constants"][constant.key] = json!(constant.default_value());
            others.push((path.leak(), json!(0.125)));
        }
    }
    let identity = |request: &EscapeRequest| of(request).identity();
    every_field_decides_or_is_named(&request, &others, LEFT_OUT, identity);
}

#[test]
fn what_was_found_decides() {
    let request = read(&request());
    let here = of(&request).identity();
    let data = loaded(&request.subject.data, 0);
    let found = |start: &str, batch: u64| decisive(&request, &about(), &data, start, batch).unwrap().identity();
    assert_eq!(here.difference(&found("aa", 256)), None);
    assert_eq!(here.difference(&found("bb", 256)).unwrap(), "start is \"aa\" there and \"bb\" here");
    assert_eq!(here.difference(&found("aa", 32)).unwrap(), "batch is 256 there and 32 here");
}

#[test]
fn constants_decide_by_what_they_are_and_not_by_whether_they_were_given() {
    let given = read(&request());
    let mut open = request();
    for key in ["sam_norm", "psam_until", "psam_period"] {
        open["constants"][key] = Value::Null;
    }
    let open = read(&open);
    assert_ne!(open, given);
    assert_eq!(of(&open).identity(), of(&given).identity());
}

/// As version 0.1 described a table.
fn older(request: &EscapeRequest, set: &str, data_seed: Option<u64>) -> Identity {
    let optimizer = request.constants.spec();
    Identity(json!({
        "start": "aa",
        "net": "lenet",
        "data": request.subject.data,
        "data_set": set,
        "data_seed": data_seed,
        "train_count": 60_000,
        "loss": "cross-entropy",
        "bn": "batch statistics",
        "rate": request.lr,
        "batch": 256,
        "momentum": optimizer.momentum,
        "nesterov": optimizer.nesterov,
        "weight_decay": optimizer.weight_decay,
        "sam_norm": optimizer.sam_norm,
        "sam_shard": optimizer.sam_shard,
        "psam_until": optimizer.psam_until,
        "psam_period": optimizer.psam_period,
        "limit": request.steps,
        "threshold": request.threshold,
        "check": request.check,
    }))
}

#[test]
fn records_of_older_programs_go_on() {
    let request = read(&request());
    let now = of(&request);
    let difference = |stored: Identity| now.settled(stored).difference(&now.identity());
    let mut elsewhere = request.clone();
    elsewhere.subject.data.dir = Some("/mnt/data".into());
    for stored in [older(&request, "mnist", None), older(&elsewhere, "mnist", None), now.identity()] {
        assert_eq!(difference(stored), None);
    }
    let other = EscapeRequest { lr: 0.7, ..request.clone() };
    assert_eq!(difference(older(&other, "mnist", None)).unwrap(), "rate is 0.7 there and 0.03 here");
    let mut other = request.clone();
    other.constants.say(constant("sam_shard").unwrap(), crate::optim::Value::Limit(None));
    assert!(difference(older(&other, "mnist", None)).unwrap().starts_with("sam_shard is null there and 4 here"));
    assert!(of(&other).settled(older(&request, "mnist", None)).difference(&of(&other).identity()).is_some());
    let mut others = older(&request, "mnist", None);
    others.0["bn"] = "running statistics".into();
    assert_eq!(difference(others).unwrap(), "bn is \"running statistics\" there and \"batch\" here");
}

#[test]
fn an_older_record_has_a_runs_data_as_nothing_asked() {
    let mut request = read(&request());
    request.subject.data = DataSpec::default();
    let mut own = loaded(&DataSpec { name: "mnist".into(), corrupt: 7, ..DataSpec::default() }, 5);
    own.of_run = true;
    let now = decisive(&request, &about(), &own, "aa", 256).unwrap();
    let difference = |stored: Identity| now.settled(stored).difference(&now.identity());
    assert_eq!(difference(older(&request, "mnist", None)), None);
    let other = difference(older(&request, "fashion-mnist", None)).unwrap();
    assert_eq!(other, "data.name is \"fashion-mnist\" there and \"mnist\" here");
    request.subject.data.corrupt = 1;
    assert!(difference(older(&request, "digits", Some(0))).is_some());
}
