//! Taking something along: saved in a file whose ending chooses the format, or copied.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::{ColorImage, RichText, TextureHandle, TextureOptions, Ui, vec2};

use super::{
    background::{Background, News},
    content::{Content, Dress, Taken},
    offer::Offer,
    theme,
};
use crate::figure::{Paper, Pixels, Theme};

/// Room for the picture in the dialog, and for everything beside it.
const PREVIEW: [f32; 2] = [360.0, 330.0];
const CONTROLS: f32 = 440.0;
/// Two lines of what came of it.
const OUTCOME: f32 = 36.0;

/// An export being set up.
pub struct Export {
    content: Arc<Content>,
    methods: Result<String, &'static str>,
    dress: Dress,
    path: String,
    /// How the last preview was asked for.
    asked: Option<Dress>,
    preview: Option<Result<TextureHandle, String>>,
    /// `Some(None)` while something is being done.
    outcome: Option<Option<Result<String, String>>>,
}

impl Export {
    /// Offers to save something under its name in the present folder, or to copy it.
    pub fn new(offer: Offer) -> Export {
        let Offer { content, name, methods } = offer;
        let folder = std::env::current_dir().unwrap_or_else(|_| std::env::temp_dir());
        let path = folder.join(format!("{name}.png")).display().to_string();
        let dress = Dress { paper: Paper::Screen, theme: content.theme() };
        Export { content: Arc::new(content), methods, dress, path, asked: None, preview: None, outcome: None }
    }

    /// Draws the dialog; false when it is done.
    pub fn ui(&mut self, ctx: &egui::Context, background: &Background) -> bool {
        self.draw_preview(ctx, background);
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
                ui.horizontal_top(|ui| {
                    self.show_preview(ui);
                    ui.vertical(|ui| {
                        ui.set_width(CONTROLS);
                        close = self.controls(ui, background);
                    });
                });
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

    /// Takes a preview, unless it is of something else or no longer wanted.
    pub fn previewed(&mut self, of: &Arc<Content>, dress: Dress, pixels: &Result<Pixels, String>, ctx: &egui::Context) {
        if Arc::ptr_eq(of, &self.content) && self.asked == Some(dress) {
            let show = |pixels: &Pixels| ctx.load_texture("export", image(pixels), TextureOptions::LINEAR);
            self.preview = Some(pixels.as_ref().map(show).map_err(Clone::clone));
        }
    }

    /// Puts on the clipboard what was put together for it.
    pub fn copied(&mut self, taken: &Result<Taken, String>, ctx: &egui::Context) {
        self.outcome = Some(Some(match taken {
            Ok(Taken::Picture(pixels)) => {
                ctx.copy_image(image(pixels));
                Ok("Copied the picture".into())
            }
            Ok(Taken::Numbers(numbers)) => {
                ctx.copy_text(numbers.clone());
                Ok("Copied the numbers".into())
            }
            Err(why) => Err(why.clone()),
        }));
    }

    /// Has the picture drawn on another thread whenever it would look otherwise than the one that was asked for last.
    fn draw_preview(&mut self, ctx: &egui::Context, background: &Background) {
        if self.asked == Some(self.dress) {
            return;
        }
        self.asked = Some(self.dress);
        let (content, dress) = (self.content.clone(), self.dress);
        let room = PREVIEW.map(|side| (side * ctx.pixels_per_point()).max(1.0) as u32);
        background.run("preview", ctx, move || {
            let pixels = content.preview(dress, room);
            Some(News::Previewed(content, dress, pixels))
        });
    }

    fn show_preview(&self, ui: &mut Ui) {
        let room = vec2(PREVIEW[0], PREVIEW[1]);
        let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        ui.centered_and_justified(|ui| match &self.preview {
            Some(Ok(picture)) => {
                ui.add(egui::Image::new(picture).max_size(room).alt_text("How the picture will look"));
            }
            Some(Err(why)) => {
                ui.add(egui::Label::new(RichText::new(why).color(theme::error(ui))).wrap());
            }
            None => {
                ui.spinner();
            }
        });
    }

    fn controls(&mut self, ui: &mut Ui, background: &Background) -> bool {
        ui.add(egui::Label::new(RichText::new(self.content.title()).weak()).wrap());
        let ending = Path::new(self.path.trim()).extension().map(|e| e.to_string_lossy().to_lowercase());
        for (extension, label) in self.content.formats() {
            if ui.radio(ending.as_deref() == Some(extension), *label).clicked() {
                self.path = PathBuf::from(self.path.trim()).with_extension(extension).display().to_string();
                self.outcome = None;
            }
        }
        self.dress(ui);
        ui.horizontal(|ui| {
            let name = ui.label("Save as");
            ui.add(egui::TextEdit::singleline(&mut self.path).desired_width(300.0)).labelled_by(name.id);
            if ui.button("…").on_hover_text("Choose a place").clicked() {
                let known = self.content.formats().iter().map(|(e, _)| *e);
                let extension = known.clone().find(|e| ending.as_deref() == Some(e)).or(known.clone().next());
                background.choose_place(PathBuf::from(&self.path), extension.unwrap_or("png"), ui.ctx());
            }
        });
        self.copies(ui, background);
        let is_closed = ui.horizontal(|ui| {
            if ui.button(RichText::new("Save").strong()).clicked() {
                self.outcome = Some(None);
                let (content, dress, path) = (self.content.clone(), self.dress, PathBuf::from(self.path.trim()));
                background.run("export", ui.ctx(), move || {
                    Some(News::Saved(content.write(&path, dress).map(|()| format!("Saved {}", path.display()))))
                });
            }
            ui.button("Close").clicked()
        });
        self.show_outcome(ui);
        is_closed.inner
    }

    /// What came of it, in room that is there before: what is clicked does not move.
    fn show_outcome(&self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.set_min_height(OUTCOME);
            match &self.outcome {
                Some(None) => drop(ui.label("One moment…")),
                Some(Some(Ok(done))) => drop(ui.add(egui::Label::new(done).wrap())),
                Some(Some(Err(why))) => {
                    ui.add(egui::Label::new(RichText::new(why).color(theme::error(ui))).wrap());
                }
                None => {}
            }
        });
    }

    /// For which paper, and on which ground. Papers are white; whoever wants a dark one says so afterwards.
    fn dress(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            for paper in Paper::ALL {
                let is_offered = *paper == Paper::Screen || self.content.is_page();
                let choice = egui::RadioButton::new(self.dress.paper == *paper, paper.to_string());
                let choice = ui
                    .add_enabled(is_offered, choice)
                    .on_hover_text(paper_help(*paper))
                    .on_disabled_hover_text("A surface is saved as it is turned, for a screen");
                if choice.clicked() && self.dress.paper != *paper {
                    let theme = if *paper == Paper::Screen { self.content.theme() } else { Theme::Light };
                    self.dress = Dress { paper: *paper, theme };
                    self.outcome = None;
                }
            }
        });
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.dress.theme, Theme::Light, "light ground");
            ui.radio_value(&mut self.dress.theme, Theme::Dark, "dark ground");
        });
    }

    /// What goes to the clipboard.
    fn copies(&mut self, ui: &mut Ui, background: &Background) {
        ui.horizontal(|ui| {
            if ui.button("Copy picture").on_hover_text("As it would be saved, in full resolution").clicked() {
                self.outcome = Some(None);
                let (content, dress) = (self.content.clone(), self.dress);
                background.run("copy", ui.ctx(), move || Some(News::Copied(content.pixels(dress).map(Taken::Picture))));
            }
            let numbers = ui.add_enabled(self.content.is_page(), egui::Button::new("Copy numbers"));
            let numbers = numbers.on_hover_text("The table that saving as CSV writes");
            if numbers.on_disabled_hover_text("The numbers of a surface are those of its plane").clicked() {
                self.outcome = Some(None);
                let content = self.content.clone();
                background.run("copy", ui.ctx(), move || Some(News::Copied(content.csv().map(Taken::Numbers))));
            }
            let sentence = ui.add_enabled(self.methods.is_ok(), egui::Button::new("Copy methods sentence"));
            match &self.methods {
                Ok(words) => {
                    if sentence.on_hover_text(words).clicked() {
                        ui.ctx().copy_text(words.clone());
                        self.outcome = Some(Some(Ok("Copied the methods sentence".into())));
                    }
                }
                Err(why) => drop(sentence.on_disabled_hover_text(*why)),
            }
        });
    }
}

fn paper_help(paper: Paper) -> &'static str {
    match paper {
        Paper::Screen => "As large as it was drawn",
        Paper::Column | Paper::Columns => {
            "Laid out for that width with letters of 7 to 8 points, without the title, which the paper's caption has"
        }
    }
}

/// A picture as the window has it.
fn image(pixels: &Pixels) -> ColorImage {
    ColorImage::from_rgba_unmultiplied(pixels.size.map(|n| n as usize), &pixels.rgba)
}
