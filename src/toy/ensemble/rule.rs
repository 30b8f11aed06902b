//! When a run counts as a success, and how sure a success rate is.

use serde::{Deserialize, Serialize};

use crate::{
    named::named_choice,
    toy::{
        error::{ToyError, positive},
        surface::Surface,
        walker::check_point,
    },
};

named_choice! {
    /// Which of a run's iterates must be in the region.
    SuccessRule as "success rule" {
        /// The last one: the rule of the noise paper's released code.
        #[default] Final = "final",
        /// Any one after the start.
        Ever = "ever",
        /// More than half of those after the start.
        Majority = "majority",
    }
}

/// The places where a run has arrived. A position that is not finite is in none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Region {
    /// Every coordinate below `bound`; on `escape2d` −0.5 means the flat basin.
    Below { bound: f64 },
    /// Within `radius` of `centre`.
    Near { centre: Vec<f64>, radius: f64 },
    /// Farther than `radius` from `centre`: escape from a ball.
    Far { centre: Vec<f64>, radius: f64 },
    /// Where L is at least `loss`: escape from a well.
    Above { loss: f64 },
}

impl Region {
    /// What escape or arrival means on a surface unless something else is said: the flat basin of `escape2d`, a tenth of
    /// the window around the second minimum where there are several, else leaving a quarter of the window around the
    /// minimum, or the start where none is known.
    pub fn usual(surface: &dyn Surface) -> Region {
        let about = surface.about();
        let width = about.window.iter().map(|[low, high]| high - low).fold(f64::INFINITY, f64::min);
        match (about.name, &about.minima[..]) {
            ("escape2d", _) => Region::Below { bound: -0.5 },
            (_, [_, second, ..]) => Region::Near { centre: second.at.clone(), radius: 0.1 * width },
            (_, [only]) => Region::Far { centre: only.at.clone(), radius: 0.25 * width },
            (_, []) => Region::Far { centre: about.start, radius: 0.25 * width },
        }
    }

    /// # Errors
    ///
    /// A centre that does not fit `surface`, a radius that is not positive, a bound that is not a number.
    pub fn check(&self, surface: &dyn Surface) -> Result<(), ToyError> {
        match self {
            Region::Near { centre, radius } | Region::Far { centre, radius } => {
                positive("radius of the region", *radius, "a positive, finite number")?;
                check_point("centre of the region", surface, centre)
            }
            Region::Below { bound: value } | Region::Above { loss: value } if value.is_nan() => {
                Err(ToyError::NotFinite { what: "bound of the region", value: *value })
            }
            Region::Below { .. } | Region::Above { .. } => Ok(()),
        }
    }

    /// Whether w is in it.
    pub fn contains(&self, surface: &dyn Surface, w: &[f64]) -> bool {
        let within = |centre: &[f64], radius: f64| {
            let square = w.iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum::<f64>();
            (square <= radius * radius, square.is_finite())
        };
        match self {
            Region::Below { bound } => w.iter().all(|x| x < bound && x.is_finite()),
            Region::Near { centre, radius } => within(centre, *radius).0,
            Region::Far { centre, radius } => within(centre, *radius) == (false, true),
            Region::Above { loss } => {
                let value = surface.value(w);
                value >= *loss && value.is_finite()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::SurfaceSpec;

    #[test]
    fn regions_hold_what_they_say_and_nothing_that_is_not_finite() {
        let surface = SurfaceSpec::named("himmelblau").unwrap().build(0, 0).unwrap();
        let centre = vec![1.0, 1.0];
        let regions = [
            (Region::Below { bound: -0.5 }, [-1.0, -0.6], [-1.0, -0.4]),
            (Region::Near { centre: centre.clone(), radius: 1.0 }, [1.5, 1.5], [2.0, 2.0]),
            (Region::Far { centre, radius: 1.0 }, [2.0, 2.0], [1.5, 1.5]),
            (Region::Above { loss: 170.0 }, [0.0, 0.0], [3.0, 2.0]),
        ];
        for (region, inside, outside) in regions {
            assert!(region.contains(&*surface, &inside) && !region.contains(&*surface, &outside), "{region:?}");
            for bad in [[f64::NAN, -1.0], [f64::NEG_INFINITY, -1.0]] {
                assert!(!region.contains(&*surface, &bad), "{region:?}");
            }
            region.check(&*surface).unwrap();
        }
        assert!(Region::Near { centre: vec![0.0], radius: 1.0 }.check(&*surface).is_err());
        assert!(Region::Below { bound: f64::NAN }.check(&*surface).is_err());
        assert_eq!(
            Region::usual(&*SurfaceSpec::named("escape2d").unwrap().build(0, 0).unwrap()),
            Region::Below { bound: -0.5 }
        );
    }
}
