//! Which runs lines are drawn between.

use egui::{ComboBox, Ui};

use crate::{
    app::{
        run_lines::RunLines,
        store::{Run, Store},
        theme,
    },
    engine::RunId,
};

/// A at the left, the others in a list to tick.
pub fn ui(ui: &mut Ui, lines: &mut RunLines, store: &Store) {
    let runs: Vec<&Run> = store.runs().iter().filter(|run| run.history.is_some()).collect();
    let name = |id: Option<RunId>| {
        let run = runs.iter().find(|run| Some(run.id) == id);
        run.map_or("choose…".to_string(), |run| short(&run.label))
    };
    let label = ui.label("A");
    let combo = ComboBox::from_id_salt("line run A").width(190.0).truncate().selected_text(name(lines.a));
    let shown = combo.show_ui(ui, |ui| {
        for run in &runs {
            ui.horizontal(|ui| {
                swatch(ui, run);
                ui.selectable_value(&mut lines.a, Some(run.id), &run.label);
            });
        }
    });
    shown.response.labelled_by(label.id).accessible_name("Run A").on_hover_text("The run at α = 0");
    let label = ui.label("B");
    lines.b.retain(|id| runs.iter().any(|run| run.id == *id));
    let words = match lines.b.as_slice() {
        [one] => name(Some(*one)),
        several => format!("{} runs", several.len()),
    };
    let button = ui.add(egui::Button::new(words).truncate().min_size(egui::vec2(120.0, 0.0)));
    let button = button.labelled_by(label.id).on_hover_text("The runs at α = 1; a line to each");
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Runs B"));
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&button).close_behavior(close).show(|ui| {
        if runs.len() < 2 {
            ui.label("Start, open or fork a second run.");
        }
        for run in runs.iter().filter(|run| Some(run.id) != lines.a) {
            ui.horizontal(|ui| {
                swatch(ui, run);
                let mut on = lines.b.contains(&run.id);
                if ui.checkbox(&mut on, &run.label).changed() {
                    lines.b.retain(|id| *id != run.id);
                    if on {
                        lines.b.push(run.id);
                    }
                }
            });
        }
    });
}

fn swatch(ui: &mut Ui, run: &Run) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 2.0, theme::color(run.color));
}

/// A label without data and network, which are the same for all branches.
fn short(label: &str) -> String {
    label.splitn(3, " · ").nth(2).unwrap_or(label).to_string()
}
