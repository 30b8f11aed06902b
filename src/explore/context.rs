//! What a measurement gets beside its question.

use super::settings::Settings;
use crate::objective::Interrupt;

/// What ends it early, and what was loaded for others before it.
#[derive(Clone, Default)]
pub struct Context {
    pub interrupt: Interrupt,
    pub settings: Settings,
}

/// For a measurement that stands alone.
impl From<Interrupt> for Context {
    fn from(interrupt: Interrupt) -> Context {
        Context { interrupt, settings: Settings::default() }
    }
}
