//! Many parameter points in one pass over the data.

use std::{ops::Range, sync::PoisonError};

use super::{ACTIVATION_BUDGET, Objective, Plan, Result, loss::Tally, set::Set};
use crate::{
    net::{Fan, FanPoints, FirstProduct, Host, Parts, State, combine_beside},
    probe::Evaluation,
};

/// Bytes of first-layer products kept from one slice to the next; beyond it they are computed again.
const PRODUCT_BUDGET: usize = 256 << 20;
/// Bytes of parameter points held at once.
const POINT_BUDGET: usize = 512 << 20;

/// First-layer products of the training data at one θ, batch by batch.
pub struct LineEnd {
    theta: Vec<f32>,
    products: Products,
}

pub(super) enum Products {
    OnHost(Vec<Parts>),
    OnDevice(Vec<FirstProduct>),
}

impl LineEnd {
    pub(super) fn new(at: &State, products: Products) -> LineEnd {
        LineEnd { theta: at.theta.clone(), products }
    }

    /// The products, if they belong to this point.
    pub(super) fn products_at(self, at: &State) -> Option<Products> {
        (self.theta == at.theta).then_some(self.products)
    }
}

impl Objective {
    /// Loss and error at Σ_j `weights[k][j]` · `anchors[j]`; `known` are first-layer products of the first anchor, and
    /// with `keep` those of the last one are returned.
    pub(super) fn fan(
        &self,
        set: &Set,
        plan: &Plan,
        anchors: &[&State],
        weights: &[Vec<f64>],
        known: Option<Products>,
        keep: bool,
    ) -> Result<(Vec<Evaluation>, Option<Products>)> {
        let size = self.network.first_product_size().unwrap_or(0) * size_of::<f32>();
        let keep = keep && size > 0 && set.len() * size <= PRODUCT_BUDGET;
        let together = (POINT_BUDGET / (self.network.layout().len() * size_of::<f32>())).clamp(1, 4096);
        let (mut values, mut known) = (Vec::new(), known);
        for weights in weights.chunks(together) {
            let (tallies, products) = match self.on_host {
                true => self.host_fan(set, plan, anchors, weights, known.take(), keep)?,
                false => self.device_fan(set, plan, anchors, weights, known.take(), keep)?,
            };
            values.extend((0..weights.len()).map(|k| Tally::sum(tallies.iter().map(|row| &row[k])).mean()));
            known = products;
        }
        Ok((values, known))
    }

    fn host_fan(
        &self,
        set: &Set,
        plan: &Plan,
        anchors: &[&State],
        weights: &[Vec<f64>],
        known: Option<Products>,
        keep: bool,
    ) -> Result<(Vec<Vec<Tally>>, Option<Products>)> {
        let size = self.network.first_product_size().unwrap_or(0) * size_of::<f32>();
        let largest = plan.batches.iter().map(Range::len).max().unwrap_or(0);
        // All anchors' products of a batch are held at once.
        let shared = size > 0 && anchors.len() * largest * size <= ACTIVATION_BUDGET;
        let mut points = std::mem::take(&mut *self.points.lock().unwrap_or_else(PoisonError::into_inner));
        points.resize_with(weights.len(), State::default);
        for (point, w) in points.iter_mut().zip(weights) {
            // The first layer's weights act through their products alone: most of θ need not be combined at all.
            let unused =
                if shared && w.iter().any(|w| *w as f32 != 0.0) { self.network.shared_first_weight() } else { 0..0 };
            let part = |f: fn(&State) -> &[f32]| anchors.iter().map(|s| f(s)).collect::<Vec<_>>();
            point.theta.resize(self.network.layout().len(), 0.0);
            combine_beside(&mut point.theta, &part(|s| &s.theta), w, unused);
            point.buffers.resize(self.network.buffers().len(), 0.0);
            combine_beside(&mut point.buffers, &part(|s| &s.buffers), w, 0..0);
        }
        let known = match known {
            Some(Products::OnHost(products)) if products.len() == plan.batches.len() => products,
            _ => Vec::new(),
        };
        let numbered: Vec<(usize, &Range<usize>)> = plan.batches.iter().enumerate().collect();
        let index = |range: &Range<usize>| numbered.partition_point(|(_, r)| r.start < range.start);
        let done = self.map_batches(set, plan, |range| {
            let images = set.on_host(range);
            let products: Vec<Parts> = if shared {
                let product = |(j, at): (usize, &&State)| match known.get(index(range)) {
                    Some(product) if j == 0 => Some(product.clone()),
                    _ => self.network.host_first_product(&at.theta, &images),
                };
                anchors.iter().enumerate().filter_map(product).collect()
            } else {
                Vec::new()
            };
            let mut tallies = Vec::with_capacity(points.len());
            for (at, w) in points.iter().zip(weights) {
                self.check_interrupt()?;
                let terms: Vec<(f32, &Parts)> = w.iter().map(|w| *w as f32).zip(&products).collect();
                let mut reading = Host::at(&self.network, &at.theta, &at.buffers, plan.statistics).between(&terms);
                let input = if reading.knows_first() { Parts::default() } else { images.clone() };
                let out = self.network.forward(&mut reading, input).into_outputs();
                tallies.push(Tally::of(&out, set.labels(range), self.loss));
            }
            Ok((tallies, products.into_iter().next_back().filter(|_| keep)))
        })?;
        *self.points.lock().unwrap_or_else(PoisonError::into_inner) = points;
        let (tallies, products): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        Ok((tallies, products.into_iter().collect::<Option<Vec<_>>>().map(Products::OnHost)))
    }

    fn device_fan(
        &self,
        set: &Set,
        plan: &Plan,
        anchors: &[&State],
        weights: &[Vec<f64>],
        known: Option<Products>,
        keep: bool,
    ) -> Result<(Vec<Vec<Tally>>, Option<Products>)> {
        let known = match known {
            Some(Products::OnDevice(products)) if products.len() == plan.batches.len() => products,
            _ => Vec::new(),
        };
        let mut tallies = vec![Vec::new(); plan.batches.len()];
        let mut kept = Vec::new();
        // The activations of all points of a group are on the device at once.
        let per_point = plan.batches.iter().map(Range::len).max().unwrap_or(1) * self.network.widest_activation();
        let group = (2 * ACTIVATION_BUDGET / (per_point * size_of::<f32>()).max(1)).max(1);
        for (g, weights) in weights.chunks(group).enumerate() {
            let points = FanPoints::new(&self.network, anchors, weights, &self.device);
            for (i, range) in plan.batches.iter().enumerate() {
                self.check_interrupt()?;
                let mut fan = Fan::over(&points, plan.statistics).with_product(0, known.get(i).cloned());
                let out = self.network.forward(&mut fan, set.on_device(range, &self.device).into());
                for out in out.into_outputs(points.len()) {
                    tallies[i].push(Tally::of(&out.try_into_vec_as::<f32>()?, set.labels(range), self.loss));
                }
                if keep && g == 0 {
                    kept.extend(fan.take_product(anchors.len() - 1));
                }
            }
        }
        Ok((tallies, (keep && kept.len() == plan.batches.len()).then_some(Products::OnDevice(kept))))
    }
}
