//! The noise of mini-batch gradients against the curvature of the loss, as "The Anisotropic Noise in Stochastic Gradient Descent" (Zhu et al.
//! 2019) compares them: Tr(HΣ), which says how fast SGD leaves a minimum (Eq. 13), beside what isotropic noise of the same size would have.

use super::{
    held::{Leading, Trace},
    measured::Measured,
    operators::{NetworkCurvature, NoiseCovariance, NoiseCurvature, NoiseGram},
    place::Place,
};
use crate::{
    net::Statistics,
    objective::{Curvature, ObjectiveError},
    probe::vector,
    spectral::{EigenPair, LanczosSpec, TraceSpec, canonical_angles, overlap},
};

/// Gradients of single examples that are taken at a time.
const SINGLES: usize = 64;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseSpec {
    /// m, the examples of a batch; every number of Σ is that of m = 1 over m.
    pub batch: u64,
    /// k, the leading eigenvectors of H and Σ that are compared; at least 1.
    pub leading: usize,
    /// An eigenpair is found when ‖A v − λ v‖₂ is at most so large a share of the largest |eigenvalue|.
    pub tolerance: f64,
    /// Ends a search for eigenvalues after so many products, found or not.
    pub most_products: usize,
    /// How much work goes into each trace; exact where the products are as many as the dimensions, which for Tr(HΣ) are N. Fewer vectors go
    /// into a pass where memory says so.
    pub trace: TraceSpec,
    /// Of the searches for eigenvectors.
    pub seed: u64,
}

impl Default for NoiseSpec {
    fn default() -> Self {
        NoiseSpec {
            batch: 1,
            leading: 5,
            tolerance: 1e-3,
            most_products: 200,
            trace: TraceSpec { share: 0.03, most_products: 200, ..TraceSpec::default() },
            seed: 0,
        }
    }
}

impl NoiseSpec {
    /// Memory that the measurement takes at most beside that of the network, in bytes.
    /// With d parameters and n training examples.
    pub fn bytes(&self, d: usize, n: usize) -> u64 {
        let kept = (2 * self.leading.max(1) + 1) as u64 * d as u64 * size_of::<f64>() as u64;
        let most = [self.lanczos().bytes(d), self.trace.bytes(d), self.trace.bytes(n)].into_iter().max();
        kept.saturating_add(most.unwrap_or_default())
    }

    fn lanczos(&self) -> LanczosSpec {
        LanczosSpec {
            largest: self.leading,
            smallest: 0,
            most: 40 + 3 * self.leading,
            tolerance: self.tolerance,
            most_products: self.most_products,
            seed: self.seed,
            ..LanczosSpec::default()
        }
    }
}

/// Noise and curvature at one point. What is not a number is NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseReport {
    /// m.
    pub batch: u64,
    /// Tr Σ = E‖g_B − g‖², exact where examples do not share statistics.
    pub trace_sigma: Measured,
    /// Tr H.
    pub trace_h: Measured,
    /// Tr(HΣ), the indicator of Eq. 13.
    pub trace_h_sigma: Measured,
    /// Tr(HΣ̄) = Tr H · Tr Σ / D with Σ̄ = (Tr Σ / D) I, the isotropic equivalence of Σ (Prop. 1, Eq. 46).
    pub trace_h_sigma_bar: Measured,
    /// Tr(HΣ) / Tr(HΣ̄) (Eq. 17).
    pub ratio: f64,
    /// â = u₁ᵀΣu₁ · Tr H / (λ₁ · Tr Σ), the projection coefficient: the largest a of Eq. 16, as in Fig. 5.
    pub alignment: f64,
    /// u₁ᵀΣu₁, the variance of the noise along the leading eigenvector of H.
    pub along_first: f64,
    /// Between the leading eigenvectors of H and Σ, from 0 to π/2.
    pub angle: f64,
    /// Of the spaces of the k leading eigenvectors of H and of Σ: ‖UᵀV‖_F² / k, from 0 to 1.
    pub overlap: f64,
    /// The leading eigenvalues of H, in descending order.
    pub h_values: Vec<f64>,
    /// The leading eigenvalues of Σ, in descending order.
    pub sigma_values: Vec<f64>,
    /// ‖g‖₂ of the full gradient.
    pub gradient_norm: f64,
    /// √Tr Σ, the root of the expected squared norm of the noise.
    pub noise_norm: f64,
    /// gᵀHg.
    pub gradient_curvature: f64,
}

/// What is measured next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Gradient,
    Singles,
    SigmaTrace,
    HessianEnd,
    SigmaEnd,
    AlongFirst,
    HessianTrace,
    BentTrace,
}

/// Measures noise and curvature, a block of products at a time.
pub struct NoiseMeasure {
    place: Place,
    spec: NoiseSpec,
    stages: Vec<Stage>,
    /// The place of the present stage among them.
    stage: usize,
    /// Steps made in those before it, and in it.
    steps: [u64; 2],
    gradient: Vec<f64>,
    gradient_curvature: f64,
    /// ‖g_i‖² of the examples so far.
    squares: Vec<f64>,
    hessian_end: Leading,
    sigma_end: Leading,
    along_first: f64,
    sigma_trace: Trace,
    hessian_trace: Trace,
    bent_trace: Trace,
}

impl NoiseMeasure {
    /// Of a network at a point.
    pub fn new(place: &Place, spec: NoiseSpec) -> NoiseMeasure {
        let spec = NoiseSpec { batch: spec.batch.max(1), leading: spec.leading.max(1), ..spec };
        let norms = if place.mixes_examples() { Stage::SigmaTrace } else { Stage::Singles };
        let stages = vec![
            Stage::Gradient,
            norms,
            Stage::HessianEnd,
            Stage::SigmaEnd,
            Stage::AlongFirst,
            Stage::HessianTrace,
            Stage::BentTrace,
        ];
        let (d, n) = (place.parameters(), place.examples());
        let end = || Leading::new(spec.lanczos(), d);
        let together = spec.trace.together.min(place.together());
        let trace = |dimension| Trace::new(TraceSpec { together, ..spec.trace }, dimension);
        NoiseMeasure {
            place: place.clone(),
            stages,
            stage: 0,
            steps: [0; 2],
            gradient: Vec::new(),
            gradient_curvature: f64::NAN,
            squares: Vec::new(),
            hessian_end: end(),
            sigma_end: end(),
            along_first: f64::NAN,
            sigma_trace: trace(n),
            hessian_trace: trace(d),
            bent_trace: trace(n),
            spec,
        }
    }

    /// Makes one block of products, or takes the gradients of some examples; false when everything is measured.
    ///
    /// # Errors
    /// When interrupted, and when the device fails: the same step can be asked for again.
    pub fn advance(&mut self) -> Result<bool, ObjectiveError> {
        let Some(stage) = self.stages.get(self.stage).copied() else { return Ok(false) };
        let is_over = self.step(stage)?;
        self.steps[1] += 1;
        if is_over {
            self.stage += 1;
            self.steps = [self.steps[0] + self.steps[1], 0];
        }
        Ok(self.stage < self.stages.len())
    }

    /// (done, total) steps; the total is a guess as long as eigenvectors are searched for.
    pub fn progress(&self) -> (u64, u64) {
        let [before, here] = self.steps;
        let present = self.stages.get(self.stage).map_or(0, |stage| self.guess(*stage).max(here + 1));
        let after: u64 = self.stages.iter().skip(self.stage + 1).map(|stage| self.guess(*stage)).sum();
        (before + here, before + present + after)
    }

    /// How many parts are measured: a report says more than before when this has grown.
    pub fn parts(&self) -> usize {
        self.stage
    }

    /// What was found; of what is not measured yet, NaN.
    pub fn report(&self) -> NoiseReport {
        let NoiseSpec { batch, .. } = self.spec;
        // Everything is measured at m = 1.
        let share = 1.0 / batch as f64;
        let norm_squared = vector::sum(self.gradient.len(), |j| self.gradient[j] * self.gradient[j]);
        let is_known = !self.gradient.is_empty();
        let trace_sigma = match self.place.mixes_examples() {
            true => self.sigma_trace.found(),
            false if self.squares.len() < self.place.examples() => Measured::exact(f64::NAN),
            false => Measured::exact(self.squares.iter().sum::<f64>() / self.squares.len() as f64 - norm_squared),
        };
        let (trace_h, trace_h_sigma) = (self.hessian_trace.found(), self.bent_trace.found());
        let trace_h_sigma_bar = product(trace_h, trace_sigma).scaled(1.0 / self.place.parameters() as f64);
        let (h_values, sigma_values) = (self.hessian_end.values(), self.sigma_end.values());
        let (u, v) = (vectors(self.hessian_end.pairs()), vectors(self.sigma_end.pairs()));
        let first = h_values.first().copied().unwrap_or(f64::NAN);
        let angle = canonical_angles(&u[..u.len().min(1)], &v[..v.len().min(1)]);
        NoiseReport {
            batch,
            trace_sigma: trace_sigma.scaled(share),
            trace_h,
            trace_h_sigma: trace_h_sigma.scaled(share),
            trace_h_sigma_bar: trace_h_sigma_bar.scaled(share),
            ratio: trace_h_sigma.value / trace_h_sigma_bar.value,
            alignment: self.along_first * trace_h.value / (first * trace_sigma.value),
            along_first: self.along_first * share,
            angle: angle.first().copied().unwrap_or(f64::NAN),
            overlap: overlap(&u, &v),
            h_values,
            sigma_values: sigma_values.into_iter().map(|value| value * share).collect(),
            gradient_norm: if is_known { norm_squared.sqrt() } else { f64::NAN },
            noise_norm: (trace_sigma.value * share).sqrt(),
            gradient_curvature: self.gradient_curvature,
        }
    }

    /// One step; whether the stage is over.
    fn step(&mut self, stage: Stage) -> Result<bool, ObjectiveError> {
        let place = &self.place.clone();
        match stage {
            Stage::Gradient => {
                self.gradient = place.gradient()?;
                let products = place.products(Curvature::Hessian, std::slice::from_ref(&self.gradient))?;
                let along = |x: &Vec<f64>| vector::sum(x.len(), |j| x[j] * self.gradient[j]);
                self.gradient_curvature = products.first().map_or(f64::NAN, along);
                Ok(true)
            }
            Stage::Singles => {
                let (at, _) = place.state();
                let begin = self.squares.len();
                let end = place.examples().min(begin + SINGLES);
                let some: Vec<u32> = (begin as u32..end as u32).collect();
                let found = place.objective().gradient_squares(at, &some, Statistics::Running, &mut |_, _| ())?;
                self.squares.extend(found.norms);
                Ok(end == place.examples())
            }
            Stage::SigmaTrace => self.sigma_trace.step(&mut NoiseGram::new(place, 1)),
            Stage::HessianEnd => self.hessian_end.step(&mut NetworkCurvature::new(place, Curvature::Hessian)),
            Stage::SigmaEnd => self.sigma_end.step(&mut NoiseCovariance::new(place, 1)),
            Stage::AlongFirst => {
                let first = vectors(self.hessian_end.pairs().get(..1).unwrap_or_default());
                let along = place.along(&first)?;
                let variance = |x: &Vec<f64>| x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
                self.along_first = along.first().map_or(f64::NAN, variance);
                Ok(true)
            }
            Stage::HessianTrace => self.hessian_trace.step(&mut NetworkCurvature::new(place, Curvature::Hessian)),
            Stage::BentTrace => self.bent_trace.step(&mut NoiseCurvature::new(place, Curvature::Hessian, 1)),
        }
    }

    /// Steps that a stage takes.
    fn guess(&self, stage: Stage) -> u64 {
        match stage {
            Stage::Gradient | Stage::AlongFirst => 1,
            Stage::Singles => self.place.examples().div_ceil(SINGLES) as u64,
            Stage::HessianEnd | Stage::SigmaEnd => {
                (20 + 6 * self.spec.leading).min(self.spec.most_products).min(self.place.parameters()) as u64
            }
            Stage::SigmaTrace => self.sigma_trace.most_steps(),
            Stage::HessianTrace => self.hessian_trace.most_steps(),
            Stage::BentTrace => self.bent_trace.most_steps(),
        }
    }
}

/// Of independent numbers.
fn product(a: Measured, b: Measured) -> Measured {
    let standard_error = (a.value * b.standard_error).hypot(b.value * a.standard_error);
    Measured { value: a.value * b.value, standard_error }
}

fn vectors(pairs: &[EigenPair]) -> Vec<Vec<f64>> {
    pairs.iter().map(|pair| pair.vector.clone()).collect()
}
