//! The end that somebody outside of the window asks for, such as a signal: the window closes as if by hand, and keeps what it keeps then.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// See the module; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Ending(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    is_asked: AtomicBool,
    /// The window that is to be woken, once there is one.
    window: Mutex<Option<egui::Context>>,
}

impl Ending {
    /// Lets the window close in its next frame, which comes at once.
    pub fn ask(&self) {
        self.0.is_asked.store(true, Ordering::SeqCst);
        if let Some(ctx) = &*self.0.window.lock().unwrap_or_else(PoisonError::into_inner) {
            ctx.request_repaint();
        }
    }

    /// Says which window is meant.
    pub(super) fn of(&self, ctx: &egui::Context) {
        *self.0.window.lock().unwrap_or_else(PoisonError::into_inner) = Some(ctx.clone());
    }

    /// Whether the end was asked for since this was asked last.
    pub(super) fn take(&self) -> bool {
        self.0.is_asked.swap(false, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_asked_for_once_and_wakes_the_window() {
        let ending = Ending::default();
        assert!(!ending.take());
        let ctx = egui::Context::default();
        ending.of(&ctx);
        let woken = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&woken);
        ctx.set_request_repaint_callback(move |_| flag.store(true, Ordering::SeqCst));
        ending.ask();
        assert!(woken.load(Ordering::SeqCst) && ending.take() && !ending.take());
    }
}
