//! Numbers and progress in the terminal.

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{curvature::Measured, explore::Progress, objective::Interrupt};

/// Lets Ctrl-C end the work behind `interrupt`.
pub fn interrupted(interrupt: &Interrupt) -> Result<()> {
    let interrupt = interrupt.clone();
    super::signals::on_end(move || interrupt.raise())
}

/// A loss with as many digits as say something.
pub fn loss(x: f64) -> String {
    match x.abs() {
        _ if !x.is_finite() => format!("{x}"),
        a if a >= 1e5 || (a < 1e-4 && a > 0.0) => format!("{x:.4e}"),
        _ => format!("{x:.6}"),
    }
}

/// "12.3 ± 0.4", or the number alone where it is exact.
pub fn measured(found: &Measured) -> String {
    match found.standard_error {
        0.0 => loss(found.value),
        error => format!("{} ± {error:.1e}", loss(found.value)),
    }
}

/// An error rate in percent.
pub fn percent(x: f64) -> String {
    if x.is_finite() { format!("{:.2} %", 100.0 * x) } else { format!("{x}") }
}

/// A progress bar on the terminal's error channel; nothing where nobody would see it.
pub struct Bar(ProgressBar);

impl Bar {
    /// `silent` for output that other programs read.
    pub fn new(silent: bool, what: &'static str) -> Bar {
        if silent {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0).with_prefix(what);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len}  {eta} left") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Bar(bar)
    }

    pub fn set(&self, progress: Progress) {
        let bar = &self.0;
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    }

    /// A share between 0 and 1.
    pub fn share(&self, share: f64) {
        self.set(Progress { done: (100.0 * share) as u64, total: 100 });
    }

    pub fn done(self) {
        self.0.finish_and_clear();
    }
}
