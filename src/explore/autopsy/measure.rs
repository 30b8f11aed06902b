//! The measurements at a step.

use std::ops::Range;

use super::report::{LayerPart, WORST};
use crate::{
    curvature::{self, Place},
    net::{Network, State, Statistics},
    objective::{Curvature, ExampleLoss, Objective, ObjectiveError},
    probe::{NormMode, vector::sum},
};

/// The examples of a batch with the largest losses at a point, the largest first; what is no number before all. With the batch's
/// statistics, as the step has them.
///
/// # Errors
/// When interrupted, and when the device fails.
pub(crate) fn worst(objective: &Objective, at: &State, batch: &[u32]) -> Result<Vec<ExampleLoss>, ObjectiveError> {
    let mut all = objective.examples(at, batch, Statistics::Batch)?;
    let size = |e: &ExampleLoss| if e.loss.is_nan() { f64::INFINITY } else { e.loss };
    all.sort_by(|a, b| size(b).total_cmp(&size(a)));
    all.truncate(WORST);
    Ok(all)
}

/// What every layer has to do with a step, without curvature: `gradient`, `step` and `squares` are of length D.
pub(crate) fn layers(
    network: &Network,
    gradient: &[f32],
    step: Option<&[f32]>,
    squares: Option<&[f64]>,
) -> Vec<LayerPart> {
    let part = |(name, range): (String, Range<usize>)| {
        let (start, n) = (range.start, range.len());
        let of = |i: usize| f64::from(gradient[start + i]);
        let square = sum(n, |i| of(i) * of(i));
        let moved = |step: &[f32]| sum(n, |i| f64::from(step[start + i]) * f64::from(step[start + i])).sqrt();
        let mean = |total: f64| total / n.max(1) as f64;
        LayerPart {
            name,
            parameters: n as u64,
            gradient: square.sqrt(),
            step: step.map_or(0.0, moved),
            own: None,
            share: None,
            squares: squares.map(|squares| [mean(sum(n, |i| squares[start + i])), mean(square)]),
        }
    };
    curvature::layers(network).into_iter().map(part).collect()
}

/// u_lᵀHu_l and uᵀHu_l of the layers of a step u, some at a time: H the Hessian of the mean loss over all training examples at a point.
/// One product with H for every layer that moves.
pub(crate) struct Bends {
    at: State,
    mode: NormMode,
    step: Vec<f32>,
    layers: Vec<Range<usize>>,
    done: usize,
}

/// A layer's number, uᵀHu of its own block and its share in that of the whole step.
type Bend = (usize, [f64; 2]);

impl Bends {
    /// Of a step from `at`; running statistics that the mode computes anew are computed here, once.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn new(objective: &Objective, at: &State, mode: NormMode, step: Vec<f32>) -> Result<Bends, ObjectiveError> {
        let (at, mode) = objective.settled(at, mode)?;
        let layers = curvature::layers(objective.network()).into_iter().map(|(_, range)| range).collect();
        Ok(Bends { at, mode, step, layers, done: 0 })
    }

    /// Layers that are measured, and all of them.
    pub fn progress(&self) -> [u64; 2] {
        [self.done as u64, self.layers.len() as u64]
    }

    /// Some layers more; `None` when all are measured.
    ///
    /// # Errors
    /// When interrupted, and when the device fails: the same layers can be asked for again.
    pub fn next(&mut self, objective: &Objective) -> Result<Option<Vec<Bend>>, ObjectiveError> {
        if self.done == self.layers.len() {
            return Ok(None);
        }
        let place = Place::new(objective, &self.at, self.mode)?;
        let numbers: Vec<usize> = (self.done..self.layers.len()).take(place.together()).collect();
        let parts: Vec<Vec<f64>> = numbers.iter().map(|layer| self.part(*layer)).collect();
        let products = place.products(Curvature::Hessian, &parts)?;
        let along = |range: Range<usize>, product: &[f64]| {
            sum(range.len(), |i| f64::from(self.step[range.start + i]) * product[range.start + i])
        };
        let bend = |(layer, product): (&usize, &Vec<f64>)| {
            (*layer, [along(self.layers[*layer].clone(), product), along(0..self.step.len(), product)])
        };
        let found: Vec<(usize, [f64; 2])> = numbers.iter().zip(&products).map(bend).collect();
        self.done += numbers.len();
        Ok(Some(found))
    }

    /// u_l, zero beside the layer.
    fn part(&self, layer: usize) -> Vec<f64> {
        let mut part = vec![0.0; self.step.len()];
        for i in self.layers[layer].clone() {
            part[i] = f64::from(self.step[i]);
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{probe::vector::norm, run::LossKind};

    const NET: &str = "conv(2,3) tanh flatten linear(4) tanh linear(10)";

    fn step(n: usize) -> Vec<f32> {
        (0..n).map(|i| 0.1 * (1.3 * i as f32).sin()).collect()
    }

    /// Against a product with the whole step, and against the matrix written out for every pair of layers.
    #[test]
    fn layers_add_up_to_the_whole_step() {
        let network = Network::build(NET, [1, 4, 4], 10).unwrap();
        let at = network.initial_state(3);
        for loss in [LossKind::CrossEntropy, LossKind::MeanSquared] {
            let objective = Objective::sample(network.clone(), 17, loss);
            let u = step(at.theta.len());
            let mut bends = Bends::new(&objective, &at, NormMode::Running, u.clone()).unwrap();
            let mut found = Vec::new();
            while let Some(some) = bends.next(&objective).unwrap() {
                found.extend(some);
            }
            assert_eq!(found.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), [0, 1, 2]);
            let all: Vec<u32> = (0..17).collect();
            let product = |v: &[f32]| {
                let of = Curvature::Hessian;
                objective
                    .curvature_products(&at, &[v], &all, of, Statistics::Running, &mut |_, _| ())
                    .unwrap()
                    .remove(0)
            };
            let dot = |a: &[f32], b: &[f64]| sum(a.len(), |i| f64::from(a[i]) * b[i]);
            let whole = dot(&u, &product(&u));
            // uᵀHu = Σ over pairs of layers.
            let parts: Vec<Vec<f32>> = curvature::layers(&network)
                .into_iter()
                .map(|(_, range)| (0..u.len()).map(|i| if range.contains(&i) { u[i] } else { 0.0 }).collect())
                .collect();
            let pairs: Vec<Vec<f64>> =
                parts.iter().map(|a| parts.iter().map(|b| dot(a, &product(b))).collect()).collect();
            let scale: f64 = pairs.iter().flatten().map(|x| x.abs()).sum();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-5 * scale;
            let shares: f64 = found.iter().map(|(_, [_, share])| share).sum();
            assert!(
                scale > 1e-3 && near(shares, whole) && near(pairs.iter().flatten().sum(), whole),
                "{shares}, {whole}"
            );
            for (layer, [own, share]) in found {
                assert!(near(own, pairs[layer][layer]) && near(share, pairs[layer].iter().sum()), "{layer}");
            }
        }
    }

    #[test]
    fn norms_and_squares_of_layers_are_parts_of_the_whole() {
        let network = Network::build(NET, [1, 4, 4], 10).unwrap();
        let n = network.layout().len();
        let (g, u) = (step(n), step(n).iter().map(|x| -0.5 * x).collect::<Vec<f32>>());
        let expected = vec![0.25; n];
        let parts = layers(&network, &g, Some(&u), Some(&expected));
        let total = |f: fn(&LayerPart) -> f64| parts.iter().map(|p| f(p) * f(p)).sum::<f64>().sqrt();
        assert!((total(|p| p.gradient) - norm(&g)).abs() < 1e-9 && (total(|p| p.step) - norm(&u)).abs() < 1e-9);
        assert_eq!(parts.iter().map(|p| p.parameters).sum::<u64>(), n as u64);
        for p in &parts {
            let [expected, came] = p.squares.unwrap();
            assert!(expected == 0.25 && (came - p.gradient * p.gradient / p.parameters as f64).abs() < 1e-12);
        }
        let still = layers(&network, &g, None, None);
        assert!(still.iter().all(|p| p.step == 0.0 && p.squares.is_none()));
    }

    #[test]
    fn the_worst_come_first_and_what_is_no_number_before_them() {
        let network = Network::build(NET, [1, 4, 4], 10).unwrap();
        let objective = Objective::sample(network.clone(), 17, LossKind::CrossEntropy);
        let at = network.initial_state(3);
        let batch: Vec<u32> = (0..17).collect();
        let found = worst(&objective, &at, &batch).unwrap();
        let mut all = objective.examples(&at, &batch, Statistics::Batch).unwrap();
        all.sort_by(|a, b| b.loss.total_cmp(&a.loss));
        assert_eq!(found, all[..WORST]);
        assert_eq!(worst(&objective, &at, &[4, 2]).unwrap().len(), 2);
    }
}
