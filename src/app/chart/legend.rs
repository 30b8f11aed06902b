//! What the colours of a panel mean.

use egui::{Color32, FontId, RichText, Stroke, Ui, vec2};

use crate::{
    app::{
        marks::{self, Mark},
        theme,
    },
    figure::{Kind, Panel},
};

/// What the colours of a panel mean, in a line.
pub fn legend(ui: &mut Ui, panel: &Panel) {
    let named = panel.series.iter().filter(|s| s.in_legend).map(|s| (&s.name, s.color, s.kind));
    let keys = panel.key.iter().map(|k| (&k.name, k.color, k.kind));
    let entries: Vec<_> = named.chain(keys).collect();
    if entries.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (name, color, kind) in entries {
            let words = RichText::new(name).small();
            let width = ui.painter().layout_no_wrap(name.clone(), FontId::proportional(11.0), Color32::WHITE).size().x;
            // Sample and name stay together.
            if ui.available_size_before_wrap().x < width + 30.0 {
                ui.end_row();
            }
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 14.0), egui::Sense::hover());
            let (painter, ink) = (ui.painter(), theme::ink(ui, color));
            let (left, right) = (rect.left_center(), rect.right_center());
            match kind {
                Kind::Dashed | Kind::Dotted => {
                    let dash = if kind == Kind::Dashed { 5.0 } else { 2.0 };
                    painter.extend(egui::Shape::dashed_line(&[left, right], Stroke::new(1.8, ink), dash, 2.5));
                }
                Kind::Line | Kind::Thin => drop(painter.line_segment([left, right], Stroke::new(1.8, ink))),
                Kind::Star => marks::mark(painter, rect.center(), Mark::Star, ink, ui.visuals().panel_fill),
                Kind::Hollow => marks::mark(painter, rect.center(), Mark::Hollow, ink, ui.visuals().panel_fill),
                Kind::Points | Kind::Dots => drop(painter.circle_filled(rect.center(), 3.5, ink)),
                Kind::Bars => drop(painter.rect_filled(rect.shrink2(vec2(3.0, 1.0)), 1.0, ink)),
                Kind::Area => {
                    painter.rect_filled(rect.shrink2(vec2(3.0, 1.0)), 1.0, theme::area(ui, color));
                }
            }
            ui.add(egui::Label::new(words).truncate());
            ui.add_space(6.0);
        }
    });
}
