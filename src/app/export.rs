//! Saving a picture or its numbers: a small dialog with a path one can type, whose ending chooses the format.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::{RichText, Ui};

use super::{
    background::{Background, News},
    theme,
};
use crate::{
    figure::{Figure, to_csv, to_png, to_svg},
    present::{
        EscapeView, LineView, PlaneLook, PlaneView, ValleyView, save_escape, save_line, save_plane, save_valley,
    },
    scene::Picture,
    whole_file,
};

/// What can be saved.
#[derive(Clone, Debug)]
pub enum Content {
    Figure(Figure),
    Line {
        view: LineView,
        dark: bool,
    },
    Plane {
        view: Box<PlaneView>,
        look: PlaneLook,
        dark: bool,
    },
    Escape {
        view: Box<EscapeView>,
        dark: bool,
    },
    Valley {
        view: Box<ValleyView>,
        dark: bool,
    },
    /// A surface as it is turned, and the device that draws it.
    Surface {
        picture: Picture,
        device: wgpu::Device,
        queue: wgpu::Queue,
    },
}

const PNG: (&str, &str) = ("png", "PNG: a picture, 2× resolution");
const SVG: (&str, &str) = ("svg", "SVG: lines that scale, for papers");
const NPZ: (&str, &str) = ("npz", "NPZ: all numbers, for NumPy");

impl Content {
    fn title(&self) -> &str {
        match self {
            Content::Figure(figure) => &figure.title,
            Content::Line { view, .. } => &view.title,
            Content::Plane { view, .. } => &view.layout.title,
            Content::Escape { view, .. } => &view.title,
            Content::Valley { view, .. } => &view.title,
            Content::Surface { .. } => "The surface as it is turned now",
        }
    }

    /// Endings of files, and what they mean.
    fn formats(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Content::Figure(_) => &[PNG, SVG, ("csv", "CSV: the numbers in view")],
            Content::Line { .. } => {
                &[PNG, SVG, ("csv", "CSV: all numbers, as a table"), NPZ, ("json", "JSON: all numbers and the summary")]
            }
            Content::Escape { .. } => &[PNG, SVG, ("csv", "CSV: one row per run")],
            Content::Plane { .. } => &[
                PNG,
                SVG,
                ("csv", "CSV: all numbers, as a table"),
                NPZ,
                ("vtp", "VTP: the surface, for ParaView"),
                ("glb", "GLB: the surface, for 3-D viewers (glTF)"),
            ],
            Content::Valley { .. } => {
                &[PNG, SVG, ("csv", "CSV: a row per direction"), ("json", "JSON: all numbers, with the points")]
            }
            Content::Surface { .. } => &[("png", "PNG: a picture, 3840 × 2160")],
        }
    }

    /// Writes the file in the format that its ending says.
    fn write(&self, path: &Path) -> Result<(), String> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let known: Vec<&str> = self.formats().iter().map(|(e, _)| *e).collect();
        if !known.contains(&ending.as_str()) {
            return Err(format!("{}: the ending says no format; end it with .{}", path.display(), known.join(", .")));
        }
        let bytes = match self {
            Content::Line { view, dark } => return save_line(path, view, *dark).map_err(|e| e.to_string()),
            Content::Plane { view, look, dark } => {
                return save_plane(path, view, *look, *dark).map_err(|e| e.to_string());
            }
            Content::Escape { view, dark } => return save_escape(path, view, *dark).map_err(|e| e.to_string()),
            Content::Valley { view, dark } => return save_valley(path, view, *dark).map_err(|e| e.to_string()),
            Content::Surface { picture, device, queue } => {
                picture.png(device, queue, Picture::FOUR_K).map_err(|e| e.to_string())?
            }
            Content::Figure(figure) => match ending.as_str() {
                "png" => to_png(figure, 2.0).map_err(|e| e.to_string())?,
                "svg" => to_svg(figure).into_bytes(),
                _ => to_csv(figure).into_bytes(),
            },
        };
        whole_file::write_bytes(path, &bytes).map_err(|e| format!("{}: {e}; choose another place", path.display()))
    }
}

/// An export being set up.
#[derive(Debug)]
pub struct Export {
    content: Arc<Content>,
    path: String,
    /// `Some(None)` while the file is being written.
    outcome: Option<Option<Result<String, String>>>,
}

impl Export {
    /// Offers to save `content` under `name` in the present folder.
    pub fn new(content: Content, name: &str) -> Export {
        let folder = std::env::current_dir().unwrap_or_else(|_| std::env::temp_dir());
        let path = folder.join(format!("{name}.png")).display().to_string();
        Export { content: Arc::new(content), path, outcome: None }
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
        ui.add(egui::Label::new(RichText::new(self.content.title()).weak()).wrap());
        let ending = Path::new(self.path.trim()).extension().map(|e| e.to_string_lossy().to_lowercase());
        for (extension, label) in self.content.formats() {
            if ui.radio(ending.as_deref() == Some(extension), *label).clicked() {
                self.path = PathBuf::from(self.path.trim()).with_extension(extension).display().to_string();
                self.outcome = None;
            }
        }
        ui.horizontal(|ui| {
            let name = ui.label("Save as");
            ui.add(egui::TextEdit::singleline(&mut self.path).desired_width(300.0)).labelled_by(name.id);
            if ui.button("…").on_hover_text("Choose a place").clicked() {
                let known = self.content.formats().iter().map(|(e, _)| *e);
                let extension = known.clone().find(|e| ending.as_deref() == Some(e)).or(known.clone().next());
                background.choose_place(PathBuf::from(&self.path), extension.unwrap_or("png"), ui.ctx());
            }
        });
        match &self.outcome {
            Some(None) => drop(ui.label("Saving…")),
            Some(Some(Ok(done))) => drop(ui.add(egui::Label::new(done).wrap())),
            Some(Some(Err(why))) => drop(ui.add(egui::Label::new(RichText::new(why).color(theme::error(ui))).wrap())),
            None => {}
        }
        ui.horizontal(|ui| {
            if ui.button(RichText::new("Save").strong()).clicked() {
                self.outcome = Some(None);
                let (content, path) = (self.content.clone(), PathBuf::from(self.path.trim()));
                background.run("export", ui.ctx(), move || {
                    Some(News::Saved(content.write(&path).map(|()| format!("Saved {}", path.display()))))
                });
            }
            ui.button("Close").clicked()
        })
        .inner
    }
}
