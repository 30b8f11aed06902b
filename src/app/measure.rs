//! Starts what a form asks.

use super::{
    shelf::{Asking, Kind},
    surveys::Surveys,
};

/// Starts what the form of one kind of measurement asks, waking the window whenever something is found.
///
/// # Errors
/// What is missing or wrong, in words.
pub type Measure = fn(&mut Surveys, &egui::Context, Asking<'_>) -> Result<(), String>;

/// See [`Measure`].
///
/// # Errors
/// What is missing or wrong, in words.
pub fn measure<K: Kind>(surveys: &mut Surveys, ctx: &egui::Context, asking: Asking<'_>) -> Result<(), String> {
    let requests = K::questions(&surveys.of::<K>().form, &asking)?;
    for request in requests {
        let ctx = ctx.clone();
        surveys.ask::<K>(request, move || ctx.request_repaint())?;
    }
    Ok(())
}
