//! What a network says of single examples: answer and loss.

use super::{
    error::Result,
    evaluator::Which,
    function::Objective,
    loss::{per_example, prediction},
    pass::each,
    subset::Subset,
};
use crate::net::{State, Statistics};

/// A training example, and what a network says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExampleLoss {
    /// Its place in the training data.
    pub index: u32,
    pub label: u32,
    /// The class with the largest output; `None` when an output is not a number.
    pub prediction: Option<u32>,
    pub loss: f64,
}

impl Objective {
    /// Answer and loss of the training examples `indices`, in their order; with batch statistics those of all of them together, as in a
    /// step.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn examples(&self, at: &State, indices: &[u32], statistics: Statistics) -> Result<Vec<ExampleLoss>> {
        let (size, statistics) = match self.is_batch(statistics) {
            true => (indices.len(), Statistics::Batch),
            false => (self.evaluator.chunk(), Statistics::Running),
        };
        let parts: Vec<&[u32]> = indices.chunks(size.max(1)).collect();
        let found = each(&parts, self.takes_threads(), &self.interrupt, |part| {
            let out = self.evaluator.outputs(at, Subset::Train, Which::At(part), statistics)?;
            let labels: Vec<u32> = part.iter().map(|i| self.data.train.labels[*i as usize]).collect();
            let losses = per_example(&out.values, &labels, self.loss);
            let rows = out.values.chunks_exact((out.values.len() / part.len().max(1)).max(1));
            let examples = part.iter().zip(labels).zip(losses).zip(rows);
            Ok(examples
                .map(|(((index, label), loss), row)| {
                    let prediction = prediction(row).map(|class| class as u32);
                    ExampleLoss { index: *index, label, prediction, loss }
                })
                .collect::<Vec<_>>())
        })?;
        Ok(found.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{net::Network, probe::NormMode, run::LossKind};

    /// Against all losses and outputs at once.
    #[test]
    fn examples_have_the_losses_and_answers_of_the_whole_set() {
        let network = Network::build("conv(3,3) tanh flatten linear(10)", [1, 4, 4], 10).unwrap();
        let at = network.initial_state(2);
        for loss in [LossKind::CrossEntropy, LossKind::MeanSquared] {
            let objective = Objective::sample(network.clone(), 23, loss);
            let losses = objective.per_example_loss(&at, Subset::Train, NormMode::Running).unwrap();
            let outputs = objective.outputs(&at, Subset::Train, NormMode::Running).unwrap();
            let indices = [20, 3, 7, 7, 0];
            let found = objective.examples(&at, &indices, Statistics::Batch).unwrap();
            assert_eq!(found.iter().map(|e| e.index).collect::<Vec<_>>(), indices);
            for e in found {
                let row = &outputs[10 * e.index as usize..][..10];
                let best = (0..10).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
                assert_eq!((e.label, e.prediction), (e.index * 7 % 10, Some(best as u32)));
                assert!((e.loss - losses[e.index as usize]).abs() <= 1e-5 * losses[e.index as usize], "{e:?}");
            }
        }
    }
}
