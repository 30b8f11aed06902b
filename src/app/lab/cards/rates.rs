//! How gradient descent converges along each eigenvector: the chart of Walk's Fig. 28.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Experiment, Rates},
    toy::{
        ToyError,
        theory::rates::{best_rate, card, regime},
    },
};

/// Steps that are compared.
const STEPS: u32 = 40;

/// A rate and two eigenvalues.
pub fn topic() -> Topic {
    let knobs = [
        Knob::real("rate η", "Learning rate", 0.3, 0.001..=2.0),
        Knob::real("λ_{max}", "The largest eigenvalue of H", 5.0, 0.1..=20.0),
        Knob::real("λ_{min}", "The smallest", 1.0, 0.01..=20.0),
    ];
    Topic::new("Rates of gradient descent", knobs, example)
}

fn example([eta, largest, smallest]: [f64; 3]) -> Result<Example, ToyError> {
    let card = card(&[largest, smallest], eta, STEPS as usize)?;
    let remark = format!(
        "At η = {eta:.4} the largest eigenvalue is {}, the smallest {}. Both together converge fastest at η = {:.4}.",
        regime(largest, eta),
        regime(smallest, eta),
        best_rate(smallest, largest)
    );
    // The knobs may cross.
    let (largest, smallest) = (largest.max(smallest), largest.min(smallest));
    let end = (2.8 / largest).max(1.1 * eta);
    let condition = largest / smallest;
    let experiment = Rates { dim: 2, largest, condition, etas: 60, end, steps: STEPS, eta: Some(eta) };
    Ok(Example::of(card, Experiment::Rates(experiment), 0, remark))
}
