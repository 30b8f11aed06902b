//! Five things that a newcomer is told, one at a time, each above what it is about; dismissed for good.

use egui::{Id, RichText, Ui};

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Slice,
    Floor,
    Rate,
    Hold,
    Letters,
}

impl Mark {
    const ALL: [Mark; 5] = [Mark::Slice, Mark::Floor, Mark::Rate, Mark::Hold, Mark::Letters];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Mark::Slice => (
                "A slice",
                "Between two iterations the full training loss is measured at ten points of the straight line from one to \
                 the other. One after the other these slices are the curve.",
            ),
            Mark::Floor => (
                "The valley floor",
                "The lowest loss on a slice is the valley's floor there (dashed). How far the ends lie above it is how \
                 high up the walls the optimizer bounces.",
            ),
            Mark::Rate => (
                "η, the learning rate",
                "How far a step goes along the negative gradient. Turn it while the run goes on: the plots mark where.",
            ),
            Mark::Hold => (
                "Hold, step, fork",
                "Space holds the run, → makes one step. Fork lets it go on in two ways at once, from the very same point.",
            ),
            Mark::Letters => (
                "A, B and C",
                "Click the letters before a file: A and B make a line, A alone a plane around it, all three the plane \
                 through them.",
            ),
        }
    }
}

/// What was dismissed, a bit for each; kept between two starts of the window.
fn dismissed() -> Id {
    Id::unique("coach marks")
}

fn enabled() -> Id {
    Id::unique("coach marks are on")
}

/// The frame in which a mark was shown last: there is never more than one.
fn shown() -> Id {
    Id::unique("coach mark shown")
}

const EVERY: u8 = (1 << Mark::ALL.len()) - 1;

/// Lets marks be shown at all.
pub fn enable(ctx: &egui::Context) {
    ctx.data_mut(|d| d.insert_temp(enabled(), true));
}

/// Forgets what was dismissed.
pub fn show_again(ctx: &egui::Context) {
    enable(ctx);
    ctx.data_mut(|d| d.insert_persisted(dismissed(), 0_u8));
}

/// Explains `mark` at this place in the layout, unless it was dismissed or another one is shown. What it is about makes room for it:
/// words that lie over a plot hide what they explain.
pub fn mark(ui: &mut Ui, mark: Mark) {
    let ctx = ui.ctx().clone();
    let is_on = ctx.data(|d| d.get_temp::<bool>(enabled())).unwrap_or(false);
    let gone = ctx.data_mut(|d| d.get_persisted::<u8>(dismissed())).unwrap_or(0);
    let frame = ctx.cumulative_frame_nr();
    // Those of the Walk come in order, wherever their places are drawn.
    let before = if mark == Mark::Letters { 0 } else { (1 << mark as u8) - 1 };
    if gone & before != before {
        return;
    }
    let is_taken = ctx.data(|d| d.get_temp::<(u64, u8)>(shown())).is_some_and(|(f, m)| f == frame && m != mark as u8);
    if !is_on || gone & (1 << mark as u8) != 0 || is_taken {
        return;
    }
    ctx.data_mut(|d| d.insert_temp(shown(), (frame, mark as u8)));
    let (title, words) = mark.words();
    let number = (gone & EVERY).count_ones() + 1;
    let mut dismiss = 0;
    let frame = egui::Frame::new().fill(ui.visuals().faint_bg_color).stroke(ui.visuals().selection.stroke);
    frame.corner_radius(4).inner_margin(6).outer_margin(2).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(title).strong());
            ui.label(words);
            if ui.small_button("Got it").clicked() {
                dismiss = 1 << mark as u8;
            }
            if ui.small_button("No more of these").clicked() {
                dismiss = EVERY;
            }
            ui.label(RichText::new(format!("{number} of {}", Mark::ALL.len())).small().weak());
        });
    });
    if dismiss != 0 {
        ctx.data_mut(|d| d.insert_persisted(dismissed(), gone | dismiss));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(ctx: &egui::Context) -> Option<u8> {
        let mut seen = None;
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            Mark::ALL.into_iter().for_each(|m| mark(ui, m));
            seen = ui
                .ctx()
                .data(|d| d.get_temp::<(u64, u8)>(shown()))
                .filter(|(f, _)| *f == ui.ctx().cumulative_frame_nr());
        });
        seen.map(|(_, mark)| mark)
    }

    #[test]
    fn one_at_a_time_in_order_and_never_again() {
        let ctx = egui::Context::default();
        assert_eq!(drawn(&ctx), None, "not before they are enabled");
        enable(&ctx);
        for (i, m) in Mark::ALL.into_iter().enumerate() {
            assert_eq!(drawn(&ctx), Some(i as u8));
            let gone = ctx.data_mut(|d| d.get_persisted::<u8>(dismissed())).unwrap_or(0);
            ctx.data_mut(|d| d.insert_persisted(dismissed(), gone | 1 << m as u8));
        }
        assert_eq!(drawn(&ctx), None);
        show_again(&ctx);
        assert_eq!(drawn(&ctx), Some(0));
    }
}
