//! Which eigenvectors of the Hessian are asked for, and how they are searched.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::request_error::EigenRequestError;
use crate::{curvature::SpectrumSpec, survey::Normalisation};

/// Eigenvectors of the Hessian of the mean training loss as directions.
///
/// Eigenvector K > 0 has the K-th largest eigenvalue, -K the K-th smallest, both in algebraic order.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EigenSpec {
    /// Go along eigenvectors of the Hessian of the training loss: 1 has the largest eigenvalue, 2 the second largest, -1 the
    /// smallest.
    #[arg(long, value_name = "K,…", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Eigenvectors")]
    pub eigen: Vec<i32>,
    /// An eigenvector v is found when ‖Hv − λv‖ is at most this share of the largest |λ|.
    #[arg(long, value_name = "SHARE", default_value_t = EigenSpec::TOLERANCE, help_heading = "Eigenvectors")]
    pub eigen_tolerance: f64,
    /// Search with so many products with the Hessian at most; what is not found by then is told.
    #[arg(long, value_name = "N", default_value_t = EigenSpec::PRODUCTS, help_heading = "Eigenvectors")]
    pub eigen_products: usize,
    /// Length of eigenvectors: none (length 1), or that of the weights, filter by filter or layer by layer (filter, layer), which
    /// turns them.
    #[arg(long, default_value_t = Normalisation::None, help_heading = "Eigenvectors")]
    pub eigen_normalise: Normalisation,
}

impl Default for EigenSpec {
    fn default() -> Self {
        EigenSpec {
            eigen: vec![],
            eigen_tolerance: Self::TOLERANCE,
            eigen_products: Self::PRODUCTS,
            eigen_normalise: Normalisation::None,
        }
    }
}

impl EigenSpec {
    /// What a residual may be of the largest |λ|, unless said otherwise.
    pub const TOLERANCE: f64 = 1e-3;
    /// Products of a search, unless said otherwise.
    pub const PRODUCTS: usize = 1000;
    /// Eigenvectors from one end at most.
    pub const MOST: u32 = 200;

    /// Whether none is asked for.
    pub fn is_empty(&self) -> bool {
        self.eigen.is_empty()
    }

    /// Refuses what cannot be searched.
    ///
    /// # Errors
    /// No such eigenvector, one that is asked for twice, a tolerance or a limit that makes no search.
    pub fn check(&self) -> Result<(), EigenRequestError> {
        for (place, rank) in self.eigen.iter().enumerate() {
            if *rank == 0 {
                return Err(EigenRequestError::Zero);
            }
            if rank.unsigned_abs() > Self::MOST {
                return Err(EigenRequestError::TooMany { rank: *rank, most: Self::MOST });
            }
            if self.eigen[..place].contains(rank) {
                return Err(EigenRequestError::Twice(*rank));
            }
        }
        let tolerance = self.eigen_tolerance;
        if !(tolerance > 0.0 && tolerance <= 0.5) {
            return Err(EigenRequestError::Tolerance(tolerance));
        }
        if self.eigen_products == 0 {
            return Err(EigenRequestError::Products);
        }
        Ok(())
    }

    /// The search that finds them.
    pub(super) fn spectrum(&self, seed: u64) -> SpectrumSpec {
        let most =
            |sign: i32| self.eigen.iter().filter(|rank| rank.signum() == sign).map(|rank| rank.unsigned_abs()).max();
        SpectrumSpec {
            top: most(1).unwrap_or(0) as usize,
            smallest: most(-1).unwrap_or(0) as usize,
            tolerance: self.eigen_tolerance,
            most_products: self.eigen_products,
            seed,
            ..SpectrumSpec::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(eigen: &[i32]) -> EigenSpec {
        EigenSpec { eigen: eigen.into(), ..EigenSpec::default() }
    }

    #[test]
    fn a_search_reaches_to_the_farthest_that_is_asked_for() {
        for (ranks, top, smallest) in [(vec![1, 2], 2, 0), (vec![3, -1, 1], 3, 1), (vec![-4], 0, 4), (vec![], 0, 0)] {
            let spectrum = of(&ranks).spectrum(5);
            assert_eq!((spectrum.top, spectrum.smallest, spectrum.seed), (top, smallest, 5), "{ranks:?}");
        }
    }

    #[test]
    fn what_is_no_eigenvector_is_refused() {
        let refused = |spec: EigenSpec| spec.check().unwrap_err().to_string();
        assert_eq!(of(&[1, -1, 2]).check(), Ok(()));
        assert!(refused(of(&[1, 0])).contains("counted from 1"));
        assert!(refused(of(&[2, -1, 2])).contains("eigenvector 2 is asked for twice"));
        assert!(refused(of(&[-201])).contains("eigenvector -201"));
        assert!(refused(of(&[i32::MIN])).contains("at most 200"));
        for eigen_tolerance in [0.0, -1.0, f64::NAN, 1.0] {
            assert!(refused(EigenSpec { eigen_tolerance, ..of(&[1]) }).contains("--eigen-tolerance"));
        }
        assert!(refused(EigenSpec { eigen_products: 0, ..of(&[1]) }).contains("--eigen-products"));
    }
}
