//! SAM every n-th step before step E, every step after it (SAM thesis, Alg. 1).

use super::sam::{NORM, RHO, SHARD};
use crate::optim::{
    ascent::{Ascent, Units},
    constant::{At, Constant, Field, Offered, Range},
    error::OptimizerError,
    kind::OptimizerKind,
    rule::Rule,
    spec::OptimizerSpec,
};

/// E: from here on every step is SAM's.
pub const UNTIL: Constant = Constant {
    key: "psam_until",
    flag: "psam-until",
    name: "moment E",
    value_name: "E",
    help: "psam ascends only every n-th iteration before this one: 300, 75% or 0.75 [default: 75%]",
    rows: Some("psam ascends only every n-th step before this one: 300, 75% or 0.75 of all steps [default: 75%]"),
    symbol: "E",
    always: true,
    at: At::Moment(|s| &mut s.psam_until),
    example: "75%",
    field: Field {
        label: "SAM always from E",
        short: "E",
        help: "Before iteration E, PSAM ascends every n-th step only: 300 or 75%",
        speed: 0.0,
        most: 0.0,
    },
    ..Constant::PLAIN
};

/// n: before E, one step in n is SAM's.
pub const PERIOD: Constant = Constant {
    key: "psam_period",
    flag: "psam-period",
    name: "period n",
    value_name: "N",
    help: "The period n of psam [default: 20]",
    rows: Some("The period n of psam [default: 20]"),
    symbol: "n",
    always: true,
    at: At::Count(|s| &mut s.psam_period),
    range: Range::Told(|s| if s.psam_period == 0 { Err(OptimizerError::NoPeriod) } else { Ok(()) }),
    example: "20",
    offered: Offered::Fork,
    field: Field {
        label: "Period n",
        short: "period n",
        help: "Before E, one step in n is SAM's",
        speed: 1.0,
        most: 1e6,
    },
    ..Constant::PLAIN
};

/// The constants of the ball and of the plan.
const CONSTANTS: &[&Constant] = &[&RHO, &NORM, &SHARD, &UNTIL, &PERIOD];

/// PSAM.
pub struct Psam;

impl Rule for Psam {
    fn title(&self) -> &'static str {
        "PSAM"
    }

    fn about(&self) -> &'static str {
        "SAM every n-th step before step E, every step after it"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        CONSTANTS
    }

    fn ascends(&self) -> bool {
        true
    }

    fn ascent(&self, spec: &OptimizerSpec, t: u64, total: u64) -> Option<Ascent> {
        if t < spec.psam_until.step(total) && !t.is_multiple_of(spec.psam_period) {
            return None;
        }
        Ascent::new(spec.rho, spec.sam_norm, Units::Plain)
    }

    fn extra_cost(&self) -> Option<f64> {
        // It depends on the constants and on the length of the run: see `psam_cost`.
        None
    }

    fn shade(&self) -> Option<[u8; 3]> {
        // The toy laboratory's.
        Some([0xAA, 0x44, 0x99])
    }
}

impl OptimizerSpec {
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
}
