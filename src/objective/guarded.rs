//! An evaluator that may fail for good: a GPU that is taken away, a driver that gives up, a kernel that never ends. It works on a thread of
//! its own, and when it fails, or says nothing for too long, the CPU answers instead, that question and all that follow.
//!
//! The runtime of GPUs keys its order of work on the thread, so one thread asks a device everything. Questions are copied to it, since a
//! thread that hangs may hold them for ever.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{
    error::{ObjectiveError, Result},
    evaluator::{Batch, Derivatives, Evaluator, FanPass, FanTallies, Outputs, Products, TallyOf, Which},
    interrupt::Interrupt,
    loss::Tally,
    subset::Subset,
};
use crate::{
    away::Away,
    net::{State, Statistics},
};

/// Makes an evaluator on the thread that will ask it.
pub(super) type Make = Arc<dyn Fn() -> Box<dyn Evaluator> + Send + Sync>;

/// See the module.
pub(super) struct Guarded {
    make: Make,
    device: Option<Away<Box<dyn Evaluator>>>,
    spare: Box<dyn Evaluator>,
    /// Those of the device, known without asking.
    chunk: usize,
    gradient_limit: usize,
    patience: Duration,
    /// Why the device is asked no more.
    failure: OnceLock<String>,
}

impl Guarded {
    /// `first` is what the device says of itself; `make` makes it again on its thread; `spare` answers when it has failed.
    pub fn new(make: Make, first: &dyn Evaluator, spare: Box<dyn Evaluator>, patience: Duration) -> Guarded {
        Guarded::of(make, first.chunk(), first.gradient_limit(), spare, patience)
    }

    fn of(make: Make, chunk: usize, gradient_limit: usize, spare: Box<dyn Evaluator>, patience: Duration) -> Guarded {
        let failure = OnceLock::new();
        let making = make.clone();
        let device = match Away::new("device", patience, move || making()) {
            Ok(device) => Some(device),
            Err(e) => {
                failure.get_or_init(|| e.to_string());
                None
            }
        };
        Guarded { make, device, spare, chunk, gradient_limit, patience, failure }
    }

    fn has_failed(&self) -> bool {
        self.failure.get().is_some()
    }

    /// What the device answers; `None` when it has failed, now or before.
    ///
    /// # Errors
    /// [`ObjectiveError::Interrupted`].
    fn ask<W: Send + 'static, R: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Evaluator, &mut (dyn FnMut(W) + Send)) -> Result<R> + Send + 'static,
        hear: impl FnMut(W),
    ) -> Result<Option<R>> {
        let Some(device) = self.device.as_ref().filter(|_| !self.has_failed()) else { return Ok(None) };
        let cause = match device.ask(|held, tell| question(&**held, tell), hear) {
            Ok(Ok(answer)) => return Ok(Some(answer)),
            Ok(Err(ObjectiveError::Interrupted)) => return Err(ObjectiveError::Interrupted),
            Ok(Err(e)) => e.to_string(),
            Err(silence) => silence.to_string(),
        };
        self.failure.get_or_init(|| cause);
        Ok(None)
    }
}

impl Evaluator for Guarded {
    fn is_exact(&self) -> bool {
        false
    }

    fn takes_threads(&self) -> bool {
        self.has_failed() && self.spare.takes_threads()
    }

    fn chunk(&self) -> usize {
        if self.has_failed() { self.spare.chunk() } else { self.chunk }
    }

    fn gradient_limit(&self) -> usize {
        if self.has_failed() { self.spare.gradient_limit() } else { self.gradient_limit }
    }

    fn bytes(&self) -> usize {
        self.spare.bytes()
    }

    /// A device that has failed is not tried again.
    fn anew(&self) -> Box<dyn Evaluator> {
        let spare = self.spare.anew();
        if self.has_failed() {
            return spare;
        }
        Box::new(Guarded::of(self.make.clone(), self.chunk, self.gradient_limit, spare, self.patience))
    }

    fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    fn outputs(&self, at: &State, subset: Subset, which: Which<'_>, statistics: Statistics) -> Result<Outputs> {
        let (stretch, indices) = match which {
            Which::Stretch(range) => (Some(range.clone()), Vec::new()),
            Which::At(indices) => (None, indices.to_vec()),
        };
        let state = at.clone();
        let question = move |device: &dyn Evaluator, _: &mut (dyn FnMut(()) + Send)| {
            let which = stretch.as_ref().map_or(Which::At(&indices), Which::Stretch);
            device.outputs(&state, subset, which, statistics)
        };
        match self.ask(question, |()| ())? {
            Some(outputs) => Ok(outputs),
            None => self.spare.outputs(at, subset, which, statistics),
        }
    }

    fn fan(
        &self,
        over: &FanPass<'_>,
        known: Option<Products>,
        tally: &TallyOf<'_>,
        interrupt: &Interrupt,
    ) -> Result<FanTallies> {
        let FanPass { pass, anchors, weights, keep } = *over;
        let mut tallies = vec![Vec::new(); pass.batches.len()];
        let (own_pass, own_weights, own_interrupt) = (pass.clone(), weights.to_vec(), interrupt.clone());
        let own_anchors: Vec<State> = anchors.iter().map(|state| (*state).clone()).collect();
        let question = move |device: &dyn Evaluator, tell: &mut (dyn FnMut((Range<usize>, Vec<f32>)) + Send)| {
            let anchors: Vec<&State> = own_anchors.iter().collect();
            let over = FanPass { pass: &own_pass, anchors: &anchors, weights: &own_weights, keep };
            // A tally may be asked for on several threads; only one of them can tell.
            let tell = std::sync::Mutex::new(tell);
            let told = |range: &Range<usize>, outputs: &[f32]| {
                let mut tell = tell.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                tell((range.clone(), outputs.to_vec()));
                Tally::default()
            };
            device.fan(&over, known, &told, &own_interrupt).map(|(_, products)| products)
        };
        let heard = |(range, outputs): (Range<usize>, Vec<f32>)| {
            let place = pass.batches.partition_point(|batch| batch.start < range.start);
            tallies[place].push(tally(&range, &outputs));
        };
        match self.ask(question, heard)? {
            Some(products) => Ok((tallies, products)),
            // Products of a device mean nothing to the CPU.
            None => self.spare.fan(over, None, tally, interrupt),
        }
    }

    fn gradient(
        &self,
        at: &State,
        batch: &Batch<'_>,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> Result<(f64, Vec<f32>)> {
        let Batch { indices, labels, loss, count } = *batch;
        let (state, own_indices, own_labels) = (at.clone(), indices.to_vec(), labels.to_vec());
        let question = move |device: &dyn Evaluator, _: &mut (dyn FnMut(()) + Send)| {
            let batch = Batch { indices: &own_indices, labels: &own_labels, loss, count };
            let mut share = vec![0.0; state.theta.len()];
            let (loss, seen) = device.gradient(&state, &batch, statistics, &mut share)?;
            Ok((loss, seen, share))
        };
        match self.ask(question, |()| ())? {
            Some((loss, seen, share)) => {
                sum.iter_mut().zip(&share).for_each(|(s, g)| *s += g);
                Ok((loss, seen))
            }
            None => self.spare.gradient(at, batch, statistics, sum),
        }
    }

    /// The CPU: tensors know no derivatives along directions.
    fn derivatives(&self) -> &dyn Derivatives {
        self.spare.derivatives()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::{self, DataSpec},
        net::Network,
        objective::{
            Objective,
            faulty::{Fault, faulty},
        },
        probe::{NormBatch, NormMode},
        run::LossKind,
    };

    fn objectives(net: &str, fault: Fault, after: usize) -> [Objective; 2] {
        let spec = DataSpec { train_count: Some(60), test_count: Some(20), ..DataSpec::default() };
        let data = Arc::new(data::load(&spec, 1).unwrap());
        let network = || Network::build(net, data.shape, data.classes).unwrap();
        let on_cpu = || {
            let device = crate::device::cpu().device;
            Objective::over(network(), data.clone(), LossKind::CrossEntropy, device, true).unwrap()
        };
        let plain = on_cpu();
        [faulty(&plain, fault, after), plain]
    }

    /// Everything that is asked has the CPU's answer, whenever and however the device fails; and the failure is known.
    #[test]
    fn the_cpu_goes_on_where_a_device_fails() {
        let nets = ["flatten linear(10)", "conv(2,3) batchnorm relu flatten linear(10)"];
        for (net, fault, after) in nets.into_iter().flat_map(|net| {
            let panics = (0..12).map(move |after| (net, Fault::Panic, after));
            let others =
                [0, 3].into_iter().flat_map(move |after| [(net, Fault::Error, after), (net, Fault::Hang, after)]);
            panics.chain(others)
        }) {
            let what = format!("{net}, {fault:?} after {after}");
            let [guarded, plain] = objectives(net, fault, after);
            let (a, b) = (plain.network().initial_state(1), plain.network().initial_state(2));
            let near = |x: f64, y: f64| assert!((x - y).abs() <= 1e-6 * y.abs().max(1e-3), "{what}: {x} and {y}");
            for mode in
                [NormMode::Running, NormMode::Batch(NormBatch::Of(20)), NormMode::Recalibrated(NormBatch::Of(20))]
            {
                let indices: Vec<u32> = (0..60).collect();
                let [one, other] = [&guarded, &plain].map(|o| o.gradient(&a, &indices, Statistics::Batch).unwrap());
                near(one.loss, other.loss);
                one.values.iter().zip(&other.values).for_each(|(x, y)| assert!((x - y).abs() < 1e-5, "{what}"));
                let weights = [vec![1.0, 0.0], vec![0.5, 0.5], vec![0.0, 1.0]];
                for subset in [Subset::Train, Subset::Test] {
                    let [one, other] =
                        [&guarded, &plain].map(|o| o.evaluate_fan(&[&a, &b], &weights, subset, mode).unwrap());
                    assert_eq!(one.len(), other.len());
                    one.iter().zip(&other).for_each(|(x, y)| near(x.loss, y.loss));
                }
                near(
                    guarded.evaluate(&b, Subset::Train, mode).unwrap().loss,
                    plain.evaluate(&b, Subset::Train, mode).unwrap().loss,
                );
            }
            let failure = guarded.failure().expect("it has failed by now");
            let said = match fault {
                Fault::Panic => "taken away",
                Fault::Error => "lost",
                Fault::Hang => "said nothing",
            };
            assert!(failure.contains(said), "{what}: {failure}");
            assert!(guarded.takes_threads(), "the CPU's own way");
            assert!(guarded.anew(Interrupt::default()).failure().is_none(), "its like begins on the CPU");
        }
    }

    #[test]
    fn an_interrupt_is_no_failure() {
        let [guarded, plain] = objectives("flatten linear(10)", Fault::Panic, usize::MAX);
        let interrupt = Interrupt::default();
        let guarded = guarded.interrupted_by(interrupt.clone());
        let at = plain.network().initial_state(1);
        interrupt.raise();
        let refused = guarded.evaluate_fan(&[&at], &[vec![1.0]], Subset::Train, NormMode::Running);
        assert!(matches!(refused, Err(ObjectiveError::Interrupted)));
        interrupt.answer();
        let loss =
            |o: &Objective| o.evaluate_fan(&[&at], &[vec![1.0]], Subset::Train, NormMode::Running).unwrap()[0].loss;
        assert!((loss(&guarded) - loss(&plain)).abs() < 1e-6);
        assert_eq!(guarded.failure(), None);
    }
}
