//! The layers. Each has a file that says how it is written, what it does to a shape, which parameters it has and how they
//! are drawn, and which operations it is made of; one with arithmetic of its own holds that, too.

mod activation;
mod batch_norm;
mod bent;
mod clip;
mod conv2d;
mod dropout;
mod example_norm;
mod fixed_sum;
mod flatten;
mod kind;
mod linear;
mod pad_channels;
mod pair;
mod pool;
mod residual;
mod subsample;
mod tokens;

pub(super) use conv2d::ConvSpec;
pub(super) use kind::{Entry, Layer};
pub(super) use pool::Pool;

/// Every kind of layer, in the order in which messages about descriptions name them.
pub(super) static LAYERS: &[&dyn Layer] = &[
    &conv2d::Convolution,
    &linear::Linear,
    &batch_norm::Norm,
    &activation::Activation,
    &pool::Pooling(Pool::Max),
    &pool::Pooling(Pool::Average),
    &pool::GlobalAverage,
    &example_norm::LayerNorm,
    &example_norm::GroupNorm,
    &bent::Bent(bent::Below::Line),
    &bent::Bent(bent::Below::Exponential),
    &clip::Clipping,
    &dropout::Dropout,
    &tokens::Tokens,
    &tokens::Transpose,
    &fixed_sum::FixedSum,
    &pair::Pair,
    &flatten::Flatten,
    &subsample::Subsampling,
    &pad_channels::Padding,
];
