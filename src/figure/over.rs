//! Text over a picture that was made elsewhere.

use std::fmt::Write as _;

use resvg::{
    tiny_skia::{IntSize, Pixmap, Transform},
    usvg::Tree,
};

use super::{
    colors::Color,
    png::{self, PngError},
    svg::spans,
    text,
};

/// A piece of text with its middle at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    pub x: f64,
    pub y: f64,
    /// Font size.
    pub size: f64,
    pub color: Color,
    /// Around the letters, so that they read on anything.
    pub rim: Color,
    pub text: String,
    /// Whether `_` and `^` mean sub- and superscripts.
    pub is_markup: bool,
}

/// Writes captions over opaque pixels (red, green, blue, alpha, row after row) and returns a PNG. Coordinates and sizes of
/// captions are multiplied by `scale`.
///
/// # Errors
/// When the pixels do not fill a picture of `size` (width, height).
pub fn with_captions(rgba: Vec<u8>, size: [u32; 2], scale: f64, captions: &[Caption]) -> Result<Vec<u8>, PngError> {
    let [width, height] = size;
    let wrong = || PngError::Size { width: f64::from(width), height: f64::from(height) };
    let whole = IntSize::from_wh(width, height).ok_or_else(wrong)?;
    let mut pixels = Pixmap::from_vec(rgba, whole).ok_or_else(wrong)?;
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="Ubuntu" font-weight="300"><g transform="scale({scale})">"#
    );
    for c in captions {
        let content = if c.is_markup { spans(&c.text, c.size) } else { text::content(&c.text) };
        // The middle of figures and capitals is a third of the size above the baseline. Writing to a String cannot fail.
        let _ = writeln!(
            out,
            r#"<text x="{:.2}" y="{:.2}" font-size="{}" fill="{}" text-anchor="middle" stroke="{}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">{content}</text>"#,
            c.x,
            c.y + c.size * 0.34,
            c.size,
            c.color,
            c.rim
        );
    }
    out.push_str("</g></svg>");
    let tree = Tree::from_str(&out, &png::options())?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| PngError::Encode(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_painted_where_it_belongs_and_nowhere_else() {
        let white = Color { r: 255, g: 255, b: 255 };
        let black = Color { r: 0, g: 0, b: 0 };
        let text = "10^{−3} ‖θ‖ <&".to_string();
        let caption = Caption { x: 60.0, y: 20.0, size: 12.0, color: black, rim: white, text, is_markup: true };
        let bytes = with_captions(vec![255; 4 * 240 * 80], [240, 80], 2.0, &[caption]).unwrap();
        let picture = Pixmap::decode_png(&bytes).unwrap();
        let dark: Vec<(u32, u32)> = (0..80)
            .flat_map(|y| (0..240).map(move |x| (x, y)))
            .filter(|(x, y)| picture.pixel(*x, *y).is_some_and(|p| p.red() < 100))
            .collect();
        let (left, right) = (dark.iter().map(|p| p.0).min().unwrap(), dark.iter().map(|p| p.0).max().unwrap());
        assert!(left > 20 && right < 220 && (i64::from(left + right) / 2 - 120).abs() < 6, "{left} {right}");
        assert!(dark.iter().all(|p| (22..58).contains(&p.1)));
        assert!(with_captions(vec![0; 5], [240, 80], 1.0, &[]).is_err());
    }
}
