//! The records themselves, and one [`Envelope`] per quantity.

use std::cmp::Ordering;

use super::{
    envelope::Envelope,
    quantity::{Quantity, Source},
    spike::is_spike,
};
use crate::{
    optim::OptimizerSpec,
    probe::{Change, ChangeRecord, EpochRecord, ProbeId, SLICE_POINTS, SliceRecord, StepRecord},
    run::{Manifest, Summary},
};

/// Everything one run has recorded so far.
///
/// Records come in the order of t. One that is not newer than the last of its kind is ignored, so a stretch read again
/// from the run file, or a live feed that overlaps it, merges without duplicates: read on from [`History::last_step_t`]
/// and [`History::last_slice_t`].
#[derive(Clone, Debug)]
pub struct History {
    manifest: Manifest,
    steps: Vec<StepRecord>,
    slices: Vec<SliceRecord>,
    epochs: Vec<EpochRecord>,
    changes: Vec<ChangeRecord>,
    /// Which slice points are barriers: slice index × 10 + k.
    barriers: Vec<u32>,
    /// Those slices whose steps have a record, with it: their indices.
    slices_with_steps: Vec<[u32; 2]>,
    /// How many slices and steps were looked through for them.
    looked: [usize; 2],
    /// Iterations whose batch loss jumps.
    spikes: Vec<u64>,
    /// One per [`Quantity`], in its order.
    envelopes: [Envelope; Quantity::COUNT],
    summary: Option<Summary>,
}

/// `Vec::push` doubles; growing by a quarter keeps a million records within their budget.
fn push<T>(records: &mut Vec<T>, record: T) {
    if records.len() == records.capacity() {
        records.reserve_exact((records.len() / 4).max(64));
    }
    records.push(record);
}

impl History {
    /// A run that has recorded nothing yet.
    pub fn new(manifest: Manifest) -> Self {
        History {
            manifest,
            steps: Vec::new(),
            slices: Vec::new(),
            epochs: Vec::new(),
            changes: Vec::new(),
            barriers: Vec::new(),
            slices_with_steps: Vec::new(),
            looked: [0; 2],
            spikes: Vec::new(),
            envelopes: std::array::from_fn(|_| Envelope::default()),
            summary: None,
        }
    }

    /// Adds a step; `false` when it was not newer than the last.
    pub fn push_step(&mut self, record: StepRecord) -> bool {
        if self.last_step_t().is_some_and(|last| record.t <= last) {
            return false;
        }
        let optimizer = *self.optimizer_at(record.t);
        self.summarise(Source::Steps, |q| q.of_step(&record, &optimizer));
        if is_spike(&self.steps, record.batch_loss) {
            push(&mut self.spikes, record.t);
        }
        push(&mut self.steps, record);
        self.bring_together();
        true
    }

    /// Adds a slice; `false` when it was not newer than the last.
    pub fn push_slice(&mut self, record: SliceRecord) -> bool {
        if self.last_slice_t().is_some_and(|last| record.t <= last) {
            return false;
        }
        self.summarise(Source::Slices, |q| q.of_slice(&record));
        for y in record.loss {
            self.envelopes[Quantity::SLICE.index()].push(Some(y));
        }
        for k in 1..SLICE_POINTS - 1 {
            let is_barrier = record.loss[k] > record.start() && record.loss[k] > record.end();
            // 32 bits reach to slice 429,496,729, far beyond what memory holds.
            if let (true, Ok(point)) = (is_barrier, u32::try_from(self.slices.len() * SLICE_POINTS + k)) {
                push(&mut self.barriers, point);
                self.envelopes[Quantity::BARRIER.index()].push(Some(record.loss[k]));
            }
        }
        push(&mut self.slices, record);
        self.bring_together();
        true
    }

    /// Finds the slices and steps of one iteration among those that have come since; either may come first.
    fn bring_together(&mut self) {
        let [mut slice, mut step] = self.looked;
        while let (Some(a), Some(b)) = (self.slices.get(slice), self.steps.get(step)) {
            match a.t.cmp(&b.t) {
                Ordering::Less => slice += 1,
                Ordering::Greater => step += 1,
                Ordering::Equal => {
                    let (a, b) = (*a, *b);
                    // As far as 32 bits reach, like the barriers.
                    if let (Ok(i), Ok(j)) = (u32::try_from(slice), u32::try_from(step)) {
                        self.summarise(Source::SlicesWithSteps, |q| q.of_both(&a, &b));
                        push(&mut self.slices_with_steps, [i, j]);
                    }
                    (slice, step) = (slice + 1, step + 1);
                }
            }
        }
        self.looked = [slice, step];
    }

    /// Adds an epoch; `false` when it was not newer than the last.
    pub fn push_epoch(&mut self, record: EpochRecord) -> bool {
        if self.epochs.last().is_some_and(|last| record.epoch <= last.epoch || record.t < last.t) {
            return false;
        }
        self.summarise(Source::Epochs, |q| q.of_epoch(&record));
        push(&mut self.epochs, record);
        true
    }

    /// Adds a live change. Two different changes may take effect at the same iteration; the same one counts once.
    pub fn push_change(&mut self, record: ChangeRecord) -> bool {
        let old = self.changes.last().is_some_and(|last| record.t < last.t);
        if old || self.changes.iter().rev().take_while(|c| c.t == record.t).any(|c| *c == record) {
            return false;
        }
        let is_late = matches!(record.change, Change::Optimizer { .. }) && self.last_step_t() >= Some(record.t);
        self.changes.push(record);
        if is_late {
            self.look_again();
        }
        true
    }

    /// Steps have come before it was known which optimizer made them.
    fn look_again(&mut self) {
        for q in Quantity::all().filter(|q| q.asks_the_optimizer()) {
            let mut envelope = Envelope::default();
            for step in &self.steps {
                envelope.push(q.of_step(step, self.optimizer_at(step.t)));
            }
            self.envelopes[q.index()] = envelope;
        }
    }

    /// The optimizer that makes the step from iteration t.
    pub fn optimizer_at(&self, t: u64) -> &OptimizerSpec {
        let changed = self.changes.iter().rev().filter(|c| c.t <= t).find_map(|c| match &c.change {
            Change::Optimizer { to, .. } => Some(to),
            Change::LearningRate { .. } | Change::Batch { .. } | Change::Derivatives { .. } => None,
        });
        changed.unwrap_or(&self.manifest.spec.optimizer)
    }

    /// Iterations between two measurements of a probe at most: of those that take derivatives, the longest interval that they had.
    pub(super) fn interval(&self, id: ProbeId) -> u64 {
        let probes = &self.manifest.spec.probes;
        let step_every = probes.step_every.max(1);
        if id.group().is_none() {
            return step_every;
        }
        let of = |text: &str| {
            let mut probes = *probes;
            probes.replace_derivatives(text).ok()?;
            probes.interval(id)
        };
        let later = self.changes.iter().filter_map(|c| match &c.change {
            Change::Derivatives { to, .. } => of(to),
            Change::LearningRate { .. } | Change::Batch { .. } | Change::Optimizer { .. } => None,
        });
        let longest = probes.interval(id).into_iter().chain(later).max().unwrap_or(1);
        // A measurement waits for the next step that has a record.
        longest.saturating_add(step_every - 1)
    }

    /// Notes how the run ended.
    pub fn finish(&mut self, summary: Summary) {
        self.summary = Some(summary);
    }

    fn summarise(&mut self, source: Source, value: impl Fn(Quantity) -> Option<f64>) {
        for q in Quantity::all().filter(|q| q.source() == source) {
            self.envelopes[q.index()].push(value(q));
        }
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn steps(&self) -> &[StepRecord] {
        &self.steps
    }

    pub fn slices(&self) -> &[SliceRecord] {
        &self.slices
    }

    pub fn epochs(&self) -> &[EpochRecord] {
        &self.epochs
    }

    pub fn changes(&self) -> &[ChangeRecord] {
        &self.changes
    }

    /// How the run ended; `None` while it goes on.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Iteration of the newest step record.
    pub fn last_step_t(&self) -> Option<u64> {
        self.steps.last().map(|r| r.t)
    }

    /// Iteration of the newest slice.
    pub fn last_slice_t(&self) -> Option<u64> {
        self.slices.last().map(|r| r.t)
    }

    /// The iterations that the records cover; a slice reaches to t + 1. `None` when there is no record.
    pub fn x_range(&self) -> Option<(f64, f64)> {
        let firsts =
            [self.steps.first().map(|r| r.t), self.slices.first().map(|r| r.t), self.epochs.first().map(|r| r.t)];
        let lasts = [self.last_step_t(), self.last_slice_t().map(|t| t + 1), self.epochs.last().map(|r| r.t)];
        let first = firsts.into_iter().flatten().min()?;
        let last = lasts.into_iter().flatten().max()?;
        Some((first as f64, last as f64))
    }

    /// Which slice points are barriers: slice index × 10 + k.
    pub(super) fn barrier_points(&self) -> &[u32] {
        &self.barriers
    }

    /// Those slices whose steps have a record: the indices of both.
    pub(super) fn slices_with_steps(&self) -> &[[u32; 2]] {
        &self.slices_with_steps
    }

    /// Iterations whose batch loss jumps, in order: see [`spikes`](fn@super::spikes).
    pub fn spikes(&self) -> &[u64] {
        &self.spikes
    }

    pub(super) fn envelope(&self, quantity: Quantity) -> &Envelope {
        &self.envelopes[quantity.index()]
    }

    /// Bytes on the heap for records and their indices, unused capacity included.
    pub fn bytes(&self) -> usize {
        self.steps.capacity() * size_of::<StepRecord>()
            + self.slices.capacity() * size_of::<SliceRecord>()
            + self.epochs.capacity() * size_of::<EpochRecord>()
            + self.changes.capacity() * size_of::<ChangeRecord>()
            + self.barriers.capacity() * size_of::<u32>()
            + self.slices_with_steps.capacity() * size_of::<[u32; 2]>()
            + self.spikes.capacity() * size_of::<u64>()
            + self.envelopes.iter().map(Envelope::bytes).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        curvature,
        history::synthetic::{bounce, manifest, step},
        optim::OptimizerKind,
    };

    #[test]
    fn records_read_twice_count_once() {
        let once = bounce(40, 7);
        let mut twice = History::new(manifest(40));
        for _ in 0..2 {
            for r in once.steps() {
                twice.push_step(*r);
            }
            for r in once.slices() {
                twice.push_slice(*r);
            }
            for r in once.epochs() {
                twice.push_epoch(*r);
            }
        }
        assert_eq!(twice.steps(), once.steps());
        assert_eq!(twice.slices(), once.slices());
        assert_eq!(twice.epochs(), once.epochs());
        assert_eq!((twice.last_step_t(), twice.last_slice_t()), (Some(39), Some(39)));
        assert_eq!(twice.x_range(), Some((0.0, 40.0)));
        let change = |to| ChangeRecord { t: 5, change: Change::Batch { from: 10, to } };
        assert!(twice.push_change(change(20)) && twice.push_change(change(30)) && !twice.push_change(change(20)));
        assert!(!twice.push_change(ChangeRecord { t: 4, ..change(9) }));
        assert_eq!(twice.changes().len(), 2);
    }

    /// Whether the change is known before the steps or comes after them, as it does from a file.
    #[test]
    fn a_limit_is_that_of_the_optimizer_of_its_step() {
        let sam = OptimizerSpec { kind: OptimizerKind::Sam, rho: 0.1, ..OptimizerSpec::default() };
        let adam = OptimizerSpec { kind: OptimizerKind::Adam, ..sam };
        let changes = [(20, OptimizerSpec::default(), sam), (30, sam, adam)]
            .map(|(t, from, to)| ChangeRecord { t, change: Change::Optimizer { from, to } });
        let record = |t: u64| {
            let made = step(t, 1.0);
            StepRecord { values: made.values.with(ProbeId::GRADIENT, Some(0.5)), learning_rate: 0.1, ..made }
        };
        let mut histories = [History::new(manifest(40)), History::new(manifest(40))];
        changes.iter().for_each(|change| assert!(histories[0].push_change(change.clone())));
        for history in &mut histories {
            (0..40).for_each(|t| assert!(history.push_step(record(t))));
        }
        changes.iter().for_each(|change| assert!(histories[1].push_change(change.clone())));
        for history in &histories {
            let limits: Vec<[f64; 2]> = history.series(Quantity::STABILITY_LIMIT).points().collect();
            assert_eq!(limits.len(), 30, "of Adam there is none on this matrix");
            let of_sam = curvature::limit(&sam, 0.1, 0.5).unwrap();
            assert!(limits.iter().all(|[t, y]| *y == if *t < 20.0 { 20.0 } else { of_sam }), "{limits:?}");
            let of_adam: Vec<[f64; 2]> = history.series(Quantity::PRECONDITIONED_LIMIT).points().collect();
            assert!(of_adam.len() == 10 && of_adam.iter().all(|[t, y]| *t >= 30.0 && (y - 380.0).abs() < 1e-9));
            // What is thinned is the same.
            for q in [Quantity::STABILITY_LIMIT, Quantity::PRECONDITIONED_LIMIT] {
                let drawn: Vec<[f64; 2]> = history.curve(q, 0.0, 40.0, 1000).points().collect();
                assert_eq!(drawn, history.series(q).points().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn what_is_measured_now_and_then_has_no_gaps() {
        let mut spec = manifest(60);
        spec.spec.probes.set_derivatives("lambda-max:every=5").unwrap();
        let mut history = History::new(spec);
        for t in 0..60 {
            let due = t % if t < 20 { 5 } else { 15 } == 0;
            let made = step(t, 1.0);
            let values = made.values.with(ProbeId::LAMBDA_MAX, due.then_some(t as f64));
            assert!(history.push_step(StepRecord { values, ..made }));
        }
        assert_eq!(history.curve(Quantity::LAMBDA_MAX, 0.0, 60.0, 100).lines.len(), 3, "15 to 30, 30 to 45 are gaps");
        let change = Change::Derivatives { from: "lambda-max:every=5".into(), to: "lambda-max:every=15".into() };
        assert!(history.push_change(ChangeRecord { t: 20, change }));
        let curve = history.curve(Quantity::LAMBDA_MAX, 0.0, 60.0, 100);
        assert_eq!((curve.lines.len(), curve.points().count()), (1, 6));
    }

    #[test]
    fn a_million_steps_with_slices_stay_in_budget() {
        let n = 1_000_000;
        let history = bounce(n, 3);
        let per_step = history.bytes() as f64 / n as f64;
        println!("{per_step:.1} bytes per step, {:.1} MB for {n} steps", history.bytes() as f64 / 1e6);
        println!(
            "{} records of {} + {} bytes",
            history.steps().len(),
            size_of::<StepRecord>(),
            size_of::<SliceRecord>()
        );
        assert!(history.bytes() < 500_000_000);
        let start = std::time::Instant::now();
        let points: usize = Quantity::all()
            .map(|q| history.curve(q, 10.0, n as f64 - 10.0, 1500).lines.iter().map(Vec::len).sum::<usize>())
            .sum();
        println!("all {} quantities over 1500 columns: {:?}, {points} points", Quantity::COUNT, start.elapsed());
    }
}
