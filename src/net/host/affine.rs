//! A product with a matrix W `[out, F]`, for x of any shape with F numbers.

use valleyscope_kernels::{Plus, Sweep, Weights, sweep};

use crate::net::{buffer::Buffer, host_act::HostAct};

/// y = x Wᵀ.
pub(super) fn product(x: &HostAct, weight: &[f32], plus: Plus<'_>, y: &mut HostAct) {
    let features = x.features();
    let weights = Weights { values: weight, output: features, channel: 1, reversed: false };
    sweep(Sweep::product(y.features(), features, x.width()), &x.data, weights, plus, &mut y.data);
}

/// dL/dx = dL/dy W, for inputs of `[C, H, W]`.
pub(super) fn input_gradient(dy: &HostAct, weight: &[f32], shape: [usize; 3]) -> HostAct {
    let mut dx = HostAct::any(dy.n, shape);
    let (out, features) = (dy.features(), dx.features());
    let weights = Weights { values: weight, output: 1, channel: features, reversed: false };
    sweep(Sweep::product(features, out, dy.width()), &dy.data, weights, Plus::Nothing, &mut dx.data);
    dx
}

/// dL/dW = Σ_n dL/dy_n ⊗ x_n, `[out, F]`: with the features of x in the lanes, a product once more.
pub(super) fn weight_gradient(x: &HostAct, dy: &HostAct) -> Buffer {
    let (features, out, width) = (x.features(), dy.features(), x.width());
    let turned = HostAct::images(&x.data, [width, 1, 1]);
    let lanes = turned.width();
    let mut product = Buffer::any(out * lanes);
    let weights = Weights { values: &dy.data, output: width, channel: 1, reversed: false };
    // Slopes beyond the last example are zeros.
    sweep(Sweep::product(out, width, lanes), &turned.data, weights, Plus::Nothing, &mut product);
    let mut gradient = Buffer::any(out * features);
    for (row, product) in gradient.chunks_exact_mut(features).zip(product.chunks_exact(lanes)) {
        row.copy_from_slice(&product[..features]);
    }
    gradient
}
