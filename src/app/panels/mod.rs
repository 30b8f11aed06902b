//! The panels: each reads the store and asks for actions; none knows another.

pub mod epochs;
pub mod gallery;
pub mod runs;
pub mod setup;
pub mod walk;
