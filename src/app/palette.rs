//! The command palette: every command, panel, recipe, recent file and run by name.

use egui::{Key, Modifiers, RichText, ScrollArea, TextEdit};

use super::action::Action;

/// Something that can be chosen.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    /// What kind of thing it is, or what is said of it.
    pub about: String,
    /// As they are written; empty for none.
    pub keys: String,
    pub action: Action,
}

/// What a frame of the palette ends with.
pub enum Answer {
    Open,
    Closed,
    Chosen(Box<Action>),
}

/// The palette while it is open.
#[derive(Debug, Default)]
pub struct Palette {
    text: String,
    chosen: usize,
    has_focus: bool,
}

/// Entries in view.
const ROWS: usize = 12;
/// Height of an entry.
const ROW: f32 = 22.0;

impl Palette {
    /// Draws it over everything.
    pub fn ui(&mut self, ctx: &egui::Context, entries: Vec<Entry>) -> Answer {
        let found = matching(entries, &self.text);
        let (up, down, enter, escape) = ctx.input_mut(|i| {
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowUp), key(Key::ArrowDown), key(Key::Enter), key(Key::Escape))
        });
        let last = found.len().saturating_sub(1);
        self.chosen = self.chosen.min(last);
        if down {
            self.chosen = if self.chosen == last { 0 } else { self.chosen + 1 };
        }
        if up {
            self.chosen = self.chosen.checked_sub(1).unwrap_or(last);
        }
        if escape {
            return Answer::Closed;
        }
        let has_moved = up || down;
        let mut clicked = None;
        let modal = egui::Modal::new(egui::Id::unique("palette")).show(ctx, |ui| {
            ui.set_width(560.0_f32.min(ctx.content_rect().width() - 60.0));
            let field = TextEdit::singleline(&mut self.text).hint_text("What would you like to do?");
            let field = ui.add(field.desired_width(f32::INFINITY));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Command palette"));
            if !self.has_focus {
                field.request_focus();
                self.has_focus = true;
            }
            if field.changed() {
                self.chosen = 0;
            }
            ui.add_space(4.0);
            let height = 24.0 * ROWS as f32;
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                for (i, entry) in found.iter().enumerate() {
                    let size = egui::vec2(ui.available_width(), ROW);
                    let is_seen = ui.is_rect_visible(egui::Rect::from_min_size(ui.cursor().min, size));
                    // What is out of view keeps its room.
                    if !is_seen && !(i == self.chosen && has_moved) {
                        ui.allocate_space(size);
                        continue;
                    }
                    let scope = egui::UiBuilder::new().scope_id(egui::Id::unique(("palette row", i)));
                    let row = ui.scope_builder(scope, |ui| row(ui, entry, i == self.chosen)).inner;
                    if i == self.chosen && has_moved {
                        row.scroll_to_me(None);
                    }
                    if row.clicked() {
                        clicked = Some(i);
                    }
                }
                if found.is_empty() {
                    ui.label(RichText::new("Nothing has such a name.").weak());
                }
            });
        });
        let chosen = clicked.or((enter && !found.is_empty()).then_some(self.chosen));
        match chosen.and_then(|i| found.into_iter().nth(i)) {
            Some(entry) => Answer::Chosen(Box::new(entry.action)),
            None if modal.should_close() => Answer::Closed,
            None => Answer::Open,
        }
    }
}

fn row(ui: &mut egui::Ui, entry: &Entry, is_chosen: bool) -> egui::Response {
    let button = egui::Button::selectable(is_chosen, "").min_size(egui::vec2(ui.available_width(), ROW));
    let row = ui.add(button);
    row.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, is_chosen, &entry.name));
    let inside = row.rect.shrink2(egui::vec2(8.0, 0.0));
    let mut inner =
        ui.new_child(egui::UiBuilder::new().max_rect(inside).layout(egui::Layout::right_to_left(egui::Align::Center)));
    inner.label(RichText::new(&entry.keys).small().monospace());
    inner.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.add(egui::Label::new(&entry.name).selectable(false));
        ui.add(egui::Label::new(RichText::new(&entry.about).small().weak()).selectable(false).truncate());
    });
    row
}

/// Those in whose name or description all words occur; a name that begins with what was typed comes first.
fn matching(entries: Vec<Entry>, typed: &str) -> Vec<Entry> {
    let typed = typed.trim().to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let mut found: Vec<(u8, Entry)> = entries
        .into_iter()
        .filter_map(|entry| {
            let name = entry.name.to_lowercase();
            let all = format!("{name} {}", entry.about.to_lowercase());
            let rank = if name.starts_with(&typed) {
                0
            } else if words.iter().all(|word| name.contains(word)) {
                1
            } else {
                2
            };
            words.iter().all(|word| all.contains(word)).then_some((rank, entry))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, entry)| entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_must_occur_and_names_come_before_descriptions() {
        let entry = |name: &str, about: &str| Entry {
            name: name.into(),
            about: about.into(),
            keys: String::new(),
            action: Action::OpenDialog,
        };
        let all = || vec![entry("Go to Walk", "plane"), entry("Plane", "panel"), entry("Show plane A", "")];
        let names = |typed: &str| matching(all(), typed).into_iter().map(|e| e.name).collect::<Vec<_>>();
        assert_eq!(names("plane"), ["Plane", "Show plane A", "Go to Walk"]);
        assert_eq!(names("PLANE show"), ["Show plane A"]);
        assert_eq!(names("").len(), 3);
        assert!(names("nowhere").is_empty());
    }
}
