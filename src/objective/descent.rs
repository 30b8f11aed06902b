//! The gradients that one step needs: one at θ_t; and, for SAM and its relatives, one where the ascent leads.
//!
//! Both are over the same examples with the statistics of their batch. The running statistics move by what the first pass
//! saw, at θ_t, so they move once per step. Noise is one draw per step, added to every gradient of the step, as if the
//! batch loss were L_B(θ) + zᵀθ.

use super::{error::ObjectiveError, function::Objective, gradient::Gradient};
use crate::{
    net::{BatchNorm, State, Statistics},
    optim::Ascent,
    probe::vector::norm,
};

/// What a step is made from.
pub struct Descent {
    /// At θ_t: loss, gradient, and the statistics of the batch.
    pub here: Gradient,
    /// At θ_t + ε̂; `None` without an ascent, and when what was found at θ_t is not finite.
    perturbed: Option<Gradient>,
    /// ‖g_t‖₂, noise included.
    pub norm: f64,
    /// Gradients over the whole batch that it took; shards of one batch count together.
    pub evaluations: u64,
}

/// How the gradients of a step are taken.
pub struct Plan<'a> {
    pub ascent: Option<Ascent>,
    /// Examples that share an ascent; `None` is the whole batch.
    pub shard: Option<u64>,
    /// Added to every gradient, of length D.
    pub noise: Option<&'a [f32]>,
}

impl Descent {
    /// Takes the gradients over `batch` at `at`.
    ///
    /// In shards, every shard has its own ascent and its own batch statistics; losses, gradients and statistics are means
    /// over the shards, weighted by their sizes.
    ///
    /// # Errors
    /// [`ObjectiveError`], when interrupted or when the device fails.
    pub fn find(objective: &Objective, at: &State, batch: &[u32], plan: &Plan<'_>) -> Result<Descent, ObjectiveError> {
        let size = match (plan.ascent, plan.shard) {
            (Some(_), Some(m)) => usize::try_from(m).unwrap_or(usize::MAX).min(batch.len()),
            _ => batch.len(),
        };
        let mut pairs = Vec::new();
        for shard in batch.chunks(size.max(1)) {
            let share = shard.len() as f64 / batch.len() as f64;
            pairs.push((share, pair(objective, at, shard, plan)?));
        }
        let (here, perturbed): (Vec<_>, Vec<_>) =
            pairs.into_iter().map(|(share, (here, perturbed))| ((share, here), perturbed.map(|p| (share, p)))).unzip();
        // A shard that is not finite makes the mean not finite: then there is no step, and nothing to perturb.
        let perturbed: Option<Vec<_>> = perturbed.into_iter().collect();
        let here = mean(here);
        let norm = norm(&here.values);
        let perturbed = perturbed.map(mean);
        let evaluations = 1 + u64::from(perturbed.is_some());
        Ok(Descent { here, perturbed, norm, evaluations })
    }

    /// The gradient that the step follows, before weight decay.
    pub fn gradient(&self) -> &[f32] {
        &self.perturbed.as_ref().unwrap_or(&self.here).values
    }

    /// The running statistics after the step: moved once, by what the batch had at θ_t.
    pub fn moved(&self, running: &[f32]) -> Vec<f32> {
        let share = BatchNorm::MOMENTUM as f32;
        running.iter().zip(&self.here.statistics).map(|(r, s)| (1.0 - share) * r + share * s).collect()
    }

    /// Whether a step can be made of it.
    pub fn is_finite(&self) -> bool {
        let perturbed = self.perturbed.as_ref().is_none_or(|p| p.loss.is_finite() && norm(&p.values).is_finite());
        self.here.loss.is_finite() && self.norm.is_finite() && perturbed
    }
}

/// The gradient over `shard` at a point, and the one where its ascent leads.
fn pair(
    objective: &Objective,
    at: &State,
    shard: &[u32],
    plan: &Plan<'_>,
) -> Result<(Gradient, Option<Gradient>), ObjectiveError> {
    let gradient = |at: &State| -> Result<Gradient, ObjectiveError> {
        let mut found = objective.gradient(at, shard, Statistics::Batch)?;
        if let Some(noise) = plan.noise {
            found.values.iter_mut().zip(noise).for_each(|(g, z)| *g += z);
        }
        Ok(found)
    };
    let here = gradient(at)?;
    let perturbed = match &plan.ascent {
        Some(ascent) if here.loss.is_finite() && norm(&here.values).is_finite() => {
            let theta = ascent.perturbed(&at.theta, &here.values);
            Some(gradient(&State { theta, buffers: at.buffers.clone() })?)
        }
        _ => None,
    };
    Ok((here, perturbed))
}

/// The mean of gradients over shards, weighted by their shares of the batch; a single one as it is.
fn mean(mut shards: Vec<(f64, Gradient)>) -> Gradient {
    if shards.len() == 1
        && let Some((_, only)) = shards.pop()
    {
        return only;
    }
    let weighted = |of: fn(&Gradient) -> &[f32]| -> Vec<f32> {
        let mut sum = vec![0.0f64; shards.first().map_or(0, |(_, g)| of(g).len())];
        for (share, g) in &shards {
            sum.iter_mut().zip(of(g)).for_each(|(s, x)| *s += share * f64::from(*x));
        }
        sum.into_iter().map(|x| x as f32).collect()
    };
    Gradient {
        loss: shards.iter().map(|(share, g)| share * g.loss).sum(),
        values: weighted(|g| &g.values),
        statistics: weighted(|g| &g.statistics),
    }
}
