//! PNG through resvg, with our own typefaces, so that it looks the same on every machine.

use std::sync::{Arc, LazyLock};

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

/// The same picture, for a window.
pub fn to_pixels(figure: &Figure, scale: f64) -> Result<Pixels, PngError> {
    let pixels = drawn(figure, scale)?;
    Ok(Pixels { size: [pixels.width(), pixels.height()], rgba: pixels.take() })
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
