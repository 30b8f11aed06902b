//! How much memory evaluations may take.

/// Bytes that the activations in flight may take together.
pub(super) const ACTIVATION_BUDGET: usize = 512 << 20;
/// On the CPU a chunk this small keeps a layer's input and output inside a core's cache.
pub(super) const CPU_CHUNK_BYTES: usize = 1 << 20;
/// Bytes of images kept on the device as chunk tensors; a larger set is brought there chunk by chunk in every pass.
pub(super) const RESIDENT_BUDGET: usize = 1 << 30;
/// Bytes of images kept a second time, chunk by chunk, for the host reading; beyond it they are copied in every pass.
pub(super) const PREPARED_BUDGET: usize = 256 << 20;
/// Bytes of first-layer products kept from one slice to the next; beyond it they are computed again.
pub(super) const PRODUCT_BUDGET: usize = 256 << 20;
/// Bytes of parameter points held at once.
pub(super) const POINT_BUDGET: usize = 512 << 20;
