//! What the losses along a step tell of the curvature there.

use super::{parabola::Parabola, record::SliceRecord, step_record::StepRecord, values::ProbeId};

/// The curvature along one step u = θ_{t+1} − θ_t, from the ten losses of its slice and two numbers of its record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlongStep {
    /// Where the step ends on the parabola of the slice: see [`Parabola::place`].
    pub place: f64,
    /// uᵀHu/‖u‖², the curvature of the training loss in the direction of the step; `None` when ‖u‖ was not measured, not a
    /// number without a step.
    pub sharpness: Option<f64>,
    /// ζ; `None` when gᵀu was not measured, not a number where it is 0.
    ///
    /// An update θ_{t+1} = θ_t − η v changes the loss by −η gᵀv + η² vᵀHv/2 to second order, which is below 0 as long as
    /// ζ = η vᵀHv/(2 gᵀv) is below 1. With u = −η v that is ζ = −uᵀHu/(2 gᵀu), for every optimizer: η needs not be known.
    pub edge: Option<f64>,
}

impl AlongStep {
    /// What a slice tells, with the record of its step where there is one.
    pub fn of(slice: &SliceRecord, step: Option<&StepRecord>) -> AlongStep {
        let value = |id: ProbeId| step.and_then(|step| step.value(id));
        AlongStep::from_numbers(slice, value(ProbeId::STEP_NORM), value(ProbeId::SLOPE))
    }

    /// What a slice tells, with ‖u‖ and gᵀu where they were measured.
    pub fn from_numbers(slice: &SliceRecord, length: Option<f64>, slope: Option<f64>) -> AlongStep {
        let parabola = Parabola::of(slice);
        let over = |numerator: f64, denominator: f64| {
            if denominator == 0.0 { f64::NAN } else { numerator / denominator }
        };
        AlongStep {
            place: parabola.place(),
            sharpness: length.map(|length| over(parabola.curvature, length * length)),
            edge: slope.map(|slope| over(-parabola.curvature, 2.0 * slope)),
        }
    }
}

/// What a place on the parabola means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The floor is behind where the step began.
    Up,
    /// Short of the floor.
    Short,
    /// In the floor, within a tenth of the way to it.
    Floor,
    /// Beyond the floor, and lower than where it began.
    Beyond,
    /// Beyond the floor, and no lower than where it began.
    Over,
}

impl Place {
    /// Of a number of [`Parabola::place`]; `None` when it is not a number.
    pub fn of(place: f64) -> Option<Place> {
        match place {
            p if p.is_nan() => None,
            p if p < -1.0 => Some(Place::Up),
            p if p < -0.1 => Some(Place::Short),
            p if p <= 0.1 => Some(Place::Floor),
            p if p < 1.0 => Some(Place::Beyond),
            _ => Some(Place::Over),
        }
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Place::Up => "leads up from its start",
            Place::Short => "ends short of the floor",
            Place::Floor => "ends in the floor",
            Place::Beyond => "ends beyond the floor",
            Place::Over => "ends beyond the floor, as high as its start or higher",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        optim::{Blocks, Optimizer, OptimizerKind, OptimizerSpec},
        probe::{ProbeSet, ProbeValues, slice_alpha, synthetic},
    };

    const CURVATURES: [f64; 4] = [0.5, 3.0, 12.0, 40.0];

    /// Σ h θ²/2.
    fn loss(theta: &[f64]) -> f64 {
        theta.iter().zip(CURVATURES).map(|(x, h)| h * x * x / 2.0).sum()
    }

    fn gradient(theta: &[f32]) -> Vec<f32> {
        theta.iter().zip(CURVATURES).map(|(x, h)| (h * f64::from(*x)) as f32).collect()
    }

    /// A walk on the quadratic: slice and record of every step, with the step itself.
    fn walk(spec: OptimizerSpec, eta: f64) -> Vec<(SliceRecord, StepRecord, Vec<f64>)> {
        let mut optimizer = Optimizer::new(spec);
        let mut theta = vec![1.0_f32, -0.7, 0.3, 0.2];
        let mut found = Vec::new();
        for t in 0..6 {
            let here = gradient(&theta);
            let at = optimizer.ascent(t, 6).map_or_else(|| theta.clone(), |a| a.perturbed(&theta, &here));
            let next = optimizer.step(&Blocks::default(), &theta, &gradient(&at), eta);
            let on = |a: f64| -> Vec<f64> {
                theta.iter().zip(&next).map(|(x, y)| (1.0 - a) * f64::from(*x) + a * f64::from(*y)).collect()
            };
            let slice = SliceRecord { t, loss: std::array::from_fn(|k| loss(&on(slice_alpha(k)))) };
            let values = ProbeSet::usual().measure(&synthetic::step(&theta, Some(&next), &here, eta));
            let step = StepRecord { t, loss: None, batch_loss: slice.start(), values, learning_rate: eta, batch: 1 };
            let u = theta.iter().zip(&next).map(|(x, y)| f64::from(*y) - f64::from(*x)).collect();
            found.push((slice, step, u));
            theta = next;
        }
        found
    }

    #[test]
    fn on_a_quadratic_every_optimizer_has_its_closed_form() {
        for kind in OptimizerKind::ALL.iter().copied() {
            for momentum in [0.0, 0.9] {
                let spec = OptimizerSpec { kind, momentum, ..OptimizerSpec::default() };
                for (slice, step, u) in walk(spec, 0.02) {
                    let squared: f64 = u.iter().map(|x| x * x).sum();
                    let bent: f64 = u.iter().zip(CURVATURES).map(|(x, h)| h * x * x).sum();
                    let found = AlongStep::of(&slice, Some(&step));
                    let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * (1.0 + a.abs() + b.abs());
                    assert!(near(found.sharpness.unwrap(), bent / squared), "{kind}: {found:?}");
                    let slope = step.value(ProbeId::SLOPE).unwrap();
                    assert!(near(found.edge.unwrap(), -bent / (2.0 * slope)), "{kind}: {found:?}");
                    // With the full gradient the place is 2ζ − 1, as far as the rounded gradient tells the slope.
                    let steepest = squared.sqrt() * step.value(ProbeId::GRADIENT).unwrap();
                    let apart = found.place - (2.0 * found.edge.unwrap() - 1.0);
                    let room = 1e-4 * (1.0 + found.place.abs());
                    assert!(slope.abs() < 0.05 * steepest || apart.abs() < room, "{kind}: {found:?}");
                    if slope < 0.0 && (found.edge.unwrap() - 1.0).abs() > 1e-3 {
                        assert_eq!(found.edge.unwrap() < 1.0, slice.end() < slice.start(), "{kind}: {found:?}");
                    }
                }
            }
        }
    }

    /// η gᵀHg/(2 gᵀg) reaches 1 where the sharpness along the gradient is 2/η.
    #[test]
    fn gradient_descent_is_at_its_edge_where_the_sharpness_is_two_over_eta() {
        for eta in [0.001, 0.02, 0.05, 0.2] {
            let (slice, step, _) = walk(OptimizerSpec::default(), eta)[0].clone();
            let found = AlongStep::of(&slice, Some(&step));
            let ratio = found.sharpness.unwrap() * eta / 2.0;
            assert!((found.edge.unwrap() / ratio - 1.0).abs() < 1e-4, "η {eta}: {found:?}");
        }
    }

    #[test]
    fn what_was_not_measured_or_is_no_step_has_no_curvature() {
        let slice = SliceRecord { t: 0, loss: std::array::from_fn(|k| (slice_alpha(k) - 0.5).powi(2)) };
        let bare = AlongStep::of(&slice, None);
        assert_eq!((bare.sharpness, bare.edge), (None, None));
        assert!((bare.place - 1.0).abs() < 1e-12, "as high as its start: {bare:?}");
        let record = |length: f64, slope: f64| {
            let values = ProbeValues::NONE.with(ProbeId::STEP_NORM, Some(length)).with(ProbeId::SLOPE, Some(slope));
            StepRecord { t: 0, loss: None, batch_loss: 1.0, values, learning_rate: 0.0, batch: 1 }
        };
        let still = AlongStep::of(&SliceRecord { t: 0, loss: [0.3; 10] }, Some(&record(0.0, 0.0)));
        assert!(still.sharpness.is_some_and(f64::is_nan) && still.edge.is_some_and(f64::is_nan), "{still:?}");
        assert_eq!(still.place, -1.0);
        let up = AlongStep::of(&slice, Some(&record(2.0, 0.5)));
        assert!((up.sharpness.unwrap() - 0.5).abs() < 1e-12 && (up.edge.unwrap() + 2.0).abs() < 1e-12, "{up:?}");
        let lost = AlongStep::of(&SliceRecord { t: 0, loss: [f64::NAN; 10] }, Some(&record(1.0, -1.0)));
        assert!(lost.sharpness.is_some_and(f64::is_nan) && lost.edge.is_some_and(f64::is_nan) && lost.place.is_nan());
    }

    #[test]
    fn a_place_is_said_in_words() {
        let found = [-7.0, -1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0, f64::INFINITY].map(|p| Place::of(p).unwrap());
        let (up, short, floor, beyond, over) = (Place::Up, Place::Short, Place::Floor, Place::Beyond, Place::Over);
        assert_eq!(found, [up, short, short, floor, floor, floor, beyond, over, over]);
        assert_eq!(Place::of(f64::NAN), None);
        assert!(found.iter().all(|place| !place.words().is_empty()));
    }
}
