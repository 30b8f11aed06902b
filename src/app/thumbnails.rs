//! Small pictures of figures as they were made before this program was built, for cards of recipes that have not been made here.

use egui::ColorImage;

use super::{kept_figure, theme};
use crate::figure::{Theme, colors::Color};

/// The picture of a recipe on a light and on a dark page, where there is one.
pub fn of(id: &str) -> Option<[ColorImage; 2]> {
    let (_, png) = ALL.iter().find(|(name, _)| *name == id)?;
    let light = kept_figure::image_of(png)?;
    let dark = on_dark_page(&light);
    Some([light, dark])
}

/// The pictures under `assets/gallery` by the names of their files; the build lists them.
const ALL: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/gallery.rs"));

/// A picture is committed once: a second one for the dark page would be as large and no more exact.
fn on_dark_page(light: &ColorImage) -> ColorImage {
    let mut dark = light.clone();
    for pixel in &mut dark.pixels {
        *pixel = theme::color(turned(Color { r: pixel.r(), g: pixel.g(), b: pixel.b() }));
    }
    dark
}

/// White becomes the dark page and black white; the less grey there is in a colour, the more it stays as it is: lines keep their hues,
/// and the dark end of a heat map stays the dark one.
fn turned(c: Color) -> Color {
    let [r, g, b] = [c.r, c.g, c.b].map(f64::from);
    let (low, high) = (r.min(g).min(b), r.max(g).max(b));
    let grey = if high > 0.0 { low / high } else { 1.0 };
    let page = Theme::Dark.page().background;
    let of = |level: f64, page: u8| {
        let page = f64::from(page);
        let turned = level - low + grey * (255.0 - high);
        (page + turned / 255.0 * (255.0 - page)).round() as u8
    };
    Color { r: of(r, page.r), g: of(g, page.g), b: of(b, page.b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{figure::colors, recipe};

    #[test]
    fn every_picture_is_of_a_recipe_and_small() {
        for (id, png) in ALL {
            assert!(recipe::find(id).is_ok(), "{id}");
            let image = kept_figure::image_of(png).unwrap();
            assert!(image.size[0] <= 480 && image.size[1] <= 300 && png.len() < 60_000, "{id}: {:?}", image.size);
        }
    }

    #[test]
    fn a_dark_page_has_light_words_and_the_same_hues() {
        let (light, dark) = (Theme::Light.page(), Theme::Dark.page());
        assert_eq!(turned(light.background), dark.background);
        assert_eq!(turned(Color { r: 0, g: 0, b: 0 }), Color { r: 255, g: 255, b: 255 });
        assert!(turned(light.ink).luminance() > 0.3 && turned(light.grid).luminance() < 0.03);
        let Color { r, g, b } = turned(colors::SGD);
        assert!(b > g && g > r, "blue stays blue: {r} {g} {b}");
        // The ends of the colour scale of heat maps.
        let [deep, high] = [(68, 1, 84), (253, 231, 37)].map(|(r, g, b)| turned(Color { r, g, b }).luminance());
        assert!(deep < 0.1 && high > 0.5, "{deep} {high}");
    }
}
