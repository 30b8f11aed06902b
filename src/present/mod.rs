//! What was measured on a line, on a plane, in a valley, in an escape table, of a spectrum or of gradient noise, made ready to be looked at and saved: the
//! same from the command line and from the window.

mod error;
mod escape;
mod formats;
mod line;
mod methods;
mod noise;
mod plane;
mod plane_look;
mod quoted;
mod save;
mod spectrum;
mod valley;

pub use error::PresentError;
pub use escape::{
    EscapeView, advice, check_escape_format, mean_words, median_words, ratio_words, save_escape, time_words,
    trend_words,
};
pub use formats::{
    check_line_format, check_noise_format, check_plane_format, check_spectrum_format, check_valley_format,
};
pub use line::{CurveView, LineGroup, LineView, line_csv, line_picture, save_line};
pub use methods::{
    escape_methods, line_methods, live_line_methods, noise_methods, plane_methods, spectrum_methods, valley_methods,
    walk_methods,
};
pub use noise::{NoiseView, save_noise};
pub use plane::{PlaneView, lowest, plane_csv, save_plane};
pub use plane_look::PlaneLook;
pub use spectrum::{SpectrumView, save_spectrum};
pub use valley::{ValleyView, save_valley};
