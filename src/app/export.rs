//! Saving a figure: a small dialog with a path one can type, and the three formats.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::{RichText, Ui};

use super::{
    background::{Background, News},
    theme,
};
use crate::figure::{Figure, to_csv, to_png, to_svg};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Svg,
    Csv,
}

impl Format {
    const ALL: [(Format, &'static str, &'static str); 3] = [
        (Format::Png, "png", "PNG: a picture, 2× resolution"),
        (Format::Svg, "svg", "SVG: lines that scale, for papers"),
        (Format::Csv, "csv", "CSV: the numbers in view"),
    ];

    fn extension(self) -> &'static str {
        Format::ALL.iter().find(|(f, ..)| *f == self).map_or("", |(_, e, _)| e)
    }
}

/// An export being set up.
#[derive(Debug)]
pub struct Export {
    figure: Arc<Figure>,
    format: Format,
    path: String,
    /// `Some(None)` while the file is being written.
    outcome: Option<Option<Result<String, String>>>,
}

impl Export {
    /// Offers to save `figure` under `name` in the present folder.
    pub fn new(figure: Figure, name: &str) -> Export {
        let folder = std::env::current_dir().unwrap_or_else(|_| std::env::temp_dir());
        let path = folder.join(name).with_extension("png").display().to_string();
        Export { figure: Arc::new(figure), format: Format::Png, path, outcome: None }
    }

    /// Draws the dialog; false when it is done.
    pub fn ui(&mut self, ctx: &egui::Context, background: &Background) -> bool {
        let mut open = true;
        let mut close = false;
        let centre = ctx.content_rect().center();
        egui::Window::new("Export")
            .pivot(egui::Align2::CENTER_CENTER)
            .default_pos(centre)
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .show(ctx, |ui| {
                ui.set_width(440.0);
                close = self.content(ui, background);
            });
        open && !close && !ctx.input(|i| i.key_pressed(egui::Key::Escape))
    }

    /// Takes the place that a dialog gave.
    pub fn set_path(&mut self, path: &Path) {
        self.path = path.display().to_string();
    }

    /// Takes how saving went.
    pub fn saved(&mut self, outcome: Result<String, String>) {
        self.outcome = Some(Some(outcome));
    }

    fn content(&mut self, ui: &mut Ui, background: &Background) -> bool {
        ui.label(RichText::new(&self.figure.title).weak());
        for (format, extension, label) in Format::ALL {
            if ui.radio_value(&mut self.format, format, label).clicked() {
                self.path = PathBuf::from(&self.path).with_extension(extension).display().to_string();
                self.outcome = None;
            }
        }
        ui.horizontal(|ui| {
            let name = ui.label("Save as");
            ui.add(egui::TextEdit::singleline(&mut self.path).desired_width(300.0)).labelled_by(name.id);
            if ui.button("…").on_hover_text("Choose a place").clicked() {
                background.choose_place(PathBuf::from(&self.path), self.format.extension(), ui.ctx());
            }
        });
        match &self.outcome {
            Some(None) => drop(ui.label("Saving…")),
            Some(Some(Ok(done))) => drop(ui.label(done)),
            Some(Some(Err(why))) => drop(ui.add(egui::Label::new(RichText::new(why).color(theme::error(ui))).wrap())),
            None => {}
        }
        ui.horizontal(|ui| {
            if ui.button(RichText::new("Save").strong()).clicked() {
                self.outcome = Some(None);
                let (figure, format, path) = (self.figure.clone(), self.format, PathBuf::from(self.path.trim()));
                background.run("export", ui.ctx(), move || {
                    Some(News::Saved(match write(&figure, format, &path) {
                        Ok(()) => Ok(format!("Saved {}", path.display())),
                        Err(why) => Err(format!("{}: {why}; choose another place", path.display())),
                    }))
                });
            }
            ui.button("Close").clicked()
        })
        .inner
    }
}

fn write(figure: &Figure, format: Format, path: &Path) -> Result<(), String> {
    let bytes = match format {
        Format::Png => to_png(figure, 2.0).map_err(|e| e.to_string())?,
        Format::Svg => to_svg(figure).into_bytes(),
        Format::Csv => to_csv(figure).into_bytes(),
    };
    std::fs::write(path, bytes).map_err(|e| e.to_string())
}
