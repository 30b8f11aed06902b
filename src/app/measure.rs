//! Starts what a form asks.

use super::{
    plain::plain,
    shelf::{Asking, Kind},
    surveys::Surveys,
};
use crate::run::net_text;

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
    for mut request in requests {
        // Files of networks are read here, not in every frame that looks at the form.
        let net = &mut K::subject_mut(&mut request).net;
        *net = net_text(net).map_err(plain)?;
        let ctx = ctx.clone();
        surveys.ask::<K>(request, move || ctx.request_repaint())?;
    }
    Ok(())
}
