//! What derivatives of the training loss tell at θ_t: curvature, and the noise of the gradient against it.
//!
//! They share their work and differ in their words, so they are a table.

use crate::probe::step::{Derivative, DerivativeGroup, DerivativeProbe, Derivatives, Probe, StepView};

/// A row of the table.
pub struct Told {
    name: &'static str,
    key: &'static str,
    title: &'static str,
    label: &'static str,
    about: &'static str,
    definition: &'static str,
    group: DerivativeGroup,
    which: Derivative,
}

impl Probe for Told {
    fn name(&self) -> &'static str {
        self.name
    }

    fn key(&self) -> &'static str {
        self.key
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn label(&self) -> &'static str {
        self.label
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn definition(&self) -> &'static str {
        self.definition
    }

    fn is_usual(&self) -> bool {
        false
    }

    fn derivative(&self) -> Option<&dyn DerivativeProbe> {
        Some(self)
    }

    /// The step alone does not tell.
    fn measure(&self, _: &StepView<'_>) -> Option<f64> {
        None
    }
}

impl DerivativeProbe for Told {
    fn group(&self) -> DerivativeGroup {
        self.group
    }

    fn measure(&self, derivatives: &mut dyn Derivatives) -> Option<f64> {
        derivatives.number(self.which)
    }
}

pub const LAMBDA_MAX: Told = Told {
    name: "lambda-max",
    key: "lambda_max",
    title: "largest eigenvalue of the Hessian",
    label: "λ_{max}(H)",
    about: "Largest eigenvalue of the Hessian of the full training loss",
    definition: "λ_max(H), the largest eigenvalue of the Hessian of the mean training loss at θ_t (the sharpness of Cohen et al. 2021), \
                 by Lanczos iteration from the eigenvector that was found the last time and a tenth of a random vector, until \
                 ‖Hv − λv‖ is at most 1/1000 of the largest |eigenvalue| or 100 products are made. Above 2/η a step of gradient descent \
                 overshoots along this eigenvector: on a quadratic it would grow from step to step. Training raises λ_max up to that \
                 edge and then hovers there while the loss falls unevenly (edge of stability). With mini-batches it stays below, and \
                 the batch sharpness comes to 2/η instead.",
    group: DerivativeGroup::Curvature,
    which: Derivative::LargestEigenvalue,
};

pub const LAMBDA_MAX_RESIDUAL: Told = Told {
    name: "lambda-max-residual",
    key: "lambda_max_residual",
    title: "residual of the largest eigenvalue",
    label: "‖Hv − λ_{max}v‖_2",
    about: "How well the largest eigenvalue is known",
    definition: "‖Hv − λv‖₂ of the eigenvector v that was found, of length 1: an eigenvalue of H lies no farther than this from λ.",
    group: DerivativeGroup::Curvature,
    which: Derivative::Residual,
};

pub const PRECONDITIONED_LAMBDA_MAX: Told = Told {
    name: "preconditioned-lambda-max",
    key: "preconditioned_lambda_max",
    title: "largest eigenvalue of the preconditioned Hessian",
    label: "λ_{max}(P^{−1/2}HP^{−1/2})",
    about: "The same in the units of Adam's or RMSProp's steps; nothing for other optimizers",
    definition: "The largest eigenvalue of P^(−1/2)(H + wI)P^(−1/2) at θ_t, with the P that divides the step from there (Cohen et al. \
                 2022): (1 − β₁^t)(√(v/(1 − β₂^t)) + ε) of Adam and AdamW after t steps, √s + ε of RMSProp, and w the weight decay that is added to \
                 the gradient. Found as λ_max is. Adam's limit is 2(1 + β₁)/((1 − β₁)η), that is 38/η for β₁ = 0.9. There is none for \
                 optimizers that do not divide their steps so.",
    group: DerivativeGroup::Curvature,
    which: Derivative::PreconditionedEigenvalue,
};

pub const TRACE: Told = Told {
    name: "trace",
    key: "trace",
    title: "trace of the Hessian",
    label: "Tr H",
    about: "Trace of the Hessian of the full training loss",
    definition: "Tr H of the mean training loss at θ_t by XTrace (Epperly, Tropp and Webber 2024), until the standard error is at most \
                 1/20 of it, or with 40 products; exact for 40 parameters or fewer.",
    group: DerivativeGroup::Curvature,
    which: Derivative::Trace,
};

pub const BATCH_SHARPNESS: Told = Told {
    name: "batch-sharpness",
    key: "batch_sharpness",
    title: "batch sharpness",
    label: "E_B[g_B·H_Bg_B / ‖g_B‖^2]",
    about: "Curvature of each batch's loss along that batch's own gradient, in the mean over eight batches",
    definition: "E_B[g_B·H_Bg_B / ‖g_B‖²] at θ_t, where g_B and H_B are gradient and Hessian of the loss of one batch of the run's size \
                 (Andreyev and Beneventano 2024, arXiv 2412.20553); the mean over 8 batches that are drawn anew (our choice). Mini-batch \
                 SGD drives it to 2/η, as gradient descent does λ_max.",
    group: DerivativeGroup::Curvature,
    which: Derivative::BatchSharpness,
};

pub const TRACE_SIGMA: Told = Told {
    name: "trace-sigma",
    key: "trace_sigma",
    title: "trace of the noise covariance",
    label: "Tr Σ",
    about: "Size of the gradient noise: expected squared distance of a batch's gradient from the mean",
    definition: "Tr Σ = E‖g_B − g‖² at θ_t for a batch of the run's size m drawn with replacement: 1/m times the variance of the gradients \
                 of single examples (Zhu et al. 2019, Eq. 5). Exact where examples do not share batch-norm statistics.",
    group: DerivativeGroup::Noise,
    which: Derivative::TraceSigma,
};

pub const TRACE_H_SIGMA: Told = Told {
    name: "trace-h-sigma",
    key: "trace_h_sigma",
    title: "curvature that the noise meets",
    label: "Tr(HΣ)",
    about: "Tr(HΣ): twice the loss that the noise of a step adds per η²",
    definition: "Tr(HΣ) at θ_t, H of the mean training loss and Σ for a batch of the run's size: how fast SGD leaves a minimum (Zhu et al. \
                 2019, Eq. 13). By XTrace with 40 products in the space of the examples, or until the standard error is 1/20 of it.",
    group: DerivativeGroup::Noise,
    which: Derivative::TraceHSigma,
};

pub const TRACE_H_SIGMA_BAR: Told = Told {
    name: "trace-h-sigma-bar",
    key: "trace_h_sigma_bar",
    title: "curvature that isotropic noise would meet",
    label: "Tr(HΣ_{iso})",
    about: "The same for noise of equal size in all directions",
    definition: "Tr(HΣ_{iso}) = Tr H · Tr Σ / D at θ_t, with Σ_{iso} = (Tr Σ / D) I the isotropic equivalent of Σ in D dimensions (Zhu et al. 2019, \
                 Prop. 1 and Eq. 46).",
    group: DerivativeGroup::Noise,
    which: Derivative::TraceHSigmaBar,
};

pub const NOISE_RATIO: Told = Told {
    name: "noise-ratio",
    key: "noise_ratio",
    title: "anisotropy of the noise",
    label: "Tr(HΣ) / Tr(HΣ_{iso})",
    about: "How much more curvature the noise meets than isotropic noise would",
    definition: "Tr(HΣ) / Tr(HΣ_{iso}) at θ_t (Zhu et al. 2019, Eq. 17): 1 of isotropic noise, far above it where the noise lies along the sharp \
                 directions. It does not depend on the size of the batch.",
    group: DerivativeGroup::Noise,
    which: Derivative::NoiseRatio,
};

pub const ALIGNMENT: Told = Told {
    name: "alignment",
    key: "alignment",
    title: "alignment of noise and curvature",
    label: "â",
    about: "Share of the noise along the sharpest direction, in units of the curvature's share there",
    definition: "â = u₁·Σu₁ · Tr H / (λ₁ · Tr Σ) at θ_t, where λ₁ and u₁ are the largest eigenvalue of H and its eigenvector: the projection \
                 coefficient, the largest a of Eq. 16 of Zhu et al. 2019. It is 1 where Σ is a multiple of H, as near a minimum of the \
                 cross-entropy.",
    group: DerivativeGroup::Noise,
    which: Derivative::Alignment,
};

pub const NOISE_NORM: Told = Told {
    name: "noise-norm",
    key: "noise_norm",
    title: "norm of the noise",
    label: "√(Tr Σ)",
    about: "Root of the expected squared norm of the gradient noise",
    definition: "√(Tr Σ) at θ_t, for a batch of the run's size: what the norm of the full gradient is held against.",
    group: DerivativeGroup::Noise,
    which: Derivative::NoiseNorm,
};

pub const MEAN_GRADIENT_NORM: Told = Told {
    name: "mean-gradient-norm",
    key: "mean_gradient_norm",
    title: "norm of the mean gradient",
    label: "‖g‖_2",
    about: "Norm of the gradient of the full training loss",
    definition: "‖g‖₂ of the gradient of the mean training loss at θ_t. Where the norm of the noise is larger, a step of SGD is mostly noise.",
    group: DerivativeGroup::Noise,
    which: Derivative::MeanGradientNorm,
};
