//! Gradient Langevin dynamics (Zhu et al. 2019, Eq. 7 and Table 1): θ_{t+1} = θ_t − η(∇L(θ_t) + ε_t), ε_t ~ N(0, C_t).
//!
//! The gradient is that of all training examples. The paper writes −η∇L + ηε; ε is symmetric, so the two are one. That η
//! multiplies the noise is Eq. 3, 6 and 7; in the paper's two-dimensional example (D.1, the laboratory's) it does not. The
//! covariance is asked for here ([`Rule::noise`]) and measured by whoever knows the network. Momentum and weight decay are
//! those of gradient descent; the paper has none.

use crate::optim::{
    constant::{At, Constant, Field, Range},
    descent::{MOMENTUM, NESTEROV, NOISE, WEIGHT_DECAY},
    error::OptimizerError,
    langevin::{Covariance, Langevin},
    rule::Rule,
    spec::OptimizerSpec,
};

/// σ of isotropic noise of one size.
pub const SIGMA: Constant = Constant {
    key: "gld_sigma",
    flag: "gld-sigma",
    name: "deviation σ",
    value_name: "SIGMA",
    help: "Deviation σ of gld-const's noise on every coordinate of the gradient; 0 takes that of SGD's at the start \
           [default: 0.001]",
    symbol: "σ",
    always: true,
    at: At::More { place: 7, default: 1e-3 },
    range: Range::NotNegative,
    example: "0.001",
    field: Field {
        label: "Noise deviation σ",
        short: "σ",
        help: "Of every coordinate of the gradient; 0 takes that of SGD's noise where the dynamics begins",
        speed: 1e-4,
        most: 10.0,
    },
    ..Constant::PLAIN
};

/// m of the SGD whose noise it is held against.
pub const BATCH: Constant = Constant {
    key: "gld_batch",
    flag: "gld-batch",
    name: "batch m of the noise",
    value_name: "M",
    help: "Noise as large as that of SGD with batches of M images, in gld-… [default: the batch]",
    symbol: "m",
    counts: |s| s.langevin().is_none_or(|wanted| wanted.sigma.is_none()),
    at: At::Limit(|s| &mut s.gld_batch),
    range: Range::Told(|s| if s.gld_batch == Some(0) { Err(OptimizerError::EmptyNoiseBatch) } else { Ok(()) }),
    example: "20",
    field: Field {
        label: "Batch m of the noise",
        short: "noise m",
        help: "Noise as large as that of SGD with batches of so many images; 0 takes the batch of the run",
        speed: 1.0,
        most: 1e6,
    },
    ..Constant::PLAIN
};

/// Where k and the iterations between covariances lie, and their defaults.
const RANK_AT: (u8, u64) = (8, 20);
const EVERY_AT: (u8, u64) = (9, 10);

/// The count at such a place.
fn count(spec: &OptimizerSpec, (place, default): (u8, u64)) -> u64 {
    spec.more.get(place).map_or(default, |n| n as u64)
}

/// k, the leading eigenvectors.
pub const RANK: Constant = Constant {
    key: "gld_rank",
    flag: "gld-rank",
    name: "eigenvectors k of the noise",
    value_name: "K",
    help: "Leading eigenvectors k of gld-leading's and gld-hessian's noise [default: 20]",
    symbol: "k",
    at: At::MoreCount { place: RANK_AT.0, default: RANK_AT.1 },
    range: Range::Told(|s| if count(s, RANK_AT) == 0 { Err(OptimizerError::NoRank) } else { Ok(()) }),
    example: "20",
    field: Field {
        label: "Eigenvectors k",
        short: "k",
        help: "The noise lies along so many leading eigenvectors",
        speed: 1.0,
        most: 1e4,
    },
    ..Constant::PLAIN
};

/// How often the covariance is measured.
pub const EVERY: Constant = Constant {
    key: "gld_every",
    flag: "gld-every",
    name: "iterations between covariances",
    value_name: "N",
    help: "Measure the covariance of gld-… anew every N iterations [default: 10]",
    symbol: "every",
    at: At::MoreCount { place: EVERY_AT.0, default: EVERY_AT.1 },
    range: Range::Told(|s| if count(s, EVERY_AT) == 0 { Err(OptimizerError::NoRefresh) } else { Ok(()) }),
    example: "10",
    field: Field {
        label: "Measured every",
        short: "every",
        help: "The covariance of the noise is measured anew every so many iterations",
        speed: 1.0,
        most: 1e6,
    },
    ..Constant::PLAIN
};

/// One of the six.
pub struct Gld(pub Covariance);

impl Rule for Gld {
    fn title(&self) -> &'static str {
        match self.0 {
            Covariance::Const => "GLD const",
            Covariance::Dynamic => "GLD dynamic",
            Covariance::Diag => "GLD diag",
            Covariance::Leading => "GLD leading",
            Covariance::Hessian => "GLD Hessian",
            Covariance::Eigvec => "GLD 1st eigvec(H)",
        }
    }

    fn about(&self) -> &'static str {
        match self.0 {
            Covariance::Const => "Gradient descent with isotropic noise of one size",
            Covariance::Dynamic => "Gradient descent with isotropic noise, as large as SGD's",
            Covariance::Diag => "Gradient descent with noise of the variances of SGD's, coordinate by coordinate",
            Covariance::Leading => "Gradient descent with noise along the leading eigenvectors of SGD's covariance",
            Covariance::Hessian => "Gradient descent with noise along the leading eigenvectors of the Hessian",
            Covariance::Eigvec => "Gradient descent with noise along the first eigenvector of the Hessian",
        }
    }

    fn constants(&self) -> &'static [&'static Constant] {
        match self.0 {
            Covariance::Const => &[&MOMENTUM, &NESTEROV, &WEIGHT_DECAY, &NOISE, &SIGMA, &BATCH],
            Covariance::Dynamic | Covariance::Diag | Covariance::Eigvec => {
                &[&MOMENTUM, &NESTEROV, &WEIGHT_DECAY, &NOISE, &BATCH, &EVERY]
            }
            Covariance::Leading | Covariance::Hessian => {
                &[&MOMENTUM, &NESTEROV, &WEIGHT_DECAY, &NOISE, &BATCH, &EVERY, &RANK]
            }
        }
    }

    fn takes_all(&self) -> bool {
        true
    }

    fn noise(&self, spec: &OptimizerSpec) -> Option<Langevin> {
        let sigma = SIGMA.number(spec);
        Some(Langevin {
            covariance: self.0,
            sigma: (self.0 == Covariance::Const && sigma > 0.0).then_some(sigma),
            batch: spec.gld_batch,
            rank: count(spec, RANK_AT),
            every: count(spec, EVERY_AT),
        })
    }

    fn extra_cost(&self) -> Option<f64> {
        // It depends on how many products the searches for eigenvectors take.
        None
    }
}
