//! Made-up walks for tests: a point bouncing between the walls of a valley whose floor goes down.

use super::History;
use crate::{
    optim::OptimizerSpec,
    probe::{EpochRecord, ProbeId, ProbeValues, SliceRecord, StepRecord, slice_alpha},
    run::{Manifest, RunSpec},
};

/// A manifest of `steps` iterations, everything measured at every one.
pub fn manifest(steps: u64) -> Manifest {
    let spec = RunSpec { optimizer: OptimizerSpec::default(), ..RunSpec::default() };
    Manifest {
        version: "0".into(),
        command: "valleyscope walk".into(),
        device: "CPU".into(),
        network: "784 → 128 → 64 → 10".into(),
        input: [1, 28, 28],
        parameters: 109_386,
        buffers: 0,
        train_count: 5_000,
        test_count: 1_000,
        classes: 10,
        steps_per_epoch: 50,
        steps,
        data_files: vec![],
        data_notes: vec![],
        notes: vec![],
        started: 0,
        spec,
    }
}

/// A step with nothing measured but the distance.
pub fn step(t: u64, distance: f64) -> StepRecord {
    StepRecord {
        t,
        loss: None,
        batch_loss: 0.0,
        values: ProbeValues::NONE.with(ProbeId::DISTANCE, Some(distance)),
        learning_rate: 0.1,
        batch: 100,
    }
}

/// A bouncing walk whose steps have a length and a slope, too.
pub fn walk(steps: u64) -> History {
    let made = bounce(steps, 5);
    let mut history = History::new(made.manifest().clone());
    for (step, slice) in made.steps().iter().zip(made.slices()) {
        let length = 1.0 + 0.1 * (step.t as f64).sin();
        let values = step.values.with(ProbeId::STEP_NORM, Some(length)).with(ProbeId::SLOPE, Some(-0.3 * length));
        history.push_step(StepRecord { values, ..*step });
        history.push_slice(*slice);
    }
    history
}

/// A small generator, so that the walks are the same everywhere.
struct Noise(u64);

impl Noise {
    /// Uniform in −1..1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// `steps` iterations of a bouncing walk; every so often a step crosses a barrier.
pub fn bounce(steps: u64, seed: u64) -> History {
    let mut history = History::new(manifest(steps));
    let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let floor = |s: f64| 0.3 + 2.0 * (-s / 0.35).exp() + 0.02 * (s * 120.0).sin();
    let scale = steps as f64;
    let side = |t: u64, n: f64| (if t.is_multiple_of(2) { 1.0 } else { -1.0 }) * (0.55 + 0.25 * n);
    let mut wall = side(0, noise.next());
    for t in 0..steps {
        let next = side(t + 1, noise.next());
        let barrier = t % 13 == 9;
        let loss = std::array::from_fn(|k| {
            let a = slice_alpha(k);
            let place = wall + a * (next - wall);
            let bump = if barrier && k == 5 { 0.75 } else { 0.0 };
            floor((t as f64 + a) / scale) + place * place * 0.9 + bump
        });
        let batch_loss = loss[0] + 0.1 * noise.next();
        let cosine = (t > 0).then(|| (-0.6 + 0.35 * noise.next() + 0.3 * (-(t as f64) / 6.0).exp()).clamp(-1.0, 1.0));
        let values = ProbeValues::NONE
            .with(ProbeId::GRADIENT, Some(1.8 * wall.abs()))
            .with(ProbeId::COSINE, cosine)
            .with(ProbeId::DISTANCE, Some(4.0 * (t as f64 / scale).sqrt() + 0.05 * (wall + 0.55)))
            .with(ProbeId::NORM, Some(11.0 + (t as f64 / scale)));
        history.push_step(StepRecord { t, loss: Some(loss[0]), batch_loss, values, learning_rate: 0.1, batch: 100 });
        history.push_slice(SliceRecord { t, loss });
        wall = next;
    }
    let mut epoch = |epoch: u64, t: u64| {
        let s = t as f64 / scale;
        history.push_epoch(EpochRecord {
            epoch,
            t,
            train_loss: floor(s),
            train_error: 0.9 * (-3.0 * s).exp(),
            test_loss: floor(s) + 0.15 * s + 0.02,
            test_error: 0.9 * (-2.6 * s).exp() + 0.01,
            slices: if epoch == 0 { 0 } else { 50 },
            barriers: if epoch == 0 { 0 } else { 4 },
            mean_height: (epoch > 0).then_some(0.3),
            average: None,
        });
    };
    (0..=12).for_each(|e| epoch(e, steps * e / 12));
    history
}
