//! Several plots under each other, each with its title, its legend and a name.

use egui::{ScrollArea, Ui, vec2};

use crate::{
    app::chart::{self, Hand, Hover, Interaction},
    figure::{self, Panel},
};

/// Least height of one of them; where that is more than there is room for, they are scrolled.
const LEAST: f32 = 170.0;
/// Height of a legend.
const LEGEND: f32 = 20.0;

/// Draws them in the height given. `id` tells them from others; `title` is what one without a title is called.
pub fn ui(ui: &mut Ui, id: &str, title: &str, panels: &[Panel], height: f32) {
    let gap = ui.spacing().item_spacing.y;
    let each = (height / panels.len().max(1) as f32).max(LEAST);
    let area = ScrollArea::vertical().id_salt((id, "plots")).max_height(height).auto_shrink([false, false]);
    area.show(ui, |ui| {
        for (place, panel) in panels.iter().enumerate() {
            let words = if panel.title.is_empty() { title } else { panel.title.as_str() };
            chart::above(ui, words, figure::note(panel, figure::ranges(panel).0).as_deref());
            let mut room = each - chart::ABOVE - 2.0 * gap;
            if panel.series.iter().filter(|series| series.in_legend).count() > 1 {
                chart::legend(ui, panel);
                room -= LEGEND + gap;
            }
            let how = Interaction {
                hand: Hand::Free { group: None },
                hover: Hover::Tells,
                y_width: 60.0,
                apart: [60.0, 36.0],
                ..Interaction::default()
            };
            let size = vec2(ui.available_width(), room);
            let plain: String = figure::markup(words).into_iter().map(|(_, text)| text).collect();
            chart::show(ui, &format!("{id} {place}"), panel, size, &how).named(&plain);
        }
    });
}
