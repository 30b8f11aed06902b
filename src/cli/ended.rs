//! How a command ended.

/// How a command ended, for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// 0
    Well,
    /// 1: the command worked, but its verdict is no (a claim failed, a file is wrong).
    No,
    /// 3: the run diverged.
    Diverged,
}
