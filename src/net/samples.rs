//! Networks for tests.

use super::{
    builder::Builder,
    host::tests::{images, networks, somewhere},
    layer::ConvSpec,
    network::Network,
    pointwise::Pointwise,
    state::State,
};

impl Network {
    /// A network for every kind of layer, of ten outputs each, and a point for each that is not fresh.
    pub(crate) fn samples() -> Vec<(Network, State)> {
        networks()
            .into_iter()
            .map(|network| {
                let at = somewhere(&network);
                (network, at)
            })
            .collect()
    }

    /// Images that all differ, `[n, C, H, W]` row-major.
    pub(crate) fn sample_images(n: usize, input: [usize; 3]) -> Vec<f32> {
        images(n, input)
    }

    /// A network with both kinds of shortcut, strides, padding and odd sides.
    pub(super) fn residual_sample() -> Network {
        let mut b = Builder::new([2, 9, 9]);
        let tanh = Pointwise::named("tanh").unwrap();
        let mut build = || {
            b.conv("conv1", ConvSpec::new(4, 3).pad(1).no_bias())?;
            b.batch_norm("bn1")?;
            b.relu();
            b.residual(
                |b| {
                    b.conv("a.conv1", ConvSpec::new(8, 3).stride(2).pad(1).no_bias())?;
                    b.batch_norm("a.bn1")?;
                    b.relu();
                    b.conv("a.conv2", ConvSpec::new(8, 3).pad(1).no_bias())?;
                    b.batch_norm("a.bn2")
                },
                |b| {
                    b.subsample(2)?;
                    b.pad_channels(1, 3)
                },
            )?;
            b.activation(tanh);
            b.residual(
                |b| b.conv("b.conv", ConvSpec::new(6, 2).stride(2).pad(1)),
                |b| b.conv("b.shortcut", ConvSpec::new(6, 1).stride(2).no_bias()),
            )?;
            b.residual(|b| b.conv("c.conv", ConvSpec::new(6, 3).pad(1)), |_| Ok(()))?;
            b.global_average()?;
            b.linear("fc", 10)
        };
        build().and_then(|()| b.finish(10)).unwrap_or_else(|e: String| panic!("{e}"))
    }
}
