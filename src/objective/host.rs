//! The evaluator on the CPU: the host reading, in parallel.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;

use super::{
    budget::{ACTIVATION_BUDGET, CPU_CHUNK_BYTES, PREPARED_BUDGET},
    chunks::Chunks,
    error::Result,
    evaluator::{Batch, Curvature, Derivatives, Evaluator, FanPass, FanTallies, Outputs, Products, TallyOf, Which},
    images::Images,
    interrupt::Interrupt,
    loss::{Tally, slope, slope_change},
    pass::each,
    subset::{Both, Subset},
};
use crate::{
    data::Dataset,
    net::{
        self, Between, HostAct, LANES, Moved, Network, OutputSlopes, Parts, Passing, State, Statistics, Tangent,
        combine_beside,
    },
};

/// See the module.
pub(super) struct Host {
    network: Arc<Network>,
    data: Arc<Dataset>,
    chunk: usize,
    /// Chunks as the reading takes them.
    prepared: Arc<Both<Vec<Parts>>>,
    /// The parameter points of the last fan, to be written over by the next: fresh pages for all of them cost more than
    /// combining them.
    points: Mutex<Vec<State>>,
    /// Sums of length D, to be used again.
    spare: Mutex<Vec<Vec<f64>>>,
}

impl Host {
    /// Copies the images into chunks as the reading takes them, when they fit its budget.
    pub fn new(network: Arc<Network>, data: Arc<Dataset>) -> Host {
        let mut host = Host::unprepared(network, data);
        let prepared = Both { train: host.prepared(Subset::Train), test: host.prepared(Subset::Test) };
        host.prepared = Arc::new(prepared);
        host
    }

    /// Without a copy of the images: for passes over few of them.
    pub fn unprepared(network: Arc<Network>, data: Arc<Dataset>) -> Host {
        let chunk = match network.largest_plane() {
            // Windows are fastest where the images of a pixel are one vector.
            2.. => LANES,
            _ => {
                let per_example = network.widest_activation() * size_of::<f32>();
                (CPU_CHUNK_BYTES / per_example).clamp(LANES, 1 << 16) / LANES * LANES
            }
        };
        Host { network, data, chunk, prepared: Arc::default(), points: Mutex::default(), spare: Mutex::default() }
    }

    fn chunks(&self, subset: Subset) -> Chunks {
        Chunks { count: subset.of(&self.data).len(), size: self.chunk }
    }

    fn prepared(&self, subset: Subset) -> Vec<Parts> {
        match Images::of(&self.data, subset).bytes() <= PREPARED_BUDGET {
            true => self.chunks(subset).all().map(|chunk| self.prepare(subset, &chunk)).collect(),
            false => Vec::new(),
        }
    }

    fn prepare(&self, subset: Subset, range: &Range<usize>) -> Parts {
        let images = Images::of(&self.data, subset);
        let parts = images.stretch(range).chunks(self.chunk * images.example());
        Parts::new(parts.map(|part| HostAct::images(part, images.shape)))
    }

    /// Images of a stretch.
    fn stretch(&self, subset: Subset, range: &Range<usize>) -> Parts {
        let (chunks, prepared) = (self.chunks(subset), self.prepared.of(subset));
        if let Some(chunk) = chunks.exactly(range).and_then(|chunk| prepared.get(chunk)) {
            return chunk.clone();
        }
        match chunks.whole(range) {
            Some(whole) if !prepared.is_empty() => Parts::joined(&prepared[whole]),
            _ => self.prepare(subset, range),
        }
    }

    /// Images at `indices`, in parts of `size`.
    fn gathered(&self, subset: Subset, indices: &[u32], size: usize) -> Parts {
        let images = Images::of(&self.data, subset);
        Parts::new(indices.chunks(size.max(1)).map(|part| HostAct::images(&images.at(part), images.shape)))
    }
}

/// A batch that derivatives are taken over, in parts.
impl Host {
    /// Training images at `indices`, and how many are in a part: whole vectors, small enough for the cache and, in a small
    /// batch, enough parts for a few cores.
    fn batch(&self, indices: &[u32]) -> (Parts, usize) {
        let vectors = indices.len().div_ceil(LANES).max(1);
        let size = self.chunk.min(vectors.div_ceil(vectors.min(4)) * LANES);
        (self.gathered(Subset::Train, indices, size), size)
    }

    /// Calls `f` with parts of a batch, the labels of their examples, and sums (length D) that it adds to; what it gives is in the
    /// order of the parts, and so are the sums added, in f64, so that bits do not depend on the number of threads.
    ///
    /// Parts come alone, side by side, where they have nothing to do with each other and their activations take more room than
    /// the sums: then a part stays in a core's cache on its way through all layers and back. Otherwise they come together.
    fn over<T: Send>(
        &self,
        batch: &Batch<'_>,
        statistics: Statistics,
        sums: &mut [&mut [f64]],
        f: impl Fn(Share<'_>, &mut [&mut [f64]]) -> T + Sync,
    ) -> Vec<T> {
        let (images, size) = self.batch(batch.indices);
        let is_apart = statistics == Statistics::Running || !self.network.has_batch_norm();
        let activations = self.network.total_activation() * size * size_of::<f32>();
        let length = sums.first().map_or(0, |sum| sum.len());
        if !is_apart || activations < length * size_of::<f64>() || images.count() < 2 {
            return vec![f(Share { images, labels: batch.labels, size }, sums)];
        }
        let shares: Vec<(Parts, &[u32])> = images.each_alone().zip(batch.labels.chunks(size)).collect();
        let mut found = Vec::with_capacity(shares.len());
        // Only so many, for the memory that their sums take.
        for shares in shares.chunks(4 * rayon::current_num_threads().max(4)) {
            let one = |(images, labels): &(Parts, &[u32])| {
                let mut own: Vec<Vec<f64>> = sums.iter().map(|sum| self.zeros(sum.len())).collect();
                let mut lent: Vec<&mut [f64]> = own.iter_mut().map(|sum| &mut sum[..]).collect();
                let found = f(Share { images: images.clone(), labels, size }, &mut lent);
                (found, own)
            };
            let each: Vec<(T, Vec<Vec<f64>>)> = shares.par_iter().map(one).collect();
            for (one, own) in each {
                found.push(one);
                for (sum, own) in sums.iter_mut().zip(own) {
                    sum.iter_mut().zip(&own).for_each(|(sum, x)| *sum += x);
                    self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(own);
                }
            }
        }
        found
    }

    fn zeros(&self, length: usize) -> Vec<f64> {
        let mut sum = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        sum.clear();
        sum.resize(length, 0.0);
        sum
    }

    /// Outputs and labels of every part.
    fn parts<'a>(
        &self,
        outputs: &'a [f32],
        labels: &'a [u32],
        size: usize,
    ) -> impl Iterator<Item = (&'a [f32], &'a [u32])> {
        outputs.chunks(size * self.network.classes()).zip(labels.chunks(size))
    }
}

/// Parts of a batch.
struct Share<'a> {
    images: Parts,
    labels: &'a [u32],
    /// Examples in each part; the last one may have fewer.
    size: usize,
}

impl Evaluator for Host {
    fn is_exact(&self) -> bool {
        true
    }

    fn takes_threads(&self) -> bool {
        true
    }

    fn chunk(&self) -> usize {
        self.chunk
    }

    fn gradient_limit(&self) -> usize {
        let per_example = self.network.total_activation() * size_of::<f32>();
        (2 * ACTIVATION_BUDGET / per_example).max(16)
    }

    /// The prepared images: as many numbers as the others.
    fn bytes(&self) -> usize {
        let prepared = [Subset::Train, Subset::Test].into_iter().filter(|s| !self.prepared.of(*s).is_empty());
        prepared.map(|subset| Images::of(&self.data, subset).bytes()).sum()
    }

    fn anew(&self) -> Box<dyn Evaluator> {
        Box::new(Host {
            network: self.network.clone(),
            data: self.data.clone(),
            chunk: self.chunk,
            prepared: self.prepared.clone(),
            points: Mutex::default(),
            spare: Mutex::default(),
        })
    }

    fn outputs(&self, at: &State, subset: Subset, which: Which<'_>, statistics: Statistics) -> Result<Outputs> {
        let images = match which {
            Which::Stretch(range) => self.stretch(subset, range),
            Which::At(indices) => self.gathered(subset, indices, indices.len()),
        };
        let mut reading = Passing::at(&self.network, &at.theta, &at.buffers, statistics);
        let values = self.network.forward(&mut reading, images.into()).into_outputs();
        Ok(Outputs { values, statistics: reading.take_statistics() })
    }

    /// Small batches go side by side; a large one is parallel inside.
    fn fan(
        &self,
        over: &FanPass<'_>,
        known: Option<Products>,
        tally: &TallyOf<'_>,
        interrupt: &Interrupt,
    ) -> Result<FanTallies> {
        let FanPass { pass, anchors, weights, keep } = *over;
        let network = &*self.network;
        let size = network.first_product_size().unwrap_or(0) * size_of::<f32>();
        // All anchors' products of a batch are held at once.
        let shared = size > 0 && anchors.len() * pass.largest().unwrap_or(0) * size <= ACTIVATION_BUDGET;
        let mut points = std::mem::take(&mut *self.points.lock().unwrap_or_else(PoisonError::into_inner));
        points.resize_with(weights.len(), State::default);
        for (point, w) in points.iter_mut().zip(weights) {
            // The first layer's weights act through their products alone: most of θ need not be combined at all.
            let unused = if shared { network.shared_first_weight() } else { 0..0 };
            let part = |f: fn(&State) -> &[f32]| anchors.iter().map(|s| f(s)).collect::<Vec<_>>();
            point.theta.resize(network.layout().len(), 0.0);
            combine_beside(&mut point.theta, &part(|s| &s.theta), w, unused);
            point.buffers.resize(network.buffers().len(), 0.0);
            combine_beside(&mut point.buffers, &part(|s| &s.buffers), w, 0..0);
        }
        let single: Vec<Vec<f32>> = weights.iter().map(|w| w.iter().map(|w| *w as f32).collect()).collect();
        let known: Vec<Parts> = known.and_then(Products::take).unwrap_or_default();
        let known = if known.len() == pass.batches.len() { known } else { Vec::new() };
        let number = |range: &Range<usize>| pass.batches.partition_point(|r| r.start < range.start);
        let done = each(&pass.batches, pass.is_within(self.chunk), interrupt, |range| {
            let images = self.stretch(pass.subset, range);
            let products: Vec<Parts> = if shared {
                let product = |(j, at): (usize, &&State)| match known.get(number(range)) {
                    Some(product) if j == 0 => Some(product.clone()),
                    _ => network.host_first_product(&at.theta, &images),
                };
                anchors.iter().enumerate().filter_map(product).collect()
            } else {
                Vec::new()
            };
            let mut tallies = Vec::with_capacity(points.len());
            // So many points at a time that what the first layer gives at them stays in the cache.
            let head = network.head_size().unwrap_or(1) * range.len() * size_of::<f32>();
            let group = (CPU_CHUNK_BYTES / head.max(1)).max(1);
            for (points, weights) in points.chunks(group).zip(single.chunks(group)) {
                interrupt.check()?;
                let between = points.iter().zip(weights).map(|(at, weights)| Between { weights, at });
                let mut heads = match shared {
                    true => network.host_heads(&products, &between.collect::<Vec<_>>()).unwrap_or_default(),
                    false => Vec::new(),
                }
                .into_iter();
                for at in points {
                    interrupt.check()?;
                    let mut reading = Passing::at(network, &at.theta, &at.buffers, pass.statistics);
                    let out = match heads.next() {
                        Some(head) => network.forward_after_head(&mut reading, head.into()),
                        None => network.forward(&mut reading, images.clone().into()),
                    };
                    tallies.push(tally(range, &out.into_outputs()));
                }
            }
            Ok((tallies, products.into_iter().next_back().filter(|_| keep)))
        })?;
        *self.points.lock().unwrap_or_else(PoisonError::into_inner) = points;
        let (tallies, products): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        Ok((tallies, products.into_iter().collect::<Option<Vec<Parts>>>().map(Products::new)))
    }

    fn gradient(
        &self,
        at: &State,
        batch: &Batch<'_>,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> Result<(f64, Vec<f32>)> {
        let Batch { labels, loss, count, .. } = *batch;
        let found = self.over(batch, statistics, &mut [sum], |share, sums| {
            let mut reading = net::Host::at(&self.network, &at.theta, &at.buffers, statistics).recording();
            let out = self.network.forward(&mut reading, share.images).into_outputs();
            let parts = self.parts(&out, share.labels, share.size);
            let slopes = parts.map(|(out, labels)| slope(out, labels, loss, count)).collect();
            let seen = reading.take_statistics();
            reading.into_tape().backward(&self.network, &at.theta, slopes, sums[0]);
            (out, seen)
        });
        let (outputs, seen): (Vec<Vec<f32>>, Vec<Vec<f32>>) = found.into_iter().unzip();
        // In the order of the examples, however they were cut.
        let share = Tally::of(&outputs.concat(), labels, loss).total() / count as f64;
        Ok((share, seen.into_iter().next().unwrap_or_default()))
    }

    fn derivatives(&self) -> &dyn Derivatives {
        self
    }
}

impl Derivatives for Host {
    fn tangents(
        &self,
        at: &State,
        directions: &[&[f32]],
        indices: &[u32],
        statistics: Statistics,
    ) -> Result<(Vec<f32>, Vec<Vec<f32>>)> {
        let (images, _) = self.batch(indices);
        let mut reading = Tangent::at(&self.network, &at.theta, &at.buffers, statistics, directions);
        let images = Moved::images(images, directions.len());
        Ok(self.network.forward(&mut reading, images).into_outputs())
    }

    fn curvature(
        &self,
        at: &State,
        directions: &[&[f32]],
        batch: &Batch<'_>,
        of: Curvature,
        statistics: Statistics,
        sums: &mut [Vec<f64>],
    ) -> Result<()> {
        let Batch { loss, count, .. } = *batch;
        let mut sums: Vec<&mut [f64]> = sums.iter_mut().map(|sum| &mut sum[..]).collect();
        self.over(batch, statistics, &mut sums, |share, sums| {
            let Share { images, labels, size } = share;
            let mut reading = Tangent::at(&self.network, &at.theta, &at.buffers, statistics, directions).recording();
            let images = Moved::images(images, directions.len());
            let (out, moved) = self.network.forward(&mut reading, images).into_outputs();
            let changes = moved.iter().map(|moved| {
                let both = self.parts(&out, labels, size).zip(moved.chunks(size * self.network.classes()));
                both.map(|((out, labels), moved)| slope_change(out, moved, labels, loss, count)).collect()
            });
            let changes: Vec<Vec<Vec<f32>>> = changes.collect();
            let tape = reading.into_tape();
            match of {
                Curvature::Hessian => {
                    let slopes = self.parts(&out, labels, size);
                    let slopes = slopes.map(|(out, labels)| slope(out, labels, loss, count)).collect();
                    tape.backward(&self.network, &at.theta, directions, &OutputSlopes { slopes, changes }, sums);
                }
                Curvature::GaussNewton => {
                    let tape = tape.into_values();
                    for (change, sum) in changes.into_iter().zip(sums) {
                        tape.clone().backward(&self.network, &at.theta, change, sum);
                    }
                }
            }
        });
        Ok(())
    }

    fn weighted(
        &self,
        at: &State,
        coefficients: &[&[f64]],
        batch: &Batch<'_>,
        statistics: Statistics,
        sums: &mut [Vec<f64>],
    ) -> Result<()> {
        let Batch { indices, labels, loss, .. } = *batch;
        let (images, size) = self.batch(indices);
        let mut reading = net::Host::at(&self.network, &at.theta, &at.buffers, statistics).recording();
        let out = self.network.forward(&mut reading, images).into_outputs();
        let slopes = slope(&out, labels, loss, 1);
        let (tape, classes) = (reading.into_tape(), self.network.classes());
        for (coefficients, sum) in coefficients.iter().zip(sums) {
            let mut scaled = slopes.clone();
            for (row, c) in scaled.chunks_exact_mut(classes).zip(*coefficients) {
                row.iter_mut().for_each(|slope| *slope = (f64::from(*slope) * c) as f32);
            }
            let scaled = scaled.chunks(size * classes).map(<[f32]>::to_vec).collect();
            tape.clone().backward(&self.network, &at.theta, scaled, sum);
        }
        Ok(())
    }
}
