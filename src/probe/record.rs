//! What the probes write down: plain numbers, the same in memory, in the run file and on the wire.
//!
//! Definitions follow "A Walk with SGD" (Xing, Arpit, Tsirigotis, Bengio 2018), §3 and Tables 1 and 2.
//! A quantity that was not measured is `None`; a quantity that was measured and is not a number is `NaN`.

use serde::{Deserialize, Serialize};

use super::json::{finite_or_name, finite_or_name_option};
use crate::optim::OptimizerSpec;

/// Points of a slice, both ends included: α = k/9, k = 0..9 ("10 samples uniformly placed", Walk §3).
pub const SLICE_POINTS: usize = 10;

/// The α of slice point `k`, computed from the index so that the grid cannot drift and both ends are exact.
pub fn slice_alpha(k: usize) -> f64 {
    k as f64 / (SLICE_POINTS - 1) as f64
}

/// The full training loss on the line from θ_t to θ_{t+1}; everything else about the slice follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliceRecord {
    /// Iteration of the left end.
    pub t: u64,
    /// L((1−α)θ_t + αθ_{t+1}) at α = k/9.
    pub loss: [f64; SLICE_POINTS],
}

/// An interior slice point whose loss is above both ends (Walk §1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Barrier {
    /// Place on the slice, 0 < α < 1.
    pub alpha: f64,
    /// Loss there minus the higher end.
    #[serde(with = "finite_or_name")]
    pub height: f64,
}

impl SliceRecord {
    /// Index of the lowest point; `None` when no point is a number. The first of equal minima counts.
    fn lowest(&self) -> Option<usize> {
        (0..SLICE_POINTS).filter(|&k| !self.loss[k].is_nan()).min_by(|&a, &b| self.loss[a].total_cmp(&self.loss[b]))
    }

    /// The valley floor: the lowest loss of the slice (Walk Fig. 1); `NaN` when no point is a number.
    pub fn floor(&self) -> f64 {
        self.lowest().map_or(f64::NAN, |k| self.loss[k])
    }

    /// α of the valley floor, 0 and 1 meaning that the slice has no interior minimum.
    pub fn floor_alpha(&self) -> f64 {
        self.lowest().map_or(f64::NAN, slice_alpha)
    }

    /// Whether the floor lies strictly between the two iterates.
    pub fn has_interior_minimum(&self) -> bool {
        self.lowest().is_some_and(|k| 0 < k && k < SLICE_POINTS - 1)
    }

    /// Height above the floor, (L(θ_t) + L(θ_{t+1}) − 2 L(θ_t^min)) / 2 (Walk Table 2).
    pub fn height(&self) -> f64 {
        (self.start() + self.end() - 2.0 * self.floor()) / 2.0
    }

    /// L(θ_t).
    pub fn start(&self) -> f64 {
        self.loss[0]
    }

    /// L(θ_{t+1}).
    pub fn end(&self) -> f64 {
        self.loss[SLICE_POINTS - 1]
    }

    /// Every interior point above both ends; empty when the step crossed no barrier.
    pub fn barriers(&self) -> impl Iterator<Item = Barrier> + '_ {
        let top = if self.start() >= self.end() { self.start() } else { self.end() };
        (1..SLICE_POINTS - 1)
            .filter(|&k| self.loss[k] > self.start() && self.loss[k] > self.end())
            .map(move |k| Barrier { alpha: slice_alpha(k), height: self.loss[k] - top })
    }

    /// α and loss of the highest barrier, the first of equal ones; `None` without any.
    pub fn peak(&self) -> Option<[f64; 2]> {
        let above = |k: &usize| self.loss[*k] > self.start() && self.loss[*k] > self.end();
        let higher = |a: usize, b: usize| if self.loss[b] > self.loss[a] { b } else { a };
        let highest = (1..SLICE_POINTS - 1).filter(above).reduce(higher)?;
        Some([slice_alpha(highest), self.loss[highest]])
    }

    /// α and loss of a floor that is below both ends; `None` when an end is as low.
    pub fn dip(&self) -> Option<[f64; 2]> {
        let lowest = self.lowest()?;
        let is_below = self.loss[lowest] < self.start() && self.loss[lowest] < self.end();
        is_below.then(|| [slice_alpha(lowest), self.loss[lowest]])
    }

    /// uᵀHu along the step u = θ_{t+1} − θ_t at α = 1/9, …, 8/9: second differences of the loss over the square of the
    /// spacing of α.
    pub fn curvatures(&self) -> [f64; SLICE_POINTS - 2] {
        let spacing = slice_alpha(1);
        std::array::from_fn(|k| (self.loss[k] - 2.0 * self.loss[k + 1] + self.loss[k + 2]) / (spacing * spacing))
    }

    /// Their mean, which rounding of the losses disturbs least; exact where the loss is a parabola.
    pub fn curvature(&self) -> f64 {
        self.curvatures().iter().sum::<f64>() / (SLICE_POINTS - 2) as f64
    }

    /// Whether the step crossed a barrier: the count of Walk Table 1 is over steps, not over points.
    pub fn has_barrier(&self) -> bool {
        self.barriers().next().is_some()
    }
}

/// Loss and error over a whole set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Mean loss.
    #[serde(with = "finite_or_name")]
    pub loss: f64,
    /// Share of examples whose largest output is not their label, 0..1. `NaN` when an output is not a number.
    #[serde(with = "finite_or_name")]
    pub error: f64,
}

/// The end of one pass over the training data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Epoch, counted from 1; epoch 0 is the starting point.
    pub epoch: u64,
    /// Iteration at which the numbers were measured (they describe θ_t).
    pub t: u64,
    #[serde(with = "finite_or_name")]
    pub train_loss: f64,
    /// Share of wrong answers on the training set, 0..1.
    #[serde(with = "finite_or_name")]
    pub train_error: f64,
    #[serde(with = "finite_or_name")]
    pub test_loss: f64,
    /// Share of wrong answers on the test set, 0..1.
    #[serde(with = "finite_or_name")]
    pub test_error: f64,
    /// Slices measured in this epoch.
    pub slices: u64,
    /// How many of them had a barrier (Walk Table 1).
    pub barriers: u64,
    /// Mean height above the floor over those slices (Walk Table 2); `None` without slices.
    #[serde(with = "finite_or_name_option")]
    pub mean_height: Option<f64>,
    /// The same numbers of the averaged iterates; `None` when nothing is averaged yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<AverageRecord>,
}

/// Loss and error of the mean of iterates, with batch-norm statistics computed anew for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageRecord {
    /// Iterates in the mean.
    pub count: u64,
    pub train: Evaluation,
    pub test: Evaluation,
}

/// Something that changed while the run was going, by hand or by plan; drawn as a marker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The first iteration that feels the change.
    pub t: u64,
    pub change: Change,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
#[expect(clippy::large_enum_variant, reason = "changes are few")]
pub enum Change {
    /// Base learning rate η; the schedule multiplies it.
    LearningRate { from: f64, to: f64 },
    /// Examples per batch.
    Batch { from: u64, to: u64 },
    /// The optimizer, by hand or by the plan of the run.
    Optimizer { from: OptimizerSpec, to: OptimizerSpec },
    /// What takes derivatives, and how often, as `--probe` says it; `none` is nothing.
    Derivatives { from: String, to: String },
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::LearningRate { from, to } => write!(f, "learning rate {from} → {to}"),
            Change::Batch { from, to } => write!(f, "batch {from} → {to}"),
            Change::Optimizer { from, to } => write!(f, "optimizer {} → {}", from.title(), to.title()),
            Change::Derivatives { from, to } => write!(f, "probes of derivatives {from} → {to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(f: impl Fn(f64) -> f64) -> SliceRecord {
        SliceRecord { t: 0, loss: std::array::from_fn(|k| f(slice_alpha(k))) }
    }

    #[test]
    fn a_parabola_has_its_floor_inside_and_the_height_of_its_definition() {
        let s = slice(|a| (a - 1.0 / 3.0) * (a - 1.0 / 3.0));
        assert!(s.has_interior_minimum());
        assert_eq!(s.floor_alpha(), 1.0 / 3.0);
        assert!((s.height() - (1.0 / 9.0 + 4.0 / 9.0) / 2.0).abs() < 1e-15);
        assert!(!s.has_barrier());
    }

    #[test]
    fn every_interior_point_above_both_ends_is_a_barrier() {
        let mut s = slice(|a| a);
        s.loss[4] = 1.5;
        s.loss[6] = 1.25;
        s.loss[7] = 1.0;
        let found: Vec<_> = s.barriers().collect();
        assert_eq!(
            found,
            [Barrier { alpha: 4.0 / 9.0, height: 0.5 }, Barrier { alpha: 6.0 / 9.0, height: 0.25 }],
            "a point level with the higher end is no barrier"
        );
    }

    #[test]
    fn peak_and_dip_are_inside_and_beyond_both_ends() {
        let mut s = slice(|a| a);
        assert_eq!((s.peak(), s.dip()), (None, None));
        (s.loss[4], s.loss[6], s.loss[2]) = (1.5, 1.5, -1.0);
        assert_eq!((s.peak(), s.dip()), (Some([4.0 / 9.0, 1.5]), Some([2.0 / 9.0, -1.0])));
        let mut level = slice(|a| a);
        level.loss[3] = 0.0;
        assert_eq!(level.dip(), None, "a point level with the lower end is no dip");
        level.loss[9] = f64::NAN;
        level.loss[5] = 9.0;
        assert_eq!((level.peak(), level.dip()), (None, None));
    }

    #[test]
    fn a_parabola_has_its_curvature_everywhere() {
        let s = slice(|a| 3.5 * a * a - 2.0 * a + 1.0);
        assert!(s.curvatures().iter().all(|c| (c - 7.0).abs() < 1e-12), "{:?}", s.curvatures());
        assert!((s.curvature() - 7.0).abs() < 1e-12);
        assert!(slice(|_| f64::NAN).curvature().is_nan());
    }

    #[test]
    fn not_a_number_is_shown() {
        let mut s = slice(|a| 1.0 - a);
        s.loss[3] = f64::NAN;
        assert_eq!(s.floor(), 0.0);
        s.loss = [f64::NAN; SLICE_POINTS];
        assert!(s.floor().is_nan() && s.height().is_nan() && s.floor_alpha().is_nan());
        let mut diverged = slice(|a| 1.0 - a);
        diverged.loss[9] = f64::NAN;
        assert!(diverged.height().is_nan() && !diverged.has_barrier());
    }

    #[test]
    fn json_names_what_is_not_finite() {
        let e = Evaluation { loss: f64::NAN, error: f64::INFINITY };
        let text = serde_json::to_string(&e).unwrap();
        assert_eq!(text, r#"{"loss":"NaN","error":"inf"}"#);
        let back: Evaluation = serde_json::from_str(&text).unwrap();
        assert!(back.loss.is_nan() && back.error == f64::INFINITY);
    }
}
