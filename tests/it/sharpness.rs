//! SAM and its relatives, averages and switches: against PyTorch's float64 numbers, and against what must be equal.

use valleyscope::{
    checkpoint::Checkpoint,
    data::{self, DataSpec},
    engine::{Found, Record, Walk},
    explore::Setting,
    net::{Network, State, Statistics},
    objective::{Interrupt, Objective, Subset},
    optim::{Ascent, Blocks, Optimizer, OptimizerKind, OptimizerSpec},
    probe::{
        Change, NormBatch, NormMode, ProbeId, StepRecord,
        vector::{cosine, distance, norm},
    },
    run::{BatchSize, Length, LossKind, Outcome, RunSpec, Summary},
};

use crate::{
    support::close,
    surveys::{expected, file, subject},
};

const SAM: f64 = 1e-4;

/// `sam_step` and `sam_step_small` of the fixtures: ascent, perturbed gradient, update and the new loss.
fn sam_step(name: &str, key: &str, statistics: Statistics, mode: NormMode) {
    let results = expected(name)["results"][key].take();
    let (subject, _held) = subject(name, mode);
    let checkpoint = Checkpoint::read(&file(&format!("{name}_a.safetensors"))).unwrap();
    let setting = Setting::open(&subject, &checkpoint, Interrupt::default()).unwrap();
    let (objective, a) = (&setting.objective, setting.state(&checkpoint).unwrap());
    let batch: Vec<u32> = (0..20).collect();
    let g = objective.gradient(&a, &batch, statistics).unwrap().values;
    for step in ["sam_step", "sam_step_small"] {
        let want = &results[step];
        if want.is_null() {
            continue;
        }
        let number = |field: &str| want[field].as_f64().unwrap();
        let near = |found: f64, field: &str, tolerance: f64| {
            assert!(close(found, number(field), tolerance), "{name} {key} {step} {field}: {found} not {}", want[field]);
        };
        let spec = OptimizerSpec { kind: OptimizerKind::Sam, rho: number("rho"), ..OptimizerSpec::default() };
        let mut optimizer = Optimizer::new(spec);
        let ascent: Ascent = optimizer.ascent(0, 1).unwrap();
        let up = State { theta: ascent.perturbed(&a.theta, &g), buffers: a.buffers.clone() };
        assert!(close(distance(&up.theta, &a.theta), number("rho"), 1e-5));
        let perturbed = objective.gradient(&up, &batch, statistics).unwrap();
        near(perturbed.loss, "perturbed_minibatch_loss", SAM);
        near(norm(&perturbed.values), "perturbed_gradient_norm", SAM);
        near(cosine(&g, &perturbed.values), "cosine_sgd_sam_gradient", SAM);
        let full = objective.evaluate(&up, Subset::Train, mode).unwrap().loss;
        near(full, "perturbed_full_train_loss", SAM);
        let theta = optimizer.step(&Blocks::default(), &a.theta, &perturbed.values, number("lr"));
        let next = State { theta, buffers: a.buffers.clone() };
        near(distance(&next.theta, &a.theta), "update_norm", SAM);
        near(objective.evaluate(&next, Subset::Train, mode).unwrap().loss, "train_loss", SAM);
    }
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn sam_steps_match_pytorch() {
    sam_step("mlp", "eval", Statistics::Running, NormMode::Running);
    sam_step("lenet", "eval", Statistics::Running, NormMode::Running);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn sam_steps_with_batch_norm_match_pytorch() {
    sam_step("resnet8", "eval", Statistics::Running, NormMode::Running);
    sam_step("resnet8", "train", Statistics::Batch, NormMode::Batch(NormBatch::All));
}

const NORMED: &str = "conv(4,3,1,1) batchnorm relu pool(2) flatten linear(10)";

/// With matrices between the first and the last one, for Muon.
const HIDDEN: &str = "linear(12) relu linear(9) relu linear(12) relu linear(10)";

/// A short run without slices.
fn short(net: &str, steps: u64, optimizer: OptimizerSpec) -> RunSpec {
    let mut spec = RunSpec { net: net.into(), length: Length::Steps(steps), optimizer, ..RunSpec::default() };
    spec.data.train_count = Some(320);
    spec.data.test_count = Some(100);
    spec.batch = BatchSize::Of(32);
    spec.probes.set_names("distance,gradient,cosine,epoch").unwrap();
    spec.checkpoint_every = Some(1);
    spec
}

fn of(kind: OptimizerKind) -> OptimizerSpec {
    OptimizerSpec { kind, ..OptimizerSpec::default() }
}

/// All records and the summary; `between` may do something to the walk before every iteration.
fn walk(spec: &RunSpec, mut between: impl FnMut(&mut Walk, &mut Vec<Record>)) -> (Vec<Record>, Summary) {
    let mut walk = Walk::new(spec.clone(), Interrupt::default()).unwrap();
    let mut records = Vec::new();
    walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
    while !walk.is_complete() {
        between(&mut walk, &mut records);
        assert_eq!(walk.step(&mut records).unwrap(), Found::Finite);
    }
    // What a fork would go on with says which optimizer it is, and so differs where the numbers do not.
    records.retain(|r| !matches!(r, Record::State { .. }));
    (records, walk.summary(Outcome::Finished, 0.0))
}

fn run(spec: &RunSpec) -> (Vec<Record>, Summary) {
    walk(spec, |_, _| {})
}

/// θ and, behind it, the running statistics, iteration by iteration.
fn states(records: &[Record]) -> Vec<Vec<f32>> {
    let values = |r: &Record| if let Record::Checkpoint { values, .. } = r { Some(values.to_vec()) } else { None };
    records.iter().filter_map(values).collect()
}

fn bits(states: &[Vec<f32>]) -> Vec<Vec<u32>> {
    states.iter().map(|s| s.iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn a_radius_of_zero_equals_the_base_optimizer_bit_for_bit() {
    let nesterov = OptimizerSpec { nesterov: true, momentum: 0.9, weight_decay: 1e-3, ..OptimizerSpec::default() };
    let noisy = OptimizerSpec { noise: 0.05, ..OptimizerSpec::default() };
    let sgd = [(NORMED, OptimizerSpec::default()), (NORMED, nesterov), ("linear(10)", noisy)];
    let others = [OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp, OptimizerKind::Muon];
    for (net, base) in sgd.into_iter().chain(others.map(|kind| (HIDDEN, of(kind)))) {
        let (plain, summary) = run(&RunSpec { lr: 0.05, ..short(net, 50, base) });
        let measured = summary.gradient_evaluations - 50;
        assert_eq!(measured, if base.noise > 0.0 { 320 } else { 0 });
        for kind in [OptimizerKind::Sam, OptimizerKind::Asam, OptimizerKind::Psam] {
            let spec = OptimizerSpec { kind, rho: 0.0, sam_shard: Some(8), sam_base: base.kind, ..base };
            let (found, cost) = run(&RunSpec { lr: 0.05, ..short(net, 50, spec) });
            assert_eq!(bits(&states(&found)), bits(&states(&plain)), "{kind} on {}", base.kind);
            assert_eq!(format!("{found:?}"), format!("{plain:?}"), "{kind} on {}: all records", base.kind);
            assert_eq!(cost.gradient_evaluations, summary.gradient_evaluations, "one gradient a step");
        }
    }
}

/// Steps of a walk against steps made by hand: running statistics move once, by what was seen at θ_t; the recorded loss,
/// norm and cosine are of the gradients at θ_t; decay is at θ_t.
#[test]
fn a_step_of_sam_is_made_as_it_is_defined() {
    let optimizer = OptimizerSpec { momentum: 0.9, weight_decay: 0.01, rho: 0.2, ..of(OptimizerKind::Sam) };
    let spec = RunSpec { order: "sequential".parse().unwrap(), ..short(NORMED, 6, optimizer) };
    let (records, summary) = run(&spec);
    assert_eq!(summary.gradient_evaluations, 12);
    let dataset = data::load(&spec.data, spec.seed).unwrap();
    let network = Network::build(NORMED, dataset.shape, dataset.classes).unwrap();
    let objective =
        Objective::new(network, &dataset, LossKind::CrossEntropy, burn::tensor::Device::flex(), true).unwrap();
    let mut here = objective.network().initial_state(spec.seed);
    let mut velocity: Option<Vec<f64>> = None;
    let mut before: Option<Vec<f32>> = None;
    let steps: Vec<_> = records.iter().filter_map(|r| if let Record::Step(s) = r { Some(*s) } else { None }).collect();
    for (t, (state, step)) in states(&records).iter().skip(1).zip(steps).enumerate() {
        let batch: Vec<u32> = (32 * t as u32..32 * (t as u32 + 1)).collect();
        let g = objective.gradient(&here, &batch, Statistics::Batch).unwrap();
        assert_eq!((step.batch_loss, step.value(ProbeId::GRADIENT)), (g.loss, Some(norm(&g.values))));
        assert_eq!(step.value(ProbeId::COSINE), before.as_ref().map(|b| cosine(b, &g.values)));
        let scale = 0.2 / norm(&g.values);
        let theta: Vec<f32> =
            here.theta.iter().zip(&g.values).map(|(x, g)| (f64::from(*x) + scale * f64::from(*g)) as f32).collect();
        let up =
            objective.gradient(&State { theta, buffers: here.buffers.clone() }, &batch, Statistics::Batch).unwrap();
        let decayed = |i: usize| f64::from(up.values[i]) + 0.01 * f64::from(here.theta[i]);
        let v: Vec<f64> = match &velocity {
            Some(v) => v.iter().enumerate().map(|(i, v)| 0.9 * v + decayed(i)).collect(),
            None => (0..here.theta.len()).map(decayed).collect(),
        };
        let theta: Vec<f64> = here.theta.iter().zip(&v).map(|(x, v)| f64::from(*x) - 0.1 * v).collect();
        let buffers: Vec<f32> = here.buffers.iter().zip(&g.statistics).map(|(r, s)| 0.9 * r + 0.1 * s).collect();
        let (found, statistics) = state.split_at(theta.len());
        for (found, want) in found.iter().zip(&theta) {
            assert!((f64::from(*found) - want).abs() < 1e-5, "iteration {t}: {found} instead of {want}");
        }
        for (found, want) in statistics.iter().zip(&buffers) {
            assert!(close(f64::from(*found), f64::from(*want), 1e-5), "iteration {t}: {found} instead of {want}");
        }
        // From the walk's own point, so that rounding does not add up.
        here = State { theta: found.to_vec(), buffers: statistics.to_vec() };
        velocity = Some(v);
        before = Some(g.values);
    }
}

#[test]
fn every_optimizer_is_deterministic_and_costs_what_it_says() {
    let plain = of(OptimizerKind::Sam);
    let specs = [
        (plain, 40),
        (OptimizerSpec { sam_norm: "inf".parse().unwrap(), rho: 0.002, ..plain }, 40),
        (OptimizerSpec { sam_norm: "1.5".parse().unwrap(), ..plain }, 40),
        (OptimizerSpec { sam_shard: Some(7), ..plain }, 40),
        (of(OptimizerKind::Asam), 40),
        // Five steps of SAM before 15, five after it.
        (OptimizerSpec { psam_period: 3, ..of(OptimizerKind::Psam) }, 20 + 5 + 5),
        (of(OptimizerKind::Adam), 20),
        (of(OptimizerKind::AdamW), 20),
        (of(OptimizerKind::RmsProp), 20),
        (of(OptimizerKind::Muon), 20),
        (OptimizerSpec { sam_base: OptimizerKind::Adam, ..plain }, 40),
    ];
    let (sgd, _) = run(&short(NORMED, 20, OptimizerSpec::default()));
    for (optimizer, gradients) in specs {
        let spec = short(NORMED, 20, optimizer);
        let (first, summary) = run(&spec);
        assert_eq!(summary.gradient_evaluations, gradients, "{}", spec.label());
        assert_eq!(format!("{first:?}"), format!("{:?}", run(&spec).0), "{}", spec.label());
        assert_ne!(bits(&states(&first)), bits(&states(&sgd)), "{}", spec.label());
    }
}

/// A shard as large as the batch is the batch; shards of less are something else, though the gradient at θ_t is the same.
#[test]
fn shards_have_their_own_ascent() {
    let spec = |shard| short("mlp", 3, OptimizerSpec { sam_shard: shard, rho: 0.5, ..of(OptimizerKind::Sam) });
    let (whole, _) = run(&spec(None));
    let (same, _) = run(&spec(Some(32)));
    assert_eq!(bits(&states(&whole)), bits(&states(&same)));
    let (parts, summary) = run(&spec(Some(4)));
    assert_ne!(bits(&states(&whole)), bits(&states(&parts)));
    assert_eq!(summary.gradient_evaluations, 6);
    let first = |records: &[Record]| records.iter().find_map(|r| if let Record::Step(s) = r { Some(*s) } else { None });
    let (a, b) = (first(&whole).unwrap(), first(&parts).unwrap());
    let gradient = |step: StepRecord| step.value(ProbeId::GRADIENT).unwrap();
    assert!(close(a.batch_loss, b.batch_loss, 1e-6) && close(gradient(a), gradient(b), 1e-5));
}

#[test]
fn a_planned_switch_equals_a_live_one_and_carries_the_velocity() {
    let sgd = OptimizerSpec { momentum: 0.9, ..OptimizerSpec::default() };
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, ..sgd };
    let base = RunSpec { lr: 0.02, schedule: "cosine".parse().unwrap(), ..short(NORMED, 20, sgd) };
    let planned = RunSpec { switch: "sgd:sam@0.6,sam:sgd@18".parse().unwrap(), ..base.clone() };
    let (found, summary) = run(&planned);
    assert_eq!(summary.gradient_evaluations, 20 + 6);
    let changes: Vec<_> = found
        .iter()
        .filter_map(|r| if let Record::Change(c) = r { Some((c.t, c.change.clone())) } else { None })
        .collect();
    let expected = [(12, Change::Optimizer { from: sgd, to: sam }), (18, Change::Optimizer { from: sam, to: sgd })];
    assert_eq!(changes, expected);
    let (live, _) = walk(&base, |w, records| match w.t() {
        12 => records.push(w.set_optimizer(sam).unwrap()),
        18 => records.push(w.set_optimizer(sgd).unwrap()),
        _ => {}
    });
    assert_eq!(format!("{found:?}"), format!("{live:?}"));
    // A run that begins at the switch has no velocity and goes elsewhere.
    let (plain, _) = run(&base);
    assert_eq!(bits(&states(&found)[..=12]), bits(&states(&plain)[..=12]));
    assert_ne!(bits(&states(&found)[13..14]), bits(&states(&plain)[13..14]));
    let late = RunSpec { switch: "sgd:sam@21".parse().unwrap(), ..base.clone() };
    let error = Walk::new(late, Interrupt::default()).err().unwrap().to_string();
    assert!(error.contains("the run ends at 20"), "{error}");
    let mut w = Walk::new(base, Interrupt::default()).unwrap();
    assert!(w.set_optimizer(OptimizerSpec { noise: 0.1, ..sgd }).unwrap_err().to_string().contains("new run"));
    assert!(w.set_optimizer(OptimizerSpec { rho: -1.0, ..sgd }).unwrap_err().to_string().contains("--rho 0"));
}

#[test]
fn to_gradient_descent_and_back_the_batch_follows() {
    let spec = RunSpec { switch: "sgd:gd@3,gd:sgd@5".parse().unwrap(), ..short("mlp", 7, OptimizerSpec::default()) };
    let (records, _) = run(&spec);
    let sizes: Vec<_> =
        records.iter().filter_map(|r| if let Record::Step(s) = r { Some(s.batch) } else { None }).collect();
    assert_eq!(sizes, [32, 32, 32, 320, 320, 32, 32]);
    let epochs: Vec<_> =
        records.iter().filter_map(|r| if let Record::Epoch(e) = r { Some(e.t) } else { None }).collect();
    assert_eq!(epochs, [0, 4, 5], "what was left of the first epoch is left out");
}

#[test]
fn the_average_is_the_mean_of_the_stored_iterates() {
    let spec = RunSpec { average: Some("swa:50%:3".parse().unwrap()), ..short(NORMED, 24, of(OptimizerKind::Sam)) };
    let (records, _) = run(&spec);
    // Ten iterations an epoch: epochs end at 10 and 20; taken are 12, 15, 18, 21, 24.
    let averages: Vec<_> = records
        .iter()
        .filter_map(|r| {
            if let Record::Average { t, count, values } = r { Some((*t, *count, values.to_vec())) } else { None }
        })
        .collect();
    assert_eq!(averages.iter().map(|(t, n, _)| (*t, *n)).collect::<Vec<_>>(), [(20, 3), (24, 5)]);
    let stored = states(&records);
    let dataset = data::load(&spec.data, spec.seed).unwrap();
    let network = Network::build(NORMED, dataset.shape, dataset.classes).unwrap();
    let d = network.layout().len();
    for (_, count, values) in &averages {
        let taken: Vec<&Vec<f32>> = (0..*count as usize).map(|k| &stored[12 + 3 * k]).collect();
        for i in 0..d {
            let mean = taken.iter().map(|s| f64::from(s[i])).sum::<f64>() / taken.len() as f64;
            assert!(
                (f64::from(values[i]) - mean).abs() <= 1e-6 * mean.abs().max(1e-3),
                "{i}: {} not {mean}",
                values[i]
            );
        }
    }
    // Its statistics and its numbers are those of a network that is given this θ.
    let objective =
        Objective::new(network, &dataset, LossKind::CrossEntropy, burn::tensor::Device::flex(), true).unwrap();
    let (theta, buffers) = averages[0].2.split_at(d);
    let state = State { theta: theta.to_vec(), buffers: vec![0.0; buffers.len()] };
    let want = objective.evaluate(&state, Subset::Test, NormMode::Recalibrated(NormBatch::Auto)).unwrap();
    let own = State { theta: theta.to_vec(), buffers: buffers.to_vec() };
    assert_eq!(objective.evaluate(&own, Subset::Test, NormMode::Running).unwrap(), want);
    let epochs: Vec<_> =
        records.iter().filter_map(|r| if let Record::Epoch(e) = r { Some(*e) } else { None }).collect();
    assert_eq!(epochs.iter().map(|e| e.average.map(|a| a.count)).collect::<Vec<_>>(), [None, None, Some(3)]);
    assert_eq!(epochs[2].average.unwrap().test, want);
    // The walk does not know that it is watched.
    let (alone, _) = run(&RunSpec { average: None, ..spec });
    assert_eq!(bits(&states(&alone)), bits(&stored));
}

/// ā ← dā + (1 − d)θ from θ_0 on, and the mean of the last three of every fourth iterate, at every end of an epoch.
#[test]
fn the_other_averages_are_those_of_the_stored_iterates() {
    for text in ["ema:0.9", "lawa:3:4"] {
        let spec =
            RunSpec { average: Some(text.parse().unwrap()), lr: 0.01, ..short(NORMED, 24, of(OptimizerKind::Adam)) };
        let (records, _) = run(&spec);
        let stored = states(&records);
        let dataset = data::load(&spec.data, spec.seed).unwrap();
        let d = Network::build(NORMED, dataset.shape, dataset.classes).unwrap().layout().len();
        let wide = |t: usize, i: usize| f64::from(stored[t][i]);
        let mut seen = Vec::new();
        for record in &records {
            let Record::Average { t, count, values } = record else { continue };
            let now = *t as usize;
            seen.push((*t, *count));
            let taken: Vec<usize> = (0..now + 1).step_by(4).rev().take(3).collect();
            for i in 0..d {
                let expected = if text.starts_with("ema") {
                    (1..=now).fold(wide(0, i), |mean, k| 0.9 * mean + 0.1 * wide(k, i))
                } else {
                    taken.iter().map(|k| wide(*k, i)).sum::<f64>() / taken.len() as f64
                };
                let apart = (f64::from(values[i]) - expected).abs();
                assert!(apart <= 1e-6 * expected.abs().max(1e-3), "{text} at {t}, {i}: {} not {expected}", values[i]);
            }
        }
        let counts = if text.starts_with("ema") { [1, 11, 21, 25] } else { [1, 3, 3, 3] };
        assert_eq!(seen, [0, 10, 20, 24].into_iter().zip(counts).collect::<Vec<_>>());
    }
}

/// On the mean square of a linear network the loss is a quadratic, L = ½ (θ−θ*)ᵀH(θ−θ*) + L*, and the gradient linear: the
/// gradient at θ + ε̂ is g + Hε̂, and H ε̂ is known from differences of gradients at any distance.
#[test]
fn on_a_linear_network_sams_gradient_is_g_plus_h_epsilon() {
    let dataset = data::load(&DataSpec { train_count: Some(64), ..DataSpec::default() }, 0).unwrap();
    let network = Network::build("linear(10)", dataset.shape, dataset.classes).unwrap();
    let objective =
        Objective::new(network, &dataset, LossKind::MeanSquared, burn::tensor::Device::flex(), true).unwrap();
    let here = objective.network().initial_state(4);
    let all: Vec<u32> = (0..64).collect();
    let gradient = |theta: Vec<f32>| {
        objective.gradient(&State { theta, buffers: vec![] }, &all, Statistics::Running).unwrap().values
    };
    let g = gradient(here.theta.clone());
    for p in ["1", "1.5", "2", "inf"] {
        let ascent = |rho| Ascent::new(rho, p.parse().unwrap(), valleyscope::optim::Units::Plain).unwrap();
        let near = gradient(ascent(0.5).perturbed(&here.theta, &g));
        let far = gradient(ascent(2.0).perturbed(&here.theta, &g));
        for i in 0..g.len() {
            let (near, far) = (f64::from(near[i] - g[i]), f64::from(far[i] - g[i]));
            assert!((4.0 * near - far).abs() < 1e-4 * norm(&g), "p = {p}, {i}: {near} and {far}");
        }
    }
}
