//! Random streams of data sets: one ChaCha stream per use, so that no use shifts another's draws. The upper half
//! keeps them apart from streams that other modules open with the same seed.

/// Points of a synthetic training split.
pub const TRAIN: u64 = 0x6461_7461_0000_0001;
/// Points of a synthetic test split.
pub const TEST: u64 = 0x6461_7461_0000_0002;
/// Labels that `corrupt` draws.
pub const CORRUPT: u64 = 0x6461_7461_0000_0003;
