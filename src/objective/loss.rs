//! From outputs to losses, in f64 on the host: the only place where a loss is defined for evaluation.

use crate::{probe::Evaluation, run::LossKind};

/// Sums over some examples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    loss: f64,
    wrong: u64,
    /// Examples with an output that is not a number: their error cannot be told.
    undefined: u64,
    count: u64,
}

impl Tally {
    /// Adds up `outputs`, `[labels.len(), classes]` row-major.
    pub(super) fn of(outputs: &[f32], labels: &[u32], kind: LossKind) -> Tally {
        let mut tally = Tally { count: labels.len() as u64, ..Tally::default() };
        for (row, &label) in rows(outputs, labels) {
            tally.loss += of_row(row, label, kind);
            match prediction(row) {
                Some(class) => tally.wrong += u64::from(class != label as usize),
                None => tally.undefined += 1,
            }
        }
        tally
    }

    /// The sum of partial tallies, in the order given.
    pub(super) fn sum<'a>(parts: impl Iterator<Item = &'a Tally>) -> Tally {
        parts.fold(Tally::default(), |a, b| Tally {
            loss: a.loss + b.loss,
            wrong: a.wrong + b.wrong,
            undefined: a.undefined + b.undefined,
            count: a.count + b.count,
        })
    }

    /// Examples that are classified right; one with an output that is not a number is not.
    pub(super) fn right(&self) -> u64 {
        self.count - self.wrong - self.undefined
    }

    /// Sum of the losses.
    pub(super) fn total(&self) -> f64 {
        self.loss
    }

    pub(super) fn mean(&self) -> Evaluation {
        let n = self.count as f64;
        let error = if self.undefined > 0 { f64::NAN } else { self.wrong as f64 / n };
        Evaluation { loss: self.loss / n, error }
    }
}

/// Loss of every example.
pub(super) fn per_example(outputs: &[f32], labels: &[u32], kind: LossKind) -> Vec<f64> {
    rows(outputs, labels).map(|(row, &label)| of_row(row, label, kind)).collect()
}

/// dL/dz of every output, row-major, where L is the mean over `count` examples.
pub(super) fn slope(outputs: &[f32], labels: &[u32], kind: LossKind, count: usize) -> Vec<f32> {
    let mut slope = Vec::with_capacity(outputs.len());
    for (z, &label) in rows(outputs, labels) {
        let target = |j: usize| f64::from(u8::from(j == label as usize));
        match kind {
            // softmax(z) − y
            LossKind::CrossEntropy => {
                let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let powers: Vec<f64> = z.iter().map(|&x| f64::from(x - max).exp()).collect();
                let sum: f64 = powers.iter().sum();
                slope.extend(powers.iter().enumerate().map(|(j, p)| ((p / sum - target(j)) / count as f64) as f32));
            }
            // 2 (z − y) / classes
            LossKind::MeanSquared => {
                let scale = 2.0 / (z.len() * count) as f64;
                slope.extend(z.iter().enumerate().map(|(j, &x)| ((f64::from(x) - target(j)) * scale) as f32));
            }
        }
    }
    slope
}

/// The change of [`slope`] when the outputs change: d²ℓ/dz² dz, row-major.
pub(super) fn slope_change(outputs: &[f32], changes: &[f32], labels: &[u32], kind: LossKind, count: usize) -> Vec<f32> {
    let mut change = Vec::with_capacity(outputs.len());
    for ((z, _), (dz, _)) in rows(outputs, labels).zip(rows(changes, labels)) {
        match kind {
            // p ∘ (dz − p·dz) with p = softmax(z)
            LossKind::CrossEntropy => {
                let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let powers: Vec<f64> = z.iter().map(|&x| f64::from(x - max).exp()).collect();
                let sum: f64 = powers.iter().sum();
                let mean = powers.iter().zip(dz).map(|(p, d)| p / sum * f64::from(*d)).sum::<f64>();
                let each = powers.iter().zip(dz).map(|(p, d)| p / sum * (f64::from(*d) - mean) / count as f64);
                change.extend(each.map(|x| x as f32));
            }
            LossKind::MeanSquared => {
                let scale = 2.0 / (z.len() * count) as f64;
                change.extend(dz.iter().map(|d| (f64::from(*d) * scale) as f32));
            }
        }
    }
    change
}

fn rows<'a>(outputs: &'a [f32], labels: &'a [u32]) -> impl Iterator<Item = (&'a [f32], &'a u32)> {
    outputs.chunks_exact((outputs.len() / labels.len().max(1)).max(1)).zip(labels)
}

/// Loss of one example from its outputs z.
fn of_row(z: &[f32], label: u32, kind: LossKind) -> f64 {
    match kind {
        // −log softmax(z)_y = log Σ exp(z_j − max) + max − z_y
        LossKind::CrossEntropy => {
            let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            // The exponential in f32, like the outputs, whose own rounding is larger; sum and logarithm in f64.
            let sum: f64 = z.iter().map(|&x| f64::from((x - max).exp())).sum();
            sum.ln() + f64::from(max) - f64::from(z[label as usize])
        }
        LossKind::MeanSquared => {
            let square = |(j, &x): (usize, &f32)| {
                let d = f64::from(x) - f64::from(u8::from(j == label as usize));
                d * d
            };
            z.iter().enumerate().map(square).sum::<f64>() / z.len() as f64
        }
    }
}

/// Index of the largest output, the first of equals; `None` when an output is not a number.
pub(super) fn prediction(z: &[f32]) -> Option<usize> {
    let mut best = 0;
    for (j, x) in z.iter().enumerate() {
        if x.is_nan() {
            return None;
        }
        if *x > z[best] {
            best = j;
        }
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_matches_its_closed_form_and_survives_large_outputs() {
        let t = Tally::of(&[0.0, 0.0, 1000.0, 0.0], &[0, 0], LossKind::CrossEntropy).mean();
        assert!((t.loss - 2f64.ln() / 2.0).abs() < 1e-15);
        assert_eq!(t.error, 0.0);
        let wrong = Tally::of(&[0.0, 1000.0], &[0], LossKind::CrossEntropy).mean();
        assert_eq!((wrong.loss, wrong.error), (1000.0, 1.0));
    }

    #[test]
    fn squared_error_is_the_mean_over_examples_and_outputs() {
        let t = Tally::of(&[0.5, 0.5, 2.0, 1.0], &[0, 1], LossKind::MeanSquared).mean();
        assert_eq!(t.loss, (0.25 + 0.25 + 4.0 + 0.0) / 4.0);
        assert_eq!(t.error, 0.5);
    }

    #[test]
    fn an_output_that_is_no_number_shows() {
        let t = Tally::of(&[f32::NAN, 0.0, 1.0, 0.0], &[0, 0], LossKind::CrossEntropy).mean();
        assert!(t.loss.is_nan() && t.error.is_nan());
        assert_eq!(Tally::of(&[f32::NAN, 0.0, 1.0, 0.0], &[0, 0], LossKind::CrossEntropy).right(), 1);
    }
}
