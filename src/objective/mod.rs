//! Network + data + loss: the one door from optimizers and probes to the network.
//!
//! Losses and errors are reduced in f64 from the f32 outputs; full-data passes go in chunks under a memory budget. On the
//! CPU the chunks go through the host reading, in parallel (they share nothing); on a GPU through tensors, one after the
//! other, because the GPU runtime keys its ordering on the thread. Chunk boundaries depend on the network and the data
//! only, so results do not depend on the number of threads. Gradients come from autodiff, on both.

mod interrupt;
mod loss;
mod set;

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};
use rayon::prelude::*;

use crate::{
    data::Dataset,
    net::{Act, Fan, FanPoints, FirstProduct, Host, HostAct, Network, Primal, Tensors, combine_beside},
    probe::{Evaluation, SLICE_POINTS},
    run::LossKind,
};
pub use interrupt::Interrupt;
use loss::Tally;
use set::Set;

/// Which examples an evaluation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    Train,
    Test,
}

/// Why an evaluation has no result.
#[derive(Debug, thiserror::Error)]
pub enum ObjectiveError {
    #[error("stopped")]
    Interrupted,
    #[error("the device failed while computing: {0}; try --device cpu")]
    Device(String),
    #[error("the network takes {network:?} numbers per example, the data has {data:?}")]
    Shape { network: [usize; 3], data: [usize; 3] },
}

impl From<burn::tensor::TensorReadError> for ObjectiveError {
    fn from(e: burn::tensor::TensorReadError) -> Self {
        ObjectiveError::Device(e.to_string())
    }
}

type Result<T> = std::result::Result<T, ObjectiveError>;

/// Bytes that the activations of all chunks in flight may take together.
const ACTIVATION_BUDGET: usize = 512 << 20;
/// Terms that one sum in the backward pass of a convolution may have on a GPU. Burn 0.22's kernels give wrong weight and
/// bias gradients when examples × output pixels is large: measured wrong from about 65,000 on, right at 57,600. This keeps a distance.
const DEVICE_REDUCTION: usize = 1 << 15;
/// Bytes of first-layer products kept from one slice to the next; beyond it they are computed again.
const PRODUCT_BUDGET: usize = 256 << 20;
/// On the CPU a chunk this small keeps a layer's input and output inside a core's cache.
const CPU_CHUNK_BYTES: usize = 1 << 20;

/// The loss of a network on a data set, as a function of θ.
pub struct Objective {
    network: Network,
    loss: LossKind,
    device: Device,
    /// The CPU evaluates through the host reading.
    on_host: bool,
    train: Set,
    test: Set,
    interrupt: Interrupt,
    /// The parameter points of the last line, to be written over by the next: fresh pages for all of them cost more than
    /// combining them.
    points: Mutex<Vec<Vec<f32>>>,
}

/// First-layer products of the training data at one θ, chunk by chunk.
pub struct LineEnd {
    theta: Vec<f32>,
    products: Products,
}

enum Products {
    OnHost(Vec<HostAct>),
    OnDevice(Vec<Option<FirstProduct>>),
}

impl Objective {
    /// Brings the data to the device. `on_host` says that the device is the CPU.
    ///
    /// # Errors
    /// [`ObjectiveError::Shape`] when network and data disagree.
    pub fn new(network: Network, data: &Dataset, loss: LossKind, device: Device, on_host: bool) -> Result<Objective> {
        if network.input() != data.shape {
            return Err(ObjectiveError::Shape { network: network.input(), data: data.shape });
        }
        let per_example = network.widest_activation() * size_of::<f32>();
        // A fan holds the activations of all points of a slice at once.
        let budget = if on_host { CPU_CHUNK_BYTES } else { ACTIVATION_BUDGET / SLICE_POINTS };
        let chunk = (budget / per_example).clamp(16, 1 << 16);
        Ok(Objective {
            train: Set::new(&data.train, data.shape, chunk, (!on_host).then_some(&device)),
            test: Set::new(&data.test, data.shape, chunk, (!on_host).then_some(&device)),
            network,
            loss,
            device,
            on_host,
            interrupt: Interrupt::default(),
            points: Mutex::default(),
        })
    }

    /// Lets `interrupt` make an evaluation return [`ObjectiveError::Interrupted`] at its next chunk.
    pub fn interrupted_by(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Examples in a subset.
    pub fn count(&self, subset: Subset) -> usize {
        self.set(subset).len()
    }

    fn set(&self, subset: Subset) -> &Set {
        match subset {
            Subset::Train => &self.train,
            Subset::Test => &self.test,
        }
    }

    /// Runs `f` on every chunk and returns the results in chunk order.
    fn map_chunks<T: Send>(&self, set: &Set, f: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
        let step = |i| {
            if self.interrupt.is_raised() { Err(ObjectiveError::Interrupted) } else { f(i) }
        };
        if self.on_host {
            (0..set.chunks()).into_par_iter().map(step).collect()
        } else {
            (0..set.chunks()).map(step).collect()
        }
    }

    /// Outputs of every chunk at θ, `[n, classes]` row-major, through `f`.
    fn map_outputs<T: Send>(&self, set: &Set, theta: &[f32], f: impl Fn(usize, &[f32]) -> T + Sync) -> Result<Vec<T>> {
        if self.on_host {
            let out = |i| {
                self.network
                    .forward(&mut Host::at(&self.network, theta), set.host_images(i).into_owned())
                    .into_outputs()
            };
            return self.map_chunks(set, |i| Ok(f(i, &out(i))));
        }
        let tensors = Tensors::new(&self.network, theta, &self.device);
        self.map_chunks(set, |i| {
            let out = self.network.forward(&mut Primal::at(&tensors), set.images(i, &self.device));
            Ok(f(i, &on_host(out)?))
        })
    }

    /// Mean loss and error at θ.
    pub fn evaluate(&self, theta: &[f32], subset: Subset) -> Result<Evaluation> {
        let set = self.set(subset);
        let tallies = self.map_outputs(set, theta, |i, out| Tally::of(out, set.labels(i), self.loss))?;
        Ok(Tally::sum(tallies.iter()).mean())
    }

    /// Loss of every example at θ, in the order of the data.
    pub fn per_example_loss(&self, theta: &[f32], subset: Subset) -> Result<Vec<f64>> {
        let set = self.set(subset);
        Ok(self.map_outputs(set, theta, |i, out| loss::per_example(out, set.labels(i), self.loss))?.concat())
    }

    /// Outputs (logits) of all examples at θ, `[N, classes]` row-major.
    pub fn outputs(&self, theta: &[f32], subset: Subset) -> Result<Vec<f32>> {
        Ok(self.map_outputs(self.set(subset), theta, |_, out| out.to_vec())?.concat())
    }

    /// Mean training loss and error on (1−α)a + αb, one first-layer product when `known` belongs to a, else two.
    ///
    /// Returns what the next line needs if it starts at b.
    pub fn evaluate_line(
        &self,
        a: &[f32],
        b: &[f32],
        alphas: &[f64],
        known: Option<LineEnd>,
    ) -> Result<(Vec<Evaluation>, Option<LineEnd>)> {
        let known = known.filter(|end| end.theta == a).map(|end| end.products);
        let size = self.network.first_product_size().unwrap_or(0) * size_of::<f32>();
        let keep = size > 0 && self.train.len() * size <= PRODUCT_BUDGET;
        let (tallies, products) = match self.on_host {
            true => self.host_line(a, b, alphas, known, keep)?,
            false => self.device_line(a, b, alphas, known, keep)?,
        };
        let end = products.map(|products| LineEnd { theta: b.to_vec(), products });
        Ok((column_means(&tallies, alphas.len()), end))
    }

    fn host_line(
        &self,
        a: &[f32],
        b: &[f32],
        alphas: &[f64],
        known: Option<Products>,
        keep: bool,
    ) -> Result<(Vec<Vec<Tally>>, Option<Products>)> {
        let set = &self.train;
        let weights: Vec<[f64; 2]> = alphas.iter().map(|t| [1.0 - t, *t]).collect();
        // The first layer's weights act through their products alone: most of θ need not be combined at all.
        let unused = self.network.shared_first_weight();
        let mut points = std::mem::take(&mut *self.points.lock().unwrap_or_else(PoisonError::into_inner));
        points.resize_with(weights.len(), || vec![0.0; a.len()]);
        for (point, w) in points.iter_mut().zip(&weights) {
            combine_beside(point, &[a, b], w, unused.clone());
        }
        let known = match known {
            Some(Products::OnHost(products)) => products,
            _ => Vec::new(),
        };
        let done = self.map_chunks(set, |i| {
            let images = set.host_images(i);
            let images: &HostAct = &images;
            let from_b = self.network.host_first_product(b, images);
            let computed = match known.get(i) {
                Some(_) => None,
                None => self.network.host_first_product(a, images),
            };
            let from_a = known.get(i).or(computed.as_ref());
            let tallies: Vec<Tally> = points
                .iter()
                .zip(&weights)
                .map(|(theta, w)| {
                    let terms: Vec<(f32, &HostAct)> =
                        w.iter().map(|w| *w as f32).zip([from_a, from_b.as_ref()].into_iter().flatten()).collect();
                    let mut reading = Host::between(&self.network, theta, &terms);
                    let input = if reading.knows_first() { HostAct::placeholder() } else { images.clone() };
                    let out = self.network.forward(&mut reading, input);
                    Tally::of(&out.into_outputs(), set.labels(i), self.loss)
                })
                .collect();
            Ok((tallies, from_b.filter(|_| keep)))
        })?;
        *self.points.lock().unwrap_or_else(PoisonError::into_inner) = points;
        let (tallies, products): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        Ok((tallies, products.into_iter().collect::<Option<Vec<_>>>().map(Products::OnHost)))
    }

    fn device_line(
        &self,
        a: &[f32],
        b: &[f32],
        alphas: &[f64],
        known: Option<Products>,
        keep: bool,
    ) -> Result<(Vec<Vec<Tally>>, Option<Products>)> {
        let set = &self.train;
        let points = FanPoints::line(&self.network, a, b, alphas, &self.device);
        let mut known = match known {
            Some(Products::OnDevice(products)) => products,
            _ => Vec::new(),
        };
        known.resize(set.chunks(), None);
        let done = self.map_chunks(set, |i| {
            let mut fan = Fan::over(&points).with_product(0, known[i].clone());
            let out = self.network.forward(&mut fan, set.images(i, &self.device).into());
            let tallies = out
                .into_outputs(points.len())
                .into_iter()
                .map(|out| Ok(Tally::of(&out.try_into_vec_as::<f32>()?, set.labels(i), self.loss)))
                .collect::<Result<Vec<Tally>>>()?;
            Ok((tallies, fan.take_product(1).filter(|_| keep)))
        })?;
        let (tallies, products): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        Ok((tallies, keep.then_some(Products::OnDevice(products))))
    }

    /// Mean loss and its gradient over the training examples `indices`, weighted equally.
    ///
    /// Large index lists are cut into chunks; the partial gradients are added in f64.
    pub fn gradient(&self, theta: &[f32], indices: &[u32]) -> Result<(f64, Vec<f32>)> {
        let tensors = Tensors::tracked(&self.network, theta, &self.device);
        let mut limit = (ACTIVATION_BUDGET / (4 * self.network.widest_activation() * size_of::<f32>())).max(16);
        if !self.on_host {
            limit = limit.min((DEVICE_REDUCTION / self.network.largest_plane()).max(1));
        }
        if indices.len() <= limit {
            return self.batch_gradient(&tensors, indices);
        }
        let mut loss = 0.0;
        let mut sum = vec![0.0f64; theta.len()];
        for part in indices.chunks(limit) {
            if self.interrupt.is_raised() {
                return Err(ObjectiveError::Interrupted);
            }
            let share = part.len() as f64 / indices.len() as f64;
            let (part_loss, part_gradient) = self.batch_gradient(&tensors, part)?;
            loss += share * part_loss;
            for (s, g) in sum.iter_mut().zip(&part_gradient) {
                *s += share * f64::from(*g);
            }
        }
        Ok((loss, sum.into_iter().map(|g| g as f32).collect()))
    }

    /// Mean training loss and its gradient over all training examples.
    pub fn full_gradient(&self, theta: &[f32]) -> Result<(f64, Vec<f32>)> {
        let all: Vec<u32> = (0..self.train.len() as u32).collect();
        self.gradient(theta, &all)
    }

    /// The largest variance of one coordinate of the per-example gradient, max_j (1/N) Σ_i g_ij² − g_j² (the largest
    /// entry on the diagonal of C(θ), Walk §4). N backward passes; `progress` gets (done, total).
    pub fn largest_gradient_variance(&self, theta: &[f32], progress: &mut dyn FnMut(u64, u64)) -> Result<f64> {
        let n = self.train.len();
        let tensors = Tensors::tracked(&self.network, theta, &self.device);
        let (mut sum, mut squares) = (vec![0.0f64; theta.len()], vec![0.0f64; theta.len()]);
        for i in 0..n {
            if self.interrupt.is_raised() {
                return Err(ObjectiveError::Interrupted);
            }
            let (_, gradient) = self.batch_gradient(&tensors, &[i as u32])?;
            for (j, g) in gradient.iter().enumerate() {
                let g = f64::from(*g);
                sum[j] += g;
                squares[j] += g * g;
            }
            progress(i as u64 + 1, n as u64);
        }
        let n = n as f64;
        Ok(sum.iter().zip(&squares).map(|(s, q)| q / n - (s / n) * (s / n)).fold(0.0, f64::max))
    }

    fn batch_gradient(&self, tensors: &Tensors, indices: &[u32]) -> Result<(f64, Vec<f32>)> {
        let device = self.device.clone().autodiff();
        let out = self.network.forward(&mut Primal::at(tensors), self.train.gather(indices, &device)).flat();
        let labels: Vec<u32> = indices.iter().map(|&i| self.train.label(i)).collect();
        let host = out.clone().inner().try_into_vec_as::<f32>()?;
        let tally = Tally::of(&host, &labels, self.loss);
        let objective = self.differentiable_loss(out, &labels, &device);
        let mut gradients = objective.backward();
        Ok((tally.mean().loss, tensors.gradient(&self.network, &mut gradients)?))
    }

    /// The mean loss as a tensor that autodiff can go back through.
    fn differentiable_loss(&self, out: Tensor<2>, labels: &[u32], device: &Device) -> Tensor<1> {
        let n = labels.len();
        match self.loss {
            LossKind::CrossEntropy => {
                let labels: Vec<i32> = labels.iter().map(|&l| l as i32).collect();
                let index = Tensor::<2, Int>::from_data(TensorData::new(labels, [n, 1]), device);
                log_softmax(out, 1).gather(1, index).mean().neg()
            }
            LossKind::MeanSquared => {
                let classes = self.network.classes();
                let mut target = vec![0.0f32; n * classes];
                for (row, &label) in labels.iter().enumerate() {
                    target[row * classes + label as usize] = 1.0;
                }
                let target = Tensor::<2>::from_data(TensorData::new(target, [n, classes]), device);
                (out - target).square().mean()
            }
        }
    }
}

fn column_means(rows: &[Vec<Tally>], columns: usize) -> Vec<Evaluation> {
    (0..columns).map(|k| Tally::sum(rows.iter().map(|row| &row[k])).mean()).collect()
}

/// The outputs of the last layer, `[N, classes]` row-major on the host.
fn on_host(outputs: Act) -> Result<Vec<f32>> {
    Ok(outputs.flat().try_into_vec_as::<f32>()?)
}
