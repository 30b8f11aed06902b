//! Which noise a Langevin dynamics adds to the gradient: what a rule asks of whoever knows the network.

/// The covariance C of the noise ε ~ N(0, C) (Zhu et al. 2019, Table 1), scaled to one expected squared norm
/// E‖ε‖² = Tr C (Eq. 14). Σ is the covariance of the gradient over a batch of m examples (Eq. 5), H the Hessian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covariance {
    /// σ² I, where σ never changes.
    Const,
    /// σ² I.
    Dynamic,
    /// The diagonal of Σ.
    Diag,
    /// The k leading eigenpairs of Σ.
    Leading,
    /// The k leading eigenpairs of H; negative eigenvalues, which no covariance has, count as zero.
    Hessian,
    /// u₁u₁ᵀ with u₁ the first eigenvector of H.
    Eigvec,
}

impl Covariance {
    /// Every one, in the order of the paper.
    pub const ALL: [Covariance; 6] = [
        Covariance::Const,
        Covariance::Dynamic,
        Covariance::Diag,
        Covariance::Leading,
        Covariance::Hessian,
        Covariance::Eigvec,
    ];
}

/// The noise that is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Langevin {
    pub covariance: Covariance,
    /// σ of [`Covariance::Const`]; `None` takes the one that SGD's noise has where the dynamics begins.
    pub sigma: Option<f64>,
    /// m; `None` is the batch of the run.
    pub batch: Option<u64>,
    /// k, at least 1; more than there are parameters are all of them.
    pub rank: u64,
    /// C is measured anew at iterations that this divides.
    pub every: u64,
}

impl Langevin {
    /// Whether C is measured anew at iteration t though it is known.
    pub fn is_due(&self, t: u64) -> bool {
        self.covariance != Covariance::Const && t.is_multiple_of(self.every.max(1))
    }

    /// Eigenvectors that C is made of; `None` where it is none.
    pub fn eigenvectors(&self) -> Option<usize> {
        match self.covariance {
            Covariance::Const | Covariance::Dynamic | Covariance::Diag => None,
            Covariance::Leading | Covariance::Hessian => Some(usize::try_from(self.rank.max(1)).unwrap_or(usize::MAX)),
            Covariance::Eigvec => Some(1),
        }
    }
}
