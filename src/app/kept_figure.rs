//! What a recipe has made, kept for another day: its verdicts, its numbers beside the paper's, and its picture.

use std::{
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use egui::ColorImage;
use serde::{Deserialize, Serialize};

use crate::{
    door,
    figure::{Pixels, Theme, to_pixels, to_png},
    recipe::{self, Recipe, Report, Verdict},
    whole_file,
};

/// Bytes of a kept file at most; pictures have a few hundred thousand.
const LARGEST: u64 = 32 << 20;
/// Height of a page's title.
const TITLE: u32 = 60;
/// Points that a thumbnail is wide and high at most.
const THUMBNAIL: [u32; 2] = [480, 300];

/// A claim and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptVerdict {
    pub text: String,
    pub threshold: String,
    pub passed: bool,
    pub parts: Vec<KeptPart>,
}

/// One number of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptPart {
    pub label: String,
    pub number: String,
    pub holds: bool,
}

/// A number of the paper, and this run's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptNumber {
    pub label: String,
    pub source: String,
    pub theirs: String,
    pub ours: String,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFigure {
    /// Of the program.
    pub version: String,
    /// Seconds since 1970.
    pub made: u64,
    pub seconds: f64,
    pub runs: usize,
    pub verdicts: Vec<KeptVerdict>,
    pub numbers: Vec<KeptNumber>,
}

impl KeptFigure {
    pub fn of(recipe: &Recipe, report: &Report) -> KeptFigure {
        let verdict = |v: &Verdict| KeptVerdict {
            text: v.text.clone(),
            threshold: v.threshold.clone(),
            passed: v.passed(),
            parts: v
                .parts
                .iter()
                .map(|p| KeptPart { label: p.label.clone(), number: p.number(), holds: p.holds })
                .collect(),
        };
        let number =
            |c: recipe::Compared| KeptNumber { label: c.label, source: c.source, theirs: c.theirs, ours: c.ours_text };
        KeptFigure {
            version: env!("CARGO_PKG_VERSION").into(),
            made: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs()),
            seconds: report.seconds,
            runs: report.runs.len(),
            verdicts: report.verdicts.iter().map(verdict).collect(),
            numbers: recipe::compared(recipe, report).into_iter().map(number).collect(),
        }
    }

    /// Claims that hold, and all of them.
    pub fn score(&self) -> (usize, usize) {
        (self.verdicts.iter().filter(|v| v.passed).count(), self.verdicts.len())
    }

    pub fn when(&self) -> SystemTime {
        UNIX_EPOCH + std::time::Duration::from_secs(self.made)
    }

    /// Writes it with its picture on a light and on a dark page.
    ///
    /// # Errors
    /// What cannot be written, in words.
    pub fn keep(&self, folder: &Path, recipe: &Recipe, report: &Report) -> Result<(), String> {
        let failed = |e: io::Error| format!("{}: {e}", folder.display());
        std::fs::create_dir_all(folder).map_err(failed)?;
        let seed = recipe.seeds.first().copied().unwrap_or_default();
        for theme in [Theme::Light, Theme::Dark] {
            let png = to_png(&recipe::figure(recipe, report, seed, theme), 1.0).map_err(|e| e.to_string())?;
            put(&picture_path(folder, &recipe.id, theme == Theme::Dark), &png).map_err(failed)?;
        }
        let text = serde_json::to_vec_pretty(self).map_err(|e| e.to_string())?;
        put(&text_path(folder, &recipe.id), &text).map_err(failed)
    }
}

/// Writes a file of this folder, which is ours: what was read of an earlier one is not to be kept.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    whole_file::write_bytes(path, bytes)
}

fn text_path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.json"))
}

fn picture_path(folder: &Path, id: &str, is_dark: bool) -> PathBuf {
    folder.join(format!("{id}-{}.png", if is_dark { "dark" } else { "light" }))
}

/// What was kept of a recipe; `None` when that is nothing, or of another kind than this program's.
pub fn read(folder: &Path, id: &str) -> Option<KeptFigure> {
    let text = door::read_bytes(&text_path(folder, id), LARGEST).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Its picture, whole.
pub fn picture(folder: &Path, id: &str, is_dark: bool) -> Option<ColorImage> {
    let png = door::read_bytes(&picture_path(folder, id, is_dark), LARGEST).ok()?;
    image_of(&png)
}

/// The picture of what has just been made.
pub fn drawn(recipe: &Recipe, report: &Report, is_dark: bool) -> Option<ColorImage> {
    let seed = recipe.seeds.first()?;
    let theme = if is_dark { Theme::Dark } else { Theme::Light };
    let pixels = to_pixels(&recipe::figure(recipe, report, *seed, theme), 1.0).ok()?;
    Some(ColorImage::from_rgba_unmultiplied(pixels.size.map(|n| n as usize), &pixels.rgba))
}

/// A picture from bytes.
pub fn image_of(png: &[u8]) -> Option<ColorImage> {
    let pixels = Pixels::of_png(png).ok()?;
    Some(ColorImage::from_rgba_unmultiplied(pixels.size.map(|n| n as usize), &pixels.rgba))
}

/// The same for a card: small, and of a high page only the first plot, without the title, which the card has.
pub fn small(whole: &ColorImage) -> ColorImage {
    let [width, height] = whole.size.map(|n| n as u32);
    let bytes = whole.pixels.iter().flat_map(|pixel| pixel.to_srgba_unmultiplied()).collect();
    let Some(mut image) = image::RgbaImage::from_raw(width, height, bytes) else { return whole.clone() };
    let seen = (width * THUMBNAIL[1] / THUMBNAIL[0]).clamp(1, height);
    let top = TITLE.min(height - seen);
    let plot = image::imageops::crop(&mut image, 0, top, width, seen).to_image();
    let scale = (f64::from(THUMBNAIL[0]) / f64::from(width.max(1))).min(1.0);
    let size = [width, seen].map(|n| ((f64::from(n) * scale) as u32).max(1));
    let made = image::imageops::thumbnail(&plot, size[0], size[1]);
    ColorImage::from_rgba_unmultiplied(size.map(|n| n as usize), made.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Interrupt;

    #[test]
    fn what_a_recipe_made_is_read_again_with_its_picture() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = recipe::find("valleys-cases").unwrap();
        assert!(read(folder.path(), &recipe.id).is_none());
        let report = recipe::reproduce(recipe, None, &Interrupt::default(), &mut |_| {}).unwrap();
        let kept = KeptFigure::of(recipe, &report);
        kept.keep(folder.path(), recipe, &report).unwrap();
        assert_eq!(read(folder.path(), &recipe.id).unwrap(), kept);
        assert_eq!(kept.score(), (recipe.claims.len(), recipe.claims.len()));
        let [light, dark] = [false, true].map(|dark| picture(folder.path(), &recipe.id, dark).unwrap());
        assert!(light.size == dark.size && light.pixels != dark.pixels);
        let small = small(&light);
        assert!(small.size[0] == 480 && small.size[1] <= 300);
        // Half a file is no figure.
        std::fs::write(text_path(folder.path(), &recipe.id), "{\"version\"").unwrap();
        assert!(read(folder.path(), &recipe.id).is_none());
    }
}
