//! A path typed by hand, with completion: where the system has no file dialog (containers, ssh, no desktop).

use std::path::{MAIN_SEPARATOR, PathBuf};

use egui::{Key, RichText, Ui};

use super::{background::News, theme, wanted::Wanted};

/// Entries of a folder that are offered.
const OFFERED: usize = 200;

/// The prompt.
#[derive(Debug)]
pub struct PathPrompt {
    wanted: Wanted,
    text: String,
    /// What the text could go on with, of the text for which it was looked up.
    offered: (String, Vec<String>),
    is_new: bool,
}

/// How a frame of the prompt ended.
pub enum Answer {
    Open,
    Closed,
    Chosen(News),
}

impl PathPrompt {
    /// Begins in the folder where the program was started.
    pub fn new(wanted: Wanted) -> PathPrompt {
        let folder = std::env::current_dir().or_else(|_| dirs::home_dir().ok_or(std::fmt::Error)).unwrap_or_default();
        let text = format!("{}{MAIN_SEPARATOR}", folder.display().to_string().trim_end_matches(MAIN_SEPARATOR));
        PathPrompt { wanted, text, offered: (String::from("\0"), Vec::new()), is_new: true }
    }

    /// Draws it.
    pub fn ui(&mut self, ctx: &egui::Context) -> Answer {
        let mut open = true;
        let mut chosen = None;
        let window = egui::Window::new(self.wanted.title())
            .pivot(egui::Align2::CENTER_CENTER)
            .default_pos(ctx.content_rect().center())
            .open(&mut open)
            .collapsible(false)
            .resizable(false);
        window.show(ctx, |ui| {
            ui.set_width(480.0f32.min(ctx.content_rect().width() - 40.0));
            chosen = self.content(ui);
        });
        match chosen {
            Some(path) => Answer::Chosen(news(self.wanted, path)),
            None if !open || ctx.input(|i| i.key_pressed(Key::Escape)) => Answer::Closed,
            None => Answer::Open,
        }
    }

    fn content(&mut self, ui: &mut Ui) -> Option<PathBuf> {
        ui.add(
            egui::Label::new(RichText::new("This system has no file dialog. Type a path; Tab completes it.").weak())
                .wrap(),
        );
        let id = ui.make_persistent_id("path");
        // Before the field sees it: Tab would leave the field.
        if ui.memory(|m| m.has_focus(id)) && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Tab)) {
            self.complete();
            caret_to_end(ui, id, &self.text);
        }
        let name = ui.label("Path");
        let field = egui::TextEdit::singleline(&mut self.text).id(id).desired_width(f32::INFINITY).lock_focus(true);
        let field = ui.add(field).labelled_by(name.id);
        if std::mem::take(&mut self.is_new) {
            field.request_focus();
            caret_to_end(ui, id, &self.text);
        }
        self.look();
        let mut chosen = None;
        egui::ScrollArea::vertical().max_height(220.0).auto_shrink([false, false]).show(ui, |ui| {
            for entry in self.offered.1.clone() {
                if ui.selectable_label(false, &entry).clicked() {
                    self.text = join(folder_of(&self.text), &entry);
                    field.request_focus();
                    caret_to_end(ui, id, &self.text);
                }
            }
            if self.offered.1.is_empty() {
                ui.label(RichText::new("Nothing there begins like that.").weak());
            }
        });
        let path = expanded(&self.text);
        let is_fine = self.wanted.takes(&path);
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        ui.horizontal(|ui| {
            let open = ui.add_enabled(is_fine, egui::Button::new(RichText::new("Open").strong()));
            if is_fine && (open.clicked() || entered) {
                chosen = Some(path.clone());
            }
            if entered && !is_fine {
                field.request_focus();
            }
            if !is_fine && !path.exists() {
                ui.label(RichText::new("there is no such place").small().color(theme::error(ui)));
            } else if !is_fine {
                ui.label(RichText::new("that is no folder").small().color(theme::error(ui)));
            }
        });
        chosen
    }

    /// Looks what the text could go on with, when it has changed.
    fn look(&mut self) {
        if self.offered.0 != self.text {
            self.offered = (self.text.clone(), offered(&self.text, self.wanted));
        }
    }

    /// Adds what all that is offered have in common.
    fn complete(&mut self) {
        self.look();
        if let Some(common) = common(&self.offered.1) {
            self.text = join(folder_of(&self.text), &common);
        }
    }
}

/// What is told when a path was chosen.
fn news(wanted: Wanted, path: PathBuf) -> News {
    match wanted {
        Wanted::File | Wanted::Folder => News::Chosen(vec![path]),
        Wanted::Data(form) => News::DataFolder(form, path),
        Wanted::Own(form) => News::OwnImages(form, path),
    }
}

/// Puts the caret behind the text.
fn caret_to_end(ui: &Ui, id: egui::Id, text: &str) {
    let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let end = egui::text::CCursor::new(text.chars().count());
    state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
    state.store(ui.ctx(), id);
}

/// The path that is meant: `~` is the home folder.
fn expanded(text: &str) -> PathBuf {
    let text = text.trim();
    match text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(MAIN_SEPARATOR)) {
        Some(rest) => dirs::home_dir().unwrap_or_default().join(rest.trim_start_matches(MAIN_SEPARATOR)),
        None => text.into(),
    }
}

/// The text up to its last separator, that one included.
fn folder_of(text: &str) -> &str {
    text.rfind(MAIN_SEPARATOR).map_or("", |at| &text[..=at])
}

fn join(folder: &str, name: &str) -> String {
    format!("{folder}{name}")
}

/// Names in the folder of the text that begin as the text ends, folders first and with a separator behind them; hidden ones only when
/// they are asked for.
fn offered(text: &str, wanted: Wanted) -> Vec<String> {
    let folder = expanded(folder_of(text));
    let begin = &text[folder_of(text).len()..];
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<(bool, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_folder = entry.path().is_dir();
            let is_shown = name.starts_with(begin) && (!name.starts_with('.') || begin.starts_with('.'));
            (is_shown && (is_folder || matches!(wanted, Wanted::File | Wanted::Own(_)))).then_some((is_folder, name))
        })
        .collect();
    names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    names.truncate(OFFERED);
    names
        .into_iter()
        .map(|(is_folder, name)| if is_folder { format!("{name}{MAIN_SEPARATOR}") } else { name })
        .collect()
}

/// What all names begin with.
fn common(names: &[String]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let shared =
        |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c).collect::<String>();
    Some(rest.iter().fold(first.clone(), |so_far, name| shared(&so_far, name)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::app::form_of::FormOf;

    #[test]
    fn names_are_completed_as_far_as_they_agree() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("runs")).unwrap();
        for name in ["run-1.valley", "run-2.valley", "notes.txt", ".hidden", "ünder.pt"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let text = |end: &str| format!("{}{MAIN_SEPARATOR}{end}", dir.path().display());
        let runs = format!("runs{MAIN_SEPARATOR}");
        assert_eq!(offered(&text("run"), Wanted::File), [runs.as_str(), "run-1.valley", "run-2.valley"]);
        assert_eq!(offered(&text("run"), Wanted::Folder), [runs.as_str()]);
        assert_eq!(offered(&text("."), Wanted::File), [".hidden"]);
        assert_eq!(offered(&text(""), Wanted::File).len(), 5);
        assert_eq!(offered(&text("no"), Wanted::Data(FormOf::Run)), [""; 0]);
        let mut prompt = PathPrompt { text: text("r"), ..PathPrompt::new(Wanted::File) };
        prompt.complete();
        assert_eq!(prompt.text, text("run"));
        prompt.text = text("run-");
        prompt.complete();
        assert_eq!(prompt.text, text("run-"));
        for (begin, whole) in [("n", "notes.txt"), ("runs", &*runs), ("ü", "ünder.pt")] {
            prompt.text = text(begin);
            prompt.complete();
            assert_eq!(prompt.text, text(whole));
        }
        assert!(Wanted::File.takes(Path::new(&prompt.text)) && !Wanted::Folder.takes(Path::new(&prompt.text)));
    }

    #[test]
    fn a_tilde_is_the_home_folder() {
        let home = dirs::home_dir().unwrap_or_default();
        assert_eq!(expanded("~"), home);
        assert_eq!(expanded(&format!("~{MAIN_SEPARATOR}a")), home.join("a"));
        assert_eq!(expanded("~a"), PathBuf::from("~a"));
    }
}
