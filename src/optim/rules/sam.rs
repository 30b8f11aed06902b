//! Sharpness-aware minimisation (Foret et al. 2021): the gradient at θ + ε̂, then the step of a base optimizer, SGD's unless
//! another one is chosen.

use crate::optim::{
    ascent::{Ascent, Units},
    constant::{At, Constant, Field, Offered, Rail, Range},
    error::OptimizerError,
    kind::OptimizerKind,
    rule::Rule,
    spec::OptimizerSpec,
};

/// ρ, the radius of SAM's ball.
pub const RHO: Constant = Constant {
    key: "rho",
    flag: "rho",
    name: "radius ρ",
    value_name: "RHO",
    help: "Radius ρ of SAM's ball; in asam in units of |θ| [default: 0.05]",
    symbol: "ρ",
    always: true,
    at: At::Number(|s| &mut s.rho),
    range: Range::NotNegative,
    example: "0.05",
    offered: Offered::Bar("Radius of SAM's ball"),
    field: Field {
        label: "Radius ρ",
        short: "ρ",
        help: "How far uphill the gradient is taken; 0 is the base optimizer",
        speed: 0.002,
        most: 100.0,
    },
    rail: Some(Rail { from: 0.0, to: 1.0, least: Some(1e-3) }),
    ..Constant::PLAIN
};

/// p of the norm in which the ball is round.
pub const NORM: Constant = Constant {
    key: "sam_norm",
    flag: "sam-norm",
    name: "norm p",
    value_name: "P",
    help: "p of the norm in which SAM's ball is round, 1 to inf [default: 2]",
    rows: Some("p of the norm in which SAM's ball is round, 1 to inf [default: 2]"),
    symbol: "p",
    at: At::Norm(|s| &mut s.sam_norm),
    example: "2",
    field: Field {
        label: "Norm p",
        short: "p",
        help: "The norm in which the ball around θ is round: 1 to inf",
        speed: 0.0,
        most: 0.0,
    },
    ..Constant::PLAIN
};

/// m of m-sharpness.
pub const SHARD: Constant = Constant {
    key: "sam_shard",
    flag: "sam-shard",
    name: "shard m",
    value_name: "M",
    help: "m-sharpness: SAM ascends per shard of M images, then averages the gradients [default: the whole batch]",
    rows: Some("m-sharpness: SAM ascends per shard of M images [default: the whole batch]"),
    symbol: "m",
    at: At::Limit(|s| &mut s.sam_shard),
    range: Range::Told(|s| if s.sam_shard == Some(0) { Err(OptimizerError::EmptyShard) } else { Ok(()) }),
    example: "16",
    field: Field {
        label: "Shard m",
        short: "m",
        help: "Ascend per shard of so many images (m-sharpness); 0 takes the whole batch",
        speed: 1.0,
        most: 1e6,
    },
    ..Constant::PLAIN
};

/// The rule of the step that follows the gradient at θ + ε̂.
pub const BASE: Constant = Constant {
    key: "sam_base",
    flag: "sam-base",
    name: "base of SAM",
    value_name: "NAME",
    help: "The optimizer whose step sam, asam and psam make, such as adam [default: sgd]",
    rows: Some("The optimizer whose step sam, asam and psam make, such as adam [default: sgd]"),
    symbol: "on",
    at: At::Kind(|s| &mut s.sam_base),
    range: Range::Told(|s| {
        if s.sam_base.is_base() {
            return Ok(());
        }
        let bases: Vec<String> =
            OptimizerKind::ALL.iter().filter(|kind| kind.is_base()).map(ToString::to_string).collect();
        Err(OptimizerError::Base { found: s.sam_base, bases: bases.join(", ") })
    }),
    example: "adam",
    field: Field {
        label: "Base optimizer",
        short: "base",
        help: "Whose step follows the gradient at θ + ε; its constants apply",
        speed: 0.0,
        most: 0.0,
    },
    ..Constant::PLAIN
};

/// The constants of the ball.
pub const CONSTANTS: &[&Constant] = &[&RHO, &NORM, &SHARD];

/// SAM.
pub struct Sam;

impl Rule for Sam {
    fn title(&self) -> &'static str {
        "SAM"
    }

    fn about(&self) -> &'static str {
        "Sharpness-aware: the gradient at θ + ε, up to ρ uphill; two gradients a step"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        CONSTANTS
    }

    fn ascends(&self) -> bool {
        true
    }

    fn ascent(&self, spec: &OptimizerSpec, _t: u64, _total: u64) -> Option<Ascent> {
        Ascent::new(spec.rho, spec.sam_norm, Units::Plain)
    }

    fn extra_cost(&self) -> Option<f64> {
        Some(1.0)
    }
}
