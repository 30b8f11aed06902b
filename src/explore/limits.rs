//! Where a combination of running variances is none: beyond the ends of a line, what is interpolated between two variances can fall
//! below 0, and a loss there is not a number.

use std::sync::Arc;

use crate::{
    net::{BatchNorm, Network, State},
    probe::NormMode,
};

/// What is said of a point where a running variance is below 0.
const WHY: &str = "running variance below 0";

/// Every running variance as a function c₀ + c₁ a + c₂ b of the coordinates of a line or a plane; none where nothing can fall
/// below 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits(Arc<[[f64; 3]]>);

impl Limits {
    /// Those of points Σ_j w_j(a, b) · `anchors[j]`, whose weights depend on the coordinates linearly.
    pub(super) fn of(
        network: &Network,
        mode: NormMode,
        anchors: &[&State],
        weights: impl Fn(f64, f64) -> Vec<f64>,
    ) -> Limits {
        if mode != NormMode::Running {
            return Limits::default();
        }
        let at = [weights(0.0, 0.0), weights(1.0, 0.0), weights(0.0, 1.0)];
        let variances = network.buffers().params().iter().filter(|p| p.name.ends_with("running_var"));
        let channel = |i: usize| {
            let value = |w: &Vec<f64>| w.iter().zip(anchors).map(|(w, s)| w * f64::from(s.buffers[i])).sum::<f64>();
            let [zero, one, other] = [value(&at[0]), value(&at[1]), value(&at[2])];
            [zero, one - zero, other - zero]
        };
        let channels = variances.flat_map(|p| p.range()).map(channel);
        Limits(channels.filter(|[_, a, b]| *a != 0.0 || *b != 0.0).collect())
    }

    /// Whether nothing can fall below 0.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why the loss at a point is not a number; `None` where no running variance is to blame.
    pub fn why(&self, a: f64, b: f64) -> Option<&'static str> {
        let below = |[c0, c1, c2]: &[f64; 3]| c0 + c1 * a + c2 * b + BatchNorm::EPSILON < 0.0;
        self.0.iter().any(below).then_some(WHY)
    }

    /// What to tell about points of which so many have no loss.
    pub fn note(&self, without: usize, of: usize) -> Option<String> {
        (without > 0).then(|| {
            format!("{WHY} at {without} of {of} points, which have no loss; batch and recalibrated statistics have no such limit")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the variances themselves, on a grid that reaches beyond both ends.
    #[test]
    fn points_are_blamed_where_a_variance_is_below_0() {
        let network = Network::build("conv(3,1) batchnorm linear(2)", [1, 2, 2], 2).unwrap();
        let state = |variances: [f32; 3]| {
            let mut state = network.initial_state(1);
            state.buffers[3..].copy_from_slice(&variances);
            state
        };
        let (a, b, c) = (state([1.0, 2.0, 0.5]), state([0.5, 2.0, 1.5]), state([1.0, 0.1, 0.5]));
        let weights = |x: f64, y: f64| vec![1.0 - x - y, x, y];
        let limits = Limits::of(&network, NormMode::Running, &[&a, &b, &c], weights);
        let mut blamed = 0;
        for (x, y) in (-8..=8).flat_map(|i| (-8..=8).map(move |j| (f64::from(i) / 2.0, f64::from(j) / 2.0))) {
            let w = weights(x, y);
            let least = (3..6)
                .map(|i| w.iter().zip([&a, &b, &c]).map(|(w, s)| w * f64::from(s.buffers[i])).sum::<f64>())
                .fold(f64::INFINITY, f64::min);
            assert_eq!(limits.why(x, y).is_some(), least + 1e-5 < 0.0, "{x}, {y}");
            blamed += usize::from(limits.why(x, y).is_some());
        }
        assert!(blamed > 20);
        assert_eq!(limits.why(0.3, 0.3), None);
        let others = Limits::of(&network, "batch".parse().unwrap(), &[&a, &b, &c], weights);
        assert_eq!(others.why(8.0, 8.0), None);
    }
}
