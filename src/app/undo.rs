//! Undo for settings: forms and looks, as they stood each time a hand had let go.

use egui::util::undoer::Undoer;

use super::{desk::Desk, form::Form};

/// Everything that is set, but for the laboratory, which has an undo of its own.
#[derive(Clone, PartialEq)]
struct Settings {
    form: Form,
    /// Of measurements, as text.
    desk: String,
}

/// See the module.
#[derive(Default)]
pub struct Undo {
    undoer: Undoer<Settings>,
    has_begun: bool,
}

fn now(form: &Form, desk: &Desk) -> Option<Settings> {
    Some(Settings { form: form.clone(), desk: desk.settings().ok()? })
}

impl Undo {
    /// Looks at what is set, but not while a pointer only moves: that changes nothing, and comes in every frame.
    pub fn note(&mut self, ctx: &egui::Context, form: &Form, desk: &Desk) {
        let (time, has_input, is_busy) = ctx.input(|i| {
            let only_moves = i.events.iter().all(|event| matches!(event, egui::Event::PointerMoved(_)));
            (i.time, !only_moves || i.pointer.any_released(), i.pointer.any_down())
        });
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if (has_input || self.undoer.is_in_flux() || is_first)
            && !is_busy
            && !ctx.text_edit_focused()
            && let Some(settings) = now(form, desk)
        {
            self.undoer.feed_state(time, &settings);
        }
    }

    /// Takes back what was set last. Returns whether there was something.
    pub fn undo(&mut self, form: &mut Form, desk: &mut Desk) -> bool {
        let before = now(form, desk).and_then(|settings| self.undoer.undo(&settings).cloned());
        take(before, form, desk)
    }

    /// Sets again what was taken back last. Returns whether there was something.
    pub fn redo(&mut self, form: &mut Form, desk: &mut Desk) -> bool {
        let after = now(form, desk).and_then(|settings| self.undoer.redo(&settings).cloned());
        take(after, form, desk)
    }
}

fn take(settings: Option<Settings>, form: &mut Form, desk: &mut Desk) -> bool {
    let Some(settings) = settings else { return false };
    *form = settings.form;
    desk.set_settings(&settings.desk);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_taken_back_and_set_again() {
        let (mut form, mut desk, mut undo) = (Form::default(), Desk::default(), Undo::default());
        let settings = |form: &Form, desk: &Desk| now(form, desk).unwrap();
        undo.undoer.feed_state(0.0, &settings(&form, &desk));
        form.spec.lr = 0.25;
        desk.subject.data_dir = "elsewhere".into();
        undo.undoer.feed_state(1.0, &settings(&form, &desk));
        let set = settings(&form, &desk);
        assert!(undo.undo(&mut form, &mut desk));
        assert!(form == Form::default() && desk.subject.data_dir.is_empty());
        assert!(!undo.undo(&mut form, &mut desk), "there is nothing before the first");
        assert!(undo.redo(&mut form, &mut desk));
        assert!(settings(&form, &desk) == set);
    }
}
