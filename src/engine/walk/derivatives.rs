//! Derivatives of the training loss at θ_t, for probes that ask for them.

use rand_distr::{Distribution as _, StandardNormal};

use super::warm::Warm;
use crate::{
    curvature::{
        BatchSharpness, NetworkCurvature, NoiseMeasure, NoiseReport, NoiseSpec, Place, PreconditionedCurvature,
    },
    objective::{Curvature, ObjectiveError},
    optim::{Optimizer, OptimizerKind},
    probe::{Derivative, Derivatives, ProbeId, ProbeSet},
    random,
    spectral::{Lanczos, LanczosSpec, LinearOperator, TraceEstimator, TraceSpec},
};

/// ‖Hv − λv‖ of an eigenpair that is found, as a share of the largest |eigenvalue|; and how many products a search may make.
const TOLERANCE: f64 = 1e-3;
const PRODUCTS: usize = 100;
/// Vectors that a search keeps at most.
const ROOM: usize = 30;
/// How much of a random vector is added to an eigenvector of length 1 that a search begins with: an eigenvector that is exact would stay one,
/// and never see another one overtake it.
const STIR: f64 = 0.1;
/// How well traces are known, and with how much.
const TRACE_SHARE: f64 = 0.05;
const TRACE_PRODUCTS: usize = 40;
/// Batches that the batch sharpness is a mean over.
const BATCHES: u64 = 8;

/// The measurement at one step.
pub(super) struct PointDerivatives<'p> {
    place: &'p Place,
    /// After its step from here.
    optimizer: &'p Optimizer,
    /// What is asked for.
    due: ProbeSet,
    /// Examples in the step's batch.
    batch: u64,
    /// Of the run.
    seed: u64,
    t: u64,
    warm: Warm,
    /// λ and its residual.
    largest: Option<[f64; 2]>,
    noise: Option<NoiseReport>,
    failed: Option<ObjectiveError>,
}

impl<'p> PointDerivatives<'p> {
    /// At θ_t, for the step of that iteration, whose batch has so many examples.
    pub(super) fn new(
        place: &'p Place,
        optimizer: &'p Optimizer,
        due: ProbeSet,
        warm: Warm,
        [batch, seed, t]: [u64; 3],
    ) -> PointDerivatives<'p> {
        PointDerivatives { place, optimizer, due, batch, seed, t, warm, largest: None, noise: None, failed: None }
    }

    /// Where the next search begins.
    ///
    /// # Errors
    /// What the objective said when something could not be measured.
    pub(super) fn end(self) -> Result<Warm, ObjectiveError> {
        self.failed.map_or(Ok(self.warm), Err)
    }

    /// A number for each iteration of each run.
    fn own_seed(&self) -> u64 {
        self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.t)
    }

    /// The largest eigenvalue of an operator and its residual; a probe's eigenvector is where it begins, and is kept.
    fn search<O: LinearOperator<Error = ObjectiveError>>(
        &mut self,
        operator: &mut O,
        id: ProbeId,
    ) -> Result<[f64; 2], ObjectiveError> {
        let spec = LanczosSpec {
            largest: 1,
            smallest: 0,
            block: 1,
            most: ROOM,
            tolerance: TOLERANCE,
            most_products: PRODUCTS,
            copies: false,
            seed: self.own_seed(),
        };
        let start = self.warm.get(id).map(|last| {
            let last: Vec<f64> = last.iter().map(|x| f64::from(*x)).collect();
            let mut random = random::stream(self.seed, &format!("{} at {}", id.probe().name(), self.t));
            let stir: Vec<f64> = last.iter().map(|_| StandardNormal.sample(&mut random)).collect();
            let length = stir.iter().map(|x: &f64| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            vec![last, stir.into_iter().map(|x| x * STIR / length).collect()]
        });
        let mut lanczos = Lanczos::new(spec, operator.dimension(), start);
        lanczos.finish(operator)?;
        let Some(pair) = lanczos.largest().into_iter().next() else { return Ok([f64::NAN; 2]) };
        self.warm.put(id, &pair.vector);
        Ok([pair.value, pair.residual])
    }

    fn largest(&mut self) -> Result<[f64; 2], ObjectiveError> {
        if let Some(found) = self.largest {
            return Ok(found);
        }
        let found = self.search(&mut NetworkCurvature::new(self.place, Curvature::Hessian), ProbeId::LAMBDA_MAX)?;
        self.largest = Some(found);
        Ok(found)
    }

    fn preconditioned(&mut self) -> Result<Option<f64>, ObjectiveError> {
        let Some(divisor) = self.optimizer.preconditioner() else { return Ok(None) };
        let spec = self.optimizer.spec();
        // AdamW's decay is not part of its gradient.
        let weight_decay = if spec.kind == OptimizerKind::AdamW { 0.0 } else { spec.weight_decay };
        let mut operator = PreconditionedCurvature::new(self.place, &divisor, weight_decay);
        Ok(Some(self.search(&mut operator, ProbeId::PRECONDITIONED_LAMBDA_MAX)?[0]))
    }

    fn traces(&self) -> TraceSpec {
        let together = TraceSpec::default().together.min(self.place.together());
        TraceSpec { share: TRACE_SHARE, most_products: TRACE_PRODUCTS, together, seed: self.own_seed() }
    }

    fn trace(&self) -> Result<f64, ObjectiveError> {
        let mut operator = NetworkCurvature::new(self.place, Curvature::Hessian);
        let mut estimator = TraceEstimator::new(self.traces(), operator.dimension());
        while !estimator.step(&mut operator)? {}
        Ok(estimator.estimate().value)
    }

    fn batch_sharpness(&self) -> Result<f64, ObjectiveError> {
        let size = usize::try_from(self.batch).unwrap_or(usize::MAX);
        let mut measure = BatchSharpness::new(self.place, size, BATCHES, self.own_seed());
        while measure.advance()? {}
        Ok(measure.found().value)
    }

    /// Without the searches, where only norms are asked for.
    fn noise(&mut self) -> Result<&NoiseReport, ObjectiveError> {
        let report = match self.noise.take() {
            Some(report) => report,
            None => self.measured_noise()?,
        };
        Ok(self.noise.insert(report))
    }

    fn measured_noise(&self) -> Result<NoiseReport, ObjectiveError> {
        let spec = NoiseSpec {
            batch: self.batch,
            leading: 1,
            tolerance: TOLERANCE,
            most_products: PRODUCTS,
            trace: self.traces(),
            seed: self.own_seed(),
        };
        let bent = [ProbeId::TRACE_H_SIGMA, ProbeId::TRACE_H_SIGMA_BAR, ProbeId::NOISE_RATIO, ProbeId::ALIGNMENT];
        let measure = NoiseMeasure::new(self.place, spec);
        let mut measure = match bent.into_iter().any(|id| self.due.has(id)) {
            true => measure.without_directions(),
            false => measure.norms_only(),
        };
        while measure.advance()? {}
        Ok(measure.report())
    }

    fn find(&mut self, which: Derivative) -> Result<Option<f64>, ObjectiveError> {
        Ok(match which {
            Derivative::LargestEigenvalue => Some(self.largest()?[0]),
            Derivative::Residual => Some(self.largest()?[1]),
            Derivative::PreconditionedEigenvalue => self.preconditioned()?,
            Derivative::Trace => Some(self.trace()?),
            Derivative::BatchSharpness => Some(self.batch_sharpness()?),
            Derivative::TraceSigma => Some(self.noise()?.trace_sigma.value),
            Derivative::TraceHSigma => Some(self.noise()?.trace_h_sigma.value),
            Derivative::TraceHSigmaBar => Some(self.noise()?.trace_h_sigma_bar.value),
            Derivative::NoiseRatio => Some(self.noise()?.ratio),
            Derivative::Alignment => Some(self.noise()?.alignment),
            Derivative::NoiseNorm => Some(self.noise()?.noise_norm),
            Derivative::MeanGradientNorm => Some(self.noise()?.gradient_norm),
        })
    }
}

impl Derivatives for PointDerivatives<'_> {
    fn number(&mut self, which: Derivative) -> Option<f64> {
        if self.failed.is_some() {
            return None;
        }
        self.find(which).unwrap_or_else(|why| {
            self.failed = Some(why);
            None
        })
    }
}

#[cfg(test)]
mod tests;
