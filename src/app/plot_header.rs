//! What stands above a plot of the walk: its title, what explains and saves it, and above the first one the runs.

use egui::{RichText, Ui, vec2};

use super::{
    content::Content,
    icon::{self, Icon},
    offer::Offer,
    scene::{PlotSpec, Scene},
    store::Store,
    theme, walk_page,
};
use crate::figure::WalkPlot;

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

/// More runs are in the row above a plot only to be scrolled through; Runs and Table list them better.
const MOST: usize = 30;

/// A chip and a short name for every run; a click hides its curves, or shows them again.
fn runs(ui: &mut Ui, store: &mut Store) {
    if store.runs().len() < 2 {
        return;
    }
    ui.separator();
    let left = store.runs().len().saturating_sub(MOST);
    let entries: Vec<_> = store
        .runs()
        .iter()
        .take(MOST)
        .map(|run| (run.id, run.short.clone(), run.name().to_owned(), run.color, run.visible))
        .collect();
    egui::ScrollArea::horizontal().id_salt("legend").scroll_bar_visibility(VISIBILITY).show(ui, |ui| {
        for (id, short, label, color, visible) in entries {
            let ink = theme::ink(ui, color);
            let words = RichText::new(&short).small();
            let words = if visible { words } else { words.weak().strikethrough() };
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 12.0), egui::Sense::hover());
            let fill = if visible { ink } else { ink.gamma_multiply(0.3) };
            ui.painter().rect_filled(rect.shrink2(vec2(0.0, 4.0)), 1.0, fill);
            let entry = ui.add(egui::Label::new(words).sense(egui::Sense::click()));
            entry.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::CheckBox, true, visible, format!("Curves of {label}"))
            });
            let entry = entry.on_hover_text(format!("{label}\nClick: hides its curves, or shows them"));
            if entry.clicked()
                && let Some(run) = store.run_mut(id)
            {
                run.visible = !run.visible;
            }
            ui.add_space(4.0);
        }
        if left > 0 {
            ui.label(RichText::new(format!("and {left} more")).small().weak())
                .on_hover_text("Runs and Table have them all");
        }
    });
}

/// A legend that is too long is scrolled with the wheel.
const VISIBILITY: egui::scroll_area::ScrollBarVisibility = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;

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
