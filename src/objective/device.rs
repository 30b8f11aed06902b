//! The evaluator on a GPU: tensors, one batch after the other, because the GPU runtime keys its ordering on the thread.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use burn::tensor::{self, Int, Tensor, TensorData, activation::log_softmax};

use super::{
    budget::{ACTIVATION_BUDGET, RESIDENT_BUDGET},
    chunks::Chunks,
    error::Result,
    evaluator::{Batch, Derivatives, Evaluator, FanPass, FanTallies, Outputs, Products, TallyOf, Which},
    host::Host,
    images::Images,
    interrupt::Interrupt,
    loss::Tally,
    subset::{Both, Subset},
};
use crate::{
    data::Dataset,
    net::{Act, Fan, FanPoints, FirstProduct, Network, Primal, State, Statistics, Tensors},
    probe::SLICE_POINTS,
    run::LossKind,
};

/// Terms that one sum in the backward pass of a convolution may have on a GPU. Burn 0.22's kernels give wrong weight and
/// bias gradients when examples × output pixels is large: measured wrong from about 65,000 on, right at 57,600. This keeps a distance.
const REDUCTION: usize = 1 << 15;

/// See the module.
pub(super) struct Device {
    network: Arc<Network>,
    data: Arc<Dataset>,
    device: tensor::Device,
    chunk: usize,
    /// Chunks on the device, brought there by the thread that asks first.
    resident: Both<OnceLock<Vec<Act>>>,
    /// Takes the gradients that the device's kernels get wrong.
    host: Host,
}

impl Device {
    pub fn new(network: Arc<Network>, data: Arc<Dataset>, device: tensor::Device) -> Device {
        let per_example = network.widest_activation() * size_of::<f32>();
        // A fan holds the activations of all points of a slice at once.
        let chunk = (ACTIVATION_BUDGET / SLICE_POINTS / per_example).clamp(16, 1 << 16);
        let host = Host::unprepared(network.clone(), data.clone());
        Device { network, data, device, chunk, resident: Both::default(), host }
    }

    fn tensor(&self, values: Vec<f32>, n: usize, device: &tensor::Device) -> Act {
        let [c, h, w] = self.data.shape;
        Act::Image(Tensor::from_data(TensorData::new(values, [n, c, h, w]), device))
    }

    fn upload(&self, subset: Subset, range: &Range<usize>) -> Act {
        let images = Images::of(&self.data, subset).stretch(range);
        self.tensor(images.to_vec(), range.len(), &self.device)
    }

    /// Images of a stretch, `[n, C, H, W]`.
    fn stretch(&self, subset: Subset, range: &Range<usize>) -> Act {
        let chunks = Chunks { count: subset.of(&self.data).len(), size: self.chunk };
        let fits = Images::of(&self.data, subset).bytes() <= RESIDENT_BUDGET;
        let resident = chunks.exactly(range).filter(|_| fits).and_then(|chunk| {
            let all = || chunks.all().map(|chunk| self.upload(subset, &chunk)).collect::<Vec<Act>>();
            self.resident.of(subset).get_or_init(all).get(chunk).cloned()
        });
        resident.unwrap_or_else(|| self.upload(subset, range))
    }

    /// Images at `indices`, in that order.
    fn gathered(&self, subset: Subset, indices: &[u32], device: &tensor::Device) -> Act {
        self.tensor(Images::of(&self.data, subset).at(indices), indices.len(), device)
    }

    /// Examples whose gradient the device gets right.
    fn largest_batch(&self) -> usize {
        (REDUCTION / self.network.largest_plane()).max(1)
    }

    /// The mean loss as a tensor that autodiff can go back through.
    fn differentiable_loss(
        &self,
        out: Tensor<2>,
        labels: &[u32],
        loss: LossKind,
        device: &tensor::Device,
    ) -> Tensor<1> {
        let n = labels.len();
        match loss {
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

impl Evaluator for Device {
    fn is_exact(&self) -> bool {
        false
    }

    fn takes_threads(&self) -> bool {
        false
    }

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn gradient_limit(&self) -> usize {
        self.host.gradient_limit().min(self.largest_batch())
    }

    fn bytes(&self) -> usize {
        self.host.bytes()
    }

    /// Its tensors stay with the thread that brought them to the device.
    fn anew(&self) -> Box<dyn Evaluator> {
        Box::new(Device::new(self.network.clone(), self.data.clone(), self.device.clone()))
    }

    fn outputs(&self, at: &State, subset: Subset, which: Which<'_>, statistics: Statistics) -> Result<Outputs> {
        let images = match which {
            Which::Stretch(range) => self.stretch(subset, range),
            Which::At(indices) => self.gathered(subset, indices, &self.device),
        };
        let tensors = Tensors::new(&self.network, &at.theta, &at.buffers, &self.device);
        let mut primal = Primal::at(&tensors, statistics);
        let out = self.network.forward(&mut primal, images);
        let values = out.flat().try_into_vec_as::<f32>()?;
        Ok(Outputs { values, statistics: primal.take_statistics()? })
    }

    fn fan(
        &self,
        over: &FanPass<'_>,
        known: Option<Products>,
        tally: &TallyOf<'_>,
        interrupt: &Interrupt,
    ) -> Result<FanTallies> {
        let FanPass { pass, anchors, weights, keep } = *over;
        let known: Vec<FirstProduct> = known.and_then(Products::take).unwrap_or_default();
        let known = if known.len() == pass.batches.len() { known } else { Vec::new() };
        let mut tallies = vec![Vec::new(); pass.batches.len()];
        let mut kept: Vec<FirstProduct> = Vec::new();
        // The activations of all points of a group are on the device at once.
        let per_point = pass.largest().unwrap_or(1) * self.network.widest_activation();
        let group = (2 * ACTIVATION_BUDGET / (per_point * size_of::<f32>()).max(1)).max(1);
        for (g, weights) in weights.chunks(group).enumerate() {
            let points = FanPoints::new(&self.network, anchors, weights, &self.device);
            for (i, range) in pass.batches.iter().enumerate() {
                interrupt.check()?;
                let mut fan = Fan::over(&points, pass.statistics).with_product(0, known.get(i).cloned());
                let out = self.network.forward(&mut fan, self.stretch(pass.subset, range).into());
                for out in out.into_outputs(points.len()) {
                    tallies[i].push(tally(range, &out.try_into_vec_as::<f32>()?));
                }
                if keep && g == 0 {
                    kept.extend(fan.take_product(anchors.len() - 1));
                }
            }
        }
        let is_kept = keep && kept.len() == pass.batches.len();
        Ok((tallies, is_kept.then(|| Products::new(kept))))
    }

    /// Batch statistics forbid cutting the batch, and the convolutions here cannot take a large one: then the CPU does.
    fn gradient(
        &self,
        at: &State,
        batch: &Batch<'_>,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> Result<(f64, Vec<f32>)> {
        if batch.indices.len() > self.largest_batch() {
            return self.host.gradient(at, batch, statistics, sum);
        }
        let Batch { indices, labels, loss, count } = *batch;
        let tensors = Tensors::tracked(&self.network, &at.theta, &at.buffers, &self.device);
        let device = self.device.clone().autodiff();
        let mut primal = Primal::at(&tensors, statistics);
        let out = self.network.forward(&mut primal, self.gathered(Subset::Train, indices, &device)).flat();
        let values = out.clone().inner().try_into_vec_as::<f32>()?;
        let loss_share = Tally::of(&values, labels, loss).total() / count as f64;
        let share = indices.len() as f64 / count as f64;
        let mut gradients = self.differentiable_loss(out, labels, loss, &device).backward();
        for (s, g) in sum.iter_mut().zip(tensors.gradient(&self.network, &mut gradients)?) {
            *s += share * f64::from(g);
        }
        Ok((loss_share, primal.take_statistics()?))
    }

    /// The CPU: tensors know no derivatives along directions.
    fn derivatives(&self) -> &dyn Derivatives {
        &self.host
    }
}
