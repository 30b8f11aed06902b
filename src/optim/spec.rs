//! Which optimizer, with which constants.

use serde::{Deserialize, Serialize};

use super::{
    When,
    ascent::{Ascent, NormOrder, Units},
};
use crate::named::named_choice;

named_choice! {
    /// The family of the step.
    OptimizerKind as "optimizer" {
        /// Full-batch gradient descent.
        Gd = "gd",
        /// Mini-batch SGD, with heavy-ball momentum when asked for.
        #[default] Sgd = "sgd",
        /// SGD with Nesterov momentum.
        Nesterov = "nesterov",
        /// Sharpness-aware minimisation: the gradient at θ + ε̂ (Foret et al. 2021).
        Sam = "sam",
        /// SAM measured in units of the parameters (Kwon et al. 2021).
        Asam = "asam",
        /// SAM every n-th step before step E, every step after it (SAM thesis, Alg. 1).
        Psam = "psam",
    }
}

impl OptimizerKind {
    /// Whether its steps take the gradient at a perturbed point.
    pub fn is_sharpness_aware(self) -> bool {
        matches!(self, OptimizerKind::Sam | OptimizerKind::Asam | OptimizerKind::Psam)
    }
}

/// An optimizer and its constants; PyTorch's meaning of each. A switch to another kind keeps all constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sam_shard: Option<u64>,
    /// E of PSAM.
    pub psam_until: When,
    /// n of PSAM.
    pub psam_period: u64,
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
        }
    }
}

impl OptimizerSpec {
    /// Refuses constants that no step can be made with.
    pub fn check(&self) -> Result<(), OptimizerError> {
        if !(0.0..1.0).contains(&self.momentum) {
            return Err(OptimizerError::Momentum(self.momentum));
        }
        if self.uses_nesterov() && self.momentum == 0.0 {
            return Err(OptimizerError::NesterovWithoutMomentum);
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return Err(OptimizerError::WeightDecay(self.weight_decay));
        }
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return Err(OptimizerError::Noise(self.noise));
        }
        if !(self.rho >= 0.0 && self.rho.is_finite()) {
            return Err(OptimizerError::Rho(self.rho));
        }
        if self.sam_shard == Some(0) {
            return Err(OptimizerError::EmptyShard);
        }
        if self.psam_period == 0 {
            return Err(OptimizerError::NoPeriod);
        }
        Ok(())
    }

    /// Whether momentum looks ahead.
    pub fn uses_nesterov(&self) -> bool {
        self.nesterov || self.kind == OptimizerKind::Nesterov
    }

    /// The ascent of iteration `t` of `total`; `None` when the step takes the gradient at θ_t itself.
    pub fn ascent(&self, t: u64, total: u64) -> Option<Ascent> {
        let units = match self.kind {
            OptimizerKind::Gd | OptimizerKind::Sgd | OptimizerKind::Nesterov => return None,
            OptimizerKind::Psam if t < self.psam_until.step(total) && !t.is_multiple_of(self.psam_period) => {
                return None;
            }
            OptimizerKind::Sam | OptimizerKind::Psam => Units::Plain,
            OptimizerKind::Asam => Units::Magnitude,
        };
        Ascent::new(self.rho, self.sam_norm, units)
    }

    /// What PSAM costs beyond its base optimizer over `total` iterations, in units of what SAM costs beyond it:
    /// 1 − (n − 1)E / (nT) (SAM thesis, §4.2). `None` for other kinds.
    ///
    /// Alg. 1 makes ⌈E/n⌉ SAM steps before E, so the counted cost is above it by less than 1/T when n does not divide E.
    pub fn psam_cost(&self, total: u64) -> Option<f64> {
        let (e, n) = (u128::from(self.psam_until.step(total).min(total)), u128::from(self.psam_period));
        let of_psam = self.kind == OptimizerKind::Psam && self.rho > 0.0 && total > 0;
        // As one ratio of integers, so that it is the counted one to the bit where n divides E.
        let whole = n * u128::from(total);
        of_psam.then(|| (whole - (n - 1) * e) as f64 / whole as f64)
    }

    /// The kind and what only it has, for legends: "SAM ρ 0.05".
    pub fn title(&self) -> String {
        let name = match self.kind {
            OptimizerKind::Gd => "GD",
            OptimizerKind::Sgd => "SGD",
            OptimizerKind::Nesterov => "Nesterov",
            OptimizerKind::Sam => "SAM",
            OptimizerKind::Asam => "ASAM",
            OptimizerKind::Psam => "PSAM",
        };
        let mut text = name.to_string();
        if self.kind.is_sharpness_aware() {
            text += &format!(" ρ {}", self.rho);
            if self.sam_norm == NormOrder::INFINITY {
                text += " p ∞";
            } else if self.sam_norm != NormOrder::TWO {
                text += &format!(" p {}", self.sam_norm);
            }
            if let Some(m) = self.sam_shard {
                text += &format!(" m {m}");
            }
        }
        if self.kind == OptimizerKind::Psam {
            text += &format!(" E {} n {}", self.psam_until, self.psam_period);
        }
        text
    }

    /// What every kind has, as far as it is not 0, for legends: " μ 0.9".
    pub fn suffix(&self) -> String {
        let mut text = String::new();
        if self.momentum != 0.0 {
            text += &format!(" μ {}", self.momentum);
            if self.nesterov && self.kind != OptimizerKind::Nesterov {
                text += " (Nesterov)";
            }
        }
        if self.weight_decay != 0.0 {
            text += &format!(" λ {}", self.weight_decay);
        }
        if self.noise != 0.0 {
            text += &format!(" + noise {}", self.noise);
        }
        text
    }

    /// A short name for legends.
    pub fn label(&self) -> String {
        self.title() + &self.suffix()
    }
}

/// An optimizer constant out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    #[error("the momentum is {0}; give --momentum at least 0 and below 1, such as 0.9")]
    Momentum(f64),
    #[error("Nesterov's step needs a momentum above 0; add --momentum 0.9, or use --optimizer sgd")]
    NesterovWithoutMomentum,
    #[error("the weight decay is {0}; give --weight-decay 0 or a positive, finite number, such as 5e-4")]
    WeightDecay(f64),
    #[error("the noise factor is {0}; give --noise 0 or a positive, finite number, such as 0.1")]
    Noise(f64),
    #[error("the radius ρ is {0}; give --rho 0 or a positive, finite number, such as 0.05")]
    Rho(f64),
    #[error("a shard has 0 examples; give --sam-shard 1 or more, or leave it out")]
    EmptyShard,
    #[error("PSAM's period is 0; give --psam-period 1 or more, such as 20")]
    NoPeriod,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sam_steps(spec: &OptimizerSpec, total: u64) -> u64 {
        (0..total).filter(|t| spec.ascent(*t, total).is_some()).count() as u64
    }

    fn psam(until: u64, period: u64) -> OptimizerSpec {
        let kind = OptimizerKind::Psam;
        OptimizerSpec { kind, psam_until: When::Step(until), psam_period: period, ..Default::default() }
    }

    proptest! {
        /// Alg. 1 against the formula of §4.2: equal when n divides E, else ⌈E/n⌉ instead of E/n.
        #[test]
        fn psam_costs_what_its_formula_says(total in 1u64..3000, period in 1u64..60, share in 0.0..1.2f64) {
            let until = (share * total as f64) as u64;
            let counted = sam_steps(&psam(until, period), total) as f64 / total as f64;
            let formula = psam(until, period).psam_cost(total).unwrap();
            let rest = (until.min(total) as f64 / period as f64).ceil() - until.min(total) as f64 / period as f64;
            prop_assert!((counted - formula - rest / total as f64).abs() < 1e-12, "{counted} {formula}");
            let even = until.min(total) / period * period;
            let formula = psam(even, period).psam_cost(total).unwrap();
            prop_assert_eq!(sam_steps(&psam(even, period), total) as f64 / total as f64, formula);
        }
    }

    #[test]
    fn psam_of_the_thesis_costs_0_2875() {
        let spec = OptimizerSpec { kind: OptimizerKind::Psam, ..OptimizerSpec::default() };
        assert!((spec.psam_cost(400).unwrap() - 0.2875).abs() < 1e-15);
        assert_eq!(sam_steps(&spec, 400), 115);
        let steps: Vec<u64> = (0..12).filter(|t| psam(8, 3).ascent(*t, 12).is_some()).collect();
        assert_eq!(steps, [0, 3, 6, 8, 9, 10, 11], "as Alg. 1 walks through t");
        assert_eq!(OptimizerSpec::default().psam_cost(400), None);
    }

    #[test]
    fn a_radius_of_zero_is_the_base_optimizer() {
        for kind in OptimizerKind::ALL {
            let spec = OptimizerSpec { kind: *kind, rho: 0.0, ..OptimizerSpec::default() };
            assert_eq!((spec.ascent(0, 10), spec.psam_cost(10)), (None, None));
            let spec = OptimizerSpec { kind: *kind, ..OptimizerSpec::default() };
            assert_eq!(spec.ascent(0, 10).is_some(), kind.is_sharpness_aware());
        }
    }

    #[test]
    fn labels_name_what_differs() {
        let sam = OptimizerSpec { kind: OptimizerKind::Sam, momentum: 0.9, ..OptimizerSpec::default() };
        assert_eq!(sam.label(), "SAM ρ 0.05 μ 0.9");
        let odd = OptimizerSpec { sam_norm: NormOrder::INFINITY, sam_shard: Some(16), nesterov: true, ..sam };
        assert_eq!(odd.label(), "SAM ρ 0.05 p ∞ m 16 μ 0.9 (Nesterov)");
        assert_eq!(psam(300, 5).label(), "PSAM ρ 0.05 E 300 n 5");
    }
}
