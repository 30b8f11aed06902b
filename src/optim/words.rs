//! What titles and legends call an optimizer.

use super::{constant::Constant, spec::OptimizerSpec};

impl OptimizerSpec {
    /// The kind and what only some kinds have, for legends: "SAM ρ 0.05".
    pub fn title(&self) -> String {
        self.kind.rule().title().to_string() + &self.said(Constant::is_own)
    }

    /// What all kinds have, as far as it is not 0, for legends: " μ 0.9".
    pub fn suffix(&self) -> String {
        self.said(|constant| !constant.is_own())
    }

    /// A short name for legends.
    pub fn label(&self) -> String {
        self.title() + &self.suffix()
    }

    fn said(&self, which: fn(&Constant) -> bool) -> String {
        let own = self.kind.constants().into_iter().filter(|constant| which(constant) && self.uses(constant));
        own.map(|constant| constant.words(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{NormOrder, OptimizerKind, When};

    #[test]
    fn labels_name_what_differs() {
        let sam = OptimizerSpec { kind: OptimizerKind::Sam, momentum: 0.9, ..OptimizerSpec::default() };
        assert_eq!(sam.label(), "SAM ρ 0.05 μ 0.9");
        let odd = OptimizerSpec { sam_norm: NormOrder::INFINITY, sam_shard: Some(16), nesterov: true, ..sam };
        assert_eq!(odd.label(), "SAM ρ 0.05 p ∞ m 16 μ 0.9 (Nesterov)");
        let (kind, psam_until) = (OptimizerKind::Psam, When::Step(300));
        let psam = OptimizerSpec { kind, psam_until, psam_period: 5, ..OptimizerSpec::default() };
        assert_eq!(psam.label(), "PSAM ρ 0.05 E 300 n 5");
        let kind = OptimizerKind::Nesterov;
        let all = OptimizerSpec { kind, momentum: 0.5, nesterov: true, weight_decay: 1e-3, noise: 0.1, ..psam };
        assert_eq!(all.label(), "Nesterov μ 0.5 λ 0.001 + noise 0.1");
        let on_adam = OptimizerSpec { sam_base: OptimizerKind::Adam, weight_decay: 0.1, ..sam };
        assert_eq!(on_adam.label(), "SAM ρ 0.05 on adam λ 0.1", "Adam has no momentum");
        let mut adamw = OptimizerSpec { kind: OptimizerKind::AdamW, momentum: 0.9, ..OptimizerSpec::default() };
        assert_eq!(adamw.label(), "AdamW");
        crate::optim::constant("beta2").unwrap().set(&mut adamw, crate::optim::Value::Number(0.99));
        assert_eq!(adamw.label(), "AdamW β₂ 0.99");
        assert_eq!(OptimizerSpec { sam_norm: "3".parse().unwrap(), ..sam }.title(), "SAM ρ 0.05 p 3");
    }
}
