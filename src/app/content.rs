//! What can be taken out of the window: a picture and its numbers.

use std::path::Path;

use crate::{
    figure::{Figure, Paper, Pixels, Sheet, Theme, to_csv, to_pixels},
    present::{
        EscapeView, LineView, NoiseView, PlaneLook, PlaneView, SpectrumView, ValleyView, line_csv, plane_csv,
        save_escape, save_line, save_noise, save_plane, save_spectrum, save_valley,
    },
    scene::{Look, Picture},
    whole_file,
};

/// What can be saved or copied.
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
    Spectrum {
        view: Box<SpectrumView>,
        dark: bool,
    },
    Noise {
        view: Box<NoiseView>,
        dark: bool,
    },
    /// A surface as it is turned, and the device that draws it.
    Surface {
        picture: Picture,
        device: wgpu::Device,
        queue: wgpu::Queue,
    },
}

/// How a picture is dressed for the place it goes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dress {
    pub paper: Paper,
    pub theme: Theme,
}

/// What was put together for the clipboard.
#[derive(Clone, Debug)]
pub enum Taken {
    Picture(Pixels),
    Numbers(String),
}

const PNG: (&str, &str) = ("png", "PNG: a picture, 2× resolution or 300 dpi");
const SVG: (&str, &str) = ("svg", "SVG: lines that scale, for papers");
const PDF: (&str, &str) = ("pdf", "PDF: the same, with letters as outlines");
const NPZ: (&str, &str) = ("npz", "NPZ: all numbers, for NumPy");

impl Content {
    pub fn title(&self) -> &str {
        match self {
            Content::Figure(figure) => &figure.title,
            Content::Line { view, .. } => &view.title,
            Content::Plane { view, .. } => &view.layout.title,
            Content::Escape { view, .. } => &view.title,
            Content::Valley { view, .. } => &view.title,
            Content::Spectrum { view, .. } => &view.title,
            Content::Noise { view, .. } => &view.title,
            Content::Surface { .. } => "The surface as it is turned now",
        }
    }

    /// The theme that it is shown in.
    pub fn theme(&self) -> Theme {
        match self {
            Content::Figure(figure) => figure.theme,
            Content::Line { dark, .. }
            | Content::Plane { dark, .. }
            | Content::Escape { dark, .. }
            | Content::Valley { dark, .. }
            | Content::Spectrum { dark, .. }
            | Content::Noise { dark, .. } => {
                if *dark {
                    Theme::Dark
                } else {
                    Theme::Light
                }
            }
            Content::Surface { picture, .. } => picture.look.theme,
        }
    }

    /// Whether it is a page of panels, which can be laid out for a paper and has numbers.
    pub fn is_page(&self) -> bool {
        !matches!(self, Content::Surface { .. })
    }

    /// Endings of files, and what they mean.
    pub fn formats(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Content::Figure(_) => &[PNG, SVG, PDF, ("csv", "CSV: the numbers in view")],
            Content::Line { .. } => &[
                PNG,
                SVG,
                PDF,
                ("csv", "CSV: all numbers, as a table"),
                NPZ,
                ("json", "JSON: all numbers and the summary"),
            ],
            Content::Escape { .. } => &[PNG, SVG, PDF, ("csv", "CSV: one row per run")],
            Content::Plane { .. } => &[
                PNG,
                SVG,
                PDF,
                ("csv", "CSV: all numbers, as a table"),
                NPZ,
                ("vtp", "VTP: the surface, for ParaView"),
                ("glb", "GLB: the surface, for 3-D viewers (glTF)"),
            ],
            Content::Valley { .. } => {
                &[PNG, SVG, PDF, ("csv", "CSV: a row per direction"), ("json", "JSON: all numbers, with the points")]
            }
            Content::Spectrum { .. } => {
                &[PNG, SVG, PDF, ("csv", "CSV: a row per number"), ("json", "JSON: all numbers")]
            }
            Content::Noise { .. } => {
                &[PNG, SVG, PDF, ("csv", "CSV: a row per checkpoint"), ("json", "JSON: all numbers")]
            }
            Content::Surface { .. } => &[("png", "PNG: a picture, 3840 × 2160")],
        }
    }

    /// Writes the file in the format that its ending says.
    pub fn write(&self, path: &Path, dress: Dress) -> Result<(), String> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let known: Vec<&str> = self.formats().iter().map(|(e, _)| *e).collect();
        if !known.contains(&ending.as_str()) {
            return Err(format!("{}: the ending says no format; end it with .{}", path.display(), known.join(", .")));
        }
        let bytes = match ending.as_str() {
            "png" => self.png(dress)?,
            "svg" => self.sheet(dress)?.svg().into_bytes(),
            "pdf" => self.sheet(dress)?.pdf().map_err(|e| e.to_string())?,
            "csv" => self.csv()?.into_bytes(),
            _ => return self.write_data(path),
        };
        whole_file::write_bytes(path, &bytes).map_err(|e| format!("{}: {e}; choose another place", path.display()))
    }

    /// What is no picture, in the formats that only some have.
    fn write_data(&self, path: &Path) -> Result<(), String> {
        match self {
            Content::Line { view, dark } => save_line(path, view, *dark),
            Content::Plane { view, look, dark } => save_plane(path, view, *look, *dark),
            Content::Escape { view, dark } => save_escape(path, view, *dark),
            Content::Valley { view, dark } => save_valley(path, view, *dark),
            Content::Spectrum { view, dark } => save_spectrum(path, view, *dark),
            Content::Noise { view, dark } => save_noise(path, view, *dark),
            Content::Figure(_) | Content::Surface { .. } => Ok(()),
        }
        .map_err(|e| e.to_string())
    }

    /// The same table that a file with the ending `csv` has.
    pub fn csv(&self) -> Result<String, String> {
        match self {
            Content::Figure(figure) => Ok(to_csv(figure)),
            Content::Line { view, .. } => line_csv(view).map_err(|e| e.to_string()),
            Content::Plane { view, .. } => plane_csv(view).map_err(|e| e.to_string()),
            Content::Escape { view, .. } => Ok(view.csv()),
            Content::Valley { view, .. } => Ok(view.csv()),
            Content::Spectrum { view, .. } => Ok(view.csv()),
            Content::Noise { view, .. } => Ok(view.csv()),
            Content::Surface { .. } => Err("The numbers of a surface are those of its plane".into()),
        }
    }

    /// The picture in full resolution.
    pub fn pixels(&self, dress: Dress) -> Result<Pixels, String> {
        let pixels = match self {
            Content::Surface { .. } => Pixels::of_png(&self.png(dress)?),
            _ => {
                let sheet = self.sheet(dress)?;
                to_pixels(sheet.figure(), sheet.scale())
            }
        };
        pixels.map_err(|e| e.to_string())
    }

    /// The picture as large as fits into so many pixels.
    pub fn preview(&self, dress: Dress, [width, height]: [u32; 2]) -> Result<Pixels, String> {
        let pixels = match self {
            Content::Surface { .. } => Pixels::of_png(&self.surface(dress, [width, width * 9 / 16])?),
            _ => {
                let sheet = self.sheet(dress)?;
                let figure = sheet.figure();
                let across = f64::from(width) / f64::from(figure.width.max(1));
                to_pixels(figure, across.min(f64::from(height) / f64::from(figure.height.max(1))))
            }
        };
        pixels.map_err(|e| e.to_string())
    }

    fn png(&self, dress: Dress) -> Result<Vec<u8>, String> {
        match self {
            Content::Surface { .. } => self.surface(dress, Picture::FOUR_K),
            _ => self.sheet(dress)?.png().map_err(|e| e.to_string()),
        }
    }

    /// A page, laid out.
    fn sheet(&self, dress: Dress) -> Result<Sheet, String> {
        let figure = match self {
            Content::Figure(figure) => figure.clone().themed(dress.theme),
            Content::Line { view, .. } => view.figure(dress.theme),
            Content::Plane { view, look, .. } => view.figure(*look, dress.theme).map_err(|e| e.to_string())?,
            Content::Escape { view, .. } => view.figure(dress.theme),
            Content::Valley { view, .. } => view.figure(dress.theme),
            Content::Spectrum { view, .. } => view.figure(dress.theme),
            Content::Noise { view, .. } => view.figure(dress.theme),
            Content::Surface { .. } => return Err("A surface is a picture of pixels".into()),
        };
        Ok(Sheet::new(&figure, dress.paper))
    }

    /// A surface as PNG.
    fn surface(&self, dress: Dress, size: [u32; 2]) -> Result<Vec<u8>, String> {
        let Content::Surface { picture, device, queue } = self else { return Err("This is no surface".into()) };
        let mut picture = picture.clone();
        if picture.look.theme != dress.theme {
            let Look { theme, background, .. } = Look::page(dress.theme);
            (picture.look.theme, picture.look.background) = (theme, background);
        }
        picture.png(device, queue, size).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::{colors, walk_figure},
        history::synthetic::bounce,
    };

    const DRESSES: [Dress; 3] = [
        Dress { paper: Paper::Screen, theme: Theme::Dark },
        Dress { paper: Paper::Column, theme: Theme::Light },
        Dress { paper: Paper::Columns, theme: Theme::Dark },
    ];

    fn walk() -> Content {
        let history = bounce(30, 1);
        Content::Figure(walk_figure(&[(&history, "SGD", colors::SGD)], None, Theme::Dark))
    }

    #[test]
    fn copied_numbers_are_those_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("walk.csv");
        for dress in DRESSES {
            walk().write(&path, dress).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), walk().csv().unwrap());
        }
    }

    #[test]
    fn every_format_is_written_for_every_dress() {
        let folder = tempfile::tempdir().unwrap();
        let content = walk();
        assert!(content.is_page() && content.theme() == Theme::Dark);
        for dress in DRESSES {
            for (ending, _) in content.formats() {
                let path = folder.path().join(format!("walk.{ending}"));
                content.write(&path, dress).unwrap();
                let head: &[u8] = match *ending {
                    "png" => b"\x89PNG",
                    "svg" => b"<svg",
                    "pdf" => b"%PDF-",
                    _ => b"panel,",
                };
                assert!(std::fs::read(&path).unwrap().starts_with(head), "{ending}");
            }
        }
        let error = content.write(&folder.path().join("walk.pgf"), DRESSES[0]).unwrap_err();
        assert!(error.contains(".png, .svg, .pdf, .csv"), "{error}");
    }

    #[test]
    fn a_copied_picture_is_that_of_the_file_and_a_preview_fits() {
        let content = walk();
        for dress in DRESSES {
            let pixels = content.pixels(dress).unwrap();
            assert_eq!(Pixels::of_png(&content.png(dress).unwrap()).unwrap(), pixels);
            assert!(dress.paper.pixels().is_none_or(|width| width == pixels.size[0]));
            let preview = content.preview(dress, [300, 200]).unwrap();
            assert!(
                preview.size[0] <= 300 && preview.size[1] <= 200 && preview.size.contains(&200),
                "{:?}",
                preview.size
            );
        }
    }
}
