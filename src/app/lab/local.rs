//! What a rule sees where it stands: gradient, noise of the next step, curvature, SAM's ascent point; all in the cut.

use super::{cut::Cut, session::Trail};
use crate::toy::matrix::{Sym2, eigen, norm};

/// A symmetric 2 × 2 matrix by its axes, the larger first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    pub values: [f64; 2],
    /// Unit vectors.
    pub vectors: [[f64; 2]; 2],
}

impl Axes {
    fn of(matrix: Sym2) -> Axes {
        let e = eigen(&matrix.full(), 2);
        Axes { values: [e.values[0], e.values[1]], vectors: [0, 1].map(|k| [e.vectors[k][0], e.vectors[k][1]]) }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Where the rule stands; of swa, the iterate and not the average.
    pub at: [f64; 2],
    pub gradient: [f64; 2],
    /// ‖∇L‖ in all dimensions.
    pub slope: f64,
    /// Covariance of the noise in the next step of w; `None` without any.
    pub noise: Option<Axes>,
    /// Of H.
    pub curvature: Axes,
    /// Where the next step takes its gradient, if somewhere else: SAM's ascent point.
    pub ascent: Option<[f64; 2]>,
}

impl Local {
    pub fn of(trail: &Trail, cut: &Cut) -> Local {
        let walker = trail.walker();
        let gradient = walker.gradient();
        let spec = walker.spec();
        // Mini-batches move w by η times the gradient's noise, the noise rules add theirs as it is.
        let factor = if spec.kind.shape().is_some() { 1.0 } else { spec.lr * spec.lr };
        let noise = cut.block(&walker.noise_covariance());
        let noise = Sym2 { xx: factor * noise.xx, xy: factor * noise.xy, yy: factor * noise.yy };
        Local {
            at: cut.place(walker.position()),
            slope: norm(&gradient),
            gradient: cut.place(&gradient),
            noise: (noise.trace() > 0.0).then(|| Axes::of(noise)),
            curvature: Axes::of(cut.block(&walker.hessian())),
            ascent: walker.ascent_point().map(|w| cut.place(&w)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::lab::{session::Session, setup::Setup},
        toy::{dynamics::DynamicsKind, surfaces::SurfaceSpec},
    };

    #[test]
    fn a_quadratic_has_its_axes_and_its_noise() {
        let surface = SurfaceSpec::Quadratic { dim: 2, largest: 4.0, condition: 4.0 };
        let kinds = vec![DynamicsKind::Gd, DynamicsKind::Sgd, DynamicsKind::Sam, DynamicsKind::Const];
        let mut setup = Setup { kinds, start: Some(vec![1.0, -2.0]), ..Setup::of(surface) };
        (setup.constants.lr, setup.constants.batch, setup.constants.noise) = (0.1, 2, 0.08);
        let session = Session::new(&setup).unwrap();
        let of = |k: usize| Local::of(&session.trails()[k], session.cut());
        let [gd, sgd, sam, constant] = [0, 1, 2, 3].map(of);
        assert_eq!((gd.gradient, gd.at, &gd.noise, &gd.ascent), ([4.0, -2.0], [1.0, -2.0], &None, &None));
        assert!((gd.slope - 20f64.sqrt()).abs() < 1e-12);
        assert!((gd.curvature.values[0] - 4.0).abs() < 1e-12 && (gd.curvature.values[1] - 1.0).abs() < 1e-12);
        // Σ = H, so η²H/m.
        let noise = sgd.noise.unwrap();
        assert!((noise.values[0] - 0.02).abs() < 1e-12 && (noise.values[1] - 0.005).abs() < 1e-12, "{noise:?}");
        let [x, y] = sam.ascent.unwrap();
        assert!(((x - 1.0).hypot(y + 2.0) - setup.constants.rho).abs() < 1e-12);
        assert!((constant.noise.unwrap().values.iter().sum::<f64>() - 0.08).abs() < 1e-12);
    }
}
