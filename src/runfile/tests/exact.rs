//! Numbers survive bit for bit.

use proptest::prelude::*;

use super::*;

fn back(s: &StepRecord, l: &SliceRecord) -> (StepRecord, SliceRecord) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let mut w = Writer::create(&path, &manifest(), false).unwrap();
    w.step(s).unwrap();
    w.slice(l).unwrap();
    w.commit().unwrap();
    let r = Reader::open(&path).unwrap();
    (r.steps(0..1).unwrap()[0], r.slices(0..1).unwrap()[0])
}

fn check(values: [f64; SLICE_POINTS]) {
    let v = values;
    let s = StepRecord {
        t: 0,
        loss: Some(v[0]),
        batch_loss: v[1],
        values: probed([Some(v[2]), Some(v[3]), Some(v[4]), None]),
        learning_rate: v[6],
        batch: 0,
    };
    let (s, l) = back(&s, &SliceRecord { t: 0, loss: v });
    let [gradient, cosine, distance, norm] = ProbeId::FIRST.map(|id| s.value(id));
    let found = [s.loss, Some(s.batch_loss), gradient, cosine, distance, norm, Some(s.learning_rate)];
    for (k, x) in found.into_iter().enumerate() {
        match x {
            None => assert_eq!(k, 5, "only the norm was missing"),
            Some(x) if v[k].is_nan() => assert!(x.is_nan()),
            Some(x) => assert_eq!(x.to_bits(), v[k].to_bits(), "{x} for {}", v[k]),
        }
    }
    assert_eq!(l.loss.map(f64::to_bits), v.map(f64::to_bits), "slices keep even the payload of a NaN");
}

#[test]
fn odd_numbers() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        0.0,
        5e-324,
        -f64::MIN_POSITIVE,
        f64::MAX,
        1.0,
        9_007_199_254_740_993.0,
    ];
    for turn in 0..odd.len() {
        let mut v = odd;
        v.rotate_left(turn);
        check(v);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn any_bits(bits in any::<[u64; SLICE_POINTS]>()) {
        check(bits.map(f64::from_bits));
    }
}
