//! The rules against PyTorch's steps in float64 (`tests/pytorch.py`), against closed forms, and against each other.

use serde::Deserialize;

use super::*;

const SHAPES: [&[usize]; 5] = [&[2, 1, 2, 2], &[3, 2, 2, 2], &[3], &[5, 3], &[2, 5]];
const COUNT: u32 = 60;

fn blocks() -> Blocks {
    SHAPES.iter().map(|shape| shape.to_vec()).collect()
}

fn start() -> Vec<f32> {
    (1..=COUNT).map(|i| (0.5 * f64::from(i).sin()) as f32).collect()
}

/// That of a quadratic, and something that changes from step to step.
fn gradient(theta: &[f32], t: u32) -> Vec<f32> {
    let one = |(i, x): (u32, &f32)| {
        let curvature = 0.5 + f64::from(7 * i % 11) / 11.0;
        let slope = 0.3 * f64::from(i).cos() + 0.2 * f64::from(i + 2 * t).sin();
        (curvature * f64::from(*x) + slope) as f32
    };
    (0..).zip(theta).map(one).collect()
}

fn stepped(optimizer: &mut Optimizer, theta: &[f32], t: u32, learning_rate: f64) -> Vec<f32> {
    optimizer.step(&blocks(), theta, &gradient(theta, t), learning_rate)
}

fn of(kind: OptimizerKind) -> OptimizerSpec {
    OptimizerSpec { kind, ..OptimizerSpec::default() }
}

/// The constants of that name, other than they are.
fn with(mut spec: OptimizerSpec, constants: &[(&str, f64)]) -> OptimizerSpec {
    for (key, value) in constants {
        constant(key).unwrap().set(&mut spec, Value::Number(*value));
    }
    spec
}

/// Every kind with momentum, and SAM and its relatives on every base, all with constants that are not the defaults.
fn every() -> Vec<OptimizerSpec> {
    let mut all = Vec::new();
    for kind in OptimizerKind::ALL {
        for base in OptimizerKind::ALL.iter().filter(|base| base.is_base()) {
            if kind.is_sharpness_aware() || *base == OptimizerKind::Sgd {
                let spec = OptimizerSpec { momentum: 0.7, weight_decay: 0.01, sam_base: *base, ..of(*kind) };
                all.push(with(spec, &[("beta1", 0.8), ("beta2", 0.9), ("decoupled_decay", 0.1), ("alpha", 0.9)]));
            }
        }
    }
    all
}

#[derive(Deserialize)]
struct Case {
    name: String,
    spec: OptimizerSpec,
    lr: f64,
    tolerance: f64,
    /// After two steps and after six.
    theta: [Vec<f64>; 2],
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[test]
fn six_steps_are_those_of_pytorch() {
    let Cases { cases } = serde_json::from_str(include_str!("tests/pytorch.json")).unwrap();
    assert_eq!(cases.len(), 10);
    for Case { name, spec, lr, tolerance, theta: [second, sixth] } in cases {
        let (mut optimizer, mut theta) = (Optimizer::new(spec), start());
        for t in 0..6 {
            theta = stepped(&mut optimizer, &theta, t, lr);
            let Some(expected) = [(1, &second), (5, &sixth)].into_iter().find(|(at, _)| *at == t) else { continue };
            assert_eq!(theta.len(), expected.1.len());
            for (i, (found, want)) in theta.iter().zip(expected.1).enumerate() {
                let apart = (f64::from(*found) - want).abs();
                assert!(apart < tolerance, "{name}, step {t}, coordinate {i}: {found} instead of {want}");
            }
        }
    }
}

/// With the same gradient g at every step m̂ = g and v̂ = g², so that Adam moves by ηg/(|g| + ε).
#[test]
fn adam_along_a_constant_slope_moves_by_the_rate() {
    let mut optimizer = Optimizer::new(with(of(OptimizerKind::Adam), &[("eps", 0.5)]));
    let mut theta = vec![0.0f32, 0.0, 0.0];
    let g = [2.0f32, -0.5, 0.0];
    for n in 1..=50 {
        theta = optimizer.step(&Blocks::default(), &theta, &g, 0.125);
        for (x, g) in theta.iter().zip(g.map(f64::from)) {
            let expected = -0.125 * f64::from(n) * g / (g.abs() + 0.5);
            assert!((f64::from(*x) - expected).abs() < 1e-4, "step {n}: {x} instead of {expected}");
        }
    }
}

/// Then RMSProp's s is (1 − αⁿ)g², and its step η/√(1 − αⁿ).
#[test]
fn rmsprop_along_a_constant_slope_slows_down_to_the_rate() {
    let mut optimizer = Optimizer::new(with(of(OptimizerKind::RmsProp), &[("alpha", 0.5), ("eps", 0.0)]));
    let (mut theta, mut expected) = (vec![1.0f32], 1.0);
    for n in 1..=30 {
        theta = optimizer.step(&Blocks::default(), &theta, &[-3.0], 0.125);
        expected += 0.125 / (1.0 - 0.5f64.powi(n)).sqrt();
        assert!((f64::from(theta[0]) - expected).abs() < 5e-5, "step {n}: {} instead of {expected}", theta[0]);
    }
}

/// Where there is no slope, a decoupled decay shrinks θ by 1 − ηλ a step, and a coupled one moves it by the rate.
#[test]
fn decay_beside_the_gradient_and_in_it() {
    let rest = [0.0f32];
    let adamw = with(of(OptimizerKind::AdamW), &[("decoupled_decay", 0.5)]);
    let mut optimizer = Optimizer::new(adamw);
    let mut theta = vec![3.0f32];
    (0..10).for_each(|_| theta = optimizer.step(&Blocks::default(), &theta, &rest, 0.1));
    assert!((f64::from(theta[0]) - 3.0 * 0.95f64.powi(10)).abs() < 1e-5, "{}", theta[0]);
    let adam = OptimizerSpec { weight_decay: 0.5, ..of(OptimizerKind::Adam) };
    let theta = Optimizer::new(adam).step(&Blocks::default(), &[3.0], &rest, 0.1);
    assert!((theta[0] - 2.9).abs() < 1e-6, "{}", theta[0]);
}

/// Muon knows only what lies between the first and the last tensor; without tensors it is AdamW at its share of η.
#[test]
fn muon_leaves_the_rest_to_adamw() {
    let constants = [("muon_share", 0.5), ("decoupled_decay", 0.1)];
    let mut muon = Optimizer::new(with(of(OptimizerKind::Muon), &constants));
    let mut alone = Optimizer::new(with(of(OptimizerKind::Muon), &constants));
    let mut adamw = Optimizer::new(with(of(OptimizerKind::AdamW), &constants));
    let (mut theta, hidden) = (start(), [8..32, 35..50]);
    for t in 0..3 {
        let g = gradient(&theta, t);
        let expected = adamw.step(&blocks(), &theta, &g, 0.05);
        assert_eq!(alone.step(&Blocks::default(), &theta, &g, 0.1), expected);
        let found = muon.step(&blocks(), &theta, &g, 0.1);
        for i in 0..theta.len() {
            let is_hidden = hidden.iter().any(|range| range.contains(&i));
            assert_eq!(found[i] != expected[i], is_hidden, "step {t}, coordinate {i}");
        }
        theta = found;
    }
}

#[test]
fn a_radius_of_zero_is_every_base_bit_for_bit() {
    for spec in every().into_iter().filter(|spec| spec.kind.is_sharpness_aware()) {
        let mut sam = Optimizer::new(OptimizerSpec { rho: 0.0, ..spec });
        let mut base = Optimizer::new(OptimizerSpec { kind: spec.sam_base, rho: 0.0, ..spec });
        let (mut theta, mut expected) = (start(), start());
        for t in 0..8 {
            assert_eq!((sam.ascent(t.into(), 8), base.ascent(t.into(), 8)), (None, None));
            (theta, expected) = (stepped(&mut sam, &theta, t, 0.02), stepped(&mut base, &expected, t, 0.02));
            assert_eq!(theta, expected, "{} on {}, step {t}", spec.kind, spec.sam_base);
        }
        assert_eq!(sam.state(), base.state());
    }
}

#[test]
fn bases_step_differently() {
    let mut ends: Vec<Vec<f32>> = Vec::new();
    for spec in every().into_iter().filter(|spec| spec.kind == OptimizerKind::Sam) {
        assert!(spec.ascent(0, 8).is_some());
        let mut optimizer = Optimizer::new(spec);
        let end = (0..3).fold(start(), |theta, t| stepped(&mut optimizer, &theta, t, 0.02));
        assert!(!ends.contains(&end), "{} steps like another base", spec.sam_base);
        ends.push(end);
    }
    assert_eq!(ends.len(), 6);
}

#[test]
fn what_is_remembered_is_all_that_decides() {
    for spec in every() {
        let (mut optimizer, mut theta) = (Optimizer::new(spec), start());
        for t in 0..3 {
            theta = stepped(&mut optimizer, &theta, t, 0.02);
        }
        let names: Vec<&str> = optimizer.state().iter().map(|(name, _)| name.as_str()).collect();
        let mut expected: Vec<&str> = spec.state().iter().map(|kept| kept.name()).collect();
        expected.sort_unstable();
        assert_eq!(names, expected, "{spec:?}");
        for (name, vector) in optimizer.state() {
            assert_eq!(vector.len() as u64, spec.length_of(name, COUNT.into()), "{name}");
        }
        let kept: Vectors = optimizer.state().iter().map(|(name, vector)| (name.clone(), vector.clone())).collect();
        let mut again = Optimizer::going_on(spec, kept);
        for t in 3..6 {
            let next = stepped(&mut optimizer, &theta, t, 0.02);
            assert_eq!(stepped(&mut again, &theta, t, 0.02), next, "{spec:?}, step {t}");
            theta = next;
        }
        assert_eq!(again.state(), optimizer.state());
    }
}

#[test]
fn a_switch_keeps_what_both_remember_and_forgets_the_rest() {
    for from in every() {
        for to in every() {
            let mut optimizer = Optimizer::new(from);
            let theta = stepped(&mut optimizer, &start(), 0, 0.02);
            let before = optimizer.state().clone();
            optimizer.switch(to);
            for kept in to.state() {
                assert_eq!(optimizer.state().get(kept.name()), before.get(kept.name()));
            }
            let shared = from.state().iter().filter(|kept| to.state().contains(kept)).count();
            assert_eq!(optimizer.state().iter().count(), shared, "{from:?} {to:?}");
            let next = stepped(&mut optimizer, &theta, 1, 0.02);
            if shared == 0 {
                assert_eq!(next, stepped(&mut Optimizer::new(to), &theta, 1, 0.02), "{from:?} {to:?}: it begins anew");
            }
        }
    }
    let [sgd, adam, adamw] = [OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW]
        .map(|kind| OptimizerSpec { momentum: 0.9, ..of(kind) });
    let shared = |from: OptimizerSpec, to: OptimizerSpec| from.state().iter().any(|kept| to.state().contains(kept));
    assert!(shared(adam, adamw) && !shared(sgd, adam));
    assert!(shared(adam, OptimizerSpec { kind: OptimizerKind::Psam, sam_base: OptimizerKind::AdamW, ..sgd }));
}

/// On g = 1 throughout, m = 1 − β₁ⁿ only while β₁ stays: after a change PyTorch corrects by the new β₁ alone.
#[test]
fn a_constant_that_is_changed_on_the_way_counts_from_the_next_step() {
    let spec = with(of(OptimizerKind::Adam), &[("beta1", 0.5), ("beta2", 0.5), ("eps", 0.0)]);
    let mut optimizer = Optimizer::new(spec);
    let theta = optimizer.step(&Blocks::default(), &[0.0], &[1.0], 1.0);
    assert_eq!(theta, [-1.0]);
    let before = optimizer.state().clone();
    optimizer.switch(with(spec, &[("beta1", 0.75)]));
    assert_eq!(optimizer.state(), &before);
    let theta = optimizer.step(&Blocks::default(), &[0.0], &[1.0], 1.0);
    // m = 0.75 · 0.5 + 0.25, by 1 − 0.75²; v̂ = 1.
    assert!((f64::from(theta[0]) + 0.625 / 0.4375).abs() < 1e-6, "{}", theta[0]);
    // Without momentum RMSProp's buffer is gone; its squares stay.
    let rms = OptimizerSpec { momentum: 0.5, ..of(OptimizerKind::RmsProp) };
    let mut optimizer = Optimizer::new(rms);
    optimizer.step(&Blocks::default(), &[0.0], &[1.0], 1.0);
    assert_eq!(optimizer.state().iter().count(), 2);
    optimizer.switch(OptimizerSpec { momentum: 0.0, ..rms });
    assert_eq!(optimizer.state().iter().count(), 1);
    optimizer.step(&Blocks::default(), &[0.0], &[1.0], 1.0);
    assert_eq!(optimizer.state().iter().count(), 1);
}

#[test]
fn the_constants_of_the_base_apply_and_no_others() {
    let uses = |spec: &OptimizerSpec, key: &str| spec.uses(constant(key).unwrap());
    let mut sam = OptimizerSpec { momentum: 0.9, ..of(OptimizerKind::Sam) };
    let keys =
        ["rho", "sam_base", "noise", "momentum", "nesterov", "weight_decay", "beta1", "decoupled_decay", "alpha"];
    let used = |spec: &OptimizerSpec| keys.into_iter().filter(|key| uses(spec, key)).collect::<Vec<_>>();
    assert_eq!(used(&sam), ["rho", "sam_base", "noise", "momentum", "nesterov", "weight_decay"]);
    sam.sam_base = OptimizerKind::AdamW;
    assert_eq!(used(&sam), ["rho", "sam_base", "noise", "beta1", "decoupled_decay"]);
    sam.kind = OptimizerKind::RmsProp;
    assert_eq!(used(&sam), ["noise", "momentum", "weight_decay", "alpha"], "the base of SAM means nothing to it");
    for kind in OptimizerKind::ALL {
        assert!(kind.constants().iter().all(|constant| kind.has(constant)));
        assert!(uses(&of(*kind), "noise") && kind.has(constant("noise").unwrap()), "{kind}");
        let doubled = kind.constants().iter().any(|c| kind.constants().iter().filter(|d| d.key == c.key).count() > 1);
        assert!(!doubled, "{kind}");
    }
}

/// Which covariance, with the constants that belong to it; the step itself is that of gradient descent.
#[test]
fn a_langevin_dynamics_asks_for_its_noise() {
    use OptimizerKind::{GldConst, GldDiag, GldDynamic, GldEigvec, GldHessian, GldLeading};
    let kinds = [GldConst, GldDynamic, GldDiag, GldLeading, GldHessian, GldEigvec];
    for (kind, covariance) in kinds.into_iter().zip(Covariance::ALL) {
        let plain = of(kind).langevin().unwrap();
        let sigma = (kind == GldConst).then_some(1e-3);
        assert_eq!(plain, Langevin { covariance, sigma, batch: None, rank: 20, every: 10 }, "the paper's");
        assert!(kind.takes_all() && !kind.is_base() && !kind.is_sharpness_aware());
        let mut spec = with(OptimizerSpec { gld_batch: Some(20), ..of(kind) }, &[("gld_sigma", 0.0)]);
        constant("gld_rank").unwrap().set(&mut spec, Value::Count(5));
        constant("gld_every").unwrap().set(&mut spec, Value::Count(3));
        let asked = spec.langevin().unwrap();
        assert_eq!(asked, Langevin { covariance, sigma: None, batch: Some(20), rank: 5, every: 3 });
        let due: Vec<u64> = (0..8).filter(|t| asked.is_due(*t)).collect();
        assert_eq!(due, if kind == GldConst { vec![] } else { vec![0, 3, 6] });
        let count = match kind {
            GldLeading | GldHessian => Some(5),
            GldEigvec => Some(1),
            _ => None,
        };
        assert_eq!(asked.eigenvectors(), count);
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<OptimizerSpec>(&json).unwrap().langevin(), Some(asked), "{json}");
        let (mut own, mut descent) = (Optimizer::new(spec), Optimizer::new(of(OptimizerKind::Gd)));
        assert_eq!(stepped(&mut own, &start(), 0, 0.1), stepped(&mut descent, &start(), 0, 0.1));
        assert_eq!(OptimizerSpec { gld_batch: Some(0), ..spec }.check(), Err(OptimizerError::EmptyNoiseBatch));
        for (key, error) in [("gld_rank", OptimizerError::NoRank), ("gld_every", OptimizerError::NoRefresh)] {
            let mut none = spec;
            constant(key).unwrap().set(&mut none, Value::Count(0));
            assert_eq!(none.check(), Err(error));
        }
    }
    let others = OptimizerKind::ALL.iter().filter(|kind| !kinds.contains(kind));
    assert!(others.clone().all(|kind| of(*kind).langevin().is_none()));
    assert_eq!(others.filter(|kind| kind.takes_all()).count(), 1, "gd");
    let leading = of(GldLeading);
    assert_eq!(OptimizerSpec { gld_batch: Some(20), ..leading }.label(), "GLD leading m 20");
    assert_eq!(of(GldConst).label(), "GLD const σ 0.001");
}

#[test]
fn files_say_the_constants_of_a_rule_and_of_a_base_where_they_matter() {
    let json = |spec: &OptimizerSpec| serde_json::to_string(spec).unwrap();
    let sam = of(OptimizerKind::Sam);
    assert!(json(&sam).ends_with("\"psam_until\":\"75%\",\"psam_period\":20}"), "{}", json(&sam));
    let adam = json(&of(OptimizerKind::Adam));
    assert!(adam.ends_with("\"psam_period\":20,\"beta1\":0.9,\"beta2\":0.999,\"eps\":1e-8}"), "{adam}");
    let on_adam = json(&OptimizerSpec { sam_base: OptimizerKind::Adam, ..sam });
    assert!(on_adam.ends_with("\"beta1\":0.9,\"beta2\":0.999,\"eps\":1e-8,\"sam_base\":\"adam\"}"), "{on_adam}");
}
