//! What a walk measures against matrices that are written out.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::*;
use crate::{
    curvature::NoiseCovariance,
    engine::{Record, Walk},
    objective::Interrupt,
    optim::OptimizerSpec,
    probe::{DerivativeGroup, NormMode, StepRecord},
    run::{BatchSize, Length, RunSpec},
};

const BATCH: u64 = 10;

/// 27 parameters and 30 examples: few enough for every trace to be exact.
fn tiny(kind: OptimizerKind, probes: &str) -> RunSpec {
    let mut spec = RunSpec {
        net: "linear(5) tanh linear(2)".into(),
        optimizer: OptimizerSpec { kind, ..OptimizerSpec::default() },
        lr: 0.2,
        batch: BatchSize::Of(BATCH),
        length: Length::Steps(24),
        ..RunSpec::default()
    };
    spec.data.name = "moons".into();
    (spec.data.train_count, spec.data.test_count) = (Some(30), Some(20));
    spec.probes.set_names("distance,gradient").unwrap();
    spec.probes.set_derivatives(probes).unwrap();
    spec
}

fn begun(spec: &RunSpec, interrupt: Interrupt) -> Walk {
    let mut walk = Walk::new(spec.clone(), interrupt).unwrap();
    walk.prepare(&mut Vec::new(), &mut |_, _, _| {}).unwrap();
    walk
}

/// The record of the next step.
fn step(walk: &mut Walk) -> StepRecord {
    let mut records = Vec::new();
    walk.step(&mut records).unwrap();
    records.iter().find_map(|r| if let Record::Step(s) = r { Some(*s) } else { None }).unwrap()
}

fn dense<O: LinearOperator<Error = ObjectiveError>>(mut operator: O) -> DMatrix<f64> {
    let d = operator.dimension();
    let units: Vec<Vec<f64>> = (0..d).map(|j| (0..d).map(|k| f64::from(u8::from(k == j))).collect()).collect();
    let columns = operator.apply(&units).unwrap();
    let matrix = DMatrix::from_fn(d, d, |row, column| columns[column][row]);
    (&matrix + matrix.transpose()) * 0.5
}

/// The largest eigenvalue and its vector.
fn leading(matrix: &DMatrix<f64>) -> (f64, DVector<f64>) {
    let solved = SymmetricEigen::new(matrix.clone());
    let best = (0..matrix.nrows()).max_by(|i, j| solved.eigenvalues[*i].total_cmp(&solved.eigenvalues[*j])).unwrap();
    (solved.eigenvalues[best], solved.eigenvectors.column(best).into_owned())
}

fn near(found: f64, want: f64, share: f64, what: &str) {
    assert!((found - want).abs() <= share * want.abs().max(1e-4), "{what}: {found}, not {want}");
}

#[test]
fn curvature_is_that_of_the_dense_hessian_at_every_step() {
    for kind in [OptimizerKind::Sgd, OptimizerKind::Gd] {
        let mut walk = begun(&tiny(kind, "curvature:every=1"), Interrupt::default());
        while !walk.is_complete() {
            let place = Place::new(walk.objective(), walk.here(), NormMode::Running).unwrap();
            let h = dense(NetworkCurvature::new(&place, Curvature::Hessian));
            let (lambda, _) = leading(&h);
            drop(place);
            let (t, record) = (walk.t(), step(&mut walk));
            let value = |id: ProbeId| record.value(id).unwrap();
            near(value(ProbeId::LAMBDA_MAX), lambda, 1e-2, &format!("{kind}: λ_max at {t}"));
            let largest = h.clone().symmetric_eigenvalues().amax();
            assert!(value(ProbeId::LAMBDA_MAX_RESIDUAL) <= 1.1e-3 * largest, "{kind}: its residual at {t}");
            near(value(ProbeId::TRACE), h.trace(), 1e-3, "the trace");
            assert!(value(ProbeId::BATCH_SHARPNESS).is_finite());
            assert_eq!(record.value(ProbeId::PRECONDITIONED_LAMBDA_MAX), None, "{kind} does not divide its steps");
        }
    }
}

/// With the moments that the step from θ_t is made with.
#[test]
fn preconditioned_curvature_is_that_of_the_dense_matrix() {
    let kinds = [OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp];
    for (kind, weight_decay) in kinds.into_iter().flat_map(|kind| [(kind, 0.0), (kind, 0.1)]) {
        let mut spec = tiny(kind, "preconditioned-lambda-max:every=1");
        (spec.lr, spec.optimizer.weight_decay) = (0.01, weight_decay);
        let mut walk = begun(&spec, Interrupt::default());
        while !walk.is_complete() {
            let place = Place::new(walk.objective(), walk.here(), NormMode::Running).unwrap();
            let mut h = dense(NetworkCurvature::new(&place, Curvature::Hessian));
            drop(place);
            let (t, record) = (walk.t(), step(&mut walk));
            let standing = walk.standing();
            let d = h.nrows();
            let (squares, share, kept) = match kind {
                OptimizerKind::RmsProp => ("square_average", 1.0, 1.0),
                _ => ("second_moment", 1.0 - 0.9f64.powi(t as i32 + 1), 1.0 - 0.999f64.powi(t as i32 + 1)),
            };
            let squares = standing.vectors.get(squares).unwrap().to_vec();
            if kind != OptimizerKind::AdamW {
                h += DMatrix::identity(d, d) * weight_decay;
            }
            let root = |i: usize| (share * ((f64::from(squares[i]) / kept).sqrt() + 1e-8)).sqrt();
            let scaled = DMatrix::from_fn(d, d, |i, j| h[(i, j)] / (root(i) * root(j)));
            let found = record.value(ProbeId::PRECONDITIONED_LAMBDA_MAX).unwrap();
            near(found, leading(&scaled).0, 1e-2, &format!("{kind}, w = {weight_decay}, at {t}"));
        }
    }
}

#[test]
fn noise_is_that_of_the_dense_covariance_at_every_step() {
    let mut walk = begun(&tiny(OptimizerKind::Sgd, "noise:every=3"), Interrupt::default());
    while !walk.is_complete() {
        let place = Place::new(walk.objective(), walk.here(), NormMode::Running).unwrap();
        let h = dense(NetworkCurvature::new(&place, Curvature::Hessian));
        let sigma = dense(NoiseCovariance::new(&place, BATCH));
        let gradient = DVector::from_vec(place.gradient().unwrap());
        drop(place);
        let (t, record) = (walk.t(), step(&mut walk));
        let noise: Vec<ProbeId> = ProbeId::of_group(DerivativeGroup::Noise).collect();
        if t % 3 != 0 {
            assert!(noise.iter().all(|id| record.value(*id).is_none()), "nothing at {t}");
            continue;
        }
        let value = |id: ProbeId| record.value(id).unwrap();
        let isotropic = h.trace() * sigma.trace() / h.nrows() as f64;
        let bent = (&h * &sigma).trace();
        let (lambda, first) = leading(&h);
        let along = (first.transpose() * &sigma * &first)[(0, 0)];
        near(value(ProbeId::TRACE_SIGMA), sigma.trace(), 1e-2, "Tr Σ");
        near(value(ProbeId::TRACE_H_SIGMA), bent, 1e-2, "Tr HΣ");
        near(value(ProbeId::TRACE_H_SIGMA_BAR), isotropic, 1e-2, "its isotropic counterpart");
        near(value(ProbeId::NOISE_RATIO), bent / isotropic, 1e-2, "the ratio");
        near(value(ProbeId::ALIGNMENT), along * h.trace() / (lambda * sigma.trace()), 2e-2, "â");
        near(value(ProbeId::NOISE_NORM), sigma.trace().sqrt(), 1e-2, "the norm of the noise");
        near(value(ProbeId::MEAN_GRADIENT_NORM), gradient.norm(), 1e-2, "the norm of the gradient");
    }
}

/// What only needs norms takes no products, and has the same numbers.
#[test]
fn norms_alone_cost_little_and_are_the_same() {
    let run = |probes: &str| {
        let mut walk = begun(&tiny(OptimizerKind::Sgd, probes), Interrupt::default());
        let record = step(&mut walk);
        let ids = [ProbeId::TRACE_SIGMA, ProbeId::NOISE_NORM, ProbeId::MEAN_GRADIENT_NORM];
        (ids.map(|id| record.value(id).unwrap()), walk.derivative_passes())
    };
    let (whole, dear) = run("noise:every=1");
    let (few, cheap) = run("trace-sigma:every=1,noise-norm:every=1,mean-gradient-norm:every=1");
    assert_eq!(whole, few);
    assert!(cheap <= 3 && dear > 10 * cheap, "{cheap} of {dear} passes");
}

#[test]
fn a_point_that_is_no_number_has_numbers_that_are_none() {
    let walk = begun(&tiny(OptimizerKind::Sgd, "curvature,noise"), Interrupt::default());
    let mut at = walk.here().clone();
    at.theta[0] = f32::NAN;
    let place = Place::new(walk.objective(), &at, NormMode::Running).unwrap();
    let optimizer = Optimizer::new(OptimizerSpec::default());
    let mut warm = Warm::default();
    warm.put(ProbeId::LAMBDA_MAX, &vec![1.0; at.theta.len()]);
    let mut point = PointDerivatives::new(&place, &optimizer, ProbeSet::ALL, warm, [BATCH, 0, 0]);
    let values = ProbeSet::ALL.measure_at(&mut point);
    assert_eq!(values.measured().count(), 11, "{values:?}");
    assert!(values.measured().all(|(_, value)| value.is_nan()), "{values:?}");
    assert!(point.end().unwrap().get(ProbeId::LAMBDA_MAX).is_none(), "the next search begins at random");
}

/// Whoever measures nothing of this pays nothing, and whoever does walks the same way.
#[test]
fn derivatives_change_no_step_and_are_counted() {
    let walked = |probes: &str| {
        let mut walk = begun(&tiny(OptimizerKind::Adam, probes), Interrupt::default());
        let records: Vec<StepRecord> = (0..24).map(|_| step(&mut walk)).collect();
        (walk, records)
    };
    let ((plain, without), (measured, with)) = (walked("none"), walked("curvature:every=7,noise:every=11"));
    let counts = |walk: &Walk| (walk.gradient_evaluations(), walk.full_loss_evaluations());
    assert_eq!(counts(&plain), counts(&measured));
    assert_eq!((plain.derivative_passes(), plain.theta()), (0, measured.theta()));
    assert!(measured.derivative_passes() > 50);
    assert_eq!(plain.standing().vectors.iter().count() + 2, measured.standing().vectors.iter().count());
    let derivatives = ProbeId::all().filter(|id| id.group().is_some()).collect::<Vec<_>>();
    for (without, with) in without.iter().zip(&with) {
        let mut bare = *with;
        derivatives.iter().for_each(|id| bare.values.set(*id, None));
        assert_eq!(format!("{without:?}"), format!("{bare:?}"));
        let has = |id: ProbeId| with.value(id).is_some();
        assert_eq!((has(ProbeId::LAMBDA_MAX), has(ProbeId::TRACE)), (with.t % 7 == 0, with.t % 7 == 0));
        assert_eq!(has(ProbeId::ALIGNMENT), with.t % 11 == 0);
    }
}

/// At any look: the walk stands where it stood, and its next try finds the same.
#[test]
fn an_interrupt_in_a_measurement_leaves_the_walk_where_it_was() {
    let spec = tiny(OptimizerKind::Adam, "curvature:every=1,noise:every=1");
    let mut whole = begun(&spec, Interrupt::default());
    let expected = [step(&mut whole), step(&mut whole)];
    let interrupt = Interrupt::default();
    let mut walk = begun(&spec, interrupt.clone());
    assert_eq!(step(&mut walk), expected[0]);
    let (before, mut looks) = (walk.standing(), 0);
    let found = loop {
        let mut records = Vec::new();
        interrupt.raise_at_look(looks + 1);
        let made = walk.step(&mut records);
        interrupt.raise_at_look(0);
        interrupt.answer();
        if made.is_ok() {
            break records;
        }
        assert_eq!(walk.standing(), before, "look {looks}");
        looks += 37;
    };
    assert!(looks > 50, "every pass looks: {looks}");
    let found = found.iter().find_map(|r| if let Record::Step(s) = r { Some(*s) } else { None }).unwrap();
    assert_eq!(format!("{found:?}"), format!("{:?}", expected[1]));
    assert_eq!(walk.standing(), whole.standing());
}

/// Two measurements from one start, near and far: an eigenvalue that overtakes the one that is followed is found.
#[test]
fn a_search_is_not_caught_in_the_eigenvector_it_begins_with() {
    let walk = begun(&tiny(OptimizerKind::Sgd, "lambda-max"), Interrupt::default());
    let place = Place::new(walk.objective(), walk.here(), NormMode::Running).unwrap();
    let h = dense(NetworkCurvature::new(&place, Curvature::Hessian));
    let solved = SymmetricEigen::new(h.clone());
    let (lambda, _) = leading(&h);
    let optimizer = Optimizer::new(OptimizerSpec::default());
    for i in 0..h.nrows() {
        let vector: Vec<f64> = solved.eigenvectors.column(i).iter().copied().collect();
        let mut warm = Warm::default();
        warm.put(ProbeId::LAMBDA_MAX, &vector);
        let mut point = PointDerivatives::new(&place, &optimizer, ProbeSet::ALL, warm, [BATCH, 7, i as u64]);
        near(point.number(Derivative::LargestEigenvalue).unwrap(), lambda, 1e-2, &format!("from eigenvector {i}"));
    }
}
