//! PNG through resvg, with our own typefaces, so that it looks the same on every machine.

use std::sync::{Arc, LazyLock};

use flate2::Crc;
use resvg::{
    tiny_skia::{Color, Pixmap, PixmapPaint, Transform},
    usvg::{FontResolver, Options, Tree, fontdb::Database},
};

use super::{
    Figure,
    layout::{self, PanelLayout},
    raster,
    svg::{self, Ground},
    text,
};

/// Why there is no PNG.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    #[error("a picture of {width} × {height} pixels is too large or empty; choose a smaller size or scale")]
    Size { width: f64, height: f64 },
    #[error("the figure could not be drawn: {0}")]
    Svg(#[from] resvg::usvg::Error),
    #[error("the picture could not be written as PNG: {0}")]
    Encode(String),
}

/// Edge length up to which a picture is drawn: 16,384² is already 1 GiB of pixels.
const LARGEST: f64 = 16_384.0;

/// Ubuntu Light for text; Hack has the arrows and bars that it lacks.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.load_font_data(epaint_default_fonts::HACK_REGULAR.to_vec());
    // Whatever an SVG asks for, it gets the one we have.
    fonts.set_sans_serif_family("Ubuntu");
    fonts.set_serif_family("Ubuntu");
    fonts.set_monospace_family("Hack");
    Arc::new(fonts)
});

/// How resvg reads our SVG: no system fonts.
///
/// When one character of a line is missing, resvg sets the whole line in a fallback that has them all. Our SVG names
/// the second typeface itself where it is needed, so for those characters there is nothing to fall back on.
pub(super) fn options() -> Options<'static> {
    let usual = FontResolver::default_fallback_selector();
    let font_resolver = FontResolver {
        select_font: FontResolver::default_font_selector(),
        select_fallback: Box::new(
            move |c, tried, fonts| {
                if text::needs_second_typeface(c) { None } else { usual(c, tried, fonts) }
            },
        ),
    };
    Options { fontdb: FONTS.clone(), font_family: "Ubuntu".into(), font_resolver, ..Options::default() }
}

/// A picture in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Width and height.
    pub size: [u32; 2],
    /// Opaque red, green, blue, alpha; row after row, from the top.
    pub rgba: Vec<u8>,
}

/// The figure as PNG, `scale` device pixels to a pixel of the figure.
pub fn to_png(figure: &Figure, scale: f64) -> Result<Vec<u8>, PngError> {
    drawn(figure, scale)?.encode_png().map_err(|e| PngError::Encode(e.to_string()))
}

/// The same picture, for print: its file says how many pixels there are to an inch.
pub(super) fn for_print(figure: &Figure, scale: f64, per_inch: f64) -> Result<Vec<u8>, PngError> {
    Ok(with_density(to_png(figure, scale)?, per_inch))
}

/// A PNG begins with a signature of 8 bytes and the header, a chunk of 25; how dense pixels are may follow at once.
const AFTER_HEADER: usize = 33;

/// Adds the chunk `pHYs`: pixels to a metre along both sides.
fn with_density(mut png: Vec<u8>, per_inch: f64) -> Vec<u8> {
    let density = ((per_inch / 0.0254).round() as u32).to_be_bytes();
    let named = [b"pHYs".as_slice(), &density, &density, &[1]].concat();
    let mut sum = Crc::new();
    sum.update(&named);
    let chunk = [9_u32.to_be_bytes().as_slice(), &named, &sum.sum().to_be_bytes()].concat();
    png.splice(AFTER_HEADER..AFTER_HEADER, chunk);
    png
}

/// The same picture, for a window.
pub fn to_pixels(figure: &Figure, scale: f64) -> Result<Pixels, PngError> {
    let pixels = drawn(figure, scale)?;
    Ok(Pixels { size: [pixels.width(), pixels.height()], rgba: pixels.take() })
}

impl Pixels {
    /// A picture that is a PNG already.
    ///
    /// # Errors
    /// Bytes that are no PNG.
    pub fn of_png(png: &[u8]) -> Result<Pixels, PngError> {
        let pixels = Pixmap::decode_png(png).map_err(|e| PngError::Encode(e.to_string()))?;
        Ok(Pixels { size: [pixels.width(), pixels.height()], rgba: pixels.take() })
    }
}

fn drawn(figure: &Figure, scale: f64) -> Result<Pixmap, PngError> {
    let (width, height) = ((f64::from(figure.width) * scale).round(), (f64::from(figure.height) * scale).round());
    let size = PngError::Size { width, height };
    // Written so that NaN is refused too.
    if !((1.0..=LARGEST).contains(&width) && (1.0..=LARGEST).contains(&height)) {
        return Err(size);
    }
    let page = layout::page(figure);
    let tree = Tree::from_str(&svg::document(figure, &page, Ground::LeftOut), &options())?;
    let mut pixels = Pixmap::new(width as u32, height as u32).ok_or(size)?;
    let background = figure.theme.page().background;
    pixels.fill(Color::from_rgba8(background.r, background.g, background.b, 255));
    page.panels.iter().for_each(|panel| heat(panel, scale, &mut pixels));
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut pixels.as_mut());
    Ok(pixels)
}

/// Paints a panel's heat map pixel by pixel: sharper than any renderer would scale a picture, and without a decoder for
/// pictures in it.
fn heat(panel: &PanelLayout<'_>, scale: f64, onto: &mut Pixmap) {
    let Some(heat) = &panel.panel.heat else { return };
    let (left, right) = ((panel.plot.x * scale).round(), (panel.plot.right() * scale).round());
    let (top, bottom) = ((panel.plot.y * scale).round(), (panel.plot.bottom() * scale).round());
    let (width, height) = ((right - left).max(1.0) as u32, (bottom - top).max(1.0) as u32);
    if let Some(picture) = raster::picture(heat, panel.x, panel.y, width, height, scale) {
        let plain = PixmapPaint::default();
        onto.draw_pixmap(left as i32, top as i32, picture.as_ref(), &plain, Transform::identity(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_how_dense_its_pixels_are() {
        let plain = Pixmap::new(3, 2).unwrap().encode_png().unwrap();
        let dense = with_density(plain.clone(), 300.0);
        assert_eq!(dense.len(), plain.len() + 21);
        // 300 to an inch are 11,811 to a metre; the chunk's sum is that of libpng.
        let chunk = [0, 0, 0, 9, b'p', b'H', b'Y', b's', 0, 0, 0x2E, 0x23, 0, 0, 0x2E, 0x23, 1, 0x78, 0xA5, 0x3F, 0x76];
        assert_eq!(dense[33..54], chunk);
        assert_eq!(Pixels::of_png(&dense).unwrap(), Pixels { size: [3, 2], rgba: vec![0; 24] });
        assert_eq!(image::load_from_memory(&dense).unwrap().height(), 2);
    }
}
