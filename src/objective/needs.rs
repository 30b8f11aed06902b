//! What work on a network takes, before anything of it is allocated.

use crate::{memory, net::Network};

/// Numbers of 4 bytes for each parameter while a run goes on: θ twice, its gradient in f64, what an optimizer remembers and the
/// checkpoint that waits to be written.
const OF_A_WALK: u64 = 12;
/// Of a measurement: the ends, a point between them, a gradient.
const OF_A_MEASUREMENT: u64 = 8;
/// Every activation is there forwards and, as its gradient, backwards.
const BOTH_WAYS: u64 = 2;

const REMEDY: &str = "use a smaller network or smaller images, or allow more memory (--memory)";

/// Bytes that the activations of `images` images take at once.
fn activations(network: &Network, images: u64) -> u64 {
    let one = (network.total_activation() as u64).saturating_add(network.widest_activation() as u64);
    one.saturating_mul(4 * BOTH_WAYS).saturating_mul(images)
}

fn parameters(network: &Network, copies: u64) -> u64 {
    (network.layout().len() as u64).saturating_mul(4 * copies)
}

/// Whether there is room for a run with batches of `batch` images.
///
/// # Errors
/// When there is not.
pub fn of_a_walk(network: &Network, batch: u64) -> Result<(), memory::TooMuch> {
    // Statistics of a batch need all of it at once; else an image at a time would do.
    let images = if network.has_batch_norm() { batch.max(1) } else { 1 };
    let bytes = parameters(network, OF_A_WALK).saturating_add(activations(network, images));
    memory::promise(|| format!("a run of this network ({} parameters)", network.layout().len()), bytes, REMEDY)
}

/// Whether there is room for a measurement with so many directions held at once.
///
/// # Errors
/// When there is not.
pub fn of_a_measurement(network: &Network, directions: u64) -> Result<(), memory::TooMuch> {
    let bytes = parameters(network, OF_A_MEASUREMENT)
        .saturating_add(parameters(network, directions.saturating_mul(2)))
        .saturating_add(activations(network, 1));
    let what = || match directions {
        0 | 1 => format!("a measurement of this network ({} parameters)", network.layout().len()),
        n => format!("{n} directions of {} parameters", network.layout().len()),
    };
    memory::promise(
        what,
        bytes,
        if directions > 1 { "ask for fewer directions, or allow more memory (--memory)" } else { REMEDY },
    )
}
