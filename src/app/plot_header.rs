//! What stands above a plot of the walk: its title, what explains and saves it, and above the first one the runs.

use egui::{RichText, TextStyle, Ui, vec2};

use super::{
    content::Content,
    elide,
    icon::{self, Icon},
    offer::Offer,
    scene::{PlotSpec, Scene},
    store::Store,
    theme, walk_page,
};
use crate::{engine::RunId, figure::WalkPlot};

/// Height of the row above a plot.
pub const HEADER: f32 = 20.0;

/// Title, "?", export and what cannot be seen, above the plot; above the first one the runs.
pub fn header(ui: &mut Ui, spec: &PlotSpec, note: Option<&str>, scene: &mut Scene<'_>) {
    let size = vec2(ui.available_width(), HEADER);
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_height(HEADER);
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(6.0);
        title(ui, spec, note, scene);
        if spec.plot == WalkPlot::Loss {
            runs(ui, scene.store);
        }
    });
}

/// More runs than this have no room in the row above a plot, however short their names are.
const MOST: usize = 30;
/// Width of a name there at most.
const WIDEST: f32 = 210.0;
/// Width of a run's chip, room between things, and all such room of an entry.
const SAMPLE: f32 = 14.0;
const GAP: f32 = 5.0;
const GAPS: f32 = 3.0 * GAP;
/// What the button takes that opens the rest, and how high its list is.
const MORE: f32 = 72.0;
const LIST: f32 = 320.0;

/// A chip and a short name for every run; a click hides its curves, or shows them again.
fn runs(ui: &mut Ui, store: &mut Store) {
    if store.runs().len() < 2 {
        return;
    }
    ui.separator();
    let names = store.runs().iter().take(MOST).map(|run| elide::fitting(ui, &run.short, &TextStyle::Small, WIDEST));
    let names: Vec<String> = names.collect();
    let widths: Vec<f32> = names.iter().map(|name| SAMPLE + elide::width(ui, name, &TextStyle::Small) + GAPS).collect();
    let all: Vec<RunId> = store.runs().iter().map(|run| run.id).collect();
    let count = in_a_row(&widths, all.len(), ui.available_width());
    ui.spacing_mut().item_spacing.x = GAP;
    for (id, name) in all.iter().zip(&names).take(count) {
        entry(ui, store, *id, name);
        ui.add_space(GAP);
    }
    let left = &all[count..];
    if left.is_empty() {
        return;
    }
    let more = ui.small_button(format!("+{} more", left.len())).on_hover_text("The other runs, to be hidden or shown");
    more.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "More runs of the legend"));
    egui::Popup::menu(&more).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        egui::ScrollArea::vertical().max_height(LIST).show(ui, |ui| {
            for id in left {
                let Some(name) = store.run(*id).map(|run| run.short.clone()) else { continue };
                ui.horizontal(|ui| entry(ui, store, *id, &name));
            }
        });
    });
}

/// So many entries of the legend stand in a row of that width: all of them, or fewer, with room for what opens the rest.
fn in_a_row(widths: &[f32], all: usize, width: f32) -> usize {
    if widths.len() == all && widths.iter().sum::<f32>() <= width {
        return all;
    }
    let mut right = MORE;
    let reaches = |entry: &&f32| {
        right += **entry;
        right <= width
    };
    widths.iter().take_while(reaches).count()
}

/// A run's chip and name.
fn entry(ui: &mut Ui, store: &mut Store, id: RunId, name: &str) {
    let Some(run) = store.run_mut(id) else { return };
    let ink = theme::ink(ui, run.color);
    let words = RichText::new(name).small();
    let words = if run.visible { words } else { words.weak().strikethrough() };
    let (rect, _) = ui.allocate_exact_size(vec2(SAMPLE, 12.0), egui::Sense::hover());
    let fill = if run.visible { ink } else { ink.gamma_multiply(0.3) };
    ui.painter().rect_filled(rect.shrink2(vec2(0.0, 4.0)), 1.0, fill);
    let entry = ui.add(egui::Label::new(words).sense(egui::Sense::click()));
    let label = run.name().to_owned();
    entry.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, run.visible, format!("Curves of {label}"))
    });
    if entry.on_hover_text(format!("{label}\nClick: hides its curves, or shows them")).clicked() {
        run.visible = !run.visible;
    }
}

fn title(ui: &mut Ui, spec: &PlotSpec, note: Option<&str>, scene: &mut Scene<'_>) {
    let store = &*scene.store;
    ui.label(RichText::new(spec.title).small().strong());
    let compare = scene.reading.compare;
    if let Some((_, name)) = compare.minus(store) {
        ui.label(RichText::new(format!("minus {name}")).small().strong());
    }
    let help = ui.small_button("?").on_hover_text("What this shows, and where it comes from");
    help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Explain {}", spec.title)));
    egui::Popup::menu(&help)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| explain(ui, spec, store));
    let export = icon::button(ui, Icon::Save, &format!("Export {}", spec.title), true, 17.0);
    let export = export.on_hover_text("Save this plot: PNG, SVG, PDF or CSV");
    if export.clicked() {
        let figure = walk_page::of(ui, &[*spec], scene);
        let (what, range) = (spec.title.to_lowercase(), Some(scene.view.range));
        scene.actions.offer(Offer::of_runs(Content::Figure(figure), &what, store, range));
    }
    if let Some(note) = note {
        ui.label(RichText::new(note).small().color(theme::error(ui)));
    }
}

/// The "?" card: definition, source, and how the numbers in view were measured.
fn explain(ui: &mut Ui, spec: &PlotSpec, store: &Store) {
    ui.set_max_width(420.0);
    for q in spec.plot.quantities() {
        ui.label(RichText::new(q.name()).strong());
        ui.label(theme::marked_up(ui, q.label()));
        ui.add(egui::Label::new(theme::marked_up(ui, q.definition())).wrap());
        ui.add_space(6.0);
    }
    ui.separator();
    for (run, history) in store.shown() {
        let m = history.manifest();
        let words = format!(
            "{}: {} over the first {} training images of {}, loss {}, measured on {}, seed {}.",
            run.label, "full training loss", m.train_count, m.spec.data.name, m.spec.loss, m.device, m.spec.seed
        );
        ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    }
    ui.label(
        RichText::new(
            "Drag to pan, scroll to zoom, right-drag a box, double-click to follow again, click to pin an iteration.",
        )
        .small()
        .weak(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_in_a_row_is_opened_at_its_end() {
        assert_eq!(in_a_row(&[100.0; 3], 3, 300.0), 3);
        assert_eq!(in_a_row(&[100.0; 3], 3, 299.0), 2, "the button takes the room of the third");
        assert_eq!(in_a_row(&[100.0; 3], 3, 271.0), 1);
        assert_eq!(in_a_row(&[100.0; 3], 3, 20.0), 0);
        assert_eq!(in_a_row(&[10.0; 30], 40, 1000.0), 30, "the others are behind the button");
    }
}
