//! A picture with a column of numbers at its right, or under it where there is no room.

use egui::{ScrollArea, Ui, vec2};

/// The frame that such panels share.
pub struct Beside {
    /// Names the column's place in its scroll area.
    pub id: &'static str,
    /// Width of the column.
    pub side: f32,
    /// A narrower panel has the column under the picture …
    pub narrow: f32,
    /// … which is so high then.
    pub height: f32,
}

impl Beside {
    /// Draws both; the picture is told its height. `state` is what both may change.
    pub fn ui<S: ?Sized>(
        &self,
        ui: &mut Ui,
        state: &mut S,
        picture: impl FnOnce(&mut Ui, &mut S, f32),
        side: impl FnOnce(&mut Ui, &mut S),
    ) {
        if ui.available_width() < self.narrow {
            ScrollArea::vertical().show(ui, |ui| {
                picture(ui, state, self.height);
                side(ui, state);
            });
            return;
        }
        let height = ui.available_height();
        ui.horizontal_top(|ui| {
            let width = ui.available_width() - self.side - 8.0;
            ui.allocate_ui(vec2(width, height), |ui| {
                ui.vertical(|ui| {
                    ui.set_width(width);
                    picture(ui, state, height);
                });
            });
            ui.vertical(|ui| {
                ui.set_width(self.side);
                let area = ScrollArea::vertical().id_salt(self.id).auto_shrink([false, false]);
                area.show(ui, |ui| side(ui, state));
            });
        });
    }
}
