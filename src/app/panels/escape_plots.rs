//! The plots of an escape table: histograms of exit steps, and the mean over ρ.

use egui::{FontId, Ui, vec2};

use crate::{
    app::{
        chart::{self, Hover, Interaction},
        theme,
    },
    figure::{escape_histograms, escape_means},
    valley::Escape,
};

/// Room for the numbers and the label of the x-axis under the last plot.
const X_AXIS: f32 = 34.0;
/// Height of the title above the means.
const TITLE: f32 = 20.0;

/// A histogram per method, under each other with one x-axis.
pub fn histograms(ui: &mut Ui, table: &Escape, height: f32) {
    let panels = escape_histograms(table);
    let count = panels.len();
    let each = (height - X_AXIS) / count.max(1) as f32 - ui.spacing().item_spacing.y;
    for (index, (mut panel, (_, exits))) in panels.into_iter().zip(table.cells()).enumerate() {
        let is_last = index + 1 == count;
        let stayed = if exits.censored() > 0 { format!(", {} stayed", exits.censored()) } else { String::new() };
        let words = format!("{}{stayed}", panel.title);
        // Both stand once: the one at the lowest plot, the other in the title.
        panel.x_label = "steps until the run left".into();
        panel.y_label.clear();
        if exits.runs() == 0 {
            panel.y_range = Some((0.0, 1.0));
        }
        let how = Interaction {
            hover: Hover::At(None),
            x_numbers: is_last,
            x_powers: true,
            y_width: 34.0,
            apart: [56.0, 26.0],
            ..Interaction::default()
        };
        let size = vec2(ui.available_width(), each + if is_last { X_AXIS } else { 0.0 });
        let shown = chart::show(ui, &format!("escape histogram {index}"), &panel, size, &how);
        chart::right_corner(ui, shown.rect(), &words);
        shown.named(&format!("Exit steps of {words}"));
    }
}

/// Mean exit steps over ρ on a logarithmic axis, with 95 % intervals; hollow where it is a lower bound.
pub fn means(ui: &mut Ui, table: &Escape, threshold: f64, height: f32) {
    let panel = escape_means(table, threshold, theme::page(ui));
    let title = theme::markup_job(&panel.title, FontId::proportional(11.0), ui.visuals().strong_text_color());
    ui.add(egui::Label::new(title).truncate());
    let how = Interaction { hand: chart::Hand::Free { group: None }, apart: [70.0, 36.0], ..Interaction::default() };
    let size = vec2(ui.available_width(), height - TITLE);
    chart::show(ui, "escape means", &panel, size, &how).named("Mean exit steps over the radius");
}
