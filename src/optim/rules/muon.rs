//! Muon (Jordan et al. 2024): the step of a hidden matrix is its momentum, made nearly orthogonal.
//!
//! As `torch.optim.Muon` with `adjust_lr_fn="original"`: b ← μb + (1 − μ)g; u = g + μ(b − g) (Nesterov); O is u after five
//! steps of Newton and Schulz; θ ← (1 − ηλ)θ − η √max(1, rows/columns) O. The weights of a convolution are a matrix
//! `[out, in·kh·kw]`. PyTorch iterates in bfloat16; here it is f64 (our choice).
//!
//! As its author has it, all that is no matrix, the first and the last layer are AdamW's, with the same λ, at the rate η
//! times `muon_share`: 0.015 of it, as 3e-4 is of 0.02. The first layer is that of the first tensor with two or more
//! dimensions, the last one that of the last. A matrix of one row or one column is AdamW's, too (our choice).

use std::ops::Range as Indices;

use nalgebra::DMatrix;

use crate::optim::{
    blocks::{Block, Blocks},
    constant::{At, Constant, Field, Range},
    descent::NOISE,
    moments::{BETA1, BETA2, DECOUPLED_DECAY, EPS, Moments},
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// μ of Muon.
pub const MUON_MOMENTUM: Constant = Constant {
    key: "muon_momentum",
    flag: "muon-momentum",
    name: "momentum of muon",
    value_name: "MU",
    help: "Momentum μ of muon, Nesterov's, 0 to 1 [default: 0.95]",
    rows: Some("Momentum μ of muon, Nesterov's, 0 to 1 [default: 0.95]"),
    symbol: "μ",
    at: At::More { place: 5, default: 0.95 },
    range: Range::BelowOne,
    example: "0.95",
    field: Field { label: "Muon's μ", short: "Muon's μ", help: "b ← μb + (1 − μ)g", speed: 0.01, most: 0.999 },
    ..Constant::PLAIN
};

/// The learning rate of what Muon leaves to AdamW, as a share of η.
pub const MUON_SHARE: Constant = Constant {
    key: "muon_share",
    flag: "muon-share",
    name: "AdamW's share of η",
    value_name: "SHARE",
    help: "Learning rate of what muon leaves to AdamW, as a share of η [default: 0.015]",
    rows: Some("Learning rate of what muon leaves to AdamW, as a share of the rate [default: 0.015]"),
    symbol: "AdamW η ×",
    at: At::More { place: 6, default: 0.015 },
    range: Range::NotNegative,
    example: "0.015",
    field: Field {
        label: "AdamW's share of η",
        short: "AdamW's η",
        help: "First and last layer, biases and norms step by AdamW, at this share of η",
        speed: 0.001,
        most: 10.0,
    },
    ..Constant::PLAIN
};

/// Where matrices are, the first of them is b; elsewhere they are AdamW's moments.
const NAMES: [&str; 3] = ["muon_first", "muon_second", "muon_steps"];
/// The quintic x ↦ ax + bx³ + cx⁵ of every step.
const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];
const STEPS: usize = 5;
/// The length below which a matrix is not divided by its own.
const SHORTEST: f64 = 1e-7;

/// Muon.
pub struct Muon;

impl Rule for Muon {
    fn title(&self) -> &'static str {
        "Muon"
    }

    fn about(&self) -> &'static str {
        "Hidden matrices step by their momentum made orthogonal, the rest by AdamW"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        &[&NOISE, &BETA1, &BETA2, &EPS, &DECOUPLED_DECAY, &MUON_MOMENTUM, &MUON_SHARE]
    }

    fn state(&self, _spec: &OptimizerSpec) -> &'static [Kept] {
        const KEPT: &[Kept] = &[Kept::Vector(NAMES[0]), Kept::Vector(NAMES[1]), Kept::Number(NAMES[2])];
        KEPT
    }

    fn usual_rate(&self) -> Option<f64> {
        Some(0.02)
    }

    fn shade(&self) -> Option<[u8; 3]> {
        Some([0x88, 0x22, 0x55])
    }

    fn step(
        &self,
        spec: &OptimizerSpec,
        state: &mut Vectors,
        blocks: &Blocks,
        theta: &[f32],
        gradient: &[f32],
        learning_rate: f64,
    ) -> Vec<f32> {
        let (mu, decay) = (MUON_MOMENTUM.number(spec), DECOUPLED_DECAY.number(spec));
        let small_rate = learning_rate * MUON_SHARE.number(spec);
        let mut moments = Moments::take(spec, state, NAMES, theta.len());
        let mut next = theta.to_vec();
        let by_adamw = |range: Indices<usize>, moments: &mut Moments, next: &mut [f32]| {
            for i in range {
                let step = moments.direction(i, f64::from(gradient[i]));
                next[i] = ((1.0 - small_rate * decay) * f64::from(theta[i]) - small_rate * step) as f32;
            }
        };
        let mut end = 0;
        for Matrix { range, rows, columns } in matrices(blocks) {
            by_adamw(end..range.start, &mut moments, &mut next);
            end = range.end;
            let update: Vec<f64> = range
                .clone()
                .map(|i| {
                    let g = f64::from(gradient[i]);
                    let b = mu * f64::from(moments.first[i]) + (1.0 - mu) * g;
                    moments.first[i] = b as f32;
                    g + mu * (b - g)
                })
                .collect();
            let scale = learning_rate * (rows as f64 / columns as f64).max(1.0).sqrt();
            for (i, step) in range.zip(orthogonal(&update, rows, columns)) {
                next[i] = ((1.0 - learning_rate * decay) * f64::from(theta[i]) - scale * step) as f32;
            }
        }
        by_adamw(end..theta.len(), &mut moments, &mut next);
        moments.put(state, NAMES);
        next
    }
}

/// A hidden matrix, row-major in θ.
struct Matrix {
    range: Indices<usize>,
    rows: usize,
    columns: usize,
}

/// The matrices between the first and the last.
fn matrices(blocks: &Blocks) -> Vec<Matrix> {
    let weights: Vec<&Block> = blocks.all().iter().filter(|block| block.shape.len() > 1).collect();
    let inner = weights.get(1..weights.len().saturating_sub(1)).unwrap_or_default();
    let matrix = |block: &&Block| {
        let (rows, columns) = (block.shape[0], block.shape[1..].iter().product());
        Matrix { range: block.range.clone(), rows, columns }
    };
    inner.iter().map(matrix).filter(|matrix| matrix.rows > 1 && matrix.columns > 1).collect()
}

/// A row-major matrix with its singular values brought near to 1, row-major: the singular vectors stay.
fn orthogonal(matrix: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    // Column by column it is the transposed matrix, and what comes out is transposed as well.
    let mut x = DMatrix::from_column_slice(columns, rows, matrix);
    let length = x.norm().max(SHORTEST);
    x /= length;
    let [a, b, c] = QUINTIC;
    for _ in 0..STEPS {
        let across = x.transpose();
        // The smaller one of the two products.
        let gram = if rows <= columns { &across * &x } else { &x * &across };
        let polynomial = &gram * b + &gram * &gram * c;
        let turned = if rows <= columns { &x * &polynomial } else { &polynomial * &x };
        x = x * a + turned;
    }
    x.as_slice().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_hidden_matrix() {
        let found = |shapes: &[&[usize]]| -> Vec<(usize, usize, usize)> {
            let blocks: Blocks = shapes.iter().map(|shape| shape.to_vec()).collect();
            matrices(&blocks).into_iter().map(|m| (m.range.start, m.rows, m.columns)).collect()
        };
        assert_eq!(
            found(&[&[4, 1, 3, 3], &[4], &[4], &[8, 4, 3, 3], &[8], &[16, 8], &[16], &[10, 16], &[10]]),
            [(44, 8, 36), (340, 16, 8)]
        );
        assert!(found(&[&[5, 2], &[1, 5], &[5, 1], &[2, 5]]).is_empty(), "one row or one column");
        let few: [&[&[usize]]; 4] = [&[], &[&[3]], &[&[3, 2], &[3]], &[&[3, 2], &[3], &[2, 3]]];
        for shapes in few {
            assert!(found(shapes).is_empty(), "there is a first and a last one only: {shapes:?}");
        }
    }

    /// Each singular value goes through the quintic five times, and the vectors stay: against diagonal matrices, wide,
    /// tall and square.
    #[test]
    fn singular_values_follow_the_quintic() {
        let values = [3.0, 0.5, 0.02];
        let length = values.iter().map(|x: &f64| x * x).sum::<f64>().sqrt();
        let expected = values.map(|x| {
            let [a, b, c] = QUINTIC;
            (0..STEPS).fold(x / length, |x, _| a * x + b * x.powi(3) + c * x.powi(5))
        });
        assert!(expected[..2].iter().all(|x| (0.6..1.3).contains(x)), "{expected:?}");
        for (rows, columns) in [(3, 3), (3, 7), (8, 3)] {
            let mut matrix = vec![0.0; rows * columns];
            (0..3).for_each(|k| matrix[k * columns + k] = values[k]);
            let found = orthogonal(&matrix, rows, columns);
            for (at, x) in found.into_iter().enumerate() {
                let (row, column) = (at / columns, at % columns);
                let want = if row == column { expected[row] } else { 0.0 };
                assert!((x - want).abs() < 1e-12, "{rows} × {columns}, {row}, {column}: {x} instead of {want}");
            }
        }
        assert_eq!(orthogonal(&[0.0; 6], 2, 3), [0.0; 6], "no direction");
    }
}
