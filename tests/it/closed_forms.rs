//! Whole walks with a closed form.

use valleyscope::{
    data::{self, DataSpec},
    engine::{Record, Walk},
    net::Network,
    net::{State, combine},
    objective::{Gradient, Interrupt, Objective, Subset},
    probe::{NormBatch, NormMode, SLICE_POINTS, SliceRecord, slice_alpha},
    run::{BatchSize, Length, LossKind, RunSpec},
};

fn walk(spec: RunSpec) -> Vec<Record> {
    let mut walk = Walk::new(spec, Interrupt::default()).unwrap();
    let mut records = Vec::new();
    walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
    while !walk.is_complete() {
        walk.step(&mut records).unwrap();
    }
    records
}

fn slices(records: &[Record]) -> Vec<SliceRecord> {
    records.iter().filter_map(|r| if let Record::Slice(s) = r { Some(*s) } else { None }).collect()
}

/// A linear network with squared loss: L is a quadratic form of θ, so every slice is a parabola, exactly.
#[test]
fn a_linear_regression_walks_over_parabolas() {
    let spec = RunSpec {
        net: "linear(10)".into(),
        loss: LossKind::MeanSquared,
        lr: 0.5,
        batch: BatchSize::Of(50),
        length: Length::Steps(30),
        ..RunSpec::default()
    };
    let records = walk(spec);
    let slices = slices(&records);
    assert_eq!(slices.len(), 30);
    for s in &slices {
        // Third differences of a parabola on an even grid are zero; L comes from f32 outputs.
        let scale = s.loss.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for w in s.loss.windows(4) {
            let third = w[3] - 3.0 * w[2] + 3.0 * w[1] - w[0];
            assert!(third.abs() < 2e-6 * scale, "slice {}: third difference {third:e}", s.t);
        }
        // The parabola through the ends and the curvature gives the interior points, and with them the height.
        let second = (s.loss[2] - 2.0 * s.loss[1] + s.loss[0]) * 81.0;
        for k in 0..SLICE_POINTS {
            let a = slice_alpha(k);
            let parabola = (1.0 - a) * s.start() + a * s.end() - 0.5 * second * a * (1.0 - a);
            assert!((parabola - s.loss[k]).abs() < 2e-4 * scale, "slice {} at {a}", s.t);
        }
    }
    for w in slices.windows(2) {
        assert_eq!(w[0].end().to_bits(), w[1].start().to_bits(), "an endpoint is measured once");
    }
}

/// Along the gradient of a quadratic, the loss after a full-batch step is L − η‖g‖² + ½η² gᵀHg; the slice knows gᵀHg.
#[test]
fn a_full_batch_step_descends_as_the_quadratic_says() {
    let data = data::load(&DataSpec::default(), 0).unwrap();
    let network = Network::build("linear(10)", data.shape, data.classes).unwrap();
    let objective = Objective::new(network, &data, LossKind::MeanSquared, burn::tensor::Device::flex(), true).unwrap();
    let start = objective.network().initial_state(4);
    let Gradient { loss, values: g, .. } = objective.full_gradient(&start, NormMode::Running).unwrap();
    let square = valleyscope::probe::vector::dot(&g, &g);
    let at = |eta: f64| {
        let theta = start.theta.iter().zip(&g).map(|(t, g)| t - (eta as f32) * g).collect();
        objective.evaluate(&State { theta, ..State::default() }, Subset::Train, NormMode::Running).unwrap().loss
    };
    let (half, whole) = (at(0.5), at(1.0));
    // From two points the curvature, from the curvature a third point.
    let curvature = 2.0 * (half - loss + 0.5 * square) / 0.25;
    let predicted = loss - square + 0.5 * curvature;
    assert!((predicted - whole).abs() < 1e-5 * loss, "{predicted} instead of {whole}");
}

/// The gradient against central differences of the loss, in directions that the f32 loss can resolve.
#[test]
fn gradients_match_central_differences() {
    let data = data::load(&DataSpec { train_count: Some(200), ..DataSpec::default() }, 0).unwrap();
    for net in [
        "linear(16) tanh linear(10)",
        "conv(4,3) avgpool(2) sigmoid flatten linear(10)",
        "linear(16) softplus linear(10)",
    ] {
        for loss in [LossKind::CrossEntropy, LossKind::MeanSquared] {
            let network = Network::build(net, data.shape, data.classes).unwrap();
            let objective = Objective::new(network, &data, loss, burn::tensor::Device::flex(), true).unwrap();
            let start = objective.network().initial_state(11);
            let g = objective.full_gradient(&start, NormMode::Running).unwrap().values;
            let length = valleyscope::probe::vector::norm(&g);
            let h = 1e-2;
            let at = |sign: f64| {
                let theta = start
                    .theta
                    .iter()
                    .zip(&g)
                    .map(|(t, g)| (f64::from(*t) + sign * h * f64::from(*g) / length) as f32)
                    .collect();
                objective.evaluate(&State { theta, ..State::default() }, Subset::Train, NormMode::Running).unwrap().loss
            };
            let slope = (at(1.0) - at(-1.0)) / (2.0 * h);
            assert!((slope - length).abs() < 1e-3 * length, "{net}: slope {slope}, gradient norm {length}");
        }
    }
}

/// A line against its points one by one, for every layer there is: the fan of tensors, and the host reading.
#[test]
fn a_fan_equals_its_points_one_by_one() {
    let data = data::load(&DataSpec { train_count: Some(300), ..DataSpec::default() }, 0).unwrap();
    for net in [
        "mlp",
        "conv(6,3) pool(2) relu flatten linear(20) tanh linear(10)",
        "conv(4,3,2,1) avgpool(2) sigmoid linear(10) softplus linear(10)",
        "tanh linear(10)",
        "linear(10)",
        "conv(4,3,1,1) batchnorm relu conv(4,3,2,1) batchnorm globalavg linear(10)",
        "linear(8) tanh fixedsum clip(0.001) pair linear(10)",
    ] {
        let modes = [NormMode::Running, NormMode::default(), NormMode::Batch(NormBatch::Of(64))];
        for (on_host, mode) in [true, false].into_iter().flat_map(|h| modes.map(|m| (h, m))) {
            let network = Network::build(net, data.shape, data.classes).unwrap();
            let objective =
                Objective::new(network, &data, LossKind::CrossEntropy, burn::tensor::Device::flex(), on_host).unwrap();
            let (a, b) = (objective.network().initial_state(1), objective.network().initial_state(2));
            let alphas = [-0.5, 0.0, 1.0 / 3.0, 0.5, 1.0, 1.5];
            let (fan, _) = objective.evaluate_line(&a, &b, &alphas, mode, None).unwrap();
            for (alpha, found) in alphas.into_iter().zip(fan) {
                let alone = combine(&[&a, &b], &[1.0 - alpha, alpha]);
                let alone = objective.evaluate(&alone, Subset::Train, mode).unwrap();
                assert!(
                    (found.loss - alone.loss).abs() <= 1e-6 * alone.loss,
                    "{net} at {alpha}: {found:?}, alone {alone:?}"
                );
                if alpha == 0.0 || alpha == 1.0 {
                    assert_eq!(
                        found.loss.to_bits(),
                        alone.loss.to_bits(),
                        "{net}: the ends of a line are the ends to the bit"
                    );
                }
            }
        }
    }
}
