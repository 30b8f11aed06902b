//! Which optimizer, with which constants.

use super::{ascent::NormOrder, kind::OptimizerKind, more::More, when::When};

/// An optimizer and its constants; PyTorch's meaning of each. A switch to another kind keeps all constants.
///
/// What each constant is called, may be and is good for says its row of the table ([`constants`](super::constants)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimizerSpec {
    pub kind: OptimizerKind,
    /// μ of v ← μv + g, 0..1.
    pub momentum: f64,
    /// Nesterov's momentum, with any kind; `nesterov` is `sgd` with it.
    pub nesterov: bool,
    /// Added to the gradient as λθ; not seen by the ascent of SAM.
    pub weight_decay: f64,
    /// Isotropic Gaussian noise on the gradient; its variance is this factor times the largest per-coordinate
    /// gradient variance at θ_0 (Walk §4, Fig. 5: 0.05 and 0.1). A step draws once: both gradients of a SAM step have
    /// the same noise.
    pub noise: f64,
    /// Radius ρ of SAM's ball; in ASAM in units of |θ|. With 0 the step is the base optimizer's, bit for bit.
    pub rho: f64,
    /// p of the norm in which SAM's ball is round.
    pub sam_norm: NormOrder,
    /// m-sharpness: ascend per shard of so many examples, then average the gradients; `None` ascends once per batch.
    pub sam_shard: Option<u64>,
    /// E of PSAM.
    pub psam_until: When,
    /// n of PSAM.
    pub psam_period: u64,
    /// The rule whose step SAM and its relatives make; what may be one, says [`OptimizerKind::is_base`].
    pub sam_base: OptimizerKind,
    /// m of the Langevin dynamics, the examples of a batch of the SGD whose noise theirs is held against; `None` takes the
    /// batch of the run.
    pub gld_batch: Option<u64>,
    /// The constants of further rules.
    pub more: More,
}

impl Default for OptimizerSpec {
    /// Plain SGD. ρ is that of Foret et al. 2021 and of the SAM thesis, E and n are those of the thesis, §4.2.
    fn default() -> Self {
        OptimizerSpec {
            kind: OptimizerKind::Sgd,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            noise: 0.0,
            rho: 0.05,
            sam_norm: NormOrder::TWO,
            sam_shard: None,
            psam_until: When::Share(75.0),
            psam_period: 20,
            sam_base: OptimizerKind::Sgd,
            gld_batch: None,
            more: More::default(),
        }
    }
}

impl OptimizerSpec {
    /// Whether momentum looks ahead.
    pub fn uses_nesterov(&self) -> bool {
        self.nesterov || self.kind == OptimizerKind::Nesterov
    }
}
