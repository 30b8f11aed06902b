//! How large the largest eigenvalue of the Hessian may be before an optimizer's steps grow instead of shrink along its eigenvector.
//!
//! On L = ½ λ x² a step is a linear map of what the optimizer remembers, and the limit is the λ at which an eigenvalue of that map leaves the
//! unit circle. Training drives λ₁ up to it ("edge of stability"). Limits are those of full batches; noise lets λ₁ settle below.

use crate::optim::{NormOrder, OptimizerKind, OptimizerSpec, constant};

/// The largest stable eigenvalue of the Hessian for an optimizer at the rate η where the full gradient has length `gradient_norm`;
/// `None` where no limit is known.
///
/// - GD, Langevin dynamics and SGD: 2/η; with heavy-ball momentum β 2(1 + β)/η; with Nesterov's (2 + 2β)/((1 + 2β)η) (Cohen et al. 2021).
/// - Weight decay w adds wI to the Hessian, so it is taken off.
/// - SAM: (‖g‖/2ρ)(√(1 + 8ρ/(η‖g‖)) − 1), where the gradient lies along the eigenvector (Long and Bartlett 2023). It is the root of
///   λ + ρλ²/‖g‖ = 2/η; with momentum and weight decay, which the paper has not, the right-hand side is the limit without the ascent.
/// - ASAM, PSAM, SAM in another norm than the Euclidean, in shards or on a base that is not SGD's: unknown; so is Muon's.
///
/// Adam's limit is on another matrix: see [`preconditioned_limit`]. That of SAM on one of them is unknown.
pub fn limit(spec: &OptimizerSpec, rate: f64, gradient_norm: f64) -> Option<f64> {
    let descent = descent(&spec.descending(), rate)?;
    if !spec.kind.is_sharpness_aware() || spec.rho == 0.0 {
        return Some(descent);
    }
    let is_known = spec.kind == OptimizerKind::Sam && spec.sam_norm == NormOrder::TWO && spec.sam_shard.is_none();
    is_known.then(|| ascended(descent, spec.rho, gradient_norm))
}

/// The limit of Adam and its relatives on the largest eigenvalue of P^(−1/2) H P^(−1/2) with P = diag(√v̂ + ε), where β₁ is the share of
/// the first moment that stays: 2(1 + β₁)/((1 − β₁)η), 38/η at 0.9 (Cohen et al. 2022: momentum is an average of gradients there).
pub fn preconditioned(first_moment: f64, rate: f64) -> f64 {
    2.0 * (1.0 + first_moment) / ((1.0 - first_moment) * rate)
}

/// The largest stable eigenvalue of P^(−1/2)(H + wI)P^(−1/2) for an optimizer that divides its steps by P, at the rate η; `None` of one
/// that does not, or that takes its gradient elsewhere.
///
/// - Adam: [`preconditioned`]. Coupled weight decay w is in the matrix.
/// - AdamW: the same times 1 − ηλ/2, as its step is x ← (1 − ηλ)x − η P⁻¹m and turns its sign at (2 − ηλ)(1 + β₁)/((1 − β₁)η).
/// - RMSProp: 2(1 + μ)/η with momentum μ, which adds gradients up.
pub fn preconditioned_limit(spec: &OptimizerSpec, rate: f64) -> Option<f64> {
    let number = |key: &str| constant(key).map_or(f64::NAN, |constant| constant.number(spec));
    match spec.kind {
        OptimizerKind::Adam => Some(preconditioned(number("beta1"), rate)),
        OptimizerKind::AdamW => {
            Some(preconditioned(number("beta1"), rate) * (1.0 - 0.5 * rate * number("decoupled_decay")))
        }
        OptimizerKind::RmsProp => Some(2.0 * (1.0 + spec.momentum) / rate),
        OptimizerKind::Gd
        | OptimizerKind::Sgd
        | OptimizerKind::Nesterov
        | OptimizerKind::Sam
        | OptimizerKind::Asam
        | OptimizerKind::Psam
        | OptimizerKind::Muon
        | OptimizerKind::GldConst
        | OptimizerKind::GldDynamic
        | OptimizerKind::GldDiag
        | OptimizerKind::GldLeading
        | OptimizerKind::GldHessian
        | OptimizerKind::GldEigvec => None,
    }
}

/// Without an ascent; `None` of what steps by another matrix than the identity.
fn descent(spec: &OptimizerSpec, rate: f64) -> Option<f64> {
    if !(spec.kind.takes_all() || matches!(spec.kind, OptimizerKind::Sgd | OptimizerKind::Nesterov)) {
        return None;
    }
    let momentum = spec.momentum;
    let plain = match spec.uses_nesterov() {
        true => (2.0 + 2.0 * momentum) / ((1.0 + 2.0 * momentum) * rate),
        false => 2.0 * (1.0 + momentum) / rate,
    };
    Some(plain - spec.weight_decay)
}

/// The positive root of λ + (ρ/‖g‖) λ² = `plain`, in the form that loses no digits where ρ/‖g‖ is small.
fn ascended(plain: f64, rho: f64, gradient_norm: f64) -> f64 {
    let bend = rho / gradient_norm;
    2.0 * plain / (1.0 + (1.0 + 4.0 * bend * plain).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Blocks, Optimizer};

    /// Whether x shrinks on ½ λ x², by the optimizer's own steps. SAM's ascent sees a gradient of length ‖g‖ across x, which does not change.
    fn shrinks(spec: &OptimizerSpec, rate: f64, lambda: f64, gradient_norm: f64) -> bool {
        let mut optimizer = Optimizer::new(OptimizerSpec { kind: base(spec.kind), ..*spec });
        let bend = if spec.kind == OptimizerKind::Sam { spec.rho * lambda / gradient_norm } else { 0.0 };
        let mut x = vec![1.0f32];
        let mut largest_late = 0.0f32;
        for t in 0..4000 {
            let gradient = lambda * f64::from(x[0]) * (1.0 + bend);
            x = optimizer.step(&Blocks::default(), &x, &[gradient as f32], rate);
            if !x[0].is_finite() || x[0].abs() > 1e6 {
                return false;
            }
            if t >= 3900 {
                largest_late = largest_late.max(x[0].abs());
            }
        }
        largest_late < 1.0
    }

    fn base(kind: OptimizerKind) -> OptimizerKind {
        if kind == OptimizerKind::Sam { OptimizerKind::Sgd } else { kind }
    }

    #[test]
    fn below_the_limit_steps_shrink_and_above_it_they_grow() {
        let kinds = [
            OptimizerKind::Gd,
            OptimizerKind::GldLeading,
            OptimizerKind::Sgd,
            OptimizerKind::Nesterov,
            OptimizerKind::Sam,
        ];
        for kind in kinds {
            for momentum in [0.0, 0.5, 0.9] {
                if kind == OptimizerKind::Nesterov && momentum == 0.0 {
                    continue;
                }
                for (weight_decay, rate) in [(0.0, 0.1), (0.5, 0.1), (0.0, 0.01)] {
                    let spec = OptimizerSpec { kind, momentum, weight_decay, ..OptimizerSpec::default() };
                    for gradient_norm in [0.01, 0.3, 20.0] {
                        let limit = limit(&spec, rate, gradient_norm).unwrap();
                        let what = format!("{spec:?} at {rate}, ‖g‖ = {gradient_norm}: {limit}");
                        assert!(shrinks(&spec, rate, 0.98 * limit, gradient_norm), "{what}");
                        assert!(!shrinks(&spec, rate, 1.02 * limit, gradient_norm), "{what}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_edge_of_sam_is_the_formula_of_the_paper() {
        for (rho, rate, norm) in [(0.05, 0.1, 0.5), (0.5, 0.01, 3.0), (1e-3, 0.2, 1.0)] {
            let spec = OptimizerSpec { kind: OptimizerKind::Sam, rho, ..OptimizerSpec::default() };
            let root: f64 = 1.0 + 8.0 * rho / (rate * norm);
            let paper = norm / (2.0 * rho) * (root.sqrt() - 1.0);
            let found = limit(&spec, rate, norm).unwrap();
            assert!((found - paper).abs() < 1e-9 * paper, "{found}, not {paper}");
        }
        let none = OptimizerSpec { kind: OptimizerKind::Sam, rho: 0.0, ..OptimizerSpec::default() };
        assert_eq!(limit(&none, 0.1, 0.0), Some(20.0), "without a radius it is gradient descent");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        for kind in [OptimizerKind::Asam, OptimizerKind::Psam] {
            assert_eq!(limit(&OptimizerSpec { kind, ..OptimizerSpec::default() }, 0.1, 1.0), None);
        }
        for kind in [OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp, OptimizerKind::Muon] {
            assert_eq!(limit(&OptimizerSpec { kind, ..OptimizerSpec::default() }, 0.1, 1.0), None);
            let sam = OptimizerSpec { kind: OptimizerKind::Sam, sam_base: kind, ..OptimizerSpec::default() };
            assert_eq!(limit(&sam, 0.1, 1.0), None);
        }
        let sam = OptimizerSpec { kind: OptimizerKind::Sam, ..OptimizerSpec::default() };
        assert_eq!(limit(&OptimizerSpec { sam_norm: NormOrder::INFINITY, ..sam }, 0.1, 1.0), None);
        assert_eq!(limit(&OptimizerSpec { sam_shard: Some(8), ..sam }, 0.1, 1.0), None);
    }

    /// x_{t+1} = x_t − η m_{t+1}, m_{t+1} = β m_t + (1 − β) λ x_t, and 38/η at β = 0.9.
    #[test]
    fn adams_momentum_is_an_average() {
        assert!((preconditioned(0.9, 1e-3) - 38_000.0).abs() < 1e-6);
        for beta in [0.0, 0.5, 0.9] {
            let edge = preconditioned(beta, 0.1);
            for (share, shrinks) in [(0.99, true), (1.01, false)] {
                let (mut x, mut m) = (1.0f64, 0.0);
                for _ in 0..3000 {
                    m = beta * m + (1.0 - beta) * share * edge * x;
                    x -= 0.1 * m;
                }
                assert_eq!(x.abs() < 1.0, shrinks, "β = {beta}, {share} of {edge}: {x}");
            }
        }
    }

    /// With P held fixed, as it is nearly so from step to step: by the recurrences of the three.
    #[test]
    fn below_the_preconditioned_limit_steps_shrink_and_above_it_they_grow() {
        let spec = OptimizerSpec { momentum: 0.5, ..OptimizerSpec::default() };
        let rate = 0.1;
        let last = |limit: f64, share: f64, step: &dyn Fn(f64, f64, f64) -> (f64, f64)| {
            let (mut x, mut m) = (1.0f64, 0.0f64);
            for _ in 0..4000 {
                (x, m) = step(x, m, share * limit);
                if x.abs() > 1e6 {
                    break;
                }
            }
            x.abs()
        };
        let adam = |x: f64, m: f64, k: f64| {
            let m = 0.9 * m + 0.1 * k * x;
            (x - rate * m, m)
        };
        let adam_w = |x: f64, m: f64, k: f64| {
            let m = 0.9 * m + 0.1 * k * x;
            ((1.0 - rate * 0.01) * x - rate * m, m)
        };
        let rms = |x: f64, m: f64, k: f64| {
            let m = 0.5 * m + k * x;
            (x - rate * m, m)
        };
        type Map<'a> = &'a dyn Fn(f64, f64, f64) -> (f64, f64);
        let cases: [(OptimizerKind, Map<'_>); 3] =
            [(OptimizerKind::Adam, &adam), (OptimizerKind::AdamW, &adam_w), (OptimizerKind::RmsProp, &rms)];
        for (kind, step) in cases {
            let limit = preconditioned_limit(&OptimizerSpec { kind, ..spec }, rate).unwrap();
            assert!(last(limit, 0.99, step) < 1.0 && last(limit, 1.01, step) > 1.0, "{kind}: {limit}");
        }
        for kind in OptimizerKind::ALL.iter().copied() {
            let spec = OptimizerSpec { kind, ..OptimizerSpec::default() };
            let both = [limit(&spec, rate, 1.0).is_some(), preconditioned_limit(&spec, rate).is_some()];
            assert_ne!(both, [true, true], "{kind} has one limit at most");
        }
        let on_adam = OptimizerSpec { kind: OptimizerKind::Sam, sam_base: OptimizerKind::Adam, ..spec };
        assert_eq!((limit(&on_adam, rate, 1.0), preconditioned_limit(&on_adam, rate)), (None, None));
    }
}
