//! The lines of the table: its head, groups and runs. Only those in view are drawn.

use egui::{Button, Key, Label, Popup, Rect, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};

use super::{
    table_cells,
    table_columns::{Columns, LINE, cell, words},
};
use crate::{
    app::{
        action::{Action, Actions},
        elide,
        store::Store,
        table::{Arranged, Column, Group, Line, Look, Row, Sort, Table},
        theme,
    },
    engine::RunId,
};

/// Side of the chip with a run's colour.
const CHIP: f32 = 14.0;
/// Room for the button with more.
const MORE: f32 = 30.0;

/// Draws the table. Visibility, names and the active run are the store's own and cheap to undo, so they change right here.
pub fn ui(ui: &mut Ui, store: &mut Store, table: &mut Table, arranged: &Arranged, actions: &mut Actions) {
    let columns = Columns::of(arranged);
    let width = columns.width().max(ui.available_width());
    ScrollArea::horizontal().id_salt("table across").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 1.0;
        head(ui, &columns, &mut table.look);
        let lines = ScrollArea::vertical().id_salt("table down").auto_shrink([false, false]);
        lines.show_rows(ui, LINE, arranged.lines.len(), |ui, range| {
            for line in &arranged.lines[range] {
                match *line {
                    Line::Group(place) => group(ui, &columns, arranged, &arranged.groups[place], table),
                    Line::Run(place) => run(ui, &columns, &arranged.rows[place], store, table, actions),
                }
            }
        });
    });
}

/// Names of columns; a click sorts.
fn head(ui: &mut Ui, columns: &Columns, look: &mut Look) {
    let (line, _) = ui.allocate_exact_size(vec2(columns.width(), LINE), Sense::hover());
    for (column, place) in columns.cells(line) {
        let arrow = match look.sort.filter(|sort| sort.column == column) {
            None => "",
            Some(sort) if sort.is_reversed => " ↓",
            Some(_) => " ↑",
        };
        let words = RichText::new(format!("{}{arrow}", column.name())).small().strong();
        let button = cell(ui, place, column, |ui| ui.add(Button::new(words).frame(false).truncate()));
        button.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {}", small(column.title())))
        });
        let button =
            button.on_hover_text(format!("{}\nClick: sorts by it; again, the other way round", column.title()));
        if button.clicked() {
            look.sort = Some(Sort::clicked(look.sort, column));
        }
    }
}

/// The head of a group: what its runs have in common, how many they are, means and deviations.
fn group(ui: &mut Ui, columns: &Columns, arranged: &Arranged, group: &Group, table: &mut Table) {
    let (line, _) = ui.allocate_exact_size(vec2(columns.width(), LINE), Sense::hover());
    ui.painter().rect_filled(line, 2.0, ui.visuals().faint_bg_color);
    for (column, place) in columns.cells(line) {
        let words = table_cells::of_group(group, arranged, column);
        if column != Column::Name {
            let words = RichText::new(words).small().strong();
            cell(ui, place, column, |ui| ui.add(Label::new(words).truncate()));
            continue;
        }
        let folded = table.is_folded(&group.name);
        let (sign, verb) = if folded { ("+", "Unfold") } else { ("−", "Fold") };
        let count = group.rows.len();
        let runs = if count == 1 { "run" } else { "runs" };
        let words = RichText::new(format!("{sign} {words} ({count} {runs})")).strong();
        let button = cell(ui, place, column, |ui| ui.add(Button::new(words).frame(false).truncate()));
        button.widget_info(|| {
            let name = format!("{verb} {} ({count} {runs})", group.name);
            egui::WidgetInfo::labeled(egui::Role::Button, true, name)
        });
        if button.on_hover_text("Hide the runs of this group, or show them").clicked() {
            table.toggle_fold(&group.name);
        }
    }
}

/// A run.
fn run(ui: &mut Ui, columns: &Columns, row: &Row, store: &mut Store, table: &mut Table, actions: &mut Actions) {
    ui.push_id(("run", row.id), |ui| {
        let (line, _) = ui.allocate_exact_size(vec2(columns.width(), LINE), Sense::hover());
        if store.active().is_some_and(|run| run.id == row.id) {
            ui.painter().rect_filled(line, 2.0, ui.visuals().selection.bg_fill.gamma_multiply(0.35));
        }
        for (k, (column, place)) in columns.cells(line).enumerate() {
            if column == Column::Name {
                name_cell(ui, place, row, store, table, actions);
                continue;
            }
            let text = RichText::new(table_cells::of_run(row, column)).small();
            let text = if matches!(column, Column::Number(_)) { text.monospace() } else { text };
            // Those beside what is in view are not seen.
            if ui.clip_rect().intersects(place) {
                words(ui, place, column, k, text);
            }
        }
    });
}

/// Colour, name and what can be done with a run.
fn name_cell(ui: &mut Ui, place: Rect, row: &Row, store: &mut Store, table: &mut Table, actions: &mut Actions) {
    let more = place.with_min_x(place.right() - MORE);
    cell(ui, place.with_max_x(more.left()), Column::Name, |ui| {
        chip(ui, row, store);
        let is_renamed = table.renaming.as_ref().is_some_and(|(id, _)| *id == row.id);
        if is_renamed { rename(ui, store, table) } else { name(ui, row, store, table) }
    });
    cell(ui, more, Column::Name, |ui| menu(ui, row, store, table, actions));
}

/// The run's colour; a click hides its curves, or shows them again.
fn chip(ui: &mut Ui, row: &Row, store: &mut Store) {
    let (rect, chip) = ui.allocate_exact_size(vec2(CHIP, CHIP), Sense::click());
    let Some(run) = store.run_mut(row.id) else { return };
    let ink = theme::ink(ui, run.color);
    let fill = if run.visible { ink } else { ink.gamma_multiply(0.3) };
    ui.painter().rect_filled(rect.shrink(1.0), 3.0, fill);
    chip.widget_info(|| {
        let name = format!("Show curves of {}", row.name);
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, run.visible, name)
    });
    if chip.on_hover_text("Click: hides its curves, or shows them").clicked() {
        run.visible = !run.visible;
    }
}

/// The name: a click reads its numbers out, two rename it.
fn name(ui: &mut Ui, row: &Row, store: &mut Store, table: &mut Table) {
    let is_visible = store.run(row.id).is_some_and(|run| run.visible);
    let label = elide::label(ui, &row.name, |words| if is_visible { words } else { words.weak() });
    let label = label.on_hover_text(format!("{}\nClick: its numbers are read out\nDouble click: renames it", row.name));
    if label.double_clicked() {
        table.renaming = Some((row.id, row.name.clone()));
    } else if label.clicked() {
        store.set_active(row.id);
    }
}

/// The name as it is being changed: Enter takes it, Esc keeps the old one.
fn rename(ui: &mut Ui, store: &mut Store, table: &mut Table) {
    let Some((id, text)) = &mut table.renaming else { return };
    let field = ui.add(TextEdit::singleline(text).id_salt("new name").desired_width(f32::INFINITY));
    let field = field.accessible_name("New name of the run");
    if !field.lost_focus() {
        if !field.has_focus() {
            field.request_focus();
        }
        return;
    }
    if !ui.input(|i| i.key_pressed(Key::Escape)) {
        store.rename(*id, text);
    }
    table.renaming = None;
}

/// What else can be done with a run.
fn menu(ui: &mut Ui, row: &Row, store: &Store, table: &mut Table, actions: &mut Actions) {
    let button = ui.add(Button::new("…").small());
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("More about {}", row.name)));
    Popup::menu(&button).show(|ui| {
        if ui.button("Rename").on_hover_text("Its name in the window; the file stays as it is").clicked() {
            table.renaming = Some((row.id, row.name.clone()));
        }
        let Some(run) = store.run(row.id) else { return };
        let spec = run.history.as_ref().map(|history| &history.manifest().spec);
        let settings = ui.add_enabled(spec.is_some(), Button::new("Take its settings"));
        if let (true, Some(spec)) = (settings.on_hover_text("Put them into the form").clicked(), spec) {
            actions.ask(Action::EditSpec(Box::new(spec.clone())));
        }
        let close = ui.add_enabled(!run.is_live(), Button::new("Take out of the window"));
        if close.on_hover_text("Its file stays").clicked() {
            take_out(row.id, table, actions);
        }
    });
}

fn take_out(id: RunId, table: &mut Table, actions: &mut Actions) {
    table.renaming = table.renaming.take().filter(|(renamed, _)| *renamed != id);
    actions.ask(Action::Close(id));
}

/// "learning rate η" of "Learning rate η", but "SAM" of "SAM".
fn small(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.as_str()) {
        (Some(first), rest) if rest.starts_with(char::is_lowercase) => {
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => title.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_go_on_in_a_sentence() {
        assert_eq!(["Learning rate η", "SAM always from E"].map(small), ["learning rate η", "SAM always from E"]);
    }
}
