//! The command palette: every command, panel, recipe, recent file and run by name.

use egui::{Align2, Key, Modifiers, RichText, ScrollArea, TextEdit};

use super::{action::Action, card_words};

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
#[derive(Debug)]
pub struct Palette {
    all: Vec<Entry>,
    /// Places in `all` of what is offered for the text, best first.
    found: Vec<usize>,
    text: String,
    chosen: usize,
    has_focus: bool,
}

/// Entries in view.
const ROWS: usize = 12;
/// Height of an entry.
const ROW: f32 = 22.0;

impl Palette {
    /// Opens it with what there is now: nothing behind it can be changed by hand while it is open.
    pub fn of(all: Vec<Entry>) -> Palette {
        let found = (0..all.len()).collect();
        Palette { all, found, text: String::new(), chosen: 0, has_focus: false }
    }

    /// Draws it over everything.
    pub fn ui(&mut self, ctx: &egui::Context) -> Answer {
        let (up, down, enter, escape) = ctx.input_mut(|i| {
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowUp), key(Key::ArrowDown), key(Key::Enter), key(Key::Escape))
        });
        let last = self.found.len().saturating_sub(1);
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
                (self.found, self.chosen) = (matching(&self.all, &self.text), 0);
            }
            ui.add_space(4.0);
            let height = 24.0 * ROWS as f32;
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                for (i, place) in self.found.iter().enumerate() {
                    let size = egui::vec2(ui.available_width(), ROW);
                    let is_seen = ui.is_rect_visible(egui::Rect::from_min_size(ui.cursor().min, size));
                    // What is out of view keeps its room.
                    if !(is_seen || i == self.chosen && has_moved) {
                        ui.allocate_space(size);
                        continue;
                    }
                    let scope = egui::UiBuilder::new().scope_id(egui::Id::unique(("palette row", i)));
                    let row = ui.scope_builder(scope, |ui| row(ui, &self.all[*place], i == self.chosen)).inner;
                    if i == self.chosen && has_moved {
                        row.scroll_to_me(None);
                    }
                    if row.clicked() {
                        clicked = Some(i);
                    }
                }
                if self.found.is_empty() {
                    ui.label(RichText::new("Nothing has such a name.").weak());
                }
            });
        });
        let chosen = clicked.or(enter.then_some(self.chosen)).and_then(|i| self.found.get(i).copied());
        match chosen {
            // It is closed with that, so nobody misses the entry.
            Some(place) => Answer::Chosen(Box::new(self.all.swap_remove(place).action)),
            None if modal.should_close() => Answer::Closed,
            None => Answer::Open,
        }
    }
}

fn row(ui: &mut egui::Ui, entry: &Entry, is_chosen: bool) -> egui::Response {
    let button = egui::Button::selectable(is_chosen, "").min_size(egui::vec2(ui.available_width(), ROW));
    let row = ui.add(button);
    row.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, is_chosen, &entry.name));
    let about = [entry.about.as_str(), entry.keys.as_str()].into_iter().filter(|words| !words.is_empty());
    card_words::describe(&row, about.collect::<Vec<_>>().join(", "));
    let mut room = row.rect.shrink2(egui::vec2(8.0, 0.0));
    let gap = ui.spacing().item_spacing.x;
    let keys = RichText::new(&entry.keys).small().monospace();
    room.max.x = card_words::draw(ui, room, Align2::RIGHT_CENTER, keys).left() - gap;
    room.min.x = card_words::draw(ui, room, Align2::LEFT_CENTER, &entry.name).right() + gap;
    card_words::draw(ui, room, Align2::LEFT_CENTER, RichText::new(&entry.about).small().weak());
    row
}

/// Places of those in whose name or description all words occur; a name that begins with what was typed comes first.
fn matching(entries: &[Entry], typed: &str) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let rank = |entry: &Entry| {
        let name = entry.name.to_lowercase();
        let all = format!("{name} {}", entry.about.to_lowercase());
        let rank = if name.starts_with(&typed) {
            0
        } else if words.iter().all(|word| name.contains(word)) {
            1
        } else {
            2
        };
        words.iter().all(|word| all.contains(word)).then_some(rank)
    };
    let mut found: Vec<(u8, usize)> =
        entries.iter().enumerate().filter_map(|(place, entry)| Some((rank(entry)?, place))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, place)| place).collect()
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
        let all = [entry("Go to Walk", "plane"), entry("Plane", "panel"), entry("Show plane A", "")];
        let names = |typed: &str| matching(&all, typed).into_iter().map(|i| all[i].name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("plane"), ["Plane", "Show plane A", "Go to Walk"]);
        assert_eq!(names("PLANE show"), ["Show plane A"]);
        assert_eq!(names("").len(), 3);
        assert!(names("nowhere").is_empty());
    }
}
