//! Proposition 1 of the noise paper: noise aligned with an ill-conditioned Hessian against noise without a direction.

use super::topic::{Example, Knob, Topic};
use crate::{
    recipe::toy::{Anisotropy, Experiment},
    toy::ToyError,
};

/// A spectrum with k large eigenvalues, and how much of the noise follows it.
pub fn topic() -> Topic {
    let knobs = [
        Knob::real("aligned share", "Of Σ that is shaped like H; the rest is isotropic", 0.8, 0.0..=1.0),
        Knob::whole("dimensions D", "Of the well", 40.0, 2.0..=100.0),
        Knob::whole("k", "Eigenvalues that are large", 2.0, 1.0..=20.0),
        Knob::real("exponent d", "The others are below λ₁ D^(−d); above ½", 1.0, 0.51..=2.0),
    ];
    Topic::new("Anisotropic noise (Prop. 1)", knobs, example)
}

fn example([aligned, dim, large, exponent]: [f64; 4]) -> Result<Example, ToyError> {
    let experiment = Anisotropy { dim: dim as usize, large: large as usize, exponent, aligned };
    let card = experiment.card()?;
    let remark = "â is u₁·Σu₁ TrH / (λ₁ TrΣ), the projection coefficient of Fig. 5.";
    Ok(Example::of(card, Experiment::Anisotropy(experiment), 0, remark.into()))
}
