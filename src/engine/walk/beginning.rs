//! How a walk comes to its first iteration.

use super::replay::Replay;
use crate::engine::Record;

/// What has to be done before the first iteration.
pub(super) enum Beginning {
    /// The walk begins at θ_0.
    Fresh,
    /// A recorded run is followed to the iteration where the fork leaves it.
    Replay(Box<Replay>),
    /// The walk stands where its parent was, after these changes.
    Forked(Vec<Record>),
}
