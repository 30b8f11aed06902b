//! The landscapes of the laboratory, and the spec that each is built from.

mod classic;
mod clipped;
pub mod escape;
mod linex;
mod logistic;
mod quadratic;
mod sextic;
mod two_sided;
mod valley;

pub use classic::{Himmelblau, Rosenbrock};
pub use clipped::Clipped;
pub use escape::Escape;
pub use linex::Linex;
pub use logistic::Logistic;
pub use quadratic::{MOST_DIMENSIONS, Quadratic};
pub use sextic::Sextic;
pub use two_sided::{Side, TwoSided};
pub use valley::Valley;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    error::{ToyError, not_negative},
    formula::Formula,
    surface::{Surface, Tilted},
};
use crate::suggest;

/// Which surface, with its constants. As TOML: `surface = { name = "linex", alpha = -0.3 }`; what is left out has the
/// default of [`SurfaceSpec::named`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum SurfaceSpec {
    /// Two basins, over `points` points drawn per run.
    Escape2d {
        #[serde(default = "hundred")]
        points: usize,
    },
    /// ½ Σ λᵢ wᵢ² with Σ = H.
    Quadratic {
        #[serde(default = "two")]
        dim: usize,
        #[serde(default = "one")]
        largest: f64,
        #[serde(default = "ten")]
        condition: f64,
    },
    Sextic {},
    Linex {
        #[serde(default = "linex_alpha")]
        alpha: f64,
    },
    /// (r, p, c, ζ), and the standard deviation of its gradient noise.
    Valley {
        #[serde(default = "half")]
        p: f64,
        #[serde(default = "four")]
        c: f64,
        #[serde(default = "two_f")]
        r: f64,
        #[serde(default)]
        zeta: f64,
        #[serde(default = "half")]
        noise: f64,
    },
    /// Two asymmetric directions, and the standard deviation of the gradient noise along each.
    Bias2d {
        #[serde(default = "bias_sides")]
        sides: [Side; 2],
        #[serde(default = "half")]
        noise: f64,
    },
    Clipped {
        #[serde(default = "tenth")]
        delta: f64,
    },
    /// Over `points` points drawn per run, half of each class.
    Logistic {
        #[serde(default = "twenty")]
        points: usize,
    },
    Rosenbrock {},
    Himmelblau {},
    Formula {
        #[serde(default = "saddle")]
        formula: String,
    },
}

fn hundred() -> usize {
    100
}
fn twenty() -> usize {
    20
}
fn two() -> usize {
    2
}
fn one() -> f64 {
    1.0
}
fn two_f() -> f64 {
    2.0
}
fn four() -> f64 {
    4.0
}
fn ten() -> f64 {
    10.0
}
fn tenth() -> f64 {
    0.1
}
fn half() -> f64 {
    0.5
}
fn linex_alpha() -> f64 {
    -0.3
}
fn bias_sides() -> [Side; 2] {
    [Side { p: 0.5, c: 4.0, r: 3.0 }, Side { p: 0.5, c: 2.0, r: 3.0 }]
}
fn saddle() -> String {
    "x^4/4 - x^2 + y^2 + 0.3*x".into()
}

impl SurfaceSpec {
    /// Every name that [`SurfaceSpec::named`] knows, in the order they are offered.
    pub const NAMES: [&str; 11] = [
        "escape2d",
        "quadratic",
        "sextic",
        "linex",
        "valley",
        "bias2d",
        "clipped",
        "logistic",
        "rosenbrock",
        "himmelblau",
        "formula",
    ];

    /// The surface of this name with its default constants, the papers' where they give them.
    ///
    /// # Errors
    ///
    /// [`ToyError::Unknown`] with the nearest name.
    pub fn named(name: &str) -> Result<SurfaceSpec, ToyError> {
        Ok(match name {
            "escape2d" => SurfaceSpec::Escape2d { points: hundred() },
            "quadratic" => SurfaceSpec::Quadratic { dim: two(), largest: one(), condition: ten() },
            "sextic" => SurfaceSpec::Sextic {},
            "linex" => SurfaceSpec::Linex { alpha: linex_alpha() },
            "valley" => SurfaceSpec::Valley { p: half(), c: four(), r: two_f(), zeta: 0.0, noise: half() },
            "bias2d" => SurfaceSpec::Bias2d { sides: bias_sides(), noise: half() },
            "clipped" => SurfaceSpec::Clipped { delta: tenth() },
            "logistic" => SurfaceSpec::Logistic { points: twenty() },
            "rosenbrock" => SurfaceSpec::Rosenbrock {},
            "himmelblau" => SurfaceSpec::Himmelblau {},
            "formula" => SurfaceSpec::Formula { formula: saddle() },
            _ => return Err(ToyError::Unknown(suggest::unknown("surface", name, &SurfaceSpec::NAMES))),
        })
    }

    /// The name as typed on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            SurfaceSpec::Escape2d { .. } => "escape2d",
            SurfaceSpec::Quadratic { .. } => "quadratic",
            SurfaceSpec::Sextic {} => "sextic",
            SurfaceSpec::Linex { .. } => "linex",
            SurfaceSpec::Valley { .. } => "valley",
            SurfaceSpec::Bias2d { .. } => "bias2d",
            SurfaceSpec::Clipped { .. } => "clipped",
            SurfaceSpec::Logistic { .. } => "logistic",
            SurfaceSpec::Rosenbrock {} => "rosenbrock",
            SurfaceSpec::Himmelblau {} => "himmelblau",
            SurfaceSpec::Formula { .. } => "formula",
        }
    }

    /// Whether each run has a surface of its own, because its points are drawn.
    pub fn is_drawn(&self) -> bool {
        matches!(self, SurfaceSpec::Escape2d { .. } | SurfaceSpec::Logistic { .. })
    }

    /// The surface of run `run`.
    ///
    /// # Errors
    ///
    /// A constant out of its range, or a formula that cannot be read.
    pub fn build(&self, seed: u64, run: u64) -> Result<Arc<dyn Surface>, ToyError> {
        Ok(match *self {
            SurfaceSpec::Escape2d { points } => Arc::new(Escape::draw(points, seed, run)?),
            SurfaceSpec::Quadratic { dim, largest, condition } => {
                let well = Quadratic::new(dim, largest, condition)?;
                let variances = well.eigenvalues().to_vec();
                Arc::new(Tilted::new(well, &variances))
            }
            SurfaceSpec::Sextic {} => Arc::new(Sextic),
            SurfaceSpec::Linex { alpha } => Arc::new(Linex::new(alpha)?),
            SurfaceSpec::Valley { p, c, r, zeta, noise } => {
                Arc::new(Tilted::new(Valley::new(p, c, r, zeta)?, &[variance(noise)?]))
            }
            SurfaceSpec::Bias2d { sides, noise } => {
                Arc::new(Tilted::new(TwoSided::new(sides)?, &[variance(noise)?; 2]))
            }
            SurfaceSpec::Clipped { delta } => Arc::new(Clipped::new(delta)?),
            SurfaceSpec::Logistic { points } => Arc::new(Logistic::draw(points, seed, run)?),
            SurfaceSpec::Rosenbrock {} => Arc::new(Rosenbrock),
            SurfaceSpec::Himmelblau {} => Arc::new(Himmelblau),
            SurfaceSpec::Formula { ref formula } => Arc::new(Formula::new(formula)?),
        })
    }
}

fn variance(noise: f64) -> Result<f64, ToyError> {
    Ok(not_negative("gradient noise", noise, "0 or a positive, finite standard deviation, such as 0.5")?.powi(2))
}

#[cfg(test)]
mod tests;
