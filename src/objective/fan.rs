//! Many parameter points in one pass over the data.

use std::ops::Range;

use super::{
    budget::{POINT_BUDGET, PRODUCT_BUDGET},
    error::Result,
    evaluator::{FanPass, Products},
    function::Objective,
    loss::Tally,
    subset::Subset,
};
use crate::{
    net::{State, combine},
    probe::{Evaluation, NormMode},
};

/// First-layer products of the training data at one θ, batch by batch.
pub struct LineEnd {
    theta: Vec<f32>,
    products: Products,
}

impl LineEnd {
    fn new(at: &State, products: Products) -> LineEnd {
        LineEnd { theta: at.theta.clone(), products }
    }

    /// The products, if they belong to this point.
    fn products_at(self, at: &State) -> Option<Products> {
        (self.theta == at.theta).then_some(self.products)
    }
}

impl Objective {
    /// Mean loss and error at the points Σ_j `weights[k][j]` · `anchors[j]`; running statistics are combined as the
    /// parameters are. A point that is an anchor itself (one weight 1, the others 0) has that anchor's numbers to the bit.
    pub fn evaluate_fan(
        &self,
        anchors: &[&State],
        weights: &[Vec<f64>],
        subset: Subset,
        mode: NormMode,
    ) -> Result<Vec<Evaluation>> {
        if let NormMode::Recalibrated(_) = mode
            && self.network.has_batch_norm()
        {
            return weights.iter().map(|w| self.evaluate(&combine(anchors, w), subset, mode)).collect();
        }
        Ok(self.fan(anchors, weights, subset, mode, None, false)?.0)
    }

    /// Mean training loss and error on (1−α)a + αb, one first-layer product when `known` belongs to a, else two.
    ///
    /// Returns what the next line needs if it starts at b.
    pub fn evaluate_line(
        &self,
        a: &State,
        b: &State,
        alphas: &[f64],
        mode: NormMode,
        known: Option<LineEnd>,
    ) -> Result<(Vec<Evaluation>, Option<LineEnd>)> {
        let weights: Vec<Vec<f64>> = alphas.iter().map(|t| vec![1.0 - t, *t]).collect();
        if let NormMode::Recalibrated(_) = mode
            && self.network.has_batch_norm()
        {
            return Ok((self.evaluate_fan(&[a, b], &weights, Subset::Train, mode)?, None));
        }
        let known = known.and_then(|end| end.products_at(a));
        let (values, products) = self.fan(&[a, b], &weights, Subset::Train, mode, known, true)?;
        Ok((values, products.map(|products| LineEnd::new(b, products))))
    }

    /// Loss and error at Σ_j `weights[k][j]` · `anchors[j]`; `known` are first-layer products of the first anchor, and
    /// with `keep` those of the last one are returned.
    fn fan(
        &self,
        anchors: &[&State],
        weights: &[Vec<f64>],
        subset: Subset,
        mode: NormMode,
        known: Option<Products>,
        keep: bool,
    ) -> Result<(Vec<Evaluation>, Option<Products>)> {
        let pass = self.pass(subset, mode);
        let size = self.network.first_product_size().unwrap_or(0) * size_of::<f32>();
        let keep = keep && size > 0 && self.count(subset) * size <= PRODUCT_BUDGET;
        let together = (POINT_BUDGET / (self.network.layout().len() * size_of::<f32>())).clamp(1, 4096);
        let tally = |range: &Range<usize>, out: &[f32]| self.tally(subset, range, out);
        let (mut values, mut known) = (Vec::new(), known);
        for weights in weights.chunks(together) {
            let over = FanPass { pass: &pass, anchors, weights, keep };
            let (tallies, products) = self.evaluator.fan(&over, known.take(), &tally, &self.interrupt)?;
            values.extend((0..weights.len()).map(|k| Tally::sum(tallies.iter().map(|row| &row[k])).mean()));
            known = products;
        }
        Ok((values, known))
    }
}
