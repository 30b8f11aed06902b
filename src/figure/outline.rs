//! The area between two curves.

use crate::history::Curve;

/// Outlines of the area between two curves, along the lower and back along the upper one; broken where either is not
/// finite.
pub(super) fn outlines(lower: &[[f64; 2]], upper: &[[f64; 2]]) -> Curve {
    let mut lines = Vec::new();
    let finite = |(l, u): &([f64; 2], [f64; 2])| l[1].is_finite() && u[1].is_finite();
    let pairs: Vec<([f64; 2], [f64; 2])> = lower.iter().copied().zip(upper.iter().copied()).collect();
    for run in pairs.chunk_by(|a, b| finite(a) == finite(b)).filter(|run| finite(&run[0])) {
        lines.push(run.iter().map(|(l, _)| *l).chain(run.iter().rev().map(|(_, u)| *u)).collect());
    }
    // The mean's own line counts what is not finite.
    Curve { lines, non_finite: 0 }
}
