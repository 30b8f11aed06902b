//! The spectrum of one matrix of a network: its ends with vectors, its trace, its density, and the same of every layer's own block.

use std::{collections::VecDeque, ops::Range};

use super::{measured::Measured, operators::Operator, place::Place};
use crate::{
    net::Network,
    objective::ObjectiveError,
    spectral::{
        Block, Density, DensityEstimator, DensitySpec, EigenPair, Lanczos, LanczosSpec, LinearOperator, TraceEstimator,
        TraceSpec,
    },
};

/// What is wanted of a matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectrumSpec {
    pub operator: Operator,
    /// m, the examples of a batch, for Σ.
    pub batch: u64,
    /// So many of the largest eigenvalues.
    pub top: usize,
    /// So many of the smallest.
    pub smallest: usize,
    /// How eigenvalues are distributed; `None` does not ask. Fewer vectors go into a pass where memory says so.
    pub density: Option<DensitySpec>,
    /// The trace; `None` does not ask.
    pub trace: Option<TraceSpec>,
    /// Whether the largest eigenvalue of each layer's block is wanted, and its trace where one is wanted at all.
    pub layers: bool,
    /// An eigenpair is found when ‖A v − λ v‖₂ is at most so large a share of the largest |eigenvalue|.
    pub tolerance: f64,
    /// Ends a search for eigenvalues after so many products, found or not.
    pub most_products: usize,
    pub seed: u64,
}

impl Default for SpectrumSpec {
    fn default() -> Self {
        SpectrumSpec {
            operator: Operator::Hessian,
            batch: 1,
            top: 10,
            smallest: 1,
            density: None,
            trace: None,
            layers: false,
            tolerance: 1e-3,
            most_products: 400,
            seed: 0,
        }
    }
}

impl SpectrumSpec {
    /// Memory that the measurement takes at most beside that of the network, in bytes.
    pub fn bytes(&self, dimension: usize) -> u64 {
        let wanted = (self.top + self.smallest) as u64;
        let kept = wanted.saturating_mul(dimension as u64).saturating_mul(size_of::<f64>() as u64);
        let trace = self.trace.map_or(0, |trace| trace.bytes(dimension));
        let density = self.density.map_or(0, |density| density.bytes(dimension));
        let ends = if wanted > 0 || self.layers { lanczos(self, self.top, self.smallest).bytes(dimension) } else { 0 };
        kept.saturating_add(ends.max(trace).max(density))
    }
}

/// One eigenvalue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvalue {
    /// Its place among all D, the largest is 1.
    pub rank: usize,
    pub value: f64,
    /// ‖A v − λ v‖₂: it lies no farther than this from an eigenvalue.
    pub residual: f64,
}

/// The block of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerCurvature {
    /// What the names of its tensors have in common, such as `conv1`.
    pub name: String,
    /// Its largest eigenvalue; `None` until it is searched for.
    pub largest: Option<Eigenvalue>,
    pub trace: Option<Measured>,
}

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub struct SpectrumReport {
    /// The largest in descending order, then the smallest, the smallest last.
    pub eigenvalues: Vec<Eigenvalue>,
    /// Their eigenvectors, of length 1 and dimension D, in the same order.
    pub vectors: Vec<Vec<f64>>,
    /// Whether all that is wanted of the ends was found within the limit of products.
    pub is_found: bool,
    pub trace: Option<Measured>,
    pub density: Option<Density>,
    pub layers: Vec<LayerCurvature>,
}

/// What a spectrum consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpectrumPart {
    Eigenvalues,
    Trace,
    Density,
    /// The block of the layer of this number.
    Layer(usize),
}

/// What is measured next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Ends,
    Trace,
    Density,
    LayerEnd(usize),
    LayerTrace(usize),
}

/// How it is being measured.
enum Work {
    Eigen(Box<Lanczos>),
    Trace(Box<TraceEstimator>),
    Density(Box<DensityEstimator>),
}

/// Measures a spectrum, a block of products at a time.
pub struct SpectrumMeasure {
    place: Place,
    spec: SpectrumSpec,
    layers: Vec<Range<usize>>,
    tasks: VecDeque<Task>,
    work: Option<Work>,
    report: SpectrumReport,
    /// Products made for tasks that are over, and for the present one.
    done: [u64; 2],
}

impl SpectrumMeasure {
    /// Of a network at a point. `start` are vectors near the eigenvectors, such as those at a point nearby.
    pub fn new(place: &Place, spec: SpectrumSpec, start: Option<Vec<Vec<f64>>>) -> SpectrumMeasure {
        let mut tasks = VecDeque::new();
        let has_ends = spec.top + spec.smallest > 0;
        if has_ends {
            tasks.push_back(Task::Ends);
        }
        tasks.extend(spec.trace.map(|_| Task::Trace));
        tasks.extend(spec.density.map(|_| Task::Density));
        let named = if spec.layers { layers(place.network()) } else { Vec::new() };
        for layer in 0..named.len() {
            tasks.push_back(Task::LayerEnd(layer));
            tasks.extend(spec.trace.map(|_| Task::LayerTrace(layer)));
        }
        let (names, layers): (Vec<String>, Vec<Range<usize>>) = named.into_iter().unzip();
        let blank = |name| LayerCurvature { name, largest: None, trace: None };
        let report = SpectrumReport { layers: names.into_iter().map(blank).collect(), ..SpectrumReport::default() };
        let ends = || Lanczos::new(lanczos(&spec, spec.top, spec.smallest), place.parameters(), start);
        let work = has_ends.then(|| Work::Eigen(Box::new(ends())));
        SpectrumMeasure { place: place.clone(), spec, layers, tasks, work, report, done: [0; 2] }
    }

    /// Makes one block of products; false when everything is measured.
    ///
    /// # Errors
    /// When interrupted, and when the device fails: the same block can be asked for again.
    pub fn advance(&mut self) -> Result<bool, ObjectiveError> {
        let Some(task) = self.tasks.front().copied() else { return Ok(false) };
        let mut work = match self.work.take() {
            Some(work) => work,
            None => self.begun(task),
        };
        let stepped = self.step(task, &mut work);
        let is_over = match stepped {
            Ok(is_over) => is_over,
            Err(e) => {
                self.work = Some(work);
                return Err(e);
            }
        };
        self.note(task, &work, is_over);
        if is_over {
            self.tasks.pop_front();
            self.done = [self.done[0] + self.done[1], 0];
        } else {
            self.work = Some(work);
        }
        Ok(!self.tasks.is_empty())
    }

    /// What is measured next; `None` when everything is.
    pub fn part(&self) -> Option<SpectrumPart> {
        self.tasks.front().map(|task| match task {
            Task::Ends => SpectrumPart::Eigenvalues,
            Task::Trace => SpectrumPart::Trace,
            Task::Density => SpectrumPart::Density,
            Task::LayerEnd(layer) | Task::LayerTrace(layer) => SpectrumPart::Layer(*layer),
        })
    }

    /// (done, total) products; the total is a guess as long as eigenvalues are searched for.
    pub fn progress(&self) -> (u64, u64) {
        let rest: u64 = self.tasks.iter().skip(1).map(|task| self.guess(*task)).sum();
        let present = self.tasks.front().map_or(0, |task| self.guess(*task).max(self.done[1] + 1));
        (self.done[0] + self.done[1], self.done[0] + present + rest)
    }

    /// What was found so far.
    pub fn report(&self) -> &SpectrumReport {
        &self.report
    }

    /// What was found.
    pub fn into_report(self) -> SpectrumReport {
        self.report
    }

    /// The coordinates that a task is about.
    fn range(&self, task: Task) -> Range<usize> {
        match task {
            Task::LayerEnd(layer) | Task::LayerTrace(layer) => self.layers[layer].clone(),
            Task::Ends | Task::Trace | Task::Density => 0..self.place.parameters(),
        }
    }

    fn begun(&self, task: Task) -> Work {
        let dimension = self.range(task).len();
        let together = self.place.together();
        match task {
            Task::Ends | Task::LayerEnd(_) => {
                let (top, smallest) = if task == Task::Ends { (self.spec.top, self.spec.smallest) } else { (1, 0) };
                Work::Eigen(Box::new(Lanczos::new(lanczos(&self.spec, top, smallest), dimension, None)))
            }
            Task::Trace | Task::LayerTrace(_) => {
                let spec = self.spec.trace.unwrap_or_default();
                let spec = TraceSpec { together: spec.together.min(together), ..spec };
                Work::Trace(Box::new(TraceEstimator::new(spec, dimension)))
            }
            Task::Density => {
                let spec = self.spec.density.unwrap_or_default();
                let spec = DensitySpec { together: spec.together.min(together), ..spec };
                Work::Density(Box::new(DensityEstimator::new(spec, dimension)))
            }
        }
    }

    /// One block; whether the work is over.
    fn step(&self, task: Task, work: &mut Work) -> Result<bool, ObjectiveError> {
        let mut whole = self.spec.operator.at(&self.place, self.spec.batch);
        let range = self.range(task);
        match task {
            Task::LayerEnd(_) | Task::LayerTrace(_) => step(work, &mut Block::new(whole, range)),
            Task::Ends | Task::Trace | Task::Density => step(work, &mut whole),
        }
    }

    /// Takes what is known by now into the report.
    fn note(&mut self, task: Task, work: &Work, is_over: bool) {
        match (task, work) {
            (Task::Ends, Work::Eigen(lanczos)) => {
                self.done[1] = lanczos.progress().products as u64;
                self.note_ends(lanczos, is_over);
            }
            (Task::LayerEnd(layer), Work::Eigen(lanczos)) => {
                self.done[1] = lanczos.progress().products as u64;
                let largest = lanczos.largest_values().into_iter().next();
                let largest = largest.map(|v| Eigenvalue { rank: 1, value: v.value, residual: v.residual });
                self.report.layers[layer].largest = largest;
            }
            (Task::Trace, Work::Trace(trace)) => {
                let found = trace.estimate();
                self.done[1] = found.products as u64;
                self.report.trace = Some(found.into());
            }
            (Task::LayerTrace(layer), Work::Trace(trace)) => {
                let found = trace.estimate();
                self.done[1] = found.products as u64;
                self.report.layers[layer].trace = Some(found.into());
            }
            (_, Work::Density(density)) => {
                self.done[1] = density.progress().0 as u64;
                self.report.density = Some(density.density());
            }
            _ => unreachable!("a task is worked on in its own way"),
        }
    }

    /// Values at every step, since they are cheap; vectors at the end.
    fn note_ends(&mut self, lanczos: &Lanczos, is_over: bool) {
        let dimension = self.place.parameters();
        let ranked = |rank: usize, value: f64, residual: f64| Eigenvalue { rank, value, residual };
        let top = lanczos.largest_values().into_iter().enumerate();
        let mut values: Vec<Eigenvalue> = top.map(|(i, v)| ranked(i + 1, v.value, v.residual)).collect();
        let smallest = lanczos.smallest_values().into_iter().enumerate();
        let smallest: Vec<Eigenvalue> = smallest.map(|(i, v)| ranked(dimension - i, v.value, v.residual)).collect();
        values.extend(smallest.into_iter().rev());
        self.report.eigenvalues = values;
        if is_over {
            let vectors = |pairs: Vec<EigenPair>| pairs.into_iter().map(|pair| pair.vector);
            self.report.vectors = vectors(lanczos.largest()).chain(vectors(lanczos.smallest()).rev()).collect();
            let progress = lanczos.progress();
            self.report.is_found = progress.found == progress.wanted;
        }
    }

    /// Products that a task will take.
    fn guess(&self, task: Task) -> u64 {
        let dimension = self.range(task).len();
        let most = |products: usize| products.min(dimension).min(self.spec.most_products) as u64;
        match task {
            // As measured on networks of the fixtures' kind: a few products for each pair beyond those that the first one takes.
            Task::Ends => most(30 + 6 * (self.spec.top + self.spec.smallest)),
            Task::LayerEnd(_) => most(15),
            Task::Trace | Task::LayerTrace(_) => {
                self.spec.trace.map_or(0, |spec| spec.most_products.min(dimension) as u64)
            }
            Task::Density => self.spec.density.map_or(0, |spec| (spec.vectors * spec.steps.min(dimension)) as u64),
        }
    }
}

fn step<O: LinearOperator<Error = ObjectiveError>>(work: &mut Work, operator: &mut O) -> Result<bool, ObjectiveError> {
    match work {
        Work::Eigen(lanczos) => Ok(lanczos.step(operator)?.ended.is_some()),
        Work::Trace(trace) => trace.step(operator),
        Work::Density(density) => density.step(operator),
    }
}

fn lanczos(spec: &SpectrumSpec, largest: usize, smallest: usize) -> LanczosSpec {
    LanczosSpec {
        largest,
        smallest,
        // Room for more than is wanted: each restart forgets what is outside of it.
        most: 40 + 3 * (largest + smallest),
        tolerance: spec.tolerance,
        most_products: spec.most_products,
        seed: spec.seed,
        ..LanczosSpec::default()
    }
}

/// Layers by what the names of their tensors have in common, and their places in θ: neighbours only, as a block is one stretch.
pub fn layers(network: &Network) -> Vec<(String, Range<usize>)> {
    let mut layers: Vec<(String, Range<usize>)> = Vec::new();
    for param in network.layout().params() {
        let name = param.name.rsplit_once('.').map_or(param.name.as_str(), |(layer, _)| layer);
        match layers.last_mut() {
            Some((last, range)) if last == name => range.end = param.range().end,
            _ => layers.push((name.to_string(), param.range())),
        }
    }
    layers
}
