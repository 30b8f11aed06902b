//! The rules: a line each, and everything that follows from their list.

mod adam;
mod adamw;
mod asam;
mod gd;
mod gld;
mod muon;
mod nesterov;
mod psam;
mod rmsprop;
mod sam;
mod sgd;

use super::{
    ascent::Ascent,
    constant::Constant,
    kind::OptimizerKind::{
        self, Adam, AdamW, Asam, Gd, GldConst, GldDiag, GldDynamic, GldEigvec, GldHessian, GldLeading, Muon, Nesterov,
        Psam, RmsProp, Sam, Sgd,
    },
    langevin::{Covariance, Langevin},
    rule::Rule,
    spec::OptimizerSpec,
    vectors::Kept,
};

impl OptimizerKind {
    /// What it is.
    pub fn rule(self) -> &'static dyn Rule {
        match self {
            Gd => &gd::Gd,
            Sgd => &sgd::Sgd,
            Nesterov => &nesterov::Nesterov,
            Sam => &sam::Sam,
            Asam => &asam::Asam,
            Psam => &psam::Psam,
            Adam => &adam::Adam,
            AdamW => &adamw::AdamW,
            RmsProp => &rmsprop::RmsProp,
            Muon => &muon::Muon,
            GldConst => &gld::Gld(Covariance::Const),
            GldDynamic => &gld::Gld(Covariance::Dynamic),
            GldDiag => &gld::Gld(Covariance::Diag),
            GldLeading => &gld::Gld(Covariance::Leading),
            GldHessian => &gld::Gld(Covariance::Hessian),
            GldEigvec => &gld::Gld(Covariance::Eigvec),
        }
    }

    /// Whether its steps take the gradient at a perturbed point.
    pub fn is_sharpness_aware(self) -> bool {
        self.rule().ascends()
    }

    /// Whether each of its steps takes the gradient over all training examples.
    pub fn takes_all(self) -> bool {
        self.rule().takes_all()
    }

    /// Whether SAM and its relatives may take its step: anything but what looks around itself, and but `gd` and its
    /// relatives, whose step is that of `sgd`.
    pub fn is_base(self) -> bool {
        !self.takes_all() && !self.is_sharpness_aware()
    }

    /// The constants that may mean something to it, each once: of SAM and its relatives also those of every base.
    pub fn constants(self) -> Vec<&'static Constant> {
        let mut all = self.rule().constants().to_vec();
        if self.is_sharpness_aware() {
            all.push(&sam::BASE);
            let bases = Self::ALL.iter().filter(|kind| kind.is_base());
            for constant in bases.flat_map(|kind| kind.rule().constants().iter().copied()) {
                if all.iter().all(|before| before.key != constant.key) {
                    all.push(constant);
                }
            }
        }
        all
    }

    /// Whether a constant may mean something to it.
    pub fn has(self, constant: &Constant) -> bool {
        self.constants().iter().any(|own| own.key == constant.key)
    }
}

impl OptimizerSpec {
    /// The ascent of iteration `t` of `total`; `None` when the step takes the gradient at θ_t itself.
    pub fn ascent(&self, t: u64, total: u64) -> Option<Ascent> {
        self.kind.rule().ascent(self, t, total)
    }

    /// The noise that is added to the gradient, of a Langevin dynamics; `None` of other kinds.
    pub fn langevin(&self) -> Option<Langevin> {
        self.kind.rule().noise(self)
    }

    /// The same constants with the kind whose step is made: of SAM and its relatives their base, else the kind itself.
    pub fn descending(&self) -> OptimizerSpec {
        OptimizerSpec { kind: if self.kind.is_sharpness_aware() { self.sam_base } else { self.kind }, ..*self }
    }

    /// What is remembered from step to step.
    pub fn state(&self) -> &'static [Kept] {
        let descending = self.descending();
        descending.kind.rule().state(&descending)
    }

    /// How many numbers a vector that is remembered has, for so many parameters.
    pub fn length_of(&self, name: &str, parameters: u64) -> u64 {
        let is_number = |kept: &Kept| matches!(kept, Kept::Number(number) if *number == name);
        if self.state().iter().any(is_number) { 1 } else { parameters }
    }

    /// Whether a constant means anything beside the others: those of another base than SAM's mean nothing.
    pub fn uses(&self, constant: &Constant) -> bool {
        let descending = self.descending();
        let of = |kind: OptimizerKind| kind.rule().constants().iter().any(|own| own.key == constant.key);
        let is_choice = constant.key == sam::BASE.key && self.kind.is_sharpness_aware();
        (is_choice || of(self.kind) || of(descending.kind)) && (constant.counts)(&descending)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::optim::When;

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
}
